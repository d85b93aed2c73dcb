"""The walk in which an adapter is killed, at one line of its code after another."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any, Final

import orjson

from msp_rules.hooks import Registry
from msp_rules.prompts.conformance.site import Adapter, loaded, packed, registry_of, unpacked
from msp_rules.prompts.conformance.walks import Guide
from msp_rules.prompts.handover import hand_over

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
