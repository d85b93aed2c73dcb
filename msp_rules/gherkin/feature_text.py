"""Reads the text of one feature file into Gherkin's own tree, and tells mistakes in plain words.

The parser's own words ("expected: #EOF, #TagLine") are for people who write parsers.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from msp_rules.yaml_source.odd_characters import described, invisible_in

_HEADS: Final = ("Feature:", "Rule:", "Background:", "Scenario:", "Scenario Outline:", "Examples:")
_STEPS: Final = ("Given", "When", "Then", "And", "But")
_FIRST_STEPS: Final = ("Given", "When")
_BEGINNINGS: Final = (*_HEADS, *_STEPS)
_NEAR: Final = 0.75
_FIRST_WORD: Final = re.compile(r"(Scenario Outline|\w+)(:?)")

_CURLY_PAIR: Final = re.compile("[\u201c\u201d\u201e]([^\u201c\u201d]*)[\u201c\u201d]")

Note = tuple[int, str]
"""A line of the file, from one on, and what is wrong with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureText:
    """The text of a feature file, as far as it can be read."""

    document: Mapping[str, Any] | None
    """The tree of the parser; None where there is none."""
    notes: tuple[Note, ...]
    """Everything that keeps the text from being read as it is meant."""
    odd: Mapping[int, str] = field(default_factory=dict)
    """The lines that hold a character which is not what it looks like, and which."""


def read_text(path: Path) -> FeatureText:
    """Reads a file; a byte order mark at its start is passed over."""
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        message = "this is not UTF-8 text: save the file as UTF-8 (in Notepad: Save as, Encoding)"
        return FeatureText(document=None, notes=((line, message),))
    return parse_text(text)


def parse_text(text: str) -> FeatureText:
    """Parses the text of a feature file."""
    from gherkin.errors import CompositeParserException  # noqa: PLC0415 - an extra has it
    from gherkin.parser import Parser  # noqa: PLC0415 - so

    try:
        document = dict(Parser().parse(text))
    except CompositeParserException as error:
        lines = text.splitlines()
        notes = tuple(_without_follow_ups(error.errors, lines))
        return FeatureText(document=None, notes=notes, odd=_odd_lines(text))
    meant = tuple(_steps_taken_for_text(document))
    return FeatureText(document=document, notes=meant, odd=_odd_lines(text))


def _odd_lines(text: str) -> dict[int, str]:
    """Finds the lines with an invisible character, and steps with curly quotes for straight ones.

    Comments may hold any character, and so may words in straight quotes hold curly ones.
    """
    found = {}
    for number, line in enumerate(text.splitlines(), 1):
        step = line.strip()
        if step.startswith("#"):
            continue
        curly = _CURLY_PAIR.search(step) if step.startswith((*_STEPS, "*")) else None
        odd = invisible_in(line)
        if odd is not None:
            found[number] = f"this line holds {described(odd, line)}"
        elif curly is not None and '"' not in step:
            found[number] = f'curly quotes stand here: write "{curly[1]}" in straight ones'
    return found


def _without_follow_ups(errors: Iterable[Any], lines: list[str]) -> Iterator[Note]:
    """Yields what the parser could not read, up to a head that it could not.

    Whatever follows such a head belongs to it, and the parser would name each of those lines.
    """
    for error in errors:
        number, message = _in_words(error, lines)
        yield number, message
        line = lines[number - 1].strip() if number <= len(lines) else ""
        if (_near_beginning(line, _BEGINNINGS) or "") in _HEADS:
            return


def _in_words(error: Any, lines: list[str]) -> Note:
    """Says what the parser could not read, by the line as it stands in the file."""
    from gherkin.errors import (  # noqa: PLC0415 - as above
        AstBuilderException,
        NoSuchLanguageException,
        UnexpectedEOFException,
    )

    number = error.location["line"]
    line = lines[number - 1].strip() if number <= len(lines) else ""
    if isinstance(error, UnexpectedEOFException):
        return len(lines), 'the file ends within a text that """ begins; close it with """'
    if isinstance(error, NoSuchLanguageException):
        return number, f'no language of features is called "{line.rpartition(":")[2].strip()}"'
    if isinstance(error, AstBuilderException):
        return number, "this row of the table has another number of cells than the row above it"
    if line.startswith("@"):
        return number, "a tag is one word: write @first @second, with nothing else on the line"
    return number, _unreadable(line, lines[: number - 1])


def _unreadable(line: str, before: list[str]) -> str:
    if line.startswith(_BEGINNINGS):
        word = next(one for one in _BEGINNINGS if line.startswith(one))
        if word == "Feature:":
            return "a file holds one feature; write the second one into a file of its own"
        if not any(one.lstrip().startswith("Feature:") for one in before):
            return f'"Feature: " and its name must stand before "{word}"'
        return f'"{word}" can\'t stand here: {_PLACES.get(word, "a step belongs to a scenario")}'
    near = _near_beginning(line, _BEGINNINGS)
    hint = f'; did you mean "{near}"?' if near else f"; a line begins with {_LISTED}"
    return f'this line begins with no word of a feature: "{line}"{hint}'


_PLACES: Final = {
    "Background:": "it comes once, before the first scenario",
    "Examples:": "it belongs below the steps of a scenario outline",
    "Rule:": "it comes before scenarios, not within one",
}
_LISTED: Final = f"{', '.join(_BEGINNINGS[:-1])} or {_BEGINNINGS[-1]}"


def _near_beginning(line: str, known: tuple[str, ...]) -> str | None:
    """Gives the beginning of a line that its first word nearly is, also in another case."""
    found = _FIRST_WORD.match(line)
    if found is None:
        return None
    word = found[1].casefold()
    plain = {one.rstrip(":").casefold(): one for one in known}
    near = difflib.get_close_matches(word, plain, 1, _NEAR)
    return plain[near[0]] if near else None


def _steps_taken_for_text(document: Mapping[str, Any]) -> Iterator[Note]:
    """Finds lines that were meant as steps or heads but are read as a description.

    What stands between the head of a scenario and its first step is free text, so that a misspelt
    first step would silently never run.
    """
    for node in _described(document.get("feature") or {}):
        start, lines = node["location"]["line"] + 1, node["description"].splitlines()
        for number, (line, after) in enumerate(pairwise([*lines, ""]), start):
            text = line.strip()
            near = _near_beginning(text, _FIRST_STEPS)
            head = next((one for one in _HEADS if re.match(rf"{one[:-1]}\b", text)), None)
            if near is not None and node["is_scenario"]:
                yield number, f'this line is read as a note, not as a step; did you mean "{near}"?'
            elif head is not None and after.strip().startswith(_STEPS):
                yield number, f'this line is read as a note; a colon belongs after it: "{head}"'


def _described(node: Mapping[str, Any], *, is_scenario: bool = False) -> Iterator[dict[str, Any]]:
    """Yields whatever of a feature can hold a description."""
    if node.get("description"):
        yield {**node, "is_scenario": is_scenario}
    for child in node.get("children", ()):
        for kind, inner in child.items():
            yield from _described(inner, is_scenario=kind in ("scenario", "background"))
