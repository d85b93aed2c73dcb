"""Explains the errors of a JSON Schema in words for the author of the document.

jsonschema's own messages repeat the offending value, which may be case content, and a whole pattern
or list of codes where a nearest word would help.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from msp_rules.errors import did_you_mean

if TYPE_CHECKING:
    from jsonschema import ValidationError

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
"""The `$schema` of every schema that this package writes."""


Schema = dict[str, Any]
Step = str | int


def ref(name: str) -> Schema:
    """Refers to one of the `$defs`."""
    return {"$ref": f"#/$defs/{name}"}


def closed(properties: Mapping[str, Schema], required: Iterable[str] | None = None) -> Schema:
    """Describes a mapping of these keys only; all are required unless `required` names some."""
    needed = list(properties if required is None else required)
    body: Schema = {"type": "object", "properties": dict(properties), "additionalProperties": False}
    return {**body, "required": needed} if needed else body


_TYPES: Final = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "keys and values",
    "null": "nothing",
}
_FEW: Final = 30


def explain(
    error: ValidationError, *, repeats_words: bool
) -> Iterator[tuple[tuple[Step, ...], str]]:
    """Yields where in the document (keys and places, from its root) something is wrong, and what.

    An unknown key is its own place. With `repeats_words`, what was written is repeated; never ask
    for that where the document may hold case content.
    """
    path: tuple[Step, ...] = tuple(error.absolute_path)
    schema: Mapping[str, Any] = error.schema if isinstance(error.schema, Mapping) else {}
    instance: Any = error.instance
    value: Any = error.validator_value
    match error.validator:
        case "additionalProperties":
            known = schema.get("properties", {})
            for key in instance.keys() - known.keys():
                yield (*path, key), _unknown("key", key, known, repeats_words=repeats_words)
        case "enum" | "const":
            words = value if isinstance(value, list) else [value]
            slip = _slip(instance, words)
            yield path, slip or _unknown("word", instance, words, repeats_words=repeats_words)
        case "required":
            lacking = [key for key in value if key not in instance]
            yield path, f"lacks {', '.join(lacking)}"
        case "type":
            kinds = [value] if isinstance(value, str) else value
            yield path, f"must be {schema.get('title') or ' or '.join(_TYPES[k] for k in kinds)}"
        case "minItems" | "minLength" | "minProperties" if value == 1:
            yield path, "must not be empty"
        case "minItems" | "maxItems":
            yield (
                path,
                f"must hold {'at least' if error.validator == 'minItems' else 'at most'} {value}",
            )
        case "maxLength":
            yield path, f"is longer than {value} characters"
        case _:
            yield path, f"must be {schema.get('title') or 'of another form'}"


def shown(path: Iterable[Step]) -> str:
    """Writes a place in a document: `data.abuse_type[0]`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text or "the document"


def _slip(instance: object, words: Iterable[object]) -> str | None:
    """Says how to write a word that was written as another kind of value; None for a text."""
    if isinstance(instance, list):
        return "must be one word, not a list"
    if instance is None:
        return "must be a word: leave it out where there is nothing to say"
    if isinstance(instance, bool) and "yes" in words:
        return 'must be "yes" or "no", in quotes'
    return None


def _unknown(what: str, word: object, known: Iterable[object], *, repeats_words: bool) -> str:
    words = [str(one) for one in known]
    hint = did_you_mean(word, words) if isinstance(word, str) else ""
    if not hint and len(words) <= _FEW:
        hint = f"; known are {', '.join(words)}"
    named = f' "{word}"' if repeats_words and isinstance(word, str) else ""
    return f"unknown {what}{named}{hint}"
