"""Measures the way from an event to the prompts of its case, in this process and without a store.

`python -m benchmarks.prompt_time` brings open cases of made-up councils up to their last event but
one, and then measures for each: from the bytes of a message to the prompts that have changed.
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import sys
import time
from itertools import islice

from benchmarks.desk import moment_of, open_cases
from benchmarks.live_messages import event_message
from msp_rules.casework.case import Case
from msp_rules.engine.engine import Engine
from msp_rules.intake.live_events import EventMessage, MessageReader
from msp_rules.prompts.desk import advance
from msp_rules.prompts.prompt import DeskState
from msp_rules.rules import load_ruleset
from msp_rules.rules.layers.finding import ruleset_folder


def milliseconds(engine: Engine, cases: list[Case]) -> list[float]:
    """Gives the processor time of each case's last event, in ascending order."""
    reader = MessageReader(engine.ruleset.vocabulary)
    spent = []
    for case in cases:
        *earlier, last = case.events
        before = case._replace(events=tuple(earlier))
        state = DeskState(case=case.id)
        state = advance(engine, before, state, moment_of(earlier[-1])).state
        message, now = json.dumps(event_message(case.id, last)).encode(), moment_of(last)
        begun = time.thread_time()
        read = reader.read(json.loads(message))
        assert isinstance(read, EventMessage)
        after = before._replace(events=(*before.events, read.event))
        advance(engine, after, state, now)
        spent.append((time.thread_time() - begun) * 1000)
    return sorted(spent)


def main() -> None:
    """Runs the benchmark and writes the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=1500)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    engine = Engine(load_ruleset(ruleset_folder("msp-core")))
    cases = list(islice(open_cases(options.cases, options.seed), options.cases))
    gc.collect()
    gc.freeze()  # the cases that wait here belong to the benchmark
    milliseconds(engine, cases[:100])  # rows that recur are remembered
    spent = milliseconds(engine, cases)
    figures = {
        "cases": len(spent),
        "rules": len(engine.ruleset.enabled_rules),
        "events_mean": round(statistics.mean(len(case.events) for case in cases), 1),
        "p50_ms": round(statistics.median(spent), 3),
        "p99_ms": round(spent[len(spent) * 99 // 100], 3),
    }
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main()
