"""A long comparison of engine and oracle: python -m tests.properties.long_run --evaluations N."""

# ruff: noqa: T201 - a command for the terminal
from __future__ import annotations

import argparse
import itertools
import multiprocessing
import sys
import time
from collections import Counter
from functools import partial

from tests.support.campaign import Disagreement, Tally, run_campaign
from tests.support.matchers import MATCHERS

RULESETS_A_BATCH = 25


def run_batch(first_seed: int, *, cases: int, matchers: tuple[str, ...]) -> Tally:
    """The tally of one batch of rulesets."""
    seeds = range(first_seed, first_seed + RULESETS_A_BATCH)
    return list(run_campaign(seeds, cases=cases, matchers=matchers))[-1]


def main() -> int:
    """Prints the count, the verdicts and the first difference; 1 if there is one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--evaluations", type=int, default=5_000_000, help="answers to compare")
    parser.add_argument("--seed", type=int, default=1_000_000, help="of the first ruleset")
    parser.add_argument("--cases", type=int, default=60, help="for each ruleset")
    parser.add_argument("--matcher", choices=MATCHERS, action="append", help="default: both")
    parser.add_argument("--keep-going", action="store_true", help="count every difference")
    parser.add_argument("--jobs", type=int, default=1, help="batches at a time")
    wanted = parser.parse_args()
    batch = partial(run_batch, cases=wanted.cases, matchers=tuple(wanted.matcher or MATCHERS))
    started, answers = time.monotonic(), 0
    verdicts, found = Counter[str](), list[Disagreement]()
    # Each batch has a process of its own: durable_rules gives memory back only when one ends.
    processes = multiprocessing.get_context("spawn").Pool(wanted.jobs, maxtasksperchild=1)
    with processes as pool:
        per_batch = max(1, wanted.cases * RULESETS_A_BATCH * 10)  # at least one answer a rule
        firsts = itertools.islice(
            itertools.count(wanted.seed, RULESETS_A_BATCH), wanted.evaluations // per_batch + 1
        )
        for tally in pool.imap(batch, firsts):
            answers += tally.answers
            verdicts += tally.verdicts
            found += tally.disagreements
            print(f"{answers} answers, {time.monotonic() - started:.0f} s", file=sys.stderr)
            if answers >= wanted.evaluations or (found and not wanted.keep_going):
                break
    print(f"{answers} answers compared from seed {wanted.seed}")
    for verdict, count in verdicts.most_common():
        print(f"  {verdict}: {count}")
    print(f"{len(found)} evaluations differ")
    for one in found:
        print(f"  seed {one.seed}, case {one.case_number}, {one.matcher}: {one.difference}")
    if found:
        print(found[0].report())
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
