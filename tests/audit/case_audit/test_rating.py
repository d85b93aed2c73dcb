"""The colour of an audit question: every verdict, severity and colour of a rule, and their sum."""

from pathlib import Path

import pytest

from msp_rules.audit.case_audit.questions import Rater, Rating, Suggestion
from msp_rules.casework.case import Case, Fault
from msp_rules.casework.moments import parse_as_of
from msp_rules.engine.engine import Engine
from msp_rules.engine.verdict import Answer, Verdict
from msp_rules.rules.language.questions import AUDIT_QUESTIONS
from msp_rules.rules.language.rule import Ruleset
from tests.builders.case import STORIES, case_of, one_rule
from tests.support.core import core_ruleset

pytestmark = pytest.mark.slow

# A star marks an explanation. A prompt colours nothing, whatever its file says.
TABLE = """\
severity  | colour                     | met   | explained | met_late | partly_met | not_met | not_yet_due | not_applicable | cannot_tell
prompt    |                            | none  | none      | none     | none       | none    | none        | none           | none
prompt    | not_met: red               | none  | none      | none     | none       | none    | none        | none           | none
prompt    | not_met: grey, met: none   | none  | none      | none     | none       | none    | none        | none           | none
advice    |                            | green | green*    | amber    | amber      | amber   | none        | none           | grey
advice    | not_met: red               | green | green*    | amber    | amber      | red     | none        | none           | grey
advice    | not_met: amber             | green | green*    | amber    | amber      | amber   | none        | none           | grey
advice    | not_met: grey              | green | green*    | amber    | grey       | grey    | none        | none           | grey
advice    | not_met: grey, met: none   | none  | none      | amber    | grey       | grey    | none        | none           | grey
advice    | not_met: none              | green | green*    | amber    | amber      | none    | none        | none           | grey
advice    | not_met: amber, red_when: {recorded: concern_raised} | green | green* | amber | amber | red | none | none   | grey
advice    | not_met: amber, red_when: {recorded: case_closed} | green | green* | amber | amber | amber | none | none    | grey
flag      |                            | green | green*    | amber    | amber      | red     | none        | none           | grey
flag      | not_met: red               | green | green*    | amber    | amber      | red     | none        | none           | grey
flag      | not_met: amber             | green | green*    | amber    | amber      | amber   | none        | none           | grey
flag      | not_met: grey              | green | green*    | amber    | grey       | grey    | none        | none           | grey
flag      | met: none                  | none  | none      | amber    | amber      | red     | none        | none           | grey
flag      | not_met: none              | green | green*    | amber    | amber      | none    | none        | none           | grey
statutory |                            | green | green*    | amber    | amber      | red     | none        | none           | grey
statutory | not_met: amber             | green | green*    | amber    | amber      | amber   | none        | none           | grey
statutory | not_met: grey              | green | green*    | amber    | grey       | grey    | none        | none           | grey
statutory | not_met: grey, met: none   | none  | none      | amber    | grey       | grey    | none        | none           | grey
statutory | not_met: none              | green | green*    | amber    | amber      | none    | none        | none           | grey
"""  # noqa: E501 - a table
_HEAD, *_ROWS = [[cell.strip() for cell in row.split("|")] for row in TABLE.splitlines()]


@pytest.mark.parametrize("row", _ROWS, ids=lambda row: f"{row[0]} {row[1]}".strip())
def test_colour_of_a_question(row: list[str], tmp_path: Path) -> None:
    severity, colour, *expected = row
    ruleset = one_rule(tmp_path, severity=severity, colour=colour)
    engine = Engine(ruleset, matcher="python")
    assert set(_HEAD[2:]) == {verdict.value for verdict in Verdict}

    for verdict, word in zip(_HEAD[2:], expected, strict=True):
        as_of, events = STORIES[verdict]
        outcome = engine.evaluate(case_of(*events), parse_as_of(as_of))
        assert [answer.verdict for answer in outcome.answers] == [verdict]
        rating = Rater(ruleset).rate(outcome.answers, ())

        assert rating["Q1"] == Rating(word.rstrip("*"), word.endswith("*")), verdict
        assert rating["Q2"] == Rating("none")


def answers(*colours: str) -> list[Answer]:
    verdicts = {"green": Verdict.MET, "grey": Verdict.CANNOT_TELL, "none": Verdict.NOT_YET_DUE}
    return [
        Answer(
            "R-01",
            f"s{number}",
            Verdict.EXPLAINED if colour == "green*" else verdicts.get(colour, Verdict.NOT_MET),
            None,
            (f"e{number}", "shared") if colour in ("green", "green*") else (),
            (),
            "flag",
            colour.rstrip("*"),
            None,
        )
        for number, colour in enumerate(colours)
    ]


