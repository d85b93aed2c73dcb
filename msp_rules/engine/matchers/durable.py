"""Matches patterns by durable_rules 2.0.28, in the one form in which it is exact.

One flat fact of whole numbers, single-fact patterns, the C functions only (never `Host`, `post`,
threads or a case id as session), the session reused by retracting the fact, and a sentinel rule
that must fire. Every limit below was measured; the places named are of its 2.0.28 C sources.

Before it is used, it is tested in a process of its own (`self_test`, which runs this module): a
crash in C there must not take a host down. Nothing else in this package imports durable_rules.
"""

from __future__ import annotations

import importlib
import json
import os
import random
import subprocess
import sys
import threading
from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from msp_rules.engine.matchers.python import ColumnTest, PatternTable, PythonMatcher, check_table
from msp_rules.errors import EngineError

MOST_COLUMNS: Final = 235
"""252 properties per fact (error 302), less group marks, the sentinel, id and sid."""
MOST_PATTERNS_A_GROUP: Final = 40
"""64 pending alpha nodes per fact (events.c, MAX_STACK_SIZE); more is error 303."""
MOST_GROUPS: Final = 12
"""Each group is one more pending node at the root; 16 were measured as safe with 40 patterns."""
_SENTINEL: Final = "zz"
_TRIAL_SECONDS: Final = 20
_TRIAL_ROWS: Final = 500
_TRIAL_COLUMNS: Final = 40


def why_not_importable() -> str | None:
    """Says why the durable_rules extension cannot be used here; None where it can."""
    try:
        importlib.import_module("durable_rules_engine")
    except ImportError as error:
        missing = isinstance(error, ModuleNotFoundError)
        return "it is not installed" if missing else "it is installed but does not import"
    return None


class DurableMatcher:
    """Matches rows by durable_rules. Each matcher has a lock; a forked process makes new sessions.

    Raises EngineError at once for a table beyond the engine's limits, and from `match` whenever the
    engine does not behave as measured; it then starts afresh at the next row.
    """

    def __init__(self, table: PatternTable) -> None:
        check_table(table)
        self._engine: Any = importlib.import_module("durable_rules_engine")
        self._width = table.width
        self._lock = threading.Lock()
        self._packs = [_Pack(self._engine, columns, rows) for columns, rows in _packs(table)]

    def match(self, row: Sequence[int]) -> int:
        """Gives the patterns that fire, as a bit mask."""
        if len(row) != self._width:
            raise EngineError(f"a row of {len(row)} columns where {self._width} are expected")
        mask = 0
        with self._lock:
            for pack in self._packs:
                mask |= pack.match(row)
        return mask


