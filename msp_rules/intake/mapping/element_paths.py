"""Parses paths through elements of XML as a mapping file writes them.

A path is `child/child[@attribute=value]/@attribute`, or `.`. What must stand in an element may be
in an attribute, in a child element (`[QUESTION_NO=6]`) or in its own text (`[.=Yes]`). A path may
begin with `..` as often as there are records around: `../../@Person_ID`. Nothing else of XPath is
allowed.
"""

from __future__ import annotations

import re
from typing import Final

from msp_rules.intake.mapping.language import UP, FieldPath, PathStep, PathTest

_NAME: Final = re.compile(r"[^\W\d][\w.-]*")
_ATTRIBUTE: Final = re.compile(rf"@({_NAME.pattern})")
_HOW: Final = "write child/child[@attribute=value]/@attribute, or ."


def parse_path(text: str) -> FieldPath:
    """Parses a path; raises ValueError for any other text."""
    if text == ".":
        return FieldPath(())
    parts = _cut(text, "/")
    attribute = None
    if found := _ATTRIBUTE.fullmatch(parts[-1]):
        attribute = found[1]
        parts.pop()
    up = 0
    while up < len(parts) and parts[up] == UP:
        up += 1
    steps = [PathStep(UP)] * up + [_step(part) for part in parts[up:]]
    return FieldPath(tuple(steps), attribute)


def _step(part: str) -> PathStep:
    """Parses a name with what must stand in the element."""
    found = _NAME.match(part)
    if found is None:
        raise ValueError(f"not a path: {_wrong_with(part)}")
    attribute = value = None
    tests: list[PathTest] = []
    for inside in _in_brackets(part, found.end()):
        test = _test(inside)
        if attribute is None and not test.path.steps and test.path.attribute is not None:
            attribute, value = test.path.attribute, test.value
        else:
            tests.append(test)
    return PathStep(found[0], attribute, value, tuple(tests))


def _in_brackets(part: str, start: int) -> list[str]:
    """Gives what stands in each pair of brackets behind a name."""
    inside = []
    at = start
    while at < len(part):
        end = _end_of_brackets(part, at) if part[at] == "[" else -1
        if end < 0:
            raise ValueError(f"not a path: {_wrong_with(part)}")
        inside.append(part[at + 1 : end])
        at = end + 1
    return inside


def _end_of_brackets(text: str, start: int) -> int:
    """Finds the bracket that closes the one at `start`; -1 where there is none."""
    quote = ""
    for at in range(start + 1, len(text)):
        mark = text[at]
        if quote:
            quote = "" if mark == quote else quote
        elif mark in "\"'" and text[at - 1] == "=":
            quote = mark
        elif mark == "[":
            return -1
        elif mark == "]":
            return at
    return -1


def _test(inside: str) -> PathTest:
    path, equals, value = inside.partition("=")
    if not equals or not path.strip() or not value.strip():
        raise ValueError(f"not a path: [{inside}] must say what stands where, as [@name=value]")
    value = value.strip()
    if len(value) > 1 and value[0] in "\"'" and value[0] == value[-1]:
        value = value[1:-1]
    place = parse_path(path.strip())
    if any(step.name == UP or step.attribute or step.tests for step in place.steps):
        raise ValueError(f"not a path: in [{inside}] only names may stand before the =")
    return PathTest(place, value)


def _cut(text: str, stroke: str) -> list[str]:
    """Splits a path at its strokes, but not at those inside brackets."""
    parts, begin, at = [], 0, 0
    while at < len(text):
        if text[at] == "[" and (end := _end_of_brackets(text, at)) > 0:
            at = end
        elif text[at] == stroke:
            parts.append(text[begin:at])
            begin = at + 1
        at += 1
    return [*parts, text[begin:]]


def _wrong_with(part: str) -> str:
    """Says why a part of a path is not allowed where it is."""
    if _ATTRIBUTE.fullmatch(part):
        return f"{part} is an attribute, and nothing can follow it"
    if not part:
        return "a name is missing before or after a /"
    if part == UP:
        return ".. leads up, and stands at the beginning of a path"
    if part == ".":
        return ". can't be part of a path"
    return _HOW


def written_steps(steps: tuple[PathStep, ...]) -> str:
    """Writes the names that steps lead through, for messages."""
    return "/".join(step.name for step in steps)
