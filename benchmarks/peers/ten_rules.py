"""States ten rules in the rule language, and prepares cases for engines that know no cases.

A prepared case is a table of its events in force: their types, the days since the first concern,
and one code. The ten rules need no more, and are without limits of their own: what is
not evidenced is found at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

from msp_rules.casework.case import Case
from msp_rules.casework.moments import Cutoff
from msp_rules.casework.visibility import in_force
from msp_rules.intake.export_xml import open_export
from msp_rules.rules.language.rule import Ruleset
from tests.builders.ruleset import rule_text, ruleset_of

TALK_WITHIN_DAYS: Final = 14
REVIEW_WITHIN_DAYS: Final = 90
_BLOCKS: Final = (
    """\
applies_when: {recorded: case_closed}
expect: {recorded: outcomes_conversation}
""",
    """\
applies_when: {recorded: case_closed}
expect: {recorded: outcome_reviewed}
""",
    """\
applies_when: {recorded: capacity_assessed, where: {conclusion: lacks_capacity}}
expect: {recorded: best_interests_decided}
""",
    """\
applies_when: {recorded: case_closed}
expect: {count: contact_with_adult, where: {result: spoke}, at_least: 2}
""",
    """\
applies_when: {recorded: s42_decided, where: {result: s42_enquiry}}
expect: {recorded: enquiry_started}
""",
    """\
applies_when: {recorded: risk_assessed, where: {level: high}}
expect: {any: [{recorded: plan_made}, {recorded: no_plan_needed}]}
""",
    f"""\
applies_when: {{recorded: concern_raised}}
expect:
  recorded: outcomes_conversation
  within: {{limit: {TALK_WITHIN_DAYS} calendar_days, of: {{first: concern_raised}}}}
""",
    """\
applies_when: {all: [{recorded: outcomes_conversation}, {recorded: s42_decided}]}
expect: {recorded: outcomes_conversation, through_day: {first: s42_decided}}
""",
    """\
applies_when: {recorded: advocacy_considered, where: {conclusion: independent_advocate}}
expect: {recorded: advocate_contribution}
""",
    f"""\
applies_when: {{all: [{{recorded: plan_made}}, {{recorded: concern_raised}}]}}
expect:
  recorded: plan_reviewed
  within: {{limit: {REVIEW_WITHIN_DAYS} calendar_days, of: {{first: concern_raised}}}}
""",
)
NAMES: Final = tuple(f"TEN-{number:02}" for number in range(1, len(_BLOCKS) + 1))
"""The ids of the ten rules."""
_CODES: Final = ("conclusion", "result", "level")

Findings = tuple[str, ...]
"""The rules that find something in one case, in the order of their names."""


class Fact(NamedTuple):
    """One event of a prepared case."""

    id: str
    """The id of the event."""
    type: str
    """The type of the event."""
    day: int
    """The number of days since the first concern, or since the first event where there is none."""
    code: str
    """The conclusion, result or level; empty where it has none."""


class Prepared(NamedTuple):
    """Cases in both forms."""

    cases: list[Case]
    """The cases as they were read."""
    facts: list[list[Fact]]
    """The events in force of each."""
    as_of: Cutoff
    """The moment as of which all are judged."""


def ten_rules(folder: Path) -> Ruleset:
    """Writes the ten rules into a folder, and loads them."""
    texts = [
        rule_text(name, f"{blocks}due: no_limit\n")
        for name, blocks in zip(NAMES, _BLOCKS, strict=True)
    ]
    return ruleset_of(folder, *texts)


def prepared(export: Path, most: int) -> Prepared:
    """Reads the first cases of an export, in both forms."""
    with open_export(export) as reader:
        cases = list(islice(reader, most))
        assert reader.header is not None
        as_of = reader.header.reference_date
    assert as_of is not None
    return Prepared(cases, [list(_facts(case, as_of)) for case in cases], as_of)


def _facts(case: Case, as_of: Cutoff) -> Iterator[Fact]:
    by_type = in_force(case, as_of).by_type
    events = [event for one in by_type.values() for event in one if event.moment is not None]
    days = [event.moment.day for event in events if event.moment is not None]
    concerns = [one.moment.day for one in by_type.get("concern_raised", ()) if one.moment]
    start = min(concerns or days or [0])
    for event, day in zip(events, days, strict=True):
        code = next((event.fields[name] for name in _CODES if name in event.fields), "")
        yield Fact(event.id, event.type, day - start, str(code))


def as_table(facts: Iterable[Fact]) -> Mapping[str, object]:
    """Gives a prepared case as an object of JSON."""
    return {"events": [one._asdict() for one in facts]}
