"""Evaluates a case at a moment by all rules of a ruleset: a pure function of the two."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import partial
from operator import itemgetter
from threading import Lock
from typing import Final

from msp_rules.casework.case import Case, Event, Fault
from msp_rules.casework.moments import When, cutoff_at, day_start
from msp_rules.casework.visibility import CaseView, in_force, is_clear
from msp_rules.casework.workdays import england
from msp_rules.engine.answers import (
    answer,
    crash,
    dispute,
    no_later_than,
    null_answer,
    uncertain_subject,
)
from msp_rules.engine.compiler import (
    BLOCKS,
    NOT_FILLED,
    CompiledRule,
    RowLayout,
    Suspensions,
    SuspensionState,
    compile_rule,
    pattern_table,
)
from msp_rules.engine.matchers.choice import (
    CheckedMatcher,
    MatcherChoice,
    MatcherDisagreement,
    choose_matcher,
)
from msp_rules.engine.matchers.python import PatternTable
from msp_rules.engine.scope import DueAnswer, Scope, scope_of
from msp_rules.engine.selections import Clock
from msp_rules.engine.straight.rule_code import NONE_LACKS, Key, RuleCode
from msp_rules.engine.straight.write import StraightCode, straighten
from msp_rules.engine.truth import FALSE, NOT_HAPPENED, TRUE, UNKNOWN
from msp_rules.engine.verdict import Answer, Decision, Evaluation, Marks, decide
from msp_rules.errors import EngineError
from msp_rules.rules.language.rule import Rule, Ruleset

_MOST_KEPT: Final = 16_384
_MOST_BY_CODE: Final = 128
IS_COMPILED: Final = not __file__.endswith(".py")
"""True where this code was compiled ahead (`make compiled`): the same answers, sooner."""
NO_CODE: Final = -1
"""Has an engine never write code."""
_CASES_BEFORE_CODE: Final = 128
"""Writing takes as long as judging some hundred cases."""


class _NotFilled(Enum):
    """Says why a rule's part of a row was left empty: an error, or the rule does not apply."""

    BROKEN = "broken"
    OUTSIDE = "outside"


_BROKEN: Final = _NotFilled.BROKEN
_OUTSIDE: Final = _NotFilled.OUTSIDE


@dataclass(slots=True)
class _Group:
    """Rules that share a subject type, and so a row; `each` None is the case itself."""

    each: str | None
    is_null_row: bool
    rules: list[CompiledRule]
    width: int
    matcher: CheckedMatcher
    keys: list[Callable[[list[int]], object]]
    """For each rule, the function that picks the columns that its patterns test."""
    decisions: list[dict[object, Decision]]
    """For each rule, the decisions so far by those columns: they depend on nothing else."""
    codes: list[RuleCode | None]
    """For each rule, its code for clear records, once it is written."""
    silent: list[Answer]
    """The answers of rules that ask nothing where a clear record has no subject."""
    asked: tuple[int, ...]
    """The places of the rules that are asked, of those that share the row."""
    hits: int = 0
    misses: int = 0


