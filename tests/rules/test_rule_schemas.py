"""The schemas of rule files say what the readers read: the same keys, the same refusals."""

import datetime
import shutil
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML
from rules.mutations import mutated

from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.rules import check_ruleset, load_ruleset, loader, shipped_ruleset
from msp_rules.rules import condition_reader as conditions
from msp_rules.rules import rule_reader as rules
from msp_rules.rules.condition_reader import Names, Refused
from msp_rules.rules.rule_reader import RuleReader
from msp_rules.rules.rule_schema import SCHEMAS
from msp_rules.rules.schema_check import check_by_schema
from msp_rules.rules.yaml_source import Block, Items, Problems, read_yaml

CORE = shipped_ruleset("msp-core")
VOCABULARY = core_vocabulary()
RULESET = load_ruleset(CORE)
CONCEPTS = {name: concept.condition for name, concept in RULESET.concepts.items()}
DOCUMENTS = {kind: schema(VOCABULARY) for kind, schema in SCHEMAS.items()}
RULE = DOCUMENTS["rule"]
FILES = sorted(CORE.rglob("*.yaml"))

SEED = 1

# What readers alone refuse, because it is a matter of meaning: by code, or by the message's start.
MEANINGS = {
    *("this", "test", "unit", "never", "unused", "values", "range", "blame", "flag", "due"),
    *("refers_to", "reason", "id"),
}
# A test of a text field is wrong by its quotes, which no schema sees.
UNKNOWN_NAMES = ("field", "code", "date field", "concept", "parameter", "source", "reference of")
UNKNOWN_NAMES += ("test of",)


def kind_of(path: Path) -> str:
    return {"rules": "rule", "concepts": "concept"}.get(path.parent.name, path.stem)


def block_of(path: Path) -> Block:
    block = read_yaml(path, path.name, Problems())
    assert block is not None
    return block


@pytest.mark.parametrize("kind", SCHEMAS)
def test_schema_is_sound(kind: str) -> None:
    Draft202012Validator.check_schema(DOCUMENTS[kind])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_shipped_file_is_valid_as_an_editor_reads_it(path: Path) -> None:
    document = dates_as_text(YAML(typ="safe", pure=True).load(path.read_text("utf-8")))

    errors = Draft202012Validator(DOCUMENTS[kind_of(path)]).iter_errors(document)

    assert [error.message for error in errors] == []


def dates_as_text(value: Any) -> Any:
    """YAML 1.2 knows no dates, and editors read none; the library does."""
    if isinstance(value, Mapping):
        return {str(key): dates_as_text(one) for key, one in value.items()}
    if isinstance(value, list):
        return [dates_as_text(one) for one in value]
    return value.isoformat() if isinstance(value, datetime.date) else value


def test_keys_of_a_rule_are_the_readers() -> None:
    assert set(RULE["required"]) == set(rules._NEEDED)
    assert set(RULE["properties"]) == {*rules._NEEDED, *rules._OPTIONAL}


def test_keys_of_a_ruleset_are_the_readers() -> None:
    assert tuple(DOCUMENTS["ruleset"]["properties"]) == loader._KEYS


@pytest.mark.parametrize(("entrance", "without"), [("condition", True), ("reasons", False)])
def test_keys_of_each_verb_are_the_readers(entrance: str, without: bool) -> None:  # noqa: FBT001
    left_out = conditions._REASON_KEYS if without else frozenset()
    forms = {
        form["if"]["required"][0]: set(form["then"]["properties"])
        for form in RULE["$defs"][entrance]["allOf"]
    }

    assert forms == {
        verb: {verb, *(conditions._OWN_KEYS.get(verb, frozenset()) - left_out)}
        for verb in conditions.VERBS
    }


def test_tests_of_fields_are_the_readers() -> None:
    assert tuple(RULE["$defs"]["test"]["then"]["properties"]) == conditions._TESTS


