"""The warnings of `check` about an overlay: each with an entry beside it that calls for none."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from msp_rules.authoring.overlay_lint import lint_overlays
from msp_rules.rules import load_layers
from tests.builders.layers import WHY, top_layer, write_base, write_overlay

TODAY = date(2026, 6, 15)
END = "expires: 2026-12-31"
SAME = "in the layer below: this changes nothing [same]"
TO_COME = "which is still to come [approved]"
UNFIT = "which is no reason that a board can read [reason]"
FAR = "begins on {}, in more than two years [far]"


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_base(tmp_path_factory.mktemp("small"))


def warned_of(base: Path, folder: Path, body: str, today: date | None = TODAY) -> list[str]:
    overlay = write_overlay(folder, "town", top_layer(base), body)
    found = lint_overlays(load_layers(base, [overlay]), today=today)
    return [str(one).replace("warning: ", "", 1) for one in found]


def change(what: str, why: str = WHY) -> str:
    return f"changes:\n  - {{rule: PL-01, {what}, {why}}}\n"


def value(day: str, number: int) -> str:
    row = f"{{from: {day}, value: {number}, basis: local, source: board}}"
    return change(f"parameters: {{within: [{row}]}}")


def waiver(days: str, why: str = WHY) -> str:
    return f"waivers:\n  - {{name: move, rules: PL-01, {days}, {why}}}\n"


def filtered(when: str, rule: str = "FL-01") -> str:
    rule = "PL-01" if rule == "FL-01" else rule  # a floor takes no filter
    return f"filters:\n  - {{name: hub, rules: {rule}, when: {when}, {END}, {WHY}}}\n"


@pytest.mark.parametrize(
    ("body", "warned"),
    [
        pytest.param(
            value("2026-05-01", 5),
            [f"9:5: PL-01 has within 5 working days {SAME}"],
            id="the value that was there",
        ),
        pytest.param(value("2026-05-01", 4), [], id="another value"),
        pytest.param(
            change("severity: flag"),
            [f"9:5: PL-01 has severity flag {SAME}"],
            id="the severity that was there",
        ),
        pytest.param(
            change("severity: statutory", "because: '-', approved_by: The board"),
            [f'9:5: the change of PL-01: because says "-", {UNFIT}'],
            id="a reason without words",
        ),
        pytest.param(
            change("severity: statutory", "because: TBC, approved_by: The board"),
            [f'9:5: the change of PL-01: because says "TBC", {UNFIT}'],
            id="a reason to be written",
        ),
        pytest.param(
            change("severity: statutory", "because: Law, approved_by: x"),
            ['9:5: the change of PL-01: approved_by says "x", which names nobody [reason]'],
            id="an approval by nobody",
        ),
        pytest.param(
            value("2028-06-16", 4),
            ["9:5: PL-01: within " + FAR.format("2028-06-16")],
            id="more than two years ahead",
        ),
        pytest.param(value("2028-06-15", 4), [], id="two years ahead"),
        pytest.param(
            waiver("from: 2026-06-01, expires: 2027-06-03"),
            [
                '9:5: the waiver "move" holds until 2027-06-03, longer than a year: have it looked '
                "at before [long]"
            ],
            id="a waiver of more than a year",
        ),
        pytest.param(waiver("from: 2026-06-01, expires: 2027-06-02"), [], id="a waiver of a year"),
        pytest.param(
            waiver("expires: 2026-06-14"),
            ['9:5: the waiver "move" has expired on 2026-06-14 [expired]'],
            id="a waiver that ended yesterday",
        ),
        pytest.param(waiver("expires: 2026-06-15"), [], id="a waiver that ends today"),
        pytest.param(
            waiver(END, f"{WHY}, approved_on: 2026-06-16"),
            [f'9:5: the waiver "move" was approved on 2026-06-16, {TO_COME}'],
            id="an approval of tomorrow",
        ),
        pytest.param(waiver(END, f"{WHY}, approved_on: 2026-06-15"), [], id="one of today"),
        pytest.param(
            filtered("{this: {source: is_present}}"),
            [
                '9:5: the filter "hub" leaves out all that PL-01 asks about, as far as its '
                "examples show: to switch it off, say enabled: false [all-out]"
            ],
            id="a filter that leaves out everything",
        ),
        pytest.param(filtered("{this: {source: police}}"), [], id="a filter of one source"),
        pytest.param(filtered("{case: {team: 'north'}}"), [], id="a filter of one team"),
        pytest.param(filtered("{recorded: s42_decided}"), [], id="a filter of what is recorded"),
    ],
)
def test_what_is_warned_of(base: Path, tmp_path: Path, body: str, warned: list[str]) -> None:
    assert warned_of(base, tmp_path, body) == [f"town.yaml:{one}" for one in warned]


@pytest.mark.parametrize(
    ("line", "is_cut"),
    [
        ("because: Front door standard #4 of our procedure", True),
        ("because: Front door standard # as agreed", True),
        ('because: "Front door standard #4 of our procedure"', False),
        ("because: Front door standard#4 of our procedure", False),
        ("because: Front door standard 4", False),
    ],
)
def test_a_text_that_a_comment_cuts_is_named(
    base: Path, tmp_path: Path, line: str, *, is_cut: bool
) -> None:
    body = (
        f"changes:\n  - rule: PL-01\n    severity: statutory\n    {line}\n    approved_by: Board\n"
    )

    assert (
        warned_of(base, tmp_path, body)
        == [
            'town.yaml:11:14: the text ends with "Front door standard": after " #" nothing is '
            "read; put a text with # in quotes, and a comment on a line of its own [cut]"
        ]
        * is_cut
    )


def test_a_comment_after_a_value_is_no_text_that_is_cut(base: Path, tmp_path: Path) -> None:
    body = value("2026-05-01", 4).replace("changes:\n", "changes:  # what the board wants\n")

    assert warned_of(base, tmp_path, body) == []


def test_without_a_day_nothing_is_warned_of_that_needs_one(base: Path, tmp_path: Path) -> None:
    assert warned_of(base, tmp_path, waiver("expires: 2020-01-01"), today=None) == []


def test_a_local_rule_that_is_counted_as_a_duty_and_is_none(base: Path, tmp_path: Path) -> None:
    rule = """\
rules:
  - rule: X-LETTER-01
    title: There is a letter
    kind: local
    severity: statutory
    principles: [partnership]
    audit_questions: []
    cites: [{source: care-act, at: "s42"}]
    status: trial
    review_by: 2027-11-30
    expect: {recorded: oversight}
    prompt: {summary: "A letter?", urgency: info, ask_at: [any], roles: [worker]}
    finding: "A letter is not evidenced in the record."
    examples: []
"""
    message = (
        "town.yaml:12:5: X-LETTER-01 is local, and would be counted as a legal duty: severity "
        "statutory goes with kind: statutory, and that with a citation of law [statutory]"
    )

    assert warned_of(base, tmp_path, rule) == [message]
    assert warned_of(base, tmp_path, rule.replace("severity: statutory", "severity: flag")) == []
