"""What the finer words of the rule language mean, each in a ruleset of one rule written as YAML."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from msp_rules.audit.case_audit.questions import Rater
from msp_rules.casework.case import Supply
from msp_rules.casework.moments import parse_as_of
from msp_rules.engine.engine import Engine
from msp_rules.engine.explain import Considered, explain
from msp_rules.engine.verdict import Answer, Evaluation, Missing
from msp_rules.rules.language.rule import Ruleset
from tests.builders.case import case_of
from tests.builders.ruleset import rule_text, ruleset_of

LATER = "2026-03-31"
Told = tuple[str, dict[str, Any]]


def ruleset(folder: Path, rules: Mapping[str, str], more: str = "") -> Ruleset:
    """Rules by id, of which only what is particular to each is given."""
    return ruleset_of(folder, *(rule_text(*one) for one in rules.items()), more=more)


def evaluated(
    rules: Ruleset, *events: Told, as_of: str = LATER, supplies: tuple[str, ...] = ()
) -> Evaluation:
    supply = Supply(declared=True, types=frozenset(supplies)) if supplies else None
    engine = Engine(rules, matcher="python")
    return engine.evaluate(case_of(*events, supply=supply), parse_as_of(as_of))


def verdicts(evaluation: Evaluation) -> dict[str | None, str]:
    assert evaluation.faults == ()
    return {answer.subject: answer.verdict.value for answer in evaluation.answers}


def only_answer(evaluation: Evaluation) -> Answer:
    (answer,) = evaluation.answers
    return answer


def concern(day: str, **fields: Any) -> Told:
    return ("concern_raised", {"occurred": day, **fields})


def decision(day: str, result: str = "s42_enquiry", **fields: Any) -> Told:
    return ("s42_decided", {"occurred": day, "result": result, **fields})


# other_than: this


ANOTHER_CONCERN = "each: concern_raised\nexpect: {recorded: concern_raised, other_than: this}\n"


def test_the_subject_alone_is_no_other(tmp_path: Path) -> None:
    rules = ruleset(tmp_path, {"EX-01": ANOTHER_CONCERN})

    assert verdicts(evaluated(rules, concern("2026-01-05"))) == {"e1": "not_met"}


def test_another_event_of_the_subjects_type_is_other_than_it(tmp_path: Path) -> None:
    rules = ruleset(tmp_path, {"EX-01": ANOTHER_CONCERN})

    evaluation = evaluated(rules, concern("2026-01-05"), concern("2026-01-05"))

    assert verdicts(evaluation) == {"e1": "met", "e2": "met"}
    assert [answer.evidence for answer in evaluation.answers] == [("e2",), ("e1",)]


def test_leaving_out_the_subject_leaves_out_no_other_test(tmp_path: Path) -> None:
    rules = ruleset(
        tmp_path,
        {
            "EX-01": "each: concern_raised\n"
            "expect: {count: concern_raised, other_than: this, where: {source: police},"
            " at_least: 1}\n"
        },
    )

    evaluation = evaluated(
        rules, concern("2026-01-05", source="police"), concern("2026-01-05", source="family")
    )

    assert verdicts(evaluation) == {"e1": "not_met", "e2": "met"}


def test_an_uncertain_other_event_leaves_it_open(tmp_path: Path) -> None:
    rules = ruleset(tmp_path, {"EX-01": ANOTHER_CONCERN})

    evaluation = evaluated(rules, concern("2026-01-05"), concern("unreadable"))

    assert verdicts(evaluation)["e1"] == "cannot_tell"


def test_an_explanation_says_that_the_subject_is_no_other(tmp_path: Path) -> None:
    rules = ruleset(tmp_path, {"EX-01": ANOTHER_CONCERN})
    engine = Engine(rules, matcher="python")

    (found,) = explain(engine, case_of(concern("2026-01-05")), parse_as_of(LATER), "EX-01")

    assert [line.considered for line in found.lines] == [
        (Considered("e1", fails=("other_than",), unknown=()),)
    ]


# How many values a field has


@pytest.mark.parametrize(
    ("test", "number", "verdict"),
    [
        ("at_least: 2", 1, "not_met"),
        ("at_least: 2", 2, "met"),
        ("at_least: 2", 3, "met"),
        ("at_most: 2", 1, "met"),
        ("at_most: 2", 2, "met"),
        ("at_most: 2", 3, "not_met"),
        # An absent field passes no positive test: it has no number of values.
        ("at_least: 2", 0, "not_met"),
        ("at_most: 2", 0, "not_met"),
    ],
)
def test_values_of_a_repeated_field_are_counted(
    test: str, number: int, verdict: str, tmp_path: Path
) -> None:
    expect = f"expect: {{recorded: concern_raised, where: {{abuse_type: {{{test}}}}}}}\n"
    rules = ruleset(tmp_path, {"EX-01": expect})
    kinds = ["physical", "sexual", "psychological"][:number]
    told = concern("2026-01-05", abuse_type=kinds) if kinds else concern("2026-01-05")

    assert verdicts(evaluated(rules, told)) == {None: verdict}


def test_values_that_cannot_be_read_leave_their_number_open(tmp_path: Path) -> None:
    expect = "expect: {recorded: concern_raised, where: {abuse_type: {at_least: 2}}}\n"
    rules = ruleset(tmp_path, {"EX-01": expect})

    evaluation = evaluated(rules, concern("2026-01-05", unreadable=["abuse_type"]))

    assert verdicts(evaluation) == {None: "cannot_tell"}


# Counts and lists with dates

DATED_COUNT = """\
parameters:
  contacts:
    unit: count
    range: [1, 9]
    values:
      - {from: 2026-02-01, value: 1, basis: assumed, source: "project decision"}
      - {from: 2026-03-01, value: 2, basis: assumed, source: "project decision"}
