"""Holds plug-ins to the contract: their hooks as they are loaded, their answers as they come.

`HOOK_RULES` says how the answer of each hook is read, and which limits the hook must keep.
`examine` finds the hooks of a plug-in, and everything that is wrong with them, before any of them
is called.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import GeneratorType, MappingProxyType, TracebackType
from typing import Final, NamedTuple

import orjson
import pluggy

from msp_rules.errors import MspRulesError, did_you_mean
from msp_rules.hooks import hookspecs
from msp_rules.hooks.hookspecs import GROUP, HOOK_PREFIX

_KIBIBYTE: Final = 1024
MOST_ITEM_BYTES: Final = 64 * _KIBIBYTE
"""CloudEvents 1.0, "Size Limits": carriers need not pass on an event above 64 KiB."""
MOST_DOCUMENT_BYTES: Final = 1024 * _KIBIBYTE
MOST_CASE_BYTES: Final = 8 * 1024 * _KIBIBYTE
"""The largest case that is taken whole."""


class PluginInvalid(MspRulesError):
    """A plug-in that must not be loaded; the text says what to change, and where."""


class InvalidResult(Exception):
    """An answer of another kind than the hook says; the text names kinds and places only."""


class ResultTooLarge(Exception):
    """An answer with more in it than the hook allows."""


class UnreadableCase(NamedTuple):
    """A case of an answer that can't be passed on; those beside it can."""

    id: str
    """The id that the plug-in gave it; empty where it gave none."""
    at: str
    """The moment that the plug-in gave it; empty where it gave none."""
    reason: str
    """The problem, by its place in the answer and never by a value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HookLimits:
    """The limits of one hook."""

    seconds: float
    """The time that a call may take."""
    most_results: int
    """The number of results that it may give."""


Reader = Callable[[object, int], object]
"""Reads an answer that has at most so many results; raises InvalidResult or ResultTooLarge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HookRule:
    """The contract of one hook."""

    read: Reader
    """Reads its answer."""
    limits: HookLimits
    """Its limits where the host sets no others."""


def read_mappings(value: object, most: int) -> tuple[dict[str, object], ...]:
    """Reads results that are mappings of plain data."""
    found = enumerate(_items(value, most), start=1)
    return tuple(_mapping(item, MOST_ITEM_BYTES, f"result {number}") for number, item in found)


def read_cases(value: object, most: int) -> tuple[dict[str, object] | UnreadableCase, ...]:
    """Reads cases, each by itself: one that can't be passed on leaves the others as they are."""
    found: list[dict[str, object] | UnreadableCase] = []
    for number, item in enumerate(_items(value, most), start=1):
        try:
            found.append(_mapping(item, MOST_CASE_BYTES, f"result {number}"))
        except (InvalidResult, ResultTooLarge) as error:
            named = item if isinstance(item, dict) else {}
            name, at = named.get("id"), named.get("at")
            found.append(
                UnreadableCase(
                    id=name if isinstance(name, str) else "",
                    at=at if isinstance(at, str) else "",
                    reason=str(error),
                )
            )
    return tuple(found)


def read_words(value: object, most: int) -> tuple[str, ...]:
    """Reads results that are words."""
    found = _items(value, most)
    for number, one in enumerate(found, start=1):
        if type(one) is not str:
            raise InvalidResult(f"result {number}: a text was expected, got {_kind(one)}")
    return tuple(one for one in found if isinstance(one, str))


def read_file(value: object, most: int) -> Path:
    """Reads the path of a file that is there."""
    if not isinstance(value, str | Path):
        raise InvalidResult(f"the path of a file was expected, got {_kind(value)}")
    if not Path(value).is_file():
        raise InvalidResult("the file does not exist")
    return Path(value)


def read_sources(value: object, most: int) -> tuple[str | bytes, ...]:
    """Reads results that are text or bytes."""
    found: list[str | bytes] = []
    for number, item in enumerate(_items(value, most), start=1):
        if type(item) not in (str, bytes):
            raise InvalidResult(f"result {number}: text or bytes were expected, got {_kind(item)}")
        assert isinstance(item, str | bytes)
        found.append(item)
    return tuple(found)


def read_source(value: object, most: int) -> str | bytes | None:
    """Reads a result that is text, bytes, or nothing."""
    return None if value is None else read_sources([value], 1)[0]


