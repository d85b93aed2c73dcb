"""A scan and its documents as one run that can be broken off anywhere, and gone on with.

What every file of results has in common.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from msp_rules.audit.checkpoint import RunFolder, SavedScan, restore, saved
from msp_rules.audit.result import ScanResult
from msp_rules.audit.scan import Interrupted, Scan, Sink
from msp_rules.audit.workers import run_parallel
from msp_rules.casework.case import Fault
from msp_rules.errors import MspRulesError


class Document(Sink, Protocol):
    """A file of results: takes cases as they come, and ends with what is counted."""

    def state(self) -> object:
        """What a checkpoint must know of the cases so far, beside the bytes that were written."""
        ...

    def restore(self, state: object) -> None:
        """Goes on where a document was that had this state; its files are as they were then."""
        ...

    def end(self, result: ScanResult) -> None:
        """Writes what follows the cases, and closes the document."""
        ...


CHECKPOINT_SECONDS: Final = 10.0
_SHARE_OF_TIME: Final = 50
"""A checkpoint that takes a second is not followed by another for fifty: it costs 2 % at most."""

Identity = Mapping[str, object]
"""What a scan rests on, each part under the name that a person knows it by."""


class Checkpoint(NamedTuple):
    """A scan at rest: what it rests on, what it counted, and the states of its documents by name.

    `is_whole` says that all documents are ended, and at most not all of them in their place.
    """

    identity: Identity
    scan: SavedScan
    documents: Mapping[str, object]
    is_whole: bool = False


class ScanRun:
    """One scan into documents, by their file names; in a folder, it writes checkpoints.

    Before `run`, `identity`, `documents` and what `checkpoint_of` found (`earlier`) are set.
    `is_stopping` is asked between cases whether somebody wants the scan to end.
    """

    def __init__(
        self,
        scan: Scan,
        folder: RunFolder | None,
        *,
        is_stopping: Callable[[], bool] = lambda: False,
        checkpoint_seconds: float = CHECKPOINT_SECONDS,
    ) -> None:
        self.documents: Mapping[str, Document] = {}
        self.identity: Identity = {}
        self.earlier: Checkpoint | None = None
        self.was_interrupted = False
        self._scan = scan
        self._folder = folder
        self._is_stopping = is_stopping
        self._seconds = checkpoint_seconds
        self._next_checkpoint = time.monotonic() + checkpoint_seconds
        scan.at_rest = self._at_rest

    @property
    def is_over(self) -> bool:
        """Whether the earlier run came to its end, and at most its results are to be moved."""
        return self.earlier is not None and self.earlier.is_whole

    @property
    def result(self) -> ScanResult:
        """What the scan has come to."""
        return replace(self._scan.result(), was_interrupted=self.was_interrupted)

    def go_on(self) -> None:
        """Takes up what the checkpoint of an earlier run holds, where there is one."""
        if self._folder is None or self.earlier is None:
            return
        restore(self._scan, self.earlier.scan)
        if not self.is_over:
            self._folder.go_on()
            for name, document in self.documents.items():
                document.restore(self.earlier.documents[name])

    def run(self, paths: Sequence[Path], jobs: int) -> None:
        """Scans, ends the documents, and puts them in their place; what `Scan.run` raises.

        An interrupted scan has its results so far put there, marked as incomplete; the checkpoint
        stays.
        """
        if self.earlier is not None and self.is_over:
            names = tuple(self.earlier.documents)
        else:
            self._scan_and_end(paths, jobs)
            names = tuple(self.documents)
        if self._folder is None:
            return
        if self.was_interrupted:
            self._folder.copy_out(names)
        else:
            self._folder.move_out(names)

    def clear_away(self) -> None:
        """Leaves nothing beside the results, once all of them are in their place."""
        if self._folder is not None and not self.was_interrupted:
            self._folder.remove()

    def _scan_and_end(self, paths: Sequence[Path], jobs: int) -> None:
        sinks = list(self.documents.values())
        try:
            if jobs == 1:
                self._scan.run(paths, sinks)
            else:
                run_parallel(self._scan, paths, sinks, jobs)
        except Interrupted:
            self._interrupt()
        result = self.result
        for document in sinks:
            document.end(result)
        if self._folder is not None and not self.was_interrupted:
            names = dict.fromkeys(self.documents)
            whole = Checkpoint(self.identity, saved(self._scan), names, is_whole=True)
            self._folder.save(whole, results=self.documents)

    def _at_rest(self) -> None:
        if self._is_stopping():
            raise Interrupted
        if self._folder is None or time.monotonic() < self._next_checkpoint:
            return
        start = time.monotonic()
        self._save()
        spent = time.monotonic() - start
        pause = max(self._seconds, _SHARE_OF_TIME * spent) if self._seconds else 0
        self._next_checkpoint = start + spent + pause

    def _interrupt(self) -> None:
        self.was_interrupted = True
        if self._folder is not None:
            self._save()
        tally = self._scan.tally
        reason = f"the scan was interrupted after {tally.cases} cases; what follows is not judged"
        tally.add_faults([Fault(reason)])

    def _save(self) -> None:
        assert self._folder is not None
        states = {name: one.state() for name, one in self.documents.items()}
        self._folder.save(Checkpoint(self.identity, saved(self._scan), states))


def checkpoint_of(folder: RunFolder, identity: Identity) -> Checkpoint | None:
    """The checkpoint of the same scan; None without one that can be used.

    Raises MspRulesError where it is that of another scan, and says in what it differs.
    """
    found = folder.load()
    if not isinstance(found, Checkpoint):
        return None
    for name, value in identity.items():
        if found.identity.get(name) != value:
            message = (
                f"this is not the scan that was broken off here: the {name} differ; "
                "without --resume it starts from the beginning"
            )
            raise MspRulesError(message)
    return found
