"""Defines what a file of results must be able to do, and where its bytes may go."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import BinaryIO, Final, NamedTuple, Protocol, Self, cast

from msp_rules.audit.case_audit import CaseResult
from msp_rules.audit.pseudonyms import PseudonymisedCases, pseudonymised_result
from msp_rules.audit.result import ScanResult
from msp_rules.errors import NotWritten

Renderer = Callable[[CaseResult], bytes]
"""Makes the bytes of one case: a pure function that can be pickled, so that any process may."""

OutputState = dict[str, object] | None
"""The part of an output that a checkpoint keeps beside the bytes written, as JSON holds it."""


class Output(Protocol):
    """Takes the cases of a scan as they come, and at the end what was counted.

    Either `begin` or, with what `state` gave in an earlier run, `restore` is called first.
    """

    @property
    def separator(self) -> bytes:
        """The bytes between two cases that are written at once."""
        ...

    @property
    def render(self) -> Renderer:
        """Makes the bytes of one case."""
        ...

    def begin(self) -> None:
        """Writes what comes before the cases."""
        ...

    def write(self, rendered: bytes) -> None:
        """Writes the next case, or several in a row; they come in the order of the exports."""
        ...

    def state(self) -> OutputState:
        """Gives the part that a checkpoint keeps beside the bytes written."""
        ...

    def restore(self, state: OutputState) -> None:
        """Resumes where an output had this state; its files are as they were then.

        Raises ValueError for anything else than such a state.
        """
        ...

    def end(self, result: ScanResult) -> None:
        """Writes what follows the cases."""
        ...


class OutputFiles(Protocol):
    """Gives outputs the streams that they write to."""

    def stream(self, name: str) -> BinaryIO:
        """Opens a file of results."""
        ...

    def spool(self, name: str) -> BinaryIO:
        """Opens a file in which the output of that name keeps cases until its end."""
        ...


class PlannedOutput(NamedTuple):
    """An output that is opened once it is needed."""

    open: Callable[[OutputFiles], Output]
    """Opens it."""
    has_pseudonyms: bool = False
    """True if it holds pseudonyms in place of ids."""


_IN_MEMORY: Final = 16 * 1024 * 1024


@contextmanager
def writing(what: str) -> Iterator[None]:
    """Says in one sentence what a block could not write, and why.

    Raises NotWritten for an OSError, but lets a reader pass that has closed its pipe: nobody is
    left who would want the rest.
    """
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        reason = error.strerror or "the system refuses it"
        raise NotWritten(f"{what} can't be written: {reason}") from None


class StandardOutput:
    """Sends the one output of a scan to the standard output of this process, once it is whole.

    Until then it is kept aside: whoever reads a pipe can't take half a document for all of it.
    """

    def __init__(self) -> None:
        self._kept = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - see exit

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._kept.close()

    def stream(self, name: str) -> BinaryIO:
        """Gives the file in which the output is kept, whatever the name."""
        return cast("BinaryIO", self._kept)

    def hand_out(self) -> None:
        """Writes what was kept to the standard output; touches that for nothing else."""
        if not self._kept.tell():
            return
        self._kept.seek(0)
        with writing("standard output"):
            shutil.copyfileobj(self._kept, sys.stdout.buffer)
            sys.stdout.flush()

    def spool(self, name: str) -> BinaryIO:
        """Opens a file that is gone with the process."""
        return cast("BinaryIO", tempfile.TemporaryFile())  # noqa: SIM115 - gone when dropped


class PseudonymisedOutput:
    """Another output that gets every case, and the result at the end, with pseudonyms only."""

    def __init__(self, output: Output, cases: PseudonymisedCases) -> None:
        self._output, self._cases = output, cases
        self.separator = output.separator
        self.render: Renderer = partial(_render, inner=output.render, cases=cases)
        self.begin = output.begin
        self.write = output.write
        self.state = output.state
        self.restore = output.restore

    def end(self, result: ScanResult) -> None:
        """Ends the other output with what was counted, and no id of it."""
        self._output.end(pseudonymised_result(result, self._cases.pseudonyms))


def _render(result: CaseResult, *, inner: Renderer, cases: PseudonymisedCases) -> bytes:
    return inner(cases.of(result))