def read_document(value: object, most: int) -> object:
    """Reads text, bytes or plain data in the host's own shape."""
    if value is None:
        raise InvalidResult("cards in the host's shape were expected, got nothing")
    if type(value) in (str, bytes):
        assert isinstance(value, str | bytes)
        if len(value) > MOST_DOCUMENT_BYTES:
            raise ResultTooLarge(
                f"the document is longer than {MOST_DOCUMENT_BYTES // _KIBIBYTE} KiB"
            )
        return value
    return _plain_copy(value, MOST_DOCUMENT_BYTES, "the document")


def read_nothing(value: object, most: int) -> None:
    """Reads the answer of a hook that returns nothing."""
    if value is not None:
        raise InvalidResult(f"nothing was expected, got {_kind(value)}")


def read_revisions(value: object, most: int) -> frozenset[int] | None:
    """Reads the revisions of the changes that a host took; None: it took all of them."""
    if value is None:
        return None
    found = _items(value, most)
    for one in found:
        if type(one) is not int:
            raise InvalidResult(f"revisions were expected, got {_kind(one)}")
    return frozenset(one for one in found if isinstance(one, int))


def read_folders(value: object, most: int) -> dict[str, Path]:
    """Reads folders by name."""
    if not isinstance(value, Mapping):
        raise InvalidResult(f"folders by name were expected, got {_kind(value)}")
    found: dict[str, Path] = {}
    for name in _items(list(islice(value, most + 1)), most):
        folder = value[name]
        if type(name) is not str or not isinstance(folder, str | Path):
            raise InvalidResult(
                f"folders by name were expected, got {_kind(name)}: {_kind(folder)}"
            )
        found[name] = Path(folder)
        if not found[name].is_dir():
            raise InvalidResult("the folder of a ruleset does not exist")
    return found


def _mapping(item: object, most_bytes: int, what: str) -> dict[str, object]:
    """Copies a mapping of plain data."""
    if not isinstance(item, Mapping):
        raise InvalidResult(f"{what}: a mapping was expected, got {_kind(item)}")
    copy = _plain_copy(item if isinstance(item, dict) else dict(item), most_bytes, what)
    assert isinstance(copy, dict), "an object of JSON is one again"
    return copy


def _items(value: object, most: int) -> list[object]:
    """Draws the results of an iterable: never more than one beyond what is allowed."""
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        raise InvalidResult(f"several results were expected, got {_kind(value)}")
    try:
        found = list(islice(value, most + 1))
    finally:
        if isinstance(value, GeneratorType):
            value.close()  # here, where what its `finally` does is guarded, too
    if len(found) > most:
        raise ResultTooLarge(f"more than {most} results")
    return found


def _plain_copy(value: object, most_bytes: int, what: str) -> object:
    """Copies plain data; raises InvalidResult or ResultTooLarge if that can't be done."""
    try:
        text = orjson.dumps(value)
    except (TypeError, ValueError):  # orjson's own text may repeat the value
        raise InvalidResult(f"{what} is not plain data ({_kind(value)})") from None
    if len(text) > most_bytes:
        raise ResultTooLarge(f"{what} is longer than {most_bytes // _KIBIBYTE} KiB")
    copy: object = orjson.loads(text)
    return copy


def _kind(value: object) -> str:
    """Names the type of a value, for a message."""
    if isinstance(value, type):
        return "a class"
    return "nothing" if value is None else type(value).__name__[:80]


def _rule(read: Reader, *, seconds: float, most_results: int = 1) -> HookRule:
    return HookRule(read=read, limits=HookLimits(seconds=seconds, most_results=most_results))


# Half a second is what CDS Hooks 3.0 allows a service as a whole ("on the order of 500 ms"); hooks
# that speak with a database, outside a worker's click, have ten times that.
HOOK_RULES: Final[Mapping[str, HookRule]] = MappingProxyType(
    {
        "msp_find_events": _rule(read_mappings, seconds=5, most_results=1000),
        "msp_acknowledge": _rule(read_nothing, seconds=5),
        "msp_find_cases": _rule(read_cases, seconds=5, most_results=100),
        "msp_acknowledge_cases": _rule(read_nothing, seconds=5),
        "msp_find_feedback": _rule(read_mappings, seconds=5, most_results=1000),
        "msp_acknowledge_feedback": _rule(read_nothing, seconds=5),
        "msp_mapping": _rule(read_file, seconds=5),
        "msp_supplies": _rule(read_words, seconds=5, most_results=2000),
        "msp_render_cards": _rule(read_document, seconds=0.5),
        "msp_receive_changes": _rule(read_revisions, seconds=5, most_results=1000),
        "msp_shown_prompts": _rule(read_mappings, seconds=5, most_results=10_000),
        "msp_samples": _rule(read_sources, seconds=30, most_results=100),
        "msp_edit_sample": _rule(read_source, seconds=30),
        "msp_rulesets": _rule(read_folders, seconds=5, most_results=100),
    }
)


