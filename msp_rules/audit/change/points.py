"""Keeps what exports showed in the course of time: a point for each day, and what changed between.

A `compare.json` holds the points of all that went before it, so that the newest one is all the
history that the next comparison needs. A `measures.json` is a point, too; it does not say how its
exports were read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, NamedTuple

from msp_rules.audit.change.splitting import Change, ComparedExports
from msp_rules.audit.change.stages import COUNTED, MEASURE, OF, CountKey, Stage
from msp_rules.audit.documents import read_any_document
from msp_rules.audit.measures.definitions import MEASURES
from msp_rules.audit.measures.document import SCHEMA as OF_MEASURES
from msp_rules.audit.supply import words_of_supply
from msp_rules.errors import InputUnreadable, SourceLocation

SCHEMA: Final = "msp-compare/1"
FILE: Final = "compare.json"
_HASH: Final = re.compile(r"[0-9a-f]{64}").fullmatch
CANONICAL: Final = "canonical"
"""Stands for the mapping of exports that need none."""
EVERYTHING: Final = "everything"
"""Stands for the supply of exports that declare nothing."""
Numbers = Mapping[str, tuple[int, int]]
"""The counts and their bases, by the part of a measure ("M1/asked")."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """The counts that the exports of one day showed."""

    as_of: date
    """The day."""
    ruleset: str
    """The SHA-256 of the ruleset with its layers."""
    mapping: str | None
    """The SHA-256 of the mapping, or `CANONICAL`; None where it is not on record."""
    supplied: str | None
    """The SHA-256 of what the exports declare, or `EVERYTHING`; None where it is not on record."""
    cases: int
    """The number of cases."""
    numbers: Numbers
    """The counts of the measures."""


class PointChange(NamedTuple):
    """The differences of two neighbouring points; None where a point does not say."""

    ruleset: bool
    """True where the rules are others."""
    mapping: bool | None
    """True where the mapping is another."""
    coverage: bool | None
    """True where the exports supply something else."""


def between(one: Point, other: Point) -> PointChange:
    """Compares what two points rest on."""
    return PointChange(
        ruleset=one.ruleset != other.ruleset,
        mapping=_differs(one.mapping, other.mapping),
        coverage=_differs(one.supplied, other.supplied),
    )


def _differs(one: str | None, other: str | None) -> bool | None:
    return None if one is None or other is None else one != other


def points_of(change: Change, earlier: Iterable[Point]) -> tuple[Point, ...]:
    """Gives all points in order of time; of one day the later given, and this change's above all.

    The old side is counted by its own rules, the new side by the new ones.
    """
    found = {one.as_of: one for one in earlier}
    for side, stage in (
        (change.old, change.stages.before),
        (change.new, change.stages.after),
    ):
        point = _point(side, stage)
        found[point.as_of] = point
    return tuple(found[day] for day in sorted(found))


def _point(side: ComparedExports, stage: Stage) -> Point:
    mapping, words = side.files.mapping, words_of_supply(side.supply)
    numbers = {
        name: (
            stage.counts[CountKey(MEASURE, name, COUNTED)],
            stage.counts[CountKey(MEASURE, name, OF)],
        )
        for name in _PARTS
    }
    return Point(
        as_of=date.fromordinal(side.as_of.day),
        ruleset=side.files.ruleset.sha256,
        mapping=CANONICAL if mapping is None else mapping.sha256,
        supplied=EVERYTHING if words is None else _hash_of(words),
        cases=side.cases,
        numbers=numbers,
    )


_PARTS: Final = tuple(
    f"{measure}/{part}" for measure, definition in MEASURES.items() for part in definition.parts
)


def _hash_of(words: Iterable[str]) -> str:
    return sha256("\n".join(sorted(words)).encode()).hexdigest()


def point_rows(points: Sequence[Point]) -> list[dict[str, Any]]:
    """Gives points as `compare.json` holds them."""
    return [
        {
            "as_of": one.as_of.isoformat(),
            "ruleset": one.ruleset,
            "mapping": one.mapping,
            "supplied": one.supplied,
            "cases": one.cases,
            "measures": {name: list(numbers) for name, numbers in one.numbers.items()},
        }
        for one in points
    ]


def between_rows(points: Sequence[Point]) -> list[dict[str, Any]]:
    """Gives what changed between points, one row for each two neighbours."""
    return [
        {
            "from": one.as_of.isoformat(),
            "to": other.as_of.isoformat(),
            **between(one, other)._asdict(),
        }
        for one, other in pairwise(points)
    ]


def read_points(paths: Sequence[Path]) -> tuple[Point, ...]:
    """Reads the points of earlier documents, or of those in a folder.

    Raises InputUnreadable where one is neither a `compare.json` nor a `measures.json`.
    """
    return tuple(point for path in paths for one in _documents(path) for point in _read(one))


def _documents(path: Path) -> list[Path]:
    """Finds the documents of a folder, and of the folders in it, by their usual names."""
    if not path.is_dir():
        return [path]
    found = sorted(one for name in (FILE, "measures.json") for one in path.rglob(name))
    if not found:
        where = SourceLocation(path=path.name or str(path))
        raise InputUnreadable("no compare.json and no measures.json is in this folder", where)
    return found


def _read(path: Path) -> list[Point]:
    body = read_any_document(path, (SCHEMA, OF_MEASURES))
    if body.get("publication") is not None:
        where = SourceLocation(path=path.name)
        raise InputUnreadable("its counts are rounded; name one that was not published", where)
    try:
        if body["schema"] == SCHEMA:
            return [_from_row(row) for row in body["points"]]
        return [_from_measures(body)]
    except (KeyError, TypeError, ValueError, AttributeError):
        where = SourceLocation(path=path.name)
        raise InputUnreadable(
            "its points can't be read; was it changed since it was written?", where
        ) from None


def _from_row(row: Mapping[str, Any]) -> Point:
    return Point(
        as_of=date.fromisoformat(row["as_of"]),
        ruleset=_hash(row["ruleset"]),
        mapping=None if row["mapping"] is None else _hash_or(row["mapping"], CANONICAL),
        supplied=None if row["supplied"] is None else _hash_or(row["supplied"], EVERYTHING),
        cases=_whole(row["cases"]),
        numbers={
            name: _numbers(*numbers) for name, numbers in row["measures"].items() if name in _PARTS
        },
    )


def _from_measures(body: Mapping[str, Any]) -> Point:
    numbers = {
        f"{one['id']}/{part['id']}": _numbers(part["numerator"], part["denominator"])
        for one in body["measures"]
        for part in one["parts"]
    }
    return Point(
        as_of=date.fromisoformat(body["as_of"]),
        ruleset=_hash(body["ruleset"]["sha256"]),
        mapping=None,
        supplied=None,
        cases=_whole(body["cases"]),
        numbers={name: found for name, found in numbers.items() if name in _PARTS},
    )


def _numbers(counted: object, of: object) -> tuple[int, int]:
    found = _whole(counted), _whole(of)
    if found[0] > found[1]:
        raise ValueError("more counted than there are")
    return found


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError("not a count")
    return value


def _hash(value: object) -> str:
    if not isinstance(value, str) or not _HASH(value):
        raise ValueError("not a hash")
    return value


def _hash_or(value: object, word: str) -> str:
    return word if value == word else _hash(value)
