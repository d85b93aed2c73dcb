"""Holds the plug-ins of a process, and guards every call of them.

What goes wrong in a plug-in is a named value, never an exception in the host.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import pluggy

from msp_rules.errors import MspRulesError, did_you_mean
from msp_rules.hooks.contract import (
    HOOK_RULES,
    HookLimits,
    InvalidResult,
    PluginInvalid,
    ResultTooLarge,
    examine,
    new_manager,
    place_in,
)
from msp_rules.hooks.threads import PluginThreads, Running
from msp_rules.log_events import LogEvent, log

MOST_HANGING: Final = 4
"""The number of threads that never ended after which a plug-in stays set aside until a restart."""

FIRST_PAUSE: Final = 10
"""The seconds for which a plug-in that overran is not asked; they double each time."""
LONGEST_PAUSE: Final = 600
"""The most that the pause grows to."""

inside: Final = ContextVar("inside a plug-in", default=False)
"""True while the code that runs is a plug-in's."""


class FaultKind(StrEnum):
    """The way in which a plug-in failed."""

    REFUSED = "refused"
    """It could not be loaded, or names a hook that there is not."""
    RAISED = "raised"
    OVERRAN = "overran"
    """It did not answer within its time limit, and is set aside."""
    INVALID_RESULT = "invalid result"
    """It gave back something else than the hook says."""
    TOO_LARGE = "result too large"
    """It gave back more than the hook allows."""
    SET_ASIDE = "set aside"
    """It was not asked, because it overran a short time before."""
    BUSY = "busy"
    """It was not asked, because too many calls of it are still running."""
    NESTED = "nested"
    """It asked the plug-ins while it was being asked itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginFault:
    """One failure of one plug-in."""

    plugin: str
    """The name of the plug-in."""
    hook: str | None
    """The hook in which it failed; None: it could not be loaded."""
    kind: FaultKind
    """The way in which it failed."""
    detail: str = ""
    """Says more in words of the contract, types of exceptions and places in the plug-in's code;
    never an exception's text or a value, either of which may hold a record."""

    def __str__(self) -> str:
        where = f" in {self.hook}" if self.hook else ""
        return f"plug-in {self.plugin}: {self.kind.value}{where}" + (
            f": {self.detail}" if self.detail else ""
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedPlugin:
    """Describes one plug-in of a registry."""

    name: str
    """The name under which it was registered."""
    hooks: tuple[str, ...]
    """The hooks that it has."""
    distribution: str | None
    """The distribution that it was installed from; None: it was registered by hand."""
    version: str | None
    """The version of the distribution; None if unknown."""
    set_aside: PluginFault | None
    """The fault for which it is not asked for a while; None where it keeps its limits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """Holds what one plug-in gave back."""

    plugin: str
    """The name of the plug-in."""
    value: Any
    """The value, read as the hook's row in `HOOK_RULES` says; `Any`, as each hook gives another
    type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Holds what the plug-ins that were asked gave back, and what went wrong."""

    given: tuple[Given, ...]
    """In the order in which the plug-ins were loaded."""
    faults: tuple[PluginFault, ...]
    """The faults of the plug-ins that did not answer."""

    @property
    def value(self) -> Any:
        """The value of the only plug-in that answered; None where none did."""
        return self.given[0].value if self.given else None


class Registry:
    """Holds plug-ins and asks them; safe to use from several threads.

    `limits` replaces the limits of single hooks. `first_pause` and `clock`, in seconds, say when a
    plug-in that was set aside is tried again.
    """

    def __init__(
        self,
        *,
        limits: Mapping[str, HookLimits] | None = None,
        first_pause: float = FIRST_PAUSE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._manager = new_manager()
        self._first_pause = first_pause
        self._clock = clock
        self._entries: dict[str, _Entry] = {}
        self._limits = {name: rule.limits for name, rule in HOOK_RULES.items()}
        self._limits.update(limits or {})
        self.faults: tuple[PluginFault, ...] = ()
        """The faults of loading; those of a call are in its answers."""

    def register(
        self,
        name: str,
        plugin: object,
        *,
        distribution: str | None = None,
        version: str | None = None,
    ) -> None:
        """Adds a plug-in; raises PluginInvalid with everything that is wrong with its hooks."""
        self.register_examined(
            name, examine(plugin, name), distribution=distribution, version=version
        )

    def register_examined(
        self,
        name: str,
        hooks: Mapping[str, Callable[..., object]],
        *,
        distribution: str | None,
        version: str | None,
    ) -> None:
        """Adds a plug-in whose hooks have been examined."""
        if name in self._entries:
            raise PluginInvalid(f"plug-in {name}: another plug-in has this name")
        self._manager.register(_Hooks(hooks), name=name)
        self._manager.check_pending()
        self._entries[name] = _Entry(name, tuple(hooks), PluginThreads(name), distribution, version)

    @property
    def plugins(self) -> tuple[LoadedPlugin, ...]:
        """Every plug-in, in the order in which they were loaded."""
        return tuple(
            LoadedPlugin(
                name=one.name,
                hooks=one.hooks,
                distribution=one.distribution,
                version=one.version,
                set_aside=one.set_aside,
            )
            for one in self._entries.values()
        )

    def need(self, name: str) -> LoadedPlugin:
        """Finds a plug-in; raises MspRulesError, with the nearest name, where there is none."""
        for one in self.plugins:
            if one.name == name:
                return one
        refused = [str(fault) for fault in self.faults if fault.plugin == name]
        hint = did_you_mean(name, self._entries, quote="")
        known = f"; installed are {', '.join(self._entries)}" if self._entries and not hint else ""
        raise MspRulesError(refused[0] if refused else f"there is no plug-in {name}{hint}{known}")

    def implements(self, name: str, hook: str) -> bool:
        """Says whether a plug-in has a hook."""
        return name in self._entries and hook in self._entries[name].hooks

    def limits_of(self, hook: str) -> HookLimits:
        """Gives the limits of a hook."""
        return self._limits[hook]

    def ask(self, hook: str, *, only: str | None = None, **arguments: Any) -> Answers:
        """Asks every plug-in that has a hook (or `only` one), all at the same time.

        Answers within the hook's time limit whatever the plug-ins do. One that overruns is set
        aside: for a while, or until `reinstate`, each call names it in a fault and does not ask it.
        Then it is tried again, and set aside for twice as long where the same hook overruns again.
        """
        limits = self._limits[hook]
        most = limits.most_results
        if "most" in arguments:
            most = arguments["most"] = min(most, arguments["most"])
        chosen = [
            one
            for one in list(self._entries.values())
            if hook in one.hooks and only in (None, one.name)
        ]
        given: list[Given] = []
        faults: list[PluginFault] = []
        started: list[tuple[_Entry, Running[Given | PluginFault] | PluginFault]] = []
        for one in chosen:
            started.append((one, self._start(one, hook, most, arguments)))
        until = time.monotonic() + limits.seconds
        for one, running in started:
            found = (
                running
                if isinstance(running, PluginFault)
                else self._wait(one, hook, running, until, limits.seconds)
            )
            if isinstance(found, PluginFault):
                log(LogEvent.PLUGIN_FAILED, kind=found.kind)
                faults.append(found)
            else:
                given.append(found)
        return Answers(given=tuple(given), faults=tuple(faults))

    def supplied_by(self, name: str) -> tuple[str, ...] | None:
        """Asks a plug-in what its host can deliver; None where it does not say.

        The words are those of `Desk(..., supply=...)`. Raises MspRulesError where the plug-in is
        not there, or fails: a host that cannot say what it delivers must not be asked for it.
        """
        self.need(name)
        answers = self.ask("msp_supplies", only=name)
        if answers.faults:
            raise MspRulesError(str(answers.faults[0]))
        words: tuple[str, ...] | None = answers.value
        return words

    def reinstate(self, name: str) -> None:
        """Reinstates a plug-in that was set aside; raises MspRulesError where it hangs too often.

        Each time it overran without ending, a thread stays behind.
        """
        self.need(name)
        entry = self._entries[name]
        if entry.threads.hanging >= MOST_HANGING:
            raise MspRulesError(
                f"plug-in {name} has {entry.threads.hanging} calls that never ended; "
                "fix it and restart the process"
            )
        entry.set_aside, entry.overruns = None, 0

    def _start(
        self, entry: _Entry, hook: str, most: int, arguments: Mapping[str, object]
    ) -> Running[Given | PluginFault] | PluginFault:
        def fault(kind: FaultKind, detail: str = "") -> PluginFault:
            return PluginFault(plugin=entry.name, hook=hook, kind=kind, detail=detail)

        if inside.get():
            return fault(FaultKind.NESTED, "a hook must not ask other hooks")
        if entry.set_aside is not None and not self._is_on_trial(entry):
            return fault(FaultKind.SET_ASIDE, f"it overran in {entry.set_aside.hook}")
        function = self._function(entry.name, hook)
        running = entry.threads.start(lambda: _guarded(entry.name, hook, function, arguments, most))
        return running or fault(FaultKind.BUSY, "too many of its calls are still running")

    def _wait(
        self,
        entry: _Entry,
        hook: str,
        running: Running[Given | PluginFault],
        until: float,
        seconds: float,
    ) -> Given | PluginFault:
        try:
            found = running.wait(until - time.monotonic())
        except TimeoutError:
            detail = f"no answer within {seconds:g} seconds"
            fault = PluginFault(plugin=entry.name, hook=hook, kind=FaultKind.OVERRAN, detail=detail)
            pause = min(self._first_pause * 2**entry.overruns, LONGEST_PAUSE)
            entry.set_aside, entry.overruns = fault, entry.overruns + 1
            entry.asked_again_at = self._clock() + pause
            return fault
        if entry.set_aside is not None and entry.set_aside.hook == hook:
            entry.set_aside, entry.overruns = None, 0
        return found

    def _is_on_trial(self, entry: _Entry) -> bool:
        """Says whether a plug-in that was set aside may be asked again."""
        is_time = self._clock() >= entry.asked_again_at
        return is_time and entry.threads.hanging < MOST_HANGING

    def _function(self, name: str, hook: str) -> pluggy.HookImpl:
        caller: pluggy.HookCaller = getattr(self._manager.hook, hook)
        return next(one for one in caller.get_hookimpls() if one.plugin_name == name)


@dataclass(slots=True)
class _Entry:
    """A plug-in as the registry holds it: `LoadedPlugin` is what others see of it."""

    name: str
    hooks: tuple[str, ...]
    threads: PluginThreads
    distribution: str | None = None
    version: str | None = None
    set_aside: PluginFault | None = None
    overruns: int = 0
    asked_again_at: float = 0.0


class _Hooks:
    """The hooks of one plug-in and nothing else of it, since pluggy inspects every attribute.

    Plug-ins are compared by identity: two with the same hooks are not the same plug-in.
    """

    def __init__(self, hooks: Mapping[str, Callable[..., object]]) -> None:
        self.__dict__.update(hooks)


def _guarded(
    plugin: str,
    hook: str,
    implementation: pluggy.HookImpl,
    arguments: Mapping[str, object],
    most: int,
) -> Given | PluginFault:
    """Runs a hook and reads all of what it gives, in the plug-in's thread: never raises."""
    inside.set(True)
    function = implementation.function
    try:
        # `taken` is made here: copying is paid for by the plug-in's time, and each has its own.
        taken = [_own(arguments[name]) for name in implementation.argnames]
        value = HOOK_RULES[hook].read(function(*taken), most)
    except InvalidResult as found:
        return PluginFault(
            plugin=plugin, hook=hook, kind=FaultKind.INVALID_RESULT, detail=str(found)
        )
    except ResultTooLarge as found:
        return PluginFault(plugin=plugin, hook=hook, kind=FaultKind.TOO_LARGE, detail=str(found))
    except BaseException as error:  # noqa: BLE001 - the boundary: SystemExit must not pass, either
        return PluginFault(
            plugin=plugin,
            hook=hook,
            kind=FaultKind.RAISED,
            detail=f"{kind_of(error)} at {place_in(error.__traceback__, function)}",
        )
    return Given(plugin=plugin, value=value)


def kind_of(error: BaseException) -> str:
    """Names the class of an exception, as far as it has a name."""
    name = type(error).__name__
    return name if name.isidentifier() and len(name) <= 80 else "an exception"


def _own(value: object) -> object:
    """Copies plain data; everything else that hooks are given can't be changed."""
    if isinstance(value, list | tuple):
        return [_own(one) for one in value]
    if isinstance(value, Mapping):
        return {key: _own(one) for key, one in value.items()}
    return value