class _Pack:
    """Holds one ruleset of the engine: some patterns, and only the columns that they need."""

    def __init__(
        self, engine: Any, columns: list[int], patterns: dict[tuple[ColumnTest, ...], int]
    ) -> None:
        self._engine = engine
        self._columns = columns
        self._masks = {f"r{i}": mask for i, mask in enumerate(patterns.values())}
        rules: dict[str, Any] = {_SENTINEL: {"all": [{"m": {"zz": 1}}]}}
        groups = range((len(patterns) - 1) // MOST_PATTERNS_A_GROUP + 1)
        for index, pattern in enumerate(patterns):
            mark = {f"g{index // MOST_PATTERNS_A_GROUP}": 1}
            tests = [_test(f"c{test.column}", test) for test in pattern]
            rules[f"r{index}"] = {"all": [{"m": {"$and": [mark, *tests]}}]}
        names = ["zz", *(f"g{group}" for group in groups), *(f"c{column}" for column in columns)]
        _refuse_hash_clash(names)
        self._rules = json.dumps(rules)
        # Every column stands in every fact, as a whole number: what the engine makes of a missing
        # field, null, text or float never matters.
        marks = ",".join(f'"g{group}":1' for group in groups)
        self._fact = '{"id":1,"zz":1,' + marks + "".join(f',"c{c}":%d' for c in columns) + "}"
        self._handle: int | None = None
        self._owner = 0

    def match(self, row: Sequence[int]) -> int:
        if self._handle is None or self._owner != os.getpid():
            self._handle = self._engine.create_ruleset("msp", self._rules)
            self._owner = os.getpid()
        fact = self._fact % tuple(row[column] for column in self._columns)
        try:
            return self._fire(fact)
        except Exception as error:
            self._drop()
            if isinstance(error, EngineError):
                raise
            # The C module's message may hold the fact; it holds whole numbers only, but no one
            # needs them.
            kind = type(error).__name__
            raise EngineError(f"durable_rules refused a fact ({kind})") from None

    def _fire(self, fact: str) -> int:
        engine, handle = self._engine, self._handle
        code, state = engine.assert_fact(handle, fact)
        # Any other code: the fact was not taken, or was left applied in part.
        if code != 0:
            raise EngineError(f"durable_rules answered {code} to a fact; expected 0")
        mask, has_sentinel = 0, False
        action = engine.start_action_for_state(handle, state)
        message = action[1] if action else None
        while message:
            # `{"r12":...}`: to parse the whole message would cost more than the match.
            name = message[2 : message.index('"', 2)]
            if name == _SENTINEL:
                has_sentinel = True
            elif name in self._masks:
                mask |= self._masks[name]
            else:
                raise EngineError("durable_rules fired a rule that it was not given")
            message = engine.complete_and_start_action(handle, state)
        if not has_sentinel:
            raise EngineError("durable_rules lost its sentinel: its answer is not to be used")
        # The session stays for the next row: a new one is made of 10 kB a pattern, and to delete
        # one that never fired frees an uninitialised pointer (state.c:930).
        engine.retract_fact(handle, fact)
        return mask

    def _drop(self) -> None:
        handle, self._handle = self._handle, None
        if handle is not None and self._owner == os.getpid():
            self._engine.delete_ruleset(handle)


def _packs(table: PatternTable) -> list[tuple[list[int], dict[tuple[ColumnTest, ...], int]]]:
    """Splits the table between its groups, so that each pack stays within the limits above.

    Equal patterns are sent once, and set all their bits.
    """
    most = MOST_PATTERNS_A_GROUP * MOST_GROUPS
    packs: list[tuple[set[int], dict[tuple[ColumnTest, ...], int]]] = []
    for group in table.groups:
        wanted = {table.patterns[index] for index in group}
        columns = {test.column for pattern in wanted for test in pattern}
        if len(columns) > MOST_COLUMNS or len(wanted) > most:
            raise EngineError(
                f"one rule needs {len(columns)} columns and {len(wanted)} patterns; durable_rules "
                f"takes at most {MOST_COLUMNS} and {most} in one fact"
            )
        if (
            not packs
            or len(packs[-1][0] | columns) > MOST_COLUMNS
            or len(packs[-1][1].keys() | wanted) > most
        ):
            packs.append((set(), {}))
        held, masks = packs[-1]
        held |= columns
        for index in group:
            masks[table.patterns[index]] = masks.get(table.patterns[index], 0) | 1 << index
    return [(sorted(columns), masks) for columns, masks in packs]


def _test(name: str, test: ColumnTest) -> dict[str, Any]:
    return {name: test.value} if test.is_equal else {"$neq": {name: test.value}}


def _refuse_hash_clash(names: list[str]) -> None:
    """Refuses names with equal 32-bit FNV-1a hashes, which durable_rules can't tell apart."""
    seen: dict[int, str] = {}
    for name in names:
        value = 2166136261
        for byte in name.encode():
            value = ((value ^ byte) * 16777619) & 0xFFFFFFFF
        if value in seen:
            raise EngineError(f"the attribute names {seen[value]} and {name} share one hash")
        seen[value] = name


@cache
def self_test() -> str | None:
    """Says why durable_rules must not be used here; None where it passed its self-test."""
    try:
        done = subprocess.run(  # noqa: S603 - our own module, no outside words
            [sys.executable, "-m", "msp_rules.engine.matchers.durable"],
            capture_output=True,
            timeout=_TRIAL_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"its self-test did not end ({type(error).__name__})"
    if done.returncode == 0:
        return None
    return f"its self-test failed (exit code {done.returncode})"


def differences(seed: int) -> int:
    """Counts the random rows of the self-test that the two matchers answer differently."""
    rng = random.Random(seed)  # noqa: S311 - a repeatable trial, no secret
    patterns = tuple(
        tuple(
            ColumnTest(column, rng.random() < 0.5, rng.randint(0, 2))
            for column in rng.sample(range(_TRIAL_COLUMNS), rng.randint(1, 4))
        )
        for _ in range(120)
    )
    groups = tuple(tuple(range(first, first + 12)) for first in range(0, 120, 12))
    table = PatternTable(_TRIAL_COLUMNS, patterns, groups)
    durable, python = DurableMatcher(table), PythonMatcher(table)
    rows = [tuple(rng.randint(0, 2) for _ in range(_TRIAL_COLUMNS)) for _ in range(_TRIAL_ROWS)]
    return sum(durable.match(row) != python.match(row) for row in rows)


if __name__ == "__main__":
    sys.exit(1 if differences(seed=20260331) else 0)
