"""A small sound ruleset with the files beside its rules, for tests that break them."""

from pathlib import Path

RULESET_TEXT = """\
ruleset: small
title: A small ruleset
version: "1.0.0"
nation: England
sources:
  resource: "A resource for boards"
  guidance: "Some guidance"
settings:
  office_close: "17:00"
  temporary_codes: [unsafe]
  max_temporary_reason:
    unit: working_days
    values:
      - {from: 2015-04-01, value: 10, basis: assumed, source: "project decision"}
"""
RULE_TEXT = """\
rule: EX-01
title: The adult is asked
kind: good_practice
severity: flag
principles: [empowerment]
audit_questions: [Q1]
cites:
  - {source: resource, at: "Step 9"}
  - {source: guidance, at: "14.93"}
status: trial
review_by: 2027-11-30
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
prompt:
  summary: "Has anyone asked what the adult wants?"
  urgency: info
  ask_at: [concern_raised]
  roles: [worker]
finding: "That the adult was asked is not evidenced in the record."
examples:
  - name: asked
    as_of: 2026-03-31
    given:
      - concern_raised: {occurred: 2026-01-05}
      - outcomes_conversation: {occurred: 2026-01-06, asked: asked_expressed}
    then: met
"""
OTHER_RULE_TEXT = RULE_TEXT.replace("EX-01", "EX-02").replace(
    "review_by: 2027-11-30\n", "review_by: 2027-11-30\nenabled: false\n"
)
CITATIONS_TEXT = """\
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
COVERAGE_TEXT = """\
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
TEXTS = {
    "ruleset.yaml": RULESET_TEXT,
    "rules/EX-01.yaml": RULE_TEXT,
    "rules/EX-02.yaml": OTHER_RULE_TEXT,
    "citations.yaml": CITATIONS_TEXT,
    "coverage.yaml": COVERAGE_TEXT,
}


def written(folder: Path, file: str = "", old: str = "", new: str = "") -> Path:
    """The ruleset in a folder called `small`, one of its files changed."""
    target = folder / "small"
    for name, text in TEXTS.items():
        assert name != file or old in text
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace(old, new, 1) if name == file else text)
    return target
