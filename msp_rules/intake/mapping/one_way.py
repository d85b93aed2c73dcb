"""Decodes a block that may be written in one of two ways, each with keys of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from msp_rules.intake.mapping.decode_words import MappingContext
from msp_rules.yaml_source.decode import Field, Found
from msp_rules.yaml_source.json_schema import Schema


@dataclass(frozen=True, slots=True, kw_only=True)
class OneWay:
    """Two sets of keys, of which a block has all of one and none of the other."""

    ways: tuple[
        tuple[Field[MappingContext, Any], ...],
        tuple[Field[MappingContext, Any], ...],
    ]
    """The keys of each way."""
    code: str
    """The code of the problem where a block mixes them, or has neither whole."""
    message: str
    """The message of that problem."""

    def check(self, found: Found[MappingContext], context: MappingContext) -> None:
        """Notes a problem unless the block is written in just one of the ways."""
        whole = [all(found.has(field) for field in way) for way in self.ways]
        touched = [any(found.has(field) for field in way) for way in self.ways]
        if whole != touched or sum(whole) != 1:
            context.note(found.block.where, self.code, self.message)

    def added_to(self, schema: Schema) -> Schema:
        """Gives the schema of the block's record with this demand beside it."""
        ways: list[Schema] = [
            {
                "required": [field.key for field in way],
                "properties": {field.key: False for field in other},
            }
            for way, other in (self.ways, self.ways[::-1])
        ]
        return {**schema, "oneOf": ways}
