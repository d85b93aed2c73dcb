"""Loads the plug-ins that are installed, and finds the rulesets that they bring.

Importing a plug-in runs its code, so it is guarded like a call of a hook: in a thread, with a time
limit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Final

from msp_rules.errors import MspRulesError
from msp_rules.hooks.contract import HookLimits, PluginInvalid, examine
from msp_rules.hooks.hookspecs import GROUP
from msp_rules.hooks.registry import FaultKind, PluginFault, Registry, inside, kind_of
from msp_rules.hooks.threads import PluginThreads
from msp_rules.log_events import LogEvent, log

LOAD_SECONDS: Final = 10.0


def load_installed(
    *,
    limits: Mapping[str, HookLimits] | None = None,
    entries: Iterable[metadata.EntryPoint] | None = None,
    load_seconds: float = LOAD_SECONDS,
    is_strict: bool = False,
) -> Registry:
    """Loads the plug-ins that are installed here (entry points of the group `msp_rules`), by name.

    One that can't be loaded, or whose hooks are wrong, is left out and named in `faults`; with
    `is_strict`, raises PluginInvalid instead. `entries` replaces what is installed.
    """
    registry = Registry(limits=limits)
    faults: list[PluginFault] = []
    found = metadata.entry_points(group=GROUP) if entries is None else entries
    for entry in sorted(found, key=lambda one: one.name):
        detail = _load(registry, entry, load_seconds)
        if detail is not None:
            log(LogEvent.PLUGIN_FAILED, kind=FaultKind.REFUSED)
            faults.append(
                PluginFault(plugin=entry.name, hook=None, kind=FaultKind.REFUSED, detail=detail)
            )
    registry.faults = tuple(faults)
    if faults and is_strict:
        raise PluginInvalid("\n".join(str(one) for one in faults))
    return registry


def rules_folder(registry: Registry, name: str) -> Path | None:
    """Finds the folder of the ruleset or overlay of a name; None where no plug-in has one.

    Raises MspRulesError where two plug-ins have one; and where none was found, but a plug-in that
    may have it failed.
    """
    answers = registry.ask("msp_rulesets")
    found = [(one.plugin, one.value[name]) for one in answers.given if name in one.value]
    if len(found) > 1:
        raise MspRulesError(
            f'several plug-ins have a ruleset "{name}": {", ".join(one for one, _ in found)}; '
            "name its folder instead"
        )
    if found:
        folder: Path = found[0][1]
        return folder
    faults = [*registry.faults, *answers.faults]
    if faults:
        listed = "\n".join(str(fault) for fault in faults)
        raise MspRulesError(
            f'"{name}" was not found, and not every plug-in could be asked:\n{listed}'
        )
    return None


def _load(registry: Registry, entry: metadata.EntryPoint, seconds: float) -> str | None:
    """Loads one plug-in; says what is wrong with it, None where nothing is."""
    running = PluginThreads(entry.name).start(lambda: _imported(entry))
    assert running is not None, "new threads have a free one"
    try:
        found = running.wait(seconds)
    except TimeoutError:
        return f"importing {entry.value} took longer than {seconds:g} seconds"
    if isinstance(found, str):
        return found
    distribution = entry.dist
    try:
        registry.register_examined(
            entry.name,
            found,
            distribution=distribution.name if distribution is not None else None,
            version=distribution.version if distribution is not None else None,
        )
    except PluginInvalid as error:
        return _without_name(error, entry)
    return None


def _imported(entry: metadata.EntryPoint) -> str | dict[str, Callable[..., object]]:
    """Imports a plug-in and gives its hooks, or says what is wrong with it: never raises."""
    inside.set(True)
    try:
        return examine(entry.load(), entry.name)
    except PluginInvalid as error:
        return _without_name(error, entry)
    except BaseException as error:  # noqa: BLE001 - the boundary: SystemExit must not pass, either
        return f"importing {entry.value} raised {kind_of(error)}"


def _without_name(error: PluginInvalid, entry: metadata.EntryPoint) -> str:
    return str(error).replace(f"plug-in {entry.name}: ", "")
