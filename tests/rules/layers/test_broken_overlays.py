"""Broken overlays and waivers: what is said of each, and where."""

import shutil
from pathlib import Path

import pytest

from msp_rules.errors import RulesetInvalid
from msp_rules.rules import check_layers, load_layers
from msp_rules.rules.language.rule import Layer
from tests.builders.layers import HEAD, top_layer, write_base, write_overlay
from tests.support.broken_overlays import BODIES, END, HEADS, WHY

pytestmark = pytest.mark.slow

FOUND = {
    "a key of the head that is not there": [
        "town.yaml:1:1: the overlay lacks because",
    ],
    "several keys of the head that are not there": [
        "town.yaml:1:1: the overlay lacks because, approved_by",
    ],
    "a misspelt key of the head": [
        "town.yaml:1:1: the overlay lacks review_by",
        'town.yaml:7:1: unknown key of an overlay "reviewed_by"; did you mean "review_by"?',
    ],
    "a version that is a number": [
        'town.yaml:3:10: "1.0" is not a version: three numbers in straight quotes, as in "1.0.0"',
    ],
    "an id with a space": [
        "town.yaml:1:10: an overlay's id is small letters, digits and hyphens",
    ],
    "an empty reason": [
        "town.yaml:5:10: a text is expected here",
    ],
    "a review date that does not exist": [
        'town.yaml:7:12: "2027-02-31" does not exist: February 2027 has 28 days',
    ],
    "the layer below misspelt": [
        (
            'town.yaml:4:15: it extends "smal", but the layer below is "small"; did you mean '
            '"small"?'
        ),
    ],
    "another version of the layer below": [
        (
            'town.yaml:4:31: it extends small "1.1.0", but the layer below is "1.0.0"; '
            '"msp-rules upgrade" shows what changed, and takes it there'
        ),
    ],
    "a version of the layer below that is none": [
        'town.yaml:4:31: "one" is not a version: three numbers in straight quotes, as in "1.0.0"',
    ],
    "a hash of something else": [
        (
            "town.yaml:4:48: small 1.0.0 is not what this overlay was written for; see what "
            'changed ("msp-rules diff"), then write sha256: "HASH"'
        ),
    ],
    "a hash that is YAML's number": [
        (
            'town.yaml:4:48: the hash is 64 digits and letters a to f, as "msp-rules '
            'effective" shows it'
        ),
    ],
    "extends as one word": [
        "town.yaml:4:10: extends must be keys and values",
    ],
    "extends without a hash": [
        "town.yaml:4:10: extends lacks sha256",
    ],
    "a key twice": [
        'town.yaml:7:1: "because" is here again; first: line 5',
    ],
    "an anchor": [
        "town.yaml:2:8: anchors, aliases and tags are not allowed here; write the value out",
    ],
    "a tag": [
        "town.yaml:2:8: anchors, aliases and tags are not allowed here; write the value out",
    ],
    "a tab": [
        "town.yaml:7:1: a tab stands here; indent with spaces",
    ],
    "an unknown part": [
        'town.yaml:8:1: unknown key of an overlay "waiver"; did you mean "waivers"?',
    ],
    "parts that are no lists": [
        "town.yaml:8:10: changes must be a list",
        "town.yaml:9:10: waivers must be a list",
        "town.yaml:10:10: filters must be a list",
    ],
    "a change that is a word": [
        "town.yaml:8:11: a change must be keys and values",
    ],
    "a change of a rule that is not there": [
        'town.yaml:9:12: unknown rule "PL-1"; did you mean "PL-01"?',
    ],
    "a change without reasons": [
        "town.yaml:9:5: a change lacks because, approved_by",
    ],
    "a change of nothing": [
        "town.yaml:9:5: a change sets severity, enabled, summary, finding, why, counts, "
        "parameters or accepts",
    ],
    "a change with an unknown key": [
        'town.yaml:9:19: unknown key of a change "sevrity"; did you mean "severity"?',
    ],
    "a change of what no overlay may change": [
        'town.yaml:9:19: unknown key of a change "expect"; a change can\'t set it; write a rule of '
        "your own in rules/",
    ],
    "no is not false": [
        "town.yaml:9:28: write true or false",
    ],
    "off is not false": [
        "town.yaml:9:28: write true or false",
    ],
    "a severity that is not there": [
        'town.yaml:9:29: unknown severity "high"; known are advice, flag, prompt, statutory',
    ],
    "switched off for good": [
        "town.yaml:9:19: PL-01 can be switched off only for a time: give expires",
    ],
    "a lower severity for good": [
        "town.yaml:9:19: PL-01 can be of a lower severity only for a time: give expires",
    ],
    "over before it begins": [
        "town.yaml:9:62: it ends on 2026-06-30, before it begins on 2026-07-01",
    ],
    "an end that does not exist": [
        'town.yaml:9:44: "2026-06-31" does not exist: June 2026 has 30 days',
    ],
    "an end in another order": [
        'town.yaml:9:44: "30/06/2026" is not written as dates are here; write 2026-06-30',
    ],
    "an unknown parameter": [
        'town.yaml:9:32: unknown parameter of PL-01 "witin"; did you mean "within"?',
    ],
    "a parameter of a rule that has none": [
        'town.yaml:9:32: unknown parameter "within"; OF-01 has none',
    ],
    "a parameter without values": [
        "town.yaml:9:40: within has no value",
    ],
    "parameters that name nothing": [
        "town.yaml:9:31: parameters is empty",
    ],
    "a parameter that is a number": [
        "town.yaml:9:40: the values of within must be a list, as in [{from: 2027-04-01, value: 5, "
        'basis: local, source: "our procedure, 1.1"}]',
    ],
    "a value without a source": [
        "town.yaml:9:41: a value lacks source",
    ],
    "a value of an unknown basis": [
        'town.yaml:9:77: unknown basis "lokal"; did you mean "local"?',
    ],
    "a value outside the range": [
        "town.yaml:9:67: 40 lies outside the range 0 to 20 (working days)",
    ],
    "a value in words": [
        'town.yaml:9:67: "four" is not a whole number from 0 to 20 (working days)',
    ],
    "a value with a nought before it": [
        'town.yaml:9:67: "04" is not a whole number from 0 to 20 (working days)',
    ],
    "a value from a day that does not exist": [
        'town.yaml:9:48: "2026-13-01" is not a date; write it as YYYY-MM-DD, as in 2027-06-30',
    ],
    "values in the wrong order": [
        "town.yaml:9:40: two values begin on 2026-01-01; one day has one value",
    ],
    "an unknown code of a list": [
        'town.yaml:9:69: unknown code "unsaf"; did you mean "unsafe"?',
    ],
    "the same thing set twice": [
        "town.yaml:10:19: PL-01 gets its severity twice; first: line 9",
    ],
    "an example that can't be read": [
        'town.yaml:9:100: unknown event type "concern_rased"; did you mean "concern_raised"?',
    ],
    "a floor switched off": [
        "town.yaml:9:19: FL-01 is a floor: it can't be switched off",
    ],
    "a floor of a lower severity": [
        "town.yaml:9:19: FL-01 is a floor: its severity can't fall from flag to advice",
    ],
    "a floor with a longer limit": [
        (
            "town.yaml:9:32: FL-01 is a floor: within is 5; 6 (from 2026-01-01 on) "
            "would ask for less"
        ),
    ],
    "a floor that asks for less often": [
        ("town.yaml:9:32: FL-01 is a floor: times is 2; 1 (from 2026-01-01 on) would ask for less"),
    ],
    "a floor with one more reason": [
        (
            "town.yaml:9:32: FL-01 is a floor: reasons is [unsafe, other]; [unsafe, "
            "other, adult_declined] (from 2026-01-01 on) would ask for less"
        ),
    ],
    "a floor of which nothing can be proved": [
        (
            "town.yaml:9:32: FL-01 is a floor: shown is 3; it can't be proved that 4 "
            "(from 2026-01-01 on) asks for as much"
        ),
    ],
    "a floor that looks published again": [
        (
            "town.yaml:9:32: FL-01 is a floor: within is 5; 6 (from 2026-01-01 on) "
            "would ask for less"
        ),
    ],
    "a floor that is weakened only later": [
        (
            "town.yaml:9:32: FL-01 is a floor: within is 5; 9 (from 2030-01-01 on) "
            "would ask for less"
        ),
    ],
    "a floor filtered": [
        'town.yaml:9:22: FL-01 is a floor: the filter "f" would weaken it',
    ],
    "a floor waived": [
        'town.yaml:9:30: FL-01 is a floor: the waiver "w" would weaken it',
    ],
    "a filter without an end": [
        "town.yaml:9:5: a filter lacks expires",
    ],
    "a filter with an unknown field": [
        'town.yaml:9:43: unknown field of concern_raised "sorce"; did you mean "source"?',
    ],
    "a filter with an unknown event": [
        'town.yaml:9:46: unknown event type "s42_decidd"; did you mean "s42_decided"?',
    ],
    "a filter with an unknown concept": [
        'town.yaml:9:45: unknown concept "enquiry_opn"; did you mean "enquiry_open"?',
    ],
    "a filter with an unknown verb": [
        'town.yaml:9:36: unknown verb "recordd"; did you mean "recorded"?',
    ],
    "a filter about this in a rule without": [
        'town.yaml:9:35: only a rule with "each" has a "this"',
    ],
    "a filter that is a word": [
        "town.yaml:9:35: a condition must be keys and values",
    ],
    "a filter on no rule": [
        "town.yaml:9:22: rules is empty",
    ],
    "a waiver without an end": [
        "town.yaml:9:5: a waiver lacks expires",
    ],
    "a waiver without reasons": [
        "town.yaml:9:5: a waiver lacks because, approved_by",
    ],
    "a waiver with an empty reason": [
        "town.yaml:9:59: a text is expected here",
    ],
    "a waiver of a rule that is not there": [
        'town.yaml:9:30: unknown rule "OF-1"; did you mean "OF-01"?',
    ],
    "a waiver of an agency that is not there": [
        'town.yaml:9:58: unknown agency "concil"; did you mean "council"?',
    ],
    "a waiver of no team": [
        "town.yaml:9:56: team is empty",
    ],
    "a waiver with an unknown key": [
        'town.yaml:9:50: unknown key of a waiver "teams"; did you mean "team"?',
    ],
    "a waiver with a time": [
        'town.yaml:9:38: "2026-06-30T12:00" is not a date; write it as YYYY-MM-DD, as in '
        "2027-06-30",
    ],
    "a waiver that names a rule twice": [
        'town.yaml:9:30: "PL-01" is listed here twice',
    ],
    "two of the same name": [
        'town.yaml:10:5: "w" is named again; first: line 9',
    ],
    "a source that is there": [
        'town.yaml:8:11: the source "care-act" exists already',
    ],
    "a source without a text": [
        "town.yaml:8:21: a text is expected here",
    ],
    "an event that is no local one": [
        'town.yaml:8:10: a local event type begins with x_, in small letters: "visit" does not',
    ],
    "an event with an unknown kind of field": [
        (
            'town.yaml:8:49: "txt" is not a kind of field; write text, flag, date, moment, '
            "whole, code(LIST) or ref(EVENT TYPE), with * where it may repeat and ! where it "
            "is needed"
        ),
    ],
    "an event with an unknown list of codes": [
        'town.yaml:8:49: unknown list of codes "agreemnt"; did you mean "agreement"?',
    ],
    "an event with a field of every event": [
        'town.yaml:8:45: every event already has "occurred"',
    ],
    "an event without a meaning": [
        "town.yaml:8:19: x_visit lacks means",
    ],
    "an event with an unknown key": [
        'town.yaml:8:36: unknown key of an event type "field"; did you mean "fields"?',
    ],
    "a list of codes that is no local one": [
        (
            "town.yaml:8:9: a local list of codes begins with x_, in small letters: "
            '"agreement" does not'
        ),
    ],
    "an empty list of codes": [
        "town.yaml:8:17: the list x_size has no codes",
    ],
    "a rule that is there": [
        'town.yaml:9:6: the rule "PL-01" exists already; an id is used once',
    ],
    "a rule that lacks nearly everything": [
        (
            "town.yaml:9:5: the rule lacks kind, severity, principles, audit_questions, "
            "cites, status, review_by, expect, prompt, finding, examples"
        ),
    ],
    "a rule without an id": [
        "town.yaml:9:5: the rule lacks rule",
    ],
    "a concept that is there": [
        'town.yaml:9:6: the concept "enquiry_open" exists already; an id is used once',
    ],
    "a concept with an empty name": [
        "town.yaml:9:6: concept has no value",
    ],
    "a concept with an unknown event": [
        'town.yaml:9:68: unknown event type "concern_rased"; did you mean "concern_raised"?',
    ],
}


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_base(tmp_path_factory.mktemp("broken"))


