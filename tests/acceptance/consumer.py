"""A host in twenty lines, as its developers would write it: it imports the face alone."""

import json
import sys
from datetime import UTC, datetime

from msp_rules import Case, DeskState, Engine, Prompt, advance, from_json, load_ruleset, to_json


def asks(prompt: Prompt) -> str:
    return f"{prompt.urgency}: {prompt.summary}\n"


engine = Engine(load_ruleset("msp-core"), matcher="python")
case = from_json(Case, sys.stdin.read())
noon = datetime(2026, 1, 5, 12, tzinfo=UTC)
state, changes = advance(engine, case, DeskState(case=case.id), noon)
kept: str = json.dumps(to_json(state))
assert from_json(DeskState, kept) == state
sys.stdout.writelines(sorted(asks(one.prompt) for one in changes))
