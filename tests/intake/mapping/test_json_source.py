"""A vendor's JSON is read as cases in each of its shapes, and what can't be read is named."""

from __future__ import annotations

import gzip
import json
import zipfile
from datetime import date
from pathlib import Path

import pytest

from msp_rules.casework.case import Case
from msp_rules.errors import InputUnreadable, RulesetInvalid
from msp_rules.intake.mapping.decode import load_mapping
from msp_rules.intake.reading import CaseIds, ReadLimits, Shard
from msp_rules.intake.source import CaseSource, open_cases, sources_in

MAPPING = """
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
    may_be_absent: true
    fields: {abuse_type: {path: kinds, codes: kinds, may_be_absent: true}}
codes:
  kinds: {labels: {Neglect: neglect_omission, Money: financial_material}, unknown: fault}
"""
ONE = {
    "no": 1,
    "person": "P1",
    "concerns": [{"id": "c1", "on": "2026-01-05", "kinds": ["Neglect"]}],
}
TWO = {"no": 2, "person": "P2", "concerns": [{"id": "c1", "on": "2026-01-06"}]}


def read(
    folder: Path,
    text: str | bytes,
    record: str = ".",
    limits: ReadLimits | None = None,
    mapping: str = MAPPING,
) -> tuple[list[Case], CaseSource]:
    (folder / "map.yaml").write_text(mapping.replace("RECORD", record), "utf-8")
    path = folder / "x.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with open_cases(path, mapping=load_mapping(folder / "map.yaml"), limits=limits) as reader:
        return list(reader), reader


def ids(cases: list[Case]) -> list[str]:
    return [one.id for one in cases]


def reasons(reader: CaseSource) -> list[tuple[int | None, str]]:
    return [(one.line, one.reason) for one in reader.faults]


SHAPES = {
    "an array": (".", json.dumps([ONE, TWO])),
    "an array, indented": (".", json.dumps([ONE, TWO], indent=2)),
    "JSON Lines": (".", f"{json.dumps(ONE)}\n\n{json.dumps(TWO)}\n"),
    "JSON Lines of arrays": (".", f"{json.dumps([ONE])}\n{json.dumps([TWO])}"),
    "one after the other, indented": (".", "\n".join(json.dumps(x, indent=1) for x in (ONE, TWO))),
    "an object with the array": ("data/cases", json.dumps({"a": 1, "data": {"cases": [ONE, TWO]}})),
    "an object with the array, indented": (
        "data/cases",
        json.dumps({"x": [{"y": 1}], "data": {"cases": [ONE, TWO], "n": 2}}, indent=1),
    ),
    "wrapped one by one": ("item", json.dumps([{"item": ONE}, {"item": TWO}])),
    "wrapped lines": ("item", f"{json.dumps({'item': ONE})}\n{json.dumps({'item': TWO})}"),
    "a path as a list": ('["a/b", cases]', json.dumps({"a/b": {"cases": [ONE, TWO]}})),
    "with a byte order mark": (".", "\ufeff" + json.dumps([ONE, TWO])),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_each_shape_gives_the_same_cases(tmp_path: Path, shape: str) -> None:
    record, text = SHAPES[shape]

    cases, reader = read(tmp_path, text, record)

    assert [(one.id, one.adult, [e.fields for e in one.events]) for one in cases] == [
        ("1", {"ref": "P1"}, [{"abuse_type": ("neglect_omission",)}]),
        ("2", {"ref": "P2"}, [{}]),
    ]
    assert reader.faults == []


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_an_encoding_that_shows_itself_is_read(tmp_path: Path, encoding: str) -> None:
    one = {**ONE, "person": "Zoë"}

    cases, reader = read(tmp_path, json.dumps([one], ensure_ascii=False).encode(encoding))

    assert ([case.adult["ref"] for case in cases], reader.faults) == (["Zoë"], [])


def test_another_encoding_is_read_where_the_mapping_names_it(tmp_path: Path) -> None:
    text = json.dumps([{**ONE, "person": "Zoë"}], ensure_ascii=False).encode("windows-1252")

    _, unnamed = read(tmp_path, text)
    cases, named = read(
        tmp_path,
        text,
        mapping=MAPPING.replace("source: json", "source: json\nencoding: windows-1252"),
    )

    assert "in another encoding: set encoding in the mapping" in unnamed.faults[0].reason
    assert ([case.adult["ref"] for case in cases], named.faults) == (["Zoë"], [])


def test_a_record_that_is_broken_affects_no_other(tmp_path: Path) -> None:
    lines = [json.dumps(ONE), '{"no": 9, "person": "P9", "concerns": [', json.dumps(TWO)]
    bad = '{"no": 9 "person": "P9"}'

    of_lines = read(tmp_path, "\n".join(lines))
    of_array = read(tmp_path, f"[{json.dumps(ONE)},\n{bad},\n{json.dumps(TWO)}]")

    for cases, reader in (of_lines, of_array):
        assert ids(cases) == ["1", "2"]
        assert reasons(reader) == [
            (2, "a record can't be read, as it is not well-formed JSON; the case is not judged")
        ]


def test_a_first_line_that_is_broken_affects_no_other(tmp_path: Path) -> None:
    cases, reader = read(tmp_path, f'{{"no": }}\n{json.dumps(ONE)}\n{json.dumps(TWO)}')

    assert (ids(cases), [line for line, _ in reasons(reader)]) == (["1", "2"], [1])


def test_a_record_over_the_limit_is_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    large = {**ONE, "no": 8, "scan": "x" * 5000}
    array = json.dumps([ONE, large, TWO])
    lines = "\n".join(json.dumps(x) for x in (ONE, large, TWO))

    for text in (array, lines):
        cases, reader = read(tmp_path, text, limits=ReadLimits(max_case_bytes=1000))

        assert ids(cases) == ["1", "2"]
        reason = "a record can't be read, as it is larger than 1000 characters"
        assert reasons(reader) == [(2, f"{reason}; the case is not judged")]


def test_a_file_that_ends_early_gives_its_whole_cases(tmp_path: Path) -> None:
    cases, reader = read(tmp_path, json.dumps([ONE, TWO], indent=1)[:-20])

    assert ids(cases) == ["1"]
    assert reader.truncation_fault is not None
    assert "ends early, after 1 complete cases" in reader.truncation_fault.reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "the file is empty"),
        ("<export/>", "looks like XML"),
        ("no,person\n1,P1\n", "it is not well-formed JSON from here on"),
        ("[" * 200, "it is nested more than 100 deep"),
    ],
)
def test_what_is_no_export_of_json_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(InputUnreadable, match=reason):
        read(tmp_path, text)