@pytest.fixture(scope="module")
def below(base: Path) -> Layer:
    return top_layer(base)


def test_the_table_is_whole() -> None:
    assert FOUND.keys() == HEADS.keys() | BODIES.keys()
    assert len(FOUND) >= 60


@pytest.mark.parametrize("name", BODIES)
def test_what_is_wrong_below_the_head(name: str, base: Path, below: Layer, tmp_path: Path) -> None:
    overlay = write_overlay(tmp_path, "town", below, BODIES[name])

    layered, problems = check_layers(base, [overlay])

    assert layered is None
    assert [str(problem) for problem in problems] == FOUND[name]


@pytest.mark.parametrize("name", HEADS)
def test_what_is_wrong_with_the_head(name: str, base: Path, below: Layer, tmp_path: Path) -> None:
    text = HEAD.format(id="town", below=below)
    extends = next(line for line in text.splitlines() if line.startswith("extends"))
    old, new = HEADS[name]
    old = old.replace("EXTENDS", extends).replace("HASH", f'"{below.sha256}"')
    assert old in text
    overlay = tmp_path / "town.yaml"
    overlay.write_text(text.replace(old, new))

    layered, problems = check_layers(base, [overlay])

    assert layered is None
    assert [str(one).replace(below.sha256, "HASH") for one in problems] == FOUND[name]


