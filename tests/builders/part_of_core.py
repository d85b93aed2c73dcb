"""A few files of the core ruleset with just enough around it to be loaded, for frequent loads."""

import re
from pathlib import Path

from msp_rules.rules import shipped_ruleset

CORE = shipped_ruleset("msp-core")
_KEPT = "RISK-01"
_STUB = """\
rule: {id}
title: A stand-in
kind: local
severity: advice
principles: [protection]
audit_questions: []
cites: [{cites}]
status: draft
review_by: 2027-11-30
expect: {{recorded: concern_raised}}
prompt: {{summary: "Well?", urgency: info, ask_at: [any], roles: [worker]}}
finding: "That is not evidenced in the record."
examples: []
"""


def write_part_of_core(folder: Path, *names: str) -> Path:
    """The folder of a ruleset that holds some files as they ship, and what these name.

    A stand-in for a rule cites every source, so that a slip in a source's id is missed. The
    suspensions are left out unless ruleset.yaml is asked for, and then keep one rule.
    """
    main = text_of("ruleset.yaml")
    if "ruleset.yaml" in names:
        main = re.sub(r"keeps: \[[^]]+\]", f"keeps: [{_KEPT}]", main)
    else:
        main = main[: main.index("suspend_when:")]
    sources = re.findall(
        r"^  ([\w-]+): \"", main[main.index("sources:") : main.index("settings:")], re.M
    )
    cites = ", ".join(f'{{source: {one}, at: "here"}}' for one in sources)
    files = {"ruleset.yaml": main, f"rules/{_KEPT}.yaml": _STUB.format(id=_KEPT, cites=cites)}
    waiting = [*names, *_concepts_named(main)]
    while waiting:
        one = waiting.pop()
        if one not in files:
            files[one] = text_of(one)
            waiting += _concepts_named(files[one])
    for one, text in files.items():
        (folder / one).parent.mkdir(parents=True, exist_ok=True)
        (folder / one).write_text(text, encoding="utf-8")
    return folder


def _concepts_named(text: str) -> list[str]:
    used = re.findall(r"concept: (\w+)(?=[,}\n])", text)
    return [f"concepts/{concept}.yaml" for concept in used]


def text_of(name: str) -> str:
    return (CORE / name).read_text(encoding="utf-8")
