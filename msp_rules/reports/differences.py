"""Where two files of results first differ: by case, rule and subject, never by content."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import zip_longest
from pathlib import Path
from typing import Any, BinaryIO, Final

import orjson

_CHUNK: Final = 1 << 16


def first_difference(one: Path, other: Path) -> str:
    """The place of the first difference of two files that differ; both are read as they come."""
    place = _PLACES.get(one.name)
    with one.open("rb") as first, other.open("rb") as second:
        if place is not None:
            for number, (a, b) in enumerate(zip_longest(first, second), start=1):
                if a != b:
                    found = place(a or b"", b or b"")
                    return f"first at {found or f'line {number}'}"
        first.seek(0)
        second.seek(0)
        return f"from byte {_first_byte(first, second)} on"


def _first_byte(one: BinaryIO, other: BinaryIO) -> int:
    """The number, from 1, of the first byte that is not the same in both."""
    start = 0
    while True:
        a, b = one.read(_CHUNK), other.read(_CHUNK)
        if a != b or not a:
            same = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), None)
            return start + 1 + (min(len(a), len(b)) if same is None else same)
        start += len(a)


def _in_json(one: bytes, other: bytes) -> str | None:
    """The place in a line of results.json or results.jsonl: of a case, or what follows them."""
    if one.startswith(b"],") or other.startswith(b"],"):
        a, b = (_parsed(b"{" + line.removeprefix(b"],")) for line in (one, other))
        return None if a is None or b is None else ", ".join(_first_keys(a, b))
    a, b = (_parsed(line.rstrip().removesuffix(b",")) for line in (one, other))
    known = a or b
    if known is None or "case" not in known:
        return None
    case = f"case {known['case']}"
    if a is None or b is None or a.get("case") != b.get("case"):
        return case
    rows = zip_longest(_rows(a), _rows(b))
    for x, y in rows:
        if x != y:
            row = x or y or {}
            subject = f", subject {row.get('subject')}" if row.get("subject") else ""
            return f"{case}, rule {row.get('rule')}{subject}"
    return ", ".join((case, *_first_keys(a, b)))


def _rows(case: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    rows = case.get("verdicts")
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _first_keys(one: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[str]:
    """The first key that differs, and inside it the next, as long as both have keys there."""
    for key in (*one, *(key for key in other if key not in one)):
        a, b = one.get(key), other.get(key)
        if a == b and (key in one) == (key in other):
            continue
        yield key
        if isinstance(a, dict) and isinstance(b, dict):
            yield from _first_keys(a, b)
        return


def differing_keys(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """The keys of which two documents say different things, in order."""
    return sorted(key for key in {*one, *other} if one.get(key) != other.get(key))


def _in_csv(one: bytes, other: bytes) -> str | None:
    case, _, rest = (one or other).partition(b",")
    rule = rest.partition(b",")[0]
    if not case or b'"' in case or not rule or rule == b"rule":  # quoted, or the head
        return None
    return f"case {case.decode('utf-8', 'replace')}, rule {rule.decode('utf-8', 'replace')}"


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None


_PLACES: Final[Mapping[str, Callable[[bytes, bytes], str | None]]] = {
    "results.json": _in_json,
    "results.jsonl": _in_json,
    "results.csv": _in_csv,
}
