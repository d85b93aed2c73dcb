"""Quick validation finds what jsonschema finds, of any document and any schema of properties."""

from typing import Any, Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from msp_rules.yaml_source.quick_validation import is_plainly_right, quick_validator

WORDS: Final = ("", "a", "ab", "B", "1", "true", "two words", "line\n", "\u00e9")
texts = st.sampled_from(WORDS)
values = st.recursive(
    texts | st.integers(-2, 2) | st.booleans() | st.none() | st.floats(-1, 1),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=4,
)
types = st.sampled_from(("string", "array", "object", "integer", "boolean", "null"))
keywords = st.fixed_dictionaries(
    {},
    optional={
        "type": types | st.lists(types, min_size=1, max_size=3, unique=True),
        "enum": st.lists(values, min_size=1, max_size=4),
        "const": values,
        "pattern": st.sampled_from((r"\S", "^a", "^(a|B)$", r"^\S(.*\S)?$")),
        "minLength": st.integers(0, 3),
        "maxLength": st.integers(0, 3),
        "minItems": st.integers(0, 2),
        "maxItems": st.integers(0, 2),
        "uniqueItems": st.booleans(),
        "title": st.just("a title"),
        "if": st.sampled_from(({"type": "object"}, {"type": "string"}, {"enum": ["a"]}, True)),
        "then": st.sampled_from(({"required": ["a"]}, {"const": "a"}, False)),
        "else": st.sampled_from(({"const": "B"}, False)),
        "not": st.sampled_from(({"const": "a"}, {"type": "array"})),
    },
)
schemas = st.recursive(
    keywords | st.booleans(),
    lambda inner: st.tuples(
        keywords,
        st.fixed_dictionaries(
            {}, optional={"items": inner, "properties": st.dictionaries(texts, inner, max_size=3)}
        ),
    ).map(lambda parts: {**parts[0], **parts[1]}),
    max_leaves=4,
)


def found(kind: Any, schema: Any, document: Any) -> list[tuple[str, str, str]]:
    errors = kind(schema).iter_errors(document)
    return [(one.json_path, str(one.absolute_schema_path), one.message) for one in errors]


@given(
    st.fixed_dictionaries({"properties": st.dictionaries(texts, schemas, max_size=4)}),
    st.dictionaries(texts, values, max_size=4) | values,
)
@example({"properties": {"a": {"enum": [1]}}}, {"a": True})
@example({"properties": {"a": {"items": {"const": "a"}}}}, {"a": ["a", 1]})
def test_both_ways_find_the_same(schema: dict[str, Any], document: Any) -> None:
    expected = found(Draft202012Validator, schema, document)

    assert found(quick_validator(), schema, document) == expected


@pytest.mark.parametrize(
    ("value", "schema", "is_right"),
    [
        ("a", {"enum": ["a", "b"], "title": "a letter"}, True),
        ("c", {"enum": ["a", "b"]}, False),
        ("abc", {"type": "string", "minLength": 3, "maxLength": 3}, True),
        ("abcd", {"type": "string", "maxLength": 3}, False),
        ("a", {"type": ["string", "object"], "if": {"type": "object"}, "then": False}, True),
        ("a", {"if": {"type": "string"}, "then": {"const": "a"}}, False),
        ("a", {"format": "date"}, False),
        (["a"], {"type": "array", "minItems": 1, "items": {"enum": ["a"]}}, True),
        (["a"], {"type": "array", "uniqueItems": True}, False),
        (1, {"type": "integer"}, False),
    ],
)
def test_only_what_is_plainly_right_is_passed_over(
    value: object, schema: object, is_right: bool
) -> None:
    assert is_plainly_right(value, schema) is is_right
