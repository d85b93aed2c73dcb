"""Whether a plug-in's hooks are such as this package asks for, and where in its code they stand."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

import pluggy

from msp_rules.casework.vocabulary import nearest
from msp_rules.errors import MspRulesError
from msp_rules.hooks import hookspecs
from msp_rules.hooks.hookspecs import GROUP, HOOK_PREFIX
from msp_rules.hooks.results import HOOK_RULES


class PluginInvalid(MspRulesError):
    """A plug-in that must not be loaded; the text says what to change, and where."""


def hook_names() -> tuple[str, ...]:
    """Every hook that there is."""
    return tuple(HOOK_RULES)


def new_manager() -> pluggy.PluginManager:
    """A plug-in manager that knows every hook and no plug-in."""
    manager = pluggy.PluginManager(GROUP)
    manager.add_hookspecs(hookspecs)
    return manager


def examine(plugin: object, name: str) -> dict[str, Callable[..., Any]]:
    """The hooks that a plug-in implements; raises PluginInvalid with all that is wrong with it.

    Only what is marked as a hook, or named like one, is touched: nothing else of the plug-in runs.
    """
    if inspect.isclass(plugin):
        raise PluginInvalid(f"plug-in {name} is a class: name a module, or an object of the class")
    found: dict[str, Callable[..., Any]] = {}
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
        problems.append(f"it implements no hook; there are {', '.join(hook_names())}")
    if problems:
        raise PluginInvalid("\n".join(f"plug-in {name}: {one}" for one in problems))
    return found


def _problem(name: str, function: object, options: dict[str, object] | None) -> str | None:
    """What is wrong with one hook, None where nothing is."""
    if name not in HOOK_RULES:
        guess = nearest(name, HOOK_RULES)
        hint = f"; did you mean {guess}?" if guess else f"; there are {', '.join(HOOK_RULES)}"
        return f"there is no hook {name}{hint}"
    if options is None:
        return f"{name} is not marked: put @hookimpl (from msp_rules.hooks) above it"
    if not inspect.isfunction(function):
        return f"{name} is no function"
    if options.get("wrapper") or options.get("hookwrapper"):
        return f"{name} wraps the other plug-ins' hooks, which no plug-in may do"
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        return f"{name} is async; hooks are plain functions, each called in a thread of its own"
    known = inspect.signature(getattr(hookspecs, name)).parameters
    for argument, parameter in inspect.signature(function).parameters.items():
        if argument in ("self", "cls") or parameter.default is not parameter.empty:
            continue
        if argument not in known:
            guess = nearest(argument, known)
            hint = f"; did you mean {guess}?" if guess else f"; it may take {', '.join(known)}"
            return f"{name} takes no argument {argument}{hint}"
    return None


def place_of(function: object) -> str:
    """Where a function stands: folder/file:line, or what it is called where that is unknown."""
    code = getattr(inspect.unwrap(function), "__code__", None)  # type: ignore[arg-type]
    if code is None:
        return str(getattr(function, "__qualname__", "?"))[:80]
    return f"{_short(code.co_filename)}:{code.co_firstlineno}"


def place_in(trace: TracebackType | None, function: object) -> str:
    """The last place of a traceback that lies in the plug-in's own folder, else the function's."""
    code = getattr(inspect.unwrap(function), "__code__", None)  # type: ignore[arg-type]
    home = Path(code.co_filename).parent if code is not None else None
    place = place_of(function)
    while trace is not None:
        file = Path(trace.tb_frame.f_code.co_filename)
        if home is not None and home in file.parents:
            place = f"{_short(str(file))}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place


def _short(path: str) -> str:
    """The last two parts of a path: the rest says where somebody's files lie."""
    return "/".join(Path(path).parts[-2:])
