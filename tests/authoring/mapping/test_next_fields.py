"""What to map next, what may be absent, and what rests on a constant: advice that is followed."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from msp_rules.authoring.mapping.absent import absent_in, with_absent
from msp_rules.authoring.mapping.lint import blinded_rules, lint_mapping
from msp_rules.authoring.mapping.next_fields import NextFields, map_next, next_lines
from msp_rules.authoring.mapping.trial import try_mapping
from msp_rules.casework.case import Supply
from msp_rules.casework.moments import parse_as_of
from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.engine.engine import Engine
from msp_rules.engine.verdict import Verdict
from msp_rules.intake.mapping.decode import load_mapping
from msp_rules.intake.mapping.language import supply_of
from msp_rules.intake.source import open_cases
from tests.support.command_line import run_here
from tests.support.core import core_ruleset

pytestmark = pytest.mark.slow

EXPORTS = Path(__file__).parents[2] / "data" / "exports"
WORDS = core_vocabulary()
EVERYTHING = Supply(True, frozenset(WORDS.events))


def untold(supply: Supply, rules: set[str]) -> int:
    """Counts the answers of some rules on the shipped export that can't tell by a supply."""
    engine, as_of = Engine(core_ruleset()), parse_as_of("2026-03-31")
    with open_cases(EXPORTS / "truth.xml") as source:
        return sum(
            answer.rule in rules and answer.verdict is Verdict.CANNOT_TELL
            for case in source
            for answer in engine.evaluate(case._replace(supply=supply), as_of).answers
        )


def of_the_mapping() -> Supply:
    return supply_of(load_mapping(EXPORTS / "wide.yaml", WORDS), WORDS)


def of_the_export() -> Supply:
    """What the canonical export says itself: nineteen fields that a council would have."""
    with open_cases(EXPORTS / "truth.xml") as source:
        return next(iter(source)).supply


def followed(supply: Supply, lines: Sequence[NextFields]) -> Supply:
    """The supply of whoever has mapped what some lines say."""
    fields = {kind: set(known) for kind, known in supply.fields.items()}
    for line in lines:
        for kind, name in line.needs:
            fields.setdefault(kind, set()).update(() if name is None else (name,))
    known = {kind: frozenset(names) for kind, names in fields.items()}
    return Supply(True, supply.types, known)


@pytest.mark.parametrize("before", [of_the_mapping, of_the_export])
def test_the_first_lines_make_the_first_questions_answer_on_the_shipped_export(
    before: Callable[[], Supply],
) -> None:
    rules, supply = {"ASK-01", "DEC-02", "OUT-04"}, before()
    lines = map_next(core_ruleset(), supply)

    assert untold(supply, rules) > 20
    # One answer hangs on a record of the case itself, whose answer is "not known".
    assert untold(followed(supply, lines[:3]), rules) <= 1
    assert rules <= {rule for line in lines[:3] for rule in line.rules}


def test_the_rules_that_a_line_counts_can_tell_more_of_their_examples_with_it() -> None:
    ruleset, supply = core_ruleset(), of_the_export()
    lines = map_next(ruleset, supply)

    for number, line in enumerate(lines, start=1):
        before, after = (followed(supply, lines[:n]) for n in (number - 1, number))
        blind_before = {one.rule: one.cases for one in blinded_rules(ruleset, before)}
        blind_after = {one.rule: one.cases for one in blinded_rules(ruleset, after)}
        gained = {rule: (blind_before[rule], blind_after.get(rule, 0)) for rule in line.rules}
        assert {rule: pair for rule, pair in gained.items() if pair[0] <= pair[1]} == {}
        # What is left of them are examples that an explanation alone decides, or a few others.
        assert all(pair[1] <= pair[0] / 2 for pair in gained.values()), gained


def test_where_nothing_lacks_nothing_is_to_be_mapped() -> None:
    assert map_next(core_ruleset(), EVERYTHING) == ()
    assert list(next_lines(())) == []


def test_check_and_try_end_with_what_to_map_next(tmp_path: Path) -> None:
    mapping = str(EXPORTS / "wide.yaml")

    checked = run_here("mapping", "check", mapping)
    tried = run_here("mapping", "try", mapping, str(EXPORTS / "wide"))

    for done in (checked, tried):
        _, heading, rest = done.stdout.partition(
            "Map these next, by the rules that can then tell:\n"
        )
        assert heading
        assert rest.splitlines()[0].startswith("  8 rules, ADV-01, ASK-01")
    assert tried.returncode == 0


