"""`msp-rules sac`: the commands of docs/national-return.md, what they write, and wrong input."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import stat
from pathlib import Path
from typing import Any, Final

import pytest
from openpyxl import load_workbook

from msp_rules.audit.national_return.labels import TABLES
from tests.support.command_line import ROOT, run_here

pytestmark = pytest.mark.slow

PAGE: Final = (ROOT / "docs/national-return.md").read_text(encoding="utf-8")
COMMANDS: Final = re.findall(r"^    \$ msp-rules (.+)$", PAGE, re.MULTILINE)
COUNCIL: Final = ROOT / "rulesets/msp-core/cases/made-up-council.xml"
AS_OF: Final = ("--as-of", "2026-03-31")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which the commands of the page were run."""
    folder = tmp_path_factory.mktemp("return")
    shutil.copy(COUNCIL, folder / "council.xml")
    for command in COMMANDS:
        done = run_here(*shlex.split(command), cwd=folder)
        # Three of its cases are there to be told apart from whole ones.
        assert (done.returncode, "internal" in done.stderr) == (2, False), command
    return folder


def counts_of(rows: list[dict[str, Any]]) -> list[Any]:
    """The counts of rows, from left to right."""
    of_groups = [one for row in rows for one in row.get("counts", {"": row.get("count")}).values()]
    return [
        count for one in of_groups for count in (one.values() if isinstance(one, dict) else [one])
    ]


def document(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_bytes())
    return found


def test_both_files_are_for_their_owner_alone(folder: Path) -> None:
    for name in ("return/sac.json", "return/sac.xlsx", "public/sac.json", "public/sac.xlsx"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600


def test_the_tables_are_those_of_the_return(folder: Path) -> None:
    tables = document(folder / "return/sac.json")["tables"]

    assert [*tables] == [*TABLES]
    for number, table in tables.items():
        own = [row["label"] for row in table["rows"] if row["national"]]
        assert tuple(own) == TABLES[number].rows


def test_the_workbook_holds_the_counts_of_the_document(folder: Path) -> None:
    found = document(folder / "return/sac.json")
    book = load_workbook(folder / "return/sac.xlsx")

    for number, table in found["tables"].items():
        rows = [*book[number].iter_rows(min_row=2, values_only=True)]
        assert [row[0] for row in rows] == [row["label"] for row in table["rows"]]
        for shown, row in zip(rows, table["rows"], strict=True):
            flat = counts_of([row])
            assert [*shown[1 : len(flat) + 1]] == flat
    assert book["Read first"]["B2"].value == found["about"]
    assert book["Enquiries"].max_row == len(found["enquiries"]) + 1


def test_the_enquiries_lead_from_a_count_to_its_cases(folder: Path) -> None:
    found = document(folder / "return/sac.json")
    concluded = found["enquiries"]

    assert found["computed"]["total_concluded"] == len(concluded) > 0
    for row in found["tables"]["SG4a"]["rows"][:5]:
        for kind, counts in row["counts"].items():
            cases = [one for one in concluded if (one["kind"], one["SG4a"]) == (kind, row["label"])]
            assert len(cases) == counts["Total"]


def test_what_is_published_names_no_case_and_marks_small_counts(folder: Path) -> None:
    text = (folder / "public/sac.json").read_text(encoding="utf-8")
    found = json.loads(text)

    ids = set(re.findall(r'<case id="([^"]+)"', COUNCIL.read_text(encoding="utf-8")))
    assert ids
    assert not [one for one in ids if one in text]
    assert not {"enquiries", "not_counted", "decided_not_begun", "notes", "inputs"} & set(found)
    shown = {count for table in found["tables"].values() for count in counts_of(table["rows"])}
    assert "[c]" in shown
    assert all(count == "[c]" or (count >= 5 and count % 5 == 0) for count in shown)
    book = load_workbook(folder / "public/sac.xlsx")
    assert "Enquiries" not in book.sheetnames
    assert "Not counted" not in book.sheetnames


def test_last_year_stands_beside_and_is_compared(folder: Path, tmp_path: Path) -> None:
    last = str(folder / "return/sac.json")
    words = ("sac", str(COUNCIL), "--year", "2025-26", "--out", str(tmp_path))

    done = run_here(*words, "--last-year", last)

    assert done.returncode == 2
    found = document(tmp_path / "sac.json")
    assert found["last_year"]["tables"]["SG1f"] == found["tables"]["SG1f"]["rows"]
    (check,) = [one for one in found["validations"] if one["id"] == "V8"]
    assert check["result"] == "holds"
    sheet = load_workbook(tmp_path / "sac.xlsx")["SG1f"]
    assert [(row[1], row[2]) for row in sheet.iter_rows(values_only=True)][1:] == [
        (row["count"], row["count"]) for row in found["tables"]["SG1f"]["rows"]
    ]


def test_counts_that_are_not_for_publication_are_not_published_as_last_years(
    folder: Path, tmp_path: Path
) -> None:
    words = ("sac", str(COUNCIL), "--year", "2025-26", "--out", str(tmp_path))

    done = run_here(
        *words, "--publish", "nearest-5", "--last-year", str(folder / "return/sac.json")
    )

    assert done.returncode == 2
    assert document(tmp_path / "sac.json")["last_year"] is None


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "last.json: there is no such file"),
        ("", "last.json: the file is empty"),
        ("{}", "last.json: it is not a document of the form msp-sac/1"),
        ('{"schema": "msp-sac/1", "tables": {}}', "it has no table SG3a in whole numbers"),
    ],
)
def test_a_wrong_file_of_last_year_is_named(tmp_path: Path, content: str | None, said: str) -> None:
    last = tmp_path / "last.json"
    if content is not None:
        last.write_text(content, encoding="utf-8")

    done = run_here(
        *("sac", str(COUNCIL), "--year", "2025-26", "--out", str(tmp_path / "out")),
        *("--last-year", str(last)),
    )

    assert done.returncode in (3, 4)
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_folder_in_place_of_last_years_file_is_named(tmp_path: Path) -> None:
    words = ("--year", "2025-26", "--out", str(tmp_path), "--last-year", ".")

    done = run_here("sac", str(COUNCIL), *words)

    assert (done.returncode, done.stderr) == (4, ".: it is a folder: name the .json file in it\n")


