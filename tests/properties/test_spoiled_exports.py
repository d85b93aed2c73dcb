"""However an export is spoiled, no case and no file is dropped, or counted clean, in silence."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import pytest

from msp_rules.audit.request import ScanRequest
from msp_rules.audit.run import run_scan
from msp_rules.audit.run_folder import RunFolder
from msp_rules.errors import InputUnreadable
from msp_rules.intake.mapping.decode import load_mapping
from msp_rules.reports.formats import planned_outputs
from msp_rules.rules.language.rule import Ruleset
from msp_rules.rules.loading import load_ruleset
from tests.builders.part_of_core import write_part_of_core
from tests.support import effort
from tests.support.exports_to_spoil import FORMS, POPULATION, Written
from tests.support.spoilers import SPOILERS, Spoiler

pytestmark = [pytest.mark.slow, pytest.mark.fuzz]
EACH = [(form, name) for form, spoilers in SPOILERS.items() for name in spoilers]


class Scanned(NamedTuple):
    """The result of a scan: the verdicts of each case, and all that was said."""

    verdicts: Mapping[str, Any]
    is_complete: bool
    faults: list[dict[str, Any]]
    warnings: list[dict[str, Any]]

    def names(self, case: str) -> bool:
        """Tells whether a fault is about a case, or about the file or the line that it is in.

        Of a case that was dropped, the id may be what could not be read: then its line is named.
        """
        is_dropped = case not in self.verdicts
        return any(
            one["case"] in (case, None) or (is_dropped and one["line"] is not None)
            for one in self.faults
        )


@cache
def rules() -> Ruleset:
    with TemporaryDirectory() as folder:
        core = write_part_of_core(Path(folder), "rules/ASK-01.yaml", "rules/CLO-03.yaml")
        return load_ruleset(f"{core}", ())


def scanned(written: Written, folder: Path) -> Scanned | str:
    """Scans an export, or gives the reason why it is refused; anything else is a failure."""
    mapping = None
    if written.mapping is not None:
        (folder / "map.yaml").write_text(written.mapping)
        mapping = load_mapping(folder / "map.yaml", rules().vocabulary)
    request = ScanRequest(
        exports=(written.export,),
        ruleset=rules(),
        mapping=mapping,
        matcher="python",
        formats=("json",),
        jobs=1,
    )
    try:
        result = run_scan(request, planned_outputs(request), folder=RunFolder(folder / "out"))
    except InputUnreadable as error:
        return str(error)
    document = json.loads((folder / "out/results.json").read_text())
    assert document["manifest"]["complete"] is result.is_complete is not bool(document["faults"])
    return Scanned(
        {case["case"]: case["verdicts"] for case in document["cases"]},
        result.is_complete,
        document["faults"],
        document["warnings"],
    )


@cache
def truth(form: str) -> Mapping[str, Any]:
    with TemporaryDirectory() as folder:
        export = Path(folder) / "export"
        export.mkdir()
        found = scanned(FORMS[form](export), Path(folder))
    assert isinstance(found, Scanned)
    return found.verdicts


@pytest.mark.parametrize("form", FORMS)
def test_every_form_tells_the_same_cases_and_answers(form: str) -> None:
    told = {
        case: {row["rule"]: row["verdict"] for row in rows} for case, rows in truth(form).items()
    }

    assert list(told) == [one.case for one in POPULATION]
    asked = {case: rows["ASK-01"] for case, rows in told.items()}
    assert asked == {one.case: "met" if one.answer == "Asked" else "not_met" for one in POPULATION}


def test_there_are_many_ways_to_spoil_an_export() -> None:
    names = [name for _, name in EACH]

    assert len({*names}) == len(names) >= 40


@pytest.mark.parametrize(("form", "name"), EACH)
@pytest.mark.parametrize("seed", range(effort.of(1, thorough=10)))
def test_whatever_is_spoiled_is_named(form: str, name: str, seed: int, tmp_path: Path) -> None:
    export = tmp_path / "export"
    export.mkdir()
    written = FORMS[form](export)
    spoiler = SPOILERS[form][name]
    spoiler.change(export, Random(f"{form} {name} {seed}"))

    found = scanned(written, tmp_path)

    if isinstance(found, str):  # refused: nothing was counted
        assert found.startswith((export.name, *(one.name for one in export.iterdir())))
    else:
        assert_nothing_is_silent(found, truth(form), spoiler)


def assert_nothing_is_silent(found: Scanned, before: Mapping[str, Any], spoiler: Spoiler) -> None:
    for case, verdicts in before.items():
        if found.verdicts.get(case) != verdicts:
            assert found.names(case), case
            assert not found.is_complete, case
    added = [case for case in found.verdicts if case not in before]
    if added or spoiler.adds:
        assert found.faults or found.warnings, added