expect: {count: contact_with_adult, at_least: $contacts}
"""
DATED_LIST = """\
parameters:
  results:
    unit: codes
    values:
      - {from: 2026-02-01, value: [no_reply], basis: assumed, source: "project decision"}
      - {from: 2026-03-01, value: [spoke], basis: assumed, source: "project decision"}
expect: {recorded: contact_with_adult, where: {result: $results}}
"""


@pytest.mark.parametrize("rule", [DATED_COUNT, DATED_LIST], ids=["count", "list"])
@pytest.mark.parametrize(
    ("as_of", "verdict"),
    [
        ("2026-01-10", "met"),  # before the first value, the first is in force
        ("2026-02-28", "met"),
        ("2026-03-01", "not_met"),
        ("2026-03-31", "not_met"),
    ],
)
def test_count_or_list_of_the_evaluations_day_is_in_force(
    rule: str, as_of: str, verdict: str, tmp_path: Path
) -> None:
    rules = ruleset(tmp_path, {"EX-01": rule})
    contact = ("contact_with_adult", {"occurred": "2026-01-05", "result": "no_reply"})

    assert verdicts(evaluated(rules, contact, as_of=as_of)) == {None: verdict}


# Colours

HEARD = "expect: {recorded: contact_with_adult}\nexplained_when: {recorded: no_plan_needed}\n"
PARTLY = "partly_when: {recorded: oversight}\n"
CONTACT: Told = ("contact_with_adult", {"occurred": "2026-01-05"})
EXCUSE: Told = ("no_plan_needed", {"occurred": "2026-01-05"})
PART: Told = ("oversight", {"occurred": "2026-01-05"})


@pytest.mark.parametrize(
    ("colour", "events", "expected"),
    [
        pytest.param("", (), "red", id="a flag is red"),
        pytest.param("colour: {not_met: red}", (), "red", id="red"),
        pytest.param("colour: {not_met: amber}", (), "amber", id="amber"),
        pytest.param("colour: {not_met: grey}", (), "grey", id="grey"),
        pytest.param("colour: {not_met: none}", (), "none", id="none"),
        pytest.param("colour: {not_met: grey}", (PART,), "grey", id="part of a grey rule"),
        pytest.param("colour: {not_met: red}", (PART,), "amber", id="part of a red rule"),
        pytest.param("", (CONTACT,), "green", id="met"),
        pytest.param("", (EXCUSE,), "green", id="explained"),
        pytest.param("colour: {met: none}", (CONTACT,), "none", id="met colours nothing"),
        pytest.param("colour: {met: none}", (EXCUSE,), "none", id="nor does explained"),
        pytest.param("colour: {met: none}", (), "red", id="what is not evidenced does"),
    ],
)
def test_colour_of_an_answer(
    colour: str, events: tuple[Told, ...], expected: str, tmp_path: Path
) -> None:
    rules = ruleset(tmp_path, {"EX-01": f"{HEARD}{PARTLY}{colour}\n"})

    assert only_answer(evaluated(rules, concern("2026-01-05"), *events)).colour == expected


@pytest.mark.parametrize(
    ("other", "question"),
    [
        pytest.param((), "red", id="red stays"),
        pytest.param((PART,), "amber", id="amber stays"),
        pytest.param((CONTACT,), "grey", id="green becomes grey"),
    ],
)
def test_grey_casts_doubt_only_on_what_would_be_green(
    other: tuple[Told, ...], question: str, tmp_path: Path
) -> None:
    doubt = "expect: {recorded: case_closed}\ncolour: {not_met: grey, met: none}\n"
    rules = ruleset(tmp_path, {"EX-01": HEARD + PARTLY, "EX-02": doubt})

    evaluation = evaluated(rules, concern("2026-01-05"), *other)

    assert Rater(rules).rate(evaluation.answers, ())["Q1"].colour == question


def test_a_rule_that_praises_nothing_leaves_the_question_without_colour(tmp_path: Path) -> None:
    rules = ruleset(tmp_path, {"EX-01": f"{HEARD}colour: {{met: none}}\n"})

    rating = Rater(rules).rate(evaluated(rules, CONTACT).answers, ())["Q1"]

    assert (rating.colour, rating.is_explained) == ("none", False)


# A decision that names no concern

DECIDED = "each: concern_raised\nexpect: {recorded: s42_decided, refers_to: this}\n"


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        pytest.param(
            (concern("2026-01-05"), concern("2026-01-07"), decision("2026-01-08")),
            {"e1": "met_late", "e2": "not_met"},
            id="the earliest open one",
        ),
        pytest.param(
            (concern("2026-01-05"), decision("2026-01-05")),
            {"e1": "met"},
            id="a concern of the same day",
        ),
        pytest.param(
            (concern("2026-01-05"), decision("2026-01-04")),
            {"e1": "not_met"},
            id="none: it was made the day before the concern",
        ),
        pytest.param(
            (
                concern("2026-01-05"),
                concern("2026-01-07"),
                decision("2026-01-06"),
                decision("2026-01-07"),
            ),
            {"e1": "met_late", "e2": "met"},
            id="the next one, where an earlier decision decided the first",
        ),
        pytest.param(
            (
                concern("2026-01-05"),
                concern("2026-01-07"),
                decision("2026-01-06", concern=["e1"]),
                decision("2026-01-07"),
            ),
            {"e1": "met_late", "e2": "met"},
            id="the next one, where the first is decided by name",
        ),
        pytest.param(
            (
                concern("2026-01-05"),
                decision("2026-01-05", concern=["e1"]),
                decision("2026-01-06"),
                concern("2026-01-07"),
            ),
            {"e1": "met", "e4": "not_met"},
            id="none: the only earlier concern is decided",
        ),
        pytest.param(
            (
                concern("2026-01-05"),
                concern("2026-01-05"),
                decision("2026-01-05", result="more_information"),
                decision("2026-01-05T12:00"),
            ),
            {"e1": "met", "e2": "not_met"},
            id="asking for information decides nothing",
        ),
        pytest.param(
            (concern("2026-01-05"), decision("2026-01-05", result="more_information")),
            {"e1": "met"},
            id="asking for information belongs to a concern",
        ),
    ],
)
def test_decision_without_a_concern_belongs_to(
    events: tuple[Told, ...], expected: dict[str, str], tmp_path: Path
) -> None:
    rules = ruleset(tmp_path, {"EX-01": DECIDED})

    assert verdicts(evaluated(rules, *events)) == expected


def test_uncertain_concern_leaves_open_where_a_decision_belongs(tmp_path: Path) -> None:
    rules = ruleset(tmp_path, {"EX-01": DECIDED})

    evaluation = evaluated(
        rules, concern("2026-01-05"), concern("unreadable"), decision("2026-01-05")
    )

    assert verdicts(evaluation) == {"e1": "cannot_tell", "e2": "cannot_tell"}


def test_unread_concern_of_a_decision_leaves_it_open(tmp_path: Path) -> None:
    rules = ruleset(tmp_path, {"EX-01": DECIDED})

    evaluation = evaluated(
        rules, concern("2026-01-05"), decision("2026-01-05", unreadable=["concern"])
    )

    assert verdicts(evaluation) == {"e1": "cannot_tell"}


# Suspensions that a source cannot tell of

SUSPENSION = """\
suspend_when:
  - name: the adult has died
    when: {recorded: adult_died}
    keeps: []
