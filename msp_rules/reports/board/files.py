"""Writes the board's report into a folder: `audit-report.html` and `audit-report.xlsx`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from msp_rules.audit.case_file.ratings import AuditRatings
from msp_rules.audit.private_files import write_private
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
    Raises NotWritten where the folder can't be written to.
    """
    rows = board_rows(audit, is_shared=is_shared)
    page, workbook = board_page(rows, titles), board_workbook(rows, titles)
    # What auditors wrote may name somebody: nobody else on this machine reads it.
    write_private(folder / PAGE, page)
    write_private(folder / WORKBOOK, workbook)
