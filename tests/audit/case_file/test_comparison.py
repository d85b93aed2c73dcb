"""Raters are compared question by question, and a rule that is often overturned is named."""

from __future__ import annotations

import json

from msp_rules.audit.case_file.agreement import agreement_of
from msp_rules.audit.case_file.comparison import (
    FEWEST_TO_JUDGE,
    PAIRS,
    OverturnedRating,
    OverturnedRule,
    agreement_document,
    compare_raters,
    overturned_rules,
    reasons_not_met,
)
from msp_rules.audit.case_file.ratings import CaseRatings, OutcomeResult
from msp_rules.rules.language.questions import AUDIT_QUESTIONS
from tests.builders.ratings import audited_case, question


def rated_by(rule: str, *pairs: tuple[str, str | None]) -> list[CaseRatings]:
    """Gives cases whose first question one rule rated, each with the agreed rating beside it."""
    return [
        audited_case(question("Q1", machine, agreed=agreed, rules=(rule,)), number=number)
        for number, (machine, agreed) in enumerate(pairs, 1)
    ]


def test_each_pair_of_raters_is_compared_on_each_question() -> None:
    case = audited_case(
        question("Q1", "red", agency="amber", peer="red", agreed="amber"),
        question("Q7", "grey", agency="green", peer="green"),
    )

    found = {(one.question, one.pair): one.agreement for one in compare_raters([case])}

    assert list(found) == [(code, pair) for code in AUDIT_QUESTIONS for pair in PAIRS]
    assert found["Q1", ("machine", "agency")] == agreement_of([("red", "amber")])
    assert found["Q1", ("machine", "peer")] == agreement_of([("red", "red")])
    assert found["Q1", ("agency", "peer")] == agreement_of([("amber", "red")])
    assert found["Q1", ("machine", "agreed")] == agreement_of([("red", "amber")])
    assert found["Q7", ("agency", "peer")] == agreement_of([("green", "green")])
    assert found["Q7", ("machine", "agreed")] == agreement_of([])


def test_a_question_for_a_person_is_never_measured_against_the_machine() -> None:
    case = audited_case(question("Q6", "grey", agency="red", peer="red", agreed="red"))

    found = {one.pair: one.agreement for one in compare_raters([case]) if one.question == "Q6"}

    assert [found["machine", rater].n for rater in ("agency", "peer", "agreed")] == [0, 0, 0]
    assert found["machine", "agreed"].outside == 1


def test_a_rule_is_often_overturned_from_one_in_three() -> None:
    often = rated_by("ASK-01", *[("red", "amber")] * 2, *[("red", "red")] * 4)
    seldom = rated_by("ASK-01", *[("red", "amber")] * 2, *[("red", "red")] * 5)

    (frequent,) = overturned_rules(often)
    (rare,) = overturned_rules(seldom)

    assert (frequent.rated, len(frequent.overturned), frequent.is_often) == (6, 2, True)
    assert (rare.rated, len(rare.overturned), rare.is_often) == (7, 2, False)


def test_too_few_ratings_do_not_make_a_rule_often_overturned() -> None:
    below = rated_by("ASK-01", *[("red", "amber")] * (FEWEST_TO_JUDGE - 1))
    enough = rated_by("ASK-01", *[("red", "amber")] * FEWEST_TO_JUDGE)

    assert [one.is_often for one in overturned_rules(below)] == [False]
    assert [one.is_often for one in overturned_rules(enough)] == [True]


def test_an_overturned_rule_comes_with_its_cases_whichever_way_auditors_went() -> None:
    cases = rated_by(
        "OUT-01", ("red", "green"), ("green", "red"), ("green", "green"), ("amber", "grey")
    )

    found = overturned_rules(cases)

    expected = [(cases[0], "red", "green"), (cases[1], "green", "red"), (cases[3], "amber", "grey")]
    assert found == (
        OverturnedRule(
            rule="OUT-01",
            rated=4,
            overturned=tuple(
                OverturnedRating(case=case, question="Q1", machine=machine, agreed=agreed)
                for case, machine, agreed in expected
            ),
        ),
    )


def test_what_is_not_agreed_yet_and_what_the_machine_left_open_overturn_nothing() -> None:
    cases = rated_by("ASK-01", ("red", None), ("grey", "red"), ("not applicable", "green"))

    assert overturned_rules(cases) == ()


def test_rules_often_overturned_come_first_then_those_with_the_largest_share() -> None:
    cases = [
        *rated_by("A-01", ("red", "green")),
        *rated_by("B-01", *[("red", "green")] * 2, *[("red", "red")] * 4),
        *rated_by("C-01", *[("red", "green")] * 5),
    ]

    assert [one.rule for one in overturned_rules(cases)] == ["C-01", "B-01", "A-01"]


def test_reasons_why_outcomes_were_not_met_are_counted_by_code() -> None:
    results = [
        OutcomeResult(achieved="full"),
        OutcomeResult(achieved="not_achieved", reason="unsafe"),
        OutcomeResult(achieved="not_achieved"),
        OutcomeResult(achieved="partial", reason="declined"),
        OutcomeResult(achieved="no_longer_wanted"),
        OutcomeResult(achieved="not_known"),
    ]
    cases = [
        audited_case(outcomes=tuple(results)),
        audited_case(outcomes=(OutcomeResult(achieved="not_achieved", reason="unsafe"),)),
        audited_case(),
    ]

    assert list(reasons_not_met(cases).items()) == [
        (("not_achieved", "unsafe"), 2),
        (("not_achieved", ""), 1),
        (("partial", "declined"), 1),
    ]


def test_the_document_has_every_number_or_null() -> None:
    cases = rated_by("ASK-01", *[("red", "red")] * 6, *[("green", "green")] * 3, ("green", "amber"))

    document = json.loads(json.dumps(agreement_document(cases)))

    rows = {(row["question"], *row["pair"]): row for row in document["agreement"]}
    row = rows["Q1", "machine", "agreed"]
    table = row.pop("table")
    assert row == {
        "question": "Q1",
        "pair": ["machine", "agreed"],
        "n": 10,
        "agreeing": 9,
        "outside_scale": 0,
        "observed": {"share": 0.9, "low": 0.5958, "high": 0.9821},
        "kappa": 0.8077,
        "kappa_linear": 0.8936,
        "ac1": 0.8653,
    }
    assert (table["red"]["red"], table["green"]["amber"], table["grey"]["grey"]) == (6, 1, 0)
    empty = rows["Q1", "agency", "peer"]
    assert (empty["n"], empty["observed"], empty["kappa"], empty["ac1"]) == (0, None, None, None)
    assert document["overturned"] == [
        {
            "rule": "ASK-01",
            "rated": 10,
            "overturned": 1,
            "often": False,
            "cases": [
                {"case": cases[-1].case, "question": "Q1", "machine": "green", "agreed": "amber"}
            ],
        }
    ]