"""


def test_suspension_stops_a_rule(tmp_path: Path) -> None:
    rules = ruleset(tmp_path, {"EX-01": HEARD}, SUSPENSION)
    died: Told = ("adult_died", {"occurred": "2026-01-05"})

    assert verdicts(evaluated(rules, died)) == {None: "not_applicable"}


def test_suspension_that_did_not_happen_stops_nothing_and_nothing_is_missing(
    tmp_path: Path,
) -> None:
    rules = ruleset(tmp_path, {"EX-01": HEARD}, SUSPENSION)

    answer = only_answer(evaluated(rules, CONTACT, supplies=("contact_with_adult", "adult_died")))

    assert (answer.verdict.value, answer.missing) == ("met", ())


def test_suspension_of_a_type_that_is_not_supplied_stops_nothing_and_is_missing(
    tmp_path: Path,
) -> None:
    rules = ruleset(
        tmp_path, {"EX-01": f"applies_when: {{recorded: concern_raised}}\n{HEARD}"}, SUSPENSION
    )
    supplies = ("concern_raised", "contact_with_adult", "no_plan_needed")

    answer = only_answer(evaluated(rules, concern("2026-01-05"), supplies=supplies))

    assert answer.verdict.value == "not_met"
    assert Missing("adult_died", ()) in answer.missing
