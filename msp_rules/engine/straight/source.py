"""Gathers the source of functions that are made for one ruleset, and makes them.

Of a ruleset nothing gets into the source but names of event types and fields and codes, as quoted
text; whatever else the functions need is handed over as a constant, by name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

_NOT_A_WORD: Final = re.compile(r"\W+", re.ASCII)
_SPACES: Final = re.compile(r"\s+")
_LONGEST_STEM: Final = 40
FUTURE: Final = "from __future__ import annotations"
"""The line that every source begins with: its types are for readers, and for a compiler."""

Body = Callable[[str], Sequence[str]]
"""Gives the lines of a function, without indentation, for its name."""


class Source:
    """Holds the functions that were written so far, and the constants that they name."""

    def __init__(self) -> None:
        self._own_slots = 0
        self.shared_slots: int = 0
        """The number of places in which functions keep values of a case."""
        self._blocks: list[str] = []
        self._constants: dict[str, object] = {}
        self._names: dict[object, str] = {}

    @property
    def text(self) -> str:
        """The source of all functions."""
        return "\n\n".join([FUTURE, *self._blocks]) + "\n"

    @property
    def constants(self) -> Mapping[str, object]:
        """The values that the functions name, by name."""
        return self._constants

    @property
    def functions_written(self) -> int:
        """The number of functions so far."""
        return sum([block.startswith("def ") for block in self._blocks])

    def heading(self, words: str) -> None:
        """Puts a line of words before what is written next."""
        self._blocks.append(f"# {_SPACES.sub(' ', words).strip()}")

    def constant(self, stem: str, value: object) -> str:
        """Gives the name under which functions find a value, the same one for equal values."""
        key = ("constant", stem, value)
        name = self._names.get(key)
        if name is None:
            name = self._names[key] = f"{stem}_{len(self._constants)}"
            self._constants[name] = value
        return name

    def function(self, key: object, stem: str, body: Body, gives: str = "object") -> str:
        """Gives the name of the function for a key; writes it where there is none yet.

        `gives` is the type of its value.
        """
        name = self._names.get(key)
        if name is None:
            word = _NOT_A_WORD.sub("_", stem).strip("_").lower()[:_LONGEST_STEM]
            if not word[:1].isalpha():
                word = f"f_{word}"  # no name begins with a figure
            name = self._names[key] = f"{word}_{len(self._names)}"
            lines = body(name)
            head = f"def {name}(s: Scope) -> {gives}:"
            self._blocks.append("\n".join([head, *(f"    {one}" for one in lines)]))
        return name

    def kept(self, key: object, stem: str, body: Body, gives: str, *, is_own: bool) -> str:
        """Gives the name of a function that works its value out once; `body` sets `value`.

        `is_own` says whether the value is one for each subject, or for the whole case.
        """

        def whole(name: str) -> Sequence[str]:
            if is_own:  # few functions are asked of one subject: a list of all would stay empty
                place = self._own_slots
                self._own_slots += 1
                memory, known = "s.own_memory.own", f"kept.get({place})"
            else:
                place = self.shared_slots
                self.shared_slots += 1
                memory, known = "s.memory.shared", f"kept[{place}]"
            return [
                f"kept = {memory}",
                f"value: {gives} | None = {known}",
                "if value is None:",
                *[f"    {line}" for line in body(name)],
                f"    kept[{place}] = value",
                "return value",
            ]

        return self.function(key, stem, whole, gives)

    def functions(self, helpers: dict[str, object], title: str) -> dict[str, object]:
        """Makes the functions, which may name `helpers`; gives everything by name."""
        names = {**helpers, **self._constants}
        exec(compile(self.text, f"<{title}>", "exec"), names)  # noqa: S102 - written above
        return names
