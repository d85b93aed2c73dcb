"""What every file of results has in common."""

from __future__ import annotations

from typing import Protocol

from msp_rules.audit.scan import Scan, Sink


class Document(Sink, Protocol):
    """A file of results: takes cases as they come, and ends with what is counted."""

    def state(self) -> object:
        """What a checkpoint must know of the cases so far, beside the bytes that were written."""
        ...

    def restore(self, state: object) -> None:
        """Goes on where a document was that had this state; its files are as they were then."""
        ...

    def end(self, scan: Scan) -> None:
        """Writes what follows the cases, and closes the document."""
        ...
