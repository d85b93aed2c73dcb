"""The engine: a case and a moment in, verdicts out; a pure function of the two."""

from __future__ import annotations

from msp_rules.casework.case import Case
from msp_rules.casework.moment import Cutoff
from msp_rules.engine.verdict import Evaluation
from msp_rules.rules.rule import Ruleset


class Engine:
    """Evaluates cases by one ruleset. Build it once; `evaluate` reads no clock, file or network.

    `matcher` is `auto`, `durable`, `python` or `both`; `notice` says what `auto` chose and why.
    """

    def __init__(self, ruleset: Ruleset, *, matcher: str = "auto") -> None:
        raise NotImplementedError

    def evaluate(self, case: Case, as_of: Cutoff) -> Evaluation:
        """The verdict of every enabled rule on every subject of a case, as things stood."""
        raise NotImplementedError
