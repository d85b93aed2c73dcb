"""A small ruleset with a floor, and overlays over it, as text: for tests of layers."""

from __future__ import annotations

from pathlib import Path

from msp_rules.rules import load_layers
from msp_rules.rules.language.rule import Layer
from tests.builders.small_ruleset import SMALL_RULESET

CONCEPT = """\
concept: enquiry_open
title: An enquiry has started
holds_when: {recorded: enquiry_started}
examples:
  - name: started
    as_of: 2026-03-31
    given: [{enquiry_started: {occurred: 2026-01-08, kind: s42}}]
    then: "yes"
"""
_HEAD = """\
title: The adult is asked
kind: good_practice
severity: flag
principles: [empowerment]
audit_questions: [Q1]
cites:
  - {source: care-act, at: "s42"}
status: trial
review_by: 2027-11-30
"""
_TAIL = """\
prompt:
  summary: "Has anyone asked?"
  urgency: info
  ask_at: [concern_raised]
  roles: [worker]
finding: "That the adult was asked is not evidenced in the record by {due}."
examples:
  - name: asked
    as_of: 2026-03-31
    given:
      - concern_raised: {id: e1, occurred: 2026-01-05, earlier_concerns_6_months: 0}
      - enquiry_started: {occurred: 2026-01-05, kind: s42}
      - outcomes_conversation: {occurred: 2026-01-06, asked: asked_expressed}
      - outcomes_conversation: {occurred: 2026-01-06, asked: asked_expressed}
    then: met
"""
FLOOR = f"""\
rule: FL-01
floor: true
{_HEAD}parameters:
  within:
    unit: working_days
    range: [0, 20]
    values:
      - {{from: 2015-04-01, value: 5, basis: published, source: "a national paper"}}
  stands:
    unit: working_days
    range: [0, 30]
    values:
      - {{from: 2015-04-01, value: 10, basis: assumed, source: "project decision"}}
  times:
    unit: count
    range: [1, 5]
    values:
      - {{from: 2015-04-01, value: 2, basis: published, source: "a national paper"}}
  reasons:
    unit: codes
    values:
      - {{from: 2015-04-01, value: [unsafe, other], basis: published, source: "a paper"}}
  shown:
    unit: count
    range: [0, 9]
    values:
      - {{from: 2015-04-01, value: 3, basis: published, source: "a national paper"}}
each: concern_raised
applies_when:
  this: {{earlier_concerns_6_months: {{at_most: $shown}}}}
expect:
  count: outcomes_conversation
  where: {{asked: [asked_expressed, asked_none_expressed]}}
  at_least: $times
due: {{within: $within, of: this}}
explained_when:
  any:
    - recorded: explanation
      codes: $reasons
    - recorded: outcomes_conversation
      where: {{asked: not_asked}}
      stands_for: $stands
cannot_tell_when: {{count: case_closed, at_least: 1, at_most: $shown}}
{_TAIL}"""
PLAIN = f"""\
rule: PL-01
{_HEAD}parameters:
  within:
    unit: working_days
    range: [0, 20]
    values:
      - {{from: 2015-04-01, value: 5, basis: published, source: "a national paper"}}
each: concern_raised
applies_when: {{concept: enquiry_open}}
expect: {{recorded: outcomes_conversation}}
due: {{within: $within, of: this}}
if_none:
  applies_when: {{concept: enquiry_open}}
  due: {{at: {{first: enquiry_started}}}}
{_TAIL}"""
OFF = f"""\
rule: OF-01
enabled: false
{_HEAD}expect: {{recorded: outcomes_conversation}}
{_TAIL.replace("then: met", "then: met_late")}"""

HEAD = """\
overlay: {id}
title: A local overlay
version: "1.0.0"
extends: {{id: {below.id}, version: "{below.version}", sha256: "{below.sha256}"}}
because: The board decided so
approved_by: The board
review_by: 2027-03-31
"""
HEAD_LINES = HEAD.count("\n")
WHY = "because: The board decided so, approved_by: The board"


def write_base(folder: Path) -> Path:
    """The small ruleset in `folder`/small."""
    root = folder / "small"
    for part in ("rules", "concepts"):
        (root / part).mkdir(parents=True)
    (root / "ruleset.yaml").write_text(SMALL_RULESET)
    (root / "concepts/enquiry_open.yaml").write_text(CONCEPT)
    for text in (FLOOR, PLAIN, OFF):
        name = text.splitlines()[0].removeprefix("rule: ")
        (root / f"rules/{name}.yaml").write_text(text)
    return root


def top_layer(base: Path, *overlays: Path) -> Layer:
    """The layer that the next overlay would extend."""
    return load_layers(base, overlays).ruleset.layers[-1]


def write_overlay(folder: Path, name: str, below: Layer, body: str) -> Path:
    """An overlay over `below`: the usual head, and `body`."""
    path = folder / f"{name}.yaml"
    path.write_text(HEAD.format(id=name, below=below) + body)
    return path
