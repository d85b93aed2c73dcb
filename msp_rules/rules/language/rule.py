"""Defines rules, concepts and rulesets, once they are read and every name in them is known.

A ruleset also holds what its overlays add: their origin, local exclusions and waivers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any, Final

from msp_rules.casework.vocabulary import Vocabulary
from msp_rules.errors import SourceLocation
from msp_rules.rules.language.conditions import Anchor, Condition, Due, Limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A ruleset or an overlay, as pinned; the places of its files begin with `folder`."""

    id: str
    version: str
    sha256: str
    folder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """The London days on which something local is in force, first and last included."""

    first: date | None = None
    last: date | None = None

    def holds_on(self, day: int) -> bool:
        """Tells whether it is in force on a day (ordinal)."""
        has_begun = self.first is None or self.first.toordinal() <= day
        return has_begun and (self.last is None or day <= self.last.toordinal())

    def meets(self, other: Period) -> bool:
        """Tells whether two periods share a day."""
        starts = [p.first for p in (self, other) if p.first is not None]
        ends = [p.last for p in (self, other) if p.last is not None]
        return not starts or not ends or max(starts) <= min(ends)

    @property
    def days(self) -> tuple[date, ...]:
        """Gives the days on which something begins or is over."""
        found = [self.first] if self.first is not None else []
        if self.last is not None and self.last < date.max:
            found.append(date.fromordinal(self.last.toordinal() + 1))
        return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reasons:
    """The grounds of something local: why it is so, who approved it, when it is in force."""

    layer: str
    because: str
    approved_by: str
    period: Period
    where: SourceLocation


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """Findings of some rules that do not count for a while; empty `teams` or `agencies`: all."""

    name: str
    rules: frozenset[str]
    teams: frozenset[str]
    agencies: frozenset[str]
    reasons: Reasons


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalFilter:
    """A local exclusion of one rule, on the days of one of its forms.

    `before` is what the rule asked for without any filter; None: it concerned every subject.
    `before_if_none` is the same where there is no subject; None: the filter says nothing there.
    """

    name: str
    rule: str
    condition: Condition
    before: Condition | None
    before_if_none: Condition | None
    each: str | None
    days: tuple[int, int]
    reasons: Reasons


class Severity(StrEnum):
    """The weight of a missing thing, lightest first."""

    PROMPT = "prompt"
    ADVICE = "advice"
    FLAG = "flag"
    STATUTORY = "statutory"

    @property
    def rank(self) -> int:
        """Ranks from 0 for `prompt` to 3 for `statutory`."""
        return list(Severity).index(self)


class Colour(StrEnum):
    """A rating, heaviest first; `none` colours nothing."""

    RED = "red"
    AMBER = "amber"
    GREY = "grey"
    GREEN = "green"
    NONE = "none"


class Basis(StrEnum):
    """The origin of a number."""

    PUBLISHED = "published"
    LOCAL = "local"
    ASSUMED = "assumed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """A place in a source of the ruleset's own list."""

    source: str
    at: str
    where: SourceLocation | None = field(default=None, compare=False, repr=False)


class Reading(StrEnum):
    """The ways to read a source: whole, in excerpts, or as another source gives it."""

    WHOLE = "whole"
    IN_PART = "in_part"
    SECOND_HAND = "second_hand"


