"""A code table may take what the keys of a system mean from the code list of that system."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from msp_rules.errors import RulesetInvalid
from msp_rules.intake.mapping.decode import load_mapping
from msp_rules.intake.mapping.language import CaseMapping

MAPPING = """
schema: msp-rules/mapping/1
name: invented
source: json
codes:
  kinds: {TABLE}
case: {record: ., id: no}
adult: {ref: person}
events:
  - event: concern_raised
    record: concerns
    id: id
    occurred: on
    fields: {abuse_type: {path: kinds, codes: kinds}}
"""
LABELS = "labels: {Neglect: neglect_omission, Money: financial_material}, unknown: fault"
ROWS = [("7", "Neglect", "kind"), ("8", "Money", "kind"), ("8", "Own home", "place")]
FILES = {
    "list.csv": "\ufeffid,text,list\n" + "".join(f"{','.join(row)}\n" for row in ROWS),
    "list.json": json.dumps([{"id": int(a), "text": b, "list": c} for a, b, c in ROWS]),
    "list.jsonl": "".join(
        f"{json.dumps(dict(zip(('id', 'text', 'list'), row, strict=True)))}\n" for row in ROWS
    ),
    "deep.json": json.dumps(
        {"lists": {"all": [{"id": row[0], "t": {"en": row[1]}} for row in ROWS[:2]]}}
    ),
    "list.xml": "<l>" + "".join(f'<r list="{c}"><id>{a}</id><t>{b}</t></r>' for a, b, c in ROWS)
    + "</l>",
}  # fmt: skip


def load(folder: Path, table: str) -> CaseMapping:
    for name, text in FILES.items():
        (folder / name).write_text(text, "utf-8")
    (folder / "map.yaml").write_text(MAPPING.replace("TABLE", table), "utf-8")
    return load_mapping(folder / "map.yaml")


def kinds_of(mapping: CaseMapping, kinds: object) -> object:
    concern = {"id": "c", "on": "2026-01-05", "kinds": kinds}
    case = mapping.read({"no": 1, "person": "P", "concerns": [concern]}).case
    assert case is not None
    return case.events[0].fields.get("abuse_type")


@pytest.mark.parametrize(
    "found",
    [
        "{file: list.csv, key: id, label: text, when: {list: kind}}",
        "{file: list.json, key: id, label: text, when: {list: kind}}",
        "{file: list.jsonl, key: id, label: text, when: {list: kind}}",
        "{file: deep.json, record: lists/all, key: id, label: t/en}",
        "{file: list.xml, record: l/r, key: id, label: t, when: {'@list': kind}}",
    ],
)
def test_a_key_means_what_its_label_means(tmp_path: Path, found: str) -> None:
    mapping = load(tmp_path, f"from: {found}, {LABELS}")

    assert kinds_of(mapping, [7, "Money"]) == ("neglect_omission", "financial_material")
    assert kinds_of(mapping, "8") == ("financial_material",)


def test_a_list_may_hold_the_codes_themselves(tmp_path: Path) -> None:
    (tmp_path / "ours.csv").write_text("label,code\nBad care,neglect_omission\n", "utf-8")

    mapping = load(tmp_path, "from: {file: ours.csv, key: label, label: code}, unknown: fault")

    assert kinds_of(mapping, "Bad care") == ("neglect_omission",)


def test_a_key_whose_label_is_not_mapped_is_unknown(tmp_path: Path) -> None:
    of_kind = "from: {file: list.csv, key: id, label: text, when: {list: kind}}"
    mapping = load(tmp_path, f"{of_kind}, labels: {{Neglect: neglect_omission}}, unknown: fault")

    assert kinds_of(mapping, "7") == ("neglect_omission",)
    assert kinds_of(mapping, "8") is None


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ("from: {file: list.csv, key: id, label: text}", 'row 4 gives "8" a second meaning'),
        ("from: {file: lost.csv, key: id, label: text}", "there is no such file beside"),
        ("from: {file: list.csv, key: id, label: txt}", 'no column "txt"; did you mean "text"?'),
        ("from: {file: ../x.csv, key: id, label: t}", "must lie beside the mapping"),
        ("from: {file: /x.csv, key: id, label: t}", "must lie beside the mapping"),
        ("from: {file: list.txt, key: id, label: t}", "a code list is a file of .csv, .json"),
        ("from: {file: list.xml, key: id, label: t}", "from lacks record"),
        ("from: {file: list.csv, record: l, key: id, label: text}", "has no record"),
        ("from: {file: list.json, record: x, key: id, label: text}", "no row of it has both"),
        ("from: {file: map.yaml, key: id, label: t}", "a code list is a file of .csv, .json"),
    ],
)
def test_a_list_that_can_not_be_read_is_a_mistake(tmp_path: Path, table: str, reason: str) -> None:
    with pytest.raises(RulesetInvalid) as caught:
        load(tmp_path, f"{table}, {LABELS}")

    assert reason in str(caught.value)


def test_a_code_of_a_list_that_no_field_has_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "ours.csv").write_text("label,code\nBad care,neglect_omision\n", "utf-8")

    with pytest.raises(RulesetInvalid, match='did you mean "neglect_omission"'):
        load(tmp_path, "from: {file: ours.csv, key: label, label: code}, unknown: fault")


def test_a_table_without_labels_or_list_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(RulesetInvalid, match="lacks labels"):
        load(tmp_path, "unknown: fault")


def test_another_list_is_another_mapping(tmp_path: Path) -> None:
    table = f"from: {{file: list.csv, key: id, label: text, when: {{list: kind}}}}, {LABELS}"
    before = load(tmp_path, table).sha256
    again = load_mapping(tmp_path / "map.yaml").sha256
    (tmp_path / "list.csv").write_text(f"{FILES['list.csv']}9,Neglect,kind\n", "utf-8")

    assert again == before
    assert load_mapping(tmp_path / "map.yaml").sha256 != before