def test_a_mapping_of_another_place_finds_no_case(tmp_path: Path) -> None:
    _, reader = read(tmp_path, json.dumps({"cases": [ONE]}), "data/cases")

    assert reasons(reader) == [(None, "the file has no case record (data/cases)")]


@pytest.mark.parametrize(
    ("written", "read_as"), [("7", "7"), ("7.0", "7"), ('" 7 "', "7"), ("true", "true")]
)
def test_numbers_and_truth_values_are_read_as_texts(
    tmp_path: Path, written: str, read_as: str
) -> None:
    cases, _ = read(tmp_path, f'[{{"no": {written}, "person": "P1"}}]')

    assert ids(cases) == [read_as]


@pytest.mark.parametrize("empty", ["null", '""', '"  "', "[]", "{}", '[null, ""]', '[{"id": ""}]'])
def test_what_holds_nothing_is_absent(tmp_path: Path, empty: str) -> None:
    cases, reader = read(tmp_path, f'[{{"no": 1, "person": "P1", "concerns": {empty}}}]')

    assert ([one.events for one in cases], reader.faults) == ([()], [])


def test_two_members_of_one_name_are_read_where_they_agree(tmp_path: Path) -> None:
    cases, reader = read(tmp_path, '[{"no": 1, "person": "P1", "person ": "P1"}]')

    assert ([one.adult for one in cases], reader.faults) == ([{"ref": "P1"}], [])


def test_two_members_of_one_name_that_differ_are_a_fault(tmp_path: Path) -> None:
    text = '[{"no": 1, "person": "P1", "concerns": [{"id": "c1", "on": "2026-01-05", '
    cases, reader = read(tmp_path, text + '"on": "2026-01-06", "kinds": "Neglect"}]}]')

    assert cases[0].events[0].moment is None
    assert reader.faults[0].reason == 'two members are called "on", and they differ'


def test_an_object_where_a_text_is_expected_is_a_fault(tmp_path: Path) -> None:
    kinds = {"code": 7}
    one = {"no": 1, "person": "P", "concerns": [{"id": "c", "on": "2026-01-05", "kinds": kinds}]}

    cases, reader = read(tmp_path, json.dumps([one]))

    assert cases[0].events[0].unknown == {"abuse_type"}
    assert [reason.partition(":")[0] for _, reason in reasons(reader)] == [
        "abuse_type of concern_raised"
    ]


def test_parts_that_nothing_reads_are_named_but_not_those_of_one_record(tmp_path: Path) -> None:
    more = {
        "resident": {"age": 80},
        "concerns": [{"id": "c1", "on": "2026-01-05", "log": [{"a": 1}]}],
    }
    text = json.dumps(
        {"team": {"a": 1}, "cases": [{**ONE, **more}, {**TWO, **more, "P2": {"a": 1}}]}
    )

    _, reader = read(tmp_path, text, "cases")

    assert [(one.code, one.reason) for one in reader.warnings] == [
        ("unread_part", "no entry of the mapping reads this part: team"),
        ("unread_part", "no entry of the mapping reads this part: concerns/log"),
        ("unread_part", "no entry of the mapping reads this part: resident"),
        ("unread_part", "1 more part of single records is read by no entry"),
    ]