def test_last_years_published_counts_cannot_be_compared(folder: Path, tmp_path: Path) -> None:
    done = run_here(
        *("sac", str(COUNCIL), "--year", "2025-26", "--out", str(tmp_path)),
        *("--last-year", str(folder / "public/sac.json")),
    )

    assert done.returncode == 4
    assert "name a sac.json that was not published" in done.stderr


@pytest.mark.parametrize(("command", "file"), [("sac", "sac.json"), ("measures", "measures.json")])
def test_an_export_that_ends_early_is_named_with_its_line(
    tmp_path: Path, command: str, file: str
) -> None:
    cut = tmp_path / "cut.xml"
    cut.write_bytes(COUNCIL.read_bytes()[:9000])
    year = ["--year", "2025-26"] if command == "sac" else []

    done = run_here(command, str(cut), *year, "--out", str(tmp_path / "out"))

    (fault,) = document(tmp_path / f"out/{file}")["faults"]
    assert done.returncode == 2
    assert f"cut.xml:{fault['line']}: {fault['reason']}" in done.stderr
    sheet = load_workbook(tmp_path / f"out/{file}".replace("json", "xlsx"))["Faults"]
    assert sheet["A2"].value == "cut.xml"


def test_what_could_not_be_read_is_shown_without_an_id_of_a_case(tmp_path: Path) -> None:
    done = run_here("sac", str(COUNCIL), "--year", "2025-26", "--out", str(tmp_path))

    faults = document(tmp_path / "sac.json")["faults"]
    assert len(faults) == 4
    assert done.stderr.count("made-up-council.xml:") == 4
    assert not [one for one in faults if one["case"] in done.stderr]


def test_a_wrong_year_is_refused(tmp_path: Path) -> None:
    done = run_here("sac", str(COUNCIL), "--year", "2026", "--out", str(tmp_path / "out"))

    assert done.returncode == 64
    assert 'such as "2025-26"' in done.stderr


def test_a_year_that_is_not_over_is_said(tmp_path: Path) -> None:
    done = run_here("sac", str(COUNCIL), "--year", "2026-27", "--out", str(tmp_path))

    assert "The year is not over" in done.stderr
    assert "The year is not over" in document(tmp_path / "sac.json")["notes"][0]


def test_a_case_that_cannot_be_counted_whole_is_listed_and_ends_with_code_2(
    tmp_path: Path,
) -> None:
    demo = ROOT / "rulesets/msp-core/cases"

    done = run_here("sac", str(demo), "--year", "2025-26", "--out", str(tmp_path), *AS_OF)

    found = document(tmp_path / "sac.json")
    assert done.returncode == 2
    assert found["complete"] is False
    assert {one["case"] for one in found["not_counted"]} >= {"MC-030", "MC-037"}
