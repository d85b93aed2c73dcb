"""An invented host with a JSON of its own, and the mapping that reads its exports."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from msp_rules.intake.mapping.decode import load_mapping
from msp_rules.intake.mapping.language import CaseMapping

_MAPPING: Final = """\
schema: msp-rules/mapping/1
name: Invented
source: json
case: {record: cases, id: id}
adult: {ref: person}
events:
  - event: concern_raised
    record: worries
    id: id
    occurred: day
    may_be_absent: true
    fields:
      abuse_type: {path: sorts, codes: sorts, may_be_absent: true}
      identified_adult: {path: known, codes: known}
      earlier_concerns_6_months: {path: before, may_be_absent: true}
  - event: outcomes_conversation
    record: talks
    id: id
    occurred: day
    may_be_absent: true
    fields: {asked: {path: asked, codes: asked}}
"""
_EXPLANATIONS: Final = """\
  - event: explanation
    record: reasons
    id: id
    occurred: day
    may_be_absent: true
    fields: {rule: rule, subject: {path: about, may_be_absent: true}, code: code, text: words}
"""
_CODES: Final = """\
codes:
  sorts: {labels: {Money: financial_material, Neglect: neglect_omission}, unknown: fault}
  known: {labels: {"Yes": "yes", "No": "no"}, unknown: fault}
  asked: {labels: {"Yes": asked_expressed, "No": not_asked}, unknown: fault}
"""
RECORD: Final[dict[str, Any]] = {
    "id": "SA-1",
    "person": "P1",
    "worries": [{"id": "w1", "day": "2026-01-05T10:00:00", "sorts": ["Money"], "known": "Yes"}],
    "talks": [{"id": "t1", "day": "2026-01-05T11:00:00", "asked": "Yes"}],
}


@cache
def host_mapping(*, has_explanations: bool = False) -> CaseMapping:
    """The mapping, with or without the host's table of explanations."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "host.yaml"
        more = _EXPLANATIONS if has_explanations else ""
        path.write_text(f"{_MAPPING}{more}{_CODES}", "utf-8")
        return load_mapping(path)
