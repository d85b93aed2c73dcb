"""What every file of results has in common."""

from __future__ import annotations

from typing import Protocol

from msp_rules.audit.scan import Scan, Sink


class Document(Sink, Protocol):
    """A file of results: takes cases as they come, and ends with what is counted."""

    def end(self, scan: Scan) -> None:
        """Writes what follows the cases, and closes the document."""
        ...
