"""The mistakes that a team lead makes in the folder of `init`, each with all that is answered.

The rows are those of a trial in which a lead made a hundred and fifty of them, in its order: they
were answered badly then. An answer names place, word, cause and what to write, and nothing that
only follows from the mistake.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pytest

from msp_rules.authoring.starter import starter_files
from msp_rules.rules import load_ruleset
from tests.builders.export import case_text, event_text, export_text
from tests.builders.part_of_core import write_part_of_core
from tests.support.command_line import run_here

pytestmark = pytest.mark.slow

TODAY = "2026-11-30"
OVERLAY, RULE, FEATURE = (
    "overlay.yaml",
    "rules/X-LETTER-01.yaml",
    "features/our_procedure.feature",
)
NBSP = "\u00a0"
REASON = "    because: Our board wants a decision by the second working day\n"
NUMBER = '{from: 2026-11-30, value: 2, basis: local, source: "our procedure, 1.1"}'
CITED = 'source: our-procedure, at: "2.1"'
BEFORE_EVENTS = "\n# A kind of entry"
BEFORE_WAIVERS = "\n# A waiver sets"
CLEAN: list[str] = []
WORD = "(pasted from Word or Excel?): write an ordinary space, or nothing"


class Edit(NamedTuple):
    """A text of one of the files, and what is written in its place."""

    file: str
    old: str
    new: str


def reason(text: str) -> Edit:
    return Edit(OVERLAY, REASON, text)


def named(text: str) -> Edit:
    return Edit(OVERLAY, "  - rule: DEC-02", text)


def ends(day: str) -> Edit:
    return Edit(OVERLAY, "expires: 2027-05-29", f"expires: {day}")


def change(rule: str, parameter: str, values: str) -> Edit:
    text = f"""\
  - rule: {rule}
    parameters:
      {parameter}: {values}
    because: Our board wants word every week
    approved_by: Safeguarding Adults Board
"""
    return Edit(OVERLAY, BEFORE_EVENTS, text + BEFORE_EVENTS)


def gap(value: str) -> Edit:
    row = f'{{from: 2026-11-30, value: {value}, basis: local, source: "our procedure, 4.2"}}'
    return change("INV-02", "contact_gap", f"[{row}]")


def left_out(when: str) -> Edit:
    text = f"""\
filters:
  - name: passed on
    rules: [DEC-02]
    when: {when}
    expires: 2027-05-28
    because: They are decided in the joint hub
    approved_by: Safeguarding Adults Board
