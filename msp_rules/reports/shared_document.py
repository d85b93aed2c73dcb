"""A file of results that may leave the house: any of the others, with pseudonyms in it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from msp_rules.audit.pseudonyms import Pseudonyms
from msp_rules.audit.scan import CaseResult, Scan
from msp_rules.audit.sharing import shared_case, shared_scan
from msp_rules.reports.document import Document

MADE_TO_SHARE: Final = frozenset({"html", "xlsx", "svrl", "junit"})
"""Formats that people pass on, or that tools keep where many can read them."""


class SharedDocument:
    """Another document that gets every case, and the scan at the end, with pseudonyms only."""

    def __init__(self, document: Document, pseudonyms: Pseudonyms) -> None:
        self._document, self._pseudonyms = document, pseudonyms
        self.separator: bytes = document.separator
        self.render: Callable[[CaseResult], bytes] = partial(
            _render, inner=document.render, pseudonyms=pseudonyms
        )

    def write(self, rendered: bytes) -> None:
        """Takes one case, or several, as the other document does."""
        self._document.write(rendered)

    def end(self, scan: Scan) -> None:
        """Ends the other document with the counts of the scan, and no id of it."""
        self._document.end(shared_scan(scan, self._pseudonyms))


def _render(
    result: CaseResult, *, inner: Callable[[CaseResult], bytes], pseudonyms: Pseudonyms
) -> bytes:
    return inner(shared_case(result, pseudonyms))
