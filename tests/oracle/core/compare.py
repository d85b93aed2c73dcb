"""Compares the oracle with the engine: python -m tests.oracle.core.compare --rows N --seed S."""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

from msp_rules.audit.request import Hiding, ScanRequest
from tests.oracle.core.generator import random_export
from tests.oracle.core.judge import judge
from tests.oracle.core.story import Export, Story, as_xml
from tests.oracle.core.table import Row
from tests.support.core import core_ruleset
from tests.support.scanning import written

SIZE: Final = 12
Kind = tuple[str, str, str, str]


@dataclass
class Tally:
    """All rows that were compared, the disagreements by kind, and the verdicts of each rule."""

    rows: int = 0
    kinds: Counter[Kind] = field(default_factory=Counter)
    smallest: dict[Kind, tuple[int, Export, Story, Row, Row]] = field(default_factory=dict)
    table: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, export: Export, story: Story, wanted: Row, got: Row | None) -> None:
        """Counts one row."""
        self.rows += 1
        self.table[wanted.rule, wanted.verdict] += 1
        told = got or Row(wanted.rule, wanted.subject, "(no row)")
        for what, one, other in _differences(wanted, told):
            kind = (wanted.rule, what, one, other)
            self.kinds[kind] += 1
            size = len(story.said)
            if kind not in self.smallest or size < self.smallest[kind][0]:
                self.smallest[kind] = (size, export, story, wanted, told)


def _differences(wanted: Row, got: Row) -> Iterator[tuple[str, str, str]]:
    if wanted.verdict != got.verdict:
        yield "verdict", wanted.verdict, got.verdict
        return
    if wanted.due != "?" and wanted.due != got.due and wanted.verdict != "cannot_tell":
        yield "due", "a date" if wanted.due else "null", "another" if got.due else "null"
    if got.colour != "?" and wanted.colour not in ("?", got.colour):
        yield "colour", wanted.colour, got.colour


def engine_rows(exports: list[Export]) -> dict[str, dict[tuple[str, str | None], Row]]:
    """The rows of the engine, by case."""
    found: dict[str, dict[tuple[str, str | None], Row]] = {}
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for number, export in enumerate(exports):
            path = Path(folder, f"{number:04}.xml")
            path.write_text(as_xml(export), "utf-8")
            paths.append(path)
        request = ScanRequest(
            exports=tuple(paths),
            ruleset=core_ruleset(),
            all_rows=True,
            matcher="python",
            formats=("json",),
            hiding=Hiding.NONE,
            jobs=1,
        )
        files, _ = written(request)
    for case in json.loads(files["results.json"])["cases"]:
        found[case["case"]] = {
            (one["rule"], one["subject"]): Row(
                one["rule"], one["subject"], one["verdict"], one["due"], one.get("colour", "?")
            )
            for one in case["verdicts"]
        }
    return found


def compared(rows: int, seed: int, troubled: float = 0.4) -> Tally:
    """Compares random cases until so many rows were compared."""
    rng = random.Random(seed)
    tally = Tally()
    number = 0
    while tally.rows < rows:
        exports = []
        for _ in range(10):
            is_troubled = rng.random() < troubled
            exports.append(random_export(rng, number, SIZE, troubled=is_troubled))
            number += 1
        engine = engine_rows(exports)
        for export in exports:
            as_of = date.fromisoformat(export.reference_date).toordinal()
            for story in export.stories:
                _compare_case(tally, export, story, as_of, engine[story.id])
    return tally


def _compare_case(
    tally: Tally,
    export: Export,
    story: Story,
    as_of: int,
    got: dict[tuple[str, str | None], Row],
) -> None:
    wanted = judge(export, story, as_of)
    for key, row in wanted.items():
        tally.add(export, story, row, got.get(key))
    for key, row in got.items():
        if key not in wanted:
            tally.add(export, story, Row(key[0], key[1], "(no row)"), row)


def main() -> int:
    """Prints each kind of disagreement with its smallest case, or the table of verdicts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--troubled", type=float, default=0.4)
    parser.add_argument("--rule")
    parser.add_argument("--most", type=int, default=12)
    parser.add_argument("--table", action="store_true")
    said = parser.parse_args()
    tally = compared(said.rows, said.seed, said.troubled)
    wrong = sum(tally.kinds.values())
    print(f"{tally.rows} rows, {wrong} disagree, in {len(tally.kinds)} kinds")
    for kind, count in tally.kinds.most_common():
        print(f"{count:6} {' '.join(kind)}")
    shown = [one for one, _ in tally.kinds.most_common() if said.rule in (None, one[0])]
    for kind in shown[: said.most] if said.rule else []:
        _, export, story, wanted, got = tally.smallest[kind]
        print("\n==", *kind)
        print("wanted", wanted, "\ngot   ", got, "\nas of", export.reference_date)
        print("supplies not", _unsupplied(export))
        for one in sorted(story.said, key=lambda each: each.occurred):
            print(
                "  ",
                one.occurred,
                one.type,
                one.id,
                one.recorded or "",
                one.supersedes or "",
                one.void or "",
                dict(one.fields) if len(dict(one.fields)) == len(one.fields) else one.fields,
            )
    if said.table:
        print_table(tally)
    return 1 if wrong else 0


def _unsupplied(export: Export) -> list[str]:
    from tests.oracle.core.reading import VOCABULARY

    if export.supplies is None:
        return []
    return [name for name in VOCABULARY.events if name not in export.supplies]


def print_table(tally: Tally) -> None:
    """Prints how often each rule gave each verdict."""
    verdicts = sorted({verdict for _, verdict in tally.table})
    print(f"{'':8}", *(f"{one:>14}" for one in verdicts))
    for rule in sorted({rule for rule, _ in tally.table}):
        print(f"{rule:8}", *(f"{tally.table[rule, one]:14}" for one in verdicts))


if __name__ == "__main__":
    sys.exit(main())
