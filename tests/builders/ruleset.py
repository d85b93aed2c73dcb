"""Small rulesets, written file by file: a test gives only what is particular to it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from msp_rules.rules import load_ruleset
from msp_rules.rules.language.rule import Ruleset

SMALL_RULESET = """\
ruleset: small
title: A small ruleset
version: "1.0.0"
nation: England
sources:
  care-act: "Care Act 2014"
settings:
  office_close: "17:00"
  temporary_codes: [unsafe]
  max_temporary_reason:
    unit: working_days
    values:
      - {from: 2015-04-01, value: 10, basis: assumed, source: "project decision"}
"""
_HEAD = """\
title: {title}
kind: good_practice
severity: {severity}
principles: [empowerment]
audit_questions: [{questions}]
cites:
{cites}
status: trial
review_by: 2027-11-30
"""
_TAIL = """\
prompt:
  summary: "Has anyone asked?"
  urgency: info
  ask_at: [concern_raised]
  roles: [worker]
finding: "That the adult was asked is not evidenced in the record by {{due}}."
examples:{examples}
"""


def rule_text(
    name: str,
    blocks: str,
    *,
    title: str = "The adult is asked",
    severity: str = "flag",
    questions: str = "Q1",
    cites: tuple[str, ...] = ('{source: care-act, at: "s42"}',),
    examples: str = "",
) -> str:
    """Gives the text of a rule: its own blocks, and around them what every rule needs.

    `blocks` stands between the head and the prompt, `examples` below its key, both as YAML;
    without examples the list is empty.
    """
    cited = "\n".join(f"  - {one}" for one in cites)
    head = _HEAD.format(title=title, severity=severity, questions=questions, cites=cited)
    tail = _TAIL.format(examples=f"\n{examples.rstrip()}" if examples else " []")
    return f"rule: {name}\n{head}{blocks}{tail}"


def write_files(folder: Path, files: Mapping[str, str]) -> Path:
    """Writes the files of a ruleset, by name; gives the folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def write_ruleset(
    folder: Path, *texts: str, concepts: tuple[str, ...] = (), more: str = ""
) -> Path:
    """Writes a ruleset of these rules and concepts; `more` follows the usual ruleset.yaml.

    Each text names its own file, by the id in its first line.
    """
    files = {"ruleset.yaml": SMALL_RULESET + more}
    for kind, group in (("rules", texts), ("concepts", concepts)):
        for text in group:
            name = text.partition("\n")[0].partition(": ")[2]
            files[f"{kind}/{name}.yaml"] = text
    return write_files(folder, files)


def ruleset_of(
    folder: Path, *texts: str, concepts: tuple[str, ...] = (), more: str = ""
) -> Ruleset:
    """Writes a ruleset as `write_ruleset` does, and loads it."""
    return load_ruleset(write_ruleset(folder, *texts, concepts=concepts, more=more))