@pytest.mark.parametrize(
    ("colours", "colour", "is_explained"),
    [
        ([], "none", False),
        (["none", "none"], "none", False),
        (["none", "green"], "green", False),
        (["green", "green*"], "green", True),
        (["green", "grey", "none"], "grey", False),
        (["green*", "grey"], "grey", True),
        (["grey", "amber", "green"], "amber", False),
        (["amber", "green*"], "amber", True),
        (["green", "red", "amber", "grey"], "red", False),
    ],
)
def test_the_worst_colour_wins(
    colours: list[str], colour: str, is_explained: bool, tmp_path: Path
) -> None:
    rater = Rater(one_rule(tmp_path, questions="Q3"))

    for given in (answers(*colours), answers(*reversed(colours))):
        assert rater.rate(given, ())["Q3"] == Rating(colour, is_explained)


@pytest.mark.parametrize("question", ["Q6", "Q7"])
def test_a_persons_question_stays_grey_and_names_what_its_suggestion_rests_on(
    question: str, tmp_path: Path
) -> None:
    rater = Rater(one_rule(tmp_path, questions=question))

    assert rater.rate([], ())[question] == Rating("grey", False, Suggestion("none"))
    assert rater.rate(answers("none"), ())[question] == Rating("grey", False, Suggestion("none"))
    assert rater.rate(answers("green", "none", "green*"), ())[question] == Rating(
        "grey", True, Suggestion("green", ("R-01",), ("e0", "shared", "e2"))
    )
    # Of the unmet, the subject stands for evidence that is not there; the green count no more.
    assert rater.rate(answers("green", "amber", "amber"), ())[question] == Rating(
        "grey", False, Suggestion("amber", ("R-01",), ("s1", "s2"))
    )
    fault = Fault("rule R-01 could not be computed", rule="R-01", event="e9")
    assert rater.rate(answers("green"), [fault])[question] == Rating(
        "grey", False, Suggestion("grey", ("R-01",), ("e9",))
    )


def test_a_fault_of_a_rule_is_never_green(tmp_path: Path) -> None:
    rater = Rater(one_rule(tmp_path / "flag"))
    prompts = Rater(one_rule(tmp_path / "prompt", severity="prompt"))
    fault = Fault("rule R-01 could not be computed", rule="R-01")

    assert rater.rate([], [fault])["Q1"].colour == "grey"
    assert rater.rate(answers("green", "green*"), [fault])["Q1"].colour == "grey"
    assert rater.rate(answers("red"), [fault])["Q1"].colour == "red"
    assert rater.rate(answers("green"), [Fault("a field of the case")])["Q1"].colour == "green"
    assert prompts.rate([], [fault])["Q1"].colour == "none"


@pytest.fixture(scope="module")
def core() -> Ruleset:
    return core_ruleset()


def rated(core: Ruleset, case: Case) -> dict[str, Rating]:
    outcome = Engine(core, matcher="python").evaluate(case, parse_as_of("2026-03-31"))
    return dict(Rater(core).rate(outcome.answers, outcome.faults))


def test_a_mismatch_greys_only_the_questions_that_it_touches(core: Ruleset) -> None:
    asked = {"asked": "asked_none_expressed", "with": "adult"}
    told = (
        ("concern_raised", {"occurred": "2026-01-05T09:00:00", "identified_adult": "yes"}),
        ("outcomes_conversation", {"occurred": "2026-01-05", **asked}),
        ("immediate_safety_check", {"occurred": "2026-01-05T10:00:00", "result": "safe"}),
    )
    closed_before = ("case_closed", {"occurred": "2026-01-02", "reason": "no_further_action"})

    sound, doubtful = rated(core, case_of(*told)), rated(core, case_of(*told, closed_before))

    assert [q for q, rating in sound.items() if rating.colour == "green"] == ["Q1", "Q5"]
    assert (doubtful["Q1"].colour, doubtful["QM"].colour) == ("green", "grey")


def test_a_case_without_any_record_is_not_rated(core: Ruleset) -> None:
    ratings = rated(core, case_of())

    assert {q: r.colour for q, r in ratings.items() if r.colour != "none"} == {
        "Q6": "grey",
        "Q7": "grey",
    }
    assert ratings["Q6"].suggestion == ratings["Q7"].suggestion == Suggestion("none")


@pytest.mark.parametrize("question", AUDIT_QUESTIONS)
def test_a_question_is_decided_by_rules_beside_the_one_about_data(
    question: str, core: Ruleset
) -> None:
    named = {
        rule.id
        for rule in core.enabled_rules
        if question in rule.audit_questions and rule.severity != "prompt"
    }

    assert "DQ-01" in named
    assert named != {"DQ-01"}
