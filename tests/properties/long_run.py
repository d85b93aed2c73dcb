"""A long comparison of engine and oracle: python -m tests.properties.long_run --evaluations N."""

# ruff: noqa: T201 - a command for the terminal
from __future__ import annotations

import argparse
import itertools
import sys
import time

from tests.support.campaign import MATCHERS, Tally, run_campaign


def main() -> int:
    """Prints the count, the verdicts and the first difference; 1 if there is one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--evaluations", type=int, default=5_000_000, help="answers to compare")
    parser.add_argument("--seed", type=int, default=1_000_000, help="of the first ruleset")
    parser.add_argument("--cases", type=int, default=60, help="for each ruleset")
    parser.add_argument("--matcher", choices=MATCHERS, action="append", help="default: both")
    parser.add_argument("--keep-going", action="store_true", help="count every difference")
    wanted = parser.parse_args()
    started, told, tally = time.monotonic(), 0, Tally()
    for tally in run_campaign(
        itertools.count(wanted.seed),
        cases=wanted.cases,
        matchers=tuple(wanted.matcher or MATCHERS),
        most_answers=wanted.evaluations,
    ):
        if tally.answers - told >= 100_000:
            told = tally.answers
            print(f"{told} answers, {time.monotonic() - started:.0f} s", file=sys.stderr)
        if tally.disagreements and not wanted.keep_going:
            break
    print(f"{tally.answers} answers compared from seed {wanted.seed}")
    for verdict, count in tally.verdicts.most_common():
        print(f"  {verdict}: {count}")
    print(f"{len(tally.disagreements)} evaluations differ")
    if not tally.disagreements:
        return 0
    for one in tally.disagreements:
        print(f"  seed {one.seed}, case {one.case_number}, {one.matcher}: {one.difference}")
    print(tally.disagreements[0].report())
    return 1


if __name__ == "__main__":
    sys.exit(main())
