"""The command line as people meet it: exit codes, messages, and nothing that should stay in."""

import json
import re
import shlex
import zipfile
from pathlib import Path

import pytest

from tests.builders.part_of_core import write_part_of_core
from tests.builders.ruleset import write_files
from tests.builders.sound_rulesets import NOTHING_TO_WARN_OF, RULE
from tests.support.command_line import DEMO, EXAMPLE, ROOT, run, run_here
from tests.support.matchers import needs_durable

FEW = ("--ruleset", "FEW")


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A folder with one of the core rules: quick to load, where rules are not the point."""
    folder = tmp_path_factory.mktemp("few") / "core"
    return str(write_part_of_core(folder, "rules/ADV-01.yaml"))


@pytest.mark.slow
def test_one_document_on_standard_output() -> None:
    done = run("scan", str(EXAMPLE), "--format", "json", "--out", "-")

    document = json.loads(done.stdout)
    assert done.returncode == 0
    assert document["schema"] == "msp-results/1"
    assert document["manifest"]["as_of"] == "2026-03-31"
    assert document["manifest"]["complete"] is True
    first = document["cases"][0]
    rows = {(row["rule"], row["subject"]): row for row in first["verdicts"]}
    assert rows["ASK-01", "e1"]["verdict"] == "met"
    assert rows["ASK-01", "e1"]["due"] == "2026-01-07"
    assert rows["ASK-01", "e1"]["evidence"] == ["e3"]
    assert rows["ADV-01", None]["verdict"] == "not_met"
    for case in document["cases"]:
        assert case["answered"] == len(case["verdicts"]) + case["not_applicable"]
        assert list(case["audit"]) == ["Q1", "Q2", "Q3", "Q4", "Q5", "Q6", "Q7", "Q8", "QM"]
    listed = sum(document["totals"]["verdicts"].values())
    assert listed == sum(case["answered"] for case in document["cases"])


@needs_durable
@pytest.mark.slow
def test_both_matchers_give_one_answer_on_the_demo() -> None:
    done = [
        run_here("scan", str(DEMO), "--format", "json", "--out", "-", "--matcher", name)
        for name in ("python", "durable", "both")
    ]

    documents = [json.loads(one.stdout)["cases"] for one in done]
    assert documents[0] == documents[1] == documents[2]


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        pytest.param(["scan", "EXAMPLE", *FEW], 0, "", id="finished"),
        pytest.param(["scan", "EXAMPLE", "--fail-on", "statutory", *FEW], 1, "", id="findings"),
        pytest.param(["scan", "DEMO", "--fail-on", "prompt", *FEW], 2, "", id="incomplete wins"),
        pytest.param(
            ["scan", "EXAMPLE", "--ruleset", "msp-cor"], 3, 'mean "msp-core"', id="no such ruleset"
        ),
        pytest.param(["scan", "nowhere.xml", *FEW], 4, "nowhere.xml: there is no", id="no file"),
        pytest.param(["scan", "README.md", *FEW], 4, "README.md: it is plain text", id="no XML"),
        pytest.param(["scan", "features", *FEW], 4, "has no export", id="folder without exports"),
        pytest.param(["scan", "EXAMPLE", "--as-of", "soon"], 64, "YYYY-MM-DD", id="bad date"),
        pytest.param(["scan", "EXAMPLE", "--formt", "json"], 64, "--format", id="wrong option"),
        pytest.param(["scan"], 64, "EXPORTS", id="nothing to scan"),
        pytest.param(["test", "FEW", "--rule", "ADV-1"], 3, "ADV-01", id="no such rule"),
        pytest.param(["fields", "concern"], 3, 'mean "concern_raised"', id="no such event"),
    ],
)  # fmt: skip
def test_exit_code_and_message(words: list[str], code: int, message: str, few: str) -> None:
    paths = {"EXAMPLE": str(EXAMPLE), "DEMO": str(DEMO), "FEW": few}

    done = run_here(*(paths.get(word, word) for word in words))

    assert done.returncode == code, done.stderr
    assert message in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        pytest.param(["scan", str(EXAMPLE), "--fail-on", "statutory"], 1, "", id="findings"),
        pytest.param(["scan", "--formt", "json"], 64, "--format", id="wrong option"),
        pytest.param(["fields", "concern"], 3, 'mean "concern_raised"', id="no such event"),
    ],
)
def test_exit_code_of_a_process(words: list[str], code: int, message: str) -> None:
    done = run(*words)

    assert done.returncode == code, done.stderr
    assert message in done.stderr


def test_same_case_in_two_files_is_judged_once(tmp_path: Path, few: str) -> None:
    for name in ("a.xml", "b.xml"):
        (tmp_path / name).write_bytes(EXAMPLE.read_bytes())

    done = run_here("scan", str(tmp_path), "--ruleset", few, "--format", "json", "--out", "-")

    document = json.loads(done.stdout)
    assert done.returncode == 2
    assert document["totals"]["cases"] == 2
    assert [fault["input"] for fault in document["faults"]] == ["b.xml", "b.xml"]


@pytest.mark.slow
def test_no_text_of_a_record_and_no_person_comes_out(tmp_path: Path) -> None:
    text = DEMO.read_text()
    canary = "Zcanary"
    text = re.sub(r"<(text|reason|reason_text|rationale|response)>[^<]*<", rf"<\1>{canary}<", text)
    text = re.sub(r'ref="P-', f'ref="{canary}-', text)
    (tmp_path / "x.xml").write_text(text)

    done = run_here("scan", str(tmp_path), "--out", str(tmp_path / "out"), "--all-rows")

    files = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert files == ["manifest.json", "report.html", "report.xlsx", "results.csv", "results.json"]
    with zipfile.ZipFile(tmp_path / "out/report.xlsx") as book:
        written = "".join(book.read(name).decode() for name in book.namelist())
    texts = [path for path in (tmp_path / "out").iterdir() if path.suffix != ".xlsx"]
    written += "".join(path.read_text() for path in texts)
    assert text.count(canary) > 60
    assert canary not in done.stdout + done.stderr + written
    assert str(tmp_path) not in written


def test_no_cell_can_become_a_formula(tmp_path: Path, few: str) -> None:
    text = EXAMPLE.read_text().replace('"SA-1001"', '"=1+1"')
    (tmp_path / "x.xml").write_text(text)

    run_here("scan", str(tmp_path / "x.xml"), "--ruleset", few, "--out", str(tmp_path / "out"))

    assert "\n'=1+1," in (tmp_path / "out/results.csv").read_text().replace("\r", "")


@pytest.mark.slow
def test_commands_of_the_readme_run() -> None:
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    commands = [line for block in blocks for line in block.splitlines()]

    assert len(commands) >= 6
    for command in commands:
        program, *words = shlex.split(command)
        done = run_here(*words)
        # The demo export holds three faults and statutory findings on purpose.
        assert program == "msp-rules"
        assert done.returncode == (2 if words[0] == "scan" else 0), done.stderr


BLAME = (
    'small/rules/EX-01.yaml:42:12: warning: "must" commands or blames; a prompt asks a colleague '
    "[blame]"
)


def written(folder: Path, *edits: tuple[str, str]) -> str:
    """A small sound ruleset in a folder called `small`, with edits in its rule."""
    rule = NOTHING_TO_WARN_OF[RULE]
    for old, new in edits:
        assert old in rule
        rule = rule.replace(old, new, 1)
    return str(write_files(folder / "small", {**NOTHING_TO_WARN_OF, RULE: rule}))


def test_check_warns_and_is_strict_when_asked(tmp_path: Path) -> None:
    folder = written(tmp_path, ("Has anyone asked?", "Must anyone ask?"))

    done = run_here("check", folder)
    strict = run_here("check", "--strict", folder)

    assert done.stdout == strict.stdout
    assert [done.returncode, strict.returncode] == [0, 1]
    assert done.stdout.splitlines() == [
        BLAME,
        "small 1.0.0: 1 rules, no mistakes, 1 warning",
    ]


def test_check_is_told_the_day(tmp_path: Path) -> None:
    folder = written(tmp_path)

    before = run_here("check", "--strict", folder, "--today", "2026-06-01")
    after = run_here("check", "--strict", folder, "--today", "2099-01-01")
    never = run_here("check", folder, "--today", "soon")

    assert [before.returncode, after.returncode, never.returncode] == [0, 1, 64]
    assert "was due for review by 2027-11-30 [review]" in after.stdout
    assert "--today takes a date" in never.stderr


def test_a_mistake_comes_before_warnings(tmp_path: Path) -> None:
    folder = written(
        tmp_path,
        ("Has anyone asked?", "Must anyone ask?"),
        ("severity: flag", "severity: flagg"),
    )

    done = run_here("check", "--strict", folder)

    assert done.returncode == 3
    assert done.stdout.splitlines() == [
        'small/rules/EX-01.yaml:4:11: unknown severity "flagg"; did you mean "flag"?'
    ]
