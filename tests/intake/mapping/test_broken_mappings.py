"""Broken mapping files: what is said of each, and where."""

from pathlib import Path

import pytest

from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.errors import RulesetInvalid
from msp_rules.intake.mapping.decode import MAPPING, load_mapping
from tests.support.broken_mappings import FORMS, ROWS

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples" / "mapping"
EVENTS = ", ".join(sorted(core_vocabulary().events))
FIELDS = ", ".join(sorted(core_vocabulary().events["outcomes_conversation"].fields))
KEYS = ", ".join(sorted(field.key for field in MAPPING.fields))

FOUND = {
    "another schema": [
        'forms.yaml:1:9: schema must be "msp-rules/mapping/1"',
    ],
    "a key of the file misspelt": [
        'forms.yaml:3:1: unknown key "code"; did you mean "codes"?',
        'forms.yaml:26:59: there is no code table "source": the file has none',
        'forms.yaml:28:69: there is no code table "yes_no": the file has none',
        'forms.yaml:35:58: there is no code table "asked": the file has none',
    ],
    "no name": [
        "forms.yaml:2:7: a text is expected here",
    ],
    "no adult": [
        "forms.yaml:1:1: lacks adult",
    ],
    "no events": [
        "forms.yaml:1:1: lacks events",
        f'forms.yaml:19:1: unknown key "happenings"; known are {KEYS}',
    ],
    "a tab": [
        "forms.yaml:4:1: a tab stands here; indent with spaces",
    ],
    "a key twice": [
        'forms.yaml:18:3: "ref" is here again; first: line 17',
    ],
    "an anchor": [
        "forms.yaml:11:13: anchors, aliases and tags are not allowed here; write the value out",
    ],
    "a case without an id": [
        "forms.yaml:14:3: lacks id",
    ],
    "a case whose record is an attribute": [
        "forms.yaml:14:11: record must lead to an element, not an attribute",
    ],
    "a case whose record has a condition": [
        "forms.yaml:14:11: not a path: write child/child[@attribute=value]/@attribute, or .",
    ],
    "a case attribute that is not there": [
        'forms.yaml:16:3: unknown key "teem"; did you mean "team"?',
    ],
    "an event type misspelt": [
        'forms.yaml:20:12: unknown event type "concern_rased"; did you mean "concern_raised"?',
    ],
    "an event type that is a list": [
        "forms.yaml:20:12: must be one word or text",
    ],
    "an event that is a word": [
        "forms.yaml:20:5: must be keys and values",
        f'forms.yaml:21:12: unknown event type "x"; known are {EVENTS}',
    ],
    "an event without a date": [
        "forms.yaml:20:5: lacks occurred",
    ],
    "a part of an event misspelt": [
        'forms.yaml:24:5: unknown key "recorder"; did you mean "recorded"?',
    ],
    "a field misspelt": [
        'forms.yaml:35:7: unknown field "askd"; did you mean "asked"?',
    ],
    "a field of another event type": [
        f'forms.yaml:35:7: unknown field "level"; known are {FIELDS}',
    ],
    "a key of a value misspelt": [
        'forms.yaml:35:51: unknown key "code"; did you mean "codes"?',
    ],
    "a value with a path and a constant": [
        "forms.yaml:32:9: a value needs one of path, constant, items and first",
    ],
    "a value with neither path nor constant": [
        "forms.yaml:32:9: a value needs one of path, constant, items and first",
    ],
    "a constant that is no code": [
        'forms.yaml:27:30: unknown code "neglect"; did you mean "self_neglect"?',
    ],
    "a code table that is not there": [
        'forms.yaml:35:58: unknown code table "askes"; did you mean "asked"?',
    ],
    "a code table on a text": [
        "forms.yaml:32:17: only a field of codes can have a code table",
    ],
    "a label of a code that is not there": [
        'forms.yaml:11:22: unknown code of source "polise"; did you mean "police"?',
    ],
    "an unknown label of a code that is not there": [
        'forms.yaml:12:14: unknown code of source "othr"; did you mean "other"?',
    ],
    "a code table without labels": [
        "forms.yaml:11:5: lacks labels",
    ],
    "a label whose code is a list": [
        "forms.yaml:11:22: must be one word or text",
    ],
    "a code table named by a list": [
        "forms.yaml:35:58: must be one word or text",
    ],
    "a code table that is a list": [
        "forms.yaml:11:13: must be keys and values",
    ],
    "withheld on a code": [
        "forms.yaml:35:75: only a field of text can be withheld",
    ],
    "a date format without a year": [
        "forms.yaml:18:53: date_format must name day, month and year, as %d/%m/%Y does",
    ],
    "a date format with an unknown letter": [
        "forms.yaml:18:53: date_format must name day, month and year, as %d/%m/%Y does",
    ],
    "a path from the root": [
        "forms.yaml:17:8: not a path: a name is missing before or after a /",
    ],
    "a path up behind a name": [
        "forms.yaml:17:8: not a path: .. leads up, and stands at the beginning of a path",
    ],
    "a path up to a record": [
        "forms.yaml:21:13: the path to a record only leads down",
    ],
    "brackets that say nothing": [
        "forms.yaml:17:8: not a path: [@kind] must say what stands where, as [@name=value]",
    ],
    "brackets in which a path has brackets": [
        "forms.yaml:17:8: not a path: write child/child[@attribute=value]/@attribute, or .",
    ],
    "an attribute that is not last": [
        "forms.yaml:17:8: not a path: @key is an attribute, and nothing can follow it",
    ],
    "a function in a path": [
        "forms.yaml:17:8: not a path: write child/child[@attribute=value]/@attribute, or .",
    ],
    "a condition on a path that is none": [
        "forms.yaml:22:12: not a path: @type is an attribute, and nothing can follow it",
    ],
    "a condition without a text": [
        "forms.yaml:22:21: the list of texts is empty: no record could match it",
    ],
    "a condition that is a word": [
        "forms.yaml:22:11: must be keys and values",
    ],
    "joins without a key": [
        "rows.yaml:13:5: joins need key: the place in a case record that its rows refer to",
    ],
    "joins that are one": [
        "rows.yaml:13:10: joins must be a list",
        'rows.yaml:14:3: unknown key "jions"; did you mean "joins"?',
    ],
    "a join without a key": [
        "rows.yaml:15:7: lacks key",
    ],
    "a join whose name is a path": [
        "rows.yaml:15:55: the name of joined rows must be one plain name",
    ],
    "a join of an attribute": [
        "rows.yaml:15:16: record must lead to an element, not an attribute",
    ],
}


