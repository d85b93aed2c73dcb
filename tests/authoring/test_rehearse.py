"""Rehearsals: made-up cases step by step, and the ten that are shipped."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from msp_rules.audit.case_audit import CaseAudit
from msp_rules.authoring.rehearse import RehearsalResult, find_rehearsal, rehearse, training_cases
from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.engine.engine import Engine
from msp_rules.errors import MspRulesError, RulesetInvalid
from msp_rules.reports.rehearsal import (
    list_page,
    rehearsal_document,
    rehearsal_lines,
    rehearsal_page,
)
from msp_rules.rules.schemas import check_by_schema
from msp_rules.yaml_source.nodes import Problems, read_yaml
from tests.support.core import core_ruleset

CASES = training_cases()

A_CASE = """\
title: A call
about: [a word, two words]
story: Somebody rings.
adult: {age_band: "65-74"}
steps:
  - at: 2026-01-05T10:00:00
    happens: A neighbour rings.
    given:
      - concern_raised: {id: c, source: neighbour, identified_adult: "yes"}
    questions:
      - ask: What comes first?
        answer: Whether she is safe.
  - at: 2026-01-05T12:00:00
    happens: She is safe.
    given:
      - immediate_safety_check: {result: safe}
  - at: 2026-01-06
    opens: page
    happens: A quiet day.
audit:
  as_of: 2026-01-31
