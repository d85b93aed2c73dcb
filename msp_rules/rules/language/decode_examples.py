"""Examples of rules and concepts: small cases, every word of which is known before they run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, cast

from msp_rules.casework.moments import parse_as_of
from msp_rules.casework.values import UNREADABLE, read_value
from msp_rules.casework.vocabulary import Field, FieldKind
from msp_rules.rules.language.names import Names, as_block, as_items, as_text, check_keys, read_each
from msp_rules.rules.language.rule import Example
from msp_rules.yaml_source.nodes import Block, Items, Node, Text, plain

VERDICTS: Final = (
    "met",
    "explained",
    "met_late",
    "partly_met",
    "not_met",
    "not_yet_due",
    "not_applicable",
    "cannot_tell",
)
HOLDS: Final = ("yes", "no", "unknown")
_NEEDED: Final = ("name", "as_of", "given", "then")
_EVERY: Final = (*_NEEDED, "due", "case", "adult", "supplies")


class ExampleReader:
    """Reads examples; `answers` are the words that `then` may hold."""

    def __init__(self, names: Names, answers: tuple[str, ...] = VERDICTS) -> None:
        self._names = names
        self._answers = answers

    def read(self, node: Node) -> Example:
        """One example; raises Refused after noting everything that is wrong with it."""
        names = self._names
        block = as_block(node, names, "an example")
        check_keys(block, names, "key of an example", _EVERY)
        lacking = [key for key in _NEEDED if key not in block.entries]
        if lacking:
            message = f"the example lacks {', '.join(lacking)}"
            raise names.refuse(block.where, "lacking", message)
        readers: dict[str, Callable[[Node], object]] = {
            "name": lambda part: as_text(part, names),
            "as_of": self._moment,
            "given": self._given,
            "then": lambda part: self._then(part, block.entries["given"]),
            "due": self._moment,
            "case": lambda part: self._attributes(part, "case", names.vocabulary.case),
            "adult": lambda part: self._attributes(part, "adult", names.vocabulary.adult),
            "supplies": self._supplies,
        }
        wanted = [key for key in readers if key in block.entries]
        values = read_each(wanted, lambda key: readers[key](block.entries[key]))
        found = dict(zip(wanted, values, strict=True))
        return Example(where=block.where, **found)  # type: ignore[arg-type]

    def _moment(self, node: Node) -> str:
        text = as_text(node, self._names)
        try:
            parse_as_of(text)
        except ValueError as error:
            raise self._names.refuse(node.where, "date", str(error)) from None
        return text

    def _given(self, node: Node) -> tuple[Mapping[str, object], ...]:
        items = as_items(node, self._names, "given").items
        ids = _ids(node)
        read_each(items, lambda item: self._event(item, ids))
        return tuple(cast(Mapping[str, object], plain(item)) for item in items)

    def _event(self, item: Node, ids: set[str]) -> None:
        names, body = self._names, as_block(item, self._names, "an event")
        kind, fields = next(iter(body.entries.items()), ("", item))
        if kind not in names.vocabulary.events:
            where = body.keys.get(kind, item.where)
            raise names.unknown(where, "event type", kind, names.vocabulary.events)
        if len(body.entries) != 1:
            raise names.refuse(item.where, "form", "one event, one type, and its fields below it")
        if isinstance(fields, Text) and not fields.value:
            return
        block = as_block(fields, names, kind)
        known = {**names.vocabulary.envelope, **names.vocabulary.events[kind].fields}

        def read_one(name: str) -> None:
            value = block.entries[name]
            if name == UNREADABLE:
                items = as_items(value, names, UNREADABLE).items
                read_each(items, lambda one: self._known(one, f"field of {kind}", known))
            elif name not in known:
                words = (*known, UNREADABLE)
                raise names.unknown(block.keys[name], f"field of {kind}", name, words)
            else:
                self._value(known[name], value, kind, ids)

        read_each(block.entries, read_one)

    def _value(self, field: Field, node: Node, kind: str, ids: set[str]) -> None:
        names = self._names
        if isinstance(node, Items):
            if not field.may_repeat:
                message = f"{field.name} may not repeat: one value, no list"
                raise names.refuse(node.where, "form", message)
            for item in node.items:
                if isinstance(item, Items):
                    raise names.refuse(item.where, "form", "a list of values holds no lists")
            read_each(node.items, lambda item: self._value(field, item, kind, ids))
            return
        if isinstance(node, Block):
            if field.kind is not FieldKind.TEXT:
                raise names.refuse(node.where, "form", "only a text can be withheld")
            as_block(node, names, "a withheld text", ("withheld",))
            if plain(node) != {"withheld": True}:
                raise names.refuse(node.entries["withheld"].where, "flag", "write true")
            return
        text = node.value
        if text == UNREADABLE:
            return
        is_reference = field.kind is FieldKind.REF or field.name == "supersedes"
        if is_reference or (kind == "explanation" and field.name == "subject"):
            self._known(node, "event of the example", ids)
        elif kind == "explanation" and field.name == "rule" and names.rule_ids:
            self._known(node, "rule", names.rule_ids)
        elif field.codes:
            if text in ("true", "false") and not node.is_quoted:
                raise names.refuse(node.where, "flag", 'write "yes" or "no", in quotes')
            self._known(node, f"code of {field.name}", field.codes)
        else:
            try:
                read_value(field, text)
            except ValueError as error:
                raise names.refuse(node.where, "value", f"{field.name}: {error}") from None

    def _known(self, node: Node, what: str, known: object) -> str:
        text = as_text(node, self._names)
        words = list(cast("tuple[str, ...]", known))
        if text not in words:
            raise self._names.unknown(node.where, what, text, words)
        return text

    def _then(self, node: Node, given: Node) -> Mapping[str | None, str] | str:
        what = "verdict" if self._answers == VERDICTS else "answer"
        if not isinstance(node, Block):
            return self._known(node, what, self._answers)
        ids = _ids(given)
        if self._answers != VERDICTS:
            raise self._names.refuse(node.where, "form", "a concept has one answer")
        for subject, where in node.keys.items():
            if subject not in ids and subject != "case":
                raise self._names.unknown(where, "subject", subject, (*ids, "case"))
        read_each(node.entries.values(), lambda value: self._known(value, what, self._answers))
        rows = cast("dict[str, str]", plain(node))
        return {None if key == "case" else key: value for key, value in rows.items()}

    def _attributes(self, node: Node, owner: str, known: Mapping[str, Field]) -> object:
        block = as_block(node, self._names, owner)
        check_keys(block, self._names, f"field of {owner}", known)
        read_each(
            block.entries, lambda name: self._value(known[name], block.entries[name], owner, set())
        )
        return plain(block)

    def _supplies(self, node: Node) -> tuple[str, ...]:
        events = self._names.vocabulary.events

        def read_one(item: Node) -> str:
            text = as_text(item, self._names)
            kind, dot, field = text.partition(".")
            if kind not in events:
                raise self._names.unknown(item.where, "event type", kind, events)
            if dot and field not in events[kind].fields:
                what = f"field of {kind}"
                raise self._names.unknown(item.where, what, field, events[kind].fields)
            return text

        return read_each(as_items(node, self._names, "supplies").items, read_one)


def _ids(given: Node) -> set[str]:
    """The ids of an example's events: as written, or by their place."""
    found = set()
    for number, item in enumerate(given.items if isinstance(given, Items) else (), start=1):
        body = next(iter(item.entries.values()), None) if isinstance(item, Block) else None
        name = body.entries.get("id") if isinstance(body, Block) else None
        found.add(name.value if isinstance(name, Text) else f"x{number}")
    return found
