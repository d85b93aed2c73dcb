"""Writes a prompt as a card of CDS Hooks 3.0: plain data that a host can show.

The shape is that of https://cds-hooks.hl7.org, "Card Attributes". A card holds words of the rules,
and ids, codes and dates of the record; never free text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, NotRequired, TypedDict

from msp_rules.casework.moments import LONDON, MONTHS, When, cutoff_at, moment_of
from msp_rules.casework.workdays import Due
from msp_rules.engine.verdict import Verdict
from msp_rules.errors import MspRulesError
from msp_rules.prompts.feedback import GENERAL_REASONS, accepted_codes, made_id
from msp_rules.prompts.policy import DEFAULT_POLICY, Policy, policy_of
from msp_rules.prompts.prompt import Prompt, PromptKey
from msp_rules.prompts.routing import EXPLANATION_CODES, GENERAL_CODES, Routing, routing_of
from msp_rules.rules.language import catalogue as fixed
from msp_rules.rules.language.catalogue import Words, words_of
from msp_rules.rules.language.conditions import DueWithin, walk
from msp_rules.rules.language.rule import Parameter, Rule, Ruleset
from msp_rules.rules.language.wording import (
    MOST_CODES,
    code_label,
    event_noun,
    field_label,
    origin_in_words,
    source_in_words,
    spaced,
)

EXTENSION: Final = "org.msp-rules.prompt"
"""Under this name a card's `extension` holds the prompt's own key, timing and routing."""

RULES: Final = "urn:msp-rules:rule"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A place of the host's own that a card may lead to."""

    label: str
    """The words of the link."""
    url: str
    """The absolute address."""


class Coding(TypedDict):
    """A code with its system and its words."""

    code: str
    """The code."""
    system: str
    """The list that the code belongs to, as a URI."""
    display: str
    """The words of the code."""


class Source(TypedDict):
    """The citation that a prompt rests on."""

    label: str
    """The citation in words."""
    url: NotRequired[str]
    """The address of the source, where it has one."""
    topic: Coding
    """The rule."""


class Suggestion(TypedDict):
    """An entry that would settle the question."""

    label: str
    """The entry in words."""
    uuid: str
    """The id of the suggestion, the same for the same card."""


class CardLink(TypedDict):
    """A `Link` in a card."""

    label: str
    """The words of the link."""
    url: str
    """The address."""
    type: str
    """Always `absolute`."""


class Card(TypedDict):
    """A card of CDS Hooks 3.0, "Card Attributes"."""

    uuid: str
    """The id by which feedback names the card."""
    summary: str
    """The rule's question, fewer than 140 characters."""
    detail: str
    """The details as Markdown."""
    indicator: str
    """`info`, `warning` or `critical`."""
    source: Source
    """The citation."""
    overrideReasons: list[Coding]  # noqa: N815 - as CDS Hooks spells it
    """The reasons that a worker can choose from."""
    extension: dict[str, Routing]
    """The extension, with one entry under `EXTENSION`."""
    suggestions: NotRequired[list[Suggestion]]
    """The entries that would settle the question."""
    selectionBehavior: NotRequired[str]  # noqa: N815
    """The number of suggestions that may be chosen: `any`."""
    links: NotRequired[list[CardLink]]
    """The places in the host that the card leads to."""


