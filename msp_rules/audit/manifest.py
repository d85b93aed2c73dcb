"""Records what results rest on, in a file by which others can check and repeat the scan."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson
from lxml import etree

from msp_rules.audit.assumed import assumption_documents
from msp_rules.audit.ends import end_rows
from msp_rules.audit.exceptions import ExceptionAtWork, exceptions_at_work, switched_off
from msp_rules.audit.pseudonyms import pseudonymised_result
from msp_rules.audit.request import Hiding, ScanRequest
from msp_rules.audit.result import ScanResult
from msp_rules.casework.bank_holidays import COVERED_FROM, COVERED_UNTIL
from msp_rules.casework.case import InputWarning
from msp_rules.casework.moments import Cutoff, end_of_day, iso_date, iso_instant, parse_as_of
from msp_rules.engine.matchers.choice import MATCHERS
from msp_rules.errors import InputUnreadable, SourceLocation, why_unreadable
from msp_rules.rules.language.rule import Reasons
from msp_rules.version import __version__

MANIFEST: Final = "manifest.json"
SCHEMA: Final = "msp-manifest/1"
_LIBRARIES: Final = (
    *("lxml", "holidays", "tzdata", "orjson", "jinja2", "openpyxl", "pyarrow", "durable-rules"),
    "python-calamine",
)
"""The libraries that the bytes of a result may depend on."""


def manifest(result: ScanResult) -> Mapping[str, Any]:
    """States what a result rests on: no folder, no person, no case."""
    ruleset, mapping = result.ruleset, result.mapping
    dates = sorted({one.as_of for one in result.inputs})
    exceptions = exceptions_at_work(result)
    assumptions = assumption_documents(result)
    return {
        "as_of": dates[0] if len(dates) == 1 else None,
        "engine": f"msp-rules {__version__}; {result.matcher_name}",
        "ruleset": {"id": ruleset.id, "version": ruleset.version, "sha256": ruleset.sha256},
        "layers": [
            {"id": one.id, "version": one.version, "sha256": one.sha256} for one in ruleset.layers
        ],
        "mapping": None if mapping is None else {"name": mapping.name, "sha256": mapping.sha256},
        **({"assumptions": assumptions} if assumptions else {}),
        "warnings": [warning_row(one) for one in result.tally.warnings],
        "switched_off": switched_off(result),
        **({"changes": changes} if (changes := _change_rows(result)) else {}),
        **({"ends": ends} if (ends := end_rows(result)) else {}),
        "waivers": [_exception_row(one) for one in exceptions if one.is_waiver],
        "filters": [_exception_row(one) for one in exceptions if not one.is_waiver],
        "calendar": {
            "from": COVERED_FROM.isoformat(),
            "until": COVERED_UNTIL.isoformat(),
            "sha256": result.calendar_sha256,
        },
        "inputs": [
            {"name": one.name, "sha256": one.sha256, "bytes": one.size, "as_of": one.as_of}
            for one in result.inputs
        ],
        "pseudonym_key": result.pseudonym_key,
        "complete": result.is_complete,
    }


def warning_row(warning: InputWarning) -> Mapping[str, Any]:
    """Gives a warning as JSON holds it: where it is of no file or line, without those."""
    place = {"input": warning.input, "line": warning.line}
    said = {name: value for name, value in place.items() if value is not None}
    return {"code": warning.code, "reason": warning.reason, **said}


def pseudonyms_said(key_id: str) -> str:
    """Explains the pseudonyms of a report to its reader."""
    return (
        f"Cases, events, teams and inputs have pseudonyms made with the key {key_id}. "
        "Whoever has that key and the export can look up the originals: "
        "msp-rules identify EXPORT PSEUDONYM"
    )


def write_manifest(
    result: ScanResult, request: ScanRequest, folder: Path, files: Mapping[str, bool]
) -> None:
    """Writes manifest.json for result files, given by name and whether they have pseudonyms.

    It alone holds the hashes and the versions of libraries: a result file can't hold its own hash,
    and must be the same bytes wherever its content is the same. It does not say when it was
    written.
    """
    if request.pseudonyms is not None and request.hiding is Hiding.ALL:
        result = pseudonymised_result(result, request.pseudonyms)
    body = {
        "schema": SCHEMA,
        **manifest(result),
        "interrupted": result.was_interrupted,
        "options": options_row(request),
        "versions": versions(),
        "outputs": [
            {**output_row(folder / name), "pseudonyms": is_hidden}
            for name, is_hidden in sorted(files.items())
        ],
    }
    text = orjson.dumps(body, option=orjson.OPT_INDENT_2) + b"\n"
    fresh = folder / f".{MANIFEST}.new"
    try:
        fresh.write_bytes(text)
        fresh.replace(folder / MANIFEST)
    finally:
        fresh.unlink(missing_ok=True)


class ReadManifest(NamedTuple):
    """A manifest.json that was read."""

    content: bytes
    """Its bytes."""
    body: Mapping[str, Any]
    """The JSON document in them."""


def read_manifest(path: Path) -> ReadManifest:
    """Reads a manifest beside results; raises InputUnreadable for any other file."""
    where = SourceLocation(path=path.name)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputUnreadable(why_unreadable(error), where) from None
    try:
        body = orjson.loads(content)
    except orjson.JSONDecodeError:
        raise InputUnreadable("not valid JSON, so not a manifest", where) from None
    if not _is_manifest(body):
        raise InputUnreadable(f"not a manifest of a scan ({SCHEMA})", where)
    return ReadManifest(content, body)


def _is_manifest(body: Any) -> bool:
    if not isinstance(body, dict) or body.get("schema") != SCHEMA:
        return False
    if not _has(body, options=dict, versions=dict, ruleset=dict, layers=list, inputs=list):
        return False
    options, rows = body["options"], body.get("outputs")
    if not _has(options, formats=list, shown_teams=list, matcher=str, pseudonyms=str):
        return False
    if not isinstance(rows, list) or not all(map(_is_row, (*rows, *body["inputs"]))):
        return False
    layers = (body["ruleset"], *body["layers"])
    if not all(_has(one, id=str, version=str, sha256=str) for one in layers):
        return False
    # A name that leads elsewhere is not that of a file beside the manifest.
    return all(Path(row["name"]).name == row["name"] for row in rows)


def _is_row(row: Any) -> bool:
    """Says whether it names a file, its hash and its size."""
    return _has(row, name=str, sha256=str, bytes=int)


def _has(found: Any, **kinds: type) -> bool:
    return isinstance(found, dict) and all(isinstance(found.get(k), t) for k, t in kinds.items())


def output_row(path: Path) -> dict[str, Any]:
    """Gives the name, hash and size of a file; raises OSError where it can't be read."""
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return {"name": path.name, "sha256": digest, "bytes": path.stat().st_size}


