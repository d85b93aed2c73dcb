"""Defines the words of reports for what went well: signs, principles, domains, moves, and courses.

Like `reports.labels`, none of it holds words of a record.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from msp_rules.audit.case_audit.facts import CaseFacts
from msp_rules.audit.people import MOST_PEOPLE, PeopleTally
from msp_rules.casework.moments import in_words
from msp_rules.rules.language.rule import Severity
from msp_rules.rules.language.wording import code_label, spaced

SIGNS_IN_WORDS: Final[Mapping[str, str]] = {
    "communication_supported": "support with communication was given when they were asked",
    "outcome_revised_with_adult": "a wanted outcome was revised with the adult",
    "outcome_achieved_in_their_view": "an outcome was fully met, in the adult's own view",
    "capacity_upheld_with_support": "capacity was found after support to decide",
    "advocate_heard": "an advocate's words entered the record",
    "choice_respected_with_support": "an informed choice stands, made safer",
    "family_group_conference_offered": "a family group conference was offered",
    "enquiry_planned_with_adult": "the enquiry was planned with the adult",
    "meeting_around_adult": "the adult was at a meeting that was arranged around them",
    "meeting_venue_considered": "the venue of a meeting was considered",
    "meeting_supported": "there was support to take part in a meeting",
    "liberty_safeguards_considered": "liberty safeguards were thought of with a restriction",
    "report_holds_adults_voice": "the enquiry's report holds the adult's voice",
    "adult_owned_action": "the adult owns an action of the plan",
    "plan_reviewed_with_adult": "the adult took part in the plan's review",
    "partner_showed_msp": "a partner's practice showed understanding of MSP",
    "independent_feedback": "the experience was heard by somebody independent",
    "felt_listened_to": "the adult felt listened to",
    "felt_safer": "the adult felt safer",
    "asked_again_and_answered": "they were asked again, and answered",
    "grid_gain": "wellbeing or safety rose, and neither fell",
}
"""The signs of good practice, as the record shows them; "the adult" is they or who speaks for
them."""
MOVEMENTS_IN_WORDS: Final[Mapping[str, str]] = {
    "gain": "a gain",
    "safer_but_lower_wellbeing": "safer, but lower wellbeing",
    "higher_wellbeing_but_less_safe": "higher wellbeing, but less safe",
    "loss": "a loss",
    "same": "no change",
}
"""The movements on the wellbeing and safety grid."""
POSITIONS: Final = ("low low", "low high", "high low", "high high")
"""The fields of the grid: wellbeing, then safety; sixteen moves lead from one to one."""
SAFER_BUT_LOWER: Final = "high low low high"
"""The one move that is safer, but with lower wellbeing."""
NOT_COMPARED_IN_WORDS: Final[Mapping[str, str]] = {
    "one_position": "one position only",
    "not_known": "an end that is not known",
    "not_recorded": "no position on record",
    "not_supplied": "no position that the source could supply",
}
"""The reasons for which a case has no move on the grid."""
I_STATEMENTS: Final[Mapping[str, str]] = {
    "empowerment": "I am asked what I want as the outcomes from the safeguarding process and these "
    "directly inform what happens.",
    "prevention": "I receive clear and simple information about what abuse is, how to recognise "
    "the signs and what I can do to seek help.",
    "proportionality": "I am sure that the professionals will work in my interest, as I see them "
    "and they will only get involved as much as needed.",
    "protection": "I get help and support to report abuse and neglect. I get help so that I am "
    "able to take part in the safeguarding process to the extent to which I want.",
    "partnership": "I know that staff treat any personal and sensitive information in confidence, "
    "only sharing what is helpful and necessary. I am confident that professionals will work "
    "together and with me to get the best result for me.",
    "accountability": "I understand the role of everyone involved in my life and so do they.",
}
"""Each principle as the adult would say it: the statutory guidance to the Care Act, 14.13."""
I_STATEMENTS_FROM: Final = (
    "Care and Support Statutory Guidance, 14.13, as quoted by "
    "Making Safeguarding Personal, support for boards"
)
"""The source of these words."""
STAGES: Final[Mapping[str, str]] = {
    "open": "open",
    "closed": "closed",
    "s42_enquiry": "section 42 enquiry",
    "other_enquiry": "other enquiry",
    "no_enquiry": "no enquiry",
    "not_decided": "not decided yet",
}
"""The states that a filter or a table of cases names, by facet."""
WEIGHT_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "statutory": ("duty", "duties"),
    "flag": ("flag", "flags"),
    "advice": ("piece of advice", "pieces of advice"),
    "prompt": ("prompt", "prompts"),
}
"""One of a weight and several, the heaviest first."""
RANK_WEIGHTS: Final = {severity.value: 10**severity.rank for severity in Severity}
"""Cases are sorted by it: ten answers of one weight count as much as one of the next."""
WEIGHTS_EXPLAINED: Final[Mapping[str, str]] = {
    "statutory": "a duty in an Act or in statutory guidance",
    "flag": "good practice that an auditor would ask about",
    "advice": "good practice that a worker should know of",
    "prompt": "a question to think about; it colours nothing",
}
"""The weights of rules for a legend, the heaviest first."""


def counted(number: int, one: str, several: str = "") -> str:
    """Writes a number with its noun in the right form: "1 case", "2 cases"."""
    return f"{number} {one if number == 1 else several or one + 's'}"


def people_in_words(people: PeopleTally, cases: int) -> str:
    """Says how many people cases are about, or why that can't be said."""
    if people.distinct is None:
        return f"how many people that is was not counted; only up to {MOST_PEOPLE} are"
    if not people.cases:
        return "how many people that is can't be said: no adult has a reference"
    number = counted(people.distinct, "person", "people")
    left = cases - people.cases
    if not left:
        return f"about {number}"
    return f"about {number} in {people.cases} of them; no reference of the adult in {left}"


