"""However a file of JSON is spoiled, no case is lost or changed without a word."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from msp_rules.casework.case import Case
from msp_rules.errors import InputUnreadable
from msp_rules.intake.mapping.decode import load_mapping
from msp_rules.intake.mapping.language import CaseMapping
from msp_rules.intake.source import open_cases
from tests.support import effort

pytestmark = pytest.mark.fuzz

EACH = """
schema: msp-rules/mapping/1
name: invented
source: json
case: {record: RECORD, id: no}
adult: {ref: person}
events:
  - event: concern_raised
    record: concerns
    id: id
    occurred: on
    fields: {abuse_type: {path: kinds, codes: kinds}}
codes:
  kinds: {labels: {Neglect: neglect_omission, Money: financial_material}, unknown: fault}
"""
JOINED = EACH.replace(
    "case: {record: RECORD, id: no}",
    "case: {by: person, id: person, joins: [{record: RECORD, name: form}]}",
).replace("record: concerns", "record: form/concerns")
CASES = [
    {
        "no": number,
        "person": f"P{number}",
        "concerns": [
            {"id": f"c{number}", "on": f"2026-01-{number:02}", "kinds": ["Neglect", "Money"]},
            {"id": f"d{number}", "on": f"2026-02-{number:02}", "kinds": [], "note": 'a "[}" b'},
        ],
        "unread": {"x": [1, {"y": None}]},
    }
    for number in range(1, 7)
]
FORMS = {
    "array": (".", json.dumps(CASES)),
    "indented": ("data/all", json.dumps({"a": {"b": 1}, "data": {"all": CASES}}, indent=1)),
    "lines": (".", "".join(f"{json.dumps(one)}\n" for one in CASES)),
}


def _cut(text: bytes, random: Random) -> bytes:
    return text[: random.randrange(len(text))]


def _without_one(text: bytes, random: Random) -> bytes:
    marks = [at for at, one in enumerate(text) if one in b'"[]{},:']
    at = random.choice(marks)
    return text[:at] + text[at + 1 :]


def _with_one(text: bytes, random: Random) -> bytes:
    at = random.randrange(len(text) + 1)
    return (
        text[:at]
        + random.choice([b'"', b"[", b"]", b"{", b"}", b",", b"\x00", b"\xff"])
        + text[at:]
    )


def _with_a_piece_twice(text: bytes, random: Random) -> bytes:
    begin, end = sorted(random.sample(range(len(text)), 2))
    return text[:end] + text[begin:end] + text[end:]


def _without_a_piece(text: bytes, random: Random) -> bytes:
    begin = random.randrange(len(text))
    return text[:begin] + text[begin + random.randrange(1, 40) :]


SPOILS = (_cut, _without_one, _with_one, _with_a_piece_twice, _without_a_piece)


def read(path: Path, mapping: CaseMapping) -> tuple[list[tuple[object, ...]], bool]:
    """The cases of a file, and whether anything is said of what could not be read."""
    with open_cases(path, mapping=mapping) as reader:
        try:
            cases = list(reader)
        except InputUnreadable:
            return [], True
        said = [*reader.faults, *([reader.truncation_fault] if reader.truncation_fault else [])]
        return [_content(one) for one in cases], bool(said)


def _content(case: Case) -> tuple[object, ...]:
    events = [(one.type, one.moment, one.fields, one.unknown) for one in case.events]
    return case.id, case.adult, events


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", ["each", "joined"])
@pytest.mark.parametrize("spoil", SPOILS, ids=lambda one: one.__name__.strip("_"))
def test_no_case_is_lost_or_changed_without_a_word(
    tmp_path: Path, form: str, kind: str, spoil: Callable[[bytes, Random], bytes]
) -> None:
    place, text = FORMS[form]
    (tmp_path / "map.yaml").write_text(
        (EACH if kind == "each" else JOINED).replace("RECORD", place)
    )
    mapping = load_mapping(tmp_path / "map.yaml")
    path = tmp_path / "x.json"
    path.write_text(text, "utf-8")
    sound, is_said = read(path, mapping)
    assert (len(sound), is_said) == (len(CASES), False)
    random = Random(f"{form} {kind} {spoil.__name__}")

    for _ in range(effort.of(25, thorough=2_000)):
        spoiled = spoil(text.encode(), random)
        path.write_bytes(spoiled)
        cases, is_said = read(path, mapping)

        lost = [one for one in sound if one not in cases]
        assert is_said or not lost or _is_json_of_other_content(spoiled, form), spoiled


def _is_json_of_other_content(text: bytes, form: str) -> bool:
    """Tells whether a spoiled file is sound JSON that says something else."""
    try:
        parts = text.decode().splitlines() if form == "lines" else [text.decode()]
        for one in parts:
            json.loads(one) if one.strip() else None
    except ValueError:
        return False
    return True
