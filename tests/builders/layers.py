"""A small ruleset with a floor, overlays over it, and a next release of it."""

from __future__ import annotations

import random
import shutil
from datetime import date, timedelta
from pathlib import Path

from msp_rules.authoring.upgrade.fields import Choice
from msp_rules.authoring.upgrade.upgrade import Upgrade, upgrade
from msp_rules.rules import load_layers
from msp_rules.rules.language.rule import Layer
from msp_rules.rules.layers.layers import Stack
from tests.builders.ruleset import rule_text, write_ruleset

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
_ASKED = """\
  - name: asked
    as_of: 2026-03-31
    given:
      - concern_raised: {id: e1, occurred: 2026-01-05, earlier_concerns_6_months: 0}
      - enquiry_started: {occurred: 2026-01-05, kind: s42}
      - outcomes_conversation: {occurred: 2026-01-06, asked: asked_expressed}
      - outcomes_conversation: {occurred: 2026-01-06, asked: asked_expressed}
    then: VERDICT
"""
_FLOOR_BLOCKS = """\
floor: true
parameters:
  within:
    unit: working_days
    range: [0, 20]
    values:
      - {from: 2015-04-01, value: 5, basis: published, source: "a national paper"}
  stands:
    unit: working_days
    range: [0, 30]
    values:
      - {from: 2015-04-01, value: 10, basis: assumed, source: "project decision"}
  times:
    unit: count
    range: [1, 5]
    values:
      - {from: 2015-04-01, value: 2, basis: published, source: "a national paper"}
  reasons:
    unit: codes
    values:
      - {from: 2015-04-01, value: [unsafe, other], basis: published, source: "a paper"}
  shown:
    unit: count
    range: [0, 9]
    values:
      - {from: 2015-04-01, value: 3, basis: published, source: "a national paper"}
each: concern_raised
applies_when:
  this: {earlier_concerns_6_months: {at_most: $shown}}
expect:
  count: outcomes_conversation
  where: {asked: [asked_expressed, asked_none_expressed]}
  at_least: $times
due: {within: $within, of: this}
explained_when:
  any:
    - recorded: explanation
      codes: $reasons
    - recorded: outcomes_conversation
      where: {asked: not_asked}
      stands_for: $stands
cannot_tell_when: {count: case_closed, at_least: 1, at_most: $shown}
"""
_PLAIN_BLOCKS = """\
parameters:
  within:
    unit: working_days
    range: [0, 20]
    values:
      - {from: 2015-04-01, value: 5, basis: published, source: "a national paper"}
each: concern_raised
applies_when: {concept: enquiry_open}
expect: {recorded: outcomes_conversation}
due: {within: $within, of: this}
if_none:
  applies_when: {concept: enquiry_open}
  due: {at: {first: enquiry_started}}
"""
_OFF_BLOCKS = """\
enabled: false
expect: {recorded: outcomes_conversation}
"""
_RULES = (
    rule_text("FL-01", _FLOOR_BLOCKS, examples=_ASKED.replace("VERDICT", "met")),
    rule_text("PL-01", _PLAIN_BLOCKS, examples=_ASKED.replace("VERDICT", "met")),
    rule_text("OF-01", _OFF_BLOCKS, examples=_ASKED.replace("VERDICT", "met_late")),
)

HEAD = """\
overlay: {id}
title: A local overlay
version: "1.0.0"
extends: {{id: {below.id}, version: "{below.version}", sha256: "{below.sha256}"}}
because: The board decided so
approved_by: The board
review_by: 2027-03-31
"""
WHY = "because: The board decided so, approved_by: The board"
_WHY_LINES = WHY.replace(", ", "\n    ")
COMMENTED = f"""\
# What the board wants.
changes:
  # A shorter time.
  - rule: PL-01
    parameters:
      within:            # in working days
        - {{from: 2026-01-01, value: 2, basis: local, source: "board"}}
    {_WHY_LINES}
  # And heavier.
  - rule: FL-01
    severity: statutory
    {_WHY_LINES}

# Until the new system is there.
waivers:
  - name: new system
    rules: [PL-01, OF-01]
    expires: 2027-01-01
    {_WHY_LINES}
"""
"""An overlay's changes and waivers with the comments of whoever wrote them."""


def write_base(folder: Path) -> Path:
    """Writes the ruleset with a floor in `folder`/small."""
    return write_ruleset(folder / "small", *_RULES, concepts=(CONCEPT,))


def top_layer(base: Path, *overlays: Path) -> Layer:
    """Gives the layer that the next overlay would extend."""
    return load_layers(base, overlays).ruleset.layers[-1]


def write_overlay(folder: Path, name: str, below: Layer, body: str) -> Path:
    """Writes an overlay over `below`: the usual head, and `body`."""
    path = folder / f"{name}.yaml"
    path.write_text(HEAD.format(id=name, below=below) + body)
    return path


def release(base: Path, folder: Path, *edits: tuple[str, str, str], version: str = "1.1.0") -> Path:
    """Copies the ruleset as its next release.

    Each edit names a file, a text that must be in it, and what stands there in the new release.
    """
    target = folder / base.name
    shutil.copytree(base, target)
    for file, old, new in (("ruleset.yaml", '"1.0.0"', f'"{version}"'), *edits):
        path = target / file
        text = path.read_text()
        assert old in text, (file, old)
        path.write_text(text.replace(old, new, 1))
    return target


def previewed(overlay: Path, base: Path, target: Path, **decisions: str) -> Upgrade:
    """Previews an upgrade, with decisions as `PL_01__within="keep"`."""
    chosen = {
        key.replace("__", ".").replace("_01", "-01"): Choice(value)
        for key, value in decisions.items()
    }
    return upgrade(overlay, Stack(base), Stack(target), chosen)


def random_entries(random_: random.Random) -> list[tuple[str, str]]:
    """Draws changes, filters and waivers (part and text), no two of which set the same thing."""
    day = date(2026, 1, 1) + timedelta(days=random_.randrange(300))
    number = random_.randint(0, 20)
    row = f"{{from: {day}, value: {number}, basis: local, source: x}}"
    until = f"expires: {day + timedelta(days=random_.randrange(200))}, {WHY}"
    entries = [
        ("changes", f"{{rule: PL-01, parameters: {{within: [{row}]}}, {WHY}}}"),
        ("changes", f"{{rule: PL-01, severity: statutory, from: {day}, {until}}}"),
        ("changes", f"{{rule: PL-01, enabled: false, {until}}}"),
        ("changes", f"{{rule: OF-01, enabled: true, {WHY}}}"),
        ("changes", f"{{rule: FL-01, parameters: {{stands: [{row}]}}, {WHY}}}"),
        ("changes", f"{{rule: FL-01, severity: statutory, {until}}}"),
        ("filters", f"{{name: f1, rules: PL-01, when: {{recorded: s42_decided}}, {until}}}"),
        ("filters", f"{{name: f2, rules: [OF-01], when: {{recorded: police_referral}}, {until}}}"),
        ("waivers", f"{{name: w1, rules: [PL-01, OF-01], team: a, {until}}}"),
        ("waivers", f"{{name: w2, rules: OF-01, agency: [council, police], {until}}}"),
    ]
    return random_.sample(entries, random_.randint(2, 7))


def as_body(entries: list[tuple[str, str]]) -> str:
    """Writes entries as the body of an overlay, part by part."""
    parts = ("changes", "filters", "waivers")
    texts = {part: [text for kind, text in entries if kind == part] for part in parts}
    return "".join(
        f"{part}:\n" + "".join(f"  - {text}\n" for text in rows)
        for part, rows in texts.items()
        if rows
    )
