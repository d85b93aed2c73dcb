"""Splits the change between two sets of exports into three terms that add up to it exactly.

Six counts are taken: of the old cases by the old rules (`before`); by the new rules as if these had
always been in force, of the old cases and of the new ones, each as they are and restricted to what
both exports supply; and of the new cases by the new rules on their own days (`after`).

    rules    = (old by new rules - before) + (after - new by new rules)
    coverage = (old restricted - old by new rules) + (new by new rules - new restricted)
    practice = new restricted - old restricted

Practice is what remains: other cases, and the same ones recorded otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from msp_rules.audit.case_reader import CaseFiles, CaseReader, supplies_of
from msp_rules.audit.change.common_supply import Restriction, joined, shared
from msp_rules.audit.change.stages import CountKey, Stage, StageCounter
from msp_rules.audit.supply import Coverage
from msp_rules.casework.case import Fault, Supply
from msp_rules.casework.moments import Cutoff
from msp_rules.casework.visibility import in_force
from msp_rules.casework.vocabulary import words_of_both
from msp_rules.intake.source import InputFile
from msp_rules.rules.language.rule import Ruleset


class Terms(NamedTuple):
    """One count, before and after, and the three terms of its change."""

    before: int
    """The old cases by the old rules."""
    rules: int
    """The part of the change that other rules make of the same cases."""
    coverage: int
    """The part that fields make which only one side supplies."""
    practice: int
    """The part that remains: other cases, and other practice."""
    after: int
    """The new cases by the new rules."""


class Stages(NamedTuple):
    """The six counts, in the order in which one leads to the next."""

    before: Stage
    """The old cases by the old rules."""
    old_by_new_rules: Stage
    """The old cases by the new rules, as if these had always been in force."""
    old_restricted: Stage
    """The old cases, restricted to what both exports supply, by the same rules."""
    new_restricted: Stage
    """The new cases, restricted in the same way, by the same rules."""
    new_by_new_rules: Stage
    """The new cases by the new rules, as if these had always been in force."""
    after: Stage
    """The new cases by the new rules on their own days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedExports:
    """The exports of one side, as they were read."""

    files: CaseFiles
    """The exports, and how they were read."""
    as_of: Cutoff
    """The moment at which its cases were judged."""
    inputs: tuple[InputFile, ...]
    """The files."""
    cases: int
    """The number of its cases."""
    supply: Supply
    """The types and fields that its files supply."""
    given: frozenset[tuple[str, str]]
    """The fields (type, field) that some entry has a value in."""
    faults: tuple[Fault, ...]
    """All that could not be read or judged."""
    is_whole: bool
    """False where a case or a file could not be read or judged whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The change between two sets of exports."""

    old: ComparedExports
    """The old exports."""
    new: ComparedExports
    """The new exports."""
    stages: Stages
    """The five counts."""

    @property
    def is_same_coverage(self) -> bool:
        """True where both sides supply the same."""
        return self.old.supply == self.new.supply

    @property
    def is_whole(self) -> bool:
        """False where a case or a file of either side could not be read or judged whole."""
        return self.old.is_whole and self.new.is_whole

    def terms(self) -> dict[CountKey, Terms]:
        """Gives the terms of every count that is not nought all along."""
        stages = [one.counts for one in self.stages]
        keys = dict.fromkeys(key for counts in stages for key in counts)
        return {key: terms_of([counts[key] for counts in stages]) for key in keys}


def terms_of(counts: Sequence[int]) -> Terms:
    """Splits the change of one count, from what it was at each of the six stages."""
    before, old_by_new, old_restricted, new_restricted, new_by_new, after = counts
    return Terms(
        before=before,
        rules=(old_by_new - before) + (after - new_by_new),
        coverage=(old_restricted - old_by_new) + (new_by_new - new_restricted),
        practice=new_restricted - old_restricted,
        after=after,
    )


def split_change(old: CaseFiles, new: CaseFiles, always: Ruleset) -> Change:
    """Reads both sides and counts; raises MspRulesError where either can't be read.

    `always` are the new rules as if what differs from the old ones had always been in force: those
    of the new side, where nothing that differs has days of its own. Both sides are read by the
    words of both rulesets. A side's faults are those of reading its cases, and of judging them by
    its own rules.
    """
    words = words_of_both(old.ruleset.vocabulary, new.ruleset.vocabulary)
    old, new = replace(old, vocabulary=words), replace(new, vocabulary=words)
    supplies = joined(supplies_of(old)), joined(supplies_of(new))
    common = None if supplies[0] == supplies[1] else shared(*supplies)
    old_by_new = _Pass(replace(old, ruleset=always), common)
    before = old_by_new if old.ruleset == always else _Pass(old, None)
    new_by_new = _Pass(replace(new, ruleset=always), common)
    after = new_by_new if new.ruleset == always else _Pass(new, None)
    return Change(
        old=before.side(old, supplies[0]),
        new=after.side(new, supplies[1]),
        stages=Stages(
            before=before.whole,
            old_by_new_rules=old_by_new.whole,
            old_restricted=old_by_new.restricted,
            new_restricted=new_by_new.restricted,
            new_by_new_rules=new_by_new.whole,
            after=after.whole,
        ),
    )


class _Pass:
    """Reads one side once and counts it by one ruleset: whole, and restricted where asked for."""

    def __init__(self, files: CaseFiles, common: Supply | None) -> None:
        self._reader, self._coverage = CaseReader(files), Coverage()
        whole = StageCounter(files.ruleset)
        restricted = None if common is None else StageCounter(files.ruleset)
        restriction = Restriction(common or Supply())
        self._cases = 0
        for read in self._reader.cases():
            self._cases += 1
            self._coverage.add(whole.add(read).supply)
            if restricted is not None:
                case = restriction.of(read.case)
                view = in_force(case, read.view.as_of)
                restricted.add(read._replace(case=case, view=view))
        self._judged = tuple(whole.faults)
        self.whole = whole.finish()
        """The counts of the cases as they are."""
        self.restricted = self.whole if restricted is None else restricted.finish()
        """The counts of the cases as the common supply leaves them."""

    def side(self, files: CaseFiles, supply: Supply) -> ComparedExports:
        """Says what was read."""
        reader = self._reader
        assert reader.as_of is not None  # a source without a moment is refused
        faults = (*reader.faults, *self._judged)
        return ComparedExports(
            files=files,
            as_of=reader.as_of,
            inputs=_in_order(reader.inputs),
            cases=self._cases,
            supply=supply,
            given=frozenset(self._coverage.given),
            faults=faults,
            is_whole=reader.is_whole and not faults,
        )


def _in_order(inputs: Iterable[InputFile]) -> tuple[InputFile, ...]:
    return tuple(sorted(inputs, key=lambda one: (one.name, one.sha256)))