class Engine:
    """Evaluates cases by one ruleset. Build it once; `evaluate` reads no clock, file or network.

    `matcher` is `auto`, `durable`, `python` or `both` (or a choice made before); `notice` says what
    `auto` chose and why it fell back, None where there is nothing to say. With `foresees` False it
    leaves out when answers will change by time alone, for callers that need a case only once; with
    `gives_grounds` False also what verdicts rest on and what is missing, for callers that count.
    Once `code_after` cases were judged, it writes straight-line code for its rules, by which it
    judges records without doubt sooner, in the same way; NO_CODE: it never does. None: after 128
    cases and, where the package was compiled ahead, if that code was as well: its objects are
    sooner than code that is not.
    As `part_of` another engine, of the same rules and more, it compiles nothing: it answers with
    what that engine has compiled, in its way. Raises EngineError where a named matcher cannot be
    had here.
    """

    def __init__(
        self,
        ruleset: Ruleset,
        *,
        matcher: str | MatcherChoice = "auto",
        foresees: bool = True,
        gives_grounds: bool = True,
        code_after: int | None = None,
        part_of: Engine | None = None,
    ) -> None:
        self.ruleset = ruleset
        if part_of is None:
            self.clock = Clock(england(), ruleset.settings.office_close)
            self.choice = choose_matcher(matcher) if isinstance(matcher, str) else matcher
            self.suspensions = Suspensions(ruleset, self.clock)
        else:
            self.clock, self.choice = part_of.clock, part_of.choice
            self.suspensions = part_of.suspensions
        self.notice = self.choice.notice
        self.foresees: bool = foresees if part_of is None else part_of.foresees
        self.gives_grounds: bool = gives_grounds if part_of is None else part_of.gives_grounds
        self.matcher_name = self.choice.name
        self._whole = part_of
        self._change_days = ruleset.change_days
        self._next_changes: dict[int, dict[str, int]] = {}
        self._groups: dict[int, tuple[_Group, ...]] = {}
        self._rules: dict[int, dict[str, Rule]] = {}
        self._code: dict[int, StraightCode | None] = {}
        self._code_after: int = _CASES_BEFORE_CODE if code_after is None else code_after
        self._only_compiled_code: bool = IS_COMPILED and code_after is None
        self._judged: dict[int, int] = {}
        self._writing = Lock()
        if part_of is None:
            self._groups_on(self._change_days[-1] if self._change_days else 0)

    def only(self, names: frozenset[str]) -> Engine:
        """Gives an engine of some of its rules, which shares all that is compiled and decided."""
        return Engine(self.ruleset.only(names), part_of=self)

    def rules_on(self, day: int) -> Mapping[str, Rule]:
        """Gives the enabled rules in their form of a day (ordinal), by id."""
        epoch = bisect_right(self._change_days, day)
        rules = self._rules.get(epoch)
        if rules is None:
            enabled = self.ruleset.as_on(day).enabled_rules
            rules = self._rules[epoch] = {rule.id: rule for rule in enabled}
        return rules

    def evaluate(self, case: Case, as_of: When) -> Evaluation:
        """Gives the verdict of every enabled rule on every subject of a case at a moment.

        Raises MspRulesError where `as_of` is not a moment (`moment_at`).
        """
        return self.evaluate_view(in_force(case, cutoff_at(as_of)))

    def evaluate_view(self, view: CaseView) -> Evaluation:
        """Does as `evaluate`, for a caller that asks more of the same view."""
        case, as_of = view.case, view.as_of
        scope = scope_of(view, self.ruleset.settings)
        code = self._code_on(as_of.day)
        if code is not None and not _has_very_many(view) and is_clear(view, code.tested):
            scope.begin_code(code.shared_slots)
        try:
            held = self.suspensions.states(scope)
        except Exception as error:  # noqa: BLE001 - without them no rule can be answered
            rules = self.ruleset.as_on(as_of.day).enabled_rules
            every = tuple(crash(rule, scope, error) for rule in rules)
            return Evaluation(case.id, as_of, (), every, None)
        answers: list[Answer] = []
        faults: list[Fault] = []
        for group in self._groups_on(as_of.day):
            found = view.by_type.get(group.each or "", ())
            if group.width == 0 and scope.is_clear:
                if not found:
                    answers += group.silent
                continue
            if group.is_null_row:
                subjects: tuple[Event | None, ...] = () if found else (None,)
            else:
                subjects = (None,) if group.each is None else found
            for subject in subjects:
                self._judge(group, scope, subject, held, answers, faults)
        scope.forget()
        answers.sort(key=itemgetter(0))  # by rule; the subjects are in order already
        if not self.foresees:
            return Evaluation(case.id, as_of, tuple(answers), tuple(faults), None)
        answers = self._until_rules_change(answers, as_of.day)
        if view.changes_at is not None:
            answers = [no_later_than(one, view.changes_at) for one in answers]
        moments = [a.changes_at for a in answers if a.changes_at is not None]
        # A rule that is switched off has no answer here, and may have one later.
        moments += self._next_changes.get(as_of.day, {}).values()
        return Evaluation(
            case.id,
            as_of,
            tuple(answers),
            tuple(faults),
            min(moments) if moments else view.changes_at,
        )

    def _until_rules_change(self, answers: list[Answer], day: int) -> list[Answer]:
        """Notes that answers may change on the day that another form of their rule begins."""
        if not self._change_days or day >= self._change_days[-1]:
            return answers
        if day not in self._next_changes:
            self._next_changes[day] = {
                rule.id: day_start(min(later))
                for rule in self.ruleset.rules
                if (later := [first for first in rule.change_days if first > day])
            }
        moments = self._next_changes[day]
        return [
            no_later_than(one, moments[one.rule]) if one.rule in moments else one for one in answers
        ]

    @property
    def rows_remembered(self) -> tuple[int, int]:
        """Counts the rows answered from earlier decisions, and those that had to be matched."""
        every = [group for groups in self._groups.values() for group in groups]
        return sum(group.hits for group in every), sum(group.misses for group in every)

    def _groups_on(self, day: int) -> tuple[_Group, ...]:
        """Gives the rules with the counts and lists of a day (ordinal), compiled once each."""
        epoch = bisect_right(self._change_days, day)
        groups = self._groups.get(epoch)
        if groups is None:
            if self._whole is not None:
                groups = tuple(_part_of_groups(self._whole._groups_on(day), self.ruleset))
            else:
                groups = tuple(self._build_groups(tuple(self.rules_on(day).values())))
            self._groups[epoch] = groups
        return groups

    def prepare(self, day: int) -> None:
        """Writes the code for a day (ordinal) now, where it would be written later.

        For a service, whose first calls would wait for it.
        """
        if self._whole is not None:
            self._whole.prepare(day)
        elif self._code_after != NO_CODE:
            self._begin_code(day, only_compiled=self._only_compiled_code)

    def straighten(self, day: int) -> StraightCode:
        """Writes straight-line code for the rules of a day (ordinal), and uses it from now on."""
        code = self._begin_code(day, only_compiled=False)
        assert code is not None
        return code

    def _begin_code(self, day: int, *, only_compiled: bool) -> StraightCode | None:
        """Writes the code for a day once; gives None where it was to be compiled, and is not."""
        if self._whole is not None:
            return self._whole._begin_code(day, only_compiled=only_compiled)
        epoch = bisect_right(self._change_days, day)
        with self._writing:
            code = self._code.get(epoch)
            if code is None and not (only_compiled and epoch in self._code):
                code = self._code[epoch] = self._written(day, only_compiled=only_compiled)
        return code

    def _written(self, day: int, *, only_compiled: bool) -> StraightCode | None:
        asking = [group for group in self._groups_on(day) if group.width > 0]
        places = [(group, at) for group in asking for at in range(len(group.rules))]
        rules = [(group.rules[at], partial(_decide_by_key, group, at)) for group, at in places]
        code = straighten(rules, self.clock, self.ruleset.as_on(day), only_compiled=only_compiled)
        if code is not None:
            for (group, at), one in zip(places, code.codes, strict=True):
                group.codes[at] = one
        return code

    def _code_on(self, day: int) -> StraightCode | None:
        """Gives the code for clear records on a day, written once enough cases were judged."""
        if self._whole is not None:
            return self._whole._code_on(day)
        epoch = bisect_right(self._change_days, day)
        if epoch in self._code or self._code_after == NO_CODE:
            return self._code.get(epoch)
        judged = self._judged[epoch] = self._judged.get(epoch, 0) + 1
        if judged <= self._code_after:
            return None
        return self._begin_code(day, only_compiled=self._only_compiled_code)

    def _build_groups(self, rules: tuple[Rule, ...]) -> Iterator[_Group]:
        for each in sorted({rule.each for rule in rules}, key=lambda name: name or ""):
            chosen = [rule for rule in rules if rule.each == each]
            yield self._group(each, chosen, is_null_row=False)
        for rule in rules:
            if rule.each is not None:
                yield self._group(rule.each, [rule], is_null_row=True)

    def _group(self, each: str | None, rules: list[Rule], *, is_null_row: bool) -> _Group:
        layout = RowLayout()
        with_row = [rule for rule in rules if not is_null_row or rule.if_none is not None]
        compiled = [
            compile_rule(rule, self.ruleset, self.clock, layout, is_null_row=is_null_row)
            for rule in with_row
        ]
        if not compiled:
            compiled = [_silent(rule, self.ruleset, self.clock) for rule in rules]
        table = pattern_table(layout, [] if layout.width == 0 else compiled)
        return _Group(
            each,
            is_null_row,
            compiled,
            layout.width,
            CheckedMatcher(table, self.choice),
            [_key_of(table, patterns) for patterns in table.groups],
            [{} for _ in table.groups],
            [None] * len(compiled),
            [one.not_applicable for one in compiled],
            tuple(range(len(compiled))),
        )

    def _judge_by_code(
        self,
        group: _Group,
        scope: Scope,
        held: Mapping[int, SuspensionState],
        answers: list[Answer],
    ) -> tuple[int, ...]:
        """Judges a clear record by written code; gives the rules that are left to their objects."""
        left: tuple[int, ...] = ()
        subject = None if scope.this is None else scope.this.id
        foresees, gives_grounds = self.foresees, self.gives_grounds
        for index in group.asked:
            code = group.codes[index]
            one: Answer | None = None
            if code is not None:
                try:
                    if code.applies is None or code.applies(scope):
                        one = code.judge(scope, held, foresees, gives_grounds)
                    elif not (foresees and code.moves):
                        one = code.not_applicable(subject)
                except Exception:  # noqa: BLE001 - its objects say what is wrong
                    one = None
            if one is None:
                left += (index,)
            else:
                answers.append(one)
        return left

    def _judge(
        self,
        group: _Group,
        scope: Scope,
        subject: Event | None,
        held: Mapping[int, SuspensionState],
        answers: list[Answer],
        faults: list[Fault],
    ) -> None:
        scope = scope.on(subject)
        if group.width == 0:
            answers.extend([null_answer(group.rules[at], scope, held) for at in group.asked])
            return
        if subject is not None and not subject.is_certain:
            rules = [group.rules[at].rule for at in group.asked]
            answers.extend([uncertain_subject(rule, subject) for rule in rules])
            return
        asked = group.asked
        if scope.is_clear:
            asked = self._judge_by_code(group, scope, held, answers)
            if not asked:
                if subject is not None:
                    scope.forget()
                group.hits += 1
                return
        row = [NOT_FILLED] * group.width
        filled = _fill(group, asked, scope, held, row, faults)
        matched: tuple[int, int] | None = None
        for place, index in enumerate(asked):
            compiled, due = group.rules[index], filled[place]
            if due is _BROKEN:
                continue
            # Of a rule that does not apply, the table looks at nothing else: one key for all rows.
            key = None if due is _OUTSIDE else group.keys[index](row)
            decision = group.decisions[index].get(key)
            if decision is None:
                if matched is None:
                    matched = _match(group, row)
                decision = _decide(group, index, key, matched)
                if decision is None:
                    faults.append(dispute(compiled.rule, scope))
                    continue
            elif due is _OUTSIDE and subject is None and not self.foresees:
                # Most answers are of this kind: the same one for every case.
                answers.append(compiled.not_applicable)
                continue
            try:
                one = answer(
                    compiled,
                    decision,
                    scope,
                    NOT_HAPPENED if due is _OUTSIDE else due,
                    held,
                    foresees=self.foresees,
                    gives_grounds=self.gives_grounds,
                )
                answers.append(one)
            except Exception as error:  # noqa: BLE001 - one rule's crash must not stop the others
                faults.append(crash(compiled.rule, scope, error))
        if subject is not None:
            scope.forget()
        group.hits += matched is None
        group.misses += matched is not None