def test_the_date_of_an_export_stands_beside_the_list_of_cases(tmp_path: Path) -> None:
    mapping = MAPPING.replace("adult:", "reference_date: {path: [meta, at]}\nadult:")
    text = json.dumps({"meta": {"at": "2026-03-31", "by": "x"}, "cases": [ONE]})

    _, reader = read(tmp_path, text, "cases", mapping=mapping)

    assert reader.header is not None
    assert reader.header.reference_date is not None
    assert reader.header.reference_date.day == date(2026, 3, 31).toordinal()


def test_every_shard_gives_its_cases_and_knows_the_ids_of_the_others(tmp_path: Path) -> None:
    text = json.dumps([{**ONE, "no": at % 20} for at in range(24)], indent=1)
    of_money = MAPPING.replace("record: concerns", "record: concerns\n    when: {kinds: Neglect}")
    text = text.replace('"Neglect"', '"Money"', 7)
    whole, alone = read(tmp_path, text, mapping=of_money)
    mapping = load_mapping(tmp_path / "map.yaml")
    found: list[Case] = []
    said: list[str] = []
    for number in range(3):
        shard = Shard(number, 3, 2)
        with open_cases(tmp_path / "x.json", mapping=mapping, shard=shard, ids=CaseIds()) as reader:
            found += list(reader)
            said += [one.reason for one in reader.warnings]

    assert sorted(ids(found), key=int) == ids(whole)
    assert len(alone.faults) == 4
    assert said == [one.reason for one in alone.warnings]
    assert said == ["7 records are read by no entry, as no condition holds: concerns"]


@pytest.mark.parametrize("name", ["a.json", "a.jsonl", "a.ndjson", "a.json.gz", "a.zip"])
def test_files_are_found_in_folders_and_archives(tmp_path: Path, name: str) -> None:
    (tmp_path / "map.yaml").write_text(MAPPING.replace("RECORD", "."), "utf-8")
    folder = tmp_path / "exports"
    folder.mkdir()
    (folder / "notes.txt").write_text("x", "utf-8")
    body = json.dumps([ONE, TWO]).encode()
    if name == "a.zip":
        with zipfile.ZipFile(folder / name, "w") as archive:
            archive.writestr("in/one.json", body)
    else:
        (folder / name).write_bytes(gzip.compress(body) if name.endswith(".gz") else body)
    mapping = load_mapping(tmp_path / "map.yaml")

    (file,) = sources_in([folder], mapping)
    with open_cases(file, mapping=mapping) as reader:
        assert ids(list(reader)) == ["1", "2"]


def test_a_folder_without_json_is_refused(tmp_path: Path) -> None:
    (tmp_path / "map.yaml").write_text(MAPPING.replace("RECORD", "."), "utf-8")
    (tmp_path / "empty").mkdir()

    with pytest.raises(InputUnreadable, match=r"no export \(\*\.json, \*\.jsonl"):
        sources_in([tmp_path / "empty"], load_mapping(tmp_path / "map.yaml"))


CORRECTED = """
schema: msp-rules/mapping/1
name: invented
source: json
case: {by: person, id: person, joins: [{record: ., name: form}]}
adult: {ref: person}
rows:
  - {record: form, void: {discardedAt: present}}
  - {record: form, replaces: {link: continues, key: id, when: {kind: concern}}}
  - {record: form, replaces: {same: person, newest: at, when: {kind: talk}}}
events:
  - {event: concern_raised, record: form, when: {kind: concern}, id: id, occurred: at}
  - event: outcome_expressed
    record: form/wishes
    id: id
    occurred: at
    fields: {text: text}
"""
FORMS = [
    {"id": "c1", "person": "P", "kind": "concern", "at": "2026-01-05"},
    {"id": "c2", "person": "P", "kind": "concern", "at": "2026-01-06", "continues": "c1"},
    {
        **{"id": "t1", "person": "P", "kind": "talk", "at": "2026-01-07", "continues": "c2"},
        "wishes": [{"id": "w1", "at": "2026-01-07", "text": "a"}],
    },
    {
        **{"id": "t2", "person": "P", "kind": "talk", "at": "2026-01-08"},
        "wishes": [{"id": "w2", "at": "2026-01-08", "text": "b"}],
    },
    {
        **{
            "id": "t3",
            "person": "P",
            "kind": "talk",
            "at": "2026-01-09",
            "discardedAt": "2026-01-09",
        },
        "wishes": [{"id": "w3", "at": "2026-01-09", "text": "c"}],
    },
]


