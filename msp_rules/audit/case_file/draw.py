"""Draws the sample of a case-file audit: the same cases on any machine, in any order of files.

The order of a draw is that of an HMAC of each case's own id, so it depends on nothing but the seed
and that id: one case more or less moves at most one pick of its stratum (docs/sampling.md).
"""

from __future__ import annotations

import hmac
from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from msp_rules.errors import MspRulesError

EVERYBODY: Final = "all"
"""The name of the one stratum of a sample that is not stratified."""


class StratumKind(StrEnum):
    """The ways to divide the cases before the draw."""

    AGENCY = "agency"
    TEAM = "team"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A case of the population, or one of which that can't be known."""

    case: str
    """The id of the case."""
    agency: str = ""
    """The agency, such as `E10000016/council`; empty where the record does not say."""
    team: str = ""
    """The team, if it is one short word."""
    doubt: str = ""
    """The reason for which the case can't be placed; empty where it can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """An exclusion or a replacement that somebody asks for."""

    case: str
    """The id of the case."""
    reason: str
    """The reason, in the words of whoever asks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """A case that was drawn and gave way to the next one in order."""

    case: str
    """The id of the case that gave way."""
    by: str | None
    """The id of the case in its place; None where its stratum had no other."""
    reason: str
    """The reason that was given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratum:
    """One stratum with its draw."""

    name: str
    """The name of the stratum."""
    population: int
    """The number of its cases, excluded ones included."""
    excluded: tuple[Wish, ...]
    """The cases that were taken out before the draw, by id."""
    drawn: tuple[str, ...]
    """The cases to audit, in the order of the draw; replacements stand in it, those replaced do
    not."""
    replaced: tuple[Replacement, ...]
    """The cases that were drawn and gave way, in the order in which that was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """All strata, and the cases that could not be placed in any."""

    strata: tuple[Stratum, ...]
    """The strata, by name."""
    unplaceable: tuple[Wish, ...]
    """The cases that may belong to the population, each with what is not known, by id."""


def window_of(as_of: date, months: int) -> tuple[date, date]:
    """Gives the first and last day of the last so many months: the same day, clamped.

    >>> [day.isoformat() for day in window_of(date(2026, 5, 31), 3)]
    ['2026-02-28', '2026-05-31']
    """
    year, month = divmod(as_of.year * 12 + as_of.month - 1 - months, 12)
    last = monthrange(year, month + 1)[1]
    return date(year, month + 1, min(as_of.day, last)), as_of


def rank_of(seed: str, case: str) -> str:
    """Gives the place of a case in the draw, as text that is compared."""
    return hmac.new(seed.encode(), case.encode(), "sha256").hexdigest()


def draw(
    candidates: Iterable[Candidate],
    *,
    seed: str,
    number: int,
    by: StratumKind = StratumKind.AGENCY,
    exclude: Sequence[Wish] = (),
    replace: Sequence[Wish] = (),
) -> Draw:
    """Draws so many cases of each stratum; raises MspRulesError for a wish about no such case."""
    strata: dict[str, list[str]] = {}
    unplaceable: list[Wish] = []
    for one in candidates:
        doubt = one.doubt or _lacking(one, by)
        if doubt:
            unplaceable.append(Wish(case=one.case, reason=doubt))
        else:
            strata.setdefault(_stratum(one, by), []).append(one.case)
    out = _by_case(exclude, "--exclude")
    later = _by_case(replace, "--replace")
    placed = {case for cases in strata.values() for case in cases}
    for option, wishes in (("--exclude", out), ("--replace", later)):
        if not wishes.keys() <= placed:
            # An id that was mistyped here must not be taken for one that has been dealt with.
            wrong = ", ".join(sorted(wishes.keys() - placed))
            raise MspRulesError(f"{option}: not a case of the population: {wrong}")
    drawn = tuple(
        _drawn(name, sorted(cases, key=lambda case: rank_of(seed, case)), number, (out, later))
        for name, cases in sorted(strata.items())
    )
    gone = {row.case for stratum in drawn for row in stratum.replaced}
    if not later.keys() <= gone:
        wrong = ", ".join(sorted(later.keys() - gone))
        raise MspRulesError(f"--replace: not drawn, so there is nothing to replace: {wrong}")
    return Draw(strata=drawn, unplaceable=tuple(sorted(unplaceable, key=lambda one: one.case)))


def _drawn(
    name: str,
    ranked: Sequence[str],
    number: int,
    wishes: tuple[Mapping[str, Wish], Mapping[str, Wish]],
) -> Stratum:
    """Takes the first so many in order; whoever is replaced gives way to the next one."""
    exclude, replace = wishes
    waiting = [case for case in ranked if case not in exclude]
    drawn, waiting = waiting[:number], waiting[number:]
    replaced: list[Replacement] = []
    # One after the other as they were asked for: a replacement may be replaced in its turn.
    for case, wish in replace.items():
        if case in drawn:
            drawn.remove(case)
            by = waiting.pop(0) if waiting else None
            drawn += [] if by is None else [by]
            replaced.append(Replacement(case=case, by=by, reason=wish.reason))
    return Stratum(
        name=name,
        population=len(ranked),
        excluded=tuple(exclude[case] for case in sorted(ranked) if case in exclude),
        drawn=tuple(drawn),
        replaced=tuple(replaced),
    )


def _by_case(wishes: Sequence[Wish], option: str) -> dict[str, Wish]:
    found: dict[str, Wish] = {}
    for one in wishes:
        if one.case in found:
            raise MspRulesError(f"{option}: {one.case} is named twice")
        found[one.case] = one
    return found


def _lacking(one: Candidate, by: StratumKind) -> str:
    if not one.agency:
        return "the record does not say which agency held the case"
    if by is StratumKind.TEAM and not one.team:
        return "the record does not name the team in one short word"
    return ""


def _stratum(one: Candidate, by: StratumKind) -> str:
    if by is StratumKind.NONE:
        return EVERYBODY
    return one.agency if by is StratumKind.AGENCY else f"{one.agency}/{one.team}"
