"""The schemas of rule files say what the readers read: the same keys, the same refusals."""

from pathlib import Path
from random import Random
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.errors import Problem
from msp_rules.rules import check_ruleset
from msp_rules.rules.language.decode_rule import read_rule
from msp_rules.rules.language.names import Names
from msp_rules.rules.language.rule import BLOCKS
from msp_rules.rules.schemas import SCHEMAS, check_by_schema
from msp_rules.yaml_source.nodes import Block, Items, Node, Problems, read_yaml
from tests.builders.part_of_core import CORE, write_part_of_core
from tests.support import effort
from tests.support.core import core_ruleset
from tests.support.editors import as_an_editor_reads
from tests.support.mutations import mutated

VOCABULARY = core_vocabulary()
RULESET = core_ruleset()
CONCEPTS = {name: concept.condition for name, concept in RULESET.concepts.items()}
DOCUMENTS = {kind: schema(VOCABULARY) for kind, schema in SCHEMAS.items()}
RULE = DOCUMENTS["rule"]
FILES = sorted(CORE.rglob("*.yaml"))
RULE_FILES = [path for path in FILES if path.parent.name == "rules"]

SEED = 1

# What readers alone refuse, because it is a matter of meaning: by code, or by the message's start.
MEANINGS = {
    *("this", "test", "unit", "never", "unused", "values", "range", "blame", "flag", "due"),
    *("refers_to", "reason", "id"),
}
# A test of a text field is wrong by its quotes, which no schema sees; what an example's events are
# called is the example's own.
UNKNOWN_NAMES = ("field", "code", "date field", "concept", "parameter", "source", "reference of")
UNKNOWN_NAMES += ("test of", "event of the example", "subject")


def kind_of(path: Path) -> str:
    return {"rules": "rule", "concepts": "concept"}.get(path.parent.name, path.stem)


def block_of(path: Path) -> Block:
    block = read_yaml(path, path.name, Problems())
    assert block is not None
    return block


@pytest.mark.slow
@pytest.mark.parametrize("kind", SCHEMAS)
def test_schema_is_sound(kind: str) -> None:
    Draft202012Validator.check_schema(DOCUMENTS[kind])


@pytest.mark.slow
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_shipped_file_is_valid_as_an_editor_reads_it(path: Path) -> None:
    document = as_an_editor_reads(path.read_text("utf-8"))

    errors = Draft202012Validator(DOCUMENTS[kind_of(path)]).iter_errors(document)

    assert [error.message for error in errors] == []


def keys_of(entrance: str) -> dict[str, set[str]]:
    forms = RULE["$defs"][entrance]["allOf"]
    return {form["if"]["required"][0]: set(form["then"]["properties"]) for form in forms}


def test_keys_of_reasons_are_offered_in_explained_when_alone() -> None:
    condition, reasons = keys_of("condition"), keys_of("reasons")

    ends = {"standing", "stands_for", "needs"}
    assert reasons == {
        **condition,
        "recorded": condition["recorded"] | ends | {"codes"},
        "this": condition["this"] | ends,
    }
    assert not condition["recorded"] & {*ends, "codes"}


def test_a_rule_offers_every_block() -> None:
    assert {block.key for block in BLOCKS} < RULE["properties"].keys()


@pytest.mark.fuzz
@pytest.mark.parametrize("path", RULE_FILES, ids=lambda path: path.stem)
def test_readers_and_schema_agree_about_changed_rules(path: Path) -> None:
    block = block_of(path)
    bare = with_examples(block, Items((), block.where))
    wanted, outcomes = {(True, True), (False, False)}, set()
    for number in range(300):
        # A short file may need more than the usual number of changes until one is still valid.
        if number >= effort.of(25, thorough=300) and wanted <= outcomes:
            break
        changed, what = mutated(bare, Random(f"{SEED} {path.stem} {number}"))
        assert isinstance(changed, Block)

        outcomes.add(agreed_about(changed, what))

    assert wanted <= outcomes


