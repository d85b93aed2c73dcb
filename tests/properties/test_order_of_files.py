"""The order in which files are read changes no result of a scan."""

import itertools
from pathlib import Path

import pytest

from msp_rules.audit.request import ScanRequest
from msp_rules.casework.moments import parse_as_of
from tests.builders.export import case_text, event_text, export_text
from tests.support.core import core_ruleset
from tests.support.scanning import scanned

pytestmark = pytest.mark.slow


def write_exports(folder: Path) -> list[Path]:
    paths = []
    for number, name in enumerate(("north", "south", "west"), 1):
        path = folder / f"{name}.xml"
        identified = "<identified_adult>no</identified_adult>" if number == 2 else ""
        path.write_text(export_of(name, number, identified), encoding="utf-8")
        paths.append(path)
    return paths


def export_of(name: str, number: int, identified: str) -> str:
    """Two cases; the second uses an id twice."""
    day, asked = f"2026-01-0{5 + number}", "<asked>asked_expressed</asked>"
    header = f"<reference_date>2026-0{number}-28</reference_date><cases>2</cases>"
    first = case_text(
        f"{name}-1",
        event_text("concern_raised", "e1", "2026-01-05T17:00:01", identified),
        event_text("outcomes_conversation", "e2", day, asked),
    )
    second = case_text(
        f"{name}-2",
        event_text("concern_raised", "e1", day),
        event_text("s42_decided", "e1", "2026-02-03", "<result>s42_enquiry</result>"),
    )
    return export_text([first, second], header=header)


def test_order_of_files_changes_no_result(tmp_path: Path) -> None:
    seen = []

    for paths in itertools.permutations(write_exports(tmp_path)):
        for as_of in (None, parse_as_of("2026-02-20")):
            request = ScanRequest(
                exports=paths, ruleset=core_ruleset(), as_of=as_of, matcher="python"
            )
            results, scan = scanned(request)
            results.sort(key=lambda result: result.case)
            files = sorted(scan.inputs, key=lambda file: file.name)
            tally = scan.tally
            totals = (tally.answers, tally.worst, tally.cases, tally.is_complete)
            seen.append((as_of, (results, sorted(tally.faults), files, totals)))

    for as_of, state in seen:
        assert state == next(first for when, first in seen if when == as_of)
    assert len({len(state[0]) for _, state in seen}) == 1
    assert len(seen[0][1][0]) == 6
    assert seen[0][1][1]  # the id that is used twice is a fault
