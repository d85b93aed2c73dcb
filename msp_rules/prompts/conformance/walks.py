"""Tries an adapter in three walks, in the adapter's own process, and notes what it does.

`find` asks for events, `show` sends cards and changes, `crash` kills rounds at one line of the
adapter's code after another. A walk only acts and writes down; `checks` judges what was seen.
"""

from __future__ import annotations

import inspect
import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, ModuleType
from typing import TYPE_CHECKING, Any, Final, Required, TypeAlias, TypedDict

import orjson

from msp_rules.hooks import FaultKind, Registry
from msp_rules.hooks.contract import UnreadableCase, examine, read_sources
from msp_rules.prompts.adapter_round import Change, exchange_round
from msp_rules.prompts.case_round import CaseReply
from msp_rules.prompts.conformance.sandbox import (
    Adapter,
    NotLoaded,
    Task,
    loaded,
    packed,
    registry_of,
    unpacked,
)

if TYPE_CHECKING:
    from _typeshed import TraceFunction

MOST: Final = 1000
TIMES: Final = 25
"""The number of calls of a hook by which its time is measured."""
FINDS: Final = ("msp_find_events", "msp_find_cases")
"""The hooks by which a host says what was recorded: it must have one of them."""
ENDED: Final = "ended"
KILLED: Final = "killed"

Message: TypeAlias = dict[str, object]
"""An event, as the adapter gave it."""
FoundCase: TypeAlias = dict[str, object]
"""A whole case, as the adapter gave it; `unreadable` alone says why it can't be passed on."""
Shown: TypeAlias = list[dict[str, object]] | None
"""The prompts that workers see, as the adapter gave them; None where it can't say."""


class StepFault(TypedDict):
    """A fault of the adapter."""

    step: str
    """The step in which it came."""
    fault: str
    """The fault in words."""


class Acknowledged(TypedDict):
    """The events that are found in one source while they are acknowledged."""

    found: list[Message]
    """The events at first."""
    after_half: list[Message]
    """The events once half of them were acknowledged."""
    after_all: list[Message]
    """The events once all were acknowledged or refused."""


class AcknowledgedCases(TypedDict):
    """The cases that are found in one source while they are acknowledged."""

    found: list[FoundCase]
    """The cases at first."""
    after_half: list[FoundCase]
    """The cases once half of them were acknowledged."""
    after_all: list[FoundCase]
    """The cases once all were acknowledged or refused."""


class FindSeen(TypedDict, total=False):
    """Holds what `find` saw, as far as it came."""

    not_loaded: str
    """The reason for which the adapter could not be loaded: then there is nothing else."""
    hooks: list[str]
    """The hooks of the adapter."""
    sources: int
    """The number of sample sources."""
    found: list[list[Message]]
    """The events of each source."""
    found_again: list[list[Message]]
    """The events of each source, found a second time."""
    cases: list[list[FoundCase]]
    """The whole cases of each source."""
    cases_again: list[list[FoundCase]]
    """The whole cases of each source, found a second time."""
    mapping: str | None
    """The path of the mapping file by which they are read; None where there is none."""
    supplies: list[str] | None
    """The words by which the adapter says what its host can deliver; None where it does not."""
    acknowledged_cases: list[AcknowledgedCases]
    """The whole cases of each source while they are acknowledged; only if it acknowledges them."""
    acknowledged: list[Acknowledged]
    """The events of each source while they are acknowledged; only if the adapter acknowledges."""
    faults: list[StepFault]
    """The faults on the way."""
    said_of_broken_sources: list[StepFault]
    """The faults about sources that were damaged on purpose."""


class ShowSeen(TypedDict, total=False):
    """Holds what `show` saw."""

    rendered: dict[str, object]
    """The renderings of all cards, all again, one, and none; only if the adapter renders cards."""
    shown: list[Shown]
    """The prompts after half of the changes, after all, and after all again."""
    shown_in_reverse: Shown
    """The prompts after all changes, sent newest first."""
    times: Required[dict[str, list[float]]]
    """The times of each hook in milliseconds, sorted."""
    faults: Required[list[StepFault]]
    """The faults on the way."""