def card(
    prompt: Prompt,
    ruleset: Ruleset,
    *,
    links: Sequence[Link] = (),
    language: str | None = None,
    policy: Policy = DEFAULT_POLICY,
    now: When | None = None,
) -> Card:
    """Writes the card of a prompt; equal prompts give equal cards.

    Its `uuid` stays the same as long as the same question is open, and changes when the prompt is
    asked again. `language` is a tag such as `cy-GB`: what nobody has said in it is said in the
    ruleset's own. With `now`, the card says up to which day the policy lets it be put off. Raises
    MspRulesError where the ruleset has no such rule.
    """
    rule = next((one for one in ruleset.rules if one.id == prompt.key.rule), None)
    if rule is None:
        raise MspRulesError(
            f"ruleset {ruleset.id} has no rule {prompt.key.rule}; a card needs the ruleset that "
            "its prompt was raised by"
        )
    writer = _Writer(prompt, rule, ruleset, words_of(ruleset, language))
    said_at = None if now is None else moment_of(cutoff_at(now))
    routing = routing_of(prompt, rule, ruleset, policy_of(policy), said_at)
    if language is not None:
        routing["language"] = writer.words.language
    if prompt.roles and (ruleset.roles or writer.words.roles):
        routing["role_names"] = [writer.words.role(role) for role in prompt.roles]
    found: Card = {
        "uuid": card_uuid(prompt),
        "summary": writer.of_rule("summary", prompt.summary),
        "detail": _escaped("\n".join(writer.detail())),
        "indicator": prompt.urgency,
        "source": writer.source(),
        "overrideReasons": [*writer.override_reasons()],
        "extension": {EXTENSION: routing},
    }
    suggestions: list[Suggestion] = [
        {"label": label, "uuid": str(made_id(*_identity(prompt), event))}
        for event, label in writer.records()
    ]
    if suggestions:
        found["suggestions"] = suggestions
        found["selectionBehavior"] = "any"
    own = [one for one in ruleset.links if not one.rules or rule.id in one.rules]
    every = [*(Link(label=one.label, url=one.url) for one in own), *links]
    if every:
        found["links"] = [
            {"label": link.label, "url": link.url, "type": "absolute"} for link in every
        ]
    return found


def in_language(prompt: Prompt, words: Words) -> Prompt:
    """Gives a prompt with its question in other words."""
    summary = words.of_rule(prompt.key.rule, "summary", prompt.summary)
    return replace(prompt, summary=summary or prompt.summary)


def card_uuid(prompt: Prompt) -> str:
    """Gives the id of a prompt's card, by which feedback names it."""
    return card_uuid_of(prompt.key, prompt.generation)


def card_uuid_of(key: PromptKey, generation: int) -> str:
    """Gives the id of the card of any generation of a prompt."""
    return str(made_id("card", *key, generation))