def _has_very_many(view: CaseView) -> bool:
    """Tells whether a case has very many events of one type.

    Written code goes through the events of a type for a subject, which is quickest where there are
    a few dozen. Objects look them up: their work grows with the case, not with its square.
    """
    return max(map(len, view.by_type.values()), default=0) > _MOST_BY_CODE


def _decide_by_key(group: _Group, index: int, key: Key) -> Decision | None:
    """Decides a rule on a clear record; None where the matchers differ."""
    compiled, own = group.rules[index], group.rules[index].own
    row = [NOT_FILLED] * group.width
    for column, _ in compiled.applies:
        row[column] = TRUE
    for place, (column, _) in enumerate(compiled.evidence):
        if key.lacks == NONE_LACKS or place <= key.lacks:
            row[column] = FALSE if place == key.lacks else TRUE
    row[own.suspended], row[own.in_time], row[own.excused] = key.suspended, key.in_time, key.excused
    row[own.has_begun], row[own.is_past] = int(key.has_begun), int(key.is_past)
    row[own.explained], row[own.cannot_tell] = key.explained, key.cannot_tell
    row[own.partly], row[own.lapsed] = key.partly, key.lapsed
    known = group.keys[index](row)
    decision = group.decisions[index].get(known)
    return decision or _decide(group, index, known, _match(group, row))