@pytest.fixture
def small_month(tmp_path: Path) -> Path:
    folder = tmp_path / "month"
    folder.mkdir()
    name = "Safeguarding Adults Report 31-03-2026.csv"
    rows = (EXPORTS / "wide" / name).read_bytes().split(b"\r\n")
    # The titles, the names, and a concern that nobody followed up.
    kept = [*rows[:4], *(row for row in rows if row.startswith(b"SA/2026/0007"))]
    (folder / name).write_bytes(b"\r\n".join([*kept, b""]))
    return folder


def test_what_a_small_month_lacks_is_written_into_the_mapping(
    small_month: Path, tmp_path: Path
) -> None:
    before, after = tmp_path / "before.yaml", tmp_path / "after.yaml"
    shutil.copy(EXPORTS / "wide.yaml", before)

    first = run_here("mapping", "try", str(before), str(small_month), "--write-absent", str(after))
    second = run_here("mapping", "try", str(after), str(small_month))

    assert (first.returncode, second.returncode) == (2, 0)
    assert "case_closed" in first.stderr
    mapping = load_mapping(after, WORDS)
    assert {rule.type for rule in mapping.events if rule.may_be_absent} >= {
        *("case_closed", "s42_decided", "enquiry_started"),
    }
    assert not any(r.may_be_absent for r in mapping.events if r.type == "concern_raised")


def test_a_file_is_written_once_and_only_of_a_whole_export(
    small_month: Path, tmp_path: Path
) -> None:
    mapping, out = str(EXPORTS / "wide.yaml"), tmp_path / "after.yaml"
    out.write_text("mine")

    again = run_here("mapping", "try", mapping, str(small_month), "--write-absent", str(out))
    part = run_here(
        *("mapping", "try", mapping, str(small_month), "--cases", "1"),
        *("--write-absent", str(tmp_path / "other.yaml")),
    )

    assert (again.returncode, part.returncode) == (64, 64)
    assert out.read_text() == "mine"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("{method: asked}", "{method: {path: asked, may_be_absent: true}}"),
        ('{method: "a: b"}', '{method: {path: "a: b", may_be_absent: true}}'),
        ("{method: {path: asked}}", "{method: {may_be_absent: true, path: asked}}"),
        (
            "\n      method:\n        path: x",
            "\n      method:\n        may_be_absent: true\n        path: x",
        ),
    ],
)
def test_the_words_are_put_in_however_a_value_is_written(
    tmp_path: Path, before: str, after: str
) -> None:
    head = (
        "schema: msp-rules/mapping/1\nname: x\nsource: csv\ncase: {record: c, id: r}\n"
        "adult: {ref: r}\nevents:\n  - event: outcomes_conversation\n    record: '.'\n"
        "    id: r\n    occurred: d\n    fields: "
    )
    path, export = tmp_path / "m.yaml", tmp_path / "c.csv"
    path.write_text(f"{head}{before}\n")
    export.write_text("r,d,asked,a: b,x\nC1,2026-01-05,,,\n")
    mapping = load_mapping(path, WORDS)
    trial = try_mapping(export, mapping, WORDS)

    text = with_absent(path, mapping, absent_in(trial, mapping))

    assert text == f"{head}{after}\n"
    path.write_text(text)
    assert load_mapping(path, WORDS).events[0].fields["method"].may_be_absent


def test_a_constant_on_which_a_duty_hangs_is_warned_of(tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"
    path.write_text(
        (EXPORTS / "wide.yaml")
        .read_text("utf-8")
        .replace('kind: {path: "Decision", codes: kind}', "kind: {constant: s42}")
        .replace("  kind: {labels: {S42 enquiry: s42, Other enquiry: other}, unknown: fault}\n", "")
    )

    found = lint_mapping(path, load_mapping(path, WORDS), core_ruleset())

    (warning,) = [one for one in found if one.code == "constant"]
    assert "kind of enquiry_started is the same in every record" in warning.message
    assert "ADV-01" in warning.message


def test_an_assumption_that_nobody_answers_for_is_warned_of(tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"
    text = (EXPORTS / "wide.yaml").read_text("utf-8")
    path.write_text(f"{text}assume: [{{type: case_reopened, none: true, because: a new one}}]\n")

    found = lint_mapping(path, load_mapping(path, WORDS), core_ruleset())

    assert [one.message for one in found if one.code == "assumed"] == [
        "the assumption about case_reopened lacks approved_by and until"
    ]
