"""Reports of made-up exports, written without the command line: the rules are read once."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from msp_rules.audit.request import Hiding, ScanRequest
from msp_rules.audit.result import ScanResult
from msp_rules.audit.run import run_scan
from msp_rules.audit.run_folder import RunFolder
from msp_rules.intake.mapping.language import CaseMapping
from msp_rules.reports.formats import FORMATS, planned_outputs
from msp_rules.rules import load_layers, shipped_ruleset
from msp_rules.rules.language.rule import Ruleset

FILES = {name: one.file for name, one in FORMATS.items()}
"""The file of each format."""


@cache
def core_rules() -> Ruleset:
    """The core ruleset."""
    return load_layers(shipped_ruleset("msp-core")).ruleset


def report(
    exports: Path | Iterable[Path],
    out: Path,
    *formats: str,
    ruleset: Ruleset | None = None,
    all_rows: bool = False,
    mapping: CaseMapping | None = None,
) -> ScanResult:
    """Writes the reports of exports in some formats (left out: in all of them).

    Of a mapped export as of the end of March 2026.
    """
    request = ScanRequest(
        exports=(exports,) if isinstance(exports, Path) else tuple(exports),
        ruleset=ruleset or core_rules(),
        matcher="python",
        formats=formats or tuple(FORMATS),
        all_rows=all_rows,
        hiding=Hiding.NONE,
        jobs=1,
        mapping=mapping,
        as_of="2026-03-31" if mapping is not None else None,
    )
    return run_scan(request, planned_outputs(request), folder=RunFolder(out))
