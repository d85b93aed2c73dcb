"""The order in which files are read changes no result of a scan."""

import itertools
from pathlib import Path

from msp_rules.audit.request import ScanRequest
from msp_rules.casework.moments import parse_as_of
from tests.support.core import core_ruleset
from tests.support.scanning import scanned

EXPORT = """<?xml version="1.0" encoding="UTF-8"?>
<case_export xmlns="urn:msp-rules:case-export:1" version="1">
  <header>
    <organisation>E10000000</organisation>
    <system name="Made-up" version="1"/>
    <reference_date>2026-0{month}-28</reference_date>
    <cases>2</cases>
  </header>
  <case id="{name}-1"><adult ref="A1"/>
    <concern_raised id="e1" occurred="2026-01-05T17:00:01">{identified}</concern_raised>
    <outcomes_conversation id="e2" occurred="2026-01-0{day}"><asked>asked_expressed</asked>
    </outcomes_conversation>
  </case>
  <case id="{name}-2"><adult ref="A2"/>
    <concern_raised id="e1" occurred="2026-01-0{day}"/>
    <s42_decided id="e1" occurred="2026-02-03"><result>s42_enquiry</result></s42_decided>
  </case>
</case_export>
"""


def write_exports(folder: Path) -> list[Path]:
    paths = []
    for number, name in enumerate(("north", "south", "west"), 1):
        path = folder / f"{name}.xml"
        identified = "<identified_adult>no</identified_adult>" if number == 2 else ""
        path.write_text(
            EXPORT.format(name=name, month=number, day=5 + number, identified=identified),
            encoding="utf-8",
        )
        paths.append(path)
    return paths


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
