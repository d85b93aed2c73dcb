"""Measures how the work grows: ten times the cases, the events of a case, or the rules.

`python -m benchmarks.growth --export FILE` gives for each the processor time of the larger over
that of the smaller; 10 is linear. What a hundred times as many open cases
cost a desk is measured by `benchmarks.open_cases`.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path
from typing import Final

from benchmarks.part_of_core import write_part_of_core
from msp_rules.casework.case import Case, Event, FieldValue
from msp_rules.casework.moments import Cutoff
from msp_rules.engine.engine import Engine
from msp_rules.intake.export_xml import open_export
from msp_rules.rules import load_ruleset
from msp_rules.rules.layers.finding import ruleset_folder

TIMES: Final = 10
A_TENTH_OF_CORE: Final = ("ASK-01", "OUT-01", "MCA-01", "CON-01", "CLO-01")
"""Rules of the core that are as costly as the mean: a tenth of its fifty."""
_ROUNDS: Final = 5


def growth(export: Path, folder: Path, most: int) -> dict[str, float]:
    """Gives the processor time of ten times as much over that of as much, by what grows."""
    with open_export(export) as reader:
        cases = list(islice(reader, most))
        assert reader.header is not None
        as_of = reader.header.reference_date
    assert as_of is not None
    core = Engine(load_ruleset(ruleset_folder("msp-core")), foresees=False)
    few = Engine(load_ruleset(write_part_of_core(folder / "few", A_TENTH_OF_CORE)), foresees=False)
    rules = len(core.ruleset.enabled_rules) / len(few.ruleset.enabled_rules)
    some = cases[: len(cases) // TIMES]
    long = [case for case in some if len(case.events) > 20][:20]
    longer = [many_times(case, TIMES) for case in long]
    return {
        "cases": ratio(lambda: evaluate(core, some, as_of), lambda: evaluate(core, cases, as_of)),
        "events_a_case": ratio(
            lambda: evaluate(core, long, as_of), lambda: evaluate(core, longer, as_of)
        ),
        f"rules_times_{rules:.0f}": ratio(
            lambda: evaluate(few, some, as_of), lambda: evaluate(core, some, as_of)
        ),
    }


def evaluate(engine: Engine, cases: Iterable[Case], as_of: Cutoff) -> None:
    """Evaluates cases, and keeps nothing."""
    for case in cases:
        engine.evaluate(case, as_of)


def ratio(smaller: Callable[[], None], larger: Callable[[], None]) -> float:
    """Gives the least processor time of the larger over the least of the smaller, turn about."""
    least = [float("inf"), float("inf")]
    for _ in range(_ROUNDS):
        for number, work in enumerate((smaller, larger)):
            begun = time.process_time()
            work()
            least[number] = min(least[number], time.process_time() - begun)
    return round(least[1] / least[0], 2)


def many_times(case: Case, times: int) -> Case:
    """Gives a case in which all happened so many times, each time with ids of its own."""
    ids = {event.id for event in case.events}
    events = [
        _renamed(event, ids, f"-{number}") for number in range(times) for event in case.events
    ]
    return case._replace(events=tuple(events))


def _renamed(event: Event, ids: set[str], more: str) -> Event:
    def value(one: FieldValue) -> FieldValue:
        if isinstance(one, tuple):
            return tuple(f"{part}{more}" if part in ids else part for part in one)
        return f"{one}{more}" if one in ids else one

    supersedes = None if event.supersedes is None else f"{event.supersedes}{more}"
    fields = {name: value(one) for name, one in event.fields.items()}
    return event._replace(id=f"{event.id}{more}", fields=fields, supersedes=supersedes)


def main() -> None:
    """Runs the benchmark and writes the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--export", type=Path, required=True)
    parser.add_argument("--cases", type=int, default=2000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        figures = growth(options.export, folder, options.cases)
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main()
