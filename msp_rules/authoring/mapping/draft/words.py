"""Splits the names of forms, columns and labels into words, and rates how near two words are.

Nothing is known about any product. Endings do not count ("closed" is near "closure"), and a word
that is cut short is near the whole ("dec" and "decision").
"""

from __future__ import annotations

import difflib
import re
from functools import lru_cache
from typing import Final

CASE_WORDS: Final = frozenset({"case", "referral", "episode", "safeguarding", "workflow"})
"""Words in the name of a record that suggest a case."""
PERSON_WORDS: Final = frozenset(
    (
        *("person", "client", "adult", "individual", "patient", "people", "subject"),
        *("citizen", "resident", "customer", "user", "child"),
    )
)
"""Words in the name of a place that suggest a person."""
PRIVATE_WORDS: Final = frozenset(
    (
        *("name", "surname", "forename", "firstname", "lastname", "address", "postcode", "phone"),
        *("mobile", "email", "dob", "birth", "nhs", "author", "worker", "officer", "by", "gp"),
        *("keyworker", "note", "notes", "comment", "comments", "description", "narrative"),
        *("details", "summary"),
    )
)
"""Words in the name of a place that suggest identifying data or free text."""
BIRTH_WORDS: Final = frozenset({"birth", "dob", "born", "birthday"})
"""Words of a date that no rule asks for, and that helps to identify a person."""
PART_WORDS: Final = frozenset(
    (
        *("step", "form", "answer", "question", "detail", "activity", "action", "task", "note"),
        *("document", "line", "item", "row", "value", "response", "visit", "contact", "event"),
    )
)
"""Words in the name of a record that suggest a part of a case."""
HISTORY_WORDS: Final = frozenset({"revision", "history", "audit", "version", "changelog"})
"""Words in the name of a record that suggest what a record was before, and not what it is."""
ROW_NUMBER_WORDS: Final = frozenset(
    {"num", "rownum", "rownumber", "row", "seq", "sequence", "line", "index", "idx", "position"}
)
"""Words that suggest the number of a row, which the next export gives to another."""


def words_of(name: str, *, keeps_plain: bool = False) -> frozenset[str]:
    """Splits a name into words in lower case and singular, without those that carry no meaning."""
    words = frozenset(word_list(name))
    return words if keeps_plain else words - _PLAIN


def word_list(name: str) -> list[str]:
    """Splits a name into words in lower case and singular, in their order."""
    return [_singular(part.lower()) for part in _PART.findall(plain_word(name))]


def plain_word(name: str) -> str:
    """Gives the name of an attribute, or of the column that it replaces."""
    if not name.startswith(_COLUMN):
        return name
    written = name.removeprefix(_COLUMN)
    return _WRITTEN.sub(lambda found: chr(int(found[1], 16)) if found[1] else "_", written)


def column_name(column: str) -> str:
    """Writes a column's name, which may hold anything, as that of an attribute in XML.

    `plain_word` undoes it.
    """
    return _COLUMN + "".join(map(_written, column))


def _written(letter: str) -> str:
    if letter.isascii() and letter.isalnum():
        return letter
    return "__" if letter == "_" else f"_x{ord(letter):x}_"


def is_private(name: str) -> bool:
    """Tells whether a name suggests that a place holds personal data or free text."""
    return bool(words_of(name, keeps_plain=True) & (PRIVATE_WORDS | PERSON_WORDS))


def stems_of(name: str) -> tuple[str, ...]:
    """Gives the stems of the words that carry a name's meaning, each once, in their order."""
    text = _ADULT_AT_RISK.sub("adult", plain_word(name))
    text = _CRITERION.sub(lambda found: f" {_CRITERIA[found[1].lower()]} ", text)
    text = _SECTION_42.sub(" sfortytwo ", text)
    words = (part.lower() for part in _PART.findall(text))
    stems = (_stem(_OTHER_NAMES.get(word, word)) for word in words if word not in _SMALL)
    return tuple(dict.fromkeys(one for one in stems if len(one) > 1))


