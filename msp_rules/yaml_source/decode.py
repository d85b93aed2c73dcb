"""Decodes YAML nodes into typed values, and describes the nodes it takes as JSON Schema.

A *shape* says once how a value is written: it reads a node, and it gives the schema of such nodes.
Shapes are put together from smaller ones: a list of them, or a *record*, a block of named fields.

Every mistake is noted with its place, and decoding continues with the next part, so that all
mistakes of a file are found in one go and none is reported twice. For a value that could not be
decoded, `Refused` is raised, always after its problem was noted.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import ClassVar, Final, Generic, NamedTuple, Never, NoReturn, TypeVar, cast

from msp_rules.errors import SourceLocation
from msp_rules.yaml_source.json_schema import Schema, closed, ref
from msp_rules.yaml_source.nodes import Block, Items, Node, Problems, Refused, Text

_T = TypeVar("_T")
_U = TypeVar("_U")
_Word = TypeVar("_Word", bound=StrEnum)
_T_co = TypeVar("_T_co", covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The context of decoding a node, as a value; each language adds what its files may name."""

    NO_VALUE: ClassVar[str] = "one value is expected here"
    """The message where a list or a block is given instead of one value."""
    CODE: ClassVar[str | None] = None
    """The one code of all mistakes but unknown words; None where each kind has its own."""

    problems: Problems
    """The list to which mistakes are added."""

    def refuse(self, where: SourceLocation, code: str, message: str) -> NoReturn:
        """Notes a mistake and gives up the value that is being decoded."""
        self.note(where, code, message)
        raise Refused

    def refuse_unknown(
        self, where: SourceLocation, what: str, word: str, known: Iterable[str]
    ) -> NoReturn:
        """Notes an unknown word and gives up the value that is being decoded."""
        self.problems.unknown(where, what, word, known)
        raise Refused

    def note(self, where: SourceLocation, code: str, message: str) -> None:
        """Notes a mistake; decoding continues."""
        self.problems.error(where, self.CODE or code, message)


_C = TypeVar("_C", bound=Context)
_C_contra = TypeVar("_C_contra", bound=Context, contravariant=True)


@dataclass(frozen=True, slots=True)
class Shape(Generic[_C_contra, _T_co]):
    """The way in which one value is written."""

    read: Callable[[Node, _C_contra], _T_co]
    """Gives the value of a node; raises Refused after noting what is wrong with it."""
    schema: Callable[[_C_contra], Schema]
    """Describes the nodes that `read` takes."""

    def then(self, build: Callable[[_T_co], _U]) -> Shape[_C_contra, _U]:
        """Takes the same nodes, read as what `build` makes of the value."""
        return Shape(lambda node, context: build(self.read(node, context)), self.schema)

    def described(self, schema: Schema) -> Shape[_C_contra, _T_co]:
        """Reads the same, under another description."""
        return Shape(self.read, lambda _: schema)

    def within(self, change: Callable[[_C], _C_contra]) -> Shape[_C, _T_co]:
        """Takes the same nodes, read and described in a changed context."""
        return Shape(
            lambda node, context: self.read(node, change(context)),
            lambda context: self.schema(change(context)),
        )


def checked(shape: Shape[_C, _T], check: Callable[[_T, SourceLocation, _C], _U]) -> Shape[_C, _U]:
    """Checks the value of a shape: `check` refuses it, or says what it is read as."""
    return Shape(
        lambda node, context: check(shape.read(node, context), node.where, context), shape.schema
    )


@dataclass(frozen=True, slots=True)
class Named(Shape[_C_contra, _T_co]):
    """A shape that schemas refer to by name."""

    name: str
    """The name among the `$defs`."""
    body: Callable[[_C_contra], Schema]
    """Describes it where it is defined."""


def named(name: str, shape: Shape[_C_contra, _T_co]) -> Named[_C_contra, _T_co]:
    """Names a shape: schemas define it among their `$defs`, and refer to it."""
    return Named(shape.read, lambda _: ref(name), name, shape.schema)


