"""Measures what a hundred times as many open cases cost: an event, what is due, and a look at it.

`python -m benchmarks.open_cases` holds the open cases of made-up councils, first a few and then a
hundred times as many: in memory as a host would that keeps its own state, and in a SQLite file. The
same cases get the same events each time, and must get the same prompts; then everything that has
fallen due is evaluated again. Processor time: a disk would blur it. (A memory doubts events that
lie ahead of its clock, so that in a case or two its prompts are not those of the host.)
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.desk import moment_of, open_cases
from benchmarks.live_messages import event_message, messages_of
from msp_rules.casework.case import Case, Event
from msp_rules.casework.moments import Cutoff, cutoff_at
from msp_rules.engine.engine import Engine
from msp_rules.intake.live_events import EventMessage, MessageReader
from msp_rules.prompts.desk import advance
from msp_rules.prompts.prompt import DeskState, PromptChange
from msp_rules.prompts.store import Desk, Memory, upgrade
from msp_rules.rules import load_ruleset
from msp_rules.rules.layers.finding import ruleset_folder

TIMES: Final = 100
EVENTS: Final = 5
"""The number of events that come for each case that gets any."""
DUE: Final = "2100-01-01"
"""A day on which every case is due that ever will be."""
_AT_ONCE: Final = 100


class Spent(NamedTuple):
    """The processor time of some cases' events, and of what was due, in seconds."""

    events: Sequence[float]
    """The time of each event, from its message to the prompts that change."""
    changes: Sequence[tuple[str, int]]
    """For each event its case, and how many prompts it has changed."""
    due: float
    """The time of all that was due, over the number of cases."""
    look: float | None = None
    """The time of a look that finds nothing due; None where the host itself looks."""

    def figures(self) -> dict[str, float]:
        """Gives the figures in milliseconds."""
        events = sorted(self.events)
        found = {
            "event_p50_ms": _ms(statistics.median(events)),
            "event_p99_ms": _ms(events[len(events) * 99 // 100]),
            "due_case_ms": _ms(self.due),
        }
        return found if self.look is None else {**found, "look_ms": _ms(self.look)}


def some_open_cases(number: int, seed: int) -> list[Case]:
    """Gives open cases that have events to come."""
    cases = open_cases(2 * number, seed)
    found = list(islice((case for case in cases if len(case.events) > EVENTS + 1), number))
    assert len(found) == number
    return found


def held_by_host(engine: Engine, cases: Sequence[Case], asked: int) -> Spent:
    """Measures a host that holds the state of all cases; the first `asked` get events."""
    reader = MessageReader(engine.ruleset.vocabulary)
    held = dict[str, tuple[Case, DeskState]]()
    for number, case in enumerate(cases):
        known = _known(case) if number < asked else case
        state = advance(engine, known, DeskState(case=case.id), moment_of(known.events[-1])).state
        held[case.id] = (known, state)
    spent, changes = list[float](), list[tuple[str, int]]()
    for case_id, event in _events_to_come(cases[:asked]):
        message, now = json.dumps(event_message(case_id, event)).encode(), moment_of(event)
        begun = time.thread_time()
        read = reader.read(json.loads(message))
        assert isinstance(read, EventMessage)
        before, state = held[case_id]
        after = before._replace(events=(*before.events, read.event))
        done = advance(engine, after, state, now)
        held[case_id] = (after, done.state)
        spent.append(time.thread_time() - begun)
        changes.append(_counted(case_id, done.changes))
    now = cutoff_at(DUE)
    due = _due(held, now)
    begun = time.thread_time()
    for case_id in due:
        case, state = held[case_id]
        held[case_id] = (case, advance(engine, case, state, now).state)
    worked = time.thread_time() - begun
    assert _due(held, now) == []
    return Spent(spent, changes, worked / len(due))


def held_in_sqlite(engine: Engine, cases: Sequence[Case], asked: int, where: Path) -> Spent:
    """Measures a desk that holds all cases in a SQLite file; the first `asked` get events."""
    upgrade(str(where))
    spent, changes = list[float](), list[tuple[str, int]]()
    with Memory(where) as memory:
        desk = Desk(memory, engine, skew=None)  # each case has days of its own
        for number, case in enumerate(cases):
            known = _known(case) if number < asked else case
            desk.receive_history(messages_of(known), moment_of(known.events[-1]))
        for case_id, event in _events_to_come(cases[:asked]):
            message, now = json.dumps(event_message(case_id, event)).encode(), moment_of(event)
            begun = time.thread_time()
            received = desk.receive(message, now)
            spent.append(time.thread_time() - begun)
            changes.append(_counted(case_id, [one.change for one in received.kept]))
        now, begun, done = cutoff_at(DUE), time.thread_time(), 0
        while not (swept := desk.sweep(now, limit=_AT_ONCE)).is_done:
            done += swept.reevaluated
        worked, done = time.thread_time() - begun, done + swept.reevaluated
        begun = time.thread_time()
        assert desk.sweep(now, limit=_AT_ONCE).reevaluated == 0
        return Spent(spent, changes, worked / done, time.thread_time() - begun)


def figures(few: int, seed: int, folder: Path) -> dict[str, dict[str, float]]:
    """Measures both ways with few cases and many, and gives how much more the many cost."""
    engine = Engine(load_ruleset(ruleset_folder("msp-core")))
    cases = some_open_cases(few * TIMES, seed)
    engine.prepare(moment_of(cases[0].events[-1]).day)
    held_by_host(engine, cases[:few], few)  # plans, and rows that recur, are remembered
    found, said = dict[str, dict[str, float]](), list[tuple[object, object]]()
    for count in (few, few * TIMES):
        in_memory = held_by_host(engine, cases[:count], few)
        in_sqlite = held_in_sqlite(engine, cases[:count], few, folder / f"{count}.db")
        found[f"{count} in memory"] = in_memory.figures()
        found[f"{count} in SQLite"] = in_sqlite.figures()
        said.append((in_memory.changes, in_sqlite.changes))
    if said[0] != said[1]:
        raise SystemExit("the same events have not changed the same prompts")
    for place in ("in memory", "in SQLite"):
        less, more = found[f"{few} {place}"], found[f"{few * TIMES} {place}"]
        found[f"{TIMES} times as many {place}"] = {
            name.removesuffix("_ms"): round(more[name] / less[name], 2) for name in less
        }
    return found


def _known(case: Case) -> Case:
    return case._replace(events=case.events[:-EVENTS])


def _events_to_come(cases: Sequence[Case]) -> Iterator[tuple[str, Event]]:
    """Yields the first event that comes for each case, then the second for each."""
    for place in range(-EVENTS, 0):
        for case in cases:
            yield case.id, case.events[place]


def _due(held: dict[str, tuple[Case, DeskState]], now: Cutoff) -> list[str]:
    return [
        case_id
        for case_id, (_, state) in held.items()
        if state.next_change is not None and state.next_change <= now.instant
    ]


def _counted(case_id: str, changes: Sequence[PromptChange]) -> tuple[str, int]:
    return case_id, len(changes)


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 3)


def main() -> None:
    """Runs the benchmark and writes the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--few", type=int, default=100)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        found = figures(options.few, options.seed, Path(name))
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
