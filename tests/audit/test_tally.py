"""What several processes count adds up to what one counts."""

from msp_rules.audit.case_audit import Findings
from msp_rules.audit.tally import Tally
from msp_rules.engine.verdict import Answer, Missing, Verdict
from msp_rules.engine.waivers import Measured
from msp_rules.rules.language.rule import Severity

NOTHING = Findings({}, {}, None, {}, None)


def answer(rule: str, verdict: Verdict, severity: str = "flag", **more: object) -> Answer:
    missing = (Missing("plan_made", ("lead",)),) if verdict is Verdict.CANNOT_TELL else ()
    one = Answer(rule, None, verdict, None, (), missing, severity, "none", None)
    return one._replace(**more)


CASES = (
    (("council", "north"), [answer("A-01", Verdict.MET), answer("B-01", Verdict.NOT_APPLICABLE)]),
    (("council", ""), [answer("A-01", Verdict.NOT_MET), answer("A-01", Verdict.CANNOT_TELL)]),
    (("council", "north"), [answer("B-01", Verdict.NOT_MET, "statutory")]),
    (("", ""), [answer("B-01", Verdict.NOT_MET, "advice"), answer("A-01", Verdict.EXPLAINED)]),
    (("", ""), [answer("A-01", Verdict.NOT_MET, "statutory", waived=("local", "winter"))]),
)


def counted(*cases: tuple[tuple[str, str], list[Answer]]) -> Tally:
    tally = Tally()
    for holder, answers in cases:
        found = tally.add_case(Measured(tuple(answers), ()), NOTHING, holder)
        assert found == sum(one.verdict is Verdict.NOT_APPLICABLE for one in answers)
    return tally


def test_two_tallies_add_up() -> None:
    whole, one, other = counted(*CASES), counted(*CASES[:2]), counted(*CASES[2:])

    one.merge(other)

    assert one == whole
    assert (one.cases, one.worst) == (5, Severity.STATUTORY)
    assert counted(*CASES[:2]).worst is Severity.FLAG
    assert counted(CASES[4]).worst is None


def test_only_what_there_is_has_a_count() -> None:
    tally = counted(*CASES)

    assert tally.by_rule == {
        "A-01": {"met": 1, "not_met": 1, "cannot_tell": 1, "explained": 1},
        "B-01": {"not_applicable": 1, "not_met": 2},
    }
    assert tally.verdicts == {
        **{"met": 1, "not_met": 3, "cannot_tell": 1, "explained": 1, "not_applicable": 1},
    }
    assert tally.waived_by_rule == {"A-01": 1}
    assert tally.coverage.wanted == {("A-01", "plan_made", "lead"): 1}
    assert tally.held_cases == {("council", "north"): 2, ("council", ""): 1, ("", ""): 2}
