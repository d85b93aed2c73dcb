"""Disturbs rounds of an adapter at one line of its code after another, in the adapter's process.

Whatever happens in the midst of a round, the whole round after it must make up for it.
"""

from __future__ import annotations

import inspect
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import FrameType, ModuleType
from typing import TYPE_CHECKING, Final, Required, TypedDict

import orjson

from msp_rules.hooks import Registry
from msp_rules.hooks.contract import examine, read_sources
from msp_rules.hooks.threads import Cancelled
from msp_rules.prompts.adapter_round import Change, EventPostponed, exchange_round
from msp_rules.prompts.case_round import CasePostponed, CaseReply
from msp_rules.prompts.conformance.sandbox import (
    Adapter,
    Task,
    loaded,
    packed,
    registry_of,
    unpacked,
)
from msp_rules.prompts.conformance.walks import FINDS, MOST, FoundCase, Guide, Message, Shown
from msp_rules.prompts.feedback_round import AnswerReply, FeedbackPostponed

if TYPE_CHECKING:
    from _typeshed import TraceFunction

ENDED: Final = "ended"
KILLED: Final = "killed"


class Disturbance(StrEnum):
    """A way in which a round is disturbed."""

    NONE = "none"
    """It runs to its end."""
    KILLED = "killed"
    """The process is killed."""
    CANCELLED = "cancelled"
    """The call took too long and is asked to end, as the registry does with one that overran."""
    FAILED = "failed"
    """The host does not answer: an exception comes from the line."""
    POSTPONED = "postponed"
    """The desk takes nothing in, since its clock is wrong."""


_AT_LINES: Final = (Disturbance.KILLED, Disturbance.CANCELLED, Disturbance.FAILED)


class Trial(TypedDict, total=False):
    """Holds the outcome of a round that was disturbed, and of the whole round after it."""

    ended: Required[str]
    """The end of the disturbed round."""
    second: str
    """The fault of the round after it: then there is nothing else."""
    taken: list[Message]
    """The events that were taken in, in both rounds."""
    cases: list[FoundCase]
    """The whole cases that were taken in, in both rounds."""
    feedback: list[Message]
    """The feedback that was heard, in both rounds."""
    shown: list[Shown]
    """The prompts that are shown in the end, for each source."""
    faults: list[str]
    """The faults of the second round."""


class DisturbedSeen(TypedDict):
    """Holds what `disturb` saw."""

    whole: Trial
    """A round that was not disturbed."""
    lines: int
    """The number of lines of the adapter's code that run in a round."""
    trials: dict[str, list[Trial]]
    """For each `Disturbance`, one trial for each line at which a round was disturbed."""


def disturb(adapter: Adapter, folder: Path, task: Task) -> DisturbedSeen:
    """Disturbs rounds at one line after another of the adapter's code, then runs a whole one.

    For kills, each line is tried the first and the last time that it runs, else the last time only:
    in either case at most `most_points` times. What is lost then is not made up for by later calls.
    """
    plugin = loaded(adapter)
    trials = _Trials(adapter=adapter, plugin=plugin, task=task, home=_home(plugin))
    _warm_up(trials, folder / "warm")
    whole = _trial(trials, folder / "whole", Disturbance.NONE, 0)
    if whole["ended"] != ENDED or "second" in whole:
        return {"whole": whole, "lines": 0, "trials": {}}
    lines: list[str] = orjson.loads((folder / "whole/lines").read_bytes())
    found: dict[str, list[Trial]] = {}
    for kind in _AT_LINES:
        points = _points(lines, task.most_points, with_first=kind is Disturbance.KILLED)
        found[kind.value] = [
            _trial(trials, folder / f"{kind.value}-{at}", kind, at) for at in points
        ]
    postponed = _trial(trials, folder / "postponed", Disturbance.POSTPONED, 0)
    found[Disturbance.POSTPONED.value] = [postponed]
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

    def outbox(self, folder: Path, kind: Disturbance, *, is_first: bool) -> _Notes:
        """Makes the replacement of the desk for a trial."""
        return _Notes(
            folder / "taken",
            self.task.changes,
            # A crash may lose what was acknowledged, so that all comes again after it.
            keeps=kind is not Disturbance.KILLED,
            postpones=is_first and kind is Disturbance.POSTPONED,
        )


