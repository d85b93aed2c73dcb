"""Parts of a mapping file as Python values; what is none is noted, and reading goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from msp_rules.errors import SourceLocation
from msp_rules.yaml_source.nodes import Block, Node, Problems, Text

_T = TypeVar("_T")


class NodeReader:
    """Reads blocks and words; mistakes go to the problems that it is given."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems

    def _one_of(self, node: Node | None, what: str, known: tuple[str, ...]) -> str:
        """A word of a closed list; where none of it is said, the first."""
        word = self._text(node)
        if node is not None and isinstance(node, Text) and word not in known:
            self._problems.unknown(node.where, what, word, known)
        return word if word in known else known[0]

    def _every(self, node: Node | None, read: Callable[[Node], _T]) -> dict[str, _T]:
        block = self._block(node)
        return {} if block is None else {key: read(value) for key, value in block.entries.items()}

    def _read(self, read: Callable[[str], _T], node: Node | None) -> _T | None:
        """What a text says to `read`; None, with a problem noted, where it says nothing."""
        if node is None:
            return None
        text = self._text(node)
        try:
            return read(text) if isinstance(node, Text) else None
        except ValueError as error:
            self._error(node.where, str(error))
            return None

    def _keys(self, block: Block, known: Iterable[str], needed: Iterable[str]) -> None:
        for key in block.entries:
            if key not in known:
                self._problems.unknown(block.keys[key], "key", key, known)
        lacking = [key for key in needed if key not in block.entries]
        if lacking:
            self._error(block.where, f"lacks {', '.join(lacking)}")

    def _block(self, node: Node | None) -> Block | None:
        if node is not None and not isinstance(node, Block):
            self._error(node.where, "must be keys and values")
            return None
        return node

    def _said(self, node: Node | None) -> str:
        text = self._text(node)
        if isinstance(node, Text) and not text.strip():
            self._error(node.where, "a text is expected here")
        return text

    def _text(self, node: Node | None) -> str:
        if node is not None and not isinstance(node, Text):
            self._error(node.where, "must be one word or text")
        return node.value if isinstance(node, Text) else ""

    def _error(self, where: SourceLocation, message: str) -> None:
        self._problems.error(where, "mapping", message)
