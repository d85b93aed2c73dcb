"""Defines the functions of the public API that combine several packages in one call.

`msp_rules` exports them beside what the packages themselves offer. Packages that a caller may not
need (a live host runs no scans, and may lack their libraries) are imported when they are used.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from msp_rules.casework.case import Case, Event
from msp_rules.errors import MspRulesError, did_you_mean
from msp_rules.extras import library_of
from msp_rules.prompts.prompt import DeskState, Feedback

if TYPE_CHECKING:
    from msp_rules.audit.result import ScanResult
    from msp_rules.casework.moments import When
    from msp_rules.intake.mapping.language import CaseMapping
    from msp_rules.rules.language.rule import Ruleset

_Value = TypeVar("_Value", bound="Case | Event | DeskState | Feedback | ScanResult")

Exports = str | Path | Sequence[str | Path]
"""Files, or folders of them; a single one needs no list."""


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
    with library_of("cli", "msp_rules.scan"):
        from msp_rules.audit.pseudonyms import key_for_one_run  # noqa: PLC0415 - see above
        from msp_rules.audit.request import ScanRequest  # noqa: PLC0415
        from msp_rules.audit.run import run_scan  # noqa: PLC0415
        from msp_rules.audit.run_folder import RunFolder  # noqa: PLC0415
        from msp_rules.reports.formats import (
            DEFAULT_FORMATS,
            FORMATS,
            needs_pseudonyms,
            planned_outputs,
            result_files,
        )

    if out is None and formats:
        raise MspRulesError('formats are written into a folder; pass its path as "out"')
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
    folder = None if out is None else RunFolder(Path(out), replaces=result_files())
    return run_scan(request, planned_outputs(request), folder=folder)


def _paths(exports: Exports) -> tuple[Path, ...]:
    if isinstance(exports, str | Path):
        return (Path(exports),)
    return tuple(Path(one) for one in exports)


_FORMS: Final = "Case, Event, DeskState, Feedback or ScanResult"


def to_json(value: Case | Event | DeskState | Feedback | ScanResult) -> dict[str, Any]:
    """Writes a value as plain data for any JSON writer; its `schema` names the form and version.

    An event is written as one of the `events` of a case, and has no schema of its own. The lines of
    the input that a case came from are left out.
    """
    if isinstance(value, Case | Event):
        from msp_rules.intake.case_json import case_document, event_document  # noqa: PLC0415

        return case_document(value) if isinstance(value, Case) else event_document(value)
    if isinstance(value, DeskState | Feedback):
        from msp_rules.prompts.documents import feedback_message, state_document  # noqa: PLC0415

        if isinstance(value, DeskState):
            return dict(state_document(value))
        return dict(feedback_message(value))
    from msp_rules.audit.result import ScanResult, result_document  # noqa: PLC0415

    if isinstance(value, ScanResult):
        return result_document(value)
    raise MspRulesError(f"only a {_FORMS} has a JSON form")


def from_json(
    kind: type[_Value],
    document: Mapping[str, Any] | str | bytes,
    *,
    ruleset: Ruleset | None = None,
    mapping: CaseMapping | None = None,
) -> _Value:
    """Reads a value of a kind from what `to_json` or a host wrote: plain data, or JSON itself.

    A case or event is read by the words of `ruleset`, without it by those of the core. A scan
    result needs the rules, and the mapping, of its scan. Raises MspRulesError for a document of
    another form; the message names places and never their content.
    """
    data = _parsed(document) if isinstance(document, str | bytes) else document
    if not isinstance(data, Mapping):
        raise MspRulesError("not a JSON document of keys and values")
    return cast(_Value, _read(kind, data, ruleset, mapping))


def _read(
    kind: type[object],
    data: Mapping[str, Any],
    ruleset: Ruleset | None,
    mapping: CaseMapping | None,
) -> object:
    if kind is Case or kind is Event:
        from msp_rules.intake.case_json import case_from, event_from  # noqa: PLC0415

        vocabulary = None if ruleset is None else ruleset.vocabulary
        return case_from(data, vocabulary) if kind is Case else event_from(data, vocabulary)
    if kind is DeskState or kind is Feedback:
        from msp_rules.prompts.documents import feedback_from, state_of  # noqa: PLC0415

        return state_of(data) if kind is DeskState else feedback_from(data)
    from msp_rules.audit.result import ScanResult, result_from  # noqa: PLC0415

    if kind is not ScanResult:
        raise MspRulesError(f"only a {_FORMS} has a JSON form")
    if ruleset is None:
        raise MspRulesError("a scan result is read with the ruleset of its scan: pass it, too")
    return result_from(data, ruleset, mapping)


def _parsed(text: str | bytes) -> object:
    try:
        return json.loads(text)
    except ValueError:
        raise MspRulesError("not valid JSON") from None
