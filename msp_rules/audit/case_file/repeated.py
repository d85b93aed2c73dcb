"""Repeats a draw from its own document, and says what differs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from msp_rules.audit.case_file.sample import (
    SCHEMA,
    Sample,
    make_sample,
    sample_document,
    stated_request,
)
from msp_rules.audit.case_reader import CaseFiles
from msp_rules.audit.documents import names_of, read_document, ruleset_row
from msp_rules.audit.verification import CANNOT, DIFFERS, OK, Check
from msp_rules.casework.moments import parse_as_of
from msp_rules.errors import InputUnreadable, MspRulesError, SourceLocation

_TOP: Final = ("seed", "as_of", "window", "complete", "strata", "unplaceable")
"""The parts of `sample.json` that a draw gives, beside its options."""


def repeat_sample(path: Path, files: CaseFiles) -> tuple[Mapping[str, Any], Sample]:
    """Draws again as a `sample.json` says; raises InputUnreadable where it can't be read."""
    body = read_document(path, SCHEMA)
    try:
        request, as_of = stated_request(body), parse_as_of(body["as_of"])
    except (KeyError, TypeError, ValueError):  # their texts may hold what stands in the file
        reason = "it states a draw that can't be made"
        raise InputUnreadable(reason, SourceLocation(path=path.name)) from None
    return body, make_sample(replace(files, as_of=as_of), request)


def check_sample(path: Path, files: CaseFiles) -> list[Check]:
    """Repeats a draw and compares everything that it gives."""
    try:
        body, again = repeat_sample(path, files)
    except InputUnreadable as error:
        return [Check("draw", CANNOT, str(error))]
    except MspRulesError as error:
        # A wish about a case that is not there: these exports, or the document, are others.
        return [Check("draw", DIFFERS, str(error))]
    return differences(body, again, files)


def differences(body: Mapping[str, Any], again: Sample, files: CaseFiles) -> list[Check]:
    """Compares a stated draw with the same one made again."""
    checks = [_check_ruleset(body, files), *_check_inputs(body, names_of(again.frame.inputs))]
    made = sample_document(again, files.ruleset)
    for key in _TOP:
        is_same = body.get(key) == made[key]
        why = None if is_same else "the draw made again gives something else"
        checks.append(Check(key, OK if is_same else DIFFERS, why))
    return checks


def _check_ruleset(body: Mapping[str, Any], files: CaseFiles) -> Check:
    is_same = body.get("ruleset") == ruleset_row(files.ruleset)
    why = None if is_same else "its files differ from those that were drawn with"
    return Check(f"ruleset {files.ruleset.id}", OK if is_same else CANNOT, why)


def _check_inputs(body: Mapping[str, Any], here: Sequence[Mapping[str, object]]) -> list[Check]:
    """Compares files by hash: a copy under another name is the same export."""
    stated = {row["sha256"]: row["name"] for row in body.get("inputs", ())}
    found = {row["sha256"]: row["name"] for row in here}
    checks = [
        Check(f"input {name}", OK)
        if digest in found
        else Check(f"input {name}", CANNOT, "no file given has the stated hash")
        for digest, name in sorted(stated.items(), key=lambda row: str(row[1]))
    ]
    more = sorted(str(name) for digest, name in found.items() if digest not in stated)
    return checks + [Check(f"input {name}", DIFFERS, "it was not drawn from") for name in more]
