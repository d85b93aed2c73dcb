"""The schemas as a second pair of eyes on rule files, after the readers have found nothing.

The readers say more, and say it better: place, nearest word, meaning. What they let pass although
it is no part of the language (a key nobody reads, an example that could not run) is found here.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from msp_rules.casework.schema_errors import Step, explain
from msp_rules.casework.vocabulary import Vocabulary, core_vocabulary
from msp_rules.errors import SourceLocation
from msp_rules.rules.rule_schema import SCHEMAS
from msp_rules.rules.yaml_source import Block, Items, Node, Problems, Text

if TYPE_CHECKING:  # a tenth of a second to import, which a scan need not spend
    from jsonschema import Draft202012Validator


def check_by_schema(node: Node, kind: str, vocabulary: Vocabulary, problems: Problems) -> None:
    """Notes what the schema of that kind of file (`rule`, `concept`, `ruleset`) does not allow."""
    validator = (
        _core_validator(kind) if vocabulary is core_vocabulary() else _validator(kind, vocabulary)
    )
    found = {
        (place_of(node, path), text)
        for error in validator.iter_errors(_words(node))
        for path, text in explain(error, repeats_words=True)
    }
    for where, text in sorted(found, key=lambda row: (row[0].line or 0, row[0].column or 0)):
        problems.error(where, "schema", text)


def place_of(node: Node, path: tuple[Step, ...]) -> SourceLocation:
    """Where a part of a file stands; of an entry that holds one word, its key."""
    where = node.where
    for step in path:
        if isinstance(node, Block) and step in node.entries:
            where, node = node.keys[str(step)], node.entries[str(step)]
        elif isinstance(node, Items) and isinstance(step, int):
            node = node.items[step]
            where = node.where
    return where


def _words(node: Node, key: str = "") -> object:
    """A file as words, as the readers see it; only `withheld: true` is more than a word."""
    if isinstance(node, Text):
        return True if key == "withheld" and node.value == "true" else node.value
    if isinstance(node, Items):
        return [_words(item) for item in node.items]
    return {name: _words(value, name) for name, value in node.entries.items()}


@cache
def _core_validator(kind: str) -> Draft202012Validator:
    return _validator(kind, core_vocabulary())


def _validator(kind: str, vocabulary: Vocabulary) -> Draft202012Validator:
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - see above

    return Draft202012Validator(SCHEMAS[kind](vocabulary))
