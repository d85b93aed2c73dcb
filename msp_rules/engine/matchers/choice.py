"""Chooses the matchers to use, and compares their answers where there are two."""

from __future__ import annotations

from typing import Final, NamedTuple

from msp_rules.engine.matchers.durable import DurableMatcher, self_test, why_not_importable
from msp_rules.engine.matchers.python import Matcher, PatternTable, PythonMatcher
from msp_rules.errors import EngineError

MATCHERS: Final = ("auto", "durable", "python", "both")


class MatcherChoice(NamedTuple):
    """The matchers in use."""

    name: str
    """The description of the matchers in reports and on the command line."""
    uses_durable: bool
    """True where durable_rules matches."""
    uses_python: bool
    """True where the Python matcher matches, alone or as a check."""
    notice: str | None = None
    """The reason why `auto` fell back to Python; None where it did not."""


class MatcherDisagreement(EngineError):
    """Raised where durable_rules and its Python twin differ; only equal bits may be used."""

    def __init__(self, python_mask: int, durable_mask: int) -> None:
        self.python_mask = python_mask
        self.durable_mask = durable_mask
        super().__init__("the two matchers do not agree")


def choose_matcher(wanted: str) -> MatcherChoice:
    """Chooses the matchers for the words `auto`, `durable`, `python` or `both`.

    Raises EngineError for another word, or where durable_rules is asked for and cannot be used.
    """
    if wanted not in MATCHERS:
        raise EngineError(f'unknown matcher "{wanted}"; choose one of {", ".join(MATCHERS)}')
    if wanted == "python":
        return MatcherChoice("python", uses_durable=False, uses_python=True)
    reason = why_not_importable() or self_test()
    if reason is None:
        uses_python = wanted != "durable"
        name = "durable_rules with its Python twin as a check" if uses_python else "durable_rules"
        return MatcherChoice(name, uses_durable=True, uses_python=uses_python)
    if wanted == "auto":
        notice = f"durable_rules is not used here: {reason}. The Python matcher answers instead."
        return MatcherChoice("python", uses_durable=False, uses_python=True, notice=notice)
    raise EngineError(f"the matcher {wanted} can't be used here: {reason}")


class CheckedMatcher:
    """A matcher of one table that asks every matcher of the choice."""

    def __init__(self, table: PatternTable, choice: MatcherChoice) -> None:
        self.table = table
        self._python: Matcher | None = PythonMatcher(table) if choice.uses_python else None
        self._durable: Matcher | None = DurableMatcher(table) if choice.uses_durable else None

    def match(self, row: tuple[int, ...]) -> int:
        """Gives the patterns that fire, as a bit mask.

        Raises MatcherDisagreement where two matchers differ, EngineError where one failed.
        """
        if self._durable is None:
            assert self._python is not None
            return self._python.match(row)
        mask = self._durable.match(row)
        if self._python is not None:
            twin = self._python.match(row)
            if twin != mask:
                raise MatcherDisagreement(twin, mask)
        return mask
