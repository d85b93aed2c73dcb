"""Puts the measures together for publication: rounded, with no case and no count that tells one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from msp_rules.audit.documents import ruleset_row
from msp_rules.audit.measures.counting import (
    GROUPINGS,
    NOT_SAID,
    BoardMeasures,
    MeasureCounts,
    PartKey,
    parts_of,
)
from msp_rules.audit.measures.definitions import MEASURES
from msp_rules.audit.measures.document import SCHEMA, measure_of, part_words
from msp_rules.audit.measures.publication import (
    ALL,
    COUNTED,
    NOT_PUBLISHED,
    OTHERS,
    ShownMeasures,
    groupings_of,
    name_of,
    shown_measures,
)
from msp_rules.audit.measures.published_tables import published_no_enquiry, published_not_met
from msp_rules.audit.measures.shares import NO_SHARE
from msp_rules.audit.publication import Scheme
from msp_rules.casework.moments import iso_date
from msp_rules.rules.language.rule import Ruleset

METHODS: Final[Mapping[Scheme, str]] = {
    Scheme.NEAREST_5: (
        "Counts below 5, nought included, are marked [c]; all others are rounded to the nearest 5."
    ),
    Scheme.HES: (
        "Counts from 1 to 7 are marked *; nought is shown; all others are rounded to the nearest 5."
    ),
}
"""The methods of publication, in words."""
NOTES: Final = (
    "A total is marked, too, where it would give a marked count away: by agency, quarter, capacity "
    "or partner, alone or together.",
    "Percentages are of unrounded counts, to no places, and stand only where they give no marked "
    "count away.",
    "Publish a period once, by one scheme: two publications of it may give away what each hides.",
)
"""The words about the method that hold for both."""


def published_document(found: BoardMeasures, ruleset: Ruleset, scheme: Scheme) -> dict[str, Any]:
    """Gives `measures.json` as it may be published."""
    counts, groups = found.counts, _groups(found.counts, ruleset)
    shown = shown_measures(counts, groups, scheme)
    now = (found.as_of.day, scheme)
    return {
        "schema": SCHEMA,
        "publication": scheme.value,
        "method": [METHODS[scheme], *NOTES],
        "as_of": iso_date(found.as_of.day),
        "ruleset": ruleset_row(ruleset),
        "complete": found.is_whole,
        "not_supplied": list(found.not_supplied),
        "not_published": [
            {"measure": measure, "part": part, "reason": reason}
            for (measure, part), reason in NOT_PUBLISHED.items()
        ],
        "measures": [
            measure_of(measure, parts)
            for measure in MEASURES
            if (parts := [*_parts(measure, counts, groups, shown)])
        ],
        "no_enquiry": published_no_enquiry(counts.no_enquiry, groups, ruleset.vocabulary, now),
        "not_met": published_not_met(counts.not_met, ruleset.vocabulary, scheme),
        "surveys": [],
    }


def _groups(counts: MeasureCounts, ruleset: Ruleset) -> Mapping[str, Sequence[str]]:
    """Names all groups there are: that one stands in a table says nothing about its counts."""
    seen = {
        grouping: {name for groups in counts.groups.values() for name in groups[grouping]}
        for grouping in GROUPINGS
    }
    concerns = counts.no_enquiry.concerns
    seen["agency"] |= {one.agency for one in concerns}
    seen["capacity"] = {"lacked", "had", "not_known"}
    seen["partner"] |= {*ruleset.vocabulary.enums["referrer_type"], NOT_SAID}
    seen["partner"] |= {one.referrer for one in concerns}
    return {grouping: sorted(names) for grouping, names in seen.items()}


def _parts(
    measure: str,
    counts: MeasureCounts,
    groups: Mapping[str, Sequence[str]],
    shown: ShownMeasures,
) -> list[dict[str, Any]]:
    return [
        part_words(key[1], MEASURES[measure].parts[key[1]])
        | _row(shown, key)
        | _percent(shown, key, counts)
        | {
            "by": {
                grouping: [
                    {"name": name, **_row(shown, key, grouping, name)} for name in groups[grouping]
                ]
                for grouping in groupings_of(key)
            }
        }
        for key in parts_of(measure)
        if key not in NOT_PUBLISHED
    ]


def _row(shown: ShownMeasures, key: PartKey, grouping: str = "", name: str = "") -> dict[str, Any]:
    """Gives the counts of a part or group; None where a count is in no table."""
    return {
        which: shown.counts.get(name_of(key, which, grouping, name))
        for which in (COUNTED, OTHERS, ALL)
    } | dict(NO_SHARE)


def _percent(shown: ShownMeasures, key: PartKey, counts: MeasureCounts) -> dict[str, Any]:
    count = counts.parts[key]
    if key not in shown.with_percentage or not count.denominator:
        return {}
    return {"percent": round(100 * count.numerator / count.denominator)}
