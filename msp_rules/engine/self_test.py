"""A trial of durable_rules in a throw-away process: a crash there must not take a host down."""

from __future__ import annotations

import random
import subprocess
import sys
from functools import cache
from typing import Final

from msp_rules.engine.durable_matcher import DurableMatcher
from msp_rules.engine.patterns import ColumnTest, PatternTable
from msp_rules.engine.python_matcher import PythonMatcher

_SECONDS: Final = 20
_ROWS: Final = 500
_WIDTH: Final = 40


@cache
def self_test() -> str | None:
    """Why durable_rules must not be used in this environment; None where it passed its trial."""
    try:
        done = subprocess.run(  # noqa: S603 - our own module, no outside words
            [sys.executable, "-m", "msp_rules.engine.self_test"],
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"its self-test did not end ({type(error).__name__})"
    if done.returncode == 0:
        return None
    return f"its self-test failed (exit code {done.returncode})"


def differences(seed: int) -> int:
    """How many of the trial's random rows the two matchers answer differently."""
    rng = random.Random(seed)  # noqa: S311 - a repeatable trial, no secret
    patterns = tuple(
        tuple(
            ColumnTest(column, rng.random() < 0.5, rng.randint(0, 2))
            for column in rng.sample(range(_WIDTH), rng.randint(1, 4))
        )
        for _ in range(120)
    )
    groups = tuple(tuple(range(first, first + 12)) for first in range(0, 120, 12))
    table = PatternTable(_WIDTH, patterns, groups)
    durable, python = DurableMatcher(table), PythonMatcher(table)
    rows = [tuple(rng.randint(0, 2) for _ in range(_WIDTH)) for _ in range(_ROWS)]
    return sum(durable.match(row) != python.match(row) for row in rows)


if __name__ == "__main__":
    sys.exit(1 if differences(seed=20260331) else 0)