def _fill(
    group: _Group,
    asked: Sequence[int],
    scope: Scope,
    held: Mapping[int, SuspensionState],
    row: list[int],
    faults: list[Fault],
) -> list[DueAnswer | _NotFilled]:
    """Fills a row, rule by rule; gives the limit of each, or why its part was left empty."""
    filled: list[DueAnswer | _NotFilled] = []
    for index in asked:
        compiled = group.rules[index]
        due: DueAnswer | _NotFilled = _OUTSIDE
        try:
            if compiled.may_apply(scope, row):
                due = compiled.fill(scope, held, row)
        except Exception as error:  # noqa: BLE001 - one rule's crash must not stop the others
            due = _BROKEN
            faults.append(crash(compiled.rule, scope, error))
        filled.append(due)
    return filled


def _part_of_groups(groups: tuple[_Group, ...], ruleset: Ruleset) -> Iterator[_Group]:
    """Yields the groups that hold some of the rules, with those alone asked.

    Columns that only other rules read stay empty. No decision looks at them, so that all parts
    share what is decided.
    """
    names = frozenset([rule.id for rule in ruleset.rules])
    for group in groups:
        asked = tuple([at for at in group.asked if group.rules[at].id in names])
        if asked:
            yield _Group(
                group.each,
                group.is_null_row,
                group.rules,
                group.width,
                group.matcher,
                group.keys,
                group.decisions,
                group.codes,
                [group.rules[at].not_applicable for at in asked],
                asked,
            )


