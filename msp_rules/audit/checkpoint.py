"""Writes the state of a scan as JSON, and reads it again for `--resume`.

A checkpoint is one document of the schema `schemas/checkpoint-2.json`, with a hash over its body.
Both are checked before anything of it is used, and JSON gives nothing but plain values, even if
somebody else wrote the file. Checkpoints of version 1 were pickles; they are never loaded
(`RunFolder`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson

from msp_rules.audit.manifest import options_row, versions
from msp_rules.audit.output import OutputState
from msp_rules.audit.request import ScanRequest
from msp_rules.audit.result import unreadable_from, unreadable_rows
from msp_rules.audit.state import Position, ScanState
from msp_rules.audit.tally import tally_from
from msp_rules.errors import InputUnreadable, MspRulesError
from msp_rules.extras import library_of
from msp_rules.intake.export_files import ExportFile, sha256_on_disk
from msp_rules.intake.file_names import shown_name
from msp_rules.intake.source import InputFile

SCHEMA: Final = "msp-checkpoint/2"
OTHER_VERSION: Final = (
    "the checkpoint here was written by another version of msp-rules and can't be resumed; "
    "run the same scan without --resume to start from the beginning"
)

Identity = Mapping[str, str]
"""A hash for each part that a scan rests on, under the name that a person knows the part by."""


class Extent(NamedTuple):
    """The part of a file that counts, from its beginning."""

    size: int = 0
    """The number of bytes."""
    crc32: int | None = 0
    """Their CRC-32; None where the size alone must do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A scan at a safe point, or one of which only the results must still be moved into place."""

    identity: Identity
    """The hashes of everything that the scan depends on."""

    state: ScanState
    """The counts and the position."""

    outputs: Mapping[str, OutputState]
    """The states of the outputs, by the names of their files."""

    files: Mapping[str, Extent]
    """The part of each unfinished file that counts."""

    is_complete: bool = False
    """True once all outputs are ended; some of them may not be in their place yet."""


def identity_of(request: ScanRequest, sources: Sequence[ExportFile], matcher_name: str) -> Identity:
    """Hashes what a scan rests on: where that is the same, results are the same byte for byte."""
    ruleset, mapping, pseudonyms = request.ruleset, request.mapping, request.pseudonyms
    parts: Mapping[str, object] = {
        "versions": [versions(), matcher_name],
        "rulesets": [ruleset.sha256, [one.sha256 for one in ruleset.layers]],
        "mappings": None if mapping is None else mapping.sha256,
        "inputs": [[one.name, _disk_state(one.path)] for one in sources],
        "options": [options_row(request), asdict(request.limits)],
        "keys of pseudonyms": None if pseudonyms is None else pseudonyms.key_id,
    }
    return {name: _sha256(orjson.dumps(part)) for name, part in parts.items()}


class ScanIdentity:
    """Hashes what a scan rests on when that is asked for, which takes as long as reading it all.

    A file that was changed since the scan began is like no other: what was read of it is not known.
    """

    def __init__(
        self, request: ScanRequest, sources: Sequence[ExportFile], matcher_name: str
    ) -> None:
        self._request, self._sources, self._matcher_name = request, sources, matcher_name
        self._at_first = self._marks()

    def hashes(self) -> Identity:
        """Gives the hash of each part."""
        found = identity_of(self._request, self._sources, self._matcher_name)
        return found if self._marks() == self._at_first else {**found, "inputs": _CHANGED}

    def _marks(self) -> list[object]:
        return [_mark_of(one.path) for one in self._sources]


_CHANGED: Final = hashlib.sha256(b"changed while they were read").hexdigest()
"""Stands for such files, so that a scan of what they are at last is not taken for the same."""


def refuse_another_scan(found: Identity, wanted: Identity) -> None:
    """Raises MspRulesError where a checkpoint is of another scan, and says in what it differs."""
    for name, value in wanted.items():
        if found.get(name) != value:
            message = (
                f"this is not the scan that was interrupted here: the {name} differ; "
                "run it without --resume to start from the beginning"
            )
            raise MspRulesError(message)


def checkpoint_bytes(checkpoint: Checkpoint) -> bytes:
    """Writes a checkpoint as JSON."""
    body = {
        "identity": checkpoint.identity,
        "is_whole": checkpoint.is_complete,
        "files": {name: extent._asdict() for name, extent in checkpoint.files.items()},
        "outputs": checkpoint.outputs,
        "state": _state_document(checkpoint.state),
    }
    return orjson.dumps(
        {"schema": SCHEMA, "sha256": _sha256(orjson.dumps(body)), "body": body},
        option=orjson.OPT_APPEND_NEWLINE,
    )


def checkpoint_from(data: bytes) -> Checkpoint | None:
    """Reads a checkpoint; None where it is damaged.

    Raises MspRulesError where another version of this package wrote it.
    """
    try:
        document = orjson.loads(data)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(document, dict) or "body" not in document:
        return None
    if document.get("schema") != SCHEMA:
        raise MspRulesError(OTHER_VERSION)
    body = document["body"]
    # What was parsed is written again: the same bytes, unless something was altered.
    if document.get("sha256") != _sha256(orjson.dumps(body)) or not _has_shape(document):
        return None
    return Checkpoint(
        identity=body["identity"],
        state=_state_from(body["state"]),
        outputs=body["outputs"],
        files={name: Extent(**extent) for name, extent in body["files"].items()},
        is_complete=body["is_whole"],
    )


@cache
def checkpoint_schema() -> Mapping[str, Any]:
    """Reads the JSON Schema of checkpoints."""
    text = files(__package__).joinpath("schemas/checkpoint-2.json").read_bytes()
    schema: Mapping[str, Any] = orjson.loads(text)
    return schema


def _has_shape(document: object) -> bool:
    with library_of("cli", "resuming a scan"):
        from jsonschema import Draft202012Validator  # noqa: PLC0415 - only who resumes waits for it

    return Draft202012Validator(checkpoint_schema()).is_valid(document)


def _state_document(state: ScanState) -> Mapping[str, object]:
    return {
        "position": list(state.position),
        "case_counts": state.case_counts,
        "first_fault": state.first_fault,
        "inputs": [asdict(one) for one in state.inputs],
        "unreadable": unreadable_rows(state.unreadable),
        "tally": state.tally.document(),
    }


def _state_from(document: Mapping[str, Any]) -> ScanState:
    return ScanState(
        tally=tally_from(document["tally"]),
        inputs=[InputFile(**one) for one in document["inputs"]],
        unreadable=unreadable_from(document["unreadable"]),
        position=Position(*document["position"]),
        case_counts=document["case_counts"],
        first_fault=document["first_fault"],
    )


def _disk_state(path: Path) -> object:
    """Hashes a file, or each file directly in a folder, with its size; else says why it can't."""
    if path.is_dir():
        return [[shown_name(one.name), _disk_state(one)] for one in sorted(path.iterdir())]
    try:
        return sha256_on_disk(path)
    except InputUnreadable as error:
        return error.reason


def _mark_of(path: Path) -> object:
    """Gives size and time of a file, or of each file directly in a folder; None if it is gone."""
    try:
        if path.is_dir():
            return [[one.name, _mark_of(one)] for one in sorted(path.iterdir())]
        state = path.stat()
    except OSError:
        return None
    return state.st_size, state.st_mtime_ns, state.st_ino


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
