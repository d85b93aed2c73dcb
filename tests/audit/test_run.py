"""`run_scan` is the whole job: what it is handed it uses, and what it gives says all."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
from collections.abc import Callable, Generator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from benchmarks.export_generator import write_export
from msp_rules.audit.request import Hiding, ScanRequest
from msp_rules.audit.run import run_scan
from msp_rules.audit.run_folder import UNFINISHED, RunFolder
from msp_rules.audit.scan import Rendered, ScanJob, in_this_process
from msp_rules.audit.state import Progress
from msp_rules.casework.moments import parse_as_of
from msp_rules.engine.garbage import NEW_OBJECTS
from msp_rules.errors import InputUnreadable, MspRulesError
from msp_rules.reports.formats import planned_outputs
from tests.builders.case import one_rule
from tests.support.scanning import scanned, written

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def request_(tmp_path_factory: pytest.TempPathFactory) -> ScanRequest:
    """Two exports of ten cases each, in one process, as JSON Lines with ids."""
    folder = tmp_path_factory.mktemp("exports")
    for number, name in enumerate("ab"):
        path = folder / f"{name}.xml"
        write_export(path, cases=10, seed=number)
        path.write_text(path.read_text().replace('id="SA-', f'id="S{name}-'))
    return ScanRequest(
        exports=(folder,),
        ruleset=one_rule(folder / "rules"),
        matcher="python",
        formats=("jsonl",),
        hiding=Hiding.NONE,
        jobs=1,
    )


def test_the_result_says_what_was_read_and_by_which_rules(request_: ScanRequest) -> None:
    results, result = scanned(request_)

    assert result.tally.cases == len(results) == 20
    assert [one.name for one in result.inputs] == ["a.xml", "b.xml"]
    assert result.ruleset is request_.ruleset
    assert (result.is_complete, result.was_interrupted, result.matcher_name) == (
        True,
        False,
        "python",
    )


def stopping_after(asked: int) -> Callable[[], bool]:
    """Says no so many times, then yes: it is asked before each case."""
    count = 0

    def is_stopping() -> bool:
        nonlocal count
        count += 1
        return count > asked

    return is_stopping


@pytest.mark.parametrize("cases", [0, 1, 9, 10, 19])
def test_a_scan_stops_between_two_cases_and_says_so(
    request_: ScanRequest, tmp_path: Path, cases: int
) -> None:
    result = run_scan(
        request_,
        planned_outputs(request_),
        is_stopping=stopping_after(cases),
        folder=RunFolder(tmp_path),
    )

    assert (result.was_interrupted, result.is_complete, result.tally.cases) == (True, False, cases)
    assert [one.reason for one in result.tally.faults] == [
        f"the scan was interrupted after {cases} cases; the other cases are not judged"
    ]
    lines = (tmp_path / "results.jsonl").read_bytes().splitlines()
    assert len(lines) == cases
    assert (tmp_path / UNFINISHED / "checkpoint.json").exists()
    assert json.loads((tmp_path / "manifest.json").read_bytes())["interrupted"] is True


def test_an_interrupted_scan_is_resumed_to_what_an_undisturbed_one_gives(
    request_: ScanRequest, tmp_path: Path
) -> None:
    outputs, whole = planned_outputs(request_), tmp_path / "whole"
    run_scan(request_, outputs, folder=RunFolder(whole))
    parts = tmp_path / "parts"
    run_scan(request_, outputs, is_stopping=stopping_after(13), folder=RunFolder(parts))
    seen: list[tuple[bool, int]] = []

    def note(progress: Progress) -> None:
        seen.append((progress.is_resumed, progress.cases))

    result = run_scan(request_, outputs, progress=note, folder=RunFolder(parts, resume=True))

    assert result.tally.cases == 20
    assert seen[0] == (True, 13)
    assert seen[-1] == (True, 20)
    names = sorted(path.name for path in whole.iterdir())
    assert sorted(path.name for path in parts.iterdir()) == names
    assert all((whole / name).read_bytes() == (parts / name).read_bytes() for name in names)


@pytest.mark.parametrize("usual", [700, 0, 90_000])
def test_garbage_is_looked_for_less_often_only_while_a_scan_runs(
    request_: ScanRequest, tmp_path: Path, usual: int
) -> None:
    before, during = gc.get_threshold(), set[tuple[int, int, int]]()
    gc.set_threshold(usual, 11, 12)
    try:
        outputs = planned_outputs(request_)
        run_scan(
            request_,
            outputs,
            folder=RunFolder(tmp_path / "out"),
            progress=lambda one: during.add(gc.get_threshold()) if one.cases else None,
        )
        after = gc.get_threshold()
    finally:
        gc.set_threshold(*before)

    assert during == {(NEW_OBJECTS if usual == 700 else usual, 11, 12)}
    assert after == (usual, 11, 12)


@pytest.mark.parametrize(("jobs", "is_used"), [(1, False), (2, True)])
def test_an_executor_is_used_for_several_processes_only(
    request_: ScanRequest, jobs: int, is_used: bool
) -> None:
    called: list[int] = []

    def executor(job: ScanJob) -> Generator[Rendered, None, None]:
        called.append(job.jobs)
        yield from in_this_process(job)

    result = run_scan(replace(request_, jobs=jobs, formats=()), {}, executor=executor)

    assert called == ([2] if is_used else [])
    assert result.tally.cases == 20


def test_processes_give_the_bytes_of_one(request_: ScanRequest) -> None:
    request = replace(request_, formats=("csv", "json", "jsonl", "svrl"))

    one, result = written(request)
    two, other = written(replace(request, jobs=2))

    assert two == one
    assert other.tally == result.tally


def test_where_nothing_can_be_read_nothing_is_left(tmp_path: Path, request_: ScanRequest) -> None:
    (tmp_path / "not.xml").write_text("<other/>")
    request = replace(request_, exports=(tmp_path / "not.xml",))

    with pytest.raises(InputUnreadable, match="not a case export"):
        run_scan(request, planned_outputs(request), folder=RunFolder(tmp_path / "out"))

    assert list((tmp_path / "out").iterdir()) == []


def test_a_scan_imports_no_processes_and_no_library_of_a_format() -> None:
    unwanted = (
        *("multiprocessing", "msp_rules.audit.run_folder", "sqlalchemy"),
        *("openpyxl", "jinja2", "pyarrow", "jsonschema"),
    )
    script = (
        "import sys, msp_rules.audit.run, msp_rules.reports.formats\n"
        f"print([name for name in {unwanted!r} if name in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)

    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_a_request_takes_its_moment_in_any_form_and_refuses_a_naive_one(
    request_: ScanRequest,
) -> None:
    as_text = replace(request_, as_of="2026-01-05T10:00:00Z")
    as_datetime = replace(request_, as_of=datetime(2026, 1, 5, 10, tzinfo=UTC))

    assert as_text.cutoff == as_datetime.cutoff == parse_as_of("2026-01-05T10:00:00")
    assert request_.cutoff is None
    with pytest.raises(MspRulesError, match="without a time zone"):
        replace(request_, as_of=datetime(2026, 1, 5, 10))  # noqa: DTZ001 - what is refused