@pytest.mark.parametrize("path", [f for f in FILES if kind_of(f) == "rule"], ids=lambda p: p.stem)
def test_readers_and_schema_agree_about_changed_rules(path: Path) -> None:
    block = without_examples(block_of(path))
    outcomes = set()
    for number in range(60):
        changed, what = mutated(block, Random(f"{SEED} {path.stem} {number}"))
        assert isinstance(changed, Block)
        by_reader, by_schema = Problems(), Problems()

        is_read = is_read_without_problem(changed, by_reader)
        check_by_schema(changed, "rule", VOCABULARY, by_schema)

        is_allowed = not by_schema.has_errors
        outcomes.add((is_read, is_allowed))
        if is_read:
            assert is_allowed, f"{what}: {by_schema.found[0]}"
        elif is_allowed:
            assert by_reader.has_errors, what
            assert [str(p) for p in by_reader.found if not is_about_meaning(p)] == [], what
    assert {(True, True), (False, False)} <= outcomes


def without_examples(block: Block) -> Block:
    entries = {**block.entries, "examples": Items((), block.where)}
    return Block(entries, block.keys, block.where)


def is_read_without_problem(block: Block, problems: Problems) -> bool:
    try:
        rule = RuleReader(
            block, Names(VOCABULARY, problems, concepts=CONCEPTS), RULESET.sources
        ).read()
    except Refused:
        return False
    return rule is not None and not problems.has_errors


def is_about_meaning(problem: Any) -> bool:
    if problem.code == "unknown":
        return problem.message.removeprefix("unknown ").startswith(UNKNOWN_NAMES)
    return problem.code in MEANINGS


# A change to the shipped ruleset: file, what stands there, what is put in its place; and the
# problem that `check` names.
BACKSTOP = {
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
    "a concept's example gives an adult, whom nobody reads": (
        "concepts/lacks_capacity.yaml",
        "    given:",
        "    adult: {age_band: 75-84}\n    given:",
        'unknown key "adult"',
    ),
    "an example says yes where a verdict is due": (
        "rules/ADV-02.yaml",
        "then: met_late",
        'then: "yes"',
        'unknown word "yes"; known are met',
    ),
}  # fmt: skip
READERS = {
    "key of a rule": ("rules/ADV-02.yaml", "severity:", "severiti:", 'did you mean "severity"?'),
    "range of one number": (
        "rules/ADV-02.yaml",
        "range: [0, 15]",
        "range: [15]",
        "a range is two whole numbers, as in [0, 20]",
    ),
    "range from high to low": (
        "rules/ADV-02.yaml",
        "range: [0, 15]",
        "range: [15, 0]",
        "no number lies between 15 and 0",
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
        "as_of is not a date (YYYY-MM-DD) or date-time that exists",
    ),
    "setting that counts codes": (
        "ruleset.yaml",
        "unit: working_days",
        "unit: count",
        "max_temporary_reason counts count; it needs a unit of time",
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


def problems_of(change: tuple[str, str, str, str], folder: Path) -> list[tuple[str, bool, str]]:
    """The file and line of each problem, whether a schema found it, and what it says."""
    name, old, new, _ = change
    home = folder / "changed"
    shutil.copytree(CORE, home, ignore=shutil.ignore_patterns("cases"))
    text = (home / name).read_text("utf-8")
    assert old in text
    (home / name).write_text(text.replace(old, new, 1), "utf-8")
    line = (
        text[: text.index(old)].count("\n") + new.count("\n", 0, len(new) - len(new.lstrip())) + 1
    )
    ruleset, problems = check_ruleset(home)
    assert ruleset is None
    return [
        (
            f"{p.where.path}:{p.where.line}" == f"changed/{name}:{line}",
            p.code == "schema",
            p.message,
        )
        for p in problems
    ]


@pytest.mark.parametrize("change", BACKSTOP.values(), ids=BACKSTOP)
def test_schema_finds_what_readers_pass_over(
    change: tuple[str, str, str, str], tmp_path: Path
) -> None:
    ((is_at_its_line, is_by_schema, message),) = problems_of(change, tmp_path)

    assert message.startswith(change[3])
    assert (is_at_its_line, is_by_schema) == (True, True)


@pytest.mark.parametrize("change", READERS.values(), ids=READERS)
def test_readers_speak_first_and_alone(change: tuple[str, str, str, str], tmp_path: Path) -> None:
    found = problems_of(change, tmp_path)

    assert change[3] in " ".join(message for _, _, message in found)
    assert [is_by_schema for _, is_by_schema, _ in found] == [False] * len(found)
