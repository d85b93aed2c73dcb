"""What the kit does with an adapter, in the adapter's own process, and what it sees there.

A walk only does and writes down; `checks` judges what was seen.

The walk in which an adapter is killed, at one line of its code after another.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any, Final

import orjson

from msp_rules.hooks import Answers, FaultKind, Registry
from msp_rules.prompts.adapter_round import hand_over
from msp_rules.prompts.conformance.sandbox import (
    Adapter,
    NotLoaded,
    loaded,
    packed,
    registry_of,
    unpacked,
)

MOST: Final = 1000
TIMES: Final = 25
"""How often a hook is called to see how long it takes."""


class Guide:
    """Asks the adapter, and notes each fault with the step in which it came."""

    def __init__(self, adapter: Adapter, plugin: object) -> None:
        self.registry = registry_of(adapter, plugin)
        self.name = adapter.name
        self.faults: list[dict[str, str]] = []
        self._adapter = adapter
        self._plugin = plugin

    def has(self, hook: str) -> bool:
        """Whether the adapter has a hook."""
        return self.registry.implements(self.name, hook)

    def ask(self, step: str, hook: str, **arguments: Any) -> Any:
        """What the adapter gives, None where it failed; the kit goes on with one that overran."""
        answers: Answers = self.registry.ask(hook, only=self.name, **arguments)
        for fault in answers.faults:
            self.faults.append({"step": step, "fault": str(fault)})
            if fault.kind is FaultKind.OVERRAN:
                self.registry = registry_of(self._adapter, self._plugin)
        return answers.value

    def samples(self, folder: Path, canary: str) -> list[str | bytes]:
        """The adapter's sample sources, written into a new folder."""
        folder.mkdir()
        return list(self.ask("samples", "msp_samples", folder=folder, canary=canary) or ())

    def find(self, step: str, source: str | bytes, most: int = MOST) -> list[dict[str, Any]]:
        """The events of a source."""
        return list(self.ask(step, "msp_find_events", source=source, most=most) or ())

    def shown(self, source: str | bytes) -> list[dict[str, Any]] | None:
        """What workers see, None where the adapter can't say."""
        if not self.has("msp_shown_prompts"):
            return None
        return list(self.ask("look at what is shown", "msp_shown_prompts", source=source) or ())


def look(adapter: Adapter, folder: Path, task: dict[str, Any]) -> dict[str, Any]:
    """Looks at everything that does not depend on what the desk says to the events."""
    try:
        guide = Guide(adapter, loaded(adapter))
    except NotLoaded as error:
        return {"not_loaded": str(error)}
    seen: dict[str, Any] = {"hooks": list(guide.registry.need(adapter.name).hooks)}
    if not (guide.has("msp_samples") and guide.has("msp_find_events")):
        return seen
    sources = guide.samples(folder / "first", task["canary"])
    seen["sources"] = len(sources)
    seen["found"] = [guide.find("find", source) for source in sources]
    seen["found_again"] = [guide.find("find again", source) for source in sources]
    if guide.has("msp_acknowledge"):
        sources = guide.samples(folder / "second", task["canary"])
        seen["acknowledged"] = [_acknowledge(guide, source) for source in sources]
    seen["faults"] = list(guide.faults)
    # What comes now goes wrong on purpose: only what is said of it counts.
    guide.faults.clear()
    for source in guide.samples(folder / "third", task["canary"]):
        for broken in _broken(source, task["canary"]):
            guide.find("a broken source", broken)
    seen["said_of_broken_sources"] = list(guide.faults)
    return seen