def weights_in_words(counts: Mapping[str, int]) -> str:
    """Writes what is not evidenced by weight: "1 duty, 3 flags"; empty where nothing is."""
    return ", ".join(
        counted(number, *words)
        for name, words in WEIGHT_WORDS.items()
        if (number := counts.get(name, 0))
    )


def day_in_words(day: int) -> str:
    """Writes an ordinal day; "a day that can't be read" where there is none."""
    return in_words(date.fromordinal(day)) if day else "a day that can't be read"


def course_in_words(facts: CaseFacts) -> str:
    """Writes the course of a case in a line: concern, decision, kind of enquiry, open or closed."""
    parts = [f"Concern {day_in_words(facts.concern)}" if facts.concern else "No dated concern"]
    if facts.result:
        parts.append(f"{code_label(facts.result)} decided {day_in_words(facts.decided)}")
    elif facts.decided:
        parts.append(f"decided {day_in_words(facts.decided)}")
    else:
        parts.append("no decision recorded")
    if facts.enquiry and facts.enquiry != facts.result:
        parts.append(code_label(facts.enquiry))
    parts.append(state_in_words(facts))
    return " · ".join(parts)


def state_in_words(facts: CaseFacts) -> str:
    """Writes whether a case is open or closed, and for how many days it has been, or was, open."""
    days = facts.days
    length = "" if days is None else f" for {counted(days, 'day')}"
    if not facts.closed:
        return f"open{length}"
    after = "" if days is None else f" after {counted(days, 'day')}"
    return f"closed {day_in_words(facts.closed)}{after}"


def move_in_words(move: str) -> tuple[str, str]:
    """Writes the two ends of a move ("low low high high"), wellbeing before safety."""
    first_wellbeing, first_safety, wellbeing, safety = move.split(" ")
    return position_in_words(first_wellbeing, first_safety), position_in_words(wellbeing, safety)


def position_in_words(wellbeing: str | None, safety: str | None) -> str:
    """Writes a position on the grid."""
    return f"wellbeing {wellbeing or 'not known'}, safety {safety or 'not known'}"


def judge_in_words(role: str) -> str:
    """Writes who judged a position on the grid; empty stands for nobody named."""
    return code_label(role) if role else "nobody named"


def domain_in_words(domain: str) -> str:
    """Writes a domain of wellbeing."""
    return code_label(domain) if domain != "protection" else "protection from abuse"


def sign_in_words(sign: str) -> str:
    """Writes a sign of good practice; one that has no words here, with blanks in its name."""
    return SIGNS_IN_WORDS.get(sign, spaced(sign))
