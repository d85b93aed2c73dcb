"""The program gives what it gave before: file by file, and in data files case by case."""

from __future__ import annotations

import hashlib
import io
import json
import re
import shutil
import zipfile
from bisect import bisect
from collections.abc import Callable
from pathlib import Path

import pyarrow
import pytest
from pyarrow import parquet

from benchmarks.export_generator import write_export
from tests.golden.comparing import readable_differences
from tests.golden.digests import differences, load, outcome_of
from tests.golden.net import Net, check_layers, check_run, here
from tests.golden.runs import ERRORS, EXIT_CODE, OUTPUT, RUNS, Run, command
from tests.golden.spoiling import KINDS, kinds_of, spoiled
from tests.golden.texts import Texts

pytestmark = pytest.mark.slow

KEPT = load()
BY_NAME = {one.name: one for one in RUNS}
NO_FAULT_OF_FORM = {"missing field"}
"""Kinds of spoiling that are no fault of form: rules answer on what is left."""


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Net:
    return Net(tmp_path_factory.mktemp("net"), here())


@pytest.mark.parametrize("name", [*BY_NAME])
def test_a_command_gives_what_is_kept_of_it(net: Net, name: str) -> None:
    said = check_run(net, BY_NAME[name], KEPT)

    assert not said, "\n".join(said)


def test_the_rules_are_those_that_were_kept(net: Net) -> None:
    assert check_layers(net, KEPT) == []


def test_all_that_is_kept_is_run() -> None:
    assert sorted(KEPT["runs"]) == sorted(BY_NAME)
    assert set(KEPT["inputs"]) == {name for one in RUNS for name in one.inputs} - {
        "example-council"
    }


def test_every_kind_of_spoiling_is_told_where_it_stands(net: Net) -> None:
    cases = 10 * len(KINDS)
    whole = io.BytesIO()
    write_export(whole, cases=cases, seed=1)
    text = spoiled(whole.getvalue().decode())
    (net.work / "spoiled.xml").write_text(text, "utf-8")
    words = ("scan", "spoiled.xml", "--format", "json", "--out", "-", "--quiet", "--identify")

    done = command(words, net.work, net.tree)

    starts = [n for n, line in enumerate(text.splitlines(), 1) if line.startswith("  <case")]
    faults = json.loads(done.stdout)["faults"]
    told = {bisect(starts, fault["line"]) for fault in faults}
    kinds = kinds_of(cases)
    assert set(kinds.values()) == set(KINDS)
    assert told == {n for n, kind in kinds.items() if kind not in NO_FAULT_OF_FORM}


@pytest.fixture(scope="module")
def demo(net: Net) -> Path:
    """What comes of the demo, with nothing altered."""
    return Net(net.work / "to-alter", net.tree).outcome(BY_NAME["demo"], 1)[0]


@pytest.fixture
def altered(demo: Path, tmp_path: Path) -> Path:
    """A copy of it, for a test to alter."""
    return Path(shutil.copytree(demo, tmp_path / "altered"))


def said_of(net: Net, folder: Path) -> list[str]:
    return differences(KEPT["runs"]["demo"], outcome_of(folder, net.texts))


def swap(path: Path, old: str, new: str) -> None:
    """Replaces a text in a file, and in the first part of a workbook that has it."""
    if path.suffix != ".xlsx":
        assert old in path.read_text("utf-8")
        path.write_text(path.read_text("utf-8").replace(old, new, 1), "utf-8")
        return
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    assert any(old in text for text in parts.values())
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text.replace(old, new))


def set_verdict(path: Path, case: str, verdict: str) -> None:
    body = json.loads(path.read_bytes())
    found = next(one for one in body["cases"] if one["case"] == case)
    found["verdicts"][0]["verdict"] = verdict
    path.write_text(json.dumps(body), "utf-8")


def set_row(path: Path, case: str, verdict: str) -> None:
    table = parquet.read_table(path)
    rows = table.to_pylist()
    next(row for row in rows if row["case"] == case)["verdict"] = verdict
    parquet.write_table(pyarrow.Table.from_pylist(rows, schema=table.schema), path)


ALTERATIONS: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "a verdict": ("results.json", lambda path: set_verdict(path, "MC-005", "met"), " in MC-005"),
    "a total": (
        "results.json",
        lambda path: swap(path, '"cases":37', '"cases":38'),
        " in (totals)",
    ),
    "a space": ("results.json", lambda path: swap(path, ",", ", "), ""),
    "a row": (
        "results.csv",
        lambda path: swap(path, "\nMC-007,ASK-01,e1,explained", "\nMC-007,ASK-01,e1,met"),
        " in MC-007",
    ),
    "a line": (
        "results.jsonl",
        lambda path: swap(path, '{"case":"MC-009",', '{"case":"MC-999",'),
        " in MC-009, MC-999",
    ),
    "a page": ("report.html", lambda path: swap(path, "MC-011", "MC-012"), ""),
    "a cell": ("report.xlsx", lambda path: swap(path, "MC-011", "MC-012"), ""),
    "a fault": ("report.svrl", lambda path: swap(path, "not_met", "met"), ""),
    "a failure": ("junit.xml", lambda path: swap(path, "MC-011", "MC-012"), ""),
    "a table": ("results.parquet", lambda path: set_row(path, "MC-005", "met"), ""),
}


