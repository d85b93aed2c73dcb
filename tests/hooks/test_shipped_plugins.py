"""A hook is there only if a plug-in of this repository uses it, and each plug-in stays small."""

import ast
from pathlib import Path

import msp_example_procedure
import msp_json_events
import msp_json_records
import msp_outbox_table
import pytest

from msp_rules.authoring.lint import run_layered_examples
from msp_rules.hooks import Registry
from msp_rules.hooks.contract import hook_names
from msp_rules.hooks.loading import rules_folder
from msp_rules.rules import check_layers

ROOT = Path(__file__).parents[2]
SHIPPED = {
    "json-events": msp_json_events,
    "outbox-table": msp_outbox_table,
    "json-records": msp_json_records,
    "example-procedure": msp_example_procedure,
}


def test_each_hook_is_used_by_a_plugin() -> None:
    registry = Registry()
    for name, plugin in SHIPPED.items():
        registry.register(name, plugin)

    used = {hook for one in registry.plugins for hook in one.hooks}

    assert used == set(hook_names())


def test_every_plugin_in_the_folder_is_looked_at() -> None:
    assert {path.parent.name for path in ROOT.glob("plugins/*/pyproject.toml")} == set(SHIPPED)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_plugin_imports_one_name_and_is_short(name: str) -> None:
    texts = [path.read_text() for path in ROOT.glob(f"plugins/{name}/msp_*/*.py")]

    imported = {
        (node.module, *(one.name for one in node.names))
        for text in texts
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("msp_rules")
    }
    assert imported == {("msp_rules.hooks", "hookimpl")}
    assert not any("import msp_rules" in text for text in texts)
    assert all(len(text.splitlines()) <= 170 for text in texts)


def test_the_rules_of_the_example_have_no_mistake_and_hold_in_their_examples() -> None:
    registry = Registry()
    registry.register("example-procedure", msp_example_procedure)
    ruleset, overlay = (rules_folder(registry, f"example-{n}") for n in ("procedure", "town"))
    assert ruleset is not None
    assert overlay is not None

    _, problems = check_layers(ruleset, [overlay])
    examples = run_layered_examples(ruleset, [overlay], matcher="python")

    assert problems == ()
    assert examples
    assert [one.name for one in examples if not one.has_passed] == []
    assert rules_folder(registry, "example-city") is None
