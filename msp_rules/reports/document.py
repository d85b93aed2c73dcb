"""Defines what all files of results have in common; each format is a subclass of `Document`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import BinaryIO, ClassVar

from msp_rules.audit.output import OutputFiles, OutputState, Renderer
from msp_rules.audit.result import ScanResult
from msp_rules.engine.verdict import Answer, Verdict
from msp_rules.rules.language.rule import Ruleset


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Says where a document goes, and what it is written with."""

    files: OutputFiles
    """Opens the streams to write to."""

    name: str
    """The name of the file."""

    ruleset: Ruleset
    """The rules of the scan."""

    all_rows: bool = False
    """True to list answers that are not applicable, too."""


class Document(ABC):
    """A file of results (`audit.output.Output`); with what most formats need."""

    separator: ClassVar[bytes] = b""

    head: bytes = b""
    """The bytes before the cases."""

    is_lines: ClassVar[bool] = False
    """True where two such files are compared line by line; else only by their bytes."""

    render: Renderer
    """Set by each format: a partial of a function of its module, since it is pickled."""

    def __init__(self, target: Target) -> None:
        self.stream: BinaryIO = target.files.stream(target.name)

    @staticmethod
    def difference(one: bytes, other: bytes) -> str | None:
        """Names the place in which two lines differ, by ids and never by content.

        A line that only one of two files has is compared with an empty one. None where only the
        number of the line can be given.
        """
        return None

    def begin(self) -> None:
        """Writes what comes before the cases."""
        if self.head:
            self.stream.write(self.head)

    def write(self, rendered: bytes) -> None:
        """Writes one case, or several."""
        self.stream.write(rendered)

    def state(self) -> OutputState:
        """Gives the state to keep besides the bytes written: empty in most formats."""
        return None

    def restore(self, state: OutputState) -> None:
        """Resumes where a document had this state."""
        if state is not None:
            raise ValueError("not a state of this document")

    @abstractmethod
    def end(self, result: ScanResult) -> None:
        """Writes what follows the cases."""


def listed(answers: Iterable[Answer], *, all_rows: bool) -> list[Answer]:
    """Gives the answers that a document lists."""
    return [one for one in answers if all_rows or one.verdict is not Verdict.NOT_APPLICABLE]
