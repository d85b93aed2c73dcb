"""A decoder notes every mistake of a block once, with its place, and describes what it takes."""

from dataclasses import dataclass, replace

import pytest
from jsonschema import Draft202012Validator

from msp_rules.yaml_source.decode import (
    TEXT,
    WORD,
    Context,
    Field,
    Found,
    Record,
    Shape,
    block_of,
    checked,
    hidden,
    list_of,
    list_of_sound,
    needed,
    one_known,
    one_of,
    optional,
    optional_or,
)
from msp_rules.yaml_source.json_schema import Schema
from msp_rules.yaml_source.nodes import Block, Problems, Refused, parse_yaml, plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Kitchen(Context):
    """A language of recipes."""

    foods: tuple[str, ...] = ("egg", "milk")
    is_festive: bool = False


FOOD: Shape[Kitchen, str] = one_known("food", lambda kitchen: kitchen.foods)
NAME = needed("name", WORD)
FOODS = needed("foods", list_of(FOOD, "foods", if_empty=("empty", "a dish needs a food")))
HEAT: Field[Context, str | None] = optional("heat", one_of("heat", ("low", "high")))
SERVES = optional_or("serves", WORD.then(int), 2)
CANDLES = hidden(optional("candles", WORD), lambda kitchen: kitchen.is_festive)
DISH: Record[Kitchen] = Record(what="a dish", fields=(NAME, FOODS, HEAT, SERVES, CANDLES))


def block(text: str) -> Block:
    parsed = parse_yaml(text, "dish.yaml", Problems())
    assert parsed is not None
    return parsed


def said(text: str, record: Record[Kitchen] = DISH) -> list[str]:
    """What is said of a broken block."""
    kitchen = Kitchen(problems=Problems())
    with pytest.raises(Refused):
        record.read(block(text), kitchen)
    return [f"{one} [{one.code}]" for one in kitchen.problems.found]


def read(text: str) -> Found[Kitchen]:
    return DISH.read(block(text), Kitchen(problems=Problems()))


def test_fields_have_the_values_of_their_shapes() -> None:
    found = read("{name: omelette, foods: [egg, milk], heat: low, serves: '4'}")

    assert (found[NAME], found[FOODS]) == ("omelette", ("egg", "milk"))
    assert (found[HEAT], found[SERVES]) == ("low", 4)
    assert found.has(HEAT)


def test_a_field_left_out_has_the_value_that_stands_for_it() -> None:
    found = read("{name: omelette, foods: [egg]}")

    assert (found[HEAT], found[SERVES]) == (None, 2)
    assert not found.has(HEAT)


def test_every_mistake_of_a_block_is_said_once_at_its_place() -> None:
    text = "name: [a]\nfoods: [eg, milk, oil]\nheat: lov\nserves: '2'\n"

    assert said(text) == [
        "dish.yaml:1:7: one value is expected here [form]",
        'dish.yaml:2:9: unknown food "eg"; did you mean "egg"? [unknown]',
        'dish.yaml:2:19: unknown food "oil"; known are egg, milk [unknown]',
        'dish.yaml:3:7: unknown heat "lov"; did you mean "low"? [unknown]',
    ]


def test_keys_that_are_needed_are_said_to_lack() -> None:
    assert said("{heat: low}") == ["dish.yaml:1:1: a dish lacks name, foods [lacking]"]


def test_a_key_misspelt_is_not_said_to_lack_too() -> None:
    assert said("{nam: omelette, foods: [egg]}") == [
        'dish.yaml:1:2: unknown key of a dish "nam"; did you mean "name"? [unknown]'
    ]


def test_where_a_record_says_so_what_lacks_is_told_beside_unknown_keys() -> None:
    both = replace(DISH, lacks_beside_unknown=True, subject="the dish")

    assert said("{nam: omelette, foods: [egg]}", both) == [
        'dish.yaml:1:2: unknown key of a dish "nam"; did you mean "name"? [unknown]',
        "dish.yaml:1:1: the dish lacks name [lacking]",
    ]


def test_a_word_where_a_block_should_be_is_refused() -> None:
    kitchen = Kitchen(problems=Problems())

    with pytest.raises(Refused):
        DISH.read(block("dish: omelette").entries["dish"], kitchen)

    assert [str(one) for one in kitchen.problems.found] == [
        "dish.yaml:1:7: a dish must be keys and values"
    ]


def test_an_empty_list_is_refused_in_the_words_of_its_shape() -> None:
    assert said("{name: omelette, foods: []}") == ["dish.yaml:1:25: a dish needs a food [empty]"]