class _Notes:
    """Replaces the desk: notes what it takes in, and has changes pending until they are taken."""

    def __init__(
        self, path: Path, changes: Sequence[Change], *, keeps: bool, postpones: bool
    ) -> None:
        self._path = path
        self._changes = changes
        self._keeps = keeps
        self._postpones = postpones

    def submit(self, message: Mapping[str, object]) -> str | None:
        if self._postpones:
            raise EventPostponed("now lies more than 24 hours before the newest look")
        self._note(message, "")
        return None

    def _note(self, found: Mapping[str, object], suffix: str) -> None:
        with self._path.with_suffix(suffix).open("ab") as notes:
            notes.write(orjson.dumps(found) + b"\n")

    def put_case(self, found: Mapping[str, object], mapping: Path | None) -> CaseReply:
        if self._postpones:
            raise CasePostponed("now lies more than 24 hours before the newest look")
        self._note(found, ".cases")
        return CaseReply()

    def hear(self, found: Mapping[str, object]) -> AnswerReply:
        if self._postpones:
            raise FeedbackPostponed("now lies more than 24 hours before the newest look")
        self._note(found, ".feedback")
        return AnswerReply(reply={"heard_as": "heard", "counts": False, "needs": []})

    def compare_supply(self, words: tuple[str, ...]) -> str | None:
        return None

    def pending(self) -> Sequence[Change]:
        done = {one["revision"] for one in _noted(self._path.with_suffix(".acknowledged"))}
        return [one for one in self._changes if one["revision"] not in done]

    def acknowledge(self, changes: Sequence[Change]) -> None:
        """Notes which changes were taken."""
        if self._keeps:
            for one in changes:
                self._note({"revision": one["revision"]}, ".acknowledged")


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


def _points(lines: Sequence[str], most: int, *, with_first: bool) -> list[int]:
    """Chooses when to disturb: counted in lines from 1."""
    first: dict[str, int] = {}
    last: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        first.setdefault(line, number)
        last[line] = number
    points = sorted({*last.values(), *(first.values() if with_first else ())})
    if len(points) <= most:
        return points
    return [points[(len(points) - 1) * number // (most - 1)] for number in range(most)]


def _trial(trials: _Trials, folder: Path, kind: Disturbance, at: int) -> Trial:
    """Runs one round that is disturbed at a line (0: at none), and one more to its end."""
    folder.mkdir()
    first = _forked(lambda: _disturbed_round(trials, folder, kind, at))
    ended = ENDED if first == 0 else KILLED if first == -signal.SIGKILL else f"code {first}"
    if _forked(lambda: _whole_round(trials, folder, kind)) != 0:
        return {"ended": ended, "second": "the round after it did not end"}
    after: _After = orjson.loads((folder / "after").read_bytes())
    return {
        "ended": ended,
        "taken": _noted(folder / "taken"),
        "cases": _noted(folder / "taken.cases"),
        "feedback": _noted(folder / "taken.feedback"),
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


def _disturbed_round(trials: _Trials, folder: Path, kind: Disturbance, at: int) -> None:
    sources = trials.guide().samples(folder / "samples", trials.task.canary)
    (folder / "sources").write_bytes(orjson.dumps([packed(one) for one in sources]))
    lines: list[str] = []

    def at_line(frame: FrameType, event: str, _: object) -> TraceFunction:
        if event == "line":
            lines.append(f"{frame.f_code.co_filename}:{frame.f_lineno}")
            if len(lines) == at:
                _disturb_here(kind)
        return at_line

    def at_call(frame: FrameType, event: str, _: object) -> TraceFunction | None:
        return at_line if frame.f_code.co_filename.startswith(trials.home) else None

    registry = trials.registry()
    threading.settrace(at_call)  # of the threads that start from here on, in which hooks run
    outbox = trials.outbox(folder, kind, is_first=True)
    for source in sources:
        exchange_round(registry, trials.adapter.name, outbox, source)
    (folder / "lines").write_bytes(orjson.dumps(lines))


def _disturb_here(kind: Disturbance) -> None:
    """Does to the code that runs what the disturbance does."""
    if kind is Disturbance.KILLED:
        os.kill(os.getpid(), signal.SIGKILL)
    elif kind is Disturbance.CANCELLED:
        raise Cancelled
    elif kind is Disturbance.FAILED:
        raise OSError("the host does not answer")


def _whole_round(trials: _Trials, folder: Path, kind: Disturbance) -> None:
    guide = trials.guide()
    after: _After = {"shown": [], "faults": []}
    sources: list[dict[str, str]] = orjson.loads((folder / "sources").read_bytes())
    outbox = trials.outbox(folder, kind, is_first=False)
    for plain in sources:
        source = unpacked(plain)
        done = exchange_round(guide.registry, trials.adapter.name, outbox, source)
        after["faults"] += [str(fault) for fault in done.faults]
        after["shown"].append(guide.shown(source))
    after["faults"] += [one["fault"] for one in guide.faults]
    (folder / "after").write_bytes(orjson.dumps(after))
