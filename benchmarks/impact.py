"""Measures `impact` of an overlay on a made-up export: how long a council waits for its answer.

`python -m benchmarks.impact --cases 10000 --out out/impact.json` compares the core with the example
council's overlay, forecast included, in as many processes as there are cores. Times belong to a
machine, and to what else it does; 10,000 cases are to take less than a minute on two idle cores.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.export_generator import write_export
from msp_rules.authoring.impact.comparison import Question
from msp_rules.authoring.impact.run import impact_of
from msp_rules.authoring.impact.trial import trial_of
from msp_rules.engine.engine import IS_COMPILED
from msp_rules.engine.matchers.choice import choose_matcher
from msp_rules.rules.layers.finding import beside


def main() -> None:
    """Runs the benchmark and writes the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--after", default="rulesets/example-council")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--out", type=Path, default=Path("out/impact.json"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        export = Path(folder) / "generated.xml"
        write_export(export, cases=options.cases, seed=options.seed)
        figures = measure(export, options.after, options.jobs)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(figures, indent=2) + "\n")
    sys.stdout.write(f"{json.dumps(figures, indent=2)}\n")


def measure(export: Path, after: str, jobs: int) -> dict[str, Any]:
    """Compares what an overlay extends with the overlay, on one export."""
    began, used = time.perf_counter(), _processor_seconds()
    before, changed = beside((), (after,))
    trial = trial_of(before.load(), changed.load())
    question = Question(before=trial.before, after=trial.after, matcher=choose_matcher("auto"))
    found = impact_of(question, [export], jobs=jobs)
    return {
        "cases": found.cases,
        "steps": found.forecast.steps,
        "changed_rows": len(found.rows),
        "jobs": jobs,
        "compiled": IS_COMPILED,
        "seconds": round(time.perf_counter() - began, 2),
        "processor_seconds": round(_processor_seconds() - used, 2),
    }


def _processor_seconds() -> float:
    spent = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in spent)


if __name__ == "__main__":
    main()
