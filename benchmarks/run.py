"""Measures a scan against a bare parse of the same file, in one run, and writes the figures.

`python -m benchmarks.run --cases 50000 --out out/benchmark.json` generates an export, then measures
in fresh processes, turn about: the yardsticks (`benchmarks.yardsticks`), the reader alone, and
whole scans (`run_scan`) in one process and in as many as there are cores; then single evaluations
of cases of about 40 events. With `--compiled FOLDER` (see `make compiled`) the same again with the
compiled package, whose results must be the same to the byte. Ratios are what to compare; times
belong to one machine. `benchmarks.ratios` makes one table of these and of all others.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.part_of_core import write_part_of_core
from benchmarks.yardsticks import YARDSTICKS
from msp_rules.engine.engine import Engine
from msp_rules.intake.export_xml import open_export
from msp_rules.rules.loading import load_ruleset

_SAMPLE_SECONDS = 0.05


def scan(path: Path, ruleset: str, jobs: int, out: Path) -> None:
    """Scans an export into JSON and CSV."""
    # Imported here: the bare parse is not to be measured with what only a scan needs.
    from msp_rules.audit.request import ScanRequest
    from msp_rules.audit.run import run_scan
    from msp_rules.audit.run_folder import RunFolder
    from msp_rules.audit.workers import in_processes
    from msp_rules.reports.formats import planned_outputs

    request = ScanRequest(
        exports=(path,),
        ruleset=load_ruleset(ruleset),
        formats=("csv", "json"),
        jobs=jobs,
    )
    run_scan(request, planned_outputs(request), executor=in_processes, folder=RunFolder(out))


def main() -> None:
    """Runs the benchmark, or (with --only) one measured piece of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--ruleset", default="msp-core", help='a shipped name, a folder, or "first-rules"'
    )
    parser.add_argument("--compiled", type=Path, help="a folder that holds the compiled package")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--out", type=Path, default=Path("out/benchmark.json"))
    parser.add_argument("--only", choices=[*YARDSTICKS, "scan", "evaluate"], help=argparse.SUPPRESS)
    parser.add_argument("--export", type=Path, help="an export of --cases cases, made before")
    parser.add_argument(
        "--only-compiled", action="store_true", help="leave out the scans that are not compiled"
    )
    options = parser.parse_args()
    if options.only == "evaluate":
        sys.stdout.write(json.dumps(_evaluations(options.export, options.ruleset)))
        return
    if options.only == "scan":
        scan(options.export, options.ruleset, options.jobs, options.out)
        return
    if options.only is not None:
        sys.stdout.write(json.dumps(YARDSTICKS[options.only](options.export)))
        return
    with tempfile.TemporaryDirectory() as folder:
        if options.export is None:
            options.export = Path(folder) / "generated.xml"
            _generate(options.export, options.cases, options.seed)
        if options.ruleset == "first-rules":
            options.ruleset = str(write_part_of_core(Path(folder) / "first-rules"))
        result = {
            "python": platform.python_version(),
            "cores": os.cpu_count(),
            "cases": options.cases,
            "bytes": options.export.stat().st_size,
            "rounds": options.rounds,
            "rules": len(load_ruleset(options.ruleset).enabled_rules),
            **_whole_processes(Path(folder), options),
            **{
                f"{name}evaluate": _evaluate_apart(options, home)
                for name, home in _packages(options)
            },
        }
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    sys.stdout.write(json.dumps(result, indent=2) + "\n")


def _generate(export: Path, cases: int, seed: int) -> None:
    command = ["-m", "benchmarks.export_generator", "--cases", str(cases), "--seed", str(seed)]
    subprocess.run([sys.executable, *command, "--out", str(export)], check=True)


def _packages(options: argparse.Namespace) -> list[tuple[str, Path | None]]:
    """The packages to measure: a prefix for the names of their figures, and where each lies."""
    compiled = [("compiled_", options.compiled)] if options.compiled else []
    return compiled if compiled and options.only_compiled else [("", None), *compiled]


def _environment(home: Path | None) -> dict[str, str]:
    return dict(os.environ) | ({"PYTHONPATH": str(home.resolve())} if home is not None else {})


def _piece(options: argparse.Namespace, name: str, *words: str, home: Path | None) -> list[str]:
    """The command of one piece, with the package that lies in `home`, or else the plain one."""
    command = ["-m", "benchmarks.run"]
    if home is not None:
        # In the order of the path the folder of a `-m` comes first; the compiled package must.
        path = str(home.resolve())
        script = f"import sys; sys.path.insert(0, {path!r}); import benchmarks.run as b; b.main()"
        command = ["-c", script]
    command += ["--ruleset", options.ruleset, "--export", str(options.export), "--only", name]
    return [sys.executable, *command, *words]


def _evaluate_apart(options: argparse.Namespace, home: Path | None) -> Any:
    command = _piece(options, "evaluate", home=home)
    done = subprocess.run(command, check=True, capture_output=True, env=_environment(home))
    return json.loads(done.stdout)


