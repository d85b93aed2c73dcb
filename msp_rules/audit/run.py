"""Runs a scan from its request to its result: the one function of the job.

The command line, `verify`, services and benchmarks all call `run_scan`. It reads no clock and
starts no process: a caller that needs several processes, or a folder from which an interrupted scan
can be resumed, passes in `audit.workers.in_processes` and an `audit.run_folder.RunFolder`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Protocol, Self

from msp_rules.audit.case_audit import CaseAudit
from msp_rules.audit.checkpoint import Checkpoint, ScanIdentity
from msp_rules.audit.manifest import write_manifest
from msp_rules.audit.moment import refuse_too_early
from msp_rules.audit.output import (
    Output,
    OutputFiles,
    OutputState,
    PlannedOutput,
    PseudonymisedOutput,
    StandardOutput,
    writing,
)
from msp_rules.audit.pseudonyms import PseudonymisedCases
from msp_rules.audit.request import ScanRequest
from msp_rules.audit.result import ScanResult
from msp_rules.audit.scan import Executor, ScanJob, in_this_process
from msp_rules.audit.state import Interrupted, Position, Progress, ScanProgress, ScanState
from msp_rules.casework.case import Fault
from msp_rules.errors import MomentTooEarly, MspRulesError, RulesetInvalid
from msp_rules.intake.source import Found, found_in, jobs_worth


class ResultsFolder(OutputFiles, Protocol):
    """Keeps the results of a scan, and checkpoints until then; `RunFolder` is one."""

    @property
    def out(self) -> Path:
        """The folder of the results."""
        ...

    @property
    def is_checkpoint_due(self) -> bool:
        """True once it is time to write a checkpoint."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def begin(self, identity: ScanIdentity) -> Checkpoint | None:
        """Begins a scan, or finds the checkpoint to resume it from."""
        ...

    def save(self, state: ScanState, outputs: Mapping[str, OutputState]) -> None:
        """Writes a checkpoint of a scan at a safe point."""
        ...

    def save_complete(self, state: ScanState, names: Sequence[str]) -> None:
        """Writes that all outputs are ended."""
        ...

    def copy_out(self, names: Sequence[str]) -> None:
        """Copies outputs to the results, and keeps them."""
        ...

    def move_out(self, names: Sequence[str]) -> None:
        """Moves outputs to the results."""
        ...

    def remove(self) -> None:
        """Leaves nothing of the scan but its results."""
        ...


def _never() -> bool:
    return False


def _tell_nobody(_progress: Progress) -> None:
    pass


def run_scan(
    request: ScanRequest,
    outputs: Mapping[str, PlannedOutput],
    *,
    progress: Callable[[Progress], None] = _tell_nobody,
    executor: Executor = in_this_process,
    is_stopping: Callable[[], bool] = _never,
    folder: ResultsFolder | None = None,
) -> ScanResult:
    """Scans the exports of a request into outputs, which are given by the names of their files.

    `progress` is called when the scan begins or is resumed, and as it continues. An `executor` is
    used where the request asks for more than one process, or is worth it. `is_stopping` is asked at
    safe points whether somebody wants the scan to end: what there is by then is written, marked as
    incomplete, and the checkpoint stays. Without a `folder`, there are no checkpoints and no
    manifest, and the one output goes to standard output.

    Raises InputUnreadable where nothing can be read of any export, RulesetInvalid and other
    MspRulesErrors where the scan can't be done as requested.
    """
    if request.ruleset.unapproved:
        raise RulesetInvalid(request.ruleset.unapproved)
    found = found_in(request.exports, request.mapping, request.limits)
    audit = CaseAudit(request.ruleset, request.matcher)
    run = _Run(request, audit, found, progress=progress, is_stopping=is_stopping)
    if folder is None:
        with StandardOutput() as files:
            result = run.into(outputs, files, executor)
            files.hand_out()
        return result
    with folder:
        return run.into_folder(outputs, folder, executor)