"""
    return Edit(OVERLAY, BEFORE_WAIVERS, text + BEFORE_WAIVERS)


def rows_of(values: str) -> Edit:
    return change("INV-02", "contact_gap", values)


A_LIST = (
    "the values of contact_gap must be a list, as in "
    '[{from: 2027-04-01, value: 5, basis: local, source: "our procedure, 1.1"}]'
)
KINDS = (
    "write text, flag, date, moment, whole, code(LIST) or ref(EVENT TYPE), with * where it may "
    "repeat and ! where it is needed"
)

CHECKED: dict[str, tuple[list[Edit], list[str]]] = {
    "1 the rule has another id than its file": (
        [Edit(RULE, "rule: X-LETTER-01\n", "rule: X-LETTER-1\n")],
        [
            'rules/X-LETTER-01.yaml:1:1: the rule is called "X-LETTER-1", but its file '
            '"X-LETTER-01"; rename one of the two'
        ],
    ),
    "2 a section that the Act has not": (
        [Edit(RULE, CITED, 'source: care-act-2014, at: "s99"')],
        [
            'rules/X-LETTER-01.yaml:8:33: unknown place in care-act-2014 (citations.yaml) "s99"; '
            "known are s1(2), s1(3), s42(1), s42(2), s44, s68, s68(2), s68(3), s68(4), s68(5), "
            "s68(6)"
        ],
    ),
    "2 a paragraph that the guidance has not": (
        [Edit(RULE, CITED, 'source: cssg-2017, at: "14.931"')],
        [
            'rules/X-LETTER-01.yaml:8:29: unknown place in cssg-2017 (citations.yaml) "14.931"; '
            'did you mean "14.93"?'
        ],
    ),
    "3 a council's rule is said to be law": (
        [
            Edit(RULE, "kind: local", "kind: statutory"),
            Edit(RULE, "severity: advice", "severity: statutory"),
        ],
        [
            "rules/X-LETTER-01.yaml:3:1: kind: statutory needs a citation of law (marked so: "
            "care-act-2014, mca-2005); a rule that rests on other sources is good_practice or local"
        ],
    ),
    "4 one number of a rule whose other one had to move along": (
        [
            change(
                "SPC-05", "repeats", '[{from: 2026-11-30, value: 5, basis: local, source: "1.1"}]'
            )
        ],
        CLEAN,
    ),
    "5 a waiver that has ended": (
        [ends("2020-11-28")],
        [
            'overlay.yaml:48:5: warning: the waiver "north team moves to the new system" has '
            "expired on 2020-11-28 [expired]"
        ],
    ),
    "6 a waiver for fifty years": (
        [ends("2077-05-28")],
        [
            'overlay.yaml:48:5: warning: the waiver "north team moves to the new system" holds '
            "until 2077-05-28, longer than a year: have it looked at before [long]"
        ],
    ),
    "6 a number from the next century on": (
        [Edit(OVERLAY, NUMBER, NUMBER.replace("2026-11-30", "2126-12-01"))],
        [
            "overlay.yaml:18:5: warning: DEC-02: decide_within begins on 2126-12-01, in more than "
            "two years [far]"
        ],
    ),
    "8 a value as the core has it": (
        [gap("21")],
        [
            "overlay.yaml:38:5: warning: INV-02 has contact_gap 21 calendar days in the layer "
            "below: this changes nothing [same]"
        ],
    ),
    "9 a text with a hash": (
        [reason("    because: Front door standard #4 of our procedure\n")],
        [
            'overlay.yaml:22:14: warning: the text ends with "Front door standard": after " #" '
            "nothing is read; put a text with # in quotes, and a comment on a line of its own [cut]"
        ],
    ),
    "9 a dash for a reason": (
        [reason('    because: "-"\n')],
        [
            'overlay.yaml:18:5: warning: the change of DEC-02: because says "-", which is no '
            "reason that a board can read [reason]"
        ],
    ),
    "10 a filter that leaves everything out": (
        [left_out("{this: {source: is_present}}")],
        [
            'overlay.yaml:46:5: warning: the filter "passed on" leaves out all that DEC-02 asks '
            "about, as far as its examples show: to switch it off, say enabled: false [all-out]"
        ],
    ),
    "11 no reason": ([reason("    because:\n")], ["overlay.yaml:22:5: because has no value"]),
    "12 no space after the colon": (
        [reason(REASON.replace(": ", ":"))],
        ['overlay.yaml:22:12: a space belongs after the colon, as in "because: Our"'],
    ),
    "13 indented with non-breaking spaces": (
        [reason(NBSP * 4 + REASON.lstrip())],
        [f"overlay.yaml:22:1: a non-breaking space at its beginning {WORD}"],
    ),
    "14 a non-breaking space after a colon": (
        [named(f"  - rule:{NBSP}DEC-02")],
        [f'overlay.yaml:18:10: a non-breaking space after "rule:" {WORD}'],
    ),
    "15 a non-breaking space after a number": (
        [gap(f"14{NBSP}")],
        [
            f'overlay.yaml:40:47: "14{NBSP}" is not a whole number from 7 to 90 (calendar days); '
            f'there is a non-breaking space after "14" {WORD}'
        ],
    ),
    "15 a non-breaking space after an id, which is understood": (
        [named(f"  - rule: DEC-02{NBSP}")],
        CLEAN,
    ),
    "15 a zero-width space after an id": (
        [named("  - rule: DEC-02\u200b")],
        [
            'overlay.yaml:18:11: unknown rule "DEC-02\u200b"; did you mean "DEC-02"?; there is a '
            f'zero-width space after "DEC-02" {WORD}'
        ],
    ),
    "16 a tab": (
        [reason(f"\t{REASON.lstrip()}")],
        ["overlay.yaml:22:1: a tab stands here; indent with spaces"],
    ),
    "17 one space too few": (
        [reason(REASON[1:])],
        ["overlay.yaml:22:4: this line is indented by 3, the lines that it belongs to by 2"],
    ),
    "18 two spaces too many": (
        [reason(f"      {REASON.lstrip()}")],
        ['overlay.yaml:22:7: "because" is indented as a parameter; indent it like "parameters"'],
    ),
    "19 a text with a colon": (
        [reason("    because: Our board: a decision by the second day\n")],
        ['overlay.yaml:22:14: a text with a colon stands in quotes, as in because: "..."'],
    ),
    "20 an apostrophe in single quotes": (
        [reason("    because: 'The trust's team wants it\n")],
        [
            "overlay.yaml:22:14: the quotes that begin here end at trust'; put the whole text "
            'between " and "'
        ],
    ),
    "21 curly quotes around a source": (
        [Edit(OVERLAY, '"our procedure, 1.1"', "\u201cour procedure, 1.1\u201d")],
        [
            'overlay.yaml:21:78: unknown key of a value "1.1\u201d"; known are basis, from, '
            'source, unit, value; there is a curly quote after "1.1" (pasted from Word or Excel?): '
            "write a straight quote"
        ],
    ),
    "22 curly quotes around a version": (
        [Edit(OVERLAY, '"0.1.0"', "\u201c0.1.0\u201d")],
        [
            'overlay.yaml:5:10: "\u201c0.1.0\u201d" is not a version: three numbers in straight '
            'quotes, as in "1.0.0"; there is a curly quote at its beginning (pasted from Word or '
            "Excel?): write a straight quote"
        ],
    ),
    "24 a day with strokes": (
        [ends("30/06/2027")],
        ['overlay.yaml:51:14: "30/06/2027" is not written as dates are here; write 2027-06-30'],
    ),
    "24 a day that is none": (
        [ends("2027-02-30")],
        ['overlay.yaml:51:14: "2027-02-30" does not exist: February 2027 has 28 days'],
    ),
    "24 a day in words": (
        [ends("30 June 2027")],
        ['overlay.yaml:51:14: "30 June 2027" is not written as dates are here; write 2027-06-30'],
    ),
    "24 a month of one digit": (
        [ends("2027-6-30")],
        ['overlay.yaml:51:14: "2027-6-30" is not written as dates are here; write 2027-06-30'],
    ),
    "25 an id in small letters, which is understood": ([named("  - rule: dec-02")], CLEAN),
    "25 a rule's title, which is understood": (
        [named("  - rule: The decision on a concern comes soon")],
        CLEAN,
    ),
    "26 a code that is two of ours": (
        [left_out("{adult: {age_band: 85+}}")],
        [
            'overlay.yaml:48:30: unknown code of age_band "85+"; known are 18-64, 65-74, 75-84, '
            "85-94, 95+, is_absent, is_present, not_known"
        ],
    ),
    "27 a team without quotes": (
        [left_out("{case: {team: north}}")],
        [
            'overlay.yaml:48:25: unknown test of team "north"; write is_present or is_absent, or '
            "the text in quotes"
        ],
    ),
    "27 words without quotes": (
        [left_out("{recorded: contact_with_adult, where: {method: face to face}}")],
        [
            'overlay.yaml:48:58: unknown test of method "face to face"; write is_present or '
            "is_absent, or the text in quotes"
        ],
    ),
    "28 a parameter by another name": (
        [Edit(RULE, "$send_within", "$send_in")],
        ['rules/X-LETTER-01.yaml:23:15: unknown parameter "send_in"; did you mean "send_within"?'],
    ),
    "29 a prompt in a change": (
        [reason(f'    prompt: {{summary: "Asked?"}}\n{REASON}')],
        [
            'overlay.yaml:22:5: unknown key of a change "prompt"; write summary, and '
            "the revision of the rule that it is for"
        ],
    ),
    "29 the first day of a rule by another name": (
        [Edit(RULE, "from: 2026-11-30 ", "begins: 2026-11-30 ")],
        ['rules/X-LETTER-01.yaml:11:1: unknown key of a rule "begins"; write from'],
    ),
    "30 a negative number": (
        [gap("-2")],
        ['overlay.yaml:40:47: "-2" is not a whole number from 7 to 90 (calendar days)'],
    ),
    "30 per cent": (
        [gap("80%")],
        ['overlay.yaml:40:47: "80%" is not a whole number from 7 to 90 (calendar days)'],
    ),
    "30 a number with its unit": (
        [gap("2 days")],
        [
            'overlay.yaml:40:47: "2 days": the unit is fixed; write the number alone, 7 to 90 '
            "(calendar days)"
        ],
    ),
    "30 half a day": (
        [gap("2.5")],
        ['overlay.yaml:40:47: "2.5" is not a whole number from 7 to 90 (calendar days)'],
    ),
    "31 hours in mind": (
        [Edit(OVERLAY, "value: 2,", "value: 48,")],
        ["overlay.yaml:21:37: 48 lies outside the range 0 to 20 (working days)"],
    ),
    "32 another unit": (
        [rows_of('[{from: 2026-11-30, value: 14, unit: weeks, basis: local, source: "4.2"}]')],
        ["overlay.yaml:40:57: its unit is calendar_days and stays so"],
    ),
    "33 a number in place of the values": ([rows_of("14")], [f"overlay.yaml:40:20: {A_LIST}"]),
    "33 a unit in place of the values": (
        [rows_of("{unit: calendar_days}")],
        [f"overlay.yaml:40:20: {A_LIST}"],
    ),
    "34 two values of one day": (
        [
            rows_of(
                '\n        - {from: 2026-12-01, value: 14, basis: local, source: "a"}'
                '\n        - {from: 2026-12-01, value: 10, basis: local, source: "a"}'
            )
        ],
        ["overlay.yaml:41:9: two values begin on 2026-12-01; one day has one value"],
    ),
    "35 a kind of field by another name": (
        [Edit(OVERLAY, "how: text", "how: string")],
        [f'overlay.yaml:44:12: "string" is not a kind of field; {KINDS}'],
    ),
    "35 an event without its x_": (
        [Edit(OVERLAY, "  x_letter_sent:", "  letter_sent:")],
        [
            "overlay.yaml:41:3: a local event type begins with x_, in small letters: "
            '"letter_sent" does not'
        ],
    ),
}

WORDS_OF_A_FEATURE = (
    "a line begins with Feature:, Rule:, Background:, Scenario:, Scenario Outline:, Examples:, "
    "Given, When, Then, And or But"
)
RUN: dict[str, tuple[list[Edit], list[str]]] = {
    "37 no Feature": (
        [Edit(FEATURE, "Feature: ", "")],
        [
            'our_procedure.feature:1: this line begins with no word of a feature: "What our '
            f'procedure asks for"; {WORDS_OF_A_FEATURE}',
            "our_procedure.feature:2: this line begins with no word of a feature: "
            '"Every step is a sentence of msp-rules: "msp-rules test --steps" prints them all."; '
            f"{WORDS_OF_A_FEATURE}",
            'our_procedure.feature:4: "Feature: " and its name must stand before '
            '"Scenario Outline:"',
        ],
    ),
    "37 a word of a step misspelt": (
        [
            Edit(
                FEATURE, "    When the case is looked at on 8", "    Wen the case is looked at on 8"
            )
        ],
        [
            "our_procedure.feature:17: this line begins with no word of a feature: "
            '"Wen the case is looked at on 8 December 2026"; did you mean "When"?'
        ],
    ),
    "38 curly quotes in a step": (
        [Edit(FEATURE, 'with how "by post"', "with how \u201cby post\u201d")],
        ['our_procedure.feature:23: curly quotes stand here: write "by post" in straight ones'],
    ),
    "39 a non-breaking space in a day": (
        [Edit(FEATURE, "on 7 December 2026 with", f"on 7{NBSP}December 2026 with")],
        [f'our_procedure.feature:23: this line holds a non-breaking space after "7" {WORD}'],
    ),
    "40 a question in other words": (
        [
            Edit(
                FEATURE,
                '"Has the adult got a letter, or would it be unsafe to send one?"',
                '"Has the adult got a letter from us?"',
            )
        ],
        [
            'our_procedure.feature:19: no rule asks "Has the adult got a letter from us?"; the '
            'nearest question is "Has the adult got a letter, or would it be unsafe to send one?"'
        ],
    ),
    "42 another verdict than expected": (
        [Edit(FEATURE, "Then X-LETTER-01 is not met", "Then X-LETTER-01 is met")],
        [
            'our_procedure.feature:18: scenario "The adult has no letter yet": X-LETTER-01: '
            "expected: met; got: not met (due 2026-12-07)"
        ],
    ),
}


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lead") / "core"
    rules = (f"rules/{name}.yaml" for name in ("DEC-02", "COM-01", "INV-02", "SPC-05"))
    return write_part_of_core(folder, *rules, "citations.yaml")


@pytest.fixture(scope="module")
def files(base: Path) -> dict[str, str]:
    day = date.fromisoformat(TODAY)
    return dict(starter_files("our-council", load_ruleset(base), day))


@pytest.fixture
def overlay(files: dict[str, str], tmp_path: Path) -> Callable[[list[Edit]], Path]:
    """Writes the folder of `init` with some edits."""

    def write(edits: list[Edit]) -> Path:
        edited = dict(files)
        for file, old, new in edits:
            assert old in edited[file], (file, old)
            edited[file] = edited[file].replace(old, new, 1)
        for name, text in edited.items():
            path = tmp_path / "our-council" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        return tmp_path / "our-council"

    return write


def checked(base: Path, overlay: Path) -> list[str]:
    done = run_here("check", str(base), "--overlay", str(overlay), "--today", TODAY)
    said = (done.stdout + done.stderr).splitlines()
    if done.returncode != 3:
        assert (done.returncode, "no mistakes" in said.pop()) == (0, True)
    return [line.removeprefix("our-council/") for line in said]


@pytest.mark.parametrize("name", CHECKED)
def test_a_mistake_is_answered_so_that_it_can_be_mended(
    name: str, base: Path, overlay: Callable[[list[Edit]], Path]
) -> None:
    edits, said = CHECKED[name]

    assert checked(base, overlay(edits)) == said


@pytest.mark.slow
@pytest.mark.parametrize("name", RUN)
def test_a_mistake_in_a_feature_is_answered_so_that_it_can_be_mended(
    name: str, base: Path, overlay: Callable[[list[Edit]], Path]
) -> None:
    edits, said = RUN[name]

    done = run_here("test", str(base), "--overlay", str(overlay(edits)))

    lines = (done.stdout + done.stderr).splitlines()
    own = [line for line in lines if line.startswith("our-council/")]
    assert [line.removeprefix("our-council/features/") for line in own] == said
    assert done.returncode in (1, 3)


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        pytest.param("utf-16", "1: the file is UTF-16", id="23 saved as UTF-16"),
        pytest.param("cp1252", "22: this is not UTF-8 text", id="23 saved as Windows-1252"),
    ],
)
def test_a_file_in_another_encoding_is_named_with_its_line(
    encoding: str, said: str, base: Path, overlay: Callable[[list[Edit]], Path]
) -> None:
    folder = overlay([reason("    because: Our board\u2019s standard\n")])
    path = folder / OVERLAY
    path.write_bytes(path.read_text("utf-8").encode(encoding))

    assert checked(base, folder) == [
        f"overlay.yaml:{said}: save the file as UTF-8 (in Notepad: Save as, Encoding)"
    ]


@pytest.mark.slow
def test_a_team_that_no_case_has_is_named_with_those_that_there_are(
    base: Path, overlay: Callable[[list[Edit]], Path], tmp_path: Path
) -> None:
    folder = overlay([Edit(OVERLAY, "team: north", "team: nroth")])
    concern = event_text("concern_raised", "e1", "2026-01-05")
    cases = [case_text(team, concern, attributes=f'team="{team}"') for team in ("north", "south")]
    export = tmp_path / "export.xml"
    export.write_text(export_text(cases))

    done = run_here(
        *("impact", "--before", str(base), "--after", str(base), "--after", str(folder)),
        *(str(export), "--no-forecast"),
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert "nroth" in done.stdout
    assert "north, south" in done.stdout


@pytest.mark.slow
def test_a_feature_with_a_byte_order_mark_is_run_and_one_by_another_name_is_named(
    base: Path, overlay: Callable[[list[Edit]], Path]
) -> None:
    folder = overlay([])
    path = folder / FEATURE
    path.write_text("\ufeff" + path.read_text("utf-8"), "utf-8")
    (folder / "features/more.feature.txt").write_text("Feature: more\n")
    (folder / "features/most.FEATURE").write_text("Feature: most\n")

    done = run_here("test", str(base), "--overlay", str(folder))

    own = [line for line in done.stderr.splitlines() if line.startswith("our-council/")]
    assert own == [
        f"our-council/features/{name}: only files called *.feature are run as features; rename it "
        "or move it away"
        for name in ("more.feature.txt", "most.FEATURE")
    ]
