"""Reads and writes the documents of audits: JSON, the same bytes for the same content."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from msp_rules.casework.case import Fault
from msp_rules.errors import InputUnreadable, SourceLocation, why_unreadable
from msp_rules.intake.source import InputFile
from msp_rules.rules.language.rule import Ruleset


def read_document(path: Path, schema: str) -> dict[str, Any]:
    """Reads a document of an audit; raises InputUnreadable for any other file."""
    return read_any_document(path, (schema,))


def read_any_document(path: Path, schemas: Sequence[str]) -> dict[str, Any]:
    """Reads a document of one of these forms; raises InputUnreadable for any other file."""
    form = " or ".join(schemas)
    name = path.name or str(path)  # "." has no name of its own
    where = SourceLocation(path=name)
    try:
        content = path.read_bytes()
    except IsADirectoryError:
        raise InputUnreadable("it is a folder: name the .json file in it", where) from None
    except OSError as error:
        raise InputUnreadable(why_unreadable(error), where) from None
    if not content.strip():
        raise InputUnreadable("the file is empty", where)
    try:
        body = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        at = SourceLocation(path=name, line=error.lineno, column=error.colno)
        raise InputUnreadable(
            f"it is not valid JSON, so not a document of the form {form}", at
        ) from None
    if not isinstance(body, dict) or body.get("schema") not in schemas:
        raise InputUnreadable(f"it is not a document of the form {form}", where)
    return body


def document_bytes(body: Mapping[str, Any]) -> bytes:
    """Gives the bytes of a document, the same for the same content."""
    return orjson.dumps(body, option=orjson.OPT_INDENT_2) + b"\n"


def ruleset_row(ruleset: Ruleset) -> dict[str, Any]:
    """Names a ruleset with its layers, by hash."""
    return {
        "id": ruleset.id,
        "version": ruleset.version,
        "sha256": ruleset.sha256,
        "layers": [
            {"id": one.id, "version": one.version, "sha256": one.sha256} for one in ruleset.layers
        ],
    }


def names_of(inputs: Sequence[InputFile]) -> list[dict[str, object]]:
    """Lists files as the documents of an audit hold them."""
    return [{"name": one.name, "sha256": one.sha256, "bytes": one.size} for one in inputs]


def fault_rows(faults: Iterable[Fault]) -> list[dict[str, object]]:
    """Lists what could not be read, as the documents of an audit hold it; no content of a case."""
    return [
        {
            "input": one.input,
            "line": one.line,
            "case": one.case,
            "event": one.event,
            "reason": one.reason,
        }
        for one in faults
    ]
