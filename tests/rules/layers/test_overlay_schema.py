"""The schema of overlays says what the readers read: the same keys, the same refusals."""

import json
import re
from pathlib import Path
from random import Random

import pytest
from jsonschema import Draft202012Validator

from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.errors import Problem, RulesetInvalid
from msp_rules.rules import check_layers, load_layers, shipped_ruleset
from msp_rules.rules.language.rule import Layer
from msp_rules.rules.schemas import SCHEMAS, check_by_schema
from msp_rules.yaml_source.nodes import Items, Node, Problems, Text, parse_yaml
from tests.builders.layers import HEAD, top_layer, write_base
from tests.support import effort
from tests.support.broken_overlays import BODIES
from tests.support.editors import as_an_editor_reads
from tests.support.mutations import mutated

pytestmark = pytest.mark.slow

DOCUMENT = SCHEMAS["overlay"](core_vocabulary())
COUNCIL = shipped_ruleset("msp-core").parent / "example-council"

WHOLE = """\
sources: {plan: "A plan"}
enums: {x_size: [large, small]}
events: {x_visit: {means: A visit, fields: {size: code(x_size), of: ref(concern_raised)}}}
concepts:
  - concept: visited
    title: There was a visit
    holds_when: {recorded: x_visit, where: {size: large}}
    examples:
      - {name: n, as_of: 2026-03-31, given: [{x_visit: {size: large}}], then: "yes"}
changes:
  - rule: PL-01
    parameters: {within: [{from: 2026-05-01, value: 3, basis: local, source: x}]}
    because: a
    approved_by: b
  - {rule: OF-01, enabled: true, because: a, approved_by: b}
filters:
  - name: f
    rules: [PL-01]
    when: {this: {source: police}}
    from: 2026-01-01
    expires: 2026-06-30
    because: a
    approved_by: b
waivers:
  - {name: w, rules: OF-01, team: [a, b], agency: council, expires: 2026-06-30, because: a,
     approved_by: b}
"""
# What the readers alone refuse, since it is a matter of meaning or of two places at once.
MEANINGS = {
    *("twice", "pin", "period", "floor", "endless", "values", "range", "this", "unknown", "never"),
    *("unused", "test", "id", "flag"),
}
# No schema knows the fields of local events, nor what kind of value a parameter of the base holds.
OF_OTHER_FILES = ("x_visit", "'value'")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_base(tmp_path_factory.mktemp("schema"))


@pytest.fixture(scope="module")
def below(base: Path) -> Layer:
    return top_layer(base)


def by_schema(text: str) -> list[str]:
    problems = Problems()
    block = parse_yaml(text, "town.yaml", problems)
    assert block is not None, problems.found
    check_by_schema(block, "overlay", core_vocabulary(), problems)
    return [str(one) for one in problems.found]


def test_the_schema_is_sound() -> None:
    Draft202012Validator.check_schema(DOCUMENT)


def test_the_example_council_is_valid_as_an_editor_reads_it() -> None:
    text = (COUNCIL / "overlay.yaml").read_text("utf-8")
    document = as_an_editor_reads(text)

    assert [e.message for e in Draft202012Validator(DOCUMENT).iter_errors(document)] == []


def test_what_the_schema_finds_in_a_file_that_no_reader_has_seen(below: Layer) -> None:
    head = HEAD.format(id="town", below=below)
    text = head + "changes:\n  - {rule: PL-01, severty: flag, because: a, approved_by: b}\n"

    assert by_schema(text) == [
        "town.yaml:9:5: must be a change that sets severity, enabled, summary, finding, why, "
        "counts, parameters or accepts",
        'town.yaml:9:19: unknown key "severty"; did you mean "severity"?',
    ]


@pytest.mark.parametrize("name", BODIES)
def test_the_schema_finds_what_is_wrong_with_the_form(
    name: str, base: Path, below: Layer, tmp_path: Path
) -> None:
    text = HEAD.format(id="town", below=below) + BODIES[name]
    path = tmp_path / "town.yaml"
    path.write_text(text)
    _, problems = check_layers(base, [path])

    by_form = [one for one in problems if one.code not in MEANINGS]

    if by_form:
        assert by_schema(text), by_form


@pytest.mark.fuzz
def test_readers_and_schema_agree_about_changed_overlays(
    base: Path, below: Layer, tmp_path: Path
) -> None:
    whole = parse_yaml(HEAD.format(id="town", below=below) + WHOLE, "town.yaml", Problems())
    assert whole is not None
    path = tmp_path / "town.yaml"
    outcomes = set()
    for number in range(effort.of(100, thorough=2000)):
        changed, what = mutated(whole, Random(f"overlay {number}"))
        text = as_yaml(changed)
        path.write_text(text)
        problems = by_readers(base, path)
        found = by_schema(text)

        outcomes.add((not problems, not found))
        if not problems:
            assert found == [], what
        elif not found and not any(word in what for word in OF_OTHER_FILES):
            assert [str(one) for one in problems if one.code not in MEANINGS] == [], what

    assert {(True, True), (False, False)} <= outcomes


def by_readers(base: Path, path: Path) -> tuple[Problem, ...]:
    try:
        load_layers(base, [path])
    except RulesetInvalid as error:
        return error.problems
    return ()


def as_yaml(node: Node) -> str:
    """A tree as text, in flow style."""
    if isinstance(node, Text):
        is_plain = not node.is_quoted and re.fullmatch(r"[\w$.*!()/-]+", node.value)
        return node.value if is_plain else json.dumps(node.value, ensure_ascii=False)
    if isinstance(node, Items):
        return f"[{', '.join(map(as_yaml, node.items))}]"
    entries = (f"{json.dumps(key)}: {as_yaml(value)}" for key, value in node.entries.items())
    return f"{{{', '.join(entries)}}}"
