"""Judges a case by all rules: in each world that fits it, and cannot tell where worlds differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tests.oracle.core import agreement, asking, capacity, closing, decisions
from tests.oracle.core.reading import worlds
from tests.oracle.core.story import Export, Story
from tests.oracle.core.table import Row

RULES: Final = {
    **asking.RULES,
    **capacity.RULES,
    **agreement.RULES,
    **decisions.RULES,
    **closing.RULES,
}
Rows = Mapping[tuple[str, str | None], Row]

# Types that only an explanation of the rule could come from count as absent where not supplied.
EXPLAINS_ONLY: Final[Mapping[str, frozenset[str]]] = {}


def judge(export: Export, story: Story, as_of: int) -> Rows:
    """The answer of each rule for each subject."""
    found: dict[tuple[str, str | None], list[Row]] = {}
    doubtful: frozenset[str] = frozenset()
    for world in worlds(export, story, as_of):
        doubtful = world.record.doubtful
        for rule, rows in RULES.items():
            absent = EXPLAINS_ONLY.get(rule, frozenset()) | {"explanation"}
            if world.added & absent:
                continue
            for row in rows(world.record):
                if row.subject is not None and row.subject.startswith("?"):
                    row = Row(rule, None, row.verdict, None, row.colour)  # noqa: PLW2901
                found.setdefault((rule, row.subject), []).append(row)
    settled = {key: _settled(rows, key[1] in doubtful) for key, rows in found.items()}
    with_subject = {rule for rule, subject in settled if subject is not None}
    return {
        key: row for key, row in settled.items() if key[1] is not None or key[0] not in with_subject
    }


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
