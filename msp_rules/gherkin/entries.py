"""Reads the sentences that tell one entry of the record, which `entries.yaml` holds as data.

Adding a sentence takes three lines there and none here. The file ships with the package; it is
checked against the core vocabulary whenever it is read, so that a mistake in it is
reported with its place before any feature runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

from msp_rules.casework.values import event_from_mapping
from msp_rules.casework.vocabulary import EventType, Field, Vocabulary
from msp_rules.errors import RulesetInvalid, SourceLocation
from msp_rules.gherkin.days import DEFAULT_CONCERN_DAY, read_day, read_occurrence
from msp_rules.gherkin.names import code_of
from msp_rules.gherkin.sentence import Blanks, Kind, Part, Sentence, Table, blanks_in
from msp_rules.gherkin.story import Story
from msp_rules.rules.language.wording import spaced
from msp_rules.yaml_source.nodes import Block, Items, Node, Problems, Text, parse_yaml

FILE: Final = "entries.yaml"
_NEEDED: Final = ("given", "event")
_KEYS: Final = (*_NEEDED, "id", "fields", "means")


@dataclass(frozen=True, slots=True, kw_only=True)
class EntrySentence:
    """One sentence of the file."""

    words: str
    """The sentence, with its blanks in capitals."""
    event: str
    """The type of the entry that it tells."""
    fields: Mapping[str, str | list[str]]
    """The values of the entry, its id first; a value may be a blank of the sentence."""
    means: str
    """The explanation beside it on the page of sentences."""


def entry_sentences(vocabulary: Vocabulary) -> tuple[Part, ...]:
    """Gives the shipped sentences, part by part; raises RulesetInvalid as `read_entries` does."""
    text = files(__package__).joinpath(FILE).read_text("utf-8")
    return read_entries(text, f"msp_rules/gherkin/{FILE}", vocabulary)


def read_entries(text: str, shown: str, vocabulary: Vocabulary) -> tuple[Part, ...]:
    """Reads the sentences of a text; raises RulesetInvalid with every mistake in it, by place.

    `shown` names the file in messages. Entries must be as a record of the vocabulary holds.
    """
    problems = Problems()
    root = parse_yaml(text, shown, problems)
    found = () if root is None else tuple(_Reader(vocabulary, problems).parts(root))
    if problems.found:
        raise RulesetInvalid(problems.found)
    return found


class _Reader:
    """Reads the nodes of the file; notes each mistake and continues with the next sentence."""

    def __init__(self, vocabulary: Vocabulary, problems: Problems) -> None:
        self._vocabulary = vocabulary
        self._problems = problems

    def parts(self, root: Block) -> Iterator[Part]:
        """Yields the parts under `parts`, in file order."""
        for node in self._blocks(root, "parts", root.where):
            title = self._text(node, "title")
            blocks = self._blocks(node, "sentences", node.where)
            read = [self._entry(one) for one in blocks]
            yield Part(title, tuple(_sentence(one) for one in read if one is not None))

    def _entry(self, block: Block) -> EntrySentence | None:
        for key in block.entries.keys() - set(_KEYS):
            self._problems.unknown(block.keys[key], "key of a sentence", key, _KEYS)
        words, event = (self._text(block, key) for key in _NEEDED)
        kind = self._vocabulary.events.get(event)
        if kind is None:
            if event:
                where, known = block.entries["event"].where, self._vocabulary.events
                self._problems.unknown(where, "event type", event, known)
            return None
        fields = self._fields(block)
        self._check(block, words, kind, fields)
        means = self._text(block, "means") if "means" in block.entries else _said(event, fields)
        return EntrySentence(words=words, event=event, fields=fields, means=means)

    def _fields(self, block: Block) -> dict[str, str | list[str]]:
        fields: dict[str, str | list[str]] = {}
        if "id" in block.entries:
            fields["id"] = self._text(block, "id")
        body = block.entries.get("fields")
        if body is None:
            return fields
        if not isinstance(body, Block):
            self._error(body.where, "fields must be keys and values")
            return fields
        for name, node in body.entries.items():
            items = node.items if isinstance(node, Items) else (node,)
            values = [item.value for item in items if isinstance(item, Text)]
            if len(values) < len(items):
                self._error(node.where, "write one value, or a list of values")
            elif isinstance(node, Items):
                fields[name] = values
            else:
                fields[name] = values[0]
        return fields

    def _check(
        self, block: Block, words: str, kind: EventType, fields: Mapping[str, str | list[str]]
    ) -> None:
        """Notes fields that the record can't hold, and blanks that nothing reads or fills."""
        known = {**kind.fields, **self._vocabulary.envelope}
        filled = _filled(fields)
        wanted = {blank for blank in blanks_in(words) if blank != "WHEN"}
        for blank in sorted(wanted.symmetric_difference(filled.values())):
            said = "fills no field" if blank in wanted else "is not a blank of the sentence"
            self._error(block.where, f"{blank} {said}")
        examples = {
            name: _BLANKS[blank].example(known[name])
            for name, blank in filled.items()
            if name in known
        }
        body = {**fields, **examples, "occurred": DEFAULT_CONCERN_DAY.isoformat()}
        _, problems = event_from_mapping(
            kind.name, body, vocabulary=self._vocabulary, default_id="e1"
        )
        for message in problems:
            self._error(block.where, message)

    def _blocks(self, block: Block, key: str, where: SourceLocation) -> tuple[Block, ...]:
        node = block.entries.get(key)
        items = node.items if isinstance(node, Items) else ()
        blocks = tuple(item for item in items if isinstance(item, Block))
        if not items or len(blocks) < len(items):
            self._error(where if node is None else node.where, f"{key} must be a list of blocks")
        return blocks

    def _text(self, block: Block, key: str) -> str:
        node: Node | None = block.entries.get(key)
        if isinstance(node, Text) and node.value:
            return node.value
        self._error(block.where if node is None else node.where, f"{key} must be a text")
        return ""

    def _error(self, where: SourceLocation, message: str) -> None:
        self._problems.error(where, "sentence", message)


