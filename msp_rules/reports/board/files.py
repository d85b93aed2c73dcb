"""Writes the board's report into a folder: `audit-report.html` and `audit-report.xlsx`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from msp_rules.audit.case_file.ratings import AuditRatings
from msp_rules.reports.board.page import board_page
from msp_rules.reports.board.rows import board_rows
from msp_rules.reports.board.workbook import board_workbook

PAGE: Final = "audit-report.html"
"""The name of the page."""
WORKBOOK: Final = "audit-report.xlsx"
"""The name of the workbook."""


def write_board_report(
    audit: AuditRatings, folder: Path, *, titles: Mapping[str, str], is_shared: bool
) -> None:
    """Writes both files, for their owner alone to read; `titles` has those of rules, by id.

    With `is_shared` nothing that an auditor wrote is in them. Both are rendered before the first is
    written, and each takes the place of an older one at once, so that a reader never finds half.
    """
    rows = board_rows(audit, is_shared=is_shared)
    for name, content in (
        (PAGE, board_page(rows, titles)),
        (WORKBOOK, board_workbook(rows, titles)),
    ):
        unfinished = folder / f".{name}.unfinished"
        unfinished.unlink(missing_ok=True)
        # What auditors wrote may name somebody: nobody else on this machine reads it.
        file = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(file, "wb") as stream:
            stream.write(content)
        unfinished.replace(folder / name)
