"""Values are cut out of a JSON text as its own parser would, wherever its pieces end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from random import Random

import pytest

from msp_rules.intake.mapping.json_text import (
    DEEPEST,
    ENDS_EARLY,
    NOT_JSON,
    JsonBroken,
    JsonText,
    TooLong,
)

ODD_TEXTS = ('a"b', "\\", '\\"', "{[", "é\n", "]}", "", "\\\\")


def pieces(text: str, size: int) -> Iterator[str]:
    return (text[at : at + size] for at in range(0, len(text), size))


def made_up(random: Random, depth: int = 0) -> object:
    kind = random.randrange(7 if depth < 4 else 4)
    plain: tuple[object, ...] = (random.choice(ODD_TEXTS), random.randrange(1000), None, True)
    if kind < len(plain):
        return plain[kind]
    inside = [made_up(random, depth + 1) for _ in range(random.randrange(4))]
    if kind == len(plain):
        return inside
    return {f"{random.choice(ODD_TEXTS)}{at}": one for at, one in enumerate(inside)}


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_values_are_those_of_the_parser_wherever_the_pieces_end(size: int) -> None:
    random = Random(size)
    for _ in range(200):
        values = [made_up(random) for _ in range(3)]
        texts = [json.dumps(one, indent=random.choice([None, 1])) for one in values]
        whole = "\n".join(texts)
        text = JsonText(pieces(whole, size))

        assert [text.value(10_000) for _ in texts] == texts
        assert (text.peek(), text.line) == ("", whole.count("\n") + 1)


@pytest.mark.parametrize("size", [1, 5, 1000])
def test_what_is_passed_over_may_be_of_any_length(size: int) -> None:
    long = json.dumps([{"a": 'b"]' * 500}, "\\" * 301])
    text = JsonText(pieces(f"{long}{long} true", size))

    text.skip()
    with pytest.raises(TooLong, match="larger than 10 characters"):
        text.value(10)

    assert text.value(10) == "true"


@pytest.mark.parametrize(("longest", "is_read"), [(9, True), (8, False)])
def test_a_value_may_be_as_long_as_the_limit(longest: int, is_read: bool) -> None:
    text = JsonText(iter(['{"a":[1]}']))

    if is_read:
        assert text.value(longest) == '{"a":[1]}'
    else:
        with pytest.raises(TooLong):
            text.value(longest)


@pytest.mark.parametrize(("depth", "is_read"), [(DEEPEST, True), (DEEPEST + 1, False)])
def test_lists_may_be_nested_as_deep_as_the_limit(depth: int, is_read: bool) -> None:
    text = JsonText(iter(["[" * depth + "]" * depth + "7"]))

    if is_read:
        assert len(text.value(1000)) == 2 * depth
    else:
        with pytest.raises(TooLong, match=f"nested more than {DEEPEST} deep"):
            text.value(1000)
    assert text.value(10) == "7"


@pytest.mark.parametrize("cut", ["[1", '{"a": "b', '{"a": "b\\', '"a', ""])
def test_a_text_that_ends_inside_a_value_is_broken(cut: str) -> None:
    with pytest.raises(JsonBroken, match=ENDS_EARLY):
        JsonText(pieces(cut, 2)).value(100)


def test_what_is_no_value_is_broken() -> None:
    with pytest.raises(JsonBroken, match=NOT_JSON):
        JsonText(iter([": 1"])).value(100)
