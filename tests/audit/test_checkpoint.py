"""A checkpoint is JSON of a published schema, read without trust; it comes back as it was."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from jsonschema import Draft202012Validator

from msp_rules.audit.checkpoint import (
    Checkpoint,
    Extent,
    ScanIdentity,
    checkpoint_bytes,
    checkpoint_from,
    checkpoint_schema,
    refuse_another_scan,
)
from msp_rules.audit.request import ScanRequest
from msp_rules.audit.state import Position, ScanState
from msp_rules.audit.tally import Tally
from msp_rules.casework.case import Fault
from msp_rules.errors import InputUnreadable, MspRulesError, SourceLocation
from msp_rules.intake.export_files import ExportFile
from msp_rules.intake.source import InputFile
from tests.builders.case import one_rule

HASH = hashlib.sha256(b"x").hexdigest()


def checkpoint() -> Checkpoint:
    """One with something in every part."""
    tally = Tally(cases=3, answers={"A-01": [1, 0, 0, 0, 2, 0, 0, 0]}, is_complete=False)
    tally.faults = [Fault("a reason", "a.xml", 3, "C-1", "e1", "A-01"), Fault("another")]
    tally.answers_by_owner["council", "north"] = [1, 0, 0, 0, 2, 0, 0, 0]
    tally.cases_by_owner["council", "north"] = 3
    tally.unmapped["plan_made", "lead"] = 2
    state = ScanState(
        tally=tally,
        inputs=[InputFile(name="a.xml", sha256=HASH, size=7, as_of="2026-03-31")],
        unreadable=[InputUnreadable("it is not XML", SourceLocation(path="b.xml", line=1))],
        position=Position(2, 5),
        case_counts=[3, 0],
        first_fault=1,
    )
    return Checkpoint(
        identity={"inputs": HASH},
        state=state,
        outputs={"results.csv": None, "results.json": {"has_cases": True}},
        files={"results.csv": Extent(10, 99), "results.json": Extent(20, None)},
    )


def test_it_comes_back_as_it_was() -> None:
    one = checkpoint()

    again = checkpoint_from(checkpoint_bytes(one))

    assert again is not None
    assert checkpoint_bytes(again) == checkpoint_bytes(one)
    assert again.state.tally == one.state.tally
    assert (again.state.position, again.state.case_counts) == (Position(2, 5), [3, 0])
    assert [str(error) for error in again.state.unreadable] == ["b.xml:1: it is not XML"]
    assert (again.files, again.outputs) == (one.files, one.outputs)


def test_it_is_one_document_of_the_shipped_schema() -> None:
    schema = checkpoint_schema()

    Draft202012Validator.check_schema(schema)
    for one in (checkpoint(), Checkpoint(identity={}, state=ScanState(), outputs={}, files={})):
        Draft202012Validator(schema).validate(orjson.loads(checkpoint_bytes(one)))


def respelled(change: Callable[[dict[str, Any]], None]) -> bytes:
    """A checkpoint with another body, and the hash of that."""
    document = orjson.loads(checkpoint_bytes(checkpoint()))
    change(document["body"])
    document["sha256"] = hashlib.sha256(orjson.dumps(document["body"])).hexdigest()
    return orjson.dumps(document)


def test_what_is_not_of_the_schema_is_not_used() -> None:
    def without_faults(body: dict[str, Any]) -> None:
        del body["state"]["tally"]["faults"]

    def with_a_text_for_a_count(body: dict[str, Any]) -> None:
        body["state"]["tally"]["cases"] = "3"

    def with_a_part_too_many(body: dict[str, Any]) -> None:
        body["state"]["more"] = 1

    def with_a_verdict_too_few(body: dict[str, Any]) -> None:
        body["state"]["tally"]["answers"]["A-01"].pop()

    assert checkpoint_from(respelled(lambda _body: None)) is not None
    for change in (
        without_faults,
        with_a_text_for_a_count,
        with_a_part_too_many,
        with_a_verdict_too_few,
    ):
        assert checkpoint_from(respelled(change)) is None, change.__name__


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"null", b"{}", b"\x80\x05K\x01."])
def test_what_is_no_checkpoint_is_not_used(data: bytes) -> None:
    assert checkpoint_from(data) is None


def test_one_letter_altered_is_noticed() -> None:
    data = checkpoint_bytes(checkpoint())

    assert checkpoint_from(data.replace(b'"cases":3', b'"cases":4')) is None
    assert checkpoint_from(data[:-9]) is None


def test_another_version_is_refused() -> None:
    data = checkpoint_bytes(checkpoint()).replace(b"msp-checkpoint/2", b"msp-checkpoint/9")

    with pytest.raises(MspRulesError, match="by another version of msp-rules"):
        checkpoint_from(data)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with an export, and with a folder of CSV files."""
    (tmp_path / "tables").mkdir()
    for name in ("a.xml", "tables/cases.csv"):
        (tmp_path / name).write_bytes(b"<export/>")
    return tmp_path


def identity_in(folder: Path) -> ScanIdentity:
    """What a scan of what lies in the folder now would rest on."""
    request = ScanRequest(exports=(), ruleset=one_rule(folder / "small"))
    files = (ExportFile(path=folder / "a.xml", size=9), ExportFile(path=folder / "tables", size=9))
    return ScanIdentity(request, files, "python")


def test_the_same_files_are_the_same_scan(folder: Path) -> None:
    found = identity_in(folder).hashes()

    refuse_another_scan(found, identity_in(folder).hashes())

    assert found.keys() >= {"versions", "rulesets", "inputs", "options"}


@pytest.mark.parametrize("name", ["a.xml", "tables/cases.csv"])
@pytest.mark.parametrize("content", [b"<another/>", None])
def test_a_file_that_changes_before_it_is_hashed_is_like_no_other(
    name: str, content: bytes | None, folder: Path
) -> None:
    begun = identity_in(folder)
    (folder / name).unlink()
    if content is not None:
        (folder / name).write_bytes(content)

    found = begun.hashes()

    with pytest.raises(MspRulesError, match="the inputs differ"):
        refuse_another_scan(found, identity_in(folder).hashes())
