"""Judges a case by all rules: in each world that fits it, and cannot tell where worlds differ."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from tests.oracle.core import agreement, asking, capacity, closing, decisions
from tests.oracle.core.reading import World, worlds
from tests.oracle.core.record import Record
from tests.oracle.core.story import Export, Story
from tests.oracle.core.table import (
    A_DUPLICATE,
    DOES_NOT_APPLY,
    EXPLAINED_THEN,
    Finding,
    Findings,
    Row,
    answer,
    is_surely_out,
    is_suspended,
)

Rule = Callable[[Record], Findings]
RULES: Final[Mapping[str, Rule]] = {
    **asking.RULES,
    **capacity.RULES,
    **agreement.RULES,
    **decisions.RULES,
    **closing.RULES,
}
Rows = Mapping[tuple[str, str | None], Row]


def judge(export: Export, story: Story, as_of: int, *, only: str | None = None) -> Rows:
    """The answer of each rule, or of one, for each subject."""
    rules = RULES if only is None else {only: RULES[only]}
    found: dict[tuple[str, str | None], list[Row]] = {}
    doubtful: frozenset[str] = frozenset()
    is_dated = True
    memory = {rule: _Memory(rule, judge_rule) for rule, judge_rule in rules.items()}
    for world in worlds(export, story, as_of):
        doubtful = world.record.doubtful
        is_dated = not world.record.undated and _is_supplied(export, "case_reopened")
        for one in memory.values():
            for row in one.rows(world):
                found.setdefault((row.rule, row.subject), []).append(row)
    settled = {key: _settled(rows, doubtful, is_dated, export) for key, rows in found.items()}
    with_subject = {rule for rule, subject in settled if subject is not None}
    return {
        key: row for key, row in settled.items() if key[1] is not None or key[0] not in with_subject
    }


class _Memory:
    """The rows of one rule, by the types that it looked at and all that these held.

    Most worlds differ in what most rules don't look at: those are asked once.
    """

    def __init__(self, rule: str, judge_rule: Rule) -> None:
        self.rule = rule
        self.judge_rule = judge_rule
        self.known: dict[tuple[str, ...], dict[object, list[Row]]] = {}

    def rows(self, world: World) -> list[Row]:
        """The rows of the rule in a world."""
        for kinds, rows in self.known.items():
            known = rows.get(_content(world, kinds))
            if known is not None:
                return known
        world.record.looked_at.clear()
        world.base.looked_at.clear()
        found = list(_rows(world, self.rule, self.judge_rule))
        kinds = tuple(sorted(world.record.looked_at | world.base.looked_at))
        self.known.setdefault(kinds, {})[_content(world, kinds)] = found
        return found


def _content(world: World, kinds: tuple[str, ...]) -> tuple[object, ...]:
    """All on which a rule that looks at some types may rest."""
    own = world.record.content(kinds)
    return own if world.record is world.base else (own, world.base.content(kinds))


def _rows(world: World, rule: str, judge_rule: Rule) -> Iterator[Row]:
    known = judge_rule(world.base)
    findings = known if world.record is world.base else judge_rule(world.record)
    for subject, finding in findings.items():
        plain = known.get(subject)
        if finding is not None and plain is not None:
            finding = replace(finding, reasons=plain.reasons)  # noqa: PLW2901
        then = _when_due(world.base, judge_rule, subject, finding)
        if rule in ASKED_WITHOUT and subject is not None and subject.startswith("?"):
            asked = known.get(None)
            is_asked = (
                asked is not None and asked.applies and not is_suspended(world.base, rule, asked)
            )
            unasked = answer(world.base, rule, None, asked)
            yield Row(rule, None, "cannot_tell") if is_asked else unasked
        elif subject is not None and not subject.startswith("?"):
            yield answer(world.base, rule, subject, finding, then)
        elif subject is not None:
            # A source that cannot supply the subjects leaves open what would be said of them.
            is_over = is_suspended(world.base, rule, Finding())
            yield _out(rule) if is_over else Row(rule, None, "cannot_tell")
        elif rule in ASKED_WITHOUT and plain is not None and is_suspended(world.base, rule, plain):
            # A suspended case's null rows are not applicable, whatever the source supplies.
            yield answer(world.base, rule, None, plain)
        else:
            yield answer(world.base, rule, None, finding, then)


def _out(rule: str) -> Row:
    return Row(rule, None, "not_applicable", rests_on=(DOES_NOT_APPLY, A_DUPLICATE))


# Rules that ask for an entry where there is none.
ASKED_WITHOUT: Final = {"PROP-01", "MCA-04"}


def _when_due(
    record: Record, judge_rule: Rule, subject: str | None, found: Finding | None
) -> Finding | None:
    """What a rule had found when it was due, where its evidence came late."""
    if found is None or found.due is None or found.full is None or found.due.keeps(found.full):
        return None
    due = found.due
    entries = [one for one in record.entries if due.keeps(one)]
    later = frozenset(one.id for one in record.entries if not due.keeps(one))
    then = replace(record, entries=entries, cut_off=later, kinds={})
    had = judge_rule(then).get(subject)
    # A rule that came to apply only after its limit had no evidence by then, and its reasons count.
    return had if had is not None and had.applies else replace(found, full=None)


# Rules whose evidence does not hang on the day that stands beside it.
NEVER_LATE: Final = {"DQ-01", "OUT-01", "INV-02", "PLAN-03"}


# On what a limit rests by the readings though it may change no day: open work stops at a closure
# and starts again with a reopening (section 3), and an advocate who was arranged ends a need
# (section 10).
LIMIT_RESTS_ON: Final = {
    "INV-02": ("case_closed", "case_reopened"),
    "PLAN-03": ("case_closed", "case_reopened"),
    "ADV-02": ("advocate_status",),
}


def _is_supplied(export: Export, kind: str) -> bool:
    supplies = export.supplies
    return supplies is None or any(one.partition(".")[0] == kind for one in supplies)


# What a rule asks of every event of a type is unknown where that type is not supplied (section 11,
# `every`): DQ-01 asks of each concern that no decision about it came before it.
ASKED_OF_EVERY: Final = {
    ("DQ-01", "met"): "concern_raised",
    ("DQ-01", "partly_met"): "concern_raised",
}


def _is_evidence_supplied(export: Export, row: Row, misfits: frozenset[str]) -> bool:
    kind = ASKED_OF_EVERY.get((row.rule, row.verdict))
    return kind is None or bool(misfits) or _is_supplied(export, kind)


def _is_limit_supplied(export: Export, rule: str) -> bool:
    """Section 8: a limit that rests on a type which the source cannot supply is unknown."""
    return all(_is_supplied(export, kind) for kind in LIMIT_RESTS_ON.get(rule, ()))


def _is_without_limit(row: Row, is_dated: bool) -> bool:
    # Of a silence it is sure that it was too long where each that may have broken it has its day.
    is_silence = is_dated and row.rule in ("INV-02", "PLAN-03") and row.verdict != "not_yet_due"
    # Where there is no limit, none is unknown but for whether it falls after a death.
    is_at_once = row.rule in ("DQ-01", "OUT-01") and not row.may_fall_after_death
    is_at_once &= row.verdict != "not_applicable"
    is_met = row.rule in NEVER_LATE and row.verdict == "met" and row.rule != "OUT-01"
    return is_at_once or is_silence or is_met


def _settled(rows: list[Row], doubtful: frozenset[str], is_dated: bool, export: Export) -> Row:
    """What all worlds say, by the rows of the table: a reason that stands goes before a doubt."""
    one = rows[0]
    is_limit_supplied = _is_limit_supplied(export, one.rule)
    misfits = frozenset.intersection(*(row.misfits for row in rows))
    is_evidence_supplied = _is_evidence_supplied(export, one, misfits)
    is_doubtful = one.subject in doubtful
    verdicts = {row.verdict for row in rows}
    dues = {row.due for row in rows}
    colours = {row.colour for row in rows}
    colour = one.colour if len(colours) == 1 else "?"
    # A limit is unknown where one that may not exist might be what it, or a part of it, rests on.
    is_open = len({row.rests_on for row in rows}) > 1 or not is_limit_supplied
    due = "?" if len(dues) > 1 or (is_open and "explained" in verdicts) else one.due
    is_out = verdicts == {"not_applicable"} and is_surely_out(rows, is_limit_supplied, doubtful)
    if is_out and not is_doubtful:
        return Row(one.rule, one.subject, "not_applicable")
    if is_doubtful:
        return Row(one.rule, one.subject, "cannot_tell", due, "grey")
    known = {"explained", "met", "met_late", EXPLAINED_THEN}
    # A reason that counts from an entry of which it is not known which one it is may not count.
    excuses = frozenset.intersection(*(row.excused_by for row in rows))
    # Nor does a reason go before the doubt whether the limit falls after a death (row 2).
    is_over = is_open and any(row.may_fall_after_death for row in rows)
    # And a reason goes before evidence that rests on one thing or another (rows 7 and 8).
    is_one_way = any(row.ways for row in rows)
    is_one_way &= not frozenset.intersection(*(row.ways for row in rows))
    is_unsure = "explained" in verdicts or is_one_way or len({row.shown_by for row in rows}) > 1
    if is_unsure and verdicts <= known and excuses and not is_over:
        return Row(one.rule, one.subject, "explained", "?" if is_open else due, "?")
    is_late_or_not = (len(dues) > 1 or is_open) and not _is_without_limit(one, is_dated)
    is_late_or_not |= not is_limit_supplied or not is_evidence_supplied
    # Of several mismatches that only may be there, none is sure (each doubt by itself, section 11).
    is_misfit = any(row.misfits for row in rows) and not misfits
    is_misfit |= is_one_way
    if len(verdicts) > 1 or is_late_or_not or is_misfit or "explained" in verdicts:
        return Row(one.rule, one.subject, "cannot_tell", due, "grey")
    verdict = "explained" if one.verdict == EXPLAINED_THEN else one.verdict
    return Row(one.rule, one.subject, verdict, due, colour)
