"""Measures the ten rules with each engine, turn about, and says which answers are the same.

`python -m benchmarks.peers.run --export FILE` prepares cases, lets every engine answer for all of
them once, compares, and then measures rounds in which each is measured after the other. Engines
that are not installed, or whose answers differ, are named and have no time.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from benchmarks.peers.engines import ENGINES, Answer
from benchmarks.peers.ten_rules import Findings, Prepared, prepared


def measured(cases: Prepared, rounds: int, folder: Path) -> Mapping[str, Mapping[str, object]]:
    """Gives for each engine the median of its rates over that of this product's own engine."""
    answers: dict[str, Answer] = {}
    said: dict[str, Mapping[str, object]] = {}
    wanted: list[Findings] = []
    for name, build in ENGINES.items():
        try:
            answer = build(cases, folder / name.replace(" ", "-"))
        except ImportError:
            said[name] = {"installed": False}
            continue
        found = answer()
        wanted = wanted or found
        differing = sum(one != other for one, other in zip(found, wanted, strict=True))
        if differing:
            said[name] = {"cases_answered_differently": differing}
        else:
            answers[name] = answer
    seconds: dict[str, list[float]] = {name: [] for name in answers}
    for _ in range(rounds):
        for name, answer in answers.items():
            begun = time.perf_counter()
            answer()
            seconds[name].append(time.perf_counter() - begun)
    own = seconds[next(iter(ENGINES))]
    for name, spent in seconds.items():
        said[name] = {
            "cases_a_second": round(len(cases.cases) / statistics.median(spent)),
            "of_own_rate": round(
                statistics.median(a / b for a, b in zip(own, spent, strict=True)), 3
            ),
        }
    findings = sum(len(one) for one in wanted)
    return {"of_all": {"cases": len(cases.cases), "findings": findings}, **said}


def main() -> None:
    """Runs the comparison and writes the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--export", type=Path, required=True)
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result = measured(prepared(options.export, options.cases), options.rounds, Path(folder))
    sys.stdout.write(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
