"""What layers leave behind in a ruleset: where it comes from, local exclusions and waivers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from msp_rules.errors import SourceLocation
from msp_rules.rules.condition import Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A ruleset or an overlay, as pinned; `folder` is how its files' places begin."""

    id: str
    version: str
    sha256: str
    folder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """The London days on which something local is in force, first and last included."""

    first: date | None = None
    last: date | None = None

    def holds_on(self, day: int) -> bool:
        """Whether it is in force on a day (ordinal)."""
        has_begun = self.first is None or self.first.toordinal() <= day
        return has_begun and (self.last is None or day <= self.last.toordinal())

    def meets(self, other: Period) -> bool:
        """Whether two periods share a day."""
        starts = [p.first for p in (self, other) if p.first is not None]
        ends = [p.last for p in (self, other) if p.last is not None]
        return not starts or not ends or max(starts) <= min(ends)

    @property
    def days(self) -> tuple[date, ...]:
        """The days on which something begins or is over."""
        found = [self.first] if self.first is not None else []
        if self.last is not None and self.last < date.max:
            found.append(date.fromordinal(self.last.toordinal() + 1))
        return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reasons:
    """Why something local is so, who approved it, and when it is in force."""

    layer: str
    because: str
    approved_by: str
    period: Period
    where: SourceLocation


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """Findings of some rules that do not count for a while; empty `teams` or `agencies`: all."""

    name: str
    rules: frozenset[str]
    teams: frozenset[str]
    agencies: frozenset[str]
    reasons: Reasons


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalFilter:
    """A local exclusion of one rule, on the days of one of its forms.

    `before` is what the rule asked for without any filter; None: it concerned every subject.
    `before_if_none` is the same where there is no subject; None: the filter says nothing there.
    """

    name: str
    rule: str
    condition: Condition
    before: Condition | None
    before_if_none: Condition | None
    each: str | None
    days: tuple[int, int]
    reasons: Reasons
