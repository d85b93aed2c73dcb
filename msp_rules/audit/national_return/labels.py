"""Names the tables, rows and columns of the national return, to the letter.

The labels are those of the publication code of the Safeguarding Adults Collection (NHS Digital,
ASC-Safeguarding-Adults, June 2023). Rows that the return does not have, and that hold what a record
does not say, are called `NOT_RECORDED`; each table says which of its rows are the return's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

NOT_RECORDED: Final = "Not Recorded"
"""The row or column of what the record does not hold; only SG3a and SG4a have it in the return."""
NOT_KNOWN: Final = "Not Known"
"""The row of an age or a gender that is not on record."""
TOTAL: Final = "Total"
"""The column that adds up the age bands."""

AGE_BANDS: Final = ("18-64", "65-74", "75-84", "85-94", "95+")
"""The age bands of the return; codes of the vocabulary at the same time."""
AGES: Final = (*AGE_BANDS, NOT_KNOWN)
"""The age bands, and the one of a person whose age is not on record."""

GENDERS: Final[Mapping[str, str]] = {"male": "Male", "female": "Female"}
"""The rows of SG1b by code; every other code belongs to "Not Known", as the return has no other."""
ETHNICITIES: Final[Mapping[str, str]] = {
    "white": "White",
    "mixed": "Mixed / Multiple",
    "asian": "Asian / Asian British",
    "black": "Black / African / Caribbean / Black British",
    "other": "Other Ethnic Group",
    "refused": "Refused",
    "not_known": "Undeclared / Not Known",
}
"""The rows of SG1c by code."""
SUPPORT_REASONS: Final[Mapping[str, str]] = {
    "physical": "Physical Support",
    "sensory": "Sensory Support",
    "memory_and_cognition": "Support with Memory and Cognition",
    "learning_disability": "Learning Disability Support",
    "mental_health": "Mental Health Support",
    "social": "Social Support",
    "none": "No Support Reason",
    "not_known": NOT_KNOWN,
}
"""The rows of SG1d by code."""
ABUSE_TYPES: Final[Mapping[str, str]] = {
    "physical": "Physical Abuse",
    "sexual": "Sexual Abuse",
    "psychological": "Psychological Abuse",
    "financial_material": "Financial or Material Abuse",
    "discriminatory": "Discriminatory Abuse",
    "organisational": "Organisational Abuse",
    "neglect_omission": "Neglect and Acts of Omission",
    "domestic": "Domestic Abuse",
    "sexual_exploitation": "Sexual Exploitation",
    "modern_slavery": "Modern Slavery",
    "self_neglect": "Self-Neglect",
}
"""The rows of SG2a by code."""
LOCATIONS: Final[Mapping[str, str]] = {
    "own_home": "Own Home",
    "community": "In the Community",
    "community_service": "Community Service",
    "care_home_nursing": "Care Home - Nursing",
    "care_home_residential": "Care Home - Residential",
    "hospital_acute": "Hospital - Acute",
    "hospital_mental_health": "Hospital - Mental Health",
    "hospital_community": "Hospital - Community",
    "other": "Other",
}
"""The rows of SG2b by code."""
SOURCES: Final[Mapping[str, str]] = {
    "service_provider": "Service Provider",
    "known_to_adult": "Other - Known to individual",
    "unknown_to_adult": "Other - Unknown to individual",
}
"""The columns of SG2a and SG2b by code."""
CEASED: Final = "Enquiry ceased at individual's request and no action taken"
"""The row of SG2c for an enquiry that ended because the adult asked for it."""
RISK_OUTCOMES: Final[Mapping[tuple[str, str], str]] = {
    ("risk_identified", "yes"): "Risk identified and action taken",
    ("risk_identified", "no"): "Risk identified and no action taken",
    ("inconclusive", "yes"): "Risk Assessment inconclusive and action taken",
    ("inconclusive", "no"): "Risk Assessment inconclusive and no action taken",
    ("no_risk_identified", "yes"): "No risk identified and action taken",
    ("no_risk_identified", "no"): "No risk identified and no action taken",
}
"""The rows of SG2c by finding and by whether action was taken."""
RISK_RESULTS: Final[Mapping[str, str]] = {
    "remained": "Risk remained",
    "reduced": "Risk reduced",
    "removed": "Risk removed",
}
"""The rows of SG2e by code."""
CAPACITY: Final[Mapping[str, str]] = {
    "yes": "Yes, they lacked capacity",
    "no": "No, they did not lack capacity",
    "dont_know": "Don't know",
    "not_recorded": "Not recorded",
}
"""The rows of SG3a by code. The return writes its last two otherwise than those of SG4a."""
SUPPORTED: Final = (
    "Of the enquiries recorded as Yes, in how many of these cases was support provided by an "
    "advocate, family or friend"
)
"""The row of SG3a that is a part of its first."""
ASKED: Final[Mapping[str, str]] = {
    "asked_expressed": "Yes they were asked and outcomes were expressed",
    "asked_none_expressed": "Yes they were asked but no outcomes were expressed",
    "not_asked": "No",
    "dont_know": "Don't Know",
    "not_recorded": NOT_RECORDED,
}
"""The first rows of SG4a by code."""
ACHIEVED: Final[Mapping[str, str]] = {
    "full": "Fully Achieved",
    "partial": "Partially Achieved",
    "not_achieved": "Not Achieved",
}
"""The rows of SG4a that are parts of its first, by code."""
ACHIEVED_NOT_RECORDED: Final = "Outcomes expressed, result not recorded"
"""Ours, not the return's: outcomes were expressed and no result of them is on record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableShape:
    """The title of a table and its labels."""

    title: str
    """The title, in our words."""
    unit: str
    """The thing that one count is of."""
    rows: tuple[str, ...]
    """The rows of the return, in its order."""
    added: tuple[str, ...] = ()
    """Rows of ours below them: what the return has no row for."""
    columns: tuple[str, ...] = ()
    """The columns for each kind of enquiry; none where a row has one count for each kind."""