"""


@cache
def rules() -> tuple[Engine, CaseAudit]:
    return Engine(core_ruleset(), matcher="python"), CaseAudit(core_ruleset(), "python")


def gone_through(name: str) -> RehearsalResult:
    return rehearse(find_rehearsal(name, core_ruleset()), *rules())


def written(folder: Path, text: str) -> str:
    path = folder / "case.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def mistakes(folder: Path, text: str) -> list[str]:
    with pytest.raises(RulesetInvalid) as refused:
        find_rehearsal(written(folder, text), core_ruleset())
    return [f"{one.where.line}: {one.message}" for one in refused.value.problems]


@pytest.mark.parametrize("name", CASES)
def test_a_training_case_asks_and_ends_as_it_says(name: str) -> None:
    done = gone_through(name)

    assert list(done.differences()) == []
    assert all(one.step.asks is not None and one.step.questions for one in done.steps)
    assert done.rehearsal.not_evidenced is not None
    assert done.audit.faults == ()


def test_there_are_ten_and_they_are_diverse() -> None:
    said = [find_rehearsal(name, core_ruleset()) for name in CASES]
    abuse = Counter(
        kind
        for one in said
        for step in one.steps
        for entry in step.given
        for kind in _kinds(entry.get("concern_raised"))
    )
    about = {topic for one in said for topic in one.about}

    assert len(said) == 10
    assert abuse.keys() == set(core_vocabulary().enums["abuse_type"]) - {"sexual_exploitation"}
    assert about >= {
        *("the adult says no", "lacks capacity", "coercion", "organisational abuse"),
        *("out of hours", "hoarding", "a person who wants no police", "carer", "modern slavery"),
    }


def _kinds(concern: object) -> list[str]:
    kinds = concern.get("abuse_type", []) if isinstance(concern, dict) else []
    return [kinds] if isinstance(kinds, str) else list(kinds)


@pytest.mark.parametrize("name", CASES)
def test_a_training_case_is_valid_by_the_schema(name: str) -> None:
    problems = Problems()
    block = read_yaml(CASES[name], name, problems)
    assert block is not None

    check_by_schema(block, "rehearsal", core_vocabulary(), problems)
    assert problems.found == []


def test_what_is_asked_follows_the_record_and_the_form(tmp_path: Path) -> None:
    done = gone_through(written(tmp_path, A_CASE))

    assert [one.step.form for one in done.steps] == [
        "concern_raised",
        "immediate_safety_check",
        None,
    ]
    assert [one.key.rule for one in done.steps[0].asked.interrupting] == ["RISK-01"]
    assert [one.key.rule for one in done.steps[1].ended] == ["RISK-01"]
    assert done.steps[2].asking == ("ASK-01",)
    assert "ASK-01" in done.not_evidenced


def test_a_question_that_was_shown_interrupts_nobody_again(tmp_path: Path) -> None:
    text = A_CASE.replace("immediate_safety_check: {result: safe}", "oversight: {}")
    text = text.replace("at: 2026-01-06", "at: 2026-01-05T13:00:00")
    done = gone_through(written(tmp_path, text))

    interrupting = [[one.key.rule for one in step.asked.interrupting] for step in done.steps]
    assert interrupting == [["RISK-01"], [], []]
    assert done.steps[2].asking[0] == "RISK-01"


def test_a_case_that_says_something_else_of_itself_is_told_where(tmp_path: Path) -> None:
    text = A_CASE.replace("    opens: page\n", "    opens: page\n    asks: [RISK-01]\n").replace(
        "as_of: 2026-01-31", "as_of: 2026-01-31\n  not_evidenced: []"
    )
    found = list(gone_through(written(tmp_path, text)).differences())

    assert found[0] == ("case.yaml:17:5: step 3 says that it asks RISK-01; the rules ask ASK-01")
    assert found[1].startswith("case.yaml: the audit is said to find nothing not evidenced; ")


def test_all_mistakes_are_named_at_once_with_their_lines(tmp_path: Path) -> None:
    text = (
        A_CASE.replace("neighbour, identified", "neighbor, identified")
        .replace("opens: page", "opens: pages")
        .replace("result: safe", "outcome: safe")
        .replace("    happens: She is safe.\n", "")
        .replace("at: 2026-01-06", "at: 2026-01-32\n    asks: [ASK-99]")
    )

    assert mistakes(tmp_path, text) == [
        '9: unknown code of source "neighbor"; did you mean "neighbour"?',
        "13: the step lacks happens",
        '15: unknown field of immediate_safety_check "outcome"; known are action, agency, '
        "emergency_services, id, occurred, recorded, result, role, supersedes, unreadable, void",
        "16: day is out of range for month",
        '18: unknown form "pages"; did you mean "page"?',
        '17: unknown rule "ASK-99"; did you mean "ASK-05"?',
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("12:00:00", "09:00:00", "13: this step, at 2026-01-05T09:00:00, comes before the one"),
        ("2026-01-31", "2026-01-05", "21: the audit, as of 2026-01-05, comes before the last"),
        ("{result: safe}", "{id: c, result: safe}", '16: the id "c" stands twice; first: line 9'),
        ("{result: safe}", "{supersedes: d}", '16: unknown event of the example "d"'),
    ],
)
def test_what_cannot_be_so_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    (found,) = mistakes(tmp_path, A_CASE.replace(old, new))

    assert found.startswith(said)


def test_a_name_that_is_neither_file_nor_case_is_answered_with_the_nearest() -> None:
    with pytest.raises(MspRulesError, match='did you mean "the-car-wash"'):
        find_rehearsal("the-carwash", core_ruleset())


def test_answers_are_shown_only_where_they_are_wanted(tmp_path: Path) -> None:
    document = rehearsal_document(gone_through(written(tmp_path, A_CASE)), core_ruleset())
    without = "\n".join(rehearsal_lines(document, with_answers=False))
    with_them = "\n".join(rehearsal_lines(document, with_answers=True))

    assert "? What comes first?" in without
    assert "Whether she is safe." not in without
    assert "Whether she is safe." in with_them
    assert without.endswith("Answers to the questions: --answers")
    assert "Not asked any more: RISK-01 (the record answers it)." in without


def test_a_page_asks_first_and_folds_its_answers_away(tmp_path: Path) -> None:
    text = A_CASE.replace("title: A call", "title: <b>A call</b>")
    document = rehearsal_document(gone_through(written(tmp_path, text)), core_ruleset())
    page = rehearsal_page(document, back="../rehearsals")

    assert "<h1>&lt;b&gt;A call&lt;/b&gt;</h1>" in page
    assert "<details><summary>What comes first?</summary><p>Whether she is safe.</p>" in page
    assert '<a href="../rehearsals">All training cases</a>' in page
    assert '<a href="x/a">A call</a>: a, b' in list_page([("x/a", "A call", ["a", "b"])])
