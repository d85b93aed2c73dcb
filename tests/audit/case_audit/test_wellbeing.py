"""Wanted outcomes by domain, and what each case evidences of the six principles."""

from pathlib import Path

from msp_rules.audit.case_audit.principles import PRINCIPLES, PrincipleEvidence, PrincipleReader
from msp_rules.audit.case_audit.wellbeing import Wellbeing, domains_in_order, wellbeing_of
from msp_rules.casework.case import Case, Supply
from msp_rules.casework.moments import parse_as_of
from msp_rules.casework.visibility import in_force
from msp_rules.engine.engine import Engine
from tests.builders.case import STORIES, case_of, one_rule

DAY = {"occurred": "2026-01-08"}


def wellbeing(case: Case) -> Wellbeing | None:
    return wellbeing_of(in_force(case, parse_as_of("2026-03-31")))


def test_outcomes_by_domain_in_the_order_of_the_act() -> None:
    case = case_of(
        ("outcome_expressed", {**DAY, "domain": ["relationships", "protection", "relationships"]}),
        ("outcome_expressed", {**DAY, "domain": "protection"}),
        ("outcome_expressed", {**DAY, "domain": "dignity"}),
        ("outcome_expressed", {**DAY, "kind": "safety"}),
        ("outcome_expressed", {**DAY, "domain": "control", "void": "yes"}),
    )

    found = wellbeing(case)

    domains = {"dignity": ("e3",), "protection": ("e1", "e2"), "relationships": ("e1",)}
    assert found == Wellbeing(4, 2, domains, ("e4",), ())
    assert list(found.domains) == [name for name in domains_in_order() if name in domains]
    assert len(domains_in_order()) == 9


def test_unknown_stays_unknown() -> None:
    case = case_of(
        ("outcome_expressed", {**DAY, "unreadable": ["domain"]}),
        ("outcome_expressed", {"occurred": "unreadable", "domain": "dignity"}),
        ("outcome_expressed", DAY),
    )

    assert wellbeing(case) == Wellbeing(2, 0, {}, ("e3",), ("e1", "e2"))


def test_what_the_source_can_not_say() -> None:
    elsewhere = Supply(declared=True, types=frozenset({"concern_raised"}))
    words_only = Supply(declared=True, fields={"outcome_expressed": frozenset({"text"})})
    told = ("outcome_expressed", {**DAY, "text": "To go home."})

    assert wellbeing(case_of()) == Wellbeing(0, 0, {}, (), ())
    assert wellbeing(case_of(supply=elsewhere)) is None
    assert wellbeing(case_of(told, supply=words_only)) == Wellbeing(1, 0, {}, (), ("e1",))


def test_each_verdict_by_principle(tmp_path: Path) -> None:
    ruleset = one_rule(tmp_path, severity="prompt")
    engine, reader = Engine(ruleset, matcher="python"), PrincipleReader(ruleset)
    nothing = PrincipleEvidence(0, 0, 0, ())
    expected = {
        "met": PrincipleEvidence(1, 1, 0, ("e",)),
        "explained": PrincipleEvidence(1, 0, 1, ("e2",)),
        "met_late": PrincipleEvidence(1, 0, 0, ()),
        "partly_met": PrincipleEvidence(1, 0, 0, ()),
        "not_met": PrincipleEvidence(1, 0, 0, ()),
        "not_yet_due": nothing,
        "not_applicable": nothing,
        "cannot_tell": PrincipleEvidence(1, 0, 0, ()),
    }

    for verdict, (as_of, events) in STORIES.items():
        answers = engine.evaluate(case_of(*events), parse_as_of(as_of)).answers
        found = reader.read(answers)

        assert tuple(found) == PRINCIPLES
        assert found["empowerment"] == expected.pop(verdict), verdict
        assert {row for name, row in found.items() if name != "empowerment"} == {nothing}
        assert (
            reader.read([*answers, *answers])["empowerment"].evidence
            == found["empowerment"].evidence
        )
    assert expected == {}
