"""The same cases as XML of two shapes, CSV files and a workbook get the same verdicts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.export_generator import write_export
from msp_rules.audit.case_audit import CaseResult
from msp_rules.audit.request import ScanRequest
from msp_rules.audit.result import ScanResult
from msp_rules.casework.case import Fault
from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.intake.mapping.decode import load_mapping
from msp_rules.rules import load_ruleset
from msp_rules.rules.language.rule import Ruleset
from tests.builders.case import one_rule
from tests.support import scanning
from tests.support.vendor_forms import (
    write_mapping,
    write_readable_cases,
    write_row_mapping,
    write_row_sets,
    write_vendor_file,
)
from tests.support.vendor_tables import (
    share_texts,
    write_table_mapping,
    write_tables,
    write_workbook,
)

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "docs" / "examples" / "mapping"
CANONICAL = ROOT / "rulesets" / "msp-core" / "cases" / "made-up-council.xml"


@pytest.fixture(scope="module")
def ruleset() -> Ruleset:
    return load_ruleset(ROOT / "rulesets" / "msp-core")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Ruleset:
    return one_rule(tmp_path_factory.mktemp("small") / "small")


def scanned(
    ruleset: Ruleset, path: Path, mapping: Path | None
) -> tuple[list[CaseResult], ScanResult]:
    read = None if mapping is None else load_mapping(mapping, core_vocabulary())
    return scanning.judged(ScanRequest(exports=(path,), ruleset=ruleset, mapping=read))


def in_order(results: list[CaseResult]) -> list[CaseResult]:
    """The results with what a case supplied sorted: its order is that of the vendor's rows."""
    return [
        replace(one, supply=one.supply._replace(records=sorted(one.supply.records)))
        for one in results
    ]


def sources(canonical: Path, folder: Path) -> dict[str, tuple[Path, Path]]:
    """The same cases in each shape, with the mapping of each."""
    names = {"forms": "forms.xml", "rows": "rows.xml", "csv": "tables", "xlsx": "tables.xlsx"}
    found = {form: (folder / name, folder / f"{form}.yaml") for form, name in names.items()}
    write_vendor_file(canonical, found["forms"][0])
    write_row_sets(*(found[form][0] for form in ("forms", "rows")))
    write_tables(*(found[form][0] for form in ("forms", "csv")))
    write_workbook(*(found[form][0] for form in ("csv", "xlsx")))
    write_mapping(found["forms"][1])
    write_row_mapping(*(found[form][1] for form in ("forms", "rows")))
    for kind in ("csv", "xlsx"):
        write_table_mapping(found["forms"][1], found[kind][1], kind)
    return found


def council(ruleset: Ruleset, target: Path) -> None:
    """The made-up council's cases, without those that hold something unreadable on purpose."""
    _, job = scanned(ruleset, CANONICAL, None)
    unreadable = frozenset(fault.case for fault in job.tally.faults if fault.case is not None)
    write_readable_cases(CANONICAL, target, unreadable)


def generated(seed: int, profile: str) -> Callable[[Ruleset, Path], None]:
    def write(ruleset: Ruleset, target: Path) -> None:
        write_export(target, cases=20, seed=seed, profile=profile)

    return write


@pytest.mark.slow
@pytest.mark.parametrize(
    "write",
    [council, generated(11, "mixed"), generated(12, "noisy")],
    ids=["council", "mixed", "noisy"],
)
def test_the_same_cases_are_judged_alike_in_every_shape(
    ruleset: Ruleset, tmp_path: Path, write: Callable[[Ruleset, Path], None]
) -> None:
    path = tmp_path / "canonical.xml"
    write(ruleset, path)

    canonical, _ = scanned(ruleset, path, None)

    assert len(canonical) >= 20
    for form, (source, mapping) in sources(path, tmp_path).items():
        mapped, job = scanned(ruleset, source, mapping)
        assert mapped == canonical, form
        assert job.tally.faults == [], form
        assert job.tally.unmapped.total() == 0, form


def document(ruleset: Ruleset, path: Path, mapping: Path, jobs: int) -> tuple[bytes, ScanResult]:
    request = ScanRequest(
        exports=(path,),
        ruleset=ruleset,
        mapping=load_mapping(mapping, core_vocabulary()),
        formats=("json",),
        jobs=jobs,
    )
    files, result = scanning.written(request)
    return files["results.json"], result


def spoil(text: str) -> str:
    """Labels and dates that do not map, an id used twice, a form without an id."""
    changes = (
        ("Option: yes", "Perhaps", 40),
        ('x_id="SA-000003"', 'x_id="SA-000002"', 1),
        ("/01/2026", "-01-2026", 9),
        (' id="e2"', "", 3),
    )
    for old, new, times in changes:
        text = text.replace(old, new, times)
    return text


@pytest.mark.slow
@pytest.mark.parametrize("form", ["forms", "rows", "csv"])
def test_several_processes_give_the_bytes_of_one(small: Ruleset, tmp_path: Path, form: str) -> None:
    path = tmp_path / "canonical.xml"
    write_export(path, cases=70, seed=21)
    source, mapping = sources(path, tmp_path)[form]
    spoiled = source / "Form answers.csv" if form == "csv" else source
    spoiled.write_text(spoil(spoiled.read_text("utf-8")), "utf-8")

    alone, job = document(small, source, mapping, 1)
    shared, other = document(small, source, mapping, 2)

    assert shared == alone
    assert other.tally == job.tally
    assert job.tally.cases > 65
    assert job.tally.faults
    assert job.tally.unmapped


@pytest.mark.slow
def test_a_file_that_breaks_off_gives_the_same_in_several_processes(
    small: Ruleset, tmp_path: Path
) -> None:
    path, source, mapping = (tmp_path / n for n in ("c.xml", "forms.xml", "forms.yaml"))
    write_export(path, cases=100, seed=22)
    write_vendor_file(path, source)
    write_mapping(mapping)
    whole = source.read_bytes()
    source.write_bytes(whole[: len(whole) * 3 // 4])

    alone, job = document(small, source, mapping, 1)
    shared, _ = document(small, source, mapping, 2)

    assert shared == alone
    assert 64 < job.tally.cases < 100
    assert "ends early, after" in job.tally.faults[-1].reason


@pytest.mark.parametrize("kind", ["csv", "xlsx", "xlsx-shared"])
def test_the_worked_tables_are_judged_as_the_worked_row_sets(
    ruleset: Ruleset, tmp_path: Path, kind: str
) -> None:
    path = EXAMPLES / "rows-csv"
    if kind != "csv":
        path = tmp_path / "rows.xlsx"
        write_workbook(EXAMPLES / "rows-csv", path)
    if kind == "xlsx-shared":
        share_texts(path)

    rows, _ = scanned(ruleset, EXAMPLES / "rows.xml", EXAMPLES / "rows.yaml")
    tables, job = scanned(ruleset, path, EXAMPLES / f"rows-{kind[:4].rstrip('-')}.yaml")

    assert in_order(tables) == in_order(rows)
    assert job.tally.faults == list[Fault]()
