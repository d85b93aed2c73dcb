"""Counts what every rule answers over made-up exports of fixed seeds, profile by profile.

`python -m benchmarks.firing_rates` prints the counts as CSV; `--write` renews the checked-in file,
`--compare` prints rule by rule where the counts differ from it and ends with 1 if they do. All 55
rules of msp-core are counted, those that ship switched off too.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final

from benchmarks.export_generator import write_export
from benchmarks.record import PROFILES
from msp_rules.casework.case import Case
from msp_rules.casework.moments import Cutoff
from msp_rules.engine.engine import Engine
from msp_rules.engine.verdict import Verdict
from msp_rules.intake.export_xml import ExportReader
from msp_rules.rules import load_ruleset, shipped_ruleset

LOCKED: Final = Path(__file__).parents[1] / "tests/data/firing-rates.csv"
RENEWAL: Final = "python -m benchmarks.firing_rates --write"
SEEDS: Final = (1, 2, 3)
CASES_A_SEED: Final[Mapping[str, int]] = {"exemplary": 150, "mixed": 100, "noisy": 200}

Rates = Mapping[tuple[str, str], Counter[str]]
"""Answers by (profile, rule), counted by verdict."""


@cache
def engine_of_all_rules() -> Engine:
    """The engine of msp-core with every rule switched on, the optional ones too."""
    ruleset = load_ruleset(shipped_ruleset("msp-core"))
    rules = tuple(replace(rule, is_enabled=True) for rule in ruleset.rules)
    return Engine(replace(ruleset, rules=rules))


def made_up_cases(profile: str) -> Iterator[tuple[int, Case, Cutoff]]:
    """Every case of the profile's exports with its seed and moment; a fault raises ValueError."""
    for seed in SEEDS:
        stream = io.BytesIO()
        write_export(stream, cases=CASES_A_SEED[profile], seed=seed, profile=profile)
        stream.seek(0)
        reader = ExportReader(stream, "made-up.xml")
        for case in reader:
            if reader.header is None or reader.header.reference_date is None:
                raise ValueError("the made-up export has no reference date")
            yield seed, case, reader.header.reference_date
        if reader.faults:
            raise ValueError(f"seed {seed} of {profile} has a fault: {reader.faults[0]}")


def firing_rates(engine: Engine) -> Rates:
    """The counts of every profile over the fixed seeds."""
    rates: dict[tuple[str, str], Counter[str]] = {}
    for profile in PROFILES:
        for rule in engine.ruleset.enabled_rules:
            rates[profile, rule.id] = Counter()
        for seed, case, as_of in made_up_cases(profile):
            outcome = engine.evaluate(case, as_of)
            if outcome.faults:
                raise ValueError(f"seed {seed} of {profile}: a rule crashed: {outcome.faults[0]}")
            for answer in outcome.answers:
                rates[profile, answer.rule][answer.verdict.value] += 1
    return rates


def as_csv(rates: Rates) -> str:
    """The counts as CSV, one line for each profile and rule."""
    lines = [",".join(["profile", "rule", *Verdict])]
    for (profile, rule), counts in sorted(rates.items()):
        lines.append(",".join([profile, rule, *(str(counts[verdict]) for verdict in Verdict)]))
    return "\n".join(lines) + "\n"


def from_csv(text: str) -> Rates:
    """The counts that `as_csv` wrote."""
    head, *lines = text.splitlines()
    verdicts = head.split(",")[2:]
    rates: dict[tuple[str, str], Counter[str]] = {}
    for line in lines:
        profile, rule, *counts = line.split(",")
        rates[profile, rule] = Counter(dict(zip(verdicts, map(int, counts), strict=True)))
    return rates


def differences(locked: Rates, found: Rates) -> list[str]:
    """One line for each profile and rule whose counts differ, with what was and what is."""
    lines = []
    for key in sorted(locked.keys() | found.keys()):
        was, now = locked.get(key, Counter()), found.get(key, Counter())
        changed = [
            f"{verdict} {was[verdict]} -> {now[verdict]}"
            for verdict in Verdict
            if was[verdict] != now[verdict]
        ]
        if changed:
            lines.append(f"{key[0]} {key[1]}: {', '.join(changed)}")
    return lines


def main() -> None:
    """Runs the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.firing_rates", description=__doc__)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--write", action="store_true", help="renew the checked-in file")
    what.add_argument("--compare", action="store_true", help="print what differs from it")
    options = parser.parse_args()
    found = firing_rates(engine_of_all_rules())
    if options.write:
        LOCKED.write_text(as_csv(found), encoding="utf-8")
    elif options.compare:
        lines = differences(from_csv(LOCKED.read_text(encoding="utf-8")), found)
        sys.stdout.write("".join(f"{line}\n" for line in lines))
        sys.exit(1 if lines else 0)
    else:
        sys.stdout.write(as_csv(found))


if __name__ == "__main__":
    main()
