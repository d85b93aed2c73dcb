"""The kept files: their names, how each is opened, and what is asked of it."""

from __future__ import annotations

import io
import json
import lzma
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from tests.golden.runs import Tree, command

KEPT: Final = Path(__file__).with_name("kept")
EXPECTED: Final = "expected.json"
MEMORY_ON_SQLITE: Final = "memory.sqlite.xz"
MEMORY_ON_POSTGRESQL: Final = "memory.postgresql.sql.xz"
MEMORY_ANSWERS: Final = "memory-answers.json.xz"
FINISHED: Final = "finished-scan.tar.xz"
CHECKPOINT: Final = "checkpoint.tar.xz"
MAPPINGS: Final = ("forms", "rows")
RELEASE: Final = "rulesets/msp-core-0.1.0"
"""The rules that the kept files were made with."""
RESUMED_FORMATS: Final = ("json", "jsonl", "csv", "html", "xlsx", "svrl", "junit", "parquet")
VERIFIED_FORMATS: Final = ("json", "jsonl", "csv", "html", "svrl", "junit")
"""Not those that a library packs: their bytes may be others on another machine."""


def expected() -> dict[str, Any]:
    """Returns what the kept files held when they were made."""
    found: dict[str, Any] = json.loads((KEPT / EXPECTED).read_text("utf-8"))
    return found


def unpacked(name: str) -> bytes:
    """Returns the content of a kept file that is packed."""
    return lzma.decompress((KEPT / name).read_bytes())


def unpack_folder(name: str, target: Path) -> Path:
    """Unpacks a kept folder; returns where it lies."""
    target.mkdir()
    with tarfile.open(fileobj=io.BytesIO(unpacked(name))) as archive:
        archive.extractall(target, filter="data")
    return target


def resumed_scan(formats: Sequence[str], out: str = "out") -> list[str]:
    """Returns the words of the scan that was interrupted."""
    chosen = [word for name in formats for word in ("--format", name)]
    words = ["scan", "export.xml.gz", "--identify", "--jobs", "1", "--checkpoint-seconds", "0"]
    return [*words, *chosen, "--quiet", "--out", out]


def verification(folder: Path, tree: Tree) -> Any:
    """Returns what `verify` says of the finished scan, and its exit code."""
    words = ["verify", "out/manifest.json", "export.xml.gz", "--overlay", "example-council"]
    done = command([*words, "--pseudonym-key", "known.key", "--json"], folder, tree)
    said = json.loads(done.stdout) if done.stdout else {}
    return {"exit_code": done.returncode, "errors": done.stderr.decode(), **said}


def mapped_scan(name: str, folder: Path, tree: Tree) -> Any:
    """Returns what a scan of an example by its mapping answers, by the rules of that day."""
    source = KEPT / "mappings"
    words = ["scan", str(source / f"{name}.xml"), "--mapping", str(source / f"{name}.yaml")]
    release = tree.folder / RELEASE
    if release.is_dir():  # the tree that made the kept files had no other rules
        words += ["--ruleset", str(release)]
    done = command([*words, "--identify", "--format", "json", "--out", name], folder, tree)
    body = json.loads((folder / name / "results.json").read_bytes())
    keys = ("rule", "subject", "verdict", "due", "evidence")
    return {
        "exit_code": done.returncode,
        "errors": done.stderr.decode(),
        "faults": body["faults"],
        "unmapped": body["totals"]["unmapped"],
        "cases": {
            case["case"]: [" ".join(_word(row[key]) for key in keys) for row in case["verdicts"]]
            for case in body["cases"]
        },
    }


def _word(value: Any) -> str:
    return ",".join(value) if isinstance(value, list) else str(value or "-")