@pytest.mark.fuzz
@pytest.mark.parametrize("path", RULE_FILES, ids=lambda path: path.stem)
def test_readers_and_schema_agree_about_changed_examples(path: Path) -> None:
    block = block_of(path)
    examples = block.entries["examples"]
    assert isinstance(examples, Items)
    wanted, outcomes = {(True, True), (False, False)}, set()
    for number in range(150):
        if number >= effort.of(12, thorough=150) and wanted <= outcomes:
            break
        random = Random(f"{SEED} {path.stem} {number}")
        one = Items((random.choice(examples.items),), examples.where)
        changed, what = mutated(one, random)

        outcomes.add(agreed_about(with_examples(block, changed), what))

    assert wanted <= outcomes


def with_examples(block: Block, examples: Node) -> Block:
    return Block({**block.entries, "examples": examples}, block.keys, block.where)


def agreed_about(changed: Block, what: str) -> tuple[bool, bool]:
    """Whether the readers take a changed rule, and the schema; they may differ about meaning."""
    by_reader, by_schema = Problems(), Problems()
    is_read = is_read_without_problem(changed, by_reader)
    check_by_schema(changed, "rule", VOCABULARY, by_schema)
    is_allowed = not by_schema.has_errors
    if is_read:
        assert is_allowed, f"{what}: {by_schema.found[0]}"
    elif is_allowed:
        assert by_reader.has_errors, what
        assert [str(p) for p in by_reader.found if not is_about_meaning(p)] == [], what
    return is_read, is_allowed


def is_read_without_problem(block: Block, problems: Problems) -> bool:
    names = Names(
        problems=problems,
        vocabulary=VOCABULARY,
        concepts=CONCEPTS,
        sources=RULESET.sources,
        parameters=RULESET.settings.numbers,
    )
    return read_rule(block, names) is not None and not problems.has_errors


def is_about_meaning(problem: Any) -> bool:
    if problem.code == "unknown":
        return problem.message.removeprefix("unknown ").startswith(UNKNOWN_NAMES)
    return problem.code in MEANINGS