def definitions(shapes: Iterable[Named[_C, object]], context: _C) -> Schema:
    """Gives the `$defs` of named shapes, in the order given."""
    return {one.name: one.body(context) for one in shapes}


# Single values.

_NO_TEXT: Final = "a text is expected here"


def as_text(node: Node, context: Context) -> str:
    """Takes a node that must be one word or text."""
    if not isinstance(node, Text):
        context.refuse(node.where, "form", context.NO_VALUE)
    return node.value


def as_items(node: Node, context: Context, what: str) -> Items:
    """Takes a node that must be a list."""
    if not isinstance(node, Items):
        context.refuse(node.where, "form", f"{what} must be a list")
    return node


def as_block(node: Node, context: Context, what: str) -> Block:
    """Takes a node that must be a mapping."""
    if not isinstance(node, Block):
        context.refuse(node.where, "form", f"{what} must be keys and values".lstrip())
    return node


def _stripped(text: str, where: SourceLocation, context: Context) -> str:
    if not text.strip():
        context.refuse(where, "empty", _NO_TEXT)
    return text.strip()


WORD: Final[Shape[Context, str]] = Shape(as_text, lambda _: {"type": "string"})
"""One word or text, as written."""
TEXT: Final = named(
    "text",
    checked(WORD, _stripped).described({"title": "a text", "type": "string", "pattern": r"\S"}),
)
"""A text that is not empty, without the blanks around it."""


def written(shape: Shape[_C, object]) -> Shape[_C, Text]:
    """Keeps single values as written, with their places, after checking them."""

    def read(node: Node, context: _C) -> Text:
        shape.read(node, context)
        if not isinstance(node, Text):
            context.refuse(node.where, "form", context.NO_VALUE)
        return node

    return Shape(read, shape.schema)


def one_known(what: str, known: Callable[[_C], Collection[str]]) -> Shape[_C, str]:
    """Takes one of the words that the context knows."""

    def read(node: Node, context: _C) -> str:
        word = as_text(node, context)
        words = known(context)
        if word not in words:
            context.refuse_unknown(node.where, what, word, words)
        return word

    return Shape(read, lambda context: {"enum": list(known(context))})


def one_of(what: str, words: Collection[str]) -> Shape[Context, str]:
    """Takes one word of a closed list."""
    return one_known(what, lambda _: words)


def member_of(what: str, kind: type[_Word]) -> Shape[Context, _Word]:
    """Takes one word of an enumeration, as its member."""
    return one_of(what, [one.value for one in kind]).then(kind)


# Lists and blocks whose entries are all alike.


def read_each(items: Iterable[_T], read: Callable[[_T], _U]) -> tuple[_U, ...]:
    """Reads every item; all problems are noted before it gives up."""
    found, is_refused = [], False
    for item in items:
        try:
            found.append(read(item))
        except Refused:
            is_refused = True
    if is_refused:
        raise Refused
    return tuple(found)


def read_sound(items: Iterable[_T], read: Callable[[_T], _U]) -> tuple[_U, ...]:
    """Reads every item that can be read; the problems of the others are noted."""
    found = []
    for item in items:
        try:
            found.append(read(item))
        except Refused:
            continue
    return tuple(found)


def list_of(
    item: Shape[_C, _T], what: str, *, if_empty: tuple[str, str] | None = None
) -> Shape[_C, tuple[_T, ...]]:
    """Takes a list; `if_empty` is the code and message that refuses one without items."""

    def read(node: Node, context: _C) -> tuple[_T, ...]:
        items = as_items(node, context, what).items
        if if_empty is not None and not items:
            context.refuse(node.where, *if_empty)
        return read_each(items, lambda one: item.read(one, context))

    def schema(context: _C) -> Schema:
        least: Schema = {"minItems": 1} if if_empty is not None else {}
        return {"type": "array", **least, "items": item.schema(context)}

    return Shape(read, schema)


def list_of_sound(item: Shape[_C, _T], what: str) -> Shape[_C, tuple[_T, ...]]:
    """Takes a list, of which what can be read is kept; the problems of the others are noted."""

    def read(node: Node, context: _C) -> tuple[_T, ...]:
        items = as_items(node, context, what).items
        return read_sound(items, lambda one: item.read(one, context))

    return Shape(read, list_of(item, what).schema)


