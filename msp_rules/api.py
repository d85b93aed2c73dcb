"""Does in one call what takes several rooms: the functions that only the public face needs.

`msp_rules` gives them beside what the rooms themselves offer. Rooms that a caller may do without
(a live host runs no scans, and may not have their libraries) are imported when they are used.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from msp_rules.errors import MspRulesError, did_you_mean

if TYPE_CHECKING:
    from msp_rules.audit.result import ScanResult
    from msp_rules.casework.moments import When
    from msp_rules.intake.mapping.language import CaseMapping
    from msp_rules.rules.language.rule import Ruleset

Exports = str | Path | Sequence[str | Path]
"""Files, or folders of them; one may stand by itself."""


def scan(
    exports: Exports,
    ruleset: Ruleset,
    *,
    mapping: CaseMapping | None = None,
    as_of: When | None = None,
    out: str | Path | None = None,
    formats: Sequence[str] = (),
) -> ScanResult:
    """Scans exports in this process, and gives what was counted and what could not be judged.

    With `out`, a folder, results and a manifest are written there, in the `formats` named or else
    in those of `msp-rules scan`. Formats that people pass on hold pseudonyms in place of ids, of a
    key that is not kept: `msp-rules scan` has a key of the council, and several processes.

    Raises InputUnreadable where nothing can be read of any export, and other MspRulesErrors where
    the scan can't be done as asked.
    """
    from msp_rules.audit.pseudonyms import key_for_one_run  # noqa: PLC0415 - see above
    from msp_rules.audit.request import ScanRequest  # noqa: PLC0415
    from msp_rules.audit.run import run_scan  # noqa: PLC0415
    from msp_rules.audit.run_folder import RunFolder  # noqa: PLC0415
    from msp_rules.reports.formats import (  # noqa: PLC0415
        DEFAULT_FORMATS,
        FORMATS,
        needs_pseudonyms,
        planned_outputs,
    )

    if out is None and formats:
        raise MspRulesError('formats are written into a folder: say which, as "out"')
    for name in formats:
        if name not in FORMATS:
            known = ", ".join(FORMATS)
            hint = did_you_mean(name, FORMATS)
            raise MspRulesError(f"an unknown format of results; known are {known}{hint}")
    request = ScanRequest(
        exports=_paths(exports),
        ruleset=ruleset,
        mapping=mapping,
        as_of=as_of,
        formats=() if out is None else tuple(formats) or DEFAULT_FORMATS,
        jobs=1,
    )
    if needs_pseudonyms(request):
        request = replace(request, pseudonyms=key_for_one_run())
    folder = None if out is None else RunFolder(Path(out))
    return run_scan(request, planned_outputs(request), folder=folder)


def _paths(exports: Exports) -> tuple[Path, ...]:
    if isinstance(exports, str | Path):
        return (Path(exports),)
    return tuple(Path(one) for one in exports)
