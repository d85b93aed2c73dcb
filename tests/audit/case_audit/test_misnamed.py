"""Explanations that name nothing: a fault, no explanation, and no answer of the rule meant."""

from pathlib import Path

import pytest

from msp_rules.audit.case_audit import CaseAudit
from msp_rules.audit.case_audit.misnamed import ExplanationReader
from msp_rules.casework.case import Fault
from msp_rules.casework.moments import parse_as_of
from msp_rules.casework.visibility import CaseView, in_force
from tests.builders.answer import event
from tests.builders.case import EventParts, case_of
from tests.builders.ruleset import rule_text, ruleset_of
from tests.support.work import lines_run

BLOCKS = """\
each: concern_raised
expect: {recorded: outcomes_conversation}
explained_when: {recorded: explanation, codes: [adult_declined]}
"""


@pytest.mark.parametrize(
    ("rule", "subject", "verdicts", "reasons"),
    [
        pytest.param("ASK-01", "c1", "explained not_met", (), id="sound"),
        pytest.param("\n  ASK-01 ", " c1\n", "explained not_met", (), id="blanks around"),
        pytest.param(
            "ASK-1",
            "c1",
            "cannot_tell not_met",
            ('rule of explanation names no rule of the ruleset; did you mean "ASK-01"?',),
            id="a slip in the rule",
        ),
        pytest.param(
            "ask-01",
            "c1",
            "cannot_tell not_met",
            ('rule of explanation names no rule of the ruleset; did you mean "ASK-01"?',),
            id="small letters",
        ),
        pytest.param(
            "X-LETTER-02",
            "c1",
            "not_met not_met",
            ("rule of explanation names no rule of the ruleset",),
            id="a rule that is not there",
        ),
        pytest.param("DEC-02", "c1", "not_met not_met", (), id="a core rule that is not here"),
        pytest.param(
            "ASK-01",
            "c9",
            "not_met not_met",
            ("subject of explanation names no event of the case",),
            id="an event that is not there",
        ),
    ],
)
def test_an_explanation_that_names_nothing_counts_for_nothing(
    tmp_path: Path, rule: str, subject: str, verdicts: str, reasons: tuple[str, ...]
) -> None:
    given = {"rule": rule, "code": "adult_declined", "text": "As noted.", "subject": subject}
    case = case_of(
        event("concern_raised", "01-05", id="c1"),
        event("concern_raised", "01-07", id="c2"),
        event("explanation", "01-08", id="x1", **given),
    )
    audit = CaseAudit(ruleset_of(tmp_path, rule_text("ASK-01", BLOCKS)), "python")

    found = audit.of(case, parse_as_of("2026-03-31"))

    assert " ".join(answer.verdict.value for answer in found.answers) == verdicts
    assert found.faults == tuple(
        Fault(reason=reason, case=case.id, event="x1", line=case.line) for reason in reasons
    )
    assert found.answered == 2


def view_of_explanations(count: int) -> CaseView:
    """A case in which each of many concerns has an explanation that names it."""
    rows: list[EventParts] = []
    for number in range(count):
        given = {"rule": "ASK-01", "code": "adult_declined", "subject": f"c{number}"}
        rows.append(event("concern_raised", "01-05", id=f"c{number}"))
        rows.append(event("explanation", "01-08", id=f"x{number}", **given))
    return in_force(case_of(*rows), parse_as_of("2026-03-31"))


def test_twice_the_explanations_take_about_twice_the_work() -> None:
    reader = ExplanationReader(frozenset({"ASK-01"}))
    small, large = view_of_explanations(100), view_of_explanations(200)

    growth = lines_run(lambda: reader.faults(large)) / lines_run(lambda: reader.faults(small))

    assert growth < 2.3
