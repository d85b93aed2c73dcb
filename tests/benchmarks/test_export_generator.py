"""The made-up exports: valid, varied, and the same ones again for the same seed."""

import io

import pytest

from benchmarks.export_generator import write_export
from benchmarks.firing_rates import engine_of_all_rules
from msp_rules.casework.case import Case
from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.intake.export_xml import ExportReader

pytestmark = pytest.mark.slow


def export(cases: int, seed: int = 1, profile: str = "mixed") -> bytes:
    stream = io.BytesIO()
    write_export(stream, cases=cases, seed=seed, profile=profile)
    return stream.getvalue()


def read(raw: bytes) -> list[Case]:
    reader = ExportReader(io.BytesIO(raw), "made-up.xml")
    cases = list(reader)
    assert reader.faults == []
    return cases


@pytest.mark.parametrize("profile", ["mixed", "exemplary", "noisy"])
def test_export_reads_without_a_fault(profile: str) -> None:
    assert len(read(export(60, profile=profile))) == 60


def test_same_seed_gives_the_same_case_whatever_the_total() -> None:
    few, many = read(export(20)), read(export(40))

    assert [c._replace(line=0).id for c in few] == [c.id for c in many[:20]]
    assert few == many[:20]
    assert export(20) == export(20) != export(20, seed=2)


def test_every_event_type_occurs() -> None:
    kinds = {event.type for case in read(export(1000)) for event in case.events}

    assert kinds == core_vocabulary().events.keys()


@pytest.mark.parametrize("profile", ["exemplary", "noisy"])
def test_order_of_events_changes_no_answer(profile: str) -> None:
    engine = engine_of_all_rules()
    reader = ExportReader(io.BytesIO(export(40, profile=profile)), "made-up.xml")
    for case in reader:
        assert reader.header is not None
        assert reader.header.reference_date is not None
        as_of = reader.header.reference_date
        backwards = case._replace(events=case.events[::-1])

        assert engine.evaluate(backwards, as_of) == engine.evaluate(case, as_of)