def test_the_problems_of_all_layers_are_named_at_once(tmp_path: Path) -> None:
    base = write_base(tmp_path)
    below = top_layer(base)
    rule = base / "rules/OF-01.yaml"
    rule.write_text(rule.read_text().replace("severity: flag", "severity: flg"))
    town = write_overlay(tmp_path, "town", below, f"changes:\n  - {{rule: PL-1, {WHY}}}\n")
    above = Layer(id="town", version="1.0.0", sha256="0" * 64, folder="town.yaml")
    team = write_overlay(
        tmp_path, "a-team", above, f"waivers:\n  - {{name: w, rules: FL-01, {WHY}, {END}}}\n"
    )

    with pytest.raises(RulesetInvalid) as caught:
        load_layers(base, [town, team])

    lines = [line.split(":")[0] for line in str(caught.value).splitlines()]
    assert lines == [
        "small/rules/OF-01.yaml",
        "town.yaml",
        "town.yaml",
        "town.yaml",
        "a-team.yaml",
        "a-team.yaml",
    ]
    assert 'unknown severity "flg"; did you mean "flag"?' in str(caught.value)
    assert 'unknown rule "PL-1"; did you mean "PL-01"?' in str(caught.value)
    assert "FL-01 is a floor" in str(caught.value)


def test_an_overlay_that_is_not_there(base: Path, tmp_path: Path) -> None:
    layered, problems = check_layers(base, [tmp_path / "town.yaml"])

    assert layered is None
    assert [str(one) for one in problems] == ["town.yaml: can't be read: No such file or directory"]


