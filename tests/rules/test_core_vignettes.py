"""Short stories of practice, each with the answers that docs/readings.md gives to it.

The expected rows were written from the readings before the rules were asked. A row is
"verdict due colour", or less where the readings leave the rest open.
"""

from __future__ import annotations

from functools import cache
from typing import Final, NamedTuple

import pytest

from msp_rules.casework.moments import parse_as_of
from msp_rules.engine.engine import Engine
from tests.builders.case import EventParts, case_of
from tests.support.core import core_ruleset


class Vignette(NamedTuple):
    """A case, and what rules should say of it on some days, by "rule" or "rule subject"."""

    events: tuple[EventParts, ...]
    wanted: dict[str, dict[str, str]]


def said(kind: str, when: str, /, **fields: object) -> EventParts:
    """One event; `with_` and `id_` stand for the words that Python keeps for itself."""
    return kind, {"occurred": when, **{name.rstrip("_"): value for name, value in fields.items()}}


def concern(when: str = "2026-01-05T10:00", id_: str = "c", /, **fields: object) -> EventParts:
    return said("concern_raised", when, **{"id": id_, "identified_adult": "yes", **fields})


def talk(when: str, asked: str = "asked_expressed", **fields: object) -> EventParts:
    return said("outcomes_conversation", when, asked=asked, **fields)


def not_asked(when: str, reason: str, /, **fields: object) -> EventParts:
    return talk(when, "not_asked", reason_not_asked=reason, reason_text="As noted.", **fields)


def because(rule: str, code: str, when: str, /, **fields: object) -> EventParts:
    return said("explanation", when, **{"rule": rule, "code": code, "text": "As noted.", **fields})


def decision(when: str, result: str, /, **fields: object) -> EventParts:
    said_so = {"rationale": "As noted.", "decided_by": "team manager"}
    return said("s42_decided", when, **{"result": result, **said_so, **fields})


def lacks(when: str, **fields: object) -> EventParts:
    return said("capacity_assessed", when, conclusion="lacks_capacity", **fields)


def a_no(when: str, **fields: object) -> EventParts:
    return said("views_on_proceeding", when, **{"about": "enquiry", "agree": "no", **fields})


def call(when: str, result: str = "no_reply") -> EventParts:
    return said("contact_with_adult", when, with_="adult", result=result)


WISH: Final = said("outcome_expressed", "2026-01-06", id_="wish", text="To feel safe.")
MET_TESTS: Final = {"has_needs": "met", "at_risk": "met", "cannot_protect_self": "met"}
A_REFUSAL: Final = (
    concern(),
    talk("2026-01-06", with_="adult"),
    a_no("2026-01-07", id_="no", with_="adult"),
    decision("2026-01-08", "s42_enquiry", **MET_TESTS),
    said("enquiry_started", "2026-01-09", kind="s42"),
)
WENT_ON: Final = (
    concern("2026-01-05"),
    decision("2026-01-06", "s42_enquiry"),
    said("enquiry_started", "2026-01-06", kind="s42"),
    a_no("2026-01-12", with_="adult"),
)
NEEDS_HELP: Final = (
    decision("2026-01-05", "s42_enquiry"),
    said(
        "advocacy_considered",
        "2026-01-08",
        difficulty=["retaining"],
        conclusion="independent_advocate",
    ),
)
CLOSED_UNHEARD: Final = (WISH, said("case_closed", "2026-01-20", reason="no_further_action"))