def _key_of(table: PatternTable, patterns: tuple[int, ...]) -> Callable[[list[int]], object]:
    columns = sorted({test.column for one in patterns for test in table.patterns[one]})
    return itemgetter(*columns) if columns else _no_columns


def _no_columns(_row: list[int]) -> object:
    return ()


def _match(group: _Group, row: list[int]) -> tuple[int, int]:
    """Matches a row; gives the patterns that fire, and those on which the matchers differ."""
    try:
        return group.matcher.match(
            tuple([FALSE if value == NOT_FILLED else value for value in row])
        ), 0
    except MatcherDisagreement as dispute:
        return dispute.python_mask, dispute.python_mask ^ dispute.durable_mask
    except EngineError:
        return 0, -1  # a matcher that failed has answered for none of the rules


def _decide(group: _Group, index: int, key: object, matched: tuple[int, int]) -> Decision | None:
    """Decides a rule by its patterns and keeps that for its key; None where matchers differ."""
    mask, disputed = matched
    patterns = group.matcher.table.groups[index]
    # A rule without patterns is answered for by nobody where a matcher failed altogether.
    if disputed == -1 or any(disputed >> pattern & 1 for pattern in patterns):
        return None
    decision = decide(_marks(group.rules[index], mask, patterns))
    known = group.decisions[index]
    if len(known) >= _MOST_KEPT:
        known.clear()
    known[key] = decision
    return decision


def _marks(compiled: CompiledRule, mask: int, patterns: tuple[int, ...]) -> Marks:
    """Makes three-valued marks from the pairs of patterns "surely" and "possibly"."""
    values: list[int] = []
    pairs = iter(patterns)
    for name in BLOCKS:
        if not compiled.columns[name]:
            values.append(TRUE)  # only `applies` may be left out: it concerns every subject
            continue
        surely, possibly = mask >> next(pairs) & 1, mask >> next(pairs) & 1
        values.append(TRUE if surely else UNKNOWN if possibly else FALSE)
    return Marks(*values)


def _silent(rule: Rule, ruleset: Ruleset, clock: Clock) -> CompiledRule:
    """Compiles a rule that asks nothing where there is no subject, apart from all rows."""
    return compile_rule(rule, ruleset, clock, RowLayout())


__all__ = ["IS_COMPILED", "NO_CODE", "Engine"]