def test_a_file_that_nobody_would_read(base: Path, below: Layer, tmp_path: Path) -> None:
    folder = tmp_path / "town"
    (folder / "rules").mkdir(parents=True)
    (folder / "overlay.yaml").write_text(HEAD.format(id="town", below=below))
    (folder / "rules/TN-01.yml").write_text("rule: TN-01")

    _, problems = check_layers(base, [folder])

    assert [str(one) for one in problems] == [
        "town/rules/TN-01.yml: only files called *.yaml are read in rules; rename or move it"
    ]


ROW = "{from: 2026-01-01, value: 3, basis: local, source: x}"


def changed_by_name(word: str, base: Path, below: Layer, folder: Path) -> tuple[list[str], ...]:
    """The rules that a change of one number reaches, and what is wrong with it."""
    overlay = folder / "town.yaml"
    body = f"changes:\n  - {{rule: {word}, parameters: {{within: [{ROW}]}}, {WHY}}}\n"
    overlay.write_text(HEAD.format(id="town", below=below) + body)
    layered, problems = check_layers(base, [overlay])
    return list(layered.changed if layered is not None else ()), [str(one) for one in problems]


def test_a_rule_is_understood_in_other_capitals(base: Path, below: Layer, tmp_path: Path) -> None:
    assert changed_by_name("pl-01", base, below, tmp_path) == (["PL-01"], [])


