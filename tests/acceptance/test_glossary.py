"""docs/glossary.md: its words are the package's, and names of the package are made of them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import pairwise

import pytest

from msp_rules.casework.vocabulary import core_vocabulary
from tests.support.command_line import ROOT

pytestmark = pytest.mark.slow

PACKAGE = ROOT / "msp_rules"
PAGE = (ROOT / "docs/glossary.md").read_text(encoding="utf-8")
WORDS = re.findall(r"^- \*\*(.+?)\*\*: ", PAGE, re.MULTILINE)
ROOMS = ("audit", "casework", "engine", "prompts", "rules/language", "rules/layers")
# Ordinary words of programming: a name that consists of these alone needs no glossary.
PLAIN = frozenset(
    re.findall(
        r"\w+",
        """
        acknowledged advanced all any as calendar clock code coding combination comparison
        compiler context check conflict count database day document each extends extent extreme
        field file folder form function gathered interrupted invalid job join kept kind known line
        link list loaded long lookup message name names none of order output overtaken part period
        place progress rater read reader received report request result routing seen
        settings shape span stack state status stream table target task test text this
        truncation type unit value work
        """,
    )
)


def parts_of(name: str) -> set[str]:
    """Splits `PromptKey`, `prompt_key` and `PROMPT_KEY` into their words, in the singular."""
    found = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)
    return {word for part in found for word in forms_of(part.lower())}


def forms_of(word: str) -> set[str]:
    """Gives the word as it stands in the glossary, among other forms: not in the plural or past."""
    return {word, word.removesuffix("s"), word.removesuffix("ed"), word.removesuffix("d")}


def classes(room: str) -> Iterator[str]:
    for path in sorted(PACKAGE.glob(f"{room}/**/*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                yield node.name


def public_names() -> Iterator[str]:
    for path in PACKAGE.rglob("*.py"):
        yield from path.relative_to(PACKAGE).with_suffix("").parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.arg(arg=name):
                    yield name
                case ast.AnnAssign(target=ast.Name(id=name)):
                    yield name


def test_every_word_is_part_of_a_public_name() -> None:
    used = {part for name in public_names() if not name.startswith("_") for part in parts_of(name)}

    assert [word for word in WORDS if word not in used] == []


@pytest.mark.parametrize("room", ROOMS)
def test_every_public_class_is_named_in_words_that_a_newcomer_can_look_up(room: str) -> None:
    vocabulary = core_vocabulary()
    domain = {part for name in vocabulary.events for part in parts_of(name)}
    known = {*WORDS, *PLAIN, *domain}

    unknown = {name: parts_of(name) for name in classes(room) if not parts_of(name) & known}

    assert unknown == {}


def test_words_stand_in_order_and_once() -> None:
    assert [pair for pair in pairwise(WORDS) if pair[0] >= pair[1]] == []


def test_every_entry_has_a_sentence() -> None:
    entries = re.split(r"^- ", PAGE, flags=re.MULTILINE)[1:]

    assert [
        entry for entry in entries if not re.fullmatch(r"\*\*.+?\*\*: .+\.\s*", entry, re.S)
    ] == []
