"""Defines rules, concepts and rulesets, once they are read and every name in them is known.

A ruleset also holds what its overlays add: their origin, local exclusions and waivers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any, Final

from msp_rules.casework.plausible_dates import IMPLAUSIBLE_BEFORE, PlausibleDates, dates_from
from msp_rules.casework.vocabulary import Vocabulary
from msp_rules.errors import Problem, SourceLocation
from msp_rules.rules.language.conditions import Anchor, Condition, Due, Limit

PRINCIPLES: Final = (
    "empowerment",
    "prevention",
    "proportionality",
    "protection",
    "partnership",
    "accountability",
)
"""The six principles of the Care Act guidance, in its order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A ruleset or an overlay, as pinned."""

    id: str
    """The id of the ruleset or overlay."""
    version: str
    """Its version; empty where the ruleset's main file can't be read."""
    sha256: str
    """The hash of its files in hex digits; empty where the ruleset's main file can't be read."""
    folder: str
    """The start of the path of each of its files, as messages show it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """The London days on which something local is in force, first and last included."""

    first: date | None = None
    """The first day; None: no beginning is set."""
    last: date | None = None
    """The last day; None: no end is set."""

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
    """The id of the overlay that it is in."""
    because: str
    """The reason given for it."""
    approved_by: str
    """The person or body that approved it."""
    period: Period
    """The days on which it is in force."""
    where: SourceLocation
    """The place where it is written."""
    written_by: str | None = None
    """The person who wrote it; None where the overlay does not say."""
    approved_on: date | None = None
    """The day of the approval; None where the overlay does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalChange:
    """One value of a rule that an overlay changes, as it was below and as it is."""

    rule: str
    """The id of the rule."""
    key: str
    """The key or parameter that is changed."""
    before: str
    """The value of the layer below on the first day, in words."""
    after: str
    """The new value, in words."""
    period: Period
    """The days on which it is in force."""
    reasons: Reasons
    """The grounds of the change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """Findings of some rules that do not count for a while."""

    name: str
    """The name of the waiver in its overlay."""
    rules: frozenset[str]
    """The ids of the rules whose findings are waived."""
    teams: frozenset[str]
    """The teams whose cases it concerns; empty: all."""
    agencies: frozenset[str]
    """The agencies whose cases it concerns; empty: all."""
    reasons: Reasons
    """The grounds of the waiver, and the days on which it is in force."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleWords:
    """The words of a rule in another language; None is said in the ruleset's own."""

    title: str | None = None
    """The expectation in one sentence."""
    summary: str | None = None
    """The question."""
    finding: str | None = None
    """The sentence for a report, in which `{due}` stands for the due date."""
    why: str | None = None
    """The reason for which the rule asks."""
    counts: str | None = None
    """A description of what is enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageWords:
    """The words that one overlay has in one language."""

    language: str
    """The tag of the language (BCP 47)."""
    rules: Mapping[str, RuleWords]
    """The words of rules, by id."""
    texts: Mapping[str, str]
    """The fixed words of cards, by their English."""
    roles: Mapping[str, str]
    """The names of worker roles, by code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleLink:
    """A place of the council's own that cards of some rules lead to."""

    rules: frozenset[str]
    """The ids of the rules; empty: all."""
    label: str
    """The words of the link."""
    url: str
    """The whole address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalFilter:
    """A local exclusion of one rule, on the days of one of its forms."""

    name: str
    """The name of the filter in its overlay."""
    rule: str
    """The id of the rule."""
    condition: Condition
    """The condition under which a subject is left out."""
    before: Condition | None
    """The rule's condition without any filter; None: it concerned every subject."""
    before_if_none: Condition | None
    """The same where there is no subject; None: the filter leaves nothing out there."""
    each: str | None
    """The event type of the rule's subjects; None: the subject is the case."""
    days: tuple[int, int]
    """The first and last day (ordinals) of the form of the rule."""
    reasons: Reasons
    """The grounds of the filter, and the days on which it is in force."""


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
    """The id of the source."""
    at: str
    """The place in the source, such as a section or paragraph."""
    where: SourceLocation | None = field(default=None, compare=False, repr=False)
    """The place of the citation in the rule's file; None where it is not known."""


