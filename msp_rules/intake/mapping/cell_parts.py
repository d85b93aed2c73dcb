"""Splits one text: into the labels of a multi-select, or the items of a JSON list in a cell."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final

import orjson

from msp_rules.intake.mapping.language import CellParts

_BETWEEN_WORDS: Final = re.compile(r"\w")


def parts_in(
    texts: Iterable[str], parts: CellParts, labels: Collection[str] = ()
) -> list[str] | None:
    """Splits texts into parts, each given once, trimmed and not empty.

    None where a text cannot be read in that way. `labels` are kept whole even if they contain a
    separator.
    """
    found: dict[str, None] = {}
    for text in texts:
        if parts.is_json:
            items = json_parts(text, parts.part)
            if items is None:
                return None
            found.update(dict.fromkeys(items))
        else:
            found.update(dict.fromkeys(_split(text, parts.split, labels)))
    return list(found)


def items_of(text: str, parts: CellParts) -> list[str] | None:
    """Gives each item of a list as JSON, also of one that is split; None for another text."""
    if not parts.is_json:
        return [orjson.dumps(one).decode() for one in _split(text, parts.split, ())]
    body = _read(text)
    if body is None:
        return None
    return [orjson.dumps(one).decode() for one in _as_list(body[0]) if one not in (None, "", {})]


def json_parts(text: str, keys: Sequence[str]) -> list[str] | None:
    """Gives the values under the keys in each item of a JSON list, as texts.

    None where the text is not JSON, or where there is an object instead of a text.
    """
    body = _read(text)
    if body is None:
        return None
    found = _as_list(body[0])
    for key in keys:
        found = [
            inner
            for one in found
            for inner in _as_list(one.get(key) if isinstance(one, dict) else None)
        ]
    if any(isinstance(one, dict) for one in found):
        return None
    return [text for one in found if (text := written(one).strip())]


def stands_in(text: str, label: str) -> bool:
    """Tells whether a label occurs in a text by itself, not as part of a longer word."""
    at = text.find(label)
    while at >= 0:
        before, after = text[at - 1 : at], text[at + len(label) : at + len(label) + 1]
        is_open = not (_joins(before, label[:1]) or _joins(label[-1:], after))
        if is_open:
            return True
        at = text.find(label, at + 1)
    return False


def _joins(left: str, right: str) -> bool:
    """Tells whether two characters belong to one word."""
    return bool(_BETWEEN_WORDS.match(left) and _BETWEEN_WORDS.match(right))


@lru_cache(maxsize=64)
def _separators(split: tuple[str, ...]) -> re.Pattern[str]:
    # A separator is found with or without the white space that is written around it.
    found = (re.escape(one.strip()) or re.escape(one) for one in split)
    return re.compile("|".join(rf"\s*(?:{one})\s*" for one in found))


def _split(text: str, split: tuple[str, ...], labels: Collection[str]) -> Iterator[str]:
    pattern = _separators(split)
    if text in labels or pattern.search(text) is None:
        yield text
        return
    places = [(0, 0), *(found.span() for found in pattern.finditer(text)), (len(text), len(text))]
    begin = 0
    while begin < len(places) - 1:
        # The longest run of parts that is one label, else the next part.
        end = next(
            (
                at
                for at in range(len(places) - 1, begin + 1, -1)
                if labels and text[places[begin][1] : places[at][0]].strip() in labels
            ),
            begin + 1,
        )
        part = text[places[begin][1] : places[end][0]].strip()
        if part:
            yield part
        begin = end


def _read(text: str) -> tuple[object] | None:
    try:
        return (orjson.loads(text),)
    except (orjson.JSONDecodeError, UnicodeEncodeError):
        return None


def _as_list(body: object) -> list[object]:
    if body is None:
        return []
    if not isinstance(body, list):
        return [body]
    return [inner for one in body for inner in _as_list(one)]


def written(value: object) -> str:
    """Writes a value of JSON as a text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
