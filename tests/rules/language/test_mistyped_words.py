"""Every key and every code of the shipped files, mistyped by one letter: nothing gets past.

A rule file is parsed once and each slip is put into the parsed tree, so that all of them can be
tried; the small files (and one rule) are tried as text, through the whole loader.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest

from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.errors import Problem, SourceLocation
from msp_rules.rules import check_ruleset
from msp_rules.rules.language.decode_rule import read_rule
from msp_rules.rules.language.names import Names
from msp_rules.rules.language.rule import Rule
from msp_rules.yaml_source.nodes import Block, Items, Node, Problems, Text, read_yaml
from tests.builders.part_of_core import CORE, write_part_of_core
from tests.support import effort
from tests.support.core import core_ruleset

RULESET = core_ruleset()
CONDITIONS = {name: concept.condition for name, concept in RULESET.concepts.items()}
RULE_IDS = frozenset(rule.id for rule in RULESET.rules)
RULES = sorted(path.name for path in (CORE / "rules").glob("*.yaml"))
SMALL = [f"concepts/{path.name}" for path in sorted((CORE / "concepts").glob("*.yaml"))]
# Texts for people to read, and names that an example gives to its own events.
FREE_TEXTS = {
    *("title", "name", "notes", "because", "status_reason", "summary", "finding", "at", "id"),
    *("why", "counts", "version", "nation", "ruleset"),
}
TEXT_FIELDS = {
    field.name
    for event in core_vocabulary().events.values()
    for field in event.fields.values()
    if field.kind == "text" and (event.name, field.name) != ("explanation", "rule")
} - {"subject", "rule"}
# The ids of a council's own questions, which no vocabulary holds (a slip fails their examples).
OWN_LISTS = {"first_question", "second_question", "third_question"}
# Of all slips, so many must come back with the right word as a guess. A word of two letters with
# one of them wrong is half another word, and nobody could guess it.
GUESSED = 0.95
SHORTEST_GUESSED = 3


class Slip(NamedTuple):
    """One word of a file, with a letter wrong; `is_own_name` where the file itself makes it up."""

    where: SourceLocation
    word: str
    wrong: str
    is_own_name: bool


def parsed(path: Path) -> Block:
    problems = Problems()
    root = read_yaml(path, path.name, problems)
    assert root is not None
    return root


def slips(root: Block) -> list[Slip]:
    return [
        Slip(where, word, mistyped(word, number), path[-2:-1] in (("parameters",), ("sources",)))
        for number, (path, where, word) in enumerate(words(root, ()))
    ]


def words(
    node: Node, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], SourceLocation, str]]:
    if isinstance(node, Text):
        if is_code_like(node, path):
            yield (*path, ""), node.where, node.value
    elif isinstance(node, Items):
        for item in node.items:
            yield from words(item, path)
    else:
        for key, value in node.entries.items():
            yield (*path, key), node.keys[key], key
            yield from words(value, (*path, key))


def is_code_like(node: Text, path: tuple[str, ...]) -> bool:
    if not re.search(r"[a-zA-Z]", node.value) or re.match(r"\d{4}-\d\d-\d\d", node.value):
        return False
    is_event_text = "given" in path and path[-1] in TEXT_FIELDS
    is_source_text = "sources" in path or (path[-1] == "source" and "values" in path)
    is_own_list = "parameters" in path and path[-1] == "value" and not OWN_LISTS.isdisjoint(path)
    return not (is_event_text or is_source_text or is_own_list or path[-1] in FREE_TEXTS)


def mistyped(word: str, number: int) -> str:
    """The word with one letter doubled, dropped or replaced, by turns."""
    letters = [place for place, letter in enumerate(word) if letter.isalpha()]
    at = letters[len(letters) // 2]
    doubled, replaced = word[: at + 1] + word[at:], word[:at] + "z" + word[at + 1 :]
    dropped = word[:at] + word[at + 1 :]
    return (doubled, dropped if len(word) > 2 else replaced, replaced)[number % 3]


def with_slip(node: Node, slip: Slip) -> Node:
    if isinstance(node, Text):
        is_it = node.where == slip.where and node.value == slip.word
        return Text(slip.wrong, node.is_quoted, node.where) if is_it else node
    if isinstance(node, Items):
        return Items(tuple(with_slip(item, slip) for item in node.items), node.where)
    entries: dict[str, Node] = {}
    keys: dict[str, SourceLocation] = {}
    for key, value in node.entries.items():
        name = slip.wrong if node.keys[key] == slip.where else key
        entries[name], keys[name] = with_slip(value, slip), node.keys[key]
    return Block(entries, keys, node.where)


def told(slip: Slip, problems: tuple[Problem, ...]) -> list[str]:
    """What is said of the line of a slip (or of the uses of a name that the file makes up)."""
    return [
        problem.message
        for problem in problems
        if not problem.is_warning and (slip.is_own_name or problem.where.line == slip.where.line)
    ]


def assert_all_are_told(messages: dict[Slip, list[str]]) -> None:
    accepted = [slip for slip, found in messages.items() if not found]
    long = {slip: told for slip, told in messages.items() if len(slip.word) >= SHORTEST_GUESSED}
    guessed = [
        slip
        for slip, found in long.items()
        if any(f'did you mean "{slip.word.removeprefix("$")}"' in m for m in found)
        # `rule:` and `concept:` say what the file is called, which is the right word.
        or any(f'file "{slip.word}"' in m or f'called "{slip.word}"' in m for m in found)
        or (slip.is_own_name and any(f'did you mean "{slip.wrong}"' in m for m in found))
    ]

    assert accepted == []
    assert len(guessed) >= GUESSED * len(long), [slip for slip in long if slip not in guessed]


@pytest.mark.slow
@pytest.mark.parametrize("file", RULES)
def test_a_letter_wrong_in_a_rule_is_refused_in_its_line(file: str) -> None:
    root = parsed(CORE / "rules" / file)
    parts = parts_of(root)
    messages = {}
    # Every other word in each run of `make test`, and all of them in `make test-all`.
    step = effort.of(2, thorough=1)
    for slip in [*slips(root)][len(file) % step :: step]:
        if slip.where == root.entries["rule"].where:
            continue  # what the rule is called is compared with its file, by the loader
        block = with_slip(parts[slip.where], slip)
        assert isinstance(block, Block)

        rule, problems = read(block)

        assert rule is None, slip
        messages[slip] = told(slip, problems)

    assert len(messages) > 100 // step
    assert_all_are_told(messages)


def parts_of(root: Block) -> dict[SourceLocation, Block]:
    """For the place of each word the sound rule to read it in: with one example, or with none."""
    examples = root.entries["examples"]
    assert isinstance(examples, Items)
    parts: dict[SourceLocation, Block] = {}
    for items in [(), *((one,) for one in examples.items)]:
        part = replace(root, entries={**root.entries, "examples": replace(examples, items=items)})
        assert read(part)[0] is not None
        parts = {**{where: part for _, where, _ in words(part, ())}, **parts}
    return parts


def read(block: Block) -> tuple[Rule | None, tuple[Problem, ...]]:
    problems = Problems()
    names = Names(
        problems=problems,
        vocabulary=core_vocabulary(),
        rule_ids=RULE_IDS,
        sources=RULESET.sources,
        concepts=CONDITIONS,
        parameters=RULESET.settings.numbers,
    )
    rule = read_rule(block, names)
    return rule, tuple(problems.found)


@pytest.mark.slow
@pytest.mark.parametrize("file", [*SMALL, "ruleset.yaml", "rules/OUT-01.yaml"])
def test_a_letter_wrong_in_a_file_is_refused_in_its_line(file: str, tmp_path: Path) -> None:
    folder = write_part_of_core(tmp_path / "core", file)
    assert check_ruleset(folder)[1] == ()
    target = folder / file
    lines = target.read_text().splitlines(keepends=True)
    messages = {}
    for slip in slips(parsed(target)):
        assert slip.where.line is not None
        assert slip.where.column is not None
        line = lines[slip.where.line - 1]
        at = line.index(slip.word, slip.where.column - 1)
        changed = line[:at] + slip.wrong + line[at + len(slip.word) :]
        around = (lines[: slip.where.line - 1], lines[slip.where.line :])
        target.write_text("".join([*around[0], changed, *around[1]]))

        ruleset, problems = check_ruleset(folder)

        assert ruleset is None, slip
        there = tuple(p for p in problems if slip.is_own_name or p.where.path == f"core/{file}")
        messages[slip] = told(slip, there)

    assert len(messages) > 30
    assert_all_are_told(messages)