@lru_cache(maxsize=65_536)
def likeness(stem: str, other: str) -> float:
    """Rates how near two stems are: 1 for the same, 0 for different ones."""
    if stem == other:
        return 1
    shorter, longer = sorted((stem, other), key=len)
    if len(shorter) >= _LEAST_PREFIX and longer.startswith(shorter):
        return _CUT_SHORT
    if len(shorter) < _LEAST_MISSPELT or stem[0] != other[0]:
        return 0
    matcher = difflib.SequenceMatcher(None, stem, other)
    return _MISSPELT if matcher.quick_ratio() >= _NEAR and matcher.ratio() >= _NEAR else 0


_PART: Final = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_PLAIN: Final = frozenset(
    (
        *("row", "record", "item", "entry", "form", "event", "data", "set", "list", "table"),
        *("the", "a", "an", "of", "to", "and", "on", "at", "it", "its", "collection"),
        *("z", "t", "q", "sg", "value", "text", "label"),
    )
)
"""Words of a name that carry no meaning."""
_SMALL: Final = frozenset(
    (
        *(
            "the",
            "an",
            "of",
            "to",
            "and",
            "or",
            "on",
            "at",
            "it",
            "its",
            "is",
            "are",
            "was",
            "were",
        ),
        *("be", "been", "did", "do", "does", "has", "have", "had", "they", "their", "them", "he"),
        *("she", "him", "her", "his", "this", "that", "these", "in", "for", "as", "if", "what"),
        *("which", "please", "any", "there", "s", "re", "will", "a", "date", "time", "when"),
        *("detail", "details", "row", "record", "entry", "event", "data", "column", "answer"),
        *("adult", "person", "client", "individual", "customer", "resident", "sg", "sova", "asc"),
        *("question", "field", "form", "section", "by", "with", "from", "safeguarding", "case"),
    )
)
"""Words that tell no field from another: nearly every form is about a person and a case."""
_OTHER_NAMES: Final = {
    "inquiry": "enquiry",
    "inquiries": "enquiry",
    "enquiries": "enquiry",
    "advocate": "advocacy",
    "advocates": "advocacy",
    "organizational": "organisational",
    "categories": "category",
    "agree": "consent",
    "agreed": "consent",
    "agrees": "consent",
    "met": "meets",
}
"""Words that mean the same in every name."""
_CRITERION: Final = re.compile(
    r"(?:crit(?:eri(?:a|on))?|s(?:ec(?:tion)?)?\W{0,2}42\W{0,2}1)[\s_(.-]{0,2}([abcABC])(?![a-z])",
    re.IGNORECASE,
)
_CRITERIA: Final = {"a": "firsttest", "b": "secondtest", "c": "thirdtest"}
_ADULT_AT_RISK: Final = re.compile(
    r"(?<!other )(?:adult|person|individual)s? at risk", re.IGNORECASE
)
_SECTION_42: Final = re.compile(
    r"(?<![A-Za-z])(?:s|sec|section)[\s._-]{0,2}42(?:[.(][12]\)?)?", re.IGNORECASE
)
_COLUMN: Final = "_column_"
_WRITTEN: Final = re.compile(r"_(?:_|x([0-9a-f]+)_)")
_ENDINGS: Final = (
    *("ations", "ation", "ments", "ment", "ings", "ing", "ities", "ity", "ions", "ion", "ures"),
    *("ure", "ies", "acy", "ed", "es", "ty", "s", "al", "ly", "e", "y"),
)
_LEAST_STEM: Final = 3
_LONGER_STEM: Final = 4
_LEAST_PREFIX: Final = 3
_LEAST_MISSPELT: Final = 5
_CUT_SHORT: Final = 0.8
_MISSPELT: Final = 0.85
_NEAR: Final = 0.85


@lru_cache(maxsize=65_536)
def _stem(word: str) -> str:
    """Takes the endings off a word, as long as enough of it is left."""
    for _ in range(2):
        found = (one for one in _ENDINGS if word.endswith(one) and _is_ending(one, word))
        ending = next(found, None)
        if ending is None or word.endswith("ss"):
            break
        word = word[: -len(ending)]
    return word


def _is_ending(ending: str, word: str) -> bool:
    return len(word) - len(ending) >= (_LEAST_STEM if len(ending) < _LEAST_STEM else _LONGER_STEM)


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 3 else word
