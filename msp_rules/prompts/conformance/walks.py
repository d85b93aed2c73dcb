"""Tries an adapter in walks, in the adapter's own process, and notes what it does.

`find` asks for events and cases, `show` sends cards and changes. A walk only acts and writes down;
`checks` judges what was seen.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Required, TypeAlias, TypedDict

from msp_rules.hooks import FaultKind
from msp_rules.hooks.contract import UnreadableCase
from msp_rules.prompts.adapter_round import Change
from msp_rules.prompts.conformance.sandbox import (
    Adapter,
    NotLoaded,
    Task,
    loaded,
    packed,
    registry_of,
)

if TYPE_CHECKING:
    pass

MOST: Final = 1000
TIMES: Final = 25
"""The number of calls of a hook by which its time is measured."""
FINDS: Final = ("msp_find_events", "msp_find_cases")
"""The hooks by which a host says what was recorded: it must have one of them."""

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
    feedback: list[list[Message]]
    """The feedback of each source."""
    feedback_again: list[list[Message]]
    """The feedback of each source, found a second time."""
    feedback_left: list[list[Message]]
    """The feedback of each source that is found once all of it was acknowledged."""
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

    def find_feedback(self, step: str, source: str | bytes, most: int = MOST) -> list[Message]:
        """Finds what workers said in a source."""
        if not self.has("msp_find_feedback"):
            return []
        return list(self.ask(step, "msp_find_feedback", source=source, most=most) or ())

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
    seen["feedback"] = [guide.find_feedback("find", source) for source in sources]
    seen["feedback_again"] = [guide.find_feedback("find again", source) for source in sources]
    if guide.has("msp_acknowledge_feedback"):
        sources = guide.samples(folder / "of feedback", task.canary)
        seen["feedback_left"] = [_acknowledge_feedback(guide, source) for source in sources]
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
            guide.find_feedback("a broken source", broken)
    seen["said_of_broken_sources"] = list(guide.faults)
    return seen


def _acknowledge(guide: Guide, source: str | bytes) -> Acknowledged:
    """Acknowledges half of what is found, then the rest, and finds again in between."""
    guide.find("find one", source, most=1)  # more than one is too many
    found = guide.find("find", source)
    half, rest = found[: (len(found) + 1) // 2], found[(len(found) + 1) // 2 :]
    for step in ("acknowledge", "acknowledge again"):
        guide.ask(step, "msp_acknowledge", source=source, taken=message_keys(half), refused=[])
    after_half = guide.find("find after half", source)
    refused = [{**key, "reason": "data.asked: is missing"} for key in message_keys(rest)]
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


def _acknowledge_feedback(guide: Guide, source: str | bytes) -> list[Message]:
    """Acknowledges all feedback, half of it as refused, and finds again."""
    guide.find_feedback("find one", source, most=1)
    keys = [
        {name: str(one.get(name, "")) for name in ("case", "id")}
        for one in guide.find_feedback("find", source)
    ]
    said = {"heard_as": "incomplete", "counts": False, "needs": ["reason"]}
    heard = [{**one, **said} for one in keys[::2]]
    refused = [{**one, "reason": '"kind" of a document is missing'} for one in keys[1::2]]
    for step in ("acknowledge", "acknowledge again"):
        arguments = {"source": source, "heard": heard, "refused": refused}
        guide.ask(step, "msp_acknowledge_feedback", **arguments)
    return guide.find_feedback("find after all", source)


def case_keys(cases: Sequence[FoundCase]) -> list[dict[str, str]]:
    """Names whole cases, as they are acknowledged."""
    return [{name: str(one.get(name, "")) for name in ("id", "at")} for one in cases]


def message_keys(messages: Sequence[Message]) -> list[dict[str, str]]:
    """Names events, as they are acknowledged."""
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