class Trial(TypedDict, total=False):
    """Holds the outcome of a round that was killed, and of the whole round after it."""

    ended: Required[str]
    """The end of the killed round."""
    second: str
    """The fault of the round after it: then there is nothing else."""
    taken: list[Message]
    """The events that were taken in, in both rounds."""
    cases: list[FoundCase]
    """The whole cases that were taken in, in both rounds."""
    shown: list[Shown]
    """The prompts that are shown in the end, for each source."""
    faults: list[str]
    """The faults of the second round."""


class CrashSeen(TypedDict):
    """Holds what `crash` saw."""

    whole: Trial
    """A round that was not killed."""
    lines: int
    """The number of lines of the adapter's code that run in a round."""
    trials: list[Trial]
    """One trial for each line at which a round was killed."""


class Guide:
    """Asks the adapter, and notes each fault with the step in which it came."""

    def __init__(self, adapter: Adapter, plugin: object) -> None:
        self.registry = registry_of(adapter, plugin)
        self.name = adapter.name
        self.faults: list[StepFault] = []
        self._adapter = adapter
        self._plugin = plugin

    def has(self, hook: str) -> bool:
        """Says whether the adapter has a hook."""
        return self.registry.implements(self.name, hook)

    def ask(self, step: str, hook: str, **arguments: Any) -> Any:
        """Gives what the adapter gives, None where it failed; continues with one that overran."""
        answers = self.registry.ask(hook, only=self.name, **arguments)
        for fault in answers.faults:
            self.faults.append({"step": step, "fault": str(fault)})
            if fault.kind is FaultKind.OVERRAN:
                self.registry = registry_of(self._adapter, self._plugin)
        return answers.value

    def samples(self, folder: Path, canary: str) -> list[str | bytes]:
        """Lets the adapter write its sample sources into a new folder."""
        folder.mkdir()
        return list(self.ask("samples", "msp_samples", folder=folder, canary=canary) or ())

    def find(self, step: str, source: str | bytes, most: int = MOST) -> list[Message]:
        """Finds the events of a source."""
        if not self.has("msp_find_events"):
            return []
        return list(self.ask(step, "msp_find_events", source=source, most=most) or ())

    def find_cases(self, step: str, source: str | bytes, most: int = MOST) -> list[FoundCase]:
        """Finds the whole cases of a source."""
        if not self.has("msp_find_cases"):
            return []
        found = self.ask(step, "msp_find_cases", source=source, most=most) or ()
        return [
            {"unreadable": one.reason} if isinstance(one, UnreadableCase) else one for one in found
        ]

    def shown(self, source: str | bytes) -> Shown:
        """Gives what workers see."""
        if not self.has("msp_shown_prompts"):
            return None
        return list(self.ask("ask what is shown", "msp_shown_prompts", source=source) or ())


def find(adapter: Adapter, folder: Path, task: Task) -> FindSeen:
    """Checks everything that does not depend on the desk's answers to the events."""
    try:
        guide = Guide(adapter, loaded(adapter))
    except NotLoaded as error:
        return {"not_loaded": str(error)}
    seen: FindSeen = {"hooks": list(guide.registry.need(adapter.name).hooks)}
    if not (guide.has("msp_samples") and any(map(guide.has, FINDS))):
        return seen
    mapping = guide.ask("mapping", "msp_mapping") if guide.has("msp_mapping") else None
    seen["mapping"] = None if mapping is None else str(mapping)
    has_supply = guide.has("msp_supplies")
    seen["supplies"] = list(guide.ask("supply", "msp_supplies") or ()) if has_supply else None
    sources = guide.samples(folder / "first", task.canary)
    seen["sources"] = len(sources)
    seen["found"] = [guide.find("find", source) for source in sources]
    seen["found_again"] = [guide.find("find again", source) for source in sources]
    seen["cases"] = [guide.find_cases("find", source) for source in sources]
    seen["cases_again"] = [guide.find_cases("find again", source) for source in sources]
    if guide.has("msp_acknowledge_cases"):
        sources = guide.samples(folder / "of cases", task.canary)
        seen["acknowledged_cases"] = [_acknowledge_cases(guide, source) for source in sources]
    if guide.has("msp_acknowledge"):
        sources = guide.samples(folder / "second", task.canary)
        seen["acknowledged"] = [_acknowledge(guide, source) for source in sources]
    seen["faults"] = list(guide.faults)
    # What comes now goes wrong on purpose: only what is said of it counts.
    guide.faults.clear()
    for source in guide.samples(folder / "third", task.canary):
        for broken in _broken(source, task.canary):
            guide.find("a broken source", broken)
            guide.find_cases("a broken source", broken)
    seen["said_of_broken_sources"] = list(guide.faults)
    return seen