@pytest.mark.parametrize("what", [*ALTERATIONS])
def test_an_altered_output_is_named_with_its_cases(net: Net, altered: Path, what: str) -> None:
    name, alter, where = ALTERATIONS[what]
    assert said_of(net, altered) == []

    alter(altered / name)

    assert said_of(net, altered) == sorted(["manifest.json differs", f"{name} differs{where}"])


@pytest.mark.parametrize("name", [EXIT_CODE, OUTPUT, ERRORS, "manifest.json"])
def test_what_is_said_beside_the_results_counts_too(net: Net, altered: Path, name: str) -> None:
    text = (altered / name).read_text("utf-8")
    old, new = ("false", "true") if name == "manifest.json" else ("2", "3")
    (altered / name).write_text(text.replace(old, new, 1) if text else "a warning\n", "utf-8")

    assert said_of(net, altered) == [f"{name} differs"]


def test_a_file_too_many_and_a_file_too_few_are_named(net: Net, altered: Path) -> None:
    (altered / EXIT_CODE).rename(altered / "more.txt")

    assert said_of(net, altered) == [f"{EXIT_CODE} is not written any more", "more.txt is new"]


def test_of_many_cases_the_first_are_named_and_the_rest_counted(net: Net, altered: Path) -> None:
    path = altered / "results.csv"
    path.write_text(path.read_text("utf-8").replace(",met,", ",not_met,"), "utf-8")

    assert said_of(net, altered)[1].startswith("results.csv differs in MC-001, MC-002, ")
    assert said_of(net, altered)[1].endswith(" more")


def test_a_new_version_and_other_packing_make_no_difference(net: Net, altered: Path) -> None:
    for path in altered.iterdir():
        if path.suffix not in (".csv", ".xlsx", ".parquet"):
            text = path.read_text("utf-8")
            text = re.sub(r"msp-rules 0(\.\d+)+", "msp-rules 7.0.1rc2", text)
            path.write_text(text, "utf-8")
    swap(altered / "report.xlsx", "msp-rules 0", "msp-rules 7")
    table = parquet.read_table(altered / "results.parquet")
    parquet.write_table(table, altered / "results.parquet", compression="gzip")
    body = json.loads((altered / "manifest.json").read_text("utf-8"))
    body["versions"] |= {"msp-rules": "7.0.1rc2", "python": "3.12.1"}
    for row in body["outputs"]:
        made = (altered / row["name"]).read_bytes()
        row |= {"sha256": hashlib.sha256(made).hexdigest(), "bytes": len(made)}
    (altered / "manifest.json").write_text(json.dumps(body), "utf-8")

    assert said_of(net, altered) == []


def test_other_rules_are_one_difference_of_their_own(net: Net, demo: Path) -> None:
    other = {**KEPT, "layers": {**KEPT["layers"], "msp-core": "0" * 64}}
    shown = Texts({}).of(demo / "results.json")

    assert check_layers(net, other) == ["msp-core: the hash of these rules is another"]
    assert KEPT["layers"]["msp-core"].encode() in shown
    assert KEPT["layers"]["msp-core"].encode() not in net.texts.of(demo / "results.json")


def test_another_outcome_and_another_input_of_a_command_are_named(net: Net) -> None:
    kept = json.loads(json.dumps(KEPT))
    kept["runs"]["mapping-try"]["files"][OUTPUT] = "0" * 64
    kept["inputs"]["forms.xml"] = "0" * 64
    again = Net(net.work / "again", net.tree)

    assert check_run(again, BY_NAME["mapping-try"], kept) == [
        f"mapping-try: {OUTPUT} differs",
        "mapping-try: the input forms.xml itself is another",
    ]


def test_a_command_of_which_nothing_is_kept_is_named(net: Net) -> None:
    said = check_run(net, Run(name="new", words=("rules",)), KEPT)

    assert said == ["new: nothing is kept of it; --write keeps it"]


def test_two_versions_are_shown_beside_each_other(net: Net, demo: Path, altered: Path) -> None:
    set_verdict(altered / "results.json", "MC-005", "met")
    swap(altered / "report.html", "MC-011", "MC-012")
    sides = [(one, net.texts, outcome_of(one, net.texts)) for one in (demo, altered)]

    lines = list(readable_differences(sides[0], sides[1]))

    assert "results.json differs in MC-005" in lines
    assert '    +   "verdict": "met",' in lines
    assert any(line.startswith("    -") and "MC-011" in line for line in lines)
    assert len(lines) < 100