@dataclass(frozen=True, slots=True, kw_only=True)
class CitedSource:
    """One source: its edition, how it was read, and every place that may be cited."""

    edition: str
    read: Reading
    places: frozenset[str]
    where: SourceLocation
    label: str | None = None
    """A short name fit for a worker; None: the one in ruleset.yaml is used."""
    url: str | None = None
    day: date | None = None
    """The day on which it was last consulted."""
    quoted_by: str | None = None
    """The source that quotes it, where it was not read itself."""
    not_read: frozenset[str] = frozenset()
    """The places of a source read in part that are known only as `quoted_by` gives them."""

    def was_read(self, place: str) -> bool:
        """Tells whether a place was read in the source itself."""
        return self.read is not Reading.SECOND_HAND and place not in self.not_read


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterValue:
    """A number (or codes) in force from a day on, and where it comes from."""

    first_day: date
    value: int | tuple[str, ...]
    basis: Basis
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A dated, cited value of a rule; `unit` and `range` are None for a list of codes."""

    name: str
    values: tuple[ParameterValue, ...]
    unit: str | None = None
    range: tuple[int, int] | None = None
    where: SourceLocation

    def value_on(self, day: date | None) -> int | tuple[str, ...]:
        """Gives the value in force on a day (None: the newest); before all of them, the first."""
        started = [v for v in self.values if day is None or v.first_day <= day]
        return (started[-1] if started else self.values[0]).value


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A question to a colleague, and where and to whom a host may show it."""

    summary: str
    urgency: str
    ask_at: tuple[str, ...]
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A small case and the verdict it must get.

    `given` are events as written: one-entry mappings of type to fields. `then` maps a subject's id
    (None: the case) to a verdict; a single verdict in the file stands for the only answer that the
    rule gives. `due` is the expected due date or date-time as text, where the example names one.
    """

    name: str
    as_of: str
    given: tuple[Mapping[str, Any], ...]
    then: Mapping[str | None, str] | str
    due: str | None = None
    case: Mapping[str, Any] = field(default_factory=dict)
    adult: Mapping[str, Any] = field(default_factory=dict)
    supplies: tuple[str, ...] | None = None
    where: SourceLocation


@dataclass(frozen=True, slots=True, kw_only=True)
class ConceptExample:
    """A small case and whether a concept holds in it: "yes", "no" or "unknown"."""

    name: str
    as_of: str
    given: tuple[Mapping[str, Any], ...]
    then: str
    supplies: tuple[str, ...] | None = None
    where: SourceLocation


@dataclass(frozen=True, slots=True, kw_only=True)
class Concept:
    """A named condition that several rules share."""

    name: str
    title: str
    condition: Condition
    examples: tuple[ConceptExample, ...]
    where: SourceLocation


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """A mismatch, and the audit questions that it casts doubt on."""

    when: Condition
    questions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IfNone:
    """The question that an `each` rule asks of a case without any subject."""

    applies_when: Condition | None
    due: Due | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One expectation. The blocks are as in the rule language; None is a block left out.

    `met_colour` (also of `explained`) and `partly_colour` (where `partly_when` holds) are None
    where they are the usual ones. Of a rule with `touches`, a finding colours only the questions of
    those that hold, and one that cannot tell colours no others. Outside its `period` a rule
    concerns nothing: the day of the subject counts, or of what made it apply. `revision` counts up
    with each change of meaning. `why` tells a worker in a sentence or two why the rule asks, and
    `counts` what is enough. `earlier` holds the rule as its counts and lists were read from days
    (ordinals) before `newest_from`, oldest first.

    For messages only: `places` says where each key of the file is (`summary`: the text of the
    prompt), and `literals` are the numbers in its conditions and limits that no parameter names.
    """

    id: str
    title: str
    kind: str
    severity: Severity
    is_floor: bool
    principles: tuple[str, ...]
    audit_questions: tuple[str, ...]
    cites: tuple[Citation, ...]
    status: str
    review_by: date
    parameters: Mapping[str, Parameter]
    each: str | None
    applies_when: Condition | None
    expect: Condition
    due: Due | None
    partly_when: Condition | None
    explained_when: Condition | None
    cannot_tell_when: Condition | None
    if_none: IfNone | None
    not_met_colour: Colour
    red_when: Condition | None
    prompt: Prompt
    finding: str
    is_enabled: bool
    examples: tuple[Example, ...]
    where: SourceLocation
    revision: int = 1
    status_reason: str | None = None
    notes: str | None = None
    why: str | None = None
    counts: str | None = None
    met_colour: Colour | None = None
    partly_colour: Colour | None = None
    touches: tuple[Touch, ...] = ()
    period: Period = Period()
    newest_from: int = 0
    earlier: tuple[tuple[int, Rule], ...] = ()
    places: Mapping[str, SourceLocation] = field(default_factory=dict, compare=False, repr=False)
    literals: tuple[tuple[SourceLocation, str], ...] = field(default=(), compare=False, repr=False)

    @property
    def change_days(self) -> tuple[int, ...]:
        """Gives the days (ordinals) on which another form of the rule begins, in order."""
        if not self.earlier:
            return ()
        return (*(first for first, _ in self.earlier[1:]), self.newest_from)

    def as_on(self, day: int) -> Rule:
        """Gives the rule with the counts and lists of a day (ordinal)."""
        if day >= self.newest_from:
            return self
        started = [rule for first_day, rule in self.earlier if first_day <= day]
        return started[-1] if started else self.earlier[0][1]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleBlock:
    """One of the conditions that a rule has under a key of its own."""

    key: str
    """The key in a rule's file."""
    heading: str
    """The heading for it wherever a rule is shown to people."""
    of: Callable[[Rule], Condition | None]
    """Gives the condition of a rule, None where the rule leaves the block out."""


