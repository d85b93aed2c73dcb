"""What every rule says to good, ordinary and poor made-up practice, and that it stays so."""

from collections import Counter

import pytest

from benchmarks.firing_rates import (
    LOCKED,
    RENEWAL,
    Rates,
    as_csv,
    differences,
    engine_of_all_rules,
    firing_rates,
    from_csv,
    made_up_cases,
)
from benchmarks.record import PROFILES
from msp_rules.casework.case import Case
from msp_rules.casework.vocabulary import core_vocabulary
from tests.support.core import core_ruleset

pytestmark = pytest.mark.slow

GOOD = {"met", "explained", "not_yet_due", "not_applicable"}


@pytest.fixture(scope="module")
def rates() -> Rates:
    return firing_rates(engine_of_all_rules())


@pytest.fixture(scope="module")
def exemplary_cases() -> list[Case]:
    return [case for _, case, _ in made_up_cases("exemplary")]


def of_profile(rates: Rates, profile: str) -> dict[str, Counter[str]]:
    return {rule: counts for (name, rule), counts in rates.items() if name == profile}


@pytest.mark.parametrize("profile", PROFILES)
def test_every_rule_answers_the_optional_ones_too(rates: Rates, profile: str) -> None:
    assert set(of_profile(rates, profile)) == {rule.id for rule in core_ruleset().rules}


def test_no_rule_finds_anything_in_exemplary_practice(rates: Rates) -> None:
    found = {
        rule: {verdict: n for verdict, n in counts.items() if verdict not in GOOD}
        for rule, counts in of_profile(rates, "exemplary").items()
    }

    assert {rule: bad for rule, bad in found.items() if bad} == {}


def test_every_rule_is_satisfied_somewhere_in_exemplary_practice(rates: Rates) -> None:
    silent = [
        rule
        for rule, counts in of_profile(rates, "exemplary").items()
        if not counts["met"] + counts["explained"]
    ]

    assert silent == []


def test_honest_reasons_satisfy_many_rules_in_exemplary_practice(rates: Rates) -> None:
    explained = {
        rule for rule, counts in of_profile(rates, "exemplary").items() if counts["explained"]
    }

    assert explained >= {
        "ADV-02", "ADV-03", "ASK-01", "CLO-01", "CLO-03", "CLO-05", "COM-01", "CON-01",
        "DEC-02", "INV-01", "MCA-03", "MCA-04", "OUT-03", "OUT-06", "OUT-07", "PLAN-02", "SPC-01",
        "SPC-03", "SPC-05",
    }  # fmt: skip


def test_exemplary_cases_hold_every_event_type(exemplary_cases: list[Case]) -> None:
    kinds = {event.type for case in exemplary_cases for event in case.events}

    assert kinds == core_vocabulary().events.keys()


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        ("concern_raised", "abuse_type", "domestic"),
        ("concern_raised", "abuse_type", "self_neglect"),
        ("concern_raised", "coercion_suspected", "yes"),
        ("concern_raised", "source_is_paid_or_volunteer", "yes"),
        ("concern_raised", "crime_suspected", "yes"),
        ("concern_raised", "identified_adult", "no"),
        ("concern_raised", "earlier_concerns_6_months", 4),
        ("position_of_trust", "removed", "yes"),
        ("adult_died", "abuse_or_neglect_suspected", "yes"),
        ("serious_harm", "agencies_could_have_worked_better", "yes"),
        ("case_closed", "reason", "duplicate"),
        ("case_closed", "reason", "adult_died"),
        ("case_closed", "adult_view", "disagrees"),
        ("views_on_proceeding", "agree", "no"),
        ("capacity_assessed", "conclusion", "lacks_capacity"),
        ("s42_decided", "result", "other_enquiry"),
        ("s42_decided", "result", "more_information"),
        ("enquiry_started", "form", "conversation"),
    ],
)
def test_exemplary_cases_hold_special_situations(
    exemplary_cases: list[Case], kind: str, name: str, value: object
) -> None:
    values = [
        event.fields.get(name)
        for case in exemplary_cases
        for event in case.events
        if event.type == kind
    ]

    assert any(value == one or (isinstance(one, tuple) and value in one) for one in values)


def test_every_rule_finds_something_in_noisy_practice(rates: Rates) -> None:
    quiet = [rule for rule, counts in of_profile(rates, "noisy").items() if not counts["not_met"]]

    assert quiet == []


def test_firing_rates_are_the_locked_ones(rates: Rates) -> None:
    changed = differences(from_csv(LOCKED.read_text(encoding="utf-8")), rates)

    assert changed == [], (
        f"Answers changed; if that was meant, renew the file with: {RENEWAL}\n" + "\n".join(changed)
    )


def test_a_difference_names_profile_rule_and_both_counts() -> None:
    was = {("mixed", "ASK-01"): Counter(met=3, not_met=1), ("mixed", "ASK-02"): Counter(met=1)}
    now = {("mixed", "ASK-01"): Counter(met=2, not_met=2), ("mixed", "ASK-02"): Counter(met=1)}

    assert differences(was, now) == ["mixed ASK-01: met 3 -> 2, not_met 1 -> 2"]
    assert from_csv(as_csv(was)) == was
