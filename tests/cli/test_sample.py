"""`msp-rules sample`: from exports to `sample.json`, and back by `verify`."""

from __future__ import annotations

import json
import re
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.builders.export import case_text, event_text, export_text
from tests.builders.part_of_core import write_part_of_core
from tests.support.command_line import Done, run_here

ORGANISATION = "<organisation>E10000016</organisation><reference_date>2026-03-31</reference_date>"


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(write_part_of_core(tmp_path_factory.mktemp("few") / "core", "rules/COM-01.yaml"))


def closed(case: str, day: str = "2026-02-10", attributes: str = 'agency="council"') -> str:
    return case_text(
        case,
        event_text("concern_raised", "e1", "2026-01-05"),
        event_text("case_closed", "e2", day),
        attributes=attributes,
    )


def export(folder: Path, *cases: str, name: str = "in.xml", header: str = ORGANISATION) -> str:
    path = folder / name
    path.write_text(export_text(cases, header=header), encoding="utf-8")
    return str(path)


def sample(folder: Path, few: str, *words: str) -> Done:
    return run_here("sample", "--seed", "q", "--ruleset", few, "--out", str(folder / "s"), *words)


def body_of(folder: Path) -> dict[str, Any]:
    body = json.loads((folder / "s/sample.json").read_text(encoding="utf-8"))
    assert isinstance(body, dict)
    return body


def test_a_sample_is_private_and_says_how_it_was_drawn(tmp_path: Path, few: str) -> None:
    given = export(
        tmp_path,
        closed("C1"),
        closed("C2", attributes='agency="council" organisation="E10000017"'),
        closed("C3", attributes='agency="nhs_acute"'),
        closed("C4", attributes=""),
        closed("C5", "2025-12-30"),
    )

    done = sample(tmp_path, few, given)

    assert (done.returncode, done.stderr) == (0, "")
    assert stat.S_IMODE((tmp_path / "s/sample.json").stat().st_mode) == 0o600
    body = body_of(tmp_path)
    assert body["schema"] == "msp-sample/1"
    assert (body["seed"], body["as_of"]) == ("q", "2026-03-31")
    assert body["window"] == ["2025-12-31", "2026-03-31"]
    assert [(one["name"], one["population"], one["drawn"]) for one in body["strata"]] == [
        ("E10000016/council", 1, ["C1"]),
        ("E10000016/nhs_acute", 1, ["C3"]),
        ("E10000017/council", 1, ["C2"]),
    ]
    assert body["unplaceable"] == [
        {"case": "C4", "reason": "the record does not say which agency held the case"}
    ]
    assert not {"C1", "C2", "C3", "C4"} & set(done.stdout.split())


def test_shuffled_files_give_the_same_sample(tmp_path: Path, few: str) -> None:
    one = export(tmp_path, *(closed(f"A{n}") for n in range(9)), name="a.xml")
    other = export(tmp_path, *(closed(f"B{n}") for n in range(9)), name="b.xml")

    sample(tmp_path, few, one, other)
    first = (tmp_path / "s/sample.json").read_bytes()
    sample(tmp_path, few, other, one)

    assert (tmp_path / "s/sample.json").read_bytes() == first


def test_what_cannot_be_read_is_listed_and_not_dropped(tmp_path: Path, few: str) -> None:
    one = export(tmp_path, closed("C1"), closed("C2", "10/02/2026"), closed("C3"), name="a.xml")
    other = export(tmp_path, closed("C3"), name="b.xml")

    sample(tmp_path, few, one, other)

    assert [one["drawn"] for one in body_of(tmp_path)["strata"]] == [["C1"]]
    assert body_of(tmp_path)["unplaceable"] == [
        {"case": "C2", "reason": "the day of a closure can't be read"},
        {"case": "C3", "reason": "its id is used by more than one case"},
    ]


def test_verify_draws_again_and_says_what_differs(tmp_path: Path, few: str) -> None:
    given = export(tmp_path, *(closed(f"C{n}") for n in range(9)))
    sample(tmp_path, few, given)
    path = tmp_path / "s/sample.json"
    drawn = body_of(tmp_path)["strata"][0]["drawn"]
    words = (given, "--exclude", f"{drawn[0]}=before the court", "--replace", f"{drawn[1]}=lost")
    sample(tmp_path, few, *words)

    good = run_here("verify", str(path), given, "--ruleset", few)
    body = body_of(tmp_path)
    body["strata"][0]["drawn"].reverse()
    path.write_text(json.dumps(body), encoding="utf-8")
    bad = run_here("verify", str(path), given, "--ruleset", few)

    assert (good.returncode, bad.returncode) == (0, 1)
    assert good.stdout.endswith("sample.json: the draw made again gives the same sample\n")
    assert "strata: differs (the draw made again gives something else)" in bad.stdout