def versions() -> dict[str, str]:
    """Lists the installed versions of this program and of what its bytes may depend on."""
    found = {"msp-rules": __version__, "python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    found["libxml2"] = ".".join(map(str, etree.LIBXML_VERSION))
    return found


def options_row(request: ScanRequest) -> Mapping[str, Any]:
    """States the options that change the files of a scan."""
    return {
        "as_of": None if request.cutoff is None else _moment(request.cutoff),
        "all_rows": request.all_rows,
        "formats": sorted(request.formats),
        "matcher": request.matcher,
        "pseudonyms": request.hiding.value,
        "pseudonym_key": None if request.pseudonyms is None else request.pseudonyms.key_id,
        "shown_teams": sorted(request.shown_teams),
        "max_unpacked": request.max_mebibytes,
    }


def with_stated_options(request: ScanRequest, options: Mapping[str, Any]) -> ScanRequest:
    """Gives a request the options that `options_row` stated, but for formats and the key.

    Raises ValueError where they are not those of any scan.
    """
    as_of, mebibytes = options.get("as_of"), options.get("max_unpacked")
    teams, all_rows = options["shown_teams"], options.get("all_rows")
    if options["matcher"] not in MATCHERS or not isinstance(all_rows, bool):
        raise ValueError("not the options of a scan")
    if mebibytes is not None and not (type(mebibytes) is int and mebibytes > 0):
        raise ValueError("not the options of a scan")
    if not all(isinstance(team, str) for team in teams) or not isinstance(as_of, str | None):
        raise ValueError("not the options of a scan")
    return replace(
        request,
        as_of=None if as_of is None else parse_as_of(as_of),
        all_rows=all_rows,
        matcher=options["matcher"],
        hiding=Hiding(options["pseudonyms"]),
        shown_teams=frozenset(teams),
        max_mebibytes=mebibytes,
    )


def _moment(cutoff: Cutoff) -> str:
    is_whole_day = cutoff == end_of_day(cutoff.day)
    return iso_date(cutoff.day) if is_whole_day else iso_instant(cutoff.instant)


def who_and_when(reasons: Reasons) -> Mapping[str, Any]:
    """Gives who wrote something local, and when it was approved; None where nothing says so."""
    approved = reasons.approved_on
    return {
        "approved_on": approved.isoformat() if approved is not None else None,
        "written_by": reasons.written_by,
    }


def _change_rows(result: ScanResult) -> list[Mapping[str, Any]]:
    """Lists the values that overlays change, as they were and as they are."""
    return [
        {
            "layer": one.reasons.layer,
            "rule": one.rule,
            "what": one.key,
            "before": one.before,
            "after": one.after,
            "because": one.reasons.because,
            "approved_by": one.reasons.approved_by,
            **who_and_when(one.reasons),
            "from": one.period.first.isoformat() if one.period.first is not None else None,
            "expires": one.period.last.isoformat() if one.period.last is not None else None,
        }
        for one in result.ruleset.changes
    ]


def _exception_row(one: ExceptionAtWork) -> Mapping[str, Any]:
    period = one.reasons.period
    return {
        "layer": one.reasons.layer,
        "name": one.name,
        "rules": list(one.rules),
        "because": one.reasons.because,
        "approved_by": one.reasons.approved_by,
        **who_and_when(one.reasons),
        "from": period.first.isoformat() if period.first is not None else None,
        "expires": period.last.isoformat() if period.last is not None else None,
        "state": one.state,
        "matched": one.matched,
    }