def _whole_processes(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Wall seconds (median of the rounds) and peak memory of each piece; pieces take turns."""
    pieces: dict[str, tuple[list[str], Path | None]] = {
        name: (_piece(options, name, home=None), None) for name in YARDSTICKS
    }
    for prefix, home in _packages(options):
        for jobs in sorted({1, options.jobs}):
            name = f"{prefix}scan_{jobs}"
            words = ("--jobs", str(jobs), "--out", str(folder / name))
            pieces[name] = (_piece(options, "scan", *words, home=home), home)
    seconds: dict[str, list[float]] = {name: [] for name in pieces}
    processor: dict[str, list[float]] = {name: [] for name in pieces}
    memory: dict[str, int] = dict.fromkeys(pieces, 0)
    largest: dict[str, int] = dict.fromkeys(pieces, 0)
    counted: dict[str, list[int | None]] = {}
    for _ in range(options.rounds):
        for name, (command, home) in pieces.items():
            measured = _measure(command, _environment(home))
            if measured.said:
                counted[name] = json.loads(measured.said)
            seconds[name].append(measured.seconds)
            processor[name].append(measured.processor)
            memory[name] = max(memory[name], measured.peak)
            largest[name] = max(largest[name], measured.peak_of_one)
    _refuse_other_counts(counted, options.cases)
    for name in ("results.json", "results.csv"):
        digests = {_digest(folder / piece / name) for piece in pieces if "scan" in piece}
        if len(digests) != 1:
            raise SystemExit(f"{name} differs between the scans")
    rate, work = _beside_extraction(seconds), _beside_extraction(processor)
    return {
        name: {
            "seconds": round(statistics.median(seconds[name]), 3),
            "cases_a_second": round(options.cases / statistics.median(seconds[name])),
            "of_extraction_rate": round(statistics.median(rate[name]), 3),
            "of_extraction_rate_least": round(min(rate[name]), 3),
            "of_extraction_processor_time": round(statistics.median(work[name]), 3),
            "peak_mebibytes_of_all_processes": round(memory[name] / 1024),
            "peak_mebibytes_of_the_largest": round(largest[name] / 1024),
        }
        for name in pieces
    }


def _beside_extraction(spent: dict[str, list[float]]) -> dict[str, list[float]]:
    """What the yardstick took in each round, over what each piece took in it."""
    return {
        name: [yardstick / one for yardstick, one in zip(spent["extraction"], each, strict=True)]
        for name, each in spent.items()
    }


def _refuse_other_counts(counted: dict[str, list[int | None]], cases: int) -> None:
    """Ends the benchmark where not all have counted the same cases and events."""
    events = {found[1] for found in counted.values()} - {None}
    if any(found[0] != cases for found in counted.values()) or len(events) != 1:
        raise SystemExit(f"the yardsticks have counted different things: {counted}")


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


class _Measured(NamedTuple):
    seconds: float
    processor: float  # seconds of all its processes
    peak: int  # resident kibibytes of all its processes
    peak_of_one: int
    said: str  # the short line that it may write


def _measure(command: list[str], environment: dict[str, str]) -> _Measured:
    """Runs a command, and measures it with all the processes that it starts."""
    before, start = _processor_of_children(), time.perf_counter()
    peak = peak_of_one = 0
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        while process.poll() is None:
            each = [_resident(pid) for pid in _family(process.pid)]
            peak, peak_of_one = max(peak, sum(each)), max(peak_of_one, *each)
            time.sleep(_SAMPLE_SECONDS)
        spent = time.perf_counter() - start
        assert process.stdout is not None
        said = process.stdout.read()
    if process.returncode != 0:
        raise SystemExit(f"a measured command ended with {process.returncode}")
    return _Measured(spent, _processor_of_children() - before, peak, peak_of_one, said)


def _processor_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _family(pid: int) -> Iterator[int]:
    yield pid
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except OSError:
        return
    for child in children:
        yield from _family(int(child))


def _resident(pid: int) -> int:
    """Kibibytes; 0 where the system does not say."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmRSS")), 0)


def _evaluations(export: Path, ruleset: str) -> dict[str, Any]:
    """Single evaluations of the export's cases of 36 to 44 events."""
    with open_export(export) as reader:
        big = [case for case in reader if 36 <= len(case.events) <= 44][:1000]
        header = reader.header
    assert header is not None
    assert header.reference_date is not None
    engine = Engine(load_ruleset(ruleset))
    for case in big[:20]:
        engine.evaluate(case, header.reference_date)
    times = []
    for case in big:
        start = time.perf_counter()
        engine.evaluate(case, header.reference_date)
        times.append((time.perf_counter() - start) * 1000)
    hits, misses = engine.rows_remembered
    times.sort()
    return {
        "cases": len(big),
        "rules": len(engine.ruleset.enabled_rules),
        "events_mean": round(statistics.mean(len(case.events) for case in big), 1),
        "median_milliseconds": round(statistics.median(times), 3),
        "p99_milliseconds": round(times[len(times) * 99 // 100], 3),
        "rows_remembered": round(hits / (hits + misses), 3),
    }


if __name__ == "__main__":
    main()