def hook_names() -> tuple[str, ...]:
    """Names every hook that there is."""
    return tuple(HOOK_RULES)


def new_manager() -> pluggy.PluginManager:
    """Makes a plug-in manager that knows every hook and no plug-in."""
    manager = pluggy.PluginManager(GROUP)
    manager.add_hookspecs(hookspecs)
    return manager


def examine(plugin: object, name: str) -> dict[str, Callable[..., object]]:
    """Finds the hooks that a plug-in implements; raises PluginInvalid with all that is wrong.

    Only what is marked as a hook, or named like one, is touched: nothing else of the plug-in runs.
    """
    if inspect.isclass(plugin):
        raise PluginInvalid(f"plug-in {name} is a class: name a module, or an object of the class")
    found: dict[str, Callable[..., object]] = {}
    problems: list[str] = []
    for attribute in sorted(set(dir(plugin))):
        if attribute.startswith("__"):
            continue
        function = inspect.getattr_static(plugin, attribute)
        function = getattr(function, "__func__", function)
        options = getattr(function, f"{GROUP}_impl", None)
        is_hook = isinstance(options, dict)
        if not is_hook and not (attribute.startswith(HOOK_PREFIX) and inspect.isroutine(function)):
            continue
        found[attribute] = getattr(plugin, attribute)
        problem = _problem(attribute, function, options if isinstance(options, dict) else None)
        if problem is not None:
            problems.append(f"{place_of(function)}: {problem}")
    if not found:
        problems.append(f"it implements no hook; the hooks are {', '.join(hook_names())}")
    if problems:
        raise PluginInvalid("\n".join(f"plug-in {name}: {one}" for one in problems))
    return found


def _problem(name: str, function: object, options: dict[str, object] | None) -> str | None:
    """Says what is wrong with one hook; None where nothing is."""
    if name not in HOOK_RULES:
        hint = (
            did_you_mean(name, HOOK_RULES, quote="") or f"; the hooks are {', '.join(HOOK_RULES)}"
        )
        return f"there is no hook {name}{hint}"
    if options is None:
        return f"{name} is not marked: put @hookimpl (from msp_rules.hooks) above it"
    if not inspect.isfunction(function):
        return f"{name} is not a function"
    if options.get("wrapper") or options.get("hookwrapper"):
        return f"{name} wraps the other plug-ins' hooks, which no plug-in may do"
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        return f"{name} is async; hooks are plain functions, each called in a thread of its own"
    known = inspect.signature(getattr(hookspecs, name)).parameters
    for argument, parameter in inspect.signature(function).parameters.items():
        if argument in ("self", "cls") or parameter.default is not parameter.empty:
            continue
        if argument not in known:
            hint = did_you_mean(argument, known, quote="") or f"; it may take {', '.join(known)}"
            return f"{name} takes no argument {argument}{hint}"
    return None


def place_of(function: Callable[..., object]) -> str:
    """Locates a function: folder/file:line, or its name where that is unknown."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    if code is None:
        return str(getattr(function, "__qualname__", "?"))[:80]
    return f"{_short(code.co_filename)}:{code.co_firstlineno}"


def place_in(trace: TracebackType | None, function: Callable[..., object]) -> str:
    """Finds the last place of a traceback in the plug-in's own folder; else the function's."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    home = Path(code.co_filename).parent if code is not None else None
    place = place_of(function)
    while trace is not None:
        file = Path(trace.tb_frame.f_code.co_filename)
        if home is not None and home in file.parents:
            place = f"{_short(str(file))}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place


def _short(path: str) -> str:
    """Keeps the last two parts of a path: the rest would reveal where somebody keeps files."""
    return "/".join(Path(path).parts[-2:])
