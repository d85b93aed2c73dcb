"""What makes two scans the same one, and what an earlier one left in the folder of results."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from msp_rules import __version__
from msp_rules.audit.scan import Scan
from msp_rules.errors import InputUnreadable
from msp_rules.intake.export_files import ExportFile, sha256_on_disk
from msp_rules.reports.run_folder import RunFolder
from msp_rules.reports.scan_run import Identity, checkpoint_of

STOPPING: Final = "stopping in order; once more stops at once"


def identity_of(
    scan: Scan, files: Sequence[ExportFile], mapping: Path | None, options: Mapping[str, object]
) -> Identity:
    """What a scan rests on: the same of it, and the results are the same byte for byte."""
    ruleset = scan.engine.ruleset
    return {
        "the program's versions": (__version__, scan.engine.matcher_name),
        "the rulesets": (ruleset.sha256, tuple(one.sha256 for one in ruleset.layers)),
        "the mappings": None if mapping is None else _file_sha256(mapping),
        "the inputs": tuple((one.name, _disk_state(one.path)) for one in files),
        "the options": {**options, "--max-unpacked": scan.limits.max_archive_bytes},
    }


def earlier_scan(
    folder: RunFolder, identity: Identity, *, resume: bool, tell: Callable[[str], None]
) -> Any:
    """What to go on with; None where the scan is to begin, and the folder is then cleared.

    Raises MspRulesError where another scan was broken off there than the one to resume.
    """
    state = None
    if resume:
        state = checkpoint_of(folder, identity)
        if state is None:
            what = "can't be used" if folder.has_checkpoint else "is not there"
            tell(f"a checkpoint to go on from {what}; the scan starts from the beginning")
    elif folder.has_checkpoint:
        tell("a scan was broken off here (--resume would go on with it); this one starts anew")
    if state is None:
        folder.begin()
    return state


def _disk_state(path: Path) -> object:
    try:
        return sha256_on_disk(path)
    except InputUnreadable as error:
        return error.reason


def _file_sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
