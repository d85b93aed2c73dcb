"""The kept digests: what a run came to, written down small, and in what another one differs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from tests.golden.texts import CASE_FILES, Texts

DIGESTS: Final = Path(__file__).with_name("digests.json")
_CASE_LETTERS: Final = 7
"""Enough to find the case: that a file is the same is proven by its own digest."""
_MOST_NAMED: Final = 8

Outcome = dict[str, Any]
"""`files`: the digest of each; `cases`: the short digests of each case, a column for each file."""


def outcome_of(out: Path, texts: Texts, kept: Outcome | None = None) -> Outcome:
    """Returns the digests of all files in a folder; spares those of cases where all is as kept."""
    files = {}
    for path in sorted(out.iterdir()):
        if path.is_dir():
            raise ValueError(f"{path.name} is a folder, and nothing would be compared of it")
        files[path.name] = hashlib.sha256(texts.of(path)).hexdigest()
    if kept is not None and files == kept["files"]:
        return kept
    columns = [name for name in CASE_FILES if name in files]
    rows: dict[str, list[str]] = {}
    for place, name in enumerate(columns):
        for case, text in texts.cases_of(out / name).items():
            row = rows.setdefault(case, ["-"] * len(columns))
            row[place] = hashlib.sha256(text).hexdigest()[:_CASE_LETTERS]
    return {
        "files": files,
        "columns": " ".join(columns),
        "cases": {case: " ".join(row) for case, row in sorted(rows.items())},
    }


def differences(kept: Outcome, found: Outcome) -> list[str]:
    """Returns a sentence for each file that is not the kept one, with the cases that differ."""
    said = []
    before, after = kept["files"], found["files"]
    for name in sorted({*before, *after}):
        if name not in after:
            said.append(f"{name} is not written any more")
        elif name not in before:
            said.append(f"{name} is new")
        elif before[name] != after[name]:
            said.append(f"{name} differs{_in_words(differing_cases(kept, found, name))}")
    return said


def differing_cases(kept: Outcome, found: Outcome, name: str) -> list[str]:
    """Returns the ids of the cases (and in brackets the parts) in which a file differs."""
    before, after = _column(kept, name), _column(found, name)
    return [case for case in sorted({*before, *after}) if before.get(case) != after.get(case)]


def load() -> dict[str, Any]:
    """Returns what is kept."""
    found: dict[str, Any] = json.loads(DIGESTS.read_text("utf-8"))
    return found


def save(found: Mapping[str, Any]) -> None:
    """Writes what is to be kept, one case a line, so that its own history can be read."""
    DIGESTS.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", "utf-8")


def _column(outcome: Outcome, name: str) -> dict[str, str]:
    columns = outcome["columns"].split()
    if name not in columns:
        return {}
    place = columns.index(name)
    rows = {case: row.split()[place] for case, row in outcome["cases"].items()}
    return {case: digest for case, digest in rows.items() if digest != "-"}


def _in_words(cases: list[str]) -> str:
    if not cases:
        return ""
    more = f" and {len(cases) - _MOST_NAMED} more" if len(cases) > _MOST_NAMED else ""
    return f" in {', '.join(cases[:_MOST_NAMED])}{more}"