class Entry(NamedTuple):
    """One entry of a block."""

    key: str
    """The key as written."""
    place: SourceLocation
    """The place of the key."""
    value: Node
    """The value."""


def entries_of(block: Block) -> tuple[Entry, ...]:
    """Gives the entries of a block, in file order."""
    return tuple(Entry(key, block.keys[key], value) for key, value in block.entries.items())


def read_entries(block: Block, read: Callable[[Entry], _T]) -> dict[str, _T]:
    """Reads every entry, by key; all problems are noted before it gives up."""
    return dict(zip(block.entries, read_each(entries_of(block), read), strict=True))


def block_of(value: Shape[_C, _T], what: str) -> Shape[_C, dict[str, _T]]:
    """Takes a block with any keys, whose values are all of one shape."""

    def read(node: Node, context: _C) -> dict[str, _T]:
        block = as_block(node, context, what)
        return read_entries(block, lambda entry: value.read(entry.value, context))

    def schema(context: _C) -> Schema:
        return {"type": "object", "additionalProperties": value.schema(context)}

    return Shape(read, schema)


# Records: blocks with named fields.


def _always(_: object) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Field(Generic[_C_contra, _T_co]):
    """One key of a record and the shape of its value."""

    key: str
    """The key."""
    shape: Shape[_C_contra, _T_co]
    """The shape of its value."""
    left_out: tuple[_T_co] | None
    """Holds what a record without the key is read as; None where the key is needed."""
    is_offered: Callable[[_C_contra], bool] = _always
    """True if the schema offers the key: some are read only to be answered better, or ignored."""


def needed(key: str, shape: Shape[_C, _T]) -> Field[_C, _T]:
    """Defines a key that every block of its kind has."""
    return Field(key, shape, None)


def optional(key: str, shape: Shape[_C, _T]) -> Field[_C, _T | None]:
    """Defines a key that may be left out, which is read as None."""
    return Field(key, shape, (None,))


def optional_or(key: str, shape: Shape[_C, _T], left_out: _T) -> Field[_C, _T]:
    """Defines a key that may be left out, which is read as `left_out`."""
    return Field(key, shape, (left_out,))


def hidden(
    field: Field[_C, _T], is_offered: Callable[[_C], bool] = lambda _: False
) -> Field[_C, _T]:
    """Lets the schema offer a field only where `is_offered` says so."""
    return replace(field, is_offered=is_offered)