_BEGUN: Final = "people, once each, of concerns raised and of enquiries begun in the year"
_ENDED: Final = "enquiries concluded in the year"
TABLES: Final[Mapping[str, TableShape]] = {
    "SG1a": TableShape(title="Individuals by age", unit=_BEGUN, rows=AGE_BANDS, added=(NOT_KNOWN,)),
    "SG1b": TableShape(
        title="Individuals by gender", unit=_BEGUN, rows=(*GENDERS.values(), NOT_KNOWN)
    ),
    "SG1c": TableShape(
        title="Individuals by ethnicity", unit=_BEGUN, rows=tuple(ETHNICITIES.values())
    ),
    "SG1d": TableShape(
        title="Individuals by primary support reason",
        unit="people, once for each of their reasons, as in SG1a",
        rows=tuple(SUPPORT_REASONS.values()),
    ),
    "SG1f": TableShape(
        title="Concerns and enquiries",
        unit="concerns raised and enquiries begun in the year",
        rows=(
            "Total Number of Safeguarding Concerns",
            "Section 42 Safeguarding Enquiries",
            "Other Safeguarding Enquiries",
        ),
        added=("Enquiries whose kind is not recorded",),
    ),
    "SG2a": TableShape(
        title="Type of risk by source of risk",
        unit=f"{_ENDED}, once for each type and source",
        rows=tuple(ABUSE_TYPES.values()),
        added=(NOT_RECORDED,),
        columns=(*SOURCES.values(), NOT_RECORDED),
    ),
    "SG2b": TableShape(
        title="Location of risk by source of risk",
        unit=f"{_ENDED}, once for each location and source",
        rows=tuple(LOCATIONS.values()),
        added=(NOT_RECORDED,),
        columns=(*SOURCES.values(), NOT_RECORDED),
    ),
    "SG2c": TableShape(
        title="Risk assessment outcome",
        unit=_ENDED,
        rows=(*RISK_OUTCOMES.values(), CEASED),
        added=(NOT_RECORDED,),
    ),
    "SG2e": TableShape(
        title="Result, where a risk was identified",
        unit=f"{_ENDED} in which a risk was identified",
        rows=tuple(RISK_RESULTS.values()),
        added=(NOT_RECORDED,),
    ),
    "SG3a": TableShape(
        title="Mental capacity",
        unit=_ENDED,
        rows=(*CAPACITY.values(), SUPPORTED),
        columns=(*AGES, TOTAL),
    ),
    "SG4a": TableShape(
        title="Making Safeguarding Personal",
        unit=_ENDED,
        rows=(*ASKED.values(), *ACHIEVED.values()),
        added=(ACHIEVED_NOT_RECORDED,),
        columns=(*AGES, TOTAL),
    ),
}
"""The tables of this aid, by number. SG1e needs health conditions, and SG5 reviews of the board:
neither is in a case record."""
