"""Reads the bodies of calls: JSON of a few known keys, each mistake named by its place.

Nothing of a body is repeated in a message, not even an unknown key: it may be anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from msp_rules.casework.moments import Moment, parse_moment
from msp_rules.casework.values import LONGEST_ID
from msp_rules.errors import did_you_mean
from msp_rules.intake.message_form import parsed
from msp_rules.service.operations import LARGEST_BODY_BYTES
from msp_rules.service.problems import CallRefused, Problem

_PLACE: Final = re.compile(r"([A-Za-z_]\w*(?:\.\w+|\[\d+\])*): (.*)", re.DOTALL)
_DOCUMENT: Final = "the document: "


def read_object(body: bytes, *, most: int = LARGEST_BODY_BYTES) -> Fields:
    """Reads a body as a JSON object; raises CallRefused where it is not one."""
    try:
        document = parsed(body, most=most)
    except ValueError as error:
        raise refused_body([str(error)]) from None
    if not isinstance(document, dict):
        raise refused_body(["the document: must be an object"])
    return Fields(document)


def refused_body(reasons: Iterable[str], *, code: str = "invalid") -> CallRefused:
    """Makes the error for a body with mistakes, each of them `place: what` as readers write it."""
    errors = [_located(reason) for reason in reasons]
    return CallRefused(
        Problem(
            status=422,
            code=code,
            detail=" · ".join(dict.fromkeys(reasons_of(errors))),
            pointer=next((pointer for pointer, _ in errors), None),
            errors=errors,
        )
    )


def reasons_of(errors: Sequence[tuple[str, str]]) -> Iterable[str]:
    """Writes each mistake with its place, as a pointer."""
    return (f"{pointer}: {what}" if pointer else what for pointer, what in errors)


def _located(reason: str) -> tuple[str, str]:
    if reason.startswith(_DOCUMENT):
        return "", reason
    found = _PLACE.fullmatch(reason)
    if found is None:
        return "", reason
    place, what = found.groups()
    parts = re.findall(r"\w+", place)
    return "/" + "/".join(parts), what


class Fields:
    """Reads the keys of one object; `check` raises CallRefused with all that was wrong."""

    def __init__(self, document: Mapping[str, object], at: str = "") -> None:
        self._document = document
        self._at = at
        self._read = set[str]()
        self.errors: list[tuple[str, str]] = []
        """The mistakes found so far: place and what is wrong."""

    def text(self, name: str, *, most: int = LONGEST_ID) -> str | None:
        """Reads a text of at most so many characters; None where it is absent or wrong."""
        value = self._value(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            self.wrong(name, "must be a text")
            return None
        if len(value) > most or not value.isprintable() or not _is_whole(value):
            self.wrong(name, f"must have 1 to {most} printable characters")
            return None
        return value

    def needed_text(self, name: str) -> str:
        """Reads a text that must be there."""
        value = self.text(name)
        if value is None and not self._has_error(name):
            self.wrong(name, "is missing")
        return value or ""

    def word(self, name: str, words: Sequence[str]) -> str | None:
        """Reads one of some words; None where it is absent or wrong."""
        value = self.text(name)
        if value is None or value in words:
            return value
        hint = did_you_mean(value, words) or f"; known are {', '.join(words)}"
        self.wrong(name, f"unknown word{hint}")
        return None

    def flag(self, name: str) -> bool | None:
        """Reads true or false; None where it is absent or wrong."""
        value = self._value(name)
        if value is None or isinstance(value, bool):
            return value
        self.wrong(name, "must be true or false")
        return None

    def moment(self, name: str) -> Moment | None:
        """Reads a date or date-time; None where it is absent or wrong."""
        value = self.text(name)
        if value is None:
            return None
        try:
            return parse_moment(value)
        except ValueError:
            self.wrong(name, "must be a date or date-time that exists")
            return None

    def part(self, name: str) -> Fields:
        """Reads an object inside; an empty one where it is absent or wrong."""
        value = self._value(name)
        if value is not None and not isinstance(value, dict):
            self.wrong(name, "must be an object")
        inside = Fields(value if isinstance(value, dict) else {}, f"{self._at}/{name}")
        inside.errors = self.errors
        return inside

    def parts(self, name: str, *, most: int) -> Sequence[Fields]:
        """Reads a list of objects; an empty one where it is absent or wrong."""
        found = list[Fields]()
        for number, one in enumerate(self._list(name, most)):
            at = f"{self._at}/{name}/{number}"
            if not isinstance(one, dict):
                self.errors.append((at, "must be an object"))
                continue
            inside = Fields(one, at)
            inside.errors = self.errors
            found.append(inside)
        return found

    def texts(self, name: str, *, most: int) -> Sequence[str]:
        """Reads a list of texts; an empty one where it is absent or wrong."""
        found = list[str]()
        for number, one in enumerate(self._list(name, most)):
            if isinstance(one, str) and len(one) <= LONGEST_ID and one.isprintable():
                found.append(one)
            else:
                at = f"{self._at}/{name}/{number}"
                self.errors.append((at, f"must be a text of 1 to {LONGEST_ID} characters"))
        return found

    def has(self, name: str) -> bool:
        """Tells whether a key is there with a value."""
        return self._document.get(name) not in (None, "")

    def wrong(self, name: str, what: str) -> None:
        """Notes a mistake of a key."""
        self.errors.append((f"{self._at}/{name}", what))

    def check(self, *, closed: bool = False) -> None:
        """Raises CallRefused where anything was wrong; `closed` refuses keys that nobody read."""
        if closed and (strange := [name for name in self._document if name not in self._read]):
            known = sorted(self._read)
            hint = did_you_mean(strange[0], known) or f"; known are {', '.join(known)}"
            self.errors.append((self._at, f"unknown key{hint}"))
        if self.errors:
            raise CallRefused(
                Problem(
                    status=422,
                    code="invalid",
                    detail=" · ".join(reasons_of(self.errors)),
                    pointer=self.errors[0][0],
                    errors=tuple(self.errors),
                )
            )

    def _value(self, name: str) -> object:
        self._read.add(name)
        return self._document.get(name)

    def _list(self, name: str, most: int) -> Sequence[object]:
        value = self._value(name)
        if value is None:
            return ()
        if not isinstance(value, list) or len(value) > most:
            self.wrong(name, f"must be a list of at most {most}")
            return ()
        return value

    def _has_error(self, name: str) -> bool:
        return any(at == f"{self._at}/{name}" for at, _ in self.errors)


def _is_whole(text: str) -> bool:
    return text.isascii() or not any("\ud800" <= one <= "\udfff" for one in text)
