"""The schema of mapping files says what the reader reads: the same keys, the same refusals."""

import json
import re
from pathlib import Path
from random import Random

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.errors import Problem
from msp_rules.intake.mapping.decode import read_mapping
from msp_rules.rules.schemas import SCHEMAS, check_by_schema
from msp_rules.yaml_source.nodes import Block, Items, Node, Problems, Text, parse_yaml, read_yaml
from tests.support import effort
from tests.support.mutations import mutated
from tests.support.vendor_forms import write_mapping

pytestmark = pytest.mark.slow

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples" / "mapping"
DOCUMENT = SCHEMAS["mapping"](core_vocabulary())
FILES = sorted(EXAMPLES.glob("*.yaml"))
# What only the reader can know: whether a code table exists and fits, and what a format means.
MEANINGS = (
    *("unknown code table", "unknown code of", "date_format must name", "unknown time zone"),
    *("not a path", "not a table", "record must", "the name of joined rows", "lacks name"),
    *("joins", "two joins have", "unknown join", "the join", "only a source of csv", "only a date"),
    *("a part alone", "either split or", "only tables have", "rows lacks record", "lacks key"),
    *("only JSON has",),
    *("none must be true", "refers to another event", "is assumed twice"),
)


def by_schema(block: Node) -> list[str]:
    problems = Problems()
    check_by_schema(block, "mapping", core_vocabulary(), problems)
    return [str(one) for one in problems.found]


def by_reader(text: str, folder: Path) -> list[Problem]:
    path, problems = folder / "changed.yaml", Problems()
    path.write_text(text, "utf-8")
    read_mapping(path, core_vocabulary(), problems)
    return [one for one in problems.found if not one.is_warning]


def as_yaml(node: Node) -> str:
    if isinstance(node, Text):
        is_plain = not node.is_quoted and re.fullmatch(r"[\w.*!()-]+", node.value)
        return node.value if is_plain else json.dumps(node.value, ensure_ascii=False)
    if isinstance(node, Items):
        return f"[{', '.join(map(as_yaml, node.items))}]"
    entries = (f"{json.dumps(key)}: {as_yaml(value)}" for key, value in node.entries.items())
    return f"{{{', '.join(entries)}}}"


def test_the_schema_is_sound() -> None:
    Draft202012Validator.check_schema(DOCUMENT)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_examples_are_valid_as_an_editor_reads_them(path: Path) -> None:
    document = YAML(typ="safe", pure=True).load(path.read_text("utf-8"))

    assert [e.message for e in Draft202012Validator(DOCUMENT).iter_errors(document)] == []


def test_a_mapping_of_every_field_of_the_vocabulary_is_valid(tmp_path: Path) -> None:
    path = tmp_path / "mapping.yaml"
    write_mapping(path)
    block = read_yaml(path, path.name, Problems())

    assert block is not None
    assert by_schema(block) == []


def test_a_value_offers_what_its_kind_of_field_may_have() -> None:
    keys = {
        name: set(DOCUMENT["$defs"][name]["then"]["properties"])
        for name in ("value", "text_value", "coded_asked")
    }

    every = {
        *("path", "constant", "items", "part", "split", "first", "when"),
        *("date_format", "time_zone", "suffix", "may_be_absent"),
    }
    assert keys == {
        "value": every,
        "text_value": every | {"join", "withheld"},
        "coded_asked": every | {"codes", "precedence"},
    }


def test_a_misspelt_key_is_answered_with_its_place_and_the_nearest_word() -> None:
    text = (EXAMPLES / "forms.yaml").read_text("utf-8").replace("labels: {P", "lables: {P")
    block = parse_yaml(text, "forms.yaml", Problems())

    assert block is not None
    assert by_schema(block) == [
        "forms.yaml:10:3: lacks labels",
        'forms.yaml:11:5: unknown key "lables"; did you mean "labels"?',
    ]


@pytest.mark.fuzz
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_reader_and_schema_agree_about_changed_files(path: Path, tmp_path: Path) -> None:
    whole = read_yaml(path, path.name, Problems())
    assert whole is not None
    outcomes = set()
    for number in range(effort.of(60, thorough=1000)):
        changed, what = mutated(whole, Random(f"mapping {number}"))
        assert isinstance(changed, Block)
        problems = by_reader(as_yaml(changed), tmp_path)
        found = by_schema(changed)

        outcomes.add((not problems, not found))
        if not problems:
            assert found == [], what
        elif not found:
            assert all(p.message.startswith(MEANINGS) for p in problems), (what, problems)

    assert {(True, True), (False, False)} <= outcomes
