"""What did not map is counted, and nothing that was typed gets out."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from benchmarks.export_generator import write_export
from msp_rules.audit.request import ScanRequest
from msp_rules.audit.result import ScanResult
from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.cli.main import main
from msp_rules.errors import InputUnreadable
from msp_rules.intake.mapping.decode import load_mapping
from msp_rules.intake.reading import ReadLimits, Shard
from msp_rules.intake.source import open_cases
from msp_rules.rules.language.rule import Ruleset
from tests.builders.case import one_rule
from tests.support import scanning
from tests.support.vendor_forms import (
    write_mapping,
    write_row_mapping,
    write_row_sets,
    write_vendor_file,
)

pytestmark = pytest.mark.slow

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples" / "mapping"
CANARY = "Zebedee Quux"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Ruleset:
    return one_rule(tmp_path_factory.mktemp("small") / "small")


def scanned(ruleset: Ruleset, path: Path, mapping: Path) -> ScanResult:
    read = load_mapping(mapping, core_vocabulary())
    _, result = scanning.scanned(ScanRequest(exports=(path,), ruleset=ruleset, mapping=read))
    return result


def test_values_that_did_not_map_are_counted_by_type_and_field(
    small: Ruleset, tmp_path: Path
) -> None:
    text, path = (EXAMPLES / "forms.xml").read_text("utf-8"), tmp_path / "forms.xml"
    path.write_text(text.replace("05/01/2026 10:15", "5 January"), "utf-8")

    job = scanned(small, path, EXAMPLES / "forms.yaml")

    assert dict(job.tally.unmapped) == {
        # "Parish office" is no label of the table, though the table has a code for such.
        ("concern_raised", "source"): 1,
        ("concern_raised", "identified_adult"): 1,
        ("concern_raised", "occurred"): 1,
        ("outcomes_conversation", "occurred"): 1,
    }


def test_values_that_the_vocabulary_refuses_are_counted_once(
    small: Ruleset, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(EXAMPLES / "rows-csv", tmp_path / "export"))
    path = folder / "concerns.csv"
    path.write_text(path.read_text().replace("2026-01-05T10:15:00", "soon"))

    job = scanned(small, folder, EXAMPLES / "rows-csv.yaml")

    assert dict(job.tally.unmapped) == {("concern_raised", "occurred"): 1}


@pytest.mark.slow
def test_the_counts_stand_in_the_summary_and_in_the_results(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    words = ["scan", "--mapping", str(EXAMPLES / "forms.yaml"), str(EXAMPLES / "forms.xml")]
    with pytest.raises(SystemExit):
        main([*words, "--out", str(tmp_path), "--format", "json"])

    said = " ".join(capsys.readouterr().out.split())
    assert "values that did not map: 2 (" in said
    assert "concern_raised.source 1" in said
    totals = json.loads((tmp_path / "results.json").read_text())["totals"]
    assert totals["unmapped"] == {
        "concern_raised.identified_adult": 1,
        "concern_raised.source": 1,
    }


@pytest.mark.parametrize("form", ["forms", "rows", "csv"])
def test_what_was_typed_gets_into_no_fault(small: Ruleset, tmp_path: Path, form: str) -> None:
    source = EXAMPLES / {"csv": "rows-csv"}.get(form, f"{form}.xml")
    target = tmp_path / source.name
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copy(source, target)
    for path in target.glob("*.csv") if target.is_dir() else [target]:
        text = path.read_text("utf-8")
        for value in ("Police", "POL", "05/01/2026 10:15", "2026-01-05T10:15:00", "06-01-2026"):
            text = text.replace(value, CANARY)
        for value in ("C2,02", "2,C1,", ">A1<", ">No<"):
            text = text.replace(value, value[0] + CANARY + value[-1])
        path.write_text(text, "utf-8")

    mapping = "rows-csv" if form == "csv" else form
    job = scanned(small, target, EXAMPLES / f"{mapping}.yaml")

    assert len(job.tally.faults) >= 2
    assert CANARY not in repr(job.tally.faults)
    assert CANARY not in repr(job.tally.unmapped)


def test_row_sets_that_break_off_are_refused_whole(tmp_path: Path, small: Ruleset) -> None:
    path = tmp_path / "rows.xml"
    whole = (EXAMPLES / "rows.xml").read_text("utf-8")
    path.write_text(whole[: whole.index("</RowSets>")].replace("POL", CANARY))

    with pytest.raises(InputUnreadable) as refused:
        scanned(small, path, EXAMPLES / "rows.yaml")

    assert "not well-formed" in str(refused.value)
    assert CANARY not in str(refused.value)


def test_what_nothing_reads_may_be_nested_as_deep_as_it_likes(
    tmp_path: Path, small: Ruleset
) -> None:
    text, path = (EXAMPLES / "forms.xml").read_text("utf-8"), tmp_path / "forms.xml"
    deep = "<a>" * 100_000 + "</a>" * 100_000
    path.write_text(text.replace('<Person key="P-2"/>', f'<Person key="P-2"/>{deep}'), "utf-8")

    job = scanned(small, path, EXAMPLES / "forms.yaml")

    assert job.tally.cases == 2
    assert [one.reason for one in job.tally.warnings] == [
        "1 element is read by no entry: Extract/Referrals/Referral/a"
    ]


@pytest.mark.parametrize("form", ["forms", "rows"])
def test_what_nothing_reads_may_be_of_any_size(tmp_path: Path, form: str) -> None:
    path = tmp_path / f"{form}.xml"
    text = (EXAMPLES / f"{form}.xml").read_text("utf-8")
    place = '<Person key="P-1"/>' if form == "forms" else '<Row pk="C1" person_fk="P1"/>'
    scan = f"<Scan>{'QUJD' * 100_000}</Scan>" + "<Form/>" * 40_000
    path.write_text(text.replace(place, f"<Other>{scan}</Other>{place}"), "utf-8")
    mapping = load_mapping(EXAMPLES / f"{form}.yaml", core_vocabulary())

    found = []
    for at in (path, EXAMPLES / f"{form}.xml"):
        limits = ReadLimits(max_case_bytes=10_000)
        with open_cases(at, mapping=mapping, limits=limits) as reader:
            found.append(([case.id for case in reader], [one.reason for one in reader.faults]))

    assert place in text
    assert found[0] == found[1]


@pytest.mark.parametrize("shard", [Shard(), Shard(reader=1, readers=2)])
def test_a_case_that_is_too_large_is_set_aside_and_those_after_it_are_judged(
    tmp_path: Path, shard: Shard
) -> None:
    path, answer = tmp_path / "forms.xml", '<Answer question="Q1"><Label>Police</Label></Answer>'
    text = (EXAMPLES / "forms.xml").read_text("utf-8")
    referral = text[text.index("<Referral n") : text.index("</Referral>") + len("</Referral>")]
    large = referral.replace("R-1", "R-0").replace(answer, answer * 40_000)
    path.write_text(text.replace(referral, f"{referral}{large}", 1), "utf-8")
    mapping = load_mapping(EXAMPLES / "forms.yaml", core_vocabulary())

    limits = ReadLimits(max_case_bytes=100_000)
    with open_cases(path, mapping=mapping, limits=limits, shard=shard) as reader:
        cases = [case.id for case in reader]

    reason = "the case is larger than 100000 bytes; it is not judged"
    assert reader.cases_read == 3
    assert [one.case for one in reader.faults if one.reason == reason] == ["R-0"]
    assert cases == ([] if shard.reader else ["R-1", "R-2"])


def test_the_order_of_rows_and_tables_means_nothing(tmp_path: Path, small: Ruleset) -> None:
    canonical, forms, rows = (tmp_path / f"{name}.xml" for name in ("canonical", "forms", "rows"))
    mapping, row_mapping = tmp_path / "forms.yaml", tmp_path / "rows.yaml"
    write_export(canonical, cases=20, seed=5)
    write_vendor_file(canonical, forms)
    write_row_sets(forms, rows)
    write_mapping(mapping)
    write_row_mapping(mapping, row_mapping)
    text = rows.read_text("utf-8")
    first, last = text.index("<Rows>"), text.index("</Rows>")
    table = text[first : last + len("</Rows>")]
    other = tmp_path / "turned" / "rows.xml"
    other.parent.mkdir()
    turned = text.replace(table, "").replace("</Extract>", f"{table}</Extract>")
    other.write_text(turned, "utf-8")

    one, two = (scanned(small, path, row_mapping) for path in (rows, other))

    assert turned != text
    assert one.tally == two.tally
    assert one.tally.cases == 20