BLOCKS: Final = (
    RuleBlock(key="applies_when", heading="Where", of=lambda rule: rule.applies_when),
    RuleBlock(key="expect", heading="What satisfies it", of=lambda rule: rule.expect),
    RuleBlock(
        key="explained_when", heading="What explains it", of=lambda rule: rule.explained_when
    ),
    RuleBlock(key="partly_when", heading="What counts in part", of=lambda rule: rule.partly_when),
    RuleBlock(
        key="cannot_tell_when",
        heading="When the record itself does not know",
        of=lambda rule: rule.cannot_tell_when,
    ),
)
"""Every block that is one condition, in the order in which people read them.

A new block is added here, to `Rule` and to its decoder; code that needs all conditions of a rule
uses this list, `conditions_of` or `asked_by`.
"""


def conditions_of(rule: Rule) -> Iterator[tuple[str, Condition]]:
    """Yields every condition of a rule, each with its key in the file."""
    for block in BLOCKS:
        condition = block.of(rule)
        if condition is not None:
            yield block.key, condition
    if rule.if_none is not None and rule.if_none.applies_when is not None:
        yield "if_none", rule.if_none.applies_when
    if rule.red_when is not None:
        yield "colour", rule.red_when
    for touch in rule.touches:
        yield "colour", touch.when


def asked_by(rule: Rule) -> tuple[Condition | Due, ...]:
    """Gives all that a rule asks of a record: its conditions and its limits, for `walk`."""
    limits = (rule.due, rule.if_none.due if rule.if_none is not None else None)
    conditions = tuple(condition for _, condition in conditions_of(rule))
    return (*conditions, *(limit for limit in limits if limit is not None))


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspension:
    """A reason for rules not to apply, for the whole ruleset.

    With `limit_after`, only rules whose limit falls on or after that moment stop (a limit whose
    anchor has not happened counts as after it). Rules in `keeps` go on.
    """

    name: str
    when: Condition
    limit_after: Anchor | None
    keeps: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Numbers of a ruleset that belong to no single rule.

    `office_close` is microseconds since midnight. `temporary_codes` are the explanation codes that
    stand only for a while. A field of `absent_if_not_supplied` says nothing where its source cannot
    supply it, as if it were left empty, and leaves nothing in doubt. `numbers` are those that every
    rule may name.
    """

    office_close: int
    max_temporary_reason: Limit
    temporary_codes: frozenset[str]
    absent_if_not_supplied: frozenset[str] = frozenset()
    numbers: Mapping[str, Parameter] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruleset:
    """Rules that are in force together. `sha256` is over the bytes of its files, in name order.

    With overlays, id and hash stay those of the ruleset below them, and `layers` names all, lowest
    first. `vocabulary` is what rules and exports may say, with the local words of the overlays;
    `cited` what is known of the sources beside their names. `left_out` are ids of rules that are
    not asked here (`only`); a record that names one of them means it, and no other that is like it.
    """

    id: str
    title: str
    version: str
    nation: str
    sources: Mapping[str, str]
    settings: Settings
    suspensions: tuple[Suspension, ...]
    concepts: Mapping[str, Concept]
    rules: tuple[Rule, ...]
    sha256: str
    where: SourceLocation
    source_places: Mapping[str, SourceLocation] = field(
        default_factory=dict, compare=False, repr=False
    )
    layers: tuple[Layer, ...] = ()
    filters: tuple[LocalFilter, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    vocabulary: Vocabulary = field(compare=False, repr=False)
    cited: Mapping[str, CitedSource] = field(default_factory=dict, compare=False, repr=False)
    left_out: frozenset[str] = frozenset()

    @property
    def rule_ids(self) -> frozenset[str]:
        """Gives the ids of all rules that a record may name, those left out included."""
        return self.left_out.union([rule.id for rule in self.rules])

    def only(self, names: frozenset[str]) -> Ruleset:
        """Reduces it to some rules; what is set for all of them stays, and so do their answers."""
        rules = tuple(rule for rule in self.rules if rule.id in names)
        return replace(self, rules=rules, left_out=self.rule_ids)

    @property
    def change_days(self) -> tuple[int, ...]:
        """Gives the days (ordinals) on which any rule changes: a count, a list, a local change."""
        return tuple(sorted({day for rule in self.rules for day in rule.change_days}))

    def as_on(self, day: int) -> Ruleset:
        """Gives the ruleset with the counts and lists of a day (ordinal)."""
        return replace(self, rules=tuple(rule.as_on(day) for rule in self.rules))

    @property
    def enabled_rules(self) -> tuple[Rule, ...]:
        """Gives the rules that answer, in id order."""
        return tuple(rule for rule in self.rules if rule.is_enabled)
