"""Sound rulesets for tests that spoil them: each test changes one text in one file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.builders.ruleset import SMALL_RULESET, rule_text, write_files

RULESET, RULE = "ruleset.yaml", "rules/EX-01.yaml"
CONCEPT = "concepts/nobody_identified.yaml"
_CONCEPT = """\
concept: nobody_identified
title: No adult is identified
holds_when:
  all:
    - recorded: concern_raised
    - not_recorded: concern_raised
      where: {identified_adult: {is_not: "no"}}
examples:
  - name: nobody
    as_of: 2026-03-31
    given: [{concern_raised: {occurred: 2026-01-05, identified_adult: "no"}}]
    then: "yes"
  - name: somebody
    as_of: 2026-03-31
    given: [{concern_raised: {occurred: 2026-01-05}}]
    then: "no"
"""
_SUSPENSION = """\
suspend_when:
  - name: the enquiry is about another adult
    when: {concept: nobody_identified}
    keeps: []
"""
_BLOCKS = """\
parameters:
  ask_within:
    unit: working_days
    range: [0, 20]
    values:
      - {from: 2015-04-01, value: 2, basis: assumed, source: "project decision"}
  often:
    unit: count
    range: [0, 9]
    values:
      - {from: 2015-04-01, value: 3, basis: assumed, source: "project decision"}
each: concern_raised
applies_when:
  this: {source: {is_not: police}}
expect:
  recorded: outcomes_conversation
  where: {asked: asked_expressed}
due: {within: $ask_within, of: this}
explained_when:
  any:
    - recorded: explanation
      codes: [unsafe, adult_declined]
    - recorded: outcomes_conversation
      where: {asked: not_asked}
      standing: review_by
colour:
  not_met: amber
  red_when:
    count: concern_raised
    at_least: $often
"""
_EXAMPLES = """\
  - name: asked on the last good day
    as_of: 2026-03-31
    given:
      - concern_raised: {id: e1, occurred: 2026-01-05}
      - outcomes_conversation: {occurred: 2026-01-07, asked: asked_expressed}
    then: met
  - name: asked on the first late day
    as_of: 2026-03-31
    given:
      - concern_raised: {id: e1, occurred: 2026-01-05}
      - outcomes_conversation: {occurred: 2026-01-08, asked: asked_expressed}
    then: met_late
  - name: nobody asked
    as_of: 2026-03-31
    given:
      - concern_raised: {id: e1, occurred: 2026-01-05}
    then: not_met
  - name: it was unsafe
    as_of: 2026-01-12
    given:
      - concern_raised: {id: e1, occurred: 2026-01-05}
      - explanation: {occurred: 2026-01-06, rule: EX-01, code: unsafe, text: Reason given.}
    then: explained
  - name: the adult declined
    as_of: 2026-03-31
    given:
      - concern_raised: {id: e1, occurred: 2026-01-05}
      - explanation: {occurred: 2026-01-06, rule: EX-01, code: adult_declined, text: Reason given.}
    then: explained
  - name: not asked yet
    as_of: 2026-01-12
    given:
      - concern_raised: {id: e1, occurred: 2026-01-05}
      - outcomes_conversation: {occurred: 2026-01-06, asked: not_asked, review_by: 2026-01-20}
    then: explained
"""
NOTHING_TO_WARN_OF: Mapping[str, str] = {
    RULESET: SMALL_RULESET + _SUSPENSION,
    CONCEPT: _CONCEPT,
    RULE: rule_text("EX-01", _BLOCKS, examples=_EXAMPLES),
}
"""The files of a ruleset of one rule that `check` warns of in nothing."""

_CITATIONS = """\
citations: small
sources:
  resource:
    edition: "2017"
    read: whole
    places: [Step 1, Step 9, section 4]
  guidance:
    edition: "2017"
    read: second_hand
    places: ["14.92", "14.93"]
"""
_COVERAGE = """\
coverage: small
document: resource
guidance: guidance
measures:
  asking: {title: "How often people are asked", counts: [EX-01], made: "no"}
parts:
  - at: Step 1
    expectations:
      - id: S1-1
        says: The board leads.
        board_evidence: It shows in its plan.
      - id: S1-2
        says: Language is simple.
        needs_a_person: Its reader can tell.
  - at: Step 9
    expectations:
      - id: S9-1
        says: The adult is asked.
        guidance: ["14.93"]
        rules: [EX-01]
        note: Once at least.
      - id: S9-2
        says: It is known how often.
        measure: asking
beyond:
  - rules: [EX-02]
    why: It rests on the law.
"""
_ASKING = """\
parameters:
  ask_within:
    unit: working_days
    range: [0, 20]
    values:
      - {from: 2015-04-01, value: 2, basis: assumed, source: "project decision"}
each: concern_raised
expect:
  recorded: outcomes_conversation
  where: {asked: asked_expressed}
due: {within: $ask_within, of: this}
"""
_ASKED = """\
  - name: asked
    as_of: 2026-03-31
    given:
      - concern_raised: {occurred: 2026-01-05}
      - outcomes_conversation: {occurred: 2026-01-06, asked: asked_expressed}
    then: met
"""
_CITES = ('{source: resource, at: "Step 9"}', '{source: guidance, at: "14.93"}')
WITH_COMPANIONS: Mapping[str, str] = {
    RULESET: SMALL_RULESET.replace(
        '  care-act: "Care Act 2014"\n',
        '  resource: "A resource for boards"\n  guidance: "Some guidance"\n',
    ),
    RULE: rule_text("EX-01", _ASKING, cites=_CITES, examples=_ASKED),
    "rules/EX-02.yaml": rule_text(
        "EX-02", f"enabled: false\n{_ASKING}", cites=_CITES, examples=_ASKED
    ),
    "citations.yaml": _CITATIONS,
    "coverage.yaml": _COVERAGE,
}
"""The files of a ruleset that lists what its sources hold and which expectations it answers."""


def write_with_companions(folder: Path, file: str = "", old: str = "", new: str = "") -> Path:
    """Writes the ruleset with companions in `folder`/small, one of its files changed."""
    files = dict(WITH_COMPANIONS)
    if file:
        assert old in files[file]
        files[file] = files[file].replace(old, new, 1)
    return write_files(folder / "small", files)