class _Run:
    """One scan on its way to its result."""

    def __init__(
        self,
        request: ScanRequest,
        audit: CaseAudit,
        found: Found,
        *,
        progress: Callable[[Progress], None],
        is_stopping: Callable[[], bool],
    ) -> None:
        self._request, self._audit = request, audit
        self._sources = tuple(found.files)
        self._listener, self._is_stopping = progress, is_stopping
        self._state = ScanState()
        self._state.tally.warnings += found.warnings
        self._outputs: Mapping[str, Output] = {}
        self._folder: ResultsFolder | None = None
        self._was_interrupted = False

    def into(
        self, outputs: Mapping[str, PlannedOutput], files: OutputFiles, executor: Executor
    ) -> ScanResult:
        """Scans from the beginning."""
        self._outputs = self._opened(outputs, files)
        for name, output in self._outputs.items():
            with writing(name):
                output.begin()
        return self._scan_and_end(executor)

    def into_folder(
        self, outputs: Mapping[str, PlannedOutput], folder: ResultsFolder, executor: Executor
    ) -> ScanResult:
        """Scans into a folder, from the beginning or from a checkpoint in it."""
        self._folder = folder
        identity = ScanIdentity(self._request, self._sources, self._audit.engine.matcher_name)
        earlier = folder.begin(identity)
        try:
            result = self._from(earlier, outputs, folder, executor)
        except MomentTooEarly:
            folder.remove()  # nothing in it is worth resuming
            raise
        names = tuple(outputs)
        has_pseudonyms = {name: planned.has_pseudonyms for name, planned in outputs.items()}
        with writing(f"{folder.out}"):
            if result.was_interrupted:
                folder.copy_out(names)
            else:
                if earlier is None or not earlier.is_complete:
                    folder.save_complete(self._state, names)
                folder.move_out(names)
            write_manifest(result, self._request, folder.out, has_pseudonyms)
            if not result.was_interrupted:
                folder.remove()
        return result

    def _from(
        self,
        earlier: Checkpoint | None,
        outputs: Mapping[str, PlannedOutput],
        folder: ResultsFolder,
        executor: Executor,
    ) -> ScanResult:
        """Scans from the beginning, or takes up an earlier run."""
        if earlier is None:
            return self.into(outputs, folder, executor)
        if earlier.is_complete:
            self._state = earlier.state
            self._listener(self._progress())
            return self._result()
        self._resume(earlier, outputs, folder)
        return self._scan_and_end(executor)

    def _opened(
        self, outputs: Mapping[str, PlannedOutput], files: OutputFiles
    ) -> Mapping[str, Output]:
        pseudonyms = self._request.pseudonyms
        cases = None if pseudonyms is None else PseudonymisedCases(pseudonyms)
        opened: dict[str, Output] = {}
        for name, planned in outputs.items():
            output = planned.open(files)
            if planned.has_pseudonyms:
                assert cases is not None
                output = PseudonymisedOutput(output, cases)
            opened[name] = output
        return opened

    def _resume(
        self, earlier: Checkpoint, outputs: Mapping[str, PlannedOutput], files: OutputFiles
    ) -> None:
        """Takes up what an earlier run had counted and written."""
        self._state = earlier.state
        self._outputs = self._opened(outputs, files)
        for name, output in self._outputs.items():
            try:
                output.restore(earlier.outputs[name])
            except (KeyError, ValueError):
                message = (
                    f"{name} can't be resumed from the checkpoint; "
                    "run the same scan without --resume to start from the beginning"
                )
                raise MspRulesError(message) from None

    def _scan_and_end(self, executor: Executor) -> ScanResult:
        """Runs the scan, and ends the outputs."""
        job = self._job()
        execute = executor if job.jobs > 1 else in_this_process
        outputs = self._outputs
        try:
            job.tell()
            # Closed at once where writing fails: it may hold files, and other processes.
            with closing(execute(job)) as parts:
                for rendered in parts:
                    for (name, output), part in zip(outputs.items(), rendered, strict=True):
                        with writing(name):
                            output.write(part)
            self._state.refuse_if_nothing_read()
        except Interrupted:
            self._interrupt()
        result = self._result()
        for name, output in outputs.items():
            with writing(name):
                output.end(result)
        if self._request.cutoff is not None and not self._was_interrupted:
            refuse_too_early(self._state.tally)  # last, as outputs can't be dropped half-written
        return result

    def _job(self) -> ScanJob:
        progress = self._progress()
        return ScanJob(
            request=self._request,
            audit=self._audit,
            files=self._sources,
            state=self._state,
            progress=progress,
            renderers=tuple((one.render, one.separator) for one in self._outputs.values()),
            jobs=self._request.jobs or jobs_worth(self._sources),
            tell=lambda: self._listener(progress),
            on_safe_point=self._on_safe_point,
        )

    def _progress(self) -> ScanProgress:
        size = sum(one.size for one in self._sources)
        return ScanProgress(self._state, size, is_resumed=self._state.position != Position())

    def _on_safe_point(self) -> None:
        if self._is_stopping():
            raise Interrupted
        if self._folder is not None and self._folder.is_checkpoint_due:
            self._save(self._folder)

    def _interrupt(self) -> None:
        self._was_interrupted = True
        if self._folder is not None:
            self._save(self._folder)
        tally = self._state.tally
        # Only after the checkpoint: a resumed scan was not interrupted.
        reason = (
            f"the scan was interrupted after {tally.cases} cases; the other cases are not judged"
        )
        tally.add_faults([Fault(reason)])

    def _save(self, folder: ResultsFolder) -> None:
        outputs = {name: one.state() for name, one in self._outputs.items()}
        with writing(f"the checkpoint in {folder.out}"):
            folder.save(self._state, outputs)

    def _result(self) -> ScanResult:
        engine, state = self._audit.engine, self._state
        return ScanResult(
            ruleset=self._request.ruleset,
            matcher_name=engine.matcher_name,
            calendar_sha256=engine.clock.calendar.sha256(),
            tally=state.tally,
            inputs=tuple(state.inputs),
            unreadable=tuple(state.unreadable),
            mapping=self._request.mapping,
            was_interrupted=self._was_interrupted,
        )
