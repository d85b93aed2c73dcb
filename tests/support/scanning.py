"""Scans without the command line: the results themselves, or the bytes of their files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from io import BytesIO
from typing import BinaryIO

from msp_rules.audit.case_audit import CaseResult
from msp_rules.audit.output import OutputState, PlannedOutput
from msp_rules.audit.request import ScanRequest
from msp_rules.audit.result import ScanResult
from msp_rules.audit.run import run_scan
from msp_rules.audit.supply import CaseSupply
from msp_rules.audit.workers import in_processes
from msp_rules.reports.formats import planned_outputs


def scanned(request: ScanRequest) -> tuple[list[CaseResult], ScanResult]:
    """The result of each case, in the order of the exports, and that of the scan."""
    kept = _KeptResults()
    outputs = {"kept": PlannedOutput(lambda _files: kept)}
    result = run_scan(replace(request, jobs=1), outputs)
    return kept.results, result


def judged(request: ScanRequest) -> tuple[list[CaseResult], ScanResult]:
    """What `scanned` gives, but for what the record holds: that hangs on the shape of a source."""
    results, result = scanned(request)
    return [replace(one, supply=_NO_SUPPLY) for one in results], result


def written(request: ScanRequest) -> tuple[Mapping[str, bytes], ScanResult]:
    """The files of the formats of a request, by name, and the result of the scan."""
    files = _MemoryFiles()
    outputs = {
        name: planned._replace(open=partial(_open_in, files, planned))
        for name, planned in planned_outputs(request).items()
    }
    result = run_scan(request, outputs, executor=in_processes)
    return {name: stream.getvalue() for name, stream in files.streams.items()}, result


_NO_SUPPLY = CaseSupply(None, [], [], [])


class _KeptResults:
    """An output that keeps results as they are; in this process only."""

    separator = b""

    def __init__(self) -> None:
        self.results: list[CaseResult] = []

    def render(self, result: CaseResult) -> bytes:
        self.results.append(result)
        return b""

    def begin(self) -> None:
        pass

    def write(self, rendered: bytes) -> None:
        pass

    def state(self) -> OutputState:
        return None

    def restore(self, state: OutputState) -> None:
        pass

    def end(self, result: ScanResult) -> None:
        pass


class _MemoryFiles:
    def __init__(self) -> None:
        self.streams: dict[str, BytesIO] = {}

    def stream(self, name: str) -> BinaryIO:
        return self.streams.setdefault(name, BytesIO())

    def spool(self, name: str) -> BinaryIO:
        return BytesIO()


def _open_in(files: _MemoryFiles, planned: PlannedOutput, _instead_of: object) -> object:
    return planned.open(files)
