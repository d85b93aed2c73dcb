"""The code of the core ruleset as a module that is compiled with the package."""

import builtins
import dis
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

from msp_rules.engine.engine import Engine
from msp_rules.engine.straight.ahead import compiled_functions, fingerprint_of
from msp_rules.engine.straight.shipping import module_of
from msp_rules.rules import shipped_ruleset
from msp_rules.rules.language.rule import Ruleset
from tests.builders.ruleset import rule_text, ruleset_of
from tests.support.core import core_ruleset

DAY = 739_000
BLOCKS = """each: concern_raised
expect: {recorded: outcomes_conversation}
due: {within: %s working_days, of: this}
"""


def ruleset_with(folder: Path, **more: Any) -> Ruleset:
    return ruleset_of(folder, rule_text("R-01", BLOCKS % more.pop("days", 2), **more))


def written(ruleset: Ruleset) -> tuple[str, str]:
    code = Engine(ruleset, matcher="python").straighten(DAY)
    return code.text, fingerprint_of(code.text, ruleset.as_on(DAY))


def test_the_module_of_the_core_ruleset_runs_and_names_all_that_its_text_needs() -> None:
    engine = Engine(core_ruleset(), matcher="python")
    code = engine.straighten(DAY)
    module: dict[str, Any] = {}

    exec(compile(module_of(code, "a fingerprint"), "shipped_code", "exec"), module)

    assert module["FINGERPRINT"] == "a fingerprint"
    assert module["__annotations__"].keys() == {"FINGERPRINT", *code.constants}
    functions = [line[4:].partition("(")[0] for line in code.text.split("\n") if line[:4] == "def "]
    assert len(functions) == code.functions > 900
    needed = set[str]().union(*[globals_of(module[name].__code__) for name in functions])
    assert needed - module.keys() - set(code.constants) <= set(dir(builtins))


def globals_of(code: CodeType) -> set[str]:
    inner = [one for one in code.co_consts if isinstance(one, CodeType)]
    own = {one.argval for one in dis.get_instructions(code) if one.opname == "LOAD_GLOBAL"}
    return own.union(*[globals_of(one) for one in inner])


@pytest.mark.slow
def test_the_module_is_the_same_in_every_process(tmp_path: Path) -> None:
    texts = set()
    for seed in ("1", "2"):
        target = tmp_path / f"{seed}.py"
        command = [sys.executable, "-m", "msp_rules.engine.straight.shipping"]
        environment = {"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)}
        folder = str(shipped_ruleset("msp-core"))
        subprocess.run([*command, folder, str(target)], check=True, env=environment)
        texts.add(target.read_text(encoding="utf-8"))

    assert len(texts) == 1


def test_another_number_in_a_limit_has_the_same_text_and_another_fingerprint(
    tmp_path: Path,
) -> None:
    text, fingerprint = written(ruleset_with(tmp_path / "2"))
    other, changed = written(ruleset_with(tmp_path / "3", days=3))

    assert text == other
    assert fingerprint != changed


def test_places_examples_and_what_a_council_says_beside_the_rules_leave_it_alone(
    tmp_path: Path,
) -> None:
    one, two = ruleset_with(tmp_path / "one"), ruleset_with(tmp_path / "two")
    bare = replace(
        two, rules=tuple(replace(rule, examples=()) for rule in two.rules), roles={"a": "b"}
    )

    assert written(one) == written(bare)


def test_nothing_is_compiled_in_a_checkout(tmp_path: Path) -> None:
    ruleset = ruleset_with(tmp_path)
    code = Engine(ruleset, matcher="python").straighten(DAY)

    assert not code.is_compiled
    assert compiled_functions(code.text, code.constants, ruleset.as_on(DAY)) is None
