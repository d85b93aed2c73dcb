"""Capacity, best interests, and who supports the adult."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msp_rules.steps.days import read_occurrence
from msp_rules.steps.record_steps import entry
from msp_rules.steps.record_words import code_of
from msp_rules.steps.sentence import Kind, Sentence, Table
from msp_rules.steps.story import Story

_ABILITIES: Final = {"understand": "yes", "retain": "yes", "weigh": "yes", "communicate": "yes"}
_DECISION: Final = {"decision": "whether to stay at the home", "decision_kind": "residence_or_care"}
_LACKS: Final = {"conclusion": "lacks_capacity", "impairment": "as noted", "link_made": "yes"}
_HELP: Final = {"support_given": ["pictures"]}
_SUPPORTER: Final = {"difficulty": ["weighing"], "conclusion": "appropriate_person"}


def _advocacy(story: Story, blanks: Mapping[str, str], _: Table) -> None:
    codes = story.rules.vocabulary.events["advocacy_considered"].fields["conclusion"].codes
    conclusion = code_of(blanks["code"], codes, "conclusion")
    when = read_occurrence(blanks.get("when", ""))
    story.tell("advocacy_considered", {"conclusion": conclusion}, when)


CAPACITY: Final = (
    Sentence(
        kind=Kind.GIVEN,
        words="advocacy was considered and CODE was the conclusion [WHEN]",
        means="advocacy_considered with that conclusion",
        run=_advocacy,
    ),
    entry("capacity was considered", "capacity_considered", view="no_reason_to_doubt"),
    entry("a doubt about capacity was noted", "capacity_considered", view="doubt"),
    entry(
        "a full assessment followed",
        "capacity_assessed",
        **_ABILITIES,
        **_DECISION,
        **_HELP,
        conclusion="has_capacity",
    ),
    entry(
        "an assessment without the help given followed",
        "capacity_assessed",
        **_ABILITIES,
        **_DECISION,
        conclusion="has_capacity",
    ),
    entry("a blanket assessment followed", "capacity_assessed", **_LACKS),
    entry(
        "an assessment in a filed document followed",
        "capacity_assessed",
        **_LACKS,
        document="FORM-1",
    ),
    entry(
        "the adult was found to lack capacity",
        "capacity_assessed",
        **(_ABILITIES | {"weigh": "no"}),
        **_DECISION,
        **_HELP,
        **_LACKS,
    ),
    entry(
        "the adult was found to lack capacity to be protected",
        "capacity_assessed",
        **_ABILITIES,
        **_HELP,
        **_LACKS,
        decision_kind="protective_measure",
    ),
    entry(
        "a best-interests decision left out the adult's wishes",
        "best_interests_decided",
        consulted=["family"],
        option=["stay", "go"],
        less_restrictive_considered="yes",
    ),
    entry(
        "the adult was thought able to take full part",
        "advocacy_considered",
        no_difficulty="yes",
        conclusion="not_needed",
        reason="Takes full part.",
    ),
    entry(
        "no advocate was free, which was escalated",
        "advocate_status",
        kind="care_act",
        state="unavailable",
        escalated="yes",
    ),
    entry("the adult declined the advocate", "advocate_status", kind="care_act", state="declined"),
    entry(
        "the adult's supporter was a friend",
        "advocacy_considered",
        **_SUPPORTER,
        appropriate_person="friend",
        adult_agrees="yes",
    ),
    entry(
        "the adult's supporter was a paid carer",
        "advocacy_considered",
        **_SUPPORTER,
        appropriate_person="other_professional",
        appropriate_person_paid="yes",
    ),
    entry(
        "the adult's supporter was the person suspected",
        "advocacy_considered",
        **_SUPPORTER,
        appropriate_person="family",
        appropriate_person_is_source="yes",
    ),
    entry(
        "the adult's supporter was somebody the adult rejected",
        "advocacy_considered",
        **_SUPPORTER,
        appropriate_person="family",
        adult_agrees="no",
    ),
    entry(
        "the adult's supporter was somebody of whom no more is said",
        "advocacy_considered",
        **_SUPPORTER,
        appropriate_person="friend",
    ),
)
"""Sentences about capacity and advocacy."""
