"""Reading some cases ahead tells of a source what reading case by case tells of it."""

import io
from collections.abc import Sequence

import pytest

from msp_rules.audit.read_ahead import CaseBegun, CaseRead, Step, read_ahead
from msp_rules.casework.case import Case
from msp_rules.errors import InputUnreadable
from msp_rules.intake.export_xml import ExportReader
from tests.builders.export import case_text, event_text, export_text

CONCERN = event_text("concern_raised", "e1", "2026-01-05T10:00:00")


def export_of(ids: Sequence[str], events: int = 1) -> bytes:
    many = [CONCERN.replace("e1", f"e{number}") for number in range(events)]
    return export_text([case_text(one, *many) for one in ids]).encode()


def stretches(data: bytes, first: int = 0) -> list[list[Step]]:
    with ExportReader(io.BytesIO(data), "export.xml") as source:
        return [list(steps) for steps in read_ahead(source, first, None)]


def case_by_case(data: bytes, first: int = 0) -> list[tuple[int, int] | tuple[Case, int]]:
    told: list[tuple[int, int] | tuple[Case, int]] = []
    with ExportReader(io.BytesIO(data), "export.xml") as source:
        source.before_case = lambda place: told.append((place, len(source.faults)))
        for case in source:
            if source.case_index >= first:
                told.append((case, len(source.faults)))
    return told


def flat(steps: Sequence[Step]) -> list[tuple[int, int] | tuple[Case, int]]:
    return [
        (step.place, step.faults) if isinstance(step, CaseBegun) else (step.case, step.faults)
        for step in steps
    ]


@pytest.mark.parametrize("cases", [0, 1, 15, 16, 17, 40])
def test_steps_come_in_the_order_of_the_file_sixteen_cases_at_a_time(cases: int) -> None:
    ids = [f"C{number}" for number in range(cases)]
    data = export_of([*ids, *ids[:3]])  # the last three can't be audited: their ids are taken

    found = stretches(data)

    assert flat([step for steps in found for step in steps]) == case_by_case(data)
    read = [len([step for step in steps if isinstance(step, CaseRead)]) for steps in found]
    assert read == [16] * (cases // 16) + [cases % 16]


def test_cases_with_a_thousand_events_are_not_gathered() -> None:
    found = stretches(export_of(["A", "B", "C"], events=1_024))

    assert [len([one for one in steps if isinstance(one, CaseRead)]) for steps in found] == [
        1,
        1,
        1,
        0,
    ]


def test_of_cases_before_the_first_that_is_wanted_only_their_beginning_is_told() -> None:
    data = export_of([f"C{number}" for number in range(600)])

    found = stretches(data, first=590)

    assert flat([step for steps in found for step in steps]) == case_by_case(data, first=590)
    assert max(len(steps) for steps in found) <= 256


def test_a_source_that_cannot_be_read_is_refused_after_its_steps() -> None:
    data = b"<!DOCTYPE x>" + export_of(["A"])

    with ExportReader(io.BytesIO(data), "export.xml") as source:
        steps = read_ahead(source, 0, None)

        assert next(steps) == []
        with pytest.raises(InputUnreadable):
            next(steps)
