"""A file of results that may leave the house: any of the others, with pseudonyms in it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from msp_rules.audit.scan import CaseResult, Scan
from msp_rules.audit.sharing import SharedCases, shared_scan
from msp_rules.reports.document import Document

MADE_TO_SHARE: Final = frozenset({"html", "xlsx", "svrl", "junit"})
"""Formats that people pass on, or that tools keep where many can read them."""


class SharedDocument:
    """Another document that gets every case, and the scan at the end, with pseudonyms only."""

    def __init__(self, document: Document, cases: SharedCases) -> None:
        self._document, self._cases = document, cases
        self.separator: bytes = document.separator
        self.render: Callable[[CaseResult], bytes] = partial(
            _render, inner=document.render, cases=cases
        )

    def write(self, rendered: bytes) -> None:
        """Takes one case, or several, as the other document does."""
        self._document.write(rendered)

    def state(self) -> object:
        """That of the other document."""
        return self._document.state()

    def restore(self, state: object) -> None:
        """Restores the other document."""
        self._document.restore(state)

    def end(self, scan: Scan) -> None:
        """Ends the other document with the counts of the scan, and no id of it."""
        self._document.end(shared_scan(scan, self._cases.pseudonyms))


def _render(
    result: CaseResult, *, inner: Callable[[CaseResult], bytes], cases: SharedCases
) -> bytes:
    return inner(cases.of(result))
