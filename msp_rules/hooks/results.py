"""What each hook must give back, and the limits that its answer has to keep."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import GeneratorType, MappingProxyType
from typing import Any, Final

import orjson

_KIBIBYTE: Final = 1024
MOST_ITEM_BYTES: Final = 64 * _KIBIBYTE
"""CloudEvents 1.0, "Size Limits": carriers need not pass on an event above 64 KiB."""
MOST_DOCUMENT_BYTES: Final = 1024 * _KIBIBYTE


class Rubbish(Exception):
    """An answer of another kind than the hook says; the text names kinds and places only."""


class Flood(Exception):
    """An answer with more in it than the hook allows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HookLimits:
    """How long a hook may take, and how many results it may give."""

    seconds: float
    most_results: int


Reader = Callable[[object, int], object]


def _kind(value: object) -> str:
    """The type of a value, for a message."""
    if isinstance(value, type):
        return "a class"
    return "nothing" if value is None else type(value).__name__[:80]


def plain_copy(value: object, most_bytes: int, what: str) -> Any:
    """A copy of plain data; raises Rubbish where JSON can't hold it, Flood where it is too long."""
    try:
        text = orjson.dumps(value)
    except (TypeError, ValueError):  # orjson's own text may repeat the value
        raise Rubbish(f"{what} is not plain data ({_kind(value)})") from None
    if len(text) > most_bytes:
        raise Flood(f"{what} is longer than {most_bytes // _KIBIBYTE} KiB")
    return orjson.loads(text)


def _items(value: object, most: int) -> list[object]:
    """The results of an iterable, of which no more than allowed are ever drawn."""
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        raise Rubbish(f"several results were expected, got {_kind(value)}")
    try:
        found = list(islice(value, most + 1))
    finally:
        if isinstance(value, GeneratorType):
            value.close()  # here, where what its `finally` does is guarded, too
    if len(found) > most:
        raise Flood(f"more than {most} results")
    return found


def read_mappings(value: object, most: int) -> tuple[dict[str, Any], ...]:
    """Results that are mappings of plain data."""
    found = []
    for number, item in enumerate(_items(value, most), start=1):
        if not isinstance(item, Mapping):
            raise Rubbish(f"result {number}: a mapping was expected, got {_kind(item)}")
        whole = item if isinstance(item, dict) else dict(item)
        found.append(plain_copy(whole, MOST_ITEM_BYTES, f"result {number}"))
    return tuple(found)


def read_sources(value: object, most: int) -> tuple[str | bytes, ...]:
    """Results that are text or bytes."""
    found: list[str | bytes] = []
    for number, item in enumerate(_items(value, most), start=1):
        if type(item) not in (str, bytes):
            raise Rubbish(f"result {number}: text or bytes were expected, got {_kind(item)}")
        assert isinstance(item, str | bytes)
        found.append(item)
    return tuple(found)


def read_document(value: object, most: int) -> object:
    """Text, bytes or plain data in the host's own shape."""
    if value is None:
        raise Rubbish("cards in the host's shape were expected, got nothing")
    if type(value) in (str, bytes):
        assert isinstance(value, str | bytes)
        if len(value) > MOST_DOCUMENT_BYTES:
            raise Flood(f"the document is longer than {MOST_DOCUMENT_BYTES // _KIBIBYTE} KiB")
        return value
    return plain_copy(value, MOST_DOCUMENT_BYTES, "the document")


def read_nothing(value: object, most: int) -> None:
    """Nothing: the hook only hears."""
    if value is not None:
        raise Rubbish(f"nothing was expected, got {_kind(value)}")


def read_folders(value: object, most: int) -> dict[str, Path]:
    """Folders by name."""
    if not isinstance(value, Mapping):
        raise Rubbish(f"folders by name were expected, got {_kind(value)}")
    found: dict[str, Path] = {}
    for name in _items(list(islice(value, most + 1)), most):
        folder = value[name]
        if type(name) is not str or not isinstance(folder, str | Path):
            raise Rubbish(f"folders by name were expected, got {_kind(name)}: {_kind(folder)}")
        found[name] = Path(folder)
        if not found[name].is_dir():
            raise Rubbish("the folder of a ruleset does not exist")
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class HookRule:
    """How the answer of one hook is read, and its limits where the host sets no others."""

    read: Reader
    limits: HookLimits


def _rule(read: Reader, *, seconds: float, most_results: int = 1) -> HookRule:
    return HookRule(read=read, limits=HookLimits(seconds=seconds, most_results=most_results))


# Half a second is what CDS Hooks 3.0 allows a service as a whole ("on the order of 500 ms"); hooks
# that speak with a database, outside a worker's click, have ten times that.
HOOK_RULES: Final[Mapping[str, HookRule]] = MappingProxyType(
    {
        "msp_find_events": _rule(read_mappings, seconds=5, most_results=1000),
        "msp_acknowledge": _rule(read_nothing, seconds=5),
        "msp_render_cards": _rule(read_document, seconds=0.5),
        "msp_receive_changes": _rule(read_nothing, seconds=5),
        "msp_shown_prompts": _rule(read_mappings, seconds=5, most_results=10_000),
        "msp_samples": _rule(read_sources, seconds=30, most_results=100),
        "msp_rulesets": _rule(read_folders, seconds=5, most_results=100),
    }
)
