"""Makes one table of ratios of all that is measured, and compares it with one that was kept.

`python -m benchmarks.ratios --compiled FOLDER --peers FOLDER` measures scans against yardsticks
(`benchmarks.run`), ten rules against other engines (`benchmarks.peers`), the way from an event to
its prompts (`benchmarks.prompt_time`) and how the work grows (`benchmarks.growth`,
`benchmarks.open_cases`), with the plain package and the compiled one. With `--check FILE` only the
scans are measured, and it fails where one of them has become slower by a tenth, beside the
yardstick, than FILE says; `--keep FILE` writes it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

SLOWER_BY: Final = 0.9
"""The part of the kept ratio below which a scan has become slower."""
_JOBS: Final = 2
_ROUNDS_TO_CHECK: Final = 9
_RATE: Final = "of_extraction_rate"
_KEPT: Final = "of_extraction_processor_time"
"""What is kept: processor time is what a busy machine changes least."""


def machine() -> Mapping[str, object]:
    """Describes the machine, and how busy it is: ratios of another one differ."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        lines = []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "processor": models[0] if models else platform.processor(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
    }


def slower(kept: Mapping[str, float], now: Mapping[str, float]) -> list[str]:
    """Says of each kept ratio that is missing by now, or has become worse by a tenth."""
    found = []
    for name, before in kept.items():
        ratio = now.get(name)
        if ratio is None:
            found.append(f"{name}: {before} was kept, and it was not measured")
        elif ratio < before * SLOWER_BY:
            found.append(f"{name}: {before} was kept, {ratio} is left")
    return found


def scan_ratios(scans: Mapping[str, Any]) -> dict[str, float]:
    """Picks the ratios of whole scans to the yardstick, by processor time."""
    return {name: row[_KEPT] for name, row in scans.items() if "scan" in name}


def table(scans: Mapping[str, Any], others: Mapping[str, Mapping[str, Any]]) -> str:
    """Makes the table, in Markdown."""
    rows = [
        "| | rate of extraction's | of its processor time | cases a second | MiB of the largest |",
        "|---|---|---|---|---|",
    ]
    for name, row in scans.items():
        if isinstance(row, dict) and _RATE in row:
            memory = row["peak_mebibytes_of_the_largest"]
            figures = (row[_RATE], row[_KEPT], row["cases_a_second"], memory)
            rows.append(f"| {name} | {' | '.join(map(str, figures))} |")
    for prefix in ("", "compiled_"):
        one, two = scans.get(f"{prefix}scan_1"), scans.get(f"{prefix}scan_{_JOBS}")
        if one and two:
            gained = round(one["seconds"] / two["seconds"], 2)
            rows.append(f"| {prefix}scan: {_JOBS} processes over one | {gained} | | | |")
    rows += ["", "| | |", "|---|---|"]
    for name, figures in others.items():
        for what, figure in figures.items():
            said = figure
            if isinstance(figure, dict):
                said = ", ".join(f"{key} {value}" for key, value in figure.items())
            rows.append(f"| {name}: {what} | {said} |")
    return "\n".join(rows) + "\n"


def main() -> None:
    """Runs the benchmarks that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--compiled", type=Path, help="a folder that holds the compiled package")
    parser.add_argument("--peers", type=Path, help="a folder that holds the other engines")
    parser.add_argument("--open-cases", action="store_true", help="also fill memories of a desk")
    parser.add_argument("--out", type=Path, default=Path("out/ratios.json"))
    parser.add_argument("--keep", type=Path, help="write the ratios of scans to this file")
    parser.add_argument("--check", type=Path, help="fail where a scan is slower than it says")
    options = parser.parse_args()
    if options.check is not None and not options.check.exists():
        raise SystemExit(f"{options.check}: nothing is kept there yet; make bench-keep writes it")
    kept = None if options.check is None else json.loads(options.check.read_text("utf-8"))
    if kept is not None:
        options.cases, options.rounds = kept["cases"], _ROUNDS_TO_CHECK
    with tempfile.TemporaryDirectory() as name:
        export = _export(Path(name), options.cases)
        scans = _scans(export, options)
        others = {} if kept is not None or options.keep else _others(export, options)
    said = {"machine": machine(), "scans": scans, **others}
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(said, indent=2) + "\n", encoding="utf-8")
    sys.stdout.write(table(scans, others))
    ratios = scan_ratios(scans)
    if options.keep is not None:
        document = {
            "machine": machine(),
            "cases": options.cases,
            "rounds": options.rounds,
            _KEPT: ratios,
        }
        options.keep.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    if kept is not None and (worse := slower(kept[_KEPT], ratios)):
        raise SystemExit("\n".join(["slower than what is kept:", *worse]))


def _export(folder: Path, cases: int) -> Path:
    path = folder / "generated.xml"
    _run(["benchmarks.export_generator", "--cases", str(cases), "--seed", "7", "--out", str(path)])
    return path


def _scans(export: Path, options: argparse.Namespace) -> dict[str, Any]:
    words = ["--export", str(export), "--cases", str(options.cases), "--jobs", str(_JOBS)]
    words += ["--rounds", str(options.rounds), "--out", str(export.with_suffix(".json"))]
    if options.compiled is not None:
        words += ["--compiled", str(options.compiled)]
    scans: dict[str, Any] = json.loads(_run(["benchmarks.run", *words]))
    return scans


def _others(export: Path, options: argparse.Namespace) -> dict[str, Mapping[str, Any]]:
    """Measures all else, with the plain package and the compiled one."""
    found: dict[str, Mapping[str, Any]] = {}
    packages = {"": ()} if options.compiled is None else {"": (), "compiled ": (options.compiled,)}
    for prefix, home in packages.items():
        peers = () if options.peers is None else (options.peers,)
        for name, command, path in (
            ("ten rules", ["benchmarks.peers.run", "--export", str(export)], (*home, *peers)),
            ("event to prompt", ["benchmarks.prompt_time"], home),
            ("ten times", ["benchmarks.growth", "--export", str(export)], home),
            ("open cases", ["benchmarks.open_cases"], home),
        ):
            if name != "open cases" or options.open_cases:
                found[f"{prefix}{name}"] = json.loads(_run(command, path))
    return found


def _run(command: Sequence[str], path: Sequence[Path] = ()) -> str:
    """Runs a module in a fresh process with these folders before all others; gives its output."""
    folders = [str(one.resolve()) for one in path]
    script = f"import runpy, sys; sys.path[:0] = {folders!r}; sys.argv = {list(command)!r}; "
    script += f"runpy.run_module({command[0]!r}, run_name='__main__')"
    environment = dict(os.environ) | {"PYTHONPATH": os.pathsep.join(folders)}
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, stdout=subprocess.PIPE, env=environment
    )
    return done.stdout.decode()


if __name__ == "__main__":
    main()
