"""Describes a pack: the workbooks that went out to the agencies, and how to know them again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from msp_rules.audit.case_file.ratings import (
    AuditedAgency,
    AuditRatings,
    CaseRatings,
    OutcomeResult,
    QuestionRatings,
)
from msp_rules.audit.documents import read_document
from msp_rules.errors import InputUnreadable, SourceLocation

SCHEMA: Final = "msp-pack/1"
FILE: Final = "pack.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedAgency:
    """The workbook of one agency."""

    agency: AuditedAgency
    """The agency with its counts."""
    file: str
    """The name of the workbook as it went out."""
    cases: tuple[CaseRatings, ...]
    """The cases, rated by the rules alone."""
    cells: Mapping[str, Mapping[str, str]]
    """The hashes of all pre-filled cells, by sheet and cell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPack:
    """All workbooks of one sample."""

    sample: str
    """The hash of the sample."""
    rules_hash: str
    """The hash of the ruleset with its layers."""
    ratings: AuditRatings
    """The audit as it went out: no agency has sent anything back."""
    agencies: tuple[PackedAgency, ...]
    """The workbooks, by agency."""
    titles: Mapping[str, str]
    """The titles of the rules, by id."""


def pack_document(pack: AuditPack) -> dict[str, Any]:
    """Gives `pack.json`; it holds real ids."""
    return {
        "schema": SCHEMA,
        **names_of_audit(pack),
        "titles": dict(pack.titles),
        "agencies": [
            {
                "name": one.agency.name,
                "population": one.agency.population,
                "file": one.file,
                "cases": [_case_row(case) for case in one.cases],
                "cells": one.cells,
            }
            for one in pack.agencies
        ],
    }


def names_of_audit(pack: AuditPack) -> dict[str, Any]:
    """Names the sample and the rules of an audit, as each of its documents begins."""
    audit = pack.ratings
    return {
        "sample": pack.sample,
        "rules_hash": pack.rules_hash,
        "seed": audit.seed,
        "as_of": audit.as_of.isoformat(),
        "window": [day.isoformat() for day in audit.window],
        "ruleset": audit.ruleset,
    }


def read_pack(path: Path) -> AuditPack:
    """Reads a `pack.json`; raises InputUnreadable for any other file."""
    body = read_document(path, SCHEMA)
    try:
        agencies = tuple(_agency(row) for row in body["agencies"])
        return AuditPack(
            sample=body["sample"],
            rules_hash=body["rules_hash"],
            titles=body["titles"],
            agencies=agencies,
            ratings=AuditRatings(
                seed=body["seed"],
                as_of=date.fromisoformat(body["as_of"]),
                window=(
                    date.fromisoformat(body["window"][0]),
                    date.fromisoformat(body["window"][1]),
                ),
                ruleset=body["ruleset"],
                agencies=tuple(one.agency for one in agencies),
                cases=(),
            ),
        )
    except (KeyError, TypeError, ValueError, IndexError):  # may quote what stands in the file
        reason = "it states a pack that can't be"
        raise InputUnreadable(reason, SourceLocation(path=path.name)) from None


def found_by_rules(case: CaseRatings) -> dict[str, Any]:
    """Gives what was found before anybody rated: results of outcomes, and signs of practice."""
    return {
        "outcomes": [{"achieved": one.achieved, "reason": one.reason} for one in case.outcomes],
        "signs": list(case.signs),
    }


def _case_row(case: CaseRatings) -> dict[str, Any]:
    return {
        "case": case.case,
        "number": case.number,
        "questions": {
            one.question: {"machine": one.machine, "rules": list(one.rules)}
            for one in case.questions
        },
        **found_by_rules(case),
    }


def _agency(row: Mapping[str, Any]) -> PackedAgency:
    cases = tuple(
        CaseRatings(
            case=case["case"],
            agency=row["name"],
            number=case["number"],
            questions=tuple(
                QuestionRatings(question=code, machine=one["machine"], rules=tuple(one["rules"]))
                for code, one in case["questions"].items()
            ),
            outcomes=tuple(OutcomeResult(**one) for one in case["outcomes"]),
            signs=tuple(case["signs"]),
        )
        for case in row["cases"]
    )
    agency = AuditedAgency(
        name=row["name"], population=row["population"], sampled=len(cases), is_returned=False
    )
    return PackedAgency(agency=agency, file=row["file"], cases=cases, cells=row["cells"])
