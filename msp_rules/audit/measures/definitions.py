"""Defines the measures of the board: what each counts, of what, and whose threshold it is.

This is the one place that says it: `units` has one function for each id, and the outputs take all
their words from here. Thresholds are those of the West Midlands ADASS scorecard: regional, not
national.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

WEST_MIDLANDS: Final = "West Midlands ADASS scorecard (regional)"
"""The source of the thresholds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A share that somebody else aims at."""

    value: int
    """The percentage."""
    source: str
    """The name of whoever set it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartDefinition:
    """One count of a measure, of a base of its own."""

    title: str
    """The title."""
    numerator: str
    """The units that are counted, in words."""
    denominator: str
    """The units of which they are counted, in words."""
    comparison: Comparison | None = None
    """A share to compare with, if somebody set one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureDefinition:
    """One measure: its first part is its headline."""

    title: str
    """The title."""
    parts: Mapping[str, PartDefinition]
    """The parts, by name."""
    note: str = ""
    """A caution for whoever reads it; empty without one."""


def _part(title: str, numerator: str, denominator: str, aim: int | None = None) -> PartDefinition:
    comparison = None if aim is None else Comparison(value=aim, source=WEST_MIDLANDS)
    return PartDefinition(
        title=title, numerator=numerator, denominator=denominator, comparison=comparison
    )


_CONCLUDED: Final = "enquiries concluded"
_LACKED: Final = "enquiries concluded in which the adult lacked capacity"
_HAD: Final = "enquiries concluded in which the adult did not lack capacity"

MEASURES: Final[Mapping[str, MeasureDefinition]] = {
    "M1": MeasureDefinition(
        title="Outcomes asked at the point of concern",
        parts={
            "asked": _part(
                "Asked by the first decision",
                "concerns in which the adult, or who speaks for them, was asked by the decision",
                "concerns about an identified adult that were decided on",
            ),
        },
        note="By partner: by who raised the concern. What was asked later counts in M4.",
    ),
    "M2": MeasureDefinition(
        title="Asked, and outcomes expressed",
        parts={
            "asked_expressed": _part("Expressed", "asked, and expressed", _CONCLUDED),
            "asked_none_expressed": _part("None expressed", "asked, none expressed", _CONCLUDED),
            "not_asked": _part("Not asked", "not asked", _CONCLUDED),
            "dont_know": _part("Not known", "not known", _CONCLUDED),
            "not_recorded": _part("Not recorded", "nothing on record", _CONCLUDED),
        },
    ),
    "M3": MeasureDefinition(
        title="Outcomes achieved",
        parts={
            "achieved": _part(
                "Fully or partly achieved",
                "outcomes fully or partly achieved",
                "enquiries concluded in which outcomes were expressed and a result is on record",
                80,
            ),
            "full": _part(
                "Fully achieved",
                "outcomes fully achieved",
                "enquiries concluded in which outcomes were expressed and a result is on record",
            ),
        },
    ),
    "M4": MeasureDefinition(
        title="Outcomes sought",
        parts={"sought": _part("Sought", "asked, whatever they said", _CONCLUDED, 80)},
    ),
    "M5": MeasureDefinition(
        title="The same for those with and without capacity",
        parts={
            "sought_lacked": _part("Sought, lacked capacity", "asked", _LACKED),
            "sought_had": _part("Sought, did not lack capacity", "asked", _HAD),
            "expressed_lacked": _part("Expressed, lacked capacity", "expressed", _LACKED),
            "expressed_had": _part("Expressed, did not lack capacity", "expressed", _HAD),
            "achieved_lacked": _part(
                "Achieved, lacked capacity", "fully or partly achieved", f"{_LACKED}, with a result"
            ),
            "achieved_had": _part(
                "Achieved, did not lack capacity",
                "fully or partly achieved",
                f"{_HAD}, with a result",
            ),
        },
        note="Equality of approach: the two of each pair stand side by side.",
    ),
    "M6": MeasureDefinition(
        title="Advocacy",
        parts={
            "considered": _part(
                "Considered", "the need for an advocate was considered", "enquiries begun"
            ),
            "not_arranged": _part(
                "Needed and not arranged",
                "no advocate was referred or instructed",
                "enquiries in which an advocate was found to be needed",
            ),
            "supported": _part("Supported", "supported by an advocate, family or friend", _LACKED),
        },
    ),
    "M7": MeasureDefinition(
        title="Concerns that became no enquiry",
        parts={
            "asked": _part(
                "Asked", "the adult was asked by the decision", "decisions of no enquiry"
            ),
            "informed": _part("Informed", "the adult was informed", "decisions of no enquiry"),
            "route": _part("Another route", "another route was taken", "decisions of no enquiry"),
        },
    ),
    "M8": MeasureDefinition(
        title="Timeliness",
        parts={
            "decision": _part(
                "Decided within 3 days",
                "decided within 3 days",
                "concerns whose 3 days are over",
                80,
            ),
            "enquiry": _part(
                "Concluded within 60 days",
                "concluded within 60 days",
                "enquiries concluded, or begun more than 60 days ago",
                75,
            ),
            "plan": _part(
                "Reviewed within 183 days",
                "plan reviewed within 183 days",
                "plans whose 183 days are over, the case not having been closed before",
                100,
            ),
        },
    ),
    "M9": MeasureDefinition(
        title="Feeling safer",
        parts={
            "offered": _part("Offered a say", "a say was offered", "cases that are closed", 70),
            "safer": _part("Felt safer", "felt safer, or partly", "adults who answered", 95),
        },
        note="The scorecard counts 'no difference' with 'safer'; no code here says that.",
    ),
    "M10": MeasureDefinition(
        title="Result of the risk",
        parts={
            "reduced_or_removed": _part(
                "Reduced or removed",
                "risk reduced or removed",
                "closures with a result of the risk",
            ),
            "reduced": _part("Reduced", "risk reduced", "closures with a result of the risk"),
            "removed": _part("Removed", "risk removed", "closures with a result of the risk"),
            "remained": _part("Remained", "risk remained", "closures with a result of the risk"),
            "by_choice": _part(
                "Remained by choice",
                "an informed choice of the adult is on record",
                "closures after which the risk remained",
            ),
        },
    ),
    "M11": MeasureDefinition(
        title="Wellbeing beyond safety",
        parts={
            "domains": _part(
                "Beyond protection",
                "outcomes in a domain of wellbeing other than protection",
                "outcomes with a domain on record",
            ),
            "higher": _part(
                "Higher wellbeing",
                "wellbeing went from low to high",
                "cases whose first and latest positions on the grid are known",
            ),
            "safer_but_lower": _part(
                "Safer, but lower wellbeing",
                "safer, and lower wellbeing",
                "cases whose first and latest positions on the grid are known",
            ),
        },
    ),
    "M12": MeasureDefinition(
        title="Involvement",
        parts={
            "meetings": _part(
                "Meetings with the adult's part",
                "the adult took part, in person or through somebody",
                "meetings that say how the adult took part",
            ),
            "contact_28_days": _part(
                "Contact within 28 days",
                "followed by another contact within 28 days",
                "contacts with the adult whose 28 days are over in an open case",
            ),
        },
        note="28 days are an assumption of this project.",
    ),
    "M13": MeasureDefinition(
        title="Reasons for not asking",
        parts={
            "with_reason": _part("With a reason", "a reason is on record", "conversations not had"),
            "expired": _part(
                "Temporary, and past its day",
                "its day has passed and nobody asked since",
                "reasons that name a day to look at again",
            ),
        },
    ),
    "M14": MeasureDefinition(
        title="Colours of the audit questions",
        parts={
            f"{question}_{colour}": _part(
                f"{question} {colour}",
                f"{question} is {colour}",
                f"cases with a colour for {question}",
            )
            for question in ("Q1", "Q2", "Q3", "Q4", "Q5", "Q8", "QM")
            for colour in ("green", "amber", "red", "grey")
        },
        note="As the rules rate them; what auditors agreed on stands in the audit report.",
    ),
    "M15": MeasureDefinition(
        title="The national return can be counted",
        parts={
            "both": _part(
                "Capacity and outcomes recorded",
                "both questions of SG3a and SG4a are answered in the record",
                _CONCLUDED,
            ),
        },
        note="The tables themselves: msp-rules sac. An aid, not the return.",
    ),
    "M16": MeasureDefinition(
        title="Completeness of equality data",
        parts={
            "all": _part("All three", "age, gender and ethnicity are known", "people"),
            "age": _part("Age", "the age band is known", "people"),
            "gender": _part("Gender", "the gender is known", "people"),
            "ethnicity": _part("Ethnicity", "the ethnicity is known", "people"),
        },
        note="'Refused' is an answer of the person, and known.",
    ),
}
"""The measures, by id."""

NEEDS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "M1": {"": ("outcomes_conversation", "s42_decided")},
    "M2": {"": ("outcomes_conversation",)},
    "M3": {"": ("outcomes_conversation", "outcome_reviewed")},
    "M4": {"": ("outcomes_conversation",)},
    "M5": {"": ("outcomes_conversation",), "achieved_lacked": ("outcome_reviewed",)},
    "M6": {"considered": ("advocacy_considered",), "not_arranged": ("advocate_status",)},
    "M7": {"asked": ("outcomes_conversation",)},
    "M8": {"decision": ("s42_decided",), "plan": ("plan_reviewed",)},
    "M9": {"offered": ("experience_feedback",)},
    "M10": {"by_choice": ("risk_discussed",)},
    "M13": {"expired": ("outcomes_conversation",)},
    "M15": {"": ("outcomes_conversation",)},
}
"""The event types that a source must be able to supply, for a whole measure ("") or a part.

Where it can't, the unit is left out: that nothing is on record then says nothing about practice.
"""