@pytest.mark.parametrize("name", FOUND)
def test_what_is_wrong_is_said_with_its_place(name: str, tmp_path: Path) -> None:
    base, table = ("forms", FORMS) if name in FORMS else ("rows", ROWS)
    text = (EXAMPLES / f"{base}.yaml").read_text("utf-8")
    right, wrong = table[name]
    assert right in text
    path = tmp_path / f"{base}.yaml"
    path.write_text(text.replace(right, wrong, 1), "utf-8")

    with pytest.raises(RulesetInvalid) as refused:
        load_mapping(path, core_vocabulary())

    assert [str(one) for one in refused.value.problems if not one.is_warning] == FOUND[name]


def test_every_broken_file_is_in_the_table() -> None:
    assert {*FORMS, *ROWS} == set(FOUND)


def test_all_mistakes_of_a_file_are_said_at_once_in_its_order(tmp_path: Path) -> None:
    text = (EXAMPLES / "forms.yaml").read_text("utf-8")
    kinds = (
        "no name",
        "a label of a code that is not there",
        "a path up behind a name",
        "a field misspelt",
    )
    for kind in kinds:
        text = text.replace(*FORMS[kind], 1)
    path = tmp_path / "forms.yaml"
    path.write_text(text, "utf-8")

    with pytest.raises(RulesetInvalid) as refused:
        load_mapping(path, core_vocabulary())

    said = [str(one) for one in refused.value.problems if not one.is_warning]
    assert said == [message for kind in kinds for message in FOUND[kind]]