class Reading(StrEnum):
    """The ways to read a source: whole, in excerpts, or as another source gives it."""

    WHOLE = "whole"
    IN_PART = "in_part"
    SECOND_HAND = "second_hand"


@dataclass(frozen=True, slots=True, kw_only=True)
class CitedSource:
    """One source: its edition, how it was read, and every place that may be cited."""

    edition: str
    """The edition of the source."""
    read: Reading
    """The way in which the source was read."""
    places: frozenset[str]
    """Every place in it that may be cited."""
    where: SourceLocation
    """The place of its entry in citations.yaml."""
    label: str | None = None
    """A short name fit for a worker; None: the one in ruleset.yaml is used."""
    url: str | None = None
    """The whole address of a web page; None where none is given."""
    day: date | None = None
    """The day on which it was last consulted."""
    quoted_by: str | None = None
    """The source that quotes it, where it was not read itself."""
    is_law: bool = False
    """True for an act or other law, which alone can make a rule statutory."""
    not_read: frozenset[str] = frozenset()
    """The places of a source read in part that are known only as `quoted_by` gives them."""

    def was_read(self, place: str) -> bool:
        """Tells whether a place was read in the source itself."""
        return self.read is not Reading.SECOND_HAND and place not in self.not_read


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterValue:
    """A number (or codes) in force from a day on, and where it comes from."""

    first_day: date
    """The first day on which it is in force."""
    value: int | tuple[str, ...]
    """The number, in the unit of the parameter, or the codes of a list."""
    basis: Basis
    """The origin of the value."""
    source: str
    """The source of the value, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A dated, cited value of a rule."""

    name: str
    """The name by which the rule refers to it."""
    values: tuple[ParameterValue, ...]
    """Its values, oldest first."""
    unit: str | None = None
    """A unit of time, `count` or `codes`; None means `count`."""
    range: tuple[int, int] | None = None
    """The lowest and highest number allowed; None for codes, or where no range is set."""
    where: SourceLocation
    """The place of the parameter in its file."""

    def value_on(self, day: date | None) -> int | tuple[str, ...]:
        """Gives the value in force on a day (None: the newest); before all of them, the first."""
        started = [v for v in self.values if day is None or v.first_day <= day]
        return (started[-1] if started else self.values[0]).value


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A question to a colleague, and where and to whom a host may show it."""

    summary: str
    """The question, of fewer than 140 characters."""
    urgency: str
    """`info`, `warning` or `critical`."""
    ask_at: tuple[str, ...]
    """The steps at which a host may ask: event types, or `any`."""
    roles: tuple[str, ...]
    """The worker roles that may be asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A small case and the verdict it must get."""

    name: str
    """The name, as the rule's file gives it."""
    as_of: str
    """The date or date-time of the evaluation, as text."""
    given: tuple[Mapping[str, Any], ...]
    """The events as written: one-entry mappings of type to fields."""
    then: Mapping[str | None, str] | str
    """The expected verdicts by the subject's id (None: the case).

    A single verdict in the file stands for the only answer that the rule gives.
    """
    due: str | None = None
    """The expected due date or date-time, as text; None where the example names none."""
    case: Mapping[str, Any] = field(default_factory=dict)
    """The attributes of the case, as written; empty where none are given."""
    adult: Mapping[str, Any] = field(default_factory=dict)
    """The attributes of the adult, as written; empty where none are given."""
    supplies: tuple[str, ...] | None = None
    """The event types and fields that the source can supply; None: all of them."""
    where: SourceLocation
    """The place of the example in its file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConceptExample:
    """A small case and whether a concept holds in it."""

    name: str
    """The name, as the concept's file gives it."""
    as_of: str
    """The date or date-time for which the concept is judged, as text."""
    given: tuple[Mapping[str, Any], ...]
    """The events as written: one-entry mappings of type to fields."""
    then: str
    """The expected answer: "yes", "no" or "unknown"."""
    supplies: tuple[str, ...] | None = None
    """The event types and fields that the source can supply; None: all of them."""
    where: SourceLocation
    """The place of the example in its file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Concept:
    """A named condition that several rules share."""

    name: str
    """The name by which conditions use it, equal to that of its file."""
    title: str
    """The meaning in one sentence."""
    condition: Condition
    """The condition that it stands for; it sees the whole record."""
    examples: tuple[ConceptExample, ...]
    """The examples of its file, in order."""
    where: SourceLocation
    """The place of its file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """A mismatch, and the audit questions that it casts doubt on."""

    when: Condition
    """The condition under which the questions are in doubt, over the whole record."""
    questions: tuple[str, ...]
    """The codes of the audit questions, each one of the rule's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IfNone:
    """The question that an `each` rule asks of a case without any subject."""

    applies_when: Condition | None
    """The condition under which the case is asked; None: always."""
    due: Due | None
    """The limit for recording a subject; None: the day of what made it apply."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One expectation. The blocks are as in the rule language; None is a block left out."""

    id: str
    """The id, equal to the name of its file and never reused."""
    title: str
    """The expectation in one sentence."""
    kind: str
    """The kind: `statutory`, `national_return`, `good_practice` or `local`."""
    severity: Severity
    """The weight of what is missing where the rule is not met."""
    is_floor: bool
    """True where an overlay may tighten the rule, but not weaken it."""
    principles: tuple[str, ...]
    """The safeguarding principles that the rule serves, such as `empowerment`."""
    audit_questions: tuple[str, ...]
    """The codes of the audit questions that the rule colours; may be empty."""
    cites: tuple[Citation, ...]
    """The places in sources on which the rule rests, at least one."""
    status: str
    """The status: `draft`, `trial`, `stable` or `deprecated`."""
    review_by: date
    """The day by which the rule is due for review."""
    parameters: Mapping[str, Parameter]
    """The rule's own parameters and those of the ruleset that it uses, by name."""
    each: str | None
    """The event type of its subjects; None where it answers once for each case."""
    applies_when: Condition | None
    """The condition under which the rule concerns a subject or case; None: always."""
    expect: Condition
    """The condition that the record must satisfy."""
    due: Due | None
    """The limit for the evidence; None: the day of the subject, or of what made it apply."""
    partly_when: Condition | None
    """The condition under which evidence counts in part; None: it never does."""
    explained_when: Condition | None
    """The reasons that are accepted instead of the evidence; None: no reason is."""
    cannot_tell_when: Condition | None
    """The condition under which the record says that it does not know; None: never."""
    if_none: IfNone | None
    """The question to a case without a subject, in a rule with `each`; None: no question."""
    not_met_colour: Colour
    """The colour of `not_met`, unless `red_when` holds."""
    red_when: Condition | None
    """The condition, over the whole record, under which `not_met` is red; None: never."""
    prompt: Prompt
    """The question to a colleague."""
    finding: str
    """The sentence for a report, in which `{due}` stands for the due date."""
    is_enabled: bool
    """True where the rule is switched on."""
    examples: tuple[Example, ...]
    """The examples of its file, in order."""
    where: SourceLocation
    """The place of its file."""
    revision: int = 1
    """The number of the revision, from 1; it counts up with each change of meaning."""
    status_reason: str | None = None
    """The reason for the status, which a deprecated rule must give; None: not given."""
    notes: str | None = None
    """The way the rule was read where guidance leaves room; None: no notes."""
    why: str | None = None
    """The reason for which the rule asks, in a sentence or two for a worker, or None."""
    counts: str | None = None
    """A description of what is enough, in a sentence or two for a worker, or None."""
    met_colour: Colour | None = None
    """The colour of `met` and `explained`; None: the usual one."""
    partly_colour: Colour | None = None
    """The colour of `partly_met` where `partly_when` holds; None: the usual one."""
    touches: tuple[Touch, ...] = ()
    """The mismatches that limit which questions are coloured; empty: all of the rule's own.

    A finding colours only the questions of those that hold, and one that cannot tell colours
    no others.
    """
    period: Period = Period()
    """The days on which the rule is in force; outside them it concerns nothing.

    The day of the subject counts, or of what made the rule apply.
    """
    newest_from: int = 0
    """The day (ordinal) on which this form begins; 0 where `earlier` is empty."""
    earlier: tuple[tuple[int, Rule], ...] = ()
    """The earlier forms, each with the day (ordinal) on which it begins, oldest first.

    Each is the rule with its counts and lists as read from a day before `newest_from`; empty
    where none of them has changed.
    """
    places: Mapping[str, SourceLocation] = field(default_factory=dict, compare=False, repr=False)
    """The place of each key of the file, for messages only.

    `summary` is the text of the prompt.
    """
    literals: tuple[tuple[SourceLocation, str], ...] = field(default=(), compare=False, repr=False)
    """The numbers in its conditions and limits that no parameter names, for messages only.

    Each is its place and its text.
    """

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
    """A reason for rules not to apply, for the whole ruleset."""

    name: str
    """The name, as ruleset.yaml gives it."""
    when: Condition
    """The condition under which rules stop."""
    limit_after: Anchor | None
    """The moment on or after which a rule's limit must fall for it to stop; None: any limit.

    A limit whose anchor has not happened counts as after it.
    """
    keeps: frozenset[str]
    """The ids of the rules that go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Numbers of a ruleset that belong to no single rule."""

    office_close: int
    """The time at which offices close, in microseconds since midnight."""
    max_temporary_reason: Limit
    """The longest time for which a reason without its own end stands."""
    temporary_codes: frozenset[str]
    """The explanation codes that stand only for a while."""
    absent_if_not_supplied: frozenset[str] = frozenset()
    """The fields that say nothing where their source cannot supply them.

    Such a field counts as left empty, and leaves nothing in doubt.
    """
    numbers: Mapping[str, Parameter] = field(default_factory=dict)
    """The numbers that every rule may name, by name."""
    implausible_before: date = IMPLAUSIBLE_BEFORE
    """The first day on which an event of a case can lie."""

    @property
    def dates(self) -> PlausibleDates:
        """The dates that events can have, by the ruleset alone."""
        return dates_from(self.implausible_before)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruleset:
    """Rules that are in force together."""

    id: str
    """The id; with overlays, that of the ruleset below them."""
    title: str
    """The title, as ruleset.yaml gives it."""
    version: str
    """The version, as ruleset.yaml gives it."""
    nation: str
    """The nation for whose law and guidance the rules are written."""
    sources: Mapping[str, str]
    """The names of the sources that rules may cite, by id."""
    settings: Settings
    """The numbers that belong to no single rule."""
    suspensions: tuple[Suspension, ...]
    """The reasons for rules not to apply, in the order of the file."""
    concepts: Mapping[str, Concept]
    """The named conditions that rules share, by name."""
    rules: tuple[Rule, ...]
    """The rules in id order, those that are switched off included."""
    sha256: str
    """The hash over the bytes of its files, in name order.

    With overlays, it stays that of the ruleset below them.
    """
    where: SourceLocation
    """The place of ruleset.yaml."""
    source_places: Mapping[str, SourceLocation] = field(
        default_factory=dict, compare=False, repr=False
    )
    """The place of each source in its file, by id."""
    layers: tuple[Layer, ...] = ()
    """The ruleset and its overlays, lowest first; empty where it was read by itself."""
    filters: tuple[LocalFilter, ...] = ()
    """The local exclusions of the overlays; empty without any."""
    waivers: tuple[Waiver, ...] = ()
    """The waivers of the overlays; empty without any."""
    changes: tuple[LocalChange, ...] = ()
    """The values that overlays change, the lowest layer first; empty without any."""
    words: tuple[LanguageWords, ...] = ()
    """The words of overlays in other languages, the lowest layer first; empty without any."""
    roles: Mapping[str, str] = field(default_factory=dict)
    """The names that overlays give to worker roles, by code."""
    links: tuple[RuleLink, ...] = ()
    """The links of overlays to places of the council's own; empty without any."""
    unapproved: tuple[Problem, ...] = ()
    """All that lacks the approval which its overlay requires; no scan or desk runs with any."""
    vocabulary: Vocabulary = field(compare=False, repr=False)
    """The words of rules and exports, with the local words of the overlays."""
    cited: Mapping[str, CitedSource] = field(default_factory=dict, compare=False, repr=False)
    """The details of the sources beside their names, by id; empty where none are known."""
    left_out: frozenset[str] = frozenset()
    """The ids of rules that are not asked here (`only`).

    A record that names one of them means it, and no other that is like it.
    """

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
