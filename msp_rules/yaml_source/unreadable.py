"""Says in plain words why a text can't be read as YAML, at the line that its writer has to mend.

The parser names the place where it could go on no longer, often a line below the mistake, in words
of its own ("block end", "token"). The causes below are those that people make; each looks at the
lines as they were written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from msp_rules.yaml_source.odd_characters import described, invisible_in

_KEY_WITHOUT_SPACE: Final = re.compile(r"\s*(?:- )?([A-Za-z_][\w-]*):([^\s/:].*)")
_KEY_AND_VALUE: Final = re.compile(r"\s*(?:- )?([A-Za-z_$][\w-]*):\s+(.*)")
_KEY: Final = re.compile(r"\s*(?:- )*([A-Za-z_$][\w-]*):(?:\s|$)")
_QUOTED: Final = re.compile(r"""(?P<quote>['"])(?P<text>.*?)(?P=quote)(?P<rest>\s*[^\s#,\]}].*)""")
_OPENING: Final = re.compile(r"[:\[{,-] (\")")
_NEVER_CLOSED: Final = "the quotes that begin here are never closed"
_A_TEXT: Final = 12
"""The lines above a stop in which quotes are looked for that nobody closed."""
_FORBIDDEN_STARTS: Final = "@`%&*!|>"
_WORD: Final = re.compile(r"[\w$-]+")


@dataclass(frozen=True, slots=True)
class _Stop:
    """The place where the parser stopped: lines and columns from zero on."""

    lines: list[str]
    line: int
    column: int
    began: tuple[int, int] | None
    """The line and column at which the part began that was being read; None if not known."""
    said: str
    """The parser's words, which tell one kind of mistake from another; shown to nobody."""

    def text(self, line: int) -> str:
        return self.lines[line] if 0 <= line < len(self.lines) else ""

    @property
    def near(self) -> tuple[int, ...]:
        """The lines in which the mistake is likely, the likeliest first."""
        above = next((n for n in range(self.line - 1, -1, -1) if self.text(n).strip()), None)
        lines = (self.line,) if above is None else (self.line, above)
        return tuple(n for n in lines if 0 <= n < len(self.lines))


Mistake = tuple[int, int, str]
"""A line and a column, from one on, and what is wrong there."""


def why_unreadable(
    text: str, place: tuple[int, int], began: tuple[int, int] | None, said: str
) -> Mistake:
    """Says what is wrong with a text in which the parser stopped at a place (from zero on)."""
    stop = _Stop(text.split("\n"), place[0], place[1], began, said)
    for cause in _CAUSES:
        for line, column, message in cause(stop):
            return line + 1, column + 1, message
    message = "this line can't be read as a key and its value; the mistake may stand just above"
    return stop.line + 1, stop.column + 1, message


def _invisible(stop: _Stop) -> Iterator[Mistake]:
    for line in stop.near:
        odd = invisible_in(stop.text(line))
        if odd is not None:
            yield line, odd.position, described(odd, stop.text(line))


def _tab(stop: _Stop) -> Iterator[Mistake]:
    for line in stop.near:
        before, tab, _ = stop.text(line).partition("\t")
        if tab and not before.strip(" -"):
            yield line, len(before), "a tab stands here; indent with spaces"
        elif tab and "\\t" in stop.said:
            yield line, len(before), "a tab stands here; write spaces"


def _space_after_colon(stop: _Stop) -> Iterator[Mistake]:
    for line in stop.near:
        found = _KEY_WITHOUT_SPACE.fullmatch(stop.text(line))
        if found is not None and not _KEY_AND_VALUE.match(stop.text(line)):
            shown = f'"{found[1]}: {_first_word(found[2])}"'
            yield line, found.end(1), f"a space belongs after the colon, as in {shown}"


def _never_closed(stop: _Stop) -> Iterator[Mistake]:
    if "quoted scalar" in stop.said and stop.began is not None:
        yield *stop.began, _NEVER_CLOSED
    elif "<scalar>" in stop.said:  # they were closed by the next ones, of another line
        for line in range(stop.line - 1, max(stop.line - _A_TEXT, -1), -1):
            opening = _OPENING.search(stop.text(line))
            if opening is not None and stop.text(line).count('"') % 2:
                yield line, opening.start(1), _NEVER_CLOSED


def _quote_in_quotes(stop: _Stop) -> Iterator[Mistake]:
    for line in stop.near:
        found = _QUOTED.search(stop.text(line))
        value = _KEY_AND_VALUE.fullmatch(stop.text(line))
        if found is None or value is None or found.start() != value.start(2):
            continue
        last = found["text"].rpartition(" ")[2] + found["quote"]
        other = '"' if found["quote"] == "'" else "'"
        message = f"the quotes that begin here end at {last}; put the whole text between {other}"
        yield line, found.start(), f"{message} and {other}"


def _colon_in_text(stop: _Stop) -> Iterator[Mistake]:
    if "mapping values" not in stop.said:
        return
    for line in stop.near:
        value = _KEY_AND_VALUE.fullmatch(stop.text(line))
        if value is not None and ": " in f"{value[2]} " and value[2][:1] not in "'\"[{":
            message = f'a text with a colon stands in quotes, as in {value[1]}: "..."'
            yield line, value.start(2), message
            return


def _starts_text(stop: _Stop) -> Iterator[Mistake]:
    for line in stop.near:
        value = _KEY_AND_VALUE.fullmatch(stop.text(line))
        if value is not None and value[2][:1] and value[2][0] in _FORBIDDEN_STARTS:
            message = f'a text that begins with "{value[2][0]}" stands in quotes'
            yield line, value.start(2), message


def _escape(stop: _Stop) -> Iterator[Mistake]:
    if "escape" in stop.said:
        message = "between double quotes a backslash means something; use single quotes"
        yield stop.line, stop.column, message


def _not_closed(stop: _Stop) -> Iterator[Mistake]:
    if "flow" not in stop.said or stop.began is None:
        return
    line, column = stop.began
    if stop.text(line)[column : column + 1] not in ("[", "{"):
        line, column = next(
            ((n, stop.text(n).rfind("[")) for n in stop.near if "[" in stop.text(n)), stop.began
        )
    opening = stop.text(line)[column : column + 1]
    if opening in ("[", "{"):
        closing = "]" if opening == "[" else "}"
        message = f'the "{opening}" that begins here lacks its "{closing}", or a comma in it'
        yield line, column, message


def _indent(stop: _Stop) -> Iterator[Mistake]:
    """Compares the indent of the line with that of the nearest key above it."""
    line = stop.text(stop.line)
    own = len(line) - len(line.lstrip(" "))
    above = {_key_column(stop.text(n)) for n in range(stop.line)} - {None}
    columns = sorted((abs(one - own), one) for one in above if one is not None)
    if line.strip() and columns and columns[0][0]:
        message = f"this line is indented by {own}, the lines that it belongs to by {columns[0][1]}"
        yield stop.line, own, message


def _key_column(line: str) -> int | None:
    """Gives the column of the key of a line, behind the dash of an item; None without a key."""
    found = _KEY.match(line)
    return None if found is None else found.start(1)


def _first_word(text: str) -> str:
    found = _WORD.match(text.strip("'\" "))
    return found[0] if found else "..."


_CAUSES: Final[tuple[Callable[[_Stop], Iterator[Mistake]], ...]] = (
    *(_invisible, _tab, _space_after_colon, _escape, _never_closed, _quote_in_quotes),
    *(_colon_in_text, _starts_text, _not_closed, _indent),
)
