"""docs/plugins.md names every hook, fault and check as they are."""

import inspect
import re
from pathlib import Path

from msp_rules.hooks import FaultKind, hookspecs
from msp_rules.hooks.contract import HOOK_RULES, MOST_DOCUMENT_BYTES, MOST_ITEM_BYTES
from msp_rules.hooks.threads import MOST_THREADS
from msp_rules.prompts import conformance
from msp_rules.prompts.prompt import ChangeKind

PAGE = (Path(__file__).parents[2] / "docs/plugins.md").read_text()


def test_the_table_of_hooks_is_the_contract() -> None:
    rows = re.findall(r"^\| `(msp_\w+)` \| (.*?) ?\| .* \| ([\d.]+) \| ?(\d*) ?\|$", PAGE, re.M)

    assert [(name, re.findall(r"`(\w+)`", given)) for name, given, _, _ in rows] == [
        (name, list(inspect.signature(getattr(hookspecs, name)).parameters)) for name in HOOK_RULES
    ]
    assert [(float(seconds), int(most or 1)) for *_, seconds, most in rows] == [
        (rule.limits.seconds, rule.limits.most_results) for rule in HOOK_RULES.values()
    ]


def test_every_kind_of_fault_is_explained() -> None:
    assert re.findall(r"^\| `([a-z ]+)` \| ", PAGE, re.M) != []
    assert set(re.findall(r"^\| `([a-z ]+)` \| ", PAGE, re.M)) == {one.value for one in FaultKind}


def test_limits_and_kinds_of_changes_are_named() -> None:
    assert (MOST_ITEM_BYTES, MOST_DOCUMENT_BYTES, MOST_THREADS) == (64 << 10, 1 << 20, 16)
    for kind in ChangeKind:
        assert f"`{kind.value}`" in PAGE


def test_every_check_is_listed_with_what_it_asks() -> None:
    rows = dict(re.findall(r"^\| ([a-z]+) \| (.+\?) \|$", PAGE, re.M))
    source = "".join(path.read_text() for path in Path(conformance.__file__).parent.glob("*.py"))
    checks = set(re.findall(r'"([a-z]+)"[,:]? \s*(?:asks|"[^"]+\?")', source))

    for name, asks in rows.items():
        assert f'"{name}"' in source
        assert f'"{asks}"' in source
    # These two are in a report only where an adapter fails before there is anything to check.
    assert {*rows} == checks - {"mapping", "shows"}
