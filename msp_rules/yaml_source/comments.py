"""Finds texts that a comment cuts short: in YAML, nothing is read after a space and `#`."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from msp_rules.yaml_source.nodes import Block, Node, Text


def texts_before_comments(node: Node, source: str, keys: Collection[str]) -> Iterator[Text]:
    """Yields the unquoted texts under some keys that a comment follows in their line.

    `source` is the text of the file that the node was read from.
    """
    yield from _texts(node, source.splitlines(), keys, is_asked=False)


def _texts(
    node: Node, lines: list[str], keys: Collection[str], *, is_asked: bool
) -> Iterator[Text]:
    if isinstance(node, Text):
        if is_asked and not node.is_quoted and _is_cut(node, lines):
            yield node
    elif isinstance(node, Block):
        for key, value in node.entries.items():
            yield from _texts(value, lines, keys, is_asked=key in keys)
    else:
        for item in node.items:
            yield from _texts(item, lines, keys, is_asked=False)


def _is_cut(node: Text, lines: list[str]) -> bool:
    line, column = node.where.line, node.where.column
    if line is None or column is None or line > len(lines):
        return False
    rest = lines[line - 1][column - 1 :]
    # A text over several lines ends elsewhere; then its first line holds no comment.
    after = rest.removeprefix(node.value)
    return rest.startswith(node.value) and after[:1].isspace() and after.lstrip().startswith("#")