def _identity(prompt: Prompt) -> tuple[object, ...]:
    return ("card", *prompt.key, prompt.generation)


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes the parts of one card in the words of a language."""

    prompt: Prompt
    rule: Rule
    ruleset: Ruleset
    words: Words

    def of_rule(self, key: str, own: str) -> str:
        """Gives words of the rule, which has them itself."""
        return self.words.of_rule(self.rule.id, key, own) or own

    def detail(self) -> Iterator[str]:
        """Yields the lines of the details."""
        say, rule = self.words.say, self.rule
        yield from (f"**{self.of_rule('title', rule.title)}**", "", self._standing())
        for limit in self._limits():
            yield from ("", limit)
        records = [label for _, label in self.records()]
        if records:
            yield from ("", say(fixed.SETTLES), "", *(f"- {label}" for label in records))
        counts = self.words.of_rule(rule.id, "counts", rule.counts)
        if counts is not None:
            yield from ("", say(fixed.COUNTS, counts=counts))
        yield from ("", say(fixed.WHY), "")
        why = self.words.of_rule(rule.id, "why", rule.why)
        if why is not None:
            yield from (why, "")
        yield from (f"- {self.citation(index)}" for index in range(len(rule.cites)))

    def _standing(self) -> str:
        """Says how near the prompt's limit is, never as a reproach."""
        say, due, verdict = self.words.say, self.prompt.due, self.prompt.verdict
        by = _day(due, self.words) if due is not None else None
        if verdict is Verdict.NOT_YET_DUE:
            return say(fixed.DUE_BY, by=by) if by else say(fixed.NOT_DUE)
        if verdict is Verdict.PARTLY_MET:
            return say(fixed.PART_DUE, by=by) if by else say(fixed.PART_OPEN)
        finding = self.of_rule("finding", self.rule.finding)
        if by or "{due}" not in finding:
            return finding.replace("{due}", by or "")
        return say(fixed.NOT_EVIDENCED)

    def _limits(self) -> Iterator[str]:
        """Says each number that a limit of the rule rests on, and where it comes from."""
        due = self.rule.due
        named = [node.limit.parameter for node in walk(due) if isinstance(node, DueWithin)]
        for name in dict.fromkeys(named):
            parameter = self.rule.parameters.get(name) if name is not None else None
            if parameter is not None:
                yield self.words.say(fixed.LIMIT, limit=self._number(parameter))

    def _number(self, parameter: Parameter) -> str:
        newest, say = parameter.values[-1], self.words.say
        number, basis = int(str(newest.value)), say(origin_in_words(newest.basis, parameter.name))
        unit = spaced(parameter.unit or "count")
        if unit == "count":
            return say(fixed.COUNT, number=str(number), basis=basis)
        words = say(unit.removesuffix("s") if number == 1 else unit)
        return say(fixed.NUMBER, number=str(number), unit=words, basis=basis)

    def records(self) -> Iterator[tuple[str, str]]:
        """Gives what may be recorded to settle it: each type of event once, with its fields."""
        fields: dict[str, list[str]] = {}
        for missing in self.prompt.missing:
            words = [*self._fields(missing.fields, missing.codes())]
            fields.setdefault(missing.event, []).extend(words)
        say = self.words.say
        for event, names in fields.items():
            labels, noun = ", ".join(dict.fromkeys(names)), say(event_noun(event))
            if labels:
                yield event, say(fixed.RECORD_WITH, event=noun, fields=labels)
            else:
                yield event, say(fixed.RECORD, event=noun)

    def _fields(self, names: Iterable[str], codes: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
        """Names fields as on a form, each with the codes that would do where they are few."""
        say = self.words.say
        for name in names:
            known, label = codes.get(name, ()), say(field_label(name))
            if not 0 < len(known) <= MOST_CODES:
                yield label
                continue
            said = [say(fixed.QUOTED, word=say(code_label(code))) for code in known]
            wanted = said[0]
            for other in said[1:]:
                wanted = say(fixed.OR, one=wanted, other=other)
            yield say(fixed.FIELD_AS, field=label, codes=wanted)

    def source(self) -> Source:
        """Names the first place that the rule rests on, with its address where it has one."""
        title = self.of_rule("title", self.rule.title)
        topic: Coding = {"system": RULES, "code": self.rule.id, "display": title}
        found: Source = {"label": self.citation(0), "topic": topic}
        cited = self.ruleset.cited.get(self.rule.cites[0].source) if self.rule.cites else None
        if cited is not None and cited.url is not None:
            found["url"] = cited.url
        return found

    def citation(self, index: int) -> str:
        """Names a place that the rule rests on; without any, the ruleset."""
        if not self.rule.cites:
            return self.ruleset.title
        cite, say = self.rule.cites[index], self.words.say
        place = f"{source_in_words(cite.source, self.ruleset)}: {cite.at}"
        source = self.ruleset.cited.get(cite.source)
        if source is None or source.was_read(cite.at):
            return place
        by = say(fixed.OTHER_SOURCES)
        if source.quoted_by is not None:
            by = source_in_words(source.quoted_by, self.ruleset)
        return say(fixed.AS_QUOTED, place=place, source=by)

    def override_reasons(self) -> Iterator[Coding]:
        """Yields the reasons that a worker can choose from."""
        say = self.words.say
        for code in accepted_codes(self.rule):
            reason = say(fixed.capital(code_label(code)))
            display = say(fixed.EXPLAINS, reason=reason)
            yield {"code": code, "system": EXPLANATION_CODES, "display": display}
        for code, words in GENERAL_REASONS.items():
            yield {"code": code, "system": GENERAL_CODES, "display": say(words)}


def day_in_words(due: Due) -> str:
    """Writes a limit as a worker reads it: "7 January 2026", of hours with the time in London."""
    return _day(due, _ENGLISH)


def _day(due: Due, words: Words) -> str:
    local = datetime.fromtimestamp(due.cutoff.instant / 1_000_000, LONDON)
    month = words.say(MONTHS[local.month - 1])
    day = words.say(fixed.DAY, day=str(local.day), month=month, year=str(local.year))
    return words.say(fixed.TIME, time=f"{local:%H:%M}", day=day) if due.in_hours else day


_ENGLISH: Final = Words(language=fixed.ENGLISH)


# Many clients show Markdown with the HTML that is in it; words of a rule are never meant as either.
_MARKUP: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def _escaped(detail: str) -> str:
    """Takes the meaning from whatever in the details would be HTML, or a link of Markdown."""
    return detail.translate(_MARKUP).replace("](", "]\\(")
