"""Compares the oracle with the engine: python -m tests.oracle.core.compare --rows N --seed S."""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, TypeVar

from msp_rules.audit.request import Hiding, ScanRequest
from tests.oracle.core.generator import random_export
from tests.oracle.core.judge import judge
from tests.oracle.core.reading import VOCABULARY
from tests.oracle.core.story import Export, Said, Story, as_xml
from tests.oracle.core.table import Row
from tests.support.core import core_ruleset
from tests.support.scanning import written

SIZE: Final = 12
ROWS_OF_A_FILE: Final = 600
# Mostly that of the export itself.
DAYS: Final = (None, None, None, "2025-10-20", "2026-01-02")
Kind = tuple[str, str, str, str]
Detail = int | str
"""A field of an event, by its place, or what stands about the event."""
Part = TypeVar("Part")


@dataclass
class Tally:
    """All rows that were compared, the disagreements by kind, and the verdicts of each rule."""

    rows: int = 0
    kinds: Counter[Kind] = field(default_factory=Counter)
    smallest: dict[Kind, tuple[int, Export, Story, Row, Row]] = field(default_factory=dict)
    verdicts: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, export: Export, story: Story, wanted: Row, got: Row | None) -> None:
        """Counts one row."""
        self.rows += 1
        self.verdicts[wanted.rule, wanted.verdict] += 1
        told = got or Row(wanted.rule, wanted.subject, "(no row)")
        for what, one, other in _differences(wanted, told):
            kind = (wanted.rule, what, one, other)
            self.kinds[kind] += 1
            size = len(story.said)
            if kind not in self.smallest or size < self.smallest[kind][0]:
                self.smallest[kind] = (size, export, story, wanted, told)

    def told(self) -> str:
        """The three most frequent kinds of disagreement; empty where there is none."""
        found = [
            told(kind, self.smallest[kind][1], self.smallest[kind][2])
            for kind, _ in self.kinds.most_common(3)
        ]
        return "\n".join(found)


def _differences(wanted: Row, got: Row) -> Iterator[tuple[str, str, str]]:
    if wanted.verdict != got.verdict:
        yield "verdict", wanted.verdict, got.verdict
        return
    if wanted.due != "?" and wanted.due != got.due and wanted.verdict != "cannot_tell":
        yield "due", "a date" if wanted.due else "null", "another" if got.due else "null"
    if got.colour != "?" and wanted.colour not in ("?", got.colour):
        yield "colour", wanted.colour, got.colour


# However little is left of a case: something had happened by the day of the evaluation.
_OLD: Final = Story("old", (Said("old", "concern_raised", "2020-01-06"),))


