"""A scan and its documents as one run that can be broken off anywhere, and gone on with."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from msp_rules.audit.parallel import run_parallel
from msp_rules.audit.saved_scan import restore, saved
from msp_rules.audit.scan import Interrupted, Scan
from msp_rules.casework.case import Fault
from msp_rules.errors import MspRulesError
from msp_rules.reports.document import Document
from msp_rules.reports.run_folder import RunFolder

CHECKPOINT_SECONDS: Final = 10.0
_SHARE_OF_TIME: Final = 50
"""A checkpoint that takes a second is not followed by another for fifty: it costs 2 % at most."""

Identity = Mapping[str, object]
"""What a scan rests on, each part under the name that a person knows it by."""


class ScanRun:
    """One scan into documents, by their file names; in a folder, it writes checkpoints.

    `is_stopping` is asked between cases whether somebody wants the scan to end.
    """

    def __init__(
        self,
        scan: Scan,
        documents: Mapping[str, Document],
        folder: RunFolder | None,
        identity: Identity,
        *,
        is_stopping: Callable[[], bool] = lambda: False,
        checkpoint_seconds: float = CHECKPOINT_SECONDS,
    ) -> None:
        self.scan = scan
        self.was_interrupted = False
        self._documents = documents
        self._folder = folder
        self._identity = dict(identity)
        self._is_stopping = is_stopping
        self._seconds = checkpoint_seconds
        self._next_checkpoint = time.monotonic() + checkpoint_seconds
        scan.at_rest = self._at_rest

    def go_on(self, state: Any) -> None:
        """Takes up what a checkpoint holds: see `checkpoint_of`."""
        assert self._folder is not None
        _, kept, states = state
        self._folder.go_on()
        for name, document in self._documents.items():
            document.restore(states[name])
        restore(self.scan, kept)

    def run(self, paths: Sequence[Path], jobs: int) -> None:
        """Scans, ends the documents, and puts them in their place; what `Scan.run` raises.

        An interrupted scan has its results so far put there, marked as incomplete; the checkpoint
        stays.
        """
        sinks = list(self._documents.values())
        try:
            if jobs == 1:
                self.scan.run(paths, sinks)
            else:
                run_parallel(self.scan, paths, sinks, jobs)
        except Interrupted:
            self._interrupt()
        for document in sinks:
            document.end(self.scan)
        if self._folder is None:
            return
        if self.was_interrupted:
            self._folder.copy_out(self._documents)
        else:
            self._folder.save(self._state({}), results=self._documents)
            self._folder.move_out(self._documents)

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
        tally = self.scan.tally
        reason = f"the scan was interrupted after {tally.cases} cases; what follows is not judged"
        tally.add_faults([Fault(reason)])

    def _save(self) -> None:
        assert self._folder is not None
        self._folder.save(self._state({name: one.state() for name, one in self._documents.items()}))

    def _state(self, states: Mapping[str, object]) -> tuple[object, ...]:
        return self._identity, saved(self.scan), dict(states)


def checkpoint_of(folder: RunFolder, identity: Identity) -> Any:
    """What the checkpoint of the same scan holds; None without one that can be used.

    Raises MspRulesError where it is that of another scan, and says in what it differs.
    """
    state = folder.load()
    if state is None:
        return None
    theirs = state[0]
    for name, value in identity.items():
        if theirs.get(name) != value:
            message = (
                f"this is not the scan that was broken off here: {name} differ; "
                "without --resume it starts from the beginning"
            )
            raise MspRulesError(message)
    return state


def is_whole(state: Any) -> bool:
    """Whether all results were written already, and only not all of them put in their place."""
    return not state[2]


def finish(scan: Scan, folder: RunFolder, state: Any, names: Sequence[str]) -> None:
    """Puts the results of a scan in their place that had come to its end."""
    restore(scan, state[1])
    folder.move_out(names)
