"""Fills in the workbooks of an audit as auditors do: opened, written into, saved under its name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Final

from openpyxl import load_workbook

PEER: Final = "RWE/nhs_acute"
"""An agency whose auditor is the peer, unless another is named."""
_SUGGESTED: Final = "B"
_FIRST_QUESTION: Final = 6
_QUESTIONS: Final = 9
_FIRST_PEER: Final = 15


def fill_in(workbook: Path, entries: Mapping[str, object] | None = None) -> None:
    """Rates each question of each case as the rules suggest, else green, and adds the entries.

    Entries are keyed by sheet and cell: `Case 1!L6`; None empties a cell.
    """
    book = load_workbook(workbook)
    cases = [name for name in book.sheetnames if name.startswith("Case ")]
    for number, name in enumerate(cases):
        sheet = book[name]
        book["Auditors"][f"C{_FIRST_PEER + number}"] = PEER
        for row in range(_FIRST_QUESTION, _FIRST_QUESTION + _QUESTIONS):
            suggested = str(sheet[f"{_SUGGESTED}{row}"].value or "green").partition(",")[0]
            for column in "FHJ":
                sheet[f"{column}{row}"] = suggested
    for place, value in (entries or {}).items():
        sheet_name, _, cell = place.partition("!")
        book[sheet_name][cell] = value
    book.save(workbook)


def good_entries() -> Mapping[str, object]:
    """Gives entries as auditors write them: a rating that differs, an action, and good practice."""
    return {
        "Case 1!J6": "amber",
        "Case 1!K6": "It was asked, but only at the second visit.",
        "Case 1!L6": "Ask at the first contact.",
        "Case 1!M6": "Team manager",
        "Case 1!N6": date(2026, 6, 30),
        "Case 2!O9": "An advocate came within two days.",
        "Adult!B7": "yes, the adult",
        "Adult!C7": "partly",
    }
