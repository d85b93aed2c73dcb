"""The recipes of CONTRIBUTING.md: which files a change touches, by hand and by a command."""

from __future__ import annotations

import re
from typing import NamedTuple

from tests.support.command_line import ROOT

PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
_FILE = re.compile(r"^- `([^`]+)`", re.MULTILINE)


class Recipe(NamedTuple):
    """The files of one recipe."""

    by_hand: set[str]
    written: set[str]


def recipe(title: str, **names: str) -> Recipe:
    """Reads a recipe; `names` replace the words in capitals that stand for a name."""
    sections = re.split(r"^##+ ", PAGE, flags=re.MULTILINE)
    (section,) = (one for one in sections if one.startswith(f"{title}\n"))
    by_hand, _, written = section.partition("then write")
    return Recipe(_files(by_hand, names), _files(written, names))


def _files(text: str, names: dict[str, str]) -> set[str]:
    files = _FILE.findall(text)
    for word, name in names.items():
        files = [re.sub(rf"\b{word}(?=\b|_)", name, file) for file in files]
    return set(files)