class Found(Generic[_C]):
    """The fields of one block as far as they are read: the value of each that could be."""

    def __init__(self, record: Record[_C], block: Block, *, is_sound: bool) -> None:
        self.block = block
        self._record = record
        self._values: dict[str, object] = {}
        self._tried: set[str] = set()
        self._is_sound = is_sound

    def read(self, fields: Iterable[Field[_C, object]], context: _C) -> None:
        """Reads some fields: a caller reads those first on which the others rest."""
        for field in fields:
            self._tried.add(field.key)
            node = self.block.entries.get(field.key)
            if node is None:
                if field.left_out is not None:
                    self._values[field.key] = field.left_out[0]
                continue
            before = len(context.problems.found)
            try:
                self._values[field.key] = field.shape.read(node, context)
            except Refused:
                self._is_sound = False
                noted = [one.message for one in context.problems.found[before:]]
                if noted == [_NO_TEXT] and isinstance(node, Text) and not node.is_quoted:
                    # The parser puts nothing where the next thing begins: the key names the line.
                    del context.problems.found[before:]
                    context.note(self.block.keys[field.key], "empty", f"{field.key} has no value")

    def read_rest(self, context: _C) -> None:
        """Reads every field that was not read before."""
        self.read([one for one in self._record.fields if one.key not in self._tried], context)

    def skip(self, field: Field[_C, object]) -> None:
        """Leaves a field unread, where what it depends on is unknown."""
        self._tried.add(field.key)

    def __getitem__(self, field: Field[Never, _T]) -> _T:
        """Gives the value of a field; raises Refused where it could not be read."""
        if field.key not in self._values:
            raise Refused
        return cast("_T", self._values[field.key])  # put there by this field's own shape

    def get(self, field: Field[Never, _T], otherwise: _U) -> _T | _U:
        """Gives the value of a field, or `otherwise` where it could not be read."""
        return self[field] if field.key in self._values else otherwise

    def has(self, field: Field[Never, object]) -> bool:
        """Tells whether the block holds the key of a field, readable or not."""
        return field.key in self.block.entries

    def word(self, field: Field[Never, object]) -> str:
        """Gives the word under the key of a field, right or wrong; empty where there is no word."""
        node = self.block.entries.get(field.key)
        return node.value if isinstance(node, Text) else ""

    def is_readable(self, field: Field[Never, object]) -> bool:
        """Tells whether the value of a field was read."""
        return field.key in self._values

    def place(self, field: Field[Never, object]) -> SourceLocation:
        """Gives the place of a field's value; of one left out, that of the block."""
        node = self.block.entries.get(field.key)
        return self.block.where if node is None else node.where

    @property
    def is_sound(self) -> bool:
        """Tells whether the keys of the block and the fields read so far are right."""
        return self._is_sound

    def need_sound(self) -> None:
        """Raises Refused where anything was wrong."""
        if not self._is_sound:
            raise Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Record(Generic[_C]):
    """A block with these fields and no other keys."""

    what: str
    """Names such a block in messages ("a citation"); empty where its place says enough."""
    fields: tuple[Field[_C, object], ...]
    """The fields."""
    subject: str = ""
    """Names this very block where it lacks a key ("the rule"), if not as `what` does."""
    lacking: tuple[str, str] | None = None
    """The code and message for lacking keys, where the usual "... lacks ..." would not do."""
    lacks_beside_unknown: bool = False
    """True if lacking keys are reported although there are unknown ones, which may be misspelt."""
    elsewhere: tuple[tuple[str, str], ...] = ()
    """Keys that people write here, each with what to write: no likeness of letters leads there."""

    def open(self, node: Node, context: _C) -> Found[_C]:
        """Checks the keys of a block; nothing is read yet."""
        block = as_block(node, context, self.what)
        known = [field.key for field in self.fields]
        unknown = [key for key in block.entries if key not in known]
        for key in unknown:
            what = f"key of {self.what}" if self.what else "key"
            instead = dict(self.elsewhere).get(key)
            if instead is None:
                context.problems.unknown(block.keys[key], what, key, known)
            else:
                message = f'unknown {what} "{key}"; {instead}'
                context.problems.error(block.keys[key], "unknown", message)
        lacking = [
            one.key for one in self.fields if one.left_out is None and one.key not in block.entries
        ]
        if lacking and (self.lacks_beside_unknown or not unknown):
            subject = self.subject or self.what
            usual = ("lacking", f"{subject} lacks {', '.join(lacking)}".lstrip())
            context.note(block.where, *(self.lacking or usual))
        return Found(self, block, is_sound=not unknown and not lacking)

    def read(self, node: Node, context: _C) -> Found[_C]:
        """Reads all fields of a block; raises Refused where anything was wrong."""
        found = self.open(node, context)
        found.read_rest(context)
        found.need_sound()
        return found

    def schema(self, context: _C) -> Schema:
        """Describes such blocks."""
        offered = [field for field in self.fields if field.is_offered(context)]
        return closed(
            {field.key: field.shape.schema(context) for field in offered},
            [field.key for field in offered if field.left_out is None],
        )

    def shape(
        self,
        build: Callable[[Found[_C], _C], _T],
        extra: Callable[[_C], Schema] = lambda _: {},
    ) -> Shape[_C, _T]:
        """Gives the shape of such blocks, read as what `build` makes of their fields.

        `extra` joins the schema: what the keys of a block must keep to among themselves.
        """
        return Shape(
            lambda node, context: build(self.read(node, context), context),
            lambda context: {**self.schema(context), **extra(context)},
        )