def test_a_broken_value_is_not_to_be_had_and_the_others_are() -> None:
    kitchen = Kitchen(problems=Problems())

    found = DISH.open(block("{name: omelette, foods: [oil]}"), kitchen)
    found.read_rest(kitchen)

    assert not found.is_sound
    assert found[NAME] == "omelette"
    assert found.get(FOODS, ()) == ()
    with pytest.raises(Refused):
        found[FOODS]


def test_fields_can_be_read_in_another_context_than_those_before() -> None:
    kitchen = Kitchen(problems=Problems())

    found = DISH.open(block("{name: cake, foods: [flour]}"), kitchen)
    found.read([NAME], kitchen)
    found.read_rest(replace(kitchen, foods=("flour",)))

    assert found.is_sound
    assert found[FOODS] == ("flour",)


def test_a_shape_within_another_context_reads_and_describes_in_that_one() -> None:
    shape = FOOD.within(lambda kitchen: replace(kitchen, foods=("flour",)))
    kitchen = Kitchen(problems=Problems())
    word = block("a: flour").entries["a"]

    assert shape.read(word, kitchen) == "flour"
    assert shape.schema(kitchen) == {"enum": ["flour"]}


def test_a_checked_shape_reads_what_the_check_makes_of_it() -> None:
    def half(number: int, *_: object) -> int:
        return number // 2

    shape = checked(WORD.then(int), half)

    assert shape.read(block("a: '8'").entries["a"], Context(problems=Problems())) == 4


def test_of_a_list_of_sound_items_the_broken_ones_are_told_and_left_out() -> None:
    kitchen = Kitchen(problems=Problems())

    found = list_of_sound(FOOD, "foods").read(block("a: [oil, egg, [milk]]").entries["a"], kitchen)

    assert found == ("egg",)
    assert [str(one) for one in kitchen.problems.found] == [
        'dish.yaml:1:5: unknown food "oil"; known are egg, milk',
        "dish.yaml:1:15: one value is expected here",
    ]


def test_a_block_of_one_shape_takes_any_keys() -> None:
    shape = block_of(TEXT, "notes")
    context = Context(problems=Problems())

    assert shape.read(block("{a: ' x ', b: y}"), context) == {"a": "x", "b": "y"}
    with pytest.raises(Refused):
        shape.read(block("{a: '', b: [y]}"), context)
    assert [one.message for one in context.problems.found] == [
        "a text is expected here",
        "one value is expected here",
    ]


def test_a_language_may_have_one_code_and_words_of_its_own() -> None:
    class Terse(Kitchen):
        NO_VALUE = "must be one word"
        CODE = "recipe"

    kitchen = Terse(problems=Problems())

    with pytest.raises(Refused):
        DISH.read(block("{name: [a], foods: [oil]}"), kitchen)

    assert [(one.code, one.message) for one in kitchen.problems.found] == [
        ("recipe", "must be one word"),
        ("unknown", 'unknown food "oil"; known are egg, milk'),
    ]


# The schema follows from the same fields.


def schema(*, is_festive: bool = False) -> Schema:
    return DISH.schema(Kitchen(problems=Problems(), is_festive=is_festive))


def test_the_schema_of_a_record_names_its_keys_and_those_needed() -> None:
    assert schema() == {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "foods": {"type": "array", "minItems": 1, "items": {"enum": ["egg", "milk"]}},
            "heat": {"enum": ["low", "high"]},
            "serves": {"type": "string"},
        },
        "additionalProperties": False,
        "required": ["name", "foods"],
    }


def test_a_hidden_field_is_read_everywhere_and_offered_where_it_belongs() -> None:
    assert read("{name: cake, foods: [egg], candles: '8'}")[CANDLES] == "8"
    assert "candles" not in schema()["properties"]
    assert "candles" in schema(is_festive=True)["properties"]


@pytest.mark.parametrize(
    "text",
    [
        "{name: omelette, foods: [egg]}",
        "{name: omelette, foods: []}",
        "{name: omelette, foods: [oil]}",
        "{name: omelette, foods: egg}",
        "{name: omelette}",
        "{name: [], foods: [egg]}",
        "{name: omelette, foods: [egg], heat: mild}",
        "{name: omelette, foods: [egg], wine: red}",
    ],
)
def test_decoder_and_schema_take_the_same_blocks(text: str) -> None:
    kitchen = Kitchen(problems=Problems())
    found = DISH.open(block(text), kitchen)
    found.read_rest(kitchen)

    is_valid = Draft202012Validator(schema()).is_valid(plain(block(text)))

    assert is_valid == found.is_sound