VIGNETTES: Final[dict[str, Vignette]] = {
    "lacking capacity for money takes nothing from a refusal": Vignette(
        (*A_REFUSAL, lacks("2026-01-06", decision_kind="finances")),
        {
            "2026-01-31": {
                "CON-03": "not_met 2026-01-09 red",
                "ASK-04": "not_applicable",
                "CON-02 no": "partly_met 2026-01-12 amber",
                "CON-01": "met 2026-01-09 green",
            }
        },
    ),
    "lacking capacity for taking part does, and her own words are enough": Vignette(
        (*A_REFUSAL, lacks("2026-01-06", decision_kind="taking_part_in_enquiry")),
        {"2026-01-31": {"CON-03": "not_applicable", "ASK-04": "met 2026-02-03 green"}},
    ),
    "an assessment that names no kind is about taking part": Vignette(
        (*A_REFUSAL, lacks("2026-01-06")),
        {"2026-01-31": {"CON-03": "not_applicable", "ASK-04": "met 2026-02-03 green"}},
    ),
    "the partner spoke for her": Vignette(
        (
            concern(abuse_type=["domestic"], coercion_suspected="yes"),
            talk("2026-01-06", with_="adult", with_is_source="yes"),
        ),
        {
            "2026-01-20": {
                "ASK-01 c": "not_met 2026-01-07 amber",
                "SPC-01": "not_yet_due 2026-02-02 none",
            },
            "2026-02-03": {"SPC-01": "not_met 2026-02-02 amber"},
        },
    ),
    "coercion by a care worker needs no MARAC": Vignette(
        (concern(coercion_suspected="yes"), talk("2026-01-06", with_="adult", alone="yes")),
        {"2026-02-10": {"SPC-01": "met 2026-02-02 green"}},
    ),
    "a specialist route explains the MARAC part alone": Vignette(
        (
            concern(abuse_type=["domestic"]),
            talk("2026-01-06", with_="adult", alone="yes"),
            decision("2026-01-07", "no_enquiry", alternative_route=["domestic_abuse_service"]),
        ),
        {"2026-01-31": {"SPC-01": "explained 2026-01-07 green"}},
    ),
    "a specialist route explains nothing where nobody spoke to her alone": Vignette(
        (
            concern(abuse_type=["domestic"]),
            talk("2026-01-06", with_="adult"),
            decision("2026-01-07", "no_enquiry", alternative_route=["domestic_abuse_service"]),
        ),
        {"2026-01-31": {"SPC-01": "not_met 2026-01-07"}},
    ),
    "an urgent enquiry begins before the advocate": Vignette(
        (
            concern(),
            said("enquiry_started", "2026-01-06", kind="s42"),
            because("ADV-01", "emergency_action", "2026-01-06", review_by="2026-01-16"),
        ),
        {
            "2026-01-16": {"ADV-01": "explained 2026-01-08 green"},
            "2026-01-17": {"ADV-01": "partly_met 2026-01-08 amber"},
        },
    ),
    "advocacy is not thought of, and the enquiry is planned without": Vignette(
        (
            concern(),
            said("enquiry_started", "2026-01-06", kind="s42"),
            said("enquiry_planned", "2026-01-20"),
        ),
        {
            "2026-01-08": {"ADV-01": "not_yet_due 2026-01-08 none"},
            "2026-01-09": {"ADV-01": "not_met 2026-01-08 amber"},
            "2026-01-21": {"ADV-01": "not_met 2026-01-08 red"},
        },
    ),
    "a service without an identified adult": Vignette(
        (concern(identified_adult="no", abuse_type=["organisational"]),),
        {
            "2026-01-20": {
                "RISK-01 c": "not_applicable",
                "ASK-01 c": "not_applicable",
                "DEC-02 c": "not_met 2026-01-08",
                "INV-03": "not_applicable",
            }
        },
    ),
    "the adult will not be assessed": Vignette(
        (
            said("capacity_considered", "2026-01-06", id_="doubt", view="doubt"),
            because("MCA-02", "adult_declined", "2026-01-12"),
        ),
        {"2026-03-31": {"MCA-02 doubt": "explained"}},
    ),
    "an assessment about money answers no doubt about taking part": Vignette(
        (
            said(
                "capacity_considered",
                "2026-01-06",
                id_="doubt",
                view="doubt",
                decision_kind="taking_part_in_enquiry",
            ),
            lacks("2026-01-08", decision_kind="finances"),
            said("case_closed", "2026-03-02"),
        ),
        {"2026-03-31": {"MCA-02 doubt": "not_met"}},
    ),
    "one call without a reply explains nothing": Vignette(
        (*CLOSED_UNHEARD, call("2026-01-19T09:00"), call("2026-01-19T15:00")),
        {"2026-01-31": {"CLO-01 wish": "not_met 2026-01-20 red", "CLO-03": "not_met 2026-01-20"}},
    ),
    "calls without a reply on two days explain": Vignette(
        (*CLOSED_UNHEARD, call("2026-01-16"), call("2026-01-19")),
        {
            "2026-01-31": {
                "CLO-01 wish": "explained 2026-01-20 green",
                "CLO-03": "explained 2026-01-20 green",
            }
        },
    ),
    "the adult refused the last contact": Vignette(
        (*CLOSED_UNHEARD, call("2026-01-19", "refused")),
        {"2026-01-31": {"CLO-01 wish": "explained", "CLO-03": "explained"}},
    ),
    "a refusal while others are at risk": Vignette(
        (*A_REFUSAL, said("risk_assessed", "2026-01-08", level="high", others_at_risk="yes")),
        {"2026-01-31": {"CON-03": "explained 2026-01-09 green"}},
    ),
    "the enquiry simply goes on after a no": Vignette(
        (*WENT_ON, said("enquiry_reported", "2026-03-10", ceased_at_adults_request="no")),
        {
            "2026-01-19": {"CON-03": "not_yet_due 2026-01-19 none"},
            "2026-01-20": {"CON-03": "not_met 2026-01-19 amber"},
            "2026-03-12": {"CON-03": "not_met 2026-01-19 red"},
        },
    ),
    "the enquiry ceases after a no": Vignette(
        (*WENT_ON, said("enquiry_reported", "2026-01-16", ceased_at_adults_request="yes")),
        {"2026-01-31": {"CON-03": "met 2026-01-19 green"}},
    ),
    "a ground is recorded late after a no": Vignette(
        (*WENT_ON, said("override_decided", "2026-01-22", ground=["public_interest"])),
        {"2026-01-31": {"CON-03": "met_late 2026-01-19 amber"}},
    ),
    "a check of safety without its result": Vignette(
        (concern(), said("immediate_safety_check", "2026-01-05T11:00")),
        {"2026-01-31": {"RISK-01 c": "partly_met 2026-01-06T10:00:00+00:00 amber"}},
    ),
    "a check at the very end of the hours": Vignette(
        (concern(), said("immediate_safety_check", "2026-01-06T10:00:00", result="safe")),
        {"2026-01-31": {"RISK-01 c": "met 2026-01-06T10:00:00+00:00 green"}},
    ),
    "a check a second after the hours": Vignette(
        (concern(), said("immediate_safety_check", "2026-01-06T10:00:01", result="safe")),
        {"2026-01-31": {"RISK-01 c": "met_late 2026-01-06T10:00:00+00:00 amber"}},
    ),
    "hours that ran out before the death of the same day": Vignette(
        (concern(), said("adult_died", "2026-01-06T12:00")),
        {"2026-01-31": {"RISK-01 c": "not_met 2026-01-06T10:00:00+00:00 amber"}},
    ),
    "hours that had not run out when the adult died": Vignette(
        (concern(), said("adult_died", "2026-01-06T09:00")),
        {"2026-01-31": {"RISK-01 c": "not_applicable", "ASK-01 c": "not_applicable"}},
    ),
    "hours across the change of the clocks": Vignette(
        (concern("2026-03-28T12:00"),),
        {
            "2026-03-29": {"RISK-01 c": "not_met 2026-03-29T13:00:00+01:00 amber"},
            "2026-03-30": {"ASK-01 c": "not_yet_due 2026-04-01 none"},
        },
    ),
    "a day without a time begins its hours at its end": Vignette(
        (concern("2026-01-05"),),
        {"2026-01-06": {"RISK-01 c": "not_yet_due 2026-01-07T00:00:00+00:00 none"}},
    ),
    "just before and just after the office closes": Vignette(
        (concern("2026-01-05T17:00:00"), concern("2026-01-05T17:00:01", "late")),
        {
            "2026-01-08": {
                "ASK-01 c": "not_met 2026-01-07 amber",
                "ASK-01 late": "not_yet_due 2026-01-08 none",
            }
        },
    ),
    "after closing before Easter": Vignette(
        (concern("2026-04-02T18:00"),),
        {
            "2026-04-09": {
                "ASK-01 c": "not_yet_due 2026-04-09",
                "DEC-02 c": "not_yet_due 2026-04-10",
            }
        },
    ),
    "more was to be found out": Vignette(
        (concern("2026-01-09T18:00"), decision("2026-01-12", "more_information", id_="d")),
        {
            "2026-01-26": {"DEC-02 c": "explained 2026-01-15", "DEC-01 d": "explained 2026-01-12"},
            "2026-01-27": {"DEC-02 c": "partly_met 2026-01-15", "DEC-01 d": "partly_met"},
        },
    ),
    "one test that is not met carries a no": Vignette(
        (concern(), decision("2026-01-06", "no_enquiry", id_="d", at_risk="not_met")),
        {"2026-01-31": {"DEC-01 d": "met 2026-01-06 green"}},
    ),
    "an enquiry is decided on without its third test": Vignette(
        (concern(), decision("2026-01-06", "s42_enquiry", id_="d", has_needs="met", at_risk="met")),
        {"2026-01-31": {"DEC-01 d": "not_met 2026-01-06 red"}},
    ),
    "nobody is named as the decider": Vignette(
        (
            concern(),
            said("s42_decided", "2026-01-06", id_="d", result="s42_enquiry", **MET_TESTS),
        ),
        {"2026-01-31": {"DEC-01 d": "not_met 2026-01-06 amber"}},
    ),
    "a sound no further action": Vignette(
        (
            concern(),
            talk("2026-01-05T15:00", with_="adult"),
            decision(
                "2026-01-06",
                "no_enquiry",
                id_="d",
                alternative_route=["none"],
                adult_informed="yes",
            ),
        ),
        {
            "2026-01-31": {
                "DEC-03 d": "met 2026-01-06 green",
                "MCA-01": "explained 2026-01-06 green",
                "COM-01 d": "not_met 2026-01-08 none",
            }
        },
    ),
    "the son is told of no further action": Vignette(
        (
            concern(),
            talk("2026-01-05T15:00", with_="family"),
            decision("2026-01-06", "no_enquiry", id_="d", alternative_route=["complaint"]),
            said("contact_with_adult", "2026-01-06", with_="family", result="spoke"),
        ),
        {"2026-01-31": {"DEC-03 d": "met 2026-01-06 green"}},
    ),
    "the adult could not be reached about no further action": Vignette(
        (
            concern(),
            decision("2026-01-06", "no_enquiry", id_="d"),
            because("DEC-03", "not_reachable", "2026-01-06"),
        ),
        {"2026-01-31": {"DEC-03 d": "explained 2026-01-06 green"}},
    ),
    "another concern's no excuses nobody": Vignette(
        (
            concern("2026-01-05T09:00"),
            concern("2026-01-05T10:00", "c2"),
            decision("2026-01-05", "s42_enquiry", concern=["c"]),
            decision("2026-01-06", "no_enquiry", concern=["c2"]),
        ),
        {"2026-01-31": {"MCA-01": "not_met 2026-01-05"}},
    ),
    "capacity is put down as not known": Vignette(
        (
            concern(),
            decision("2026-01-07T10:00", "s42_enquiry"),
            said("capacity_considered", "2026-01-07T12:00", view="not_known"),
        ),
        {"2026-01-31": {"MCA-01": "cannot_tell 2026-01-07 grey"}},
    ),
    "it was not safe to ask when the enquiry began": Vignette(
        (
            concern("2026-01-05"),
            not_asked("2026-01-06", "unsafe_to_ask", review_by="2026-04-30", id_="n"),
            said("enquiry_started", "2026-01-08", kind="s42"),
        ),
        {
            "2026-03-31": {
                "OUT-04": "explained 2026-01-08 green",
                "ASK-01 c": "explained 2026-01-07 green",
                "ASK-05 n": "not_yet_due 2026-04-30 none",
                "ASK-02 n": "met 2026-01-06 green",
            },
            "2026-05-01": {
                "OUT-04": "partly_met 2026-01-08 amber",
                "ASK-05 n": "not_met 2026-04-30 amber",
            },
        },
    ),
    "a later reason lapsed long before the first": Vignette(
        (
            not_asked("2026-01-06", "police_advice", review_by="2026-03-31", id_="first"),
            not_asked("2026-02-02", "too_unwell", review_by="2026-02-20", id_="later"),
        ),
        {
            "2026-03-31": {
                "ASK-05 first": "not_yet_due 2026-03-31 none",
                "ASK-05 later": "not_met 2026-02-20 amber",
            }
        },
    ),
    "it is not known whether she was asked again": Vignette(
        (
            not_asked("2026-01-06", "too_unwell", review_by="2026-01-16", id_="n"),
            talk("2026-01-19", "dont_know"),
        ),
        {"2026-01-31": {"ASK-05 n": "not_met 2026-01-16 amber"}},
    ),
    "a final reason needs no words": Vignette(
        (
            talk("2026-01-06", "not_asked", reason_not_asked="deceased", id_="final"),
            talk("2026-01-07", "not_asked", reason_not_asked="too_unwell", id_="bare"),
        ),
        {"2026-01-31": {"ASK-02 final": "met", "ASK-02 bare": "partly_met 2026-01-07 amber"}},
    ),
    "views were not sought, and why": Vignette(
        (
            said("enquiry_started", "2026-01-08", kind="s42"),
            said(
                "views_on_proceeding", "2026-01-07", agree="not_sought", reason="On a ventilator."
            ),
        ),
        {"2026-01-31": {"CON-01": "explained 2026-01-08 green"}},
    ),
    "views were not sought": Vignette(
        (
            said("enquiry_started", "2026-01-08", kind="s42"),
            said("views_on_proceeding", "2026-01-07", agree="not_sought"),
        ),
        {"2026-01-31": {"CON-01": "partly_met 2026-01-08 amber"}},
    ),
    "she cannot say, and a decision is taken in her best interests": Vignette(
        (
            said("views_on_proceeding", "2026-01-07", id_="v", about="enquiry", agree="unable"),
            said(
                "best_interests_decided",
                "2026-01-07",
                decision_kind="taking_part_in_enquiry",
            ),
            said("enquiry_started", "2026-01-08", kind="other"),
        ),
        {"2026-01-31": {"CON-02 v": "met 2026-01-09 green", "CON-01": "met 2026-01-08 green"}},
    ),
    "an advocate is referred on the last day": Vignette(
        (*NEEDS_HELP, said("advocate_status", "2026-01-13", kind="care_act", state="referred")),
        {"2026-01-31": {"ADV-02": "met 2026-01-13 green"}},
    ),
    "an informal advocate is not an independent one": Vignette(
        (*NEEDS_HELP, said("advocate_status", "2026-01-09", kind="informal", state="referred")),
        {"2026-01-13": {"ADV-02": "not_yet_due 2026-01-13"}, "2026-01-14": {"ADV-02": "not_met"}},
    ),
    "nobody is free, and that went up": Vignette(
        (*NEEDS_HELP, said("advocate_status", "2026-01-09", state="unavailable", escalated="yes")),
        {"2026-01-31": {"ADV-02": "partly_met 2026-01-13 amber"}},
    ),
    "an adult with capacity declines an advocate": Vignette(
        (*NEEDS_HELP, said("advocate_status", "2026-01-09", kind="care_act", state="declined")),
        {"2026-01-31": {"ADV-02": "explained 2026-01-13 green"}},
    ),
    "an adult without capacity cannot decline one": Vignette(
        (
            *NEEDS_HELP,
            said("advocate_status", "2026-01-09", kind="care_act", state="declined"),
            lacks("2026-01-06", decision_kind="taking_part_in_enquiry"),
        ),
        {"2026-01-31": {"ADV-02": "not_met 2026-01-13"}},
    ),
    "reviews of one outcome count together": Vignette(
        (
            said("outcome_expressed", "2026-01-06", id_="w", text="My cat.", domain=["control"]),
            said("outcome_reviewed", "2026-01-19", outcome="w", achieved="full", view_of="adult"),
            said(
                "outcome_reviewed",
                "2026-01-20",
                id_="r",
                outcome="w",
                achieved="not_achieved",
                wellbeing_view="partial",
            ),
            said("case_closed", "2026-01-20"),
        ),
        {"2026-01-31": {"CLO-01 w": "met 2026-01-20 green", "CLO-02 r": "not_met 2026-01-20"}},
    ),
    "a review of the whole case in a professional's view": Vignette(
        (
            WISH,
            said(
                "outcome_reviewed", "2026-01-19", achieved="partial", view_of="other_professional"
            ),
            said("case_closed", "2026-01-20"),
        ),
        {"2026-01-31": {"CLO-01 wish": "partly_met 2026-01-20 amber"}},
    ),
    "an employer's duty hangs on nobody's agreement": Vignette(
        (
            concern(source_is_paid_or_volunteer="yes", others_at_risk="yes"),
            because("SPC-03", "adult_declined", "2026-01-06"),
            decision("2026-01-07", "no_enquiry"),
        ),
        {"2026-01-31": {"SPC-03": "not_met 2026-01-07"}},
    ),
    "the employer leads": Vignette(
        (
            concern(source_is_paid_or_volunteer="yes"),
            because("SPC-03", "covered_elsewhere", "2026-01-06"),
            decision("2026-01-07", "no_enquiry"),
        ),
        {"2026-01-31": {"SPC-03": "explained 2026-01-07 green"}},
    ),
    "she wants no police, and nobody else is at risk": Vignette(
        (
            concern(crime_suspected="yes"),
            because("SPC-03", "adult_declined", "2026-01-06"),
            decision("2026-01-07", "no_enquiry"),
        ),
        {"2026-01-31": {"SPC-03": "explained 2026-01-07 green"}},
    ),
    "two of three parts of a proportionate response": Vignette(
        (
            decision("2026-01-06", "s42_enquiry"),
            said(
                "response_decided",
                "2026-01-08",
                id_="r",
                why_proportionate="As noted.",
                adult_agrees="no",
            ),
        ),
        {"2026-01-31": {"PROP-01 r": "partly_met 2026-01-08 amber"}},
    ),
    "no response is on record when the case closes": Vignette(
        (decision("2026-01-06", "s42_enquiry"), said("case_closed", "2026-01-30")),
        {"2026-01-30": {"PROP-01": "not_yet_due 2026-01-30"}, "2026-01-31": {"PROP-01": "not_met"}},
    ),
    "contact ceases after two talks": Vignette(
        (
            said("enquiry_started", "2026-01-08", kind="s42"),
            call("2026-01-20", "spoke"),
            call("2026-02-05", "spoke"),
        ),
        {"2026-02-26": {"INV-02": "met"}, "2026-02-27": {"INV-02": "not_met 2026-02-26 none"}},
    ),
    "one of two bodies has reported": Vignette(
        (
            said("enquiry_started", "2026-01-05", kind="s42"),
            said("enquiry_caused", "2026-01-06", id_="b1"),
            said("enquiry_caused", "2026-01-06", id_="b2"),
            said("enquiry_reported", "2026-01-30", caused="b1"),
        ),
        {"2026-03-06": {"DUR-01": "not_yet_due 2026-03-06"}, "2026-03-07": {"DUR-01": "not_met"}},
    ),
    "a risk is not weighed": Vignette(
        (said("risk_assessed", "2026-01-05", level="high"),),
        {
            "2026-02-02": {"RISK-02": "not_yet_due 2026-02-02 none"},
            "2026-02-03": {"RISK-02": "not_met 2026-02-02 amber"},
        },
    ),
    "a low risk is no risk": Vignette(
        (said("risk_assessed", "2026-01-05", level="low"), said("case_closed", "2026-01-20")),
        {"2026-01-31": {"RISK-02": "not_applicable", "CLO-04": "not_applicable"}},
    ),
    "a case closed as a duplicate": Vignette(
        (
            concern(),
            decision("2026-01-06", "duplicate", id_="d"),
            said("case_closed", "2026-01-06", reason="duplicate"),
        ),
        {
            "2026-01-31": {
                "ASK-01 c": "not_applicable",
                "CLO-03": "not_applicable",
                "MCA-01": "not_applicable",
                "RISK-01 c": "not_met 2026-01-06T10:00:00+00:00 red",
                "DEC-01 d": "met 2026-01-06 green",
                "DEC-02 c": "met 2026-01-08 green",
            }
        },
    ),
    "another reason is enough for advice, never for a flag": Vignette(
        (
            concern(),
            because("ASK-01", "other", "2026-01-06"),
            because("DEC-02", "other", "2026-01-06"),
        ),
        {"2026-01-31": {"ASK-01 c": "not_met 2026-01-07 amber", "DEC-02 c": "explained"}},
    ),
    "a reason without words": Vignette(
        (concern(), because("ASK-01", "unsafe", "2026-01-06", text=" ")),
        {"2026-01-12": {"ASK-01 c": "partly_met 2026-01-07 amber"}},
    ),
    "a reason that had ended before the concern": Vignette(
        (
            because("ASK-01", "unsafe", "2026-01-02", review_by="2026-01-04"),
            concern("2026-01-05"),
        ),
        {"2026-01-31": {"ASK-01 c": "not_met 2026-01-07 amber"}},
    ),
    "a reason stood when she was asked late": Vignette(
        (
            concern("2026-01-05"),
            because("ASK-01", "hospital_admission", "2026-01-06", review_by="2026-01-16"),
            talk("2026-01-16", with_="adult"),
        ),
        {"2026-01-31": {"ASK-01 c": "explained 2026-01-07 green"}},
    ),
    "a reason had ended when she was asked late": Vignette(
        (
            concern("2026-01-05"),
            because("ASK-01", "hospital_admission", "2026-01-06", review_by="2026-01-15"),
            talk("2026-01-16", with_="adult"),
        ),
        {"2026-01-31": {"ASK-01 c": "met_late 2026-01-07 amber"}},
    ),
    "what was written down later was not there yet": Vignette(
        (concern("2026-01-05"), talk("2026-01-06", with_="adult", recorded="2026-01-20")),
        {
            "2026-01-19": {"ASK-01 c": "not_met 2026-01-07 amber"},
            "2026-01-20": {"ASK-01 c": "met 2026-01-07 green", "DQ-01": "partly_met"},
        },
    ),
    "entered in error, and corrected": Vignette(
        (
            concern("2026-01-05"),
            talk("2026-01-06", with_="adult", void="yes"),
            said("immediate_safety_check", "2026-01-05", id_="old", result="safe"),
            said(
                "immediate_safety_check",
                "2026-01-05",
                supersedes="old",
                result="not_established",
            ),
        ),
        {"2026-01-31": {"ASK-01 c": "not_met", "RISK-01 c": "partly_met"}},
    ),
}
ROWS: Final = [
    (name, day, row)
    for name, vignette in VIGNETTES.items()
    for day, rows in vignette.wanted.items()
    for row in rows
]


@cache
def engine() -> Engine:
    return Engine(core_ruleset(), matcher="python")


@cache
def answers(name: str, day: str) -> dict[str, tuple[str, str, str]]:
    """The rows of a story on a day, by "rule subject"."""
    case = case_of(*VIGNETTES[name].events)
    evaluation = engine().evaluate(case, parse_as_of(day))
    assert evaluation.faults == ()
    return {
        f"{one.rule} {one.subject or ''}".rstrip(): (
            str(one.verdict),
            "null" if one.due is None else one.due.text,
            one.colour,
        )
        for one in evaluation.answers
    }


@pytest.mark.parametrize(("name", "day", "row"), ROWS)
def test_a_story_is_answered_as_the_readings_say(name: str, day: str, row: str) -> None:
    wanted = tuple(VIGNETTES[name].wanted[day][row].split())

    got = answers(name, day)[row]

    assert got[: len(wanted)] == wanted
