"""A text of a file as people spoil it: keys, ids, values, indents, odd characters, encodings."""

import re
from collections.abc import Callable
from random import Random

_ODD = ("\u00a0", "\u200b", "\t", "\u201c", "\u2019", "\u2028", "\x85", "\x00", "\x07", "\ufeff")
_SIGNS = (
    ":",
    ": ",
    "#",
    " # ",
    "- ",
    "'",
    '"',
    "{",
    "}",
    "[",
    "]",
    "|",
    ">",
    "&a ",
    "*a",
    "!!str ",
)
_VALUES = (
    *("", "~", "null", "yes", "no", "-2", "05", "2.5", "99999999999999999999", "2026-02-30"),
    *("30/06/2027", "0001-01-01", "9999-12-31", "$nothing", "this", "[]", "{}", "DEC-02", "any"),
)
_WORD = re.compile(r"[\w$-]+")
_NUMBER = re.compile(r"\b\d+\b")


def _lines(change: Callable[[list[str], Random], None]) -> Callable[[str, Random], str]:
    def apply(text: str, random: Random) -> str:
        lines = text.split("\n")
        change(lines, random)
        return "\n".join(lines)

    return apply


def _drop(lines: list[str], random: Random) -> None:
    del lines[random.randrange(len(lines))]


def _double(lines: list[str], random: Random) -> None:
    at = random.randrange(len(lines))
    lines.insert(at, lines[at])


def _swap(lines: list[str], random: Random) -> None:
    one, two = random.randrange(len(lines)), random.randrange(len(lines))
    lines[one], lines[two] = lines[two], lines[one]


def _indent(lines: list[str], random: Random) -> None:
    at = random.randrange(len(lines))
    lines[at] = random.choice((lines[at][1:], f" {lines[at]}", f"  {lines[at]}", f"\t{lines[at]}"))


def _put_in(signs: tuple[str, ...]) -> Callable[[str, Random], str]:
    def apply(text: str, random: Random) -> str:
        at = random.randrange(len(text) + 1)
        return text[:at] + random.choice(signs) + text[at:]

    return apply


def _word(text: str, random: Random) -> str:
    words = list(_WORD.finditer(text))
    if not words:
        return text
    found = random.choice(words)
    other = random.choice(words)[0]
    new = random.choice((other, found[0][:-1], found[0] + "x", found[0].upper(), *_VALUES))
    return text[: found.start()] + new + text[found.end() :]


def _number(text: str, random: Random) -> str:
    numbers = list(_NUMBER.finditer(text))
    if not numbers:
        return text
    found = random.choice(numbers)
    return text[: found.start()] + random.choice(_VALUES) + text[found.end() :]


def _cut(text: str, random: Random) -> str:
    return text[: random.randrange(len(text) + 1)]


def _letter(text: str, random: Random) -> str:
    at = random.randrange(len(text) + 1)
    return text[:at] + text[at + 1 :]


_CHANGES = (
    *(_lines(_drop), _lines(_double), _lines(_swap), _lines(_indent)),
    *(_put_in(_ODD), _put_in(_SIGNS), _word, _word, _number, _cut, _letter),
)
_ENCODINGS = ("utf-8",) * 12 + ("utf-16", "cp1252", "utf-8-sig")


def spoiled(text: str, random: Random) -> bytes:
    """The text with one to three mistakes, as bytes; now and then in another encoding."""
    for _ in range(random.choice((1, 1, 2, 3))):
        text = random.choice(_CHANGES)(text, random)
    return text.encode(random.choice(_ENCODINGS), errors="replace")
