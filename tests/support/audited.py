"""An audit of five agencies as auditors might fill it in: made up, the same each time."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Final

from msp_rules.audit.case_file.ratings import (
    AgreedAction,
    AuditedAgency,
    AuditRatings,
    CaseRatings,
    Interview,
    OutcomeResult,
    PersonRating,
    QuestionRatings,
)
from msp_rules.rules.language.questions import AUDIT_QUESTIONS

AGENCIES: Final = (
    "E10000016/council",
    "E10000018/council",
    "E06000016/council",
    "RWE/nhs_acute",
    "RT5/mental_health_trust",
)
CANARIES: Final = ("CANARY-REASON", "CANARY-ACTION", "CANARY-OWNER", "CANARY-PRACTICE")
"""In every text that an auditor might write, one of each kind."""
AWAY: Final = AuditedAgency(
    name="E07000135/district_council", population=9, sampled=3, is_returned=False
)
"""An agency whose workbook is not back."""
_RULES: Final = {
    "Q1": ("ASK-01",),
    "Q2": ("OUT-01", "OUT-02"),
    "Q3": ("MCA-01",),
    "Q4": ("ADV-01",),
    "Q5": ("RISK-01", "CON-01"),
    "Q8": ("CLO-01",),
    "QM": ("INV-01",),
}
_OWNERS: Final = ("Team manager", "Named nurse", "Principal social worker", "")
_REASONS: Final = (
    "The conversation is in the notes of the visit, not on the form.",
    "The reason was recorded a week late.",
    "Nothing shows that the daughter was asked, too.",
)


def made_up_audit(cases: int = 3, *, has_canaries: bool = False) -> AuditRatings:
    """Makes up an audit with so many cases of each agency."""
    random = Random(4)  # noqa: S311 - made-up data, the same each time
    found = [
        _case(random, agency, number, has_canaries=has_canaries)
        for agency in AGENCIES
        for number in range(1, cases + 1)
    ]
    agencies = [
        AuditedAgency(name=name, population=cases * 7 + place, sampled=cases, is_returned=True)
        for place, name in enumerate(AGENCIES)
    ]
    return AuditRatings(
        seed="2026-Q1",
        as_of=date(2026, 3, 31),
        window=(date(2025, 12, 31), date(2026, 3, 31)),
        ruleset="msp-core 0.1.0",
        agencies=(*agencies, AWAY),
        cases=tuple(found),
        interviews=(
            *(
                Interview(agency=AGENCIES[0], kind="adult", consent=consent, answers=answers)
                for consent, answers in (("given", {"felt_informed": "mostly"}), ("refused", {}))
            ),
            Interview(
                agency=AGENCIES[3], kind="worker", consent="given", answers={"supported": "yes"}
            ),
        ),
    )


def _case(random: Random, agency: str, number: int, *, has_canaries: bool) -> CaseRatings:
    mark = " CANARY-{}" if has_canaries else ""
    questions = tuple(_question(random, code, mark) for code in AUDIT_QUESTIONS)
    results = random.choices(
        (
            OutcomeResult(achieved="full"),
            OutcomeResult(achieved="partial", reason="declined"),
            OutcomeResult(achieved="not_achieved", reason="outside_our_power"),
            OutcomeResult(achieved="not_achieved"),
        ),
        k=random.randrange(3),
    )
    signs = random.sample(("adult_owned_action", "advocate_heard", "felt_safer"), k=2)
    return CaseRatings(
        case=f"{agency}-{number}",
        agency=agency,
        number=number,
        questions=questions,
        outcomes=tuple(results),
        signs=tuple(signs),
    )


def _question(random: Random, code: str, mark: str) -> QuestionRatings:
    is_for_a_person = AUDIT_QUESTIONS[code].is_for_a_person
    machine = "grey" if is_for_a_person else random.choice(("red", "amber", *["green"] * 5))
    base = random.choice(("amber", "green", "green")) if is_for_a_person else machine
    if code == "QM" and random.random() < 0.5:
        machine = base = "not applicable"
    agency, peer = (_rated(random, base, mark) for _ in range(2))
    agreed = peer if random.random() > 0.1 else None
    is_gap = agreed is not None and agreed.code in ("red", "amber")
    action = (
        AgreedAction(
            text="Show in supervision where the form asks for this." + mark.format("ACTION"),
            owner=random.choice(_OWNERS) + mark.format("OWNER"),
            by_when=date(2026, 5, 1) + timedelta(days=random.randrange(90)),
        )
        if is_gap and random.random() < 0.7
        else None
    )
    is_good = random.random() < 0.15
    return QuestionRatings(
        question=code,
        machine=machine,
        rules=_RULES.get(code, ()) if machine != "not applicable" else (),
        agency=agency,
        peer=peer,
        agreed=agreed,
        action=action,
        good_practice=(
            "The adult chose where to meet, and who came." + mark.format("PRACTICE")
            if is_good
            else ""
        ),
    )


def _rated(random: Random, base: str, mark: str) -> PersonRating:
    code = base if random.random() < 0.8 else random.choice(("red", "amber", "green", "grey"))
    reason = random.choice(_REASONS) if code in ("red", "amber") or code != base else ""
    return PersonRating(code=code, reason=reason + mark.format("REASON"))