@pytest.mark.parametrize("indent", [None, 1])
def test_forms_of_each_kind_are_corrected_in_its_own_way(
    tmp_path: Path, indent: int | None
) -> None:
    cases, reader = read(tmp_path, json.dumps(FORMS, indent=indent), mapping=CORRECTED)

    assert reader.faults == []
    assert [(one.id, one.supersedes, one.void) for one in cases[0].events] == [
        ("c1", None, None),
        ("c2", "c1", None),
        ("w1", None, None),
        ("w2", "w1", None),
        ("w3", None, "yes"),
    ]


NESTED = """
schema: msp-rules/mapping/1
name: invented
source: json
case: {record: people/episodes, id: no}
adult: {ref: ../person/key}
events:
  - event: concern_raised
    record: forms/worries
    id: {path: ../id, suffix: -c}
    occurred: ../on
    agency: [.., .., .., team]
    fields: {abuse_type: {path: kind, codes: kinds}}
codes:
  kinds: {labels: {Neglect: neglect_omission}, unknown: fault}
"""


def episode(number: int) -> dict[str, object]:
    form = {"id": f"f{number}", "on": "2026-01-05", "worries": [{"kind": "Neglect"}]}
    return {"no": number, "forms": [form]}


def test_a_path_leads_up_to_the_objects_around_a_record(tmp_path: Path) -> None:
    people = [
        {"person": {"key": "P1"}, "team": "police", "episodes": [episode(1), episode(2)]},
        {"person": {"key": "P2"}, "team": "housing", "episodes": [episode(3)]},
    ]

    cases, reader = read(tmp_path, json.dumps({"people": people}), mapping=NESTED)

    assert reader.faults == []
    found = [(one.id, one.adult["ref"], [(e.id, e.agency) for e in one.events]) for one in cases]
    assert found == [
        ("1", "P1", [("f1-c", "police")]),
        ("2", "P1", [("f2-c", "police")]),
        ("3", "P2", [("f3-c", "housing")]),
    ]


def test_a_live_host_hands_over_what_is_around_a_case(tmp_path: Path) -> None:
    (tmp_path / "map.yaml").write_text(NESTED, "utf-8")
    person = {"episodes": [episode(1)], "person": {"key": "P1"}, "team": "police"}

    found = load_mapping(tmp_path / "map.yaml").read({"people": [person]})

    assert found.faults == ()
    assert found.case is not None
    assert (found.case.adult, found.case.events[0].agency) == ({"ref": "P1"}, "police")


def test_what_stands_after_the_records_that_need_it_is_a_fault(tmp_path: Path) -> None:
    person = {"person": {"key": "P1"}, "episodes": [episode(1)], "team": "police"}

    cases, reader = read(tmp_path, json.dumps({"people": [person]}), mapping=NESTED)

    assert [(e.id, e.agency) for e in cases[0].events] == [("f1-c", None)]
    assert reasons(reader) == [
        (None, "people/team stands after the records that need it; it is not read")
    ]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("record: forms/worries", "record: ../forms", "only leads down"),
        ("record: people/episodes", "record: ../people", "only leads down"),
        ("ref: ../person/key", "ref: ..", "a name is missing"),
        ("ref: ../person/key", "ref: person/../key", "leads up at its beginning only"),
    ],
)
def test_a_path_leads_up_only_where_there_is_something(
    tmp_path: Path, old: str, new: str, reason: str
) -> None:
    with pytest.raises(RulesetInvalid) as caught:
        read(tmp_path, "[]", mapping=NESTED.replace(old, new))

    assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("spoiled", "reason"), [(b"\xff", "in another encoding"), (b"\x00", "control characters")]
)
def test_a_name_that_can_not_be_read_is_a_fault(
    tmp_path: Path, spoiled: bytes, reason: str
) -> None:
    _, reader = read(tmp_path, json.dumps([ONE]).encode().replace(b'"on"', b'"o' + spoiled + b'n"'))

    assert "the name of a member can't be read" in reader.faults[0].reason
    assert reason in reader.faults[0].reason


def test_a_broken_row_leaves_events_that_may_exist_if_its_key_can_be_read(tmp_path: Path) -> None:
    bad = '{"id": "c9" "person": "P", "kind": "concern"}'
    text = f"[{json.dumps(FORMS[0])},\n{bad}]"

    cases, reader = read(tmp_path, text, mapping=CORRECTED)

    assert [(one.type, one.is_certain) for one in cases[0].events] == [
        ("concern_raised", True),
        ("concern_raised", False),
        ("outcome_expressed", False),
    ]
    assert reasons(reader)[0] == (
        2,
        "a record can't be read, as it is not well-formed JSON; it is not read",
    )