# A change to a shipped file: file, what stands there, what is put in its place; and what is said.
WRONG = {
    "an event of an example has a bad code": (
        "rules/ADV-02.yaml",
        "state: unavailable, escalated: \"yes\"}\n    then",
        "state: unavailible, escalated: \"yes\"}\n    then",
        'unknown word "unavailible"; did you mean "unavailable"?',
    ),
    "an event of an example has an unknown field": (
        "rules/ADV-02.yaml",
        "kind: informal, state: instructed}\n",
        "kid: informal, state: instructed}\n",
        'unknown key "kid"; did you mean "kind"?',
    ),
    "an example says yes where a verdict is due": (
        "rules/ADV-02.yaml",
        "then: met_late",
        'then: "yes"',
        'unknown word "yes"; known are met',
    ),
    "a source is a list": (
        "ruleset.yaml",
        'care-act-2014: "Care Act 2014"',
        "care-act-2014: [Care Act 2014]",
        "must be a text",
    ),
}  # fmt: skip
PASSED_OVER = {
    "a concept's example gives an adult, whom nobody reads": (
        "concepts/lacks_capacity_to_take_part.yaml",
        "    given:",
        "    adult: {age_band: 75-84}\n    given:",
        'unknown key "adult"',
    ),
}
READERS = {
    "bad code of an example": (
        "rules/ADV-02.yaml",
        'state: unavailable, escalated: "yes"}\n    then',
        'state: unavailible, escalated: "yes"}\n    then',
        'unknown code of state "unavailible"; did you mean "unavailable"?',
    ),
    "unknown field of an example": (
        "rules/ADV-02.yaml",
        "kind: informal, state: instructed}\n",
        "kid: informal, state: instructed}\n",
        'unknown field of advocate_status "kid"; did you mean "kind"?',
    ),
    "answer of a concept where a verdict is due": (
        "rules/ADV-02.yaml",
        "then: met_late",
        'then: "yes"',
        'unknown verdict "yes"',
    ),
    "source that is a list": (
        "ruleset.yaml",
        'care-act-2014: "Care Act 2014"',
        "care-act-2014: [Care Act 2014]",
        "one value is expected here",
    ),
    "key of a rule": ("rules/ADV-02.yaml", "severity:", "severiti:", 'did you mean "severity"?'),
    "range of one number": (
        "rules/ADV-02.yaml",
        "range: [0, 15]",
        "range: [15]",
        "range is two whole numbers, as in [0, 20]",
    ),
    "range from high to low": (
        "rules/ADV-02.yaml",
        "range: [0, 15]",
        "range: [15, 0]",
        "range names the lower number first",
    ),
    "number that is no plain digit": (
        "rules/ADV-02.yaml",
        "value: 3",
        "value: ³",
        '"³" is not a whole number',
    ),
    "example as of no date": (
        "rules/ADV-02.yaml",
        "as_of: 2026-03-31",
        "as_of: 2026-02-31",
        "day is out of range for month",
    ),
    "setting that counts codes": (
        "ruleset.yaml",
        "unit: working_days",
        "unit: count",
        "max_temporary_reason counts count; a limit needs a unit of time",
    ),
    "reference to something else": (
        "rules/CLO-01.yaml",
        "refers_to: {outcome: this}",
        "refers_to: {outcome: that}",
        'unknown reference "that"',
    ),
    "an alias": ("rules/ADV-02.yaml", "kind: statutory", "kind: *x", "anchors, aliases and tags"),
    "a tag": ("rules/ADV-02.yaml", "kind: statutory", "kind: !x y", "anchors, aliases and tags"),
}


def changed_file(change: tuple[str, str, str, str], folder: Path) -> tuple[Path, int]:
    """A ruleset that is sound but for one change, and the line where that stands."""
    name, old, new, _ = change
    home = write_part_of_core(folder / "changed", name)
    text = (home / name).read_text("utf-8")
    assert old in text
    (home / name).write_text(text.replace(old, new, 1), "utf-8")
    return home, text[: text.index(old)].count("\n") + 1


def problems_of(home: Path) -> list[Problem]:
    ruleset, problems = check_ruleset(home)
    assert ruleset is None
    return list(problems)


@pytest.mark.parametrize("change", {**WRONG, **PASSED_OVER}.values(), ids={**WRONG, **PASSED_OVER})
def test_schema_finds_it_alone_at_its_line(
    change: tuple[str, str, str, str], tmp_path: Path
) -> None:
    home, line = changed_file(change, tmp_path)
    path, found = home / change[0], Problems()

    check_by_schema(block_of(path), kind_of(path), VOCABULARY, found)

    assert [one.where.line for one in found.found] == [line]
    assert found.found[0].message.startswith(change[3])


@pytest.mark.parametrize("change", PASSED_OVER.values(), ids=PASSED_OVER)
def test_check_names_what_only_the_schema_finds(
    change: tuple[str, str, str, str], tmp_path: Path
) -> None:
    home, line = changed_file(change, tmp_path)

    (problem,) = problems_of(home)

    assert (problem.where.path, problem.where.line) == (f"changed/{change[0]}", line)
    assert problem.code == "schema"
    assert problem.message.startswith(change[3])


@pytest.mark.parametrize("change", READERS.values(), ids=READERS)
def test_readers_speak_first_and_alone(change: tuple[str, str, str, str], tmp_path: Path) -> None:
    home, line = changed_file(change, tmp_path)

    found = problems_of(home)

    assert change[3] in " ".join(problem.message for problem in found)
    assert line in [problem.where.line for problem in found]
    assert "schema" not in [problem.code for problem in found]
