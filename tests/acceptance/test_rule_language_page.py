"""docs/rule-language.md: its examples are what the schemas of the package allow."""

from __future__ import annotations

import json
import re
from importlib import resources
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from tests.support.command_line import ROOT

PAGE = (ROOT / "docs/rule-language.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
WHOLE_FILES = ("ruleset", "concept", "citations", "coverage")
PARTS_OF_A_RULE = ("parameters", "due", "examples")
LEFT_OUT = "[...]"
"""Stands on the page for events that would say nothing new."""


def key_of(block: str) -> str:
    """The first key of an example, which says what it is of."""
    return block.partition(":")[0]


def schema(kind: str) -> dict[str, Any]:
    """The schema of a kind of file, as the package ships it."""
    found = resources.files("msp_rules.rules").joinpath(f"schemas/{kind}-1.json")
    loaded: dict[str, Any] = json.loads(found.read_text("utf-8"))
    return loaded


def loaded(block: str) -> dict[str, Any]:
    """An example as an ordinary reader of YAML gives it, its dates as written."""
    text = re.sub(r"\b(\d{4}-\d\d-\d\d)\b", r'"\1"', block.replace(LEFT_OUT, "[]"))
    found: dict[str, Any] = YAML(typ="safe", pure=True).load(text)
    return found


def test_the_page_has_an_example_of_each_kind() -> None:
    assert sorted(map(key_of, BLOCKS)) == sorted((*WHOLE_FILES, *PARTS_OF_A_RULE))


@pytest.mark.parametrize("block", BLOCKS, ids=key_of)
def test_an_example_of_the_page_is_allowed(block: str) -> None:
    kind = key_of(block)
    if kind in WHOLE_FILES:
        wanted = schema(kind)
    else:
        rule = schema("rule")
        wanted = {"properties": {kind: rule["properties"][kind]}, "$defs": rule["$defs"]}

    wrong = [error.message for error in Draft202012Validator(wanted).iter_errors(loaded(block))]

    assert wrong == []


@pytest.mark.parametrize("block", BLOCKS, ids=key_of)
def test_an_example_with_another_key_is_not_allowed(block: str) -> None:
    kind = key_of(block)
    document = loaded(block)
    if kind in WHOLE_FILES:
        wanted, spoiled = schema(kind), {**document, "spelt_wrong": "1"}
    else:
        rule = schema("rule")
        wanted = {"properties": {kind: rule["properties"][kind]}, "$defs": rule["$defs"]}
        spoiled = {kind: "spelt wrong"}

    assert not Draft202012Validator(wanted).is_valid(spoiled)
