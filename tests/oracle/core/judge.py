"""Judges a case by all rules: in each world that fits it, and cannot tell where worlds differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from tests.oracle.core import agreement, asking, capacity, closing, decisions
from tests.oracle.core.reading import World, worlds
from tests.oracle.core.story import Export, Story
from tests.oracle.core.table import Row, answer

RULES: Final = {
    **asking.RULES,
    **capacity.RULES,
    **agreement.RULES,
    **decisions.RULES,
    **closing.RULES,
}
Rows = Mapping[tuple[str, str | None], Row]


def judge(export: Export, story: Story, as_of: int) -> Rows:
    """The answer of each rule for each subject."""
    found: dict[tuple[str, str | None], list[Row]] = {}
    doubtful: frozenset[str] = frozenset()
    for world in worlds(export, story, as_of):
        doubtful = world.record.doubtful
        for row in _rows(world):
            found.setdefault((row.rule, row.subject), []).append(row)
    settled = {key: _settled(rows, key[1] in doubtful) for key, rows in found.items()}
    with_subject = {rule for rule, subject in settled if subject is not None}
    return {
        key: row for key, row in settled.items() if key[1] is not None or key[0] not in with_subject
    }


def _rows(world: World) -> Iterator[Row]:
    for rule, judge_rule in RULES.items():
        findings = judge_rule(world.record)
        known = findings if world.record is world.base else judge_rule(world.base)
        for subject, finding in findings.items():
            base = known.get(subject)
            if finding is not None and base is not None:
                finding = replace(finding, reasons=base.reasons)  # noqa: PLW2901
            shown = None if subject is None or subject.startswith("?") else subject
            yield answer(world.base, rule, shown, finding)


def _settled(rows: list[Row], is_doubtful: bool) -> Row:
    one = rows[0]
    verdicts = {row.verdict for row in rows}
    if is_doubtful:
        verdicts.add("?")
    if verdicts <= {"not_applicable", "?"}:
        return Row(one.rule, one.subject, "not_applicable")
    dues = {row.due for row in rows}
    due = one.due if len(dues) == 1 else "?"
    if len(verdicts) > 1:
        return Row(one.rule, one.subject, "cannot_tell", due, "grey")
    colours = {row.colour for row in rows}
    return Row(one.rule, one.subject, one.verdict, due, one.colour if len(colours) == 1 else "?")