def engine_rows(exports: list[Export]) -> dict[str, dict[tuple[str, str | None], Row]]:
    """The rows of the engine, by case."""
    found: dict[str, dict[tuple[str, str | None], Row]] = {}
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for number, export in enumerate(exports):
            path = Path(folder, f"{number:04}.xml")
            cases = replace(export, stories=(*export.stories, _OLD))
            path.write_text(as_xml(cases), "utf-8")
            paths.append(path)
        request = ScanRequest(
            exports=tuple(paths),
            ruleset=core_ruleset(),
            all_rows=True,
            matcher="python",
            as_of=exports[0].as_of,
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
        exports: list[Export] = []
        as_of = rng.choice(DAYS)
        for _ in range(max(1, min(10, rows // ROWS_OF_A_FILE))):
            is_troubled = rng.random() < troubled
            export = random_export(rng, number, SIZE, troubled=is_troubled)
            exports.append(replace(export, as_of=as_of))
            number += 1
        engine = engine_rows(exports)
        for export in exports:
            for story in export.stories:
                _compare_case(tally, export, story, export.day, engine[story.id])
    return tally


def _compare_case(
    tally: Tally,
    export: Export,
    story: Story,
    as_of: int,
    got: dict[tuple[str, str | None], Row],
    only: str | None = None,
) -> None:
    wanted = judge(export, story, as_of, only=only)
    for key, row in wanted.items():
        tally.add(export, story, row, got.get(key))
    for key, row in got.items():
        if key not in wanted and only in (None, key[0]):
            tally.add(export, story, Row(key[0], key[1], "(no row)"), row)


def kinds_of(export: Export, stories: list[Story], only: str) -> list[set[Kind]]:
    """The kinds of disagreement of each of some variants of one case."""
    named = [replace(story, id=f"V{number}") for number, story in enumerate(stories)]
    variants = replace(export, stories=tuple(named))
    engine = engine_rows([variants])
    as_of = export.day
    found = []
    for story in named:
        tally = Tally()
        _compare_case(tally, variants, story, as_of, engine[story.id], only)
        found.append(set(tally.kinds))
    return found


def shrunk(export: Export, story: Story, kind: Kind) -> Story:
    """The story without anything that the disagreement does not need."""

    def first_good(variants: list[Story]) -> int | None:
        found = kinds_of(export, variants, kind[0])
        return next((at for at, kinds in enumerate(found) if kind in kinds), None)

    events = _least(list(story.said), lambda said: replace(story, said=tuple(said)), first_good)
    details = [(at, detail) for at, one in enumerate(events) for detail in _details(one)]

    def with_details(kept: list[tuple[int, Detail]]) -> Story:
        every = [
            _with(one, {detail for where, detail in kept if where == at})
            for at, one in enumerate(events)
        ]
        return replace(story, said=tuple(every))

    return with_details(_least(details, with_details, first_good))


def _least(
    parts: list[Part],
    built: Callable[[list[Part]], Story],
    first_good: Callable[[list[Story]], int | None],
) -> list[Part]:
    """The parts that are needed: halves are left out first, then ever smaller pieces."""
    chunk = max(1, len(parts) // 2)
    while chunk and parts:
        without = [parts[:at] + parts[at + chunk :] for at in range(0, len(parts), chunk)]
        good = first_good([built(some) for some in without])
        if good is not None:
            parts = without[good]
            chunk = min(chunk, max(1, len(parts) // 2))
        else:
            chunk //= 2
    return parts


def _details(said: Said) -> list[Detail]:
    """All that an event may be without: its fields, by place, and what stands about it."""
    found: list[Detail] = list(range(len(said.fields)))
    found += [
        name for name in ("recorded", "supersedes", "void") if getattr(said, name) is not None
    ]
    return [*found, "time"] if len(said.occurred) > len("2026-01-05") else found


def _with(said: Said, kept: set[Detail]) -> Said:
    return replace(
        said,
        fields=tuple(one for at, one in enumerate(said.fields) if at in kept),
        recorded=said.recorded if "recorded" in kept else None,
        supersedes=said.supersedes if "supersedes" in kept else None,
        void=said.void if "void" in kept else None,
        occurred=said.occurred if "time" in kept else said.occurred[:10],
    )


def told(kind: Kind, export: Export, story: Story) -> str:
    """One disagreement, with the least of a case that shows it."""
    story = shrunk(export, story, kind)
    small = Tally()
    engine = engine_rows([replace(export, stories=(story,))])
    as_of = export.day
    _compare_case(small, export, story, as_of, engine[story.id], kind[0])
    lines = [" ".join(kind)]
    if kind in small.smallest:
        _, _, _, wanted, got = small.smallest[kind]
        lines += [f"  wanted {wanted}", f"  got    {got}"]
    else:
        lines.append("  seen beside the other cases of its file only")
    lines.append(
        f"  as of {export.as_of or export.reference_date}, not supplied: {_unsupplied(export)}"
    )
    for one in sorted(story.said, key=lambda each: each.occurred):
        more = [f"recorded {one.recorded}"] if one.recorded else []
        more += [f"supersedes {one.supersedes}"] if one.supersedes else []
        more += [f"void {one.void}"] if one.void else []
        lines.append(f"    {one.occurred} {one.type} {one.id} {one.fields} {' '.join(more)}")
    return "\n".join(lines)


def main() -> int:
    """Prints each kind of disagreement, and of some rules the least of a case that shows it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--troubled", type=float, default=0.4, help="share of files with faults")
    parser.add_argument("--rules", default="", help="rules whose cases to show, or all")
    parser.add_argument("--most", type=int, default=12, help="cases to show")
    parser.add_argument("--table", action="store_true", help="count the verdicts of each rule")
    said = parser.parse_args()
    tally = compared(said.rows, said.seed, said.troubled)
    _say(f"{tally.rows} rows, {sum(tally.kinds.values())} disagree, in {len(tally.kinds)} kinds")
    for kind, count in tally.kinds.most_common():
        _say(f"{count:6} {' '.join(kind)}")
    rules = said.rules.split(",")
    shown = [one for one, _ in tally.kinds.most_common() if said.rules == "all" or one[0] in rules]
    for kind in shown[: said.most]:
        _, export, story, _, _ = tally.smallest[kind]
        _say(f"\n{told(kind, export, story)}")
    if said.table:
        _say(table(tally))
    return 1 if tally.kinds else 0


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - a command, for who compares by hand


def _unsupplied(export: Export) -> str:
    if export.supplies is None:
        return "nothing"
    found = []
    for name, kind in VOCABULARY.events.items():
        if name in export.supplies:
            continue
        some = [field for field in kind.fields if f"{name}.{field}" not in export.supplies]
        found.append(name if len(some) == len(kind.fields) else f"{name}.{some}")
    return ", ".join(found)


def table(tally: Tally) -> str:
    """How often each rule gave each verdict."""
    verdicts = sorted({verdict for _, verdict in tally.verdicts})
    lines = [f"{'':8}" + " ".join(f"{one:>14}" for one in verdicts)]
    for rule in sorted({rule for rule, _ in tally.verdicts}):
        counts = " ".join(f"{tally.verdicts[rule, one]:14}" for one in verdicts)
        lines.append(f"{rule:8}{counts}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