def _acknowledge(guide: Guide, source: str | bytes) -> dict[str, Any]:
    """Acknowledges half of what is found, then the rest, and looks what is found in between."""
    guide.find("find one", source, most=1)  # more than one is a flood
    found = guide.find("find", source)
    half, rest = found[: (len(found) + 1) // 2], found[(len(found) + 1) // 2 :]
    seen: dict[str, Any] = {"found": found}
    for step in ("acknowledge", "acknowledge again"):
        guide.ask(step, "msp_acknowledge", source=source, taken=_keys(half), refused=[])
    seen["after_half"] = guide.find("find after half", source)
    refused = [{**key, "reason": "data.asked: is missing"} for key in _keys(rest)]
    guide.ask("refuse", "msp_acknowledge", source=source, taken=[], refused=refused)
    seen["after_all"] = guide.find("find after all", source)
    return seen


def _keys(messages: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    return [{name: str(one.get(name, "")) for name in ("source", "id")} for one in messages]


def _broken(source: str | bytes, canary: str) -> Iterator[str | bytes]:
    """The same source, broken off in the middle, as a host's own mishap might leave it."""
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


def show(adapter: Adapter, folder: Path, task: dict[str, Any]) -> dict[str, Any]:
    """Shows cards and tells of changes, in order, again, and the wrong way round; takes times."""
    guide = Guide(adapter, loaded(adapter))
    seen: dict[str, Any] = {"times": {}}
    cards, changes = task["cards"], task["changes"]
    sources = guide.samples(folder / "first", task["canary"])
    for source in sources:  # an adapter that keeps something has had the chance to
        guide.find("find", source)
    if guide.has("msp_render_cards"):
        for name, some in (("all", cards), ("again", cards), ("one", cards[:1]), ("none", [])):
            value = guide.ask("render", "msp_render_cards", cards=some)
            seen[f"rendered_{name}"] = packed(value) if isinstance(value, bytes) else value
    if guide.has("msp_receive_changes") and sources:
        seen["shown"] = _tell(guide, sources[0], changes)
        turned = next(iter(guide.samples(folder / "second", task["canary"])), sources[0])
        for change in reversed(changes):
            guide.ask("tell turned round", "msp_receive_changes", source=turned, changes=[change])
        seen["shown_turned_round"] = guide.shown(turned)
    seen["times"] = _times(guide, sources, cards, changes)
    seen["faults"] = guide.faults
    return seen


def _tell(
    guide: Guide, source: str | bytes, changes: list[dict[str, Any]]
) -> list[list[dict[str, Any]] | None]:
    """What is shown after the first half of the changes, after all, and after all once more."""
    shown = []
    half = len(changes) // 2
    for step, some in (("tell", changes[:half]), ("tell", changes), ("tell again", changes)):
        guide.ask(step, "msp_receive_changes", source=source, changes=some)
        shown.append(guide.shown(source))
    guide.ask("tell of nothing", "msp_receive_changes", source=source, changes=[])
    return shown


def _times(
    guide: Guide,
    sources: Sequence[str | bytes],
    cards: list[dict[str, Any]],
    changes: list[dict[str, Any]],
) -> dict[str, list[float]]:
    """Milliseconds of each hook that stands between a worker and an answer, in order of size."""
    calls: dict[str, dict[str, Any]] = {"msp_render_cards": {"cards": cards}}
    if sources:
        calls["msp_find_events"] = {"source": sources[0], "most": MOST}
        calls["msp_receive_changes"] = {"source": sources[0], "changes": changes}
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


ENDED: Final = "ended"
KILLED: Final = "killed"


class _Notes:
    """Stands in for the desk: notes what it takes, and has the same changes waiting each time."""

    def __init__(self, path: Path, changes: Sequence[Mapping[str, Any]]) -> None:
        self._path = path
        self._changes = changes

    def take(self, message: Mapping[str, Any]) -> str | None:
        with self._path.open("ab") as notes:
            notes.write(orjson.dumps(message) + b"\n")
        return None

    def waiting(self) -> Sequence[Mapping[str, Any]]:
        return self._changes

    def told(self, changes: Sequence[Mapping[str, Any]]) -> None:
        """Forgets nothing: after a crash it can't be known whether this was heard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trials:
    """What is the same for all trials."""

    adapter: Adapter
    plugin: object
    task: dict[str, Any]
    home: str

    def registry(self) -> Registry:
        """A new registry: its threads start in the process of the trial."""
        return registry_of(self.adapter, self.plugin)

    def guide(self) -> Guide:
        """A guide with a registry of its own."""
        return Guide(self.adapter, self.plugin)


def crash(adapter: Adapter, folder: Path, task: dict[str, Any]) -> dict[str, Any]:
    """Kills a round at line after line of the adapter's code, each time followed by another one.

    At the first and the last time that each line runs, at most `most_points` times.
    """
    plugin = loaded(adapter)
    trials = _Trials(adapter=adapter, plugin=plugin, task=task, home=_home(plugin))
    _warm_up(plugin, folder / "warm", task)
    whole = _trial(trials, folder / "whole", kill_at=0)
    if whole["ended"] != ENDED or "second" in whole:
        return {"whole": whole, "lines": 0, "trials": []}
    lines = orjson.loads((folder / "whole/lines").read_bytes())
    points = _points(lines, task["most_points"])
    found = [{"at": at, **_trial(trials, folder / f"at-{at}", kill_at=at)} for at in points]
    return {"whole": whole, "lines": len(set(lines)), "trials": found}


def _points(lines: Sequence[str], most: int) -> list[int]:
    """When to kill: counted in lines from 1."""
    first: dict[str, int] = {}
    last: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        first.setdefault(line, number)
        last[line] = number
    points = sorted({*first.values(), *last.values()})
    if len(points) <= most:
        return points
    return [points[(len(points) - 1) * number // (most - 1)] for number in range(most)]


def _warm_up(plugin: Any, folder: Path, task: dict[str, Any]) -> None:
    """Lets the adapter import what it imports late: once here, and not again in every fork."""
    folder.mkdir()
    try:
        for source in plugin.msp_samples(folder=folder, canary=task["canary"]):
            list(plugin.msp_find_events(source))
    except BaseException:  # noqa: BLE001, S110 - the trials will show it
        pass


def _home(plugin: object) -> str:
    """Where the adapter's own code lies: its package's folder, or its file if it is in none."""
    name = plugin.__name__ if isinstance(plugin, ModuleType) else type(plugin).__module__
    top = sys.modules[name.partition(".")[0]]
    file = Path(str(top.__file__))
    return str(file.parent) + os.sep if hasattr(top, "__path__") else str(file)


def _trial(trials: _Trials, folder: Path, *, kill_at: int) -> dict[str, Any]:
    """One round that is killed at a line (0: not at all), and one more to its end."""
    folder.mkdir()
    first = _forked(lambda: _killed_round(trials, folder, kill_at))
    ended = ENDED if first == 0 else KILLED if first == -signal.SIGKILL else f"code {first}"
    if _forked(lambda: _whole_round(trials, folder)) != 0:
        return {"ended": ended, "second": "the round after the crash did not end"}
    notes = folder / "taken"
    lines = notes.read_bytes().splitlines() if notes.exists() else []
    after: dict[str, Any] = orjson.loads((folder / "after").read_bytes())
    return {"ended": ended, "taken": [orjson.loads(line) for line in lines], **after}


def _forked(work: Callable[[], None]) -> int:
    """Runs work in a fork of this process (which has no thread but this one); how it ended."""
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
    sources = trials.guide().samples(folder / "samples", trials.task["canary"])
    (folder / "sources").write_bytes(orjson.dumps([packed(one) for one in sources]))
    lines: list[str] = []

    def at_line(frame: FrameType, event: str, _: Any) -> Any:
        if event == "line":
            lines.append(f"{frame.f_code.co_filename}:{frame.f_lineno}")
            if len(lines) == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)
        return at_line

    def at_call(frame: FrameType, event: str, _: Any) -> Any:
        return at_line if frame.f_code.co_filename.startswith(trials.home) else None

    registry = trials.registry()
    threading.settrace(at_call)  # of the threads that start from here on, in which hooks run
    for source in sources:
        notes = _Notes(folder / "taken", trials.task["changes"])
        hand_over(registry, trials.adapter.name, notes, source)
    (folder / "lines").write_bytes(orjson.dumps(lines))


def _whole_round(trials: _Trials, folder: Path) -> None:
    guide = trials.guide()
    shown: list[Any] = []
    faults: list[str] = []
    for plain in orjson.loads((folder / "sources").read_bytes()):
        source = unpacked(plain)
        notes = _Notes(folder / "taken", trials.task["changes"])
        done = hand_over(guide.registry, trials.adapter.name, notes, source)
        faults += [str(fault) for fault in done.faults]
        shown.append(guide.shown(source))
    after = {"shown": shown, "faults": faults + [one["fault"] for one in guide.faults]}
    (folder / "after").write_bytes(orjson.dumps(after))