def test_a_title_is_understood_where_it_is_one_rules(base: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(base, tmp_path / "small")
    rule = folder / "rules" / "PL-01.yaml"
    rule.write_text(rule.read_text().replace("title: The adult is asked", "title: Asked in time"))

    clear = changed_by_name("asked in time", folder, top_layer(folder), tmp_path)
    shared, problems = changed_by_name("The adult is asked", folder, top_layer(folder), tmp_path)

    assert clear == (["PL-01"], [])
    assert (shared, len(problems)) == ([], 1)
    assert problems[0].startswith('town.yaml:9:12: unknown rule "The adult is asked"; known are ')


def test_a_key_that_is_indented_as_a_parameter_is_one_mistake(
    base: Path, below: Layer, tmp_path: Path
) -> None:
    overlay = tmp_path / "town.yaml"
    body = f"changes:\n  - rule: PL-01\n    parameters:\n      within:\n        - {ROW}\n"
    body += "      because: a\n    approved_by: b\n"
    overlay.write_text(HEAD.format(id="town", below=below) + body)

    _, problems = check_layers(base, [overlay])

    assert [str(one) for one in problems] == [
        'town.yaml:13:7: "because" is indented as a parameter; indent it like "parameters"'
    ]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (ROW.replace("value", "unit: working_days, value"), None),
        (
            ROW.replace("value", "unit: weeks, value"),
            "town.yaml:9:66: its unit is working_days and stays so",
        ),
        (
            ROW.replace("value: 3", "value: 4 hours"),
            'town.yaml:9:67: "4 hours": the unit is fixed; write the number alone, 0 to 20 '
            "(working days)",
        ),
    ],
)
def test_the_unit_of_a_value_may_be_repeated_and_not_changed(
    row: str, said: str | None, base: Path, below: Layer, tmp_path: Path
) -> None:
    overlay = tmp_path / "town.yaml"
    body = f"changes:\n  - {{rule: PL-01, parameters: {{within: [{row}]}}, {WHY}}}\n"
    overlay.write_text(HEAD.format(id="town", below=below) + body)

    _, problems = check_layers(base, [overlay])

    assert [str(one) for one in problems] == ([] if said is None else [said])


def test_a_broken_local_event_is_told_once(base: Path, below: Layer, tmp_path: Path) -> None:
    overlay = tmp_path / "town.yaml"
    body = "events: {x_visit: {means: A visit, fields: {how: string}}}\nfilters:\n"
    when = "{recorded: x_visit, where: {how: is_present}}"
    body += f"  - {{name: f, rules: PL-01, when: {when}, {END}, {WHY}}}\n"
    overlay.write_text(HEAD.format(id="town", below=below) + body)

    _, problems = check_layers(base, [overlay])

    assert [one.message.partition(";")[0] for one in problems] == [
        '"string" is not a kind of field'
    ]
