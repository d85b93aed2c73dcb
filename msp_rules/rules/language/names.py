"""Holds the names that a file of the rule language may use, and the values all files share.

`Names` is the context in which rules, concepts, rulesets and overlays are decoded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final, NoReturn, TypeVar

from msp_rules.casework.mistyped_dates import not_a_date
from msp_rules.casework.moments import parse_as_of, parse_date
from msp_rules.casework.values import DATE as WRITTEN_DATE
from msp_rules.casework.values import MOMENT as WRITTEN_MOMENT
from msp_rules.casework.vocabulary import Vocabulary
from msp_rules.errors import SourceLocation
from msp_rules.rules.language import conditions as tree
from msp_rules.rules.language.rule import Parameter
from msp_rules.yaml_source.decode import TEXT, WORD, Context, Shape, checked, named
from msp_rules.yaml_source.nodes import Refused, Text

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Names(Context):
    """The names that the conditions of one file may use, and the way to read them."""

    vocabulary: Vocabulary
    """The event types, fields and codes that may be named."""
    layer: str = ""
    """The overlay that is being read, by its id."""
    rule_ids: frozenset[str] = frozenset()
    """The rules of the ruleset; empty where they are not known."""
    sources: Mapping[str, str] | None = None
    """The sources that may be cited; None where they could not be read, and none is checked."""
    concepts: Mapping[str, tree.Condition] = field(default_factory=dict)
    """The conditions of the concepts that may be used, by name."""
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    """The parameters that may be used, by name without the `$`."""
    code_lists: Mapping[str, tuple[Text, ...]] = field(default_factory=dict)
    """The codes of list parameters as written: which codes there are is known where one is used."""
    broken: frozenset[str] = frozenset()
    """Parameters (`$name`), concepts and other names whose own mistake is noted already, so that
    using them is not reported as a second one."""
    each: str | None = None
    """The event type of the rule's subject."""
    event: str | None = None
    """The event type whose fields a part may name."""
    from_subject_day: bool = False
    """True if evidence counts from the subject's day on."""
    allows_reasons: bool = False
    """True if a condition may say how long a reason stands, as in `explained_when`."""
    event_ids: frozenset[str] = frozenset()
    """The ids of the events that the example at hand gives."""
    on_day: date | None = None
    """The day whose counts and lists are meant; None for the newest."""
    literals: list[Text] = field(default_factory=list)
    """Collects the numbers that no parameter names, as they are read."""

    def about(self, event: str) -> Names:
        """Gives the same names, for a part about the fields of an event type."""
        return replace(self, event=event)

    @property
    def subject(self) -> str:
        """Gives the event type of the subject; raises Refused where it is not known."""
        if self.each is None:
            raise Refused
        return self.each

    def refuse_this(self, where: SourceLocation) -> NoReturn:
        """Notes a `this` where there is no subject, unless the subject itself is at fault."""
        if "each" in self.broken:
            raise Refused
        self.refuse(where, "this", 'only a rule with "each" has a "this"')


def word_as(check: Callable[[str, SourceLocation, Names], _T]) -> Shape[Names, _T]:
    """Takes one word, which `check` turns into a value by the names that the file may use."""
    shape: Shape[Names, _T] = checked(WORD, check)
    return shape


def is_whole(text: str) -> bool:
    """Tells whether a text is a whole number, plainly written: digits, and no 0 before others."""
    return text.isascii() and text.isdigit() and (text == "0" or text[0] != "0")


def _whole(text: str, where: SourceLocation, names: Context) -> int:
    if not is_whole(text):
        names.refuse(where, "number", f'"{text}" is not a whole number')
    return int(text)


def _flag(text: str, where: SourceLocation, names: Context) -> bool:
    if text not in ("true", "false"):
        names.refuse(where, "flag", "write true or false")
    return text == "true"


def _yes_or_no(text: str, where: SourceLocation, names: Context) -> bool:
    if text not in ("yes", "no"):
        names.refuse(where, "flag", 'write "yes" or "no"')
    return text == "yes"


def _date(text: str, where: SourceLocation, names: Context) -> date:
    try:
        return parse_date(text)
    except ValueError:
        names.refuse(where, "date", not_a_date(text))


def _moment(text: str, where: SourceLocation, names: Context) -> str:
    try:
        parse_as_of(text)
    except ValueError as error:
        names.refuse(where, "date", str(error))
    return text


def _version(text: str, where: SourceLocation, names: Context) -> str:
    if not re.fullmatch(r"\d+\.\d+\.\d+", text):
        message = f'"{text}" is not a version: three numbers in straight quotes, as in "1.0.0"'
        names.refuse(where, "version", message)
    return text


def _written(title: str, pattern: str, kind: str | list[str] = "string") -> dict[str, object]:
    return {"title": title, "type": kind, "pattern": pattern}


WHOLE_PATTERN: Final = "(0|[1-9][0-9]*)"
WHOLE: Final = named(
    "whole",
    checked(WORD, _whole).described(
        {
            "title": "a whole number",
            "type": ["integer", "string"],
            "minimum": 0,
            "pattern": f"^{WHOLE_PATTERN}$",
        }
    ),
)
"""A whole number."""
FLAG: Final = named(
    "flag",
    checked(WORD, _flag).described(
        {"title": "true or false", "enum": [True, False, "true", "false"]}
    ),
)
YES_OR_NO: Final = named(
    "yes_or_no",
    checked(WORD, _yes_or_no).described({"title": "yes or no", "enum": ["yes", "no"]}),
)
DATE: Final = named(
    "date",
    checked(WORD, _date).described(
        _written("a date that exists (YYYY-MM-DD)", f"^{WRITTEN_DATE}$")
    ),
)
MOMENT: Final = named(
    "moment",
    checked(WORD, _moment).described(
        _written("a date or date-time that exists", f"^{WRITTEN_MOMENT}$")
    ),
)
"""A date or date-time, as written: examples keep it so."""
VERSION: Final = checked(WORD, _version).described(
    _written('three numbers in quotes, as in "1.0.0"', r"^[0-9]+\.[0-9]+\.[0-9]+$")
)
LOOSE_WORD: Final[Shape[Context, str]] = WORD.described({"type": ["string", "integer"]})
"""One word, which YAML readers of editors may take for a number."""
LOOSE_TEXT: Final[Shape[Context, str]] = TEXT.described(
    _written("a text", r"\S", ["string", "number"])
)
"""A text, which YAML readers of editors may take for a number (`14.10`)."""