def test_verify_knows_other_exports(tmp_path: Path, few: str) -> None:
    given = export(tmp_path, closed("C1"))
    sample(tmp_path, few, given)
    other = export(tmp_path, closed("C1"), closed("C2"), name="other.xml")

    done = run_here("verify", str(tmp_path / "s/sample.json"), other, "--ruleset", few)

    assert done.returncode == 1
    assert "input other.xml: differs (it was not drawn from)" in done.stdout
    assert "input in.xml: cannot be checked (no file given has the stated hash)" in done.stdout


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--closed-within", "soon"], 64, "--closed-within takes a number of months"),
        (["--exclude", "C1"], 64, "--exclude takes CASE=REASON"),
        (["--exclude", "C1= "], 64, "--exclude takes CASE=REASON"),
        (["--exclude", "C9=why"], 3, "--exclude: not a case of the population: C9"),
        (["--number", "0"], 64, "'--number'"),
    ],
)
def test_a_wrong_word_is_refused(
    tmp_path: Path, few: str, words: list[str], code: int, said: str
) -> None:
    done = sample(tmp_path, few, export(tmp_path, closed("C1")), *words)

    assert (done.returncode, (tmp_path / "s").exists()) == (code, False)
    assert said in done.stderr


def test_exports_of_different_days_need_a_day(tmp_path: Path, few: str) -> None:
    one = export(tmp_path, closed("C1"), name="a.xml")
    header = ORGANISATION.replace("03-31", "02-28")
    other = export(tmp_path, closed("C2"), name="b.xml", header=header)

    refused, taken = (
        sample(tmp_path, few, one, other),
        sample(tmp_path, few, one, other, "--as-of", "2026-03-31"),
    )

    assert (refused.returncode, taken.returncode) == (4, 0)
    assert "its reference_date is not that of the other exports; give --as-of" in refused.stderr


def test_a_theme_without_cases_draws_nothing_and_says_so(tmp_path: Path, few: str) -> None:
    done = sample(tmp_path, few, export(tmp_path, closed("C1")), "--theme", "caused_out")

    assert (done.returncode, body_of(tmp_path)["strata"]) == (0, [])
    assert done.stdout.startswith("No case belongs to the population: nothing was drawn.\n")


def test_a_file_in_place_of_a_folder_is_named(tmp_path: Path, few: str) -> None:
    given = export(tmp_path, closed("C1"))

    done = run_here("sample", given, "--seed", "q", "--out", given, "--ruleset", few)

    assert done.returncode == 5
    assert done.stderr.endswith("in.xml is a file: name a folder to write sample.json into\n")


def test_a_folder_in_place_of_a_file_is_named(tmp_path: Path, few: str) -> None:
    given, out = export(tmp_path, closed("C1")), str(tmp_path / "p")
    sample(tmp_path, few, given)

    done = run_here("audit", "pack", str(tmp_path / "s"), given, "--out", out, "--ruleset", few)

    assert (done.returncode, done.stderr) == (4, "s: it is a folder: name the .json file in it\n")


def test_verify_refuses_a_sample_that_names_no_ruleset(tmp_path: Path) -> None:
    given, stated = export(tmp_path, closed("C1")), tmp_path / "half.json"
    stated.write_text('{"schema": "msp-sample/1"}', encoding="utf-8")

    done = run_here("verify", str(stated), given)

    assert (done.returncode, done.stderr) == (
        4,
        "half.json: it does not name its ruleset; give --ruleset\n",
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "there is no such file"),
        (b" \n", "the file is empty"),
        (b'{"schema":\n "msp-sam', "it is not valid JSON, so not a document of the form"),
        (b'{"schema": "msp-pack/1"}', "it is not a document of the form msp-sample/1"),
    ],
)
def test_a_sample_that_cannot_be_read_is_named(
    tmp_path: Path, content: bytes | None, said: str
) -> None:
    given, stated = export(tmp_path, closed("C1")), tmp_path / "sample.json"
    if content is not None:
        stated.write_bytes(content)

    done = run_here("audit", "pack", str(stated), given, "--out", str(tmp_path / "p"))

    assert done.returncode == 4
    assert re.match(rf"sample\.json(:2:\d+)?: {re.escape(said)}", done.stderr), done.stderr
    assert not (tmp_path / "p").exists()


def test_a_pack_is_made_as_of_the_day_of_its_sample_alone(tmp_path: Path, few: str) -> None:
    given, out = export(tmp_path, closed("C1")), str(tmp_path / "p")
    sample(tmp_path, few, given)
    day = body_of(tmp_path)["as_of"]
    words = ("audit", "pack", str(tmp_path / "s/sample.json"), given, "--out", out)

    other = run_here(*words, "--ruleset", few, "--as-of", "2026-01-01")
    same = run_here(*words, "--ruleset", few, "--as-of", day)

    assert (other.returncode, other.stderr) == (
        3,
        f"sample.json was drawn as of {day}: leave out --as-of\n",
    )
    assert same.returncode == 0