def _acknowledge(guide: Guide, source: str | bytes) -> Acknowledged:
    """Acknowledges half of what is found, then the rest, and finds again in between."""
    guide.find("find one", source, most=1)  # more than one is too many
    found = guide.find("find", source)
    half, rest = found[: (len(found) + 1) // 2], found[(len(found) + 1) // 2 :]
    for step in ("acknowledge", "acknowledge again"):
        guide.ask(step, "msp_acknowledge", source=source, taken=_keys(half), refused=[])
    after_half = guide.find("find after half", source)
    refused = [{**key, "reason": "data.asked: is missing"} for key in _keys(rest)]
    guide.ask("refuse", "msp_acknowledge", source=source, taken=[], refused=refused)
    after_all = guide.find("find after all", source)
    return {"found": found, "after_half": after_half, "after_all": after_all}


def _acknowledge_cases(guide: Guide, source: str | bytes) -> AcknowledgedCases:
    """Acknowledges half of the cases, then the others as refused, and finds again in between."""
    guide.find_cases("find one", source, most=1)
    found = guide.find_cases("find", source)
    half, others = found[: (len(found) + 1) // 2], found[(len(found) + 1) // 2 :]
    for step in ("acknowledge", "acknowledge again"):
        guide.ask(step, "msp_acknowledge_cases", source=source, taken=case_keys(half), refused=[])
    after_half = guide.find_cases("find after half", source)
    refused = [{**key, "reason": "events[0].id: is missing"} for key in case_keys(others)]
    guide.ask("refuse", "msp_acknowledge_cases", source=source, taken=[], refused=refused)
    after_all = guide.find_cases("find after all", source)
    return {"found": found, "after_half": after_half, "after_all": after_all}


def case_keys(cases: Sequence[FoundCase]) -> list[dict[str, str]]:
    """Names whole cases, as they are acknowledged."""
    return [{name: str(one.get(name, "")) for name in ("id", "at")} for one in cases]


def _keys(messages: Sequence[Message]) -> list[dict[str, str]]:
    return [{name: str(one.get(name, "")) for name in ("source", "id")} for one in messages]


def _broken(source: str | bytes, canary: str) -> Iterator[str | bytes]:
    """Cuts the source off in the middle, as an accident of the host might leave it."""
    if isinstance(source, bytes):
        yield source[: len(source) // 2]
        yield source + canary.encode()
        return
    yield source + canary
    path = Path(source.partition("///")[2] or source)
    if path.is_file():
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) // 2])
        yield source


def show(adapter: Adapter, folder: Path, task: Task) -> ShowSeen:
    """Shows cards and sends changes, in order, again, and in reverse; measures times."""
    guide = Guide(adapter, loaded(adapter))
    seen: ShowSeen = {"times": {}, "faults": guide.faults}
    sources = guide.samples(folder / "first", task.canary)
    for source in sources:  # an adapter that keeps something has had the chance to
        guide.find("find", source)
        guide.find_cases("find", source)
    if guide.has("msp_render_cards"):
        cards = task.cards
        some = {"all": cards, "again": cards, "one": cards[:1], "none": ()}
        seen["rendered"] = {name: _rendered(guide, one) for name, one in some.items()}
    if guide.has("msp_receive_changes") and sources:
        seen["shown"] = _send(guide, sources[0], task.changes)
        other = next(iter(guide.samples(folder / "second", task.canary)), sources[0])
        for change in reversed(task.changes):
            guide.ask("send in reverse", "msp_receive_changes", source=other, changes=[change])
        seen["shown_in_reverse"] = guide.shown(other)
    seen["times"] = _times(guide, sources, task)
    return seen


def _rendered(guide: Guide, cards: Sequence[object]) -> object:
    value: object = guide.ask("render", "msp_render_cards", cards=[*cards])
    return packed(value) if isinstance(value, bytes) else value


def _send(guide: Guide, source: str | bytes, changes: Sequence[Change]) -> list[Shown]:
    """Gives what is shown after half of the changes, after all, and after all are sent again."""
    shown = []
    half = len(changes) // 2
    for step, some in (("send", changes[:half]), ("send", changes), ("send again", changes)):
        guide.ask(step, "msp_receive_changes", source=source, changes=[*some])
        shown.append(guide.shown(source))
    guide.ask("send nothing", "msp_receive_changes", source=source, changes=[])
    return shown


def _times(guide: Guide, sources: Sequence[str | bytes], task: Task) -> dict[str, list[float]]:
    """Measures each hook that a worker has to wait for, in milliseconds."""
    calls: dict[str, dict[str, object]] = {"msp_render_cards": {"cards": [*task.cards]}}
    if sources:
        calls |= {one: {"source": sources[0], "most": MOST} for one in FINDS}
        calls["msp_receive_changes"] = {"source": sources[0], "changes": [*task.changes]}
    found: dict[str, list[float]] = {}
    for hook, arguments in calls.items():
        if not guide.has(hook):
            continue
        taken = []
        for _ in range(TIMES):
            start = time.perf_counter()
            guide.ask("time", hook, **arguments)
            if any(one["step"] == "time" for one in guide.faults):
                break  # said once; a hook that hangs would hang as often as it is asked
            taken.append((time.perf_counter() - start) * 1000)
        if taken:
            found[hook] = sorted(taken)
    return found


def crash(adapter: Adapter, folder: Path, task: Task) -> CrashSeen:
    """Kills rounds at one line after another of the adapter's code, each followed by a new round.

    Each line is tried the first and the last time that it runs, at most `most_points` times in all.
    """
    plugin = loaded(adapter)
    trials = _Trials(adapter=adapter, plugin=plugin, task=task, home=_home(plugin))
    _warm_up(trials, folder / "warm")
    whole = _trial(trials, folder / "whole", kill_at=0)
    if whole["ended"] != ENDED or "second" in whole:
        return {"whole": whole, "lines": 0, "trials": []}
    lines: list[str] = orjson.loads((folder / "whole/lines").read_bytes())
    points = _points(lines, task.most_points)
    found = [_trial(trials, folder / f"at-{at}", kill_at=at) for at in points]
    return {"whole": whole, "lines": len(set(lines)), "trials": found}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trials:
    """Holds what is the same for all trials of an adapter."""

    adapter: Adapter
    plugin: object
    task: Task
    home: str
    """The beginning of the paths of the adapter's own code."""

    def registry(self) -> Registry:
        """Makes a registry: its threads start in the process of the trial."""
        return registry_of(self.adapter, self.plugin)

    def guide(self) -> Guide:
        """Makes a guide with a registry of its own."""
        return Guide(self.adapter, self.plugin)

    def outbox(self, folder: Path) -> _Notes:
        """Makes the replacement of the desk for a trial."""
        return _Notes(folder / "taken", self.task.changes)


class _Notes:
    """Replaces the desk: notes what it takes in, and has the same changes pending each time."""

    def __init__(self, path: Path, changes: Sequence[Change]) -> None:
        self._path = path
        self._changes = changes

    def submit(self, message: Mapping[str, object]) -> str | None:
        self._note(message, "")
        return None

    def _note(self, found: Mapping[str, object], suffix: str) -> None:
        with self._path.with_suffix(suffix).open("ab") as notes:
            notes.write(orjson.dumps(found) + b"\n")

    def put_case(self, found: Mapping[str, object], mapping: Path | None) -> CaseReply:
        self._note(found, ".cases")
        return CaseReply()

    def compare_supply(self, words: tuple[str, ...]) -> str | None:
        return None

    def pending(self) -> Sequence[Change]:
        return self._changes

    def acknowledge(self, changes: Sequence[Change]) -> None:
        """Does nothing, so that all comes again: a crash may have lost the acknowledgement."""


def _home(plugin: object) -> str:
    """Finds the adapter's own code: its package's folder, or its file if it is in none."""
    name = plugin.__name__ if isinstance(plugin, ModuleType) else type(plugin).__module__
    top = sys.modules[name.partition(".")[0]]
    file = Path(str(top.__file__))
    return str(file.parent) + os.sep if hasattr(top, "__path__") else str(file)


def _warm_up(trials: _Trials, folder: Path) -> None:
    """Lets the adapter import what it imports late: once here, and not again in every fork."""
    folder.mkdir()
    # Called directly, not by a registry: a process that has threads must not be forked.
    hooks = examine(trials.plugin, trials.adapter.name)
    try:
        samples = hooks["msp_samples"](folder=folder, canary=trials.task.canary)
        for source in read_sources(samples, MOST):
            for hook in FINDS:
                if hook in hooks:
                    _ask_directly(hooks[hook], source)
    except BaseException:  # noqa: BLE001, S110 - the trials will show it
        pass


def _ask_directly(hook: Callable[..., object], source: str | bytes) -> None:
    """Asks a hook for all that it finds, with those arguments that it takes."""
    offered = {"source": source, "most": MOST}
    wanted = inspect.signature(hook).parameters
    found = hook(**{name: one for name, one in offered.items() if name in wanted})
    if isinstance(found, Iterable):
        deque(found, maxlen=0)


def _points(lines: Sequence[str], most: int) -> list[int]:
    """Chooses when to kill: counted in lines from 1."""
    first: dict[str, int] = {}
    last: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        first.setdefault(line, number)
        last[line] = number
    points = sorted({*first.values(), *last.values()})
    if len(points) <= most:
        return points
    return [points[(len(points) - 1) * number // (most - 1)] for number in range(most)]


def _trial(trials: _Trials, folder: Path, *, kill_at: int) -> Trial:
    """Runs one round that is killed at a line (0: not at all), and one more to its end."""
    folder.mkdir()
    first = _forked(lambda: _killed_round(trials, folder, kill_at))
    ended = ENDED if first == 0 else KILLED if first == -signal.SIGKILL else f"code {first}"
    if _forked(lambda: _whole_round(trials, folder)) != 0:
        return {"ended": ended, "second": "the round after the crash did not end"}
    after: _After = orjson.loads((folder / "after").read_bytes())
    return {
        "ended": ended,
        "taken": _noted(folder / "taken"),
        "cases": _noted(folder / "taken.cases"),
        "shown": after["shown"],
        "faults": after["faults"],
    }


def _noted(notes: Path) -> list[dict[str, object]]:
    lines = notes.read_bytes().splitlines() if notes.exists() else []
    return [orjson.loads(line) for line in lines]


class _After(TypedDict):
    """Holds what is observed after a whole round, as its process passes it on."""

    shown: list[Shown]
    faults: list[str]


def _forked(work: Callable[[], None]) -> int:
    """Does work in a fork of this process, which has no other thread; gives how it ended."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:  # noqa: BLE001 - no traceback: its text may hold a record
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def _killed_round(trials: _Trials, folder: Path, kill_at: int) -> None:
    sources = trials.guide().samples(folder / "samples", trials.task.canary)
    (folder / "sources").write_bytes(orjson.dumps([packed(one) for one in sources]))
    lines: list[str] = []

    def at_line(frame: FrameType, event: str, _: object) -> TraceFunction:
        if event == "line":
            lines.append(f"{frame.f_code.co_filename}:{frame.f_lineno}")
            if len(lines) == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)
        return at_line

    def at_call(frame: FrameType, event: str, _: object) -> TraceFunction | None:
        return at_line if frame.f_code.co_filename.startswith(trials.home) else None

    registry = trials.registry()
    threading.settrace(at_call)  # of the threads that start from here on, in which hooks run
    for source in sources:
        exchange_round(registry, trials.adapter.name, trials.outbox(folder), source)
    (folder / "lines").write_bytes(orjson.dumps(lines))


def _whole_round(trials: _Trials, folder: Path) -> None:
    guide = trials.guide()
    after: _After = {"shown": [], "faults": []}
    sources: list[dict[str, str]] = orjson.loads((folder / "sources").read_bytes())
    for plain in sources:
        source = unpacked(plain)
        done = exchange_round(guide.registry, trials.adapter.name, trials.outbox(folder), source)
        after["faults"] += [str(fault) for fault in done.faults]
        after["shown"].append(guide.shown(source))
    after["faults"] += [one["fault"] for one in guide.faults]
    (folder / "after").write_bytes(orjson.dumps(after))
