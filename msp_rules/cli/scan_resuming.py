"""What makes two scans the same one, and what an earlier one left in the folder of results."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import click

from msp_rules.audit.pseudonyms import Pseudonyms
from msp_rules.audit.saved_scan import LAYOUT
from msp_rules.audit.scan import Scan
from msp_rules.errors import InputUnreadable
from msp_rules.intake.export_files import ExportFile, sha256_on_disk
from msp_rules.reports.manifest import Options, versions
from msp_rules.reports.run_folder import RunFolder
from msp_rules.reports.scan_run import CHECKPOINT_SECONDS, Identity, checkpoint_of

STOPPING: Final = "stopping in order; once more stops at once"


def resuming_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options `--resume` and `--checkpoint-seconds`."""
    resume = click.option(
        "--resume", is_flag=True, help="Go on with the scan into --out that was broken off."
    )
    seconds = click.option(
        "--checkpoint-seconds",
        type=click.FloatRange(min=0),
        default=CHECKPOINT_SECONDS,
        show_default=True,
        help="How often a scan into --out writes down how far it is.",
    )
    return resume(seconds(command))


def identity_of(
    scan: Scan,
    files: Sequence[ExportFile],
    mapping: Path | None,
    options: Options,
    pseudonyms: Pseudonyms | None,
) -> Identity:
    """What a scan rests on: the same of it, and the results are the same byte for byte."""
    ruleset = scan.engine.ruleset
    return {
        "versions": (versions(), scan.engine.matcher_name, LAYOUT),
        "rulesets": (ruleset.sha256, tuple(one.sha256 for one in ruleset.layers)),
        "mappings": None if mapping is None else _disk_state(mapping),
        "inputs": tuple((one.name, _disk_state(one.path)) for one in files),
        "options": (options, scan.limits),
        "keys of pseudonyms": None if pseudonyms is None else pseudonyms.key_id,
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
    """The hash and size of a file, or of each right in a folder; else why it can't be read."""
    if path.is_dir():
        return tuple((one.name, _disk_state(one)) for one in sorted(path.iterdir()))
    try:
        return sha256_on_disk(path)
    except InputUnreadable as error:
        return error.reason
