"""The engine says what the plain reading of docs/readings.md says, on random rules and cases."""

import pytest

from msp_rules.casework.workdays import Unit
from msp_rules.engine.verdict import Verdict
from msp_rules.rules.language.conditions import Test as FieldTestKind
from tests.support import effort
from tests.support.campaign import Tally, run_campaign

pytestmark = pytest.mark.fuzz

PARTS = effort.of(2, thorough=8)
RULESETS_A_PART = 24  # few: durable_rules keeps some 6 MB of each ruleset until the process ends
CASES_A_RULESET = 105
ANSWERS_A_PART = 25_000  # each by both matchers
NODES = frozenset(
    {"Count", "Extreme", "Gap", "InOrder", "Every", "AttributeTest", "ConceptUse", "AllOf", "AnyOf"}
    | {"NoneOf", "AtLeastNOf", "ExplanationGiven", "ReasonRecorded", "ReasonInSubject"}
    | {"This", "AsOf", "EventAnchor", "Selection", "Window", "FieldTest", "Limit"}
    | {
        "DueWithin",
        "DueAt",
        "DueByField",
        "DueEarliest",
        "DueChosen",
        "NoLimit",
        "IfNone",
        "Suspension",
    }
    | {f"test {test.value}" for test in FieldTestKind}
    | {f"limit in {unit.value}" for unit in Unit}
    | {f"window {way} in {unit.value}" for unit in Unit for way in ("on", "back")}
    | {f"Selection.{name}" for name in ("since", "by", "before", "after", "within", "where")}
    | {"Selection.from_day", "Selection.through_day", "Selection.surely_before"}
    | {f"Selection.{name}" for name in ("where_any", "refers_to", "not_followed_by")}
    | {"Selection.from_subject_day", "ConceptUse.at", "DueByField.otherwise"}
    | {f"ReasonRecorded.{name}" for name in ("standing", "stands_for", "needs")}
    | {f"ReasonInSubject.{name}" for name in ("standing", "stands_for", "needs")}
    | {"WrittenWithin", "Readable", "Gap.also", "Every.or_one_of"}
    | {"Count.different", "Count.plus", "Selection.decides_within", "limit with dated values"}
)


@pytest.mark.parametrize("part", range(PARTS))
def test_engine_with_either_matcher_equals_the_oracle(part: int) -> None:
    first = 1 + part * RULESETS_A_PART
    tally = Tally()

    for tally in run_campaign(range(first, first + RULESETS_A_PART), cases=CASES_A_RULESET):
        if tally.disagreements:
            pytest.fail(tally.disagreements[0].report())

    print(f"{tally.answers} answers: {dict(tally.verdicts.most_common())}")  # noqa: T201
    assert tally.answers >= ANSWERS_A_PART
    assert set(tally.verdicts) == {verdict.value for verdict in Verdict}
    assert tally.words >= NODES