def _said(event: str, fields: Mapping[str, str | list[str]]) -> str:
    """Describes an entry with its fields: "risk_discussed with with: adult, option: [Stay, Go]"."""
    said = ", ".join(f"{name}: {_shown(value)}" for name, value in fields.items())
    return f"{event} with {said}" if said else event


def _shown(value: str | list[str]) -> str:
    return f"[{', '.join(value)}]" if isinstance(value, list) else value


def _sentence(entry: EntrySentence) -> Sentence:
    filled = _filled(entry.fields)

    def run(story: Story, blanks: Blanks, _: Table) -> None:
        known = story.rules.vocabulary.events[entry.event].fields
        said = {
            name: _BLANKS[blank].read(blanks[blank.lower()], known[name])
            for name, blank in filled.items()
        }
        when = read_occurrence(blanks.get("when", ""))
        story.tell(entry.event, {**entry.fields, **said}, when)

    return Sentence(kind=Kind.GIVEN, words=entry.words, means=entry.means, run=run)


def _filled(fields: Mapping[str, str | list[str]]) -> Mapping[str, str]:
    """Gives the fields whose value is a blank of the sentence, with that blank."""
    return {
        name: value for name, value in fields.items() if isinstance(value, str) and value in _BLANKS
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Blank:
    """A blank that a field may hold."""

    read: Callable[[str, Field], str]
    """Gives the field's value from what a step says; raises StepRefused."""
    example: Callable[[Field], str]
    """Gives a value that a step might say, to check the sentence with."""


_BLANKS: Final[Mapping[str, _Blank]] = {
    "CODE": _Blank(
        read=lambda text, field: code_of(text, field.codes, spaced(field.name)),
        example=lambda field: next(iter(field.codes), ""),
    ),
    "DAY": _Blank(
        read=lambda text, _: read_day(text).isoformat(),
        example=lambda _: DEFAULT_CONCERN_DAY.isoformat(),
    ),
    "NUMBER": _Blank(read=lambda text, _: text, example=lambda _: "1"),
}
