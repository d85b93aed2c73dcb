"""An export and an overlay with texts that a browser or a spreadsheet might run, in every place."""

from __future__ import annotations

from pathlib import Path

from lxml import etree

from msp_rules.casework.vocabulary import FieldKind, core_vocabulary
from msp_rules.rules import load_layers, shipped_ruleset
from msp_rules.rules.language.rule import Ruleset
from tests.support.reported import core_rules

SCRIPT = "<script>alert(1)</script>"
FORMULA = '=HYPERLINK("x:y","z")'
ELEMENT = '"><img src=x onerror=alert(1)>'
CANARIES = (SCRIPT, FORMULA, ELEMENT, "+1+1", "-1+1", "@SUM(A1)", "\t=1+1")
_NS = "{urn:msp-rules:case-export:1}"
_LOCAL_RULE = """\
rules:
  - rule: X-HOSTILE-01
    title: {title}
    kind: local
    severity: advice
    principles: [empowerment]
    audit_questions: [Q1]
    cites: [{{source: hostile, at: {at}}}]
    status: trial
    review_by: 2027-03-31
    each: concern_raised
    expect: {{recorded: meeting_held}}
    due: {{within: "3 working_days", of: this}}
    prompt:
      summary: "Was there a meeting?"
      urgency: info
      ask_at: [concern_raised]
      roles: [worker]
    finding: {finding}
    examples:
      - name: a meeting
        as_of: 2026-03-31
        given:
          - concern_raised: {{id: e1, occurred: 2026-01-05}}
          - meeting_held: {{occurred: 2026-01-05}}
        then: met
"""


def write_hostile_export(source: Path, target: Path) -> None:
    """Another export with hostile ids, teams, texts and codes in every place that takes a text."""
    root = etree.parse(source)
    texts = {
        (kind.name, field.name)
        for kind in core_vocabulary().events.values()
        for field in kind.fields.values()
        if field.kind is FieldKind.TEXT and (kind.name, field.name) != ("explanation", "rule")
    }
    for number, case in enumerate(root.iterfind(f"{_NS}case")):
        canary = CANARIES[number % len(CANARIES)]
        case.set("id", f"{canary}{number}")
        case.set("team", canary)
        case.find(f"{_NS}adult").set("ref", canary)
        renamed = {}
        for place, event in enumerate(case.iterfind("*[@id]")):
            renamed[event.get("id")] = f"{canary} {place}"
            event.set("id", renamed[event.get("id")])
        for event in case.iterfind("*[@occurred]"):
            kind = etree.QName(event).localname
            if event.get("supersedes"):
                event.set("supersedes", renamed.get(event.get("supersedes"), canary))
            for field in event:
                name = etree.QName(field).localname
                if (kind, name) in texts:
                    field.text = canary
                elif field.text in renamed:
                    field.text = renamed[field.text]
        if number % 5 == 4:  # and what can't be read
            etree.SubElement(case[-1], f"{_NS}kind").text = canary
    root.write(target, encoding="utf-8", xml_declaration=True)


def hostile_rules(folder: Path) -> Ruleset:
    """The core under an overlay whose every text is hostile; it waives and filters findings."""
    below = core_rules().layers[-1]
    why = f"because: {_quoted(SCRIPT)}, approved_by: {_quoted(FORMULA)}, expires: 2027-01-01"
    body = (
        f"overlay: hostile\ntitle: {_quoted(SCRIPT)}\nversion: '1.0.0'\n"
        f'extends: {{id: {below.id}, version: "{below.version}", sha256: "{below.sha256}"}}\n'
        f"because: {_quoted(FORMULA)}\napproved_by: {_quoted(ELEMENT)}\nreview_by: 2027-03-31\n"
        f"sources: {{hostile: {_quoted(ELEMENT)}}}\n"
        f"waivers:\n  - {{name: {_quoted(FORMULA)}, rules: [COM-01, INV-02], {why}}}\n"
        f"filters:\n  - {{name: {_quoted(ELEMENT)}, rules: [DUR-01], "
        f"when: {{case: {{agency: council}}}}, {why}}}\n"
        + _LOCAL_RULE.format(
            title=_quoted(FORMULA), at=_quoted(SCRIPT), finding=_quoted(f"{ELEMENT} by {{due}}.")
        )
    )
    path = folder / "hostile.yaml"
    path.write_text(body)
    return load_layers(shipped_ruleset("msp-core"), [path]).ruleset


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
