"""What a file may name, and the reading of its plain shapes: every problem noted, none twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from msp_rules.casework.vocabulary import Vocabulary
from msp_rules.errors import SourceLocation
from msp_rules.rules.language import conditions as tree
from msp_rules.rules.language.rule import Parameter
from msp_rules.yaml_source.nodes import Block, Items, Node, Problems, Text

_Item = TypeVar("_Item")
_Read = TypeVar("_Read")


class Refused(Exception):
    """A node that cannot be read; its problem is noted already."""


@dataclass(slots=True)
class Names:
    """What the conditions of one file may name, and how they are to be read.

    `broken` holds the parameters (`$name`), concepts and other names whose own mistake is noted
    already, so that their use is no second one. `rule_ids` are the ruleset's; `code_lists` holds
    the codes of list parameters, and `literals` the numbers that no parameter names. `on_day`
    is the day whose counts and lists are meant; None: the newest.
    """

    vocabulary: Vocabulary
    problems: Problems
    each: str | None = None
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    concepts: Mapping[str, tree.Condition] = field(default_factory=dict)
    from_subject_day: bool = False
    allows_reasons: bool = False
    broken: set[str] = field(default_factory=set)
    rule_ids: frozenset[str] = frozenset()
    code_lists: dict[str, tuple[Text, ...]] = field(default_factory=dict)
    literals: list[Text] = field(default_factory=list)
    on_day: date | None = None

    def refuse(self, where: SourceLocation, code: str, message: str) -> Refused:
        """Notes a problem; the caller raises what this gives."""
        self.problems.error(where, code, message)
        return Refused()

    def unknown(self, where: SourceLocation, what: str, word: str, known: Iterable[str]) -> Refused:
        """Notes an unknown word; the caller raises what this gives."""
        self.problems.unknown(where, what, word, known)
        return Refused()

    def no_this(self, where: SourceLocation) -> Refused:
        """Notes a `this` where there is no subject; the caller raises what this gives."""
        if "each" in self.broken:
            return Refused()
        return self.refuse(where, "this", 'only a rule with "each" has a "this"')


def as_block(node: Node, names: Names, what: str, needs: tuple[str, ...] = ()) -> Block:
    """A node that must be a mapping (with exactly these keys, where some are named)."""
    if not isinstance(node, Block):
        raise names.refuse(node.where, "form", f"{what} must be keys and values")
    if needs:
        check_keys(node, names, f"key of {what}", needs)
        lacking = [key for key in needs if key not in node.entries]
        if lacking:
            raise names.refuse(node.where, "lacking", f"{what} lacks {', '.join(lacking)}")
    return node


def check_keys(block: Block, names: Names, what: str, known: Iterable[str]) -> None:
    """Refuses every key that is not known, each at its own place."""
    words = frozenset(known)
    unknown = [key for key in block.entries if key not in words]
    for key in unknown:
        names.problems.unknown(block.keys[key], what, key, words)
    if unknown:
        raise Refused


def read_each(items: Iterable[_Item], read: Callable[[_Item], _Read]) -> tuple[_Read, ...]:
    """What `read` gives for every item; all problems are noted before it gives up."""
    found, is_refused = [], False
    for item in items:
        try:
            found.append(read(item))
        except Refused:
            is_refused = True
    if is_refused:
        raise Refused
    return tuple(found)


def as_items(node: Node, names: Names, what: str) -> Items:
    """A node that must be a list."""
    if not isinstance(node, Items):
        raise names.refuse(node.where, "form", f"{what} must be a list")
    return node


def as_text(node: Node, names: Names) -> str:
    """A node that must be one word or text."""
    if not isinstance(node, Text):
        raise names.refuse(node.where, "form", "one value is expected here")
    return node.value


def is_whole(text: str) -> bool:
    """Whether a text is a whole number, plainly written: digits, and no 0 before others."""
    return text.isascii() and text.isdigit() and (text == "0" or text[0] != "0")


def read_whole(node: Node, names: Names) -> int:
    """The whole number of a node."""
    text = as_text(node, names)
    if not is_whole(text):
        raise names.refuse(node.where, "number", f'"{text}" is not a whole number')
    return int(text)
