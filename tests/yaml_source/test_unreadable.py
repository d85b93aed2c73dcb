"""Texts that are no YAML: each is told at the line to mend, without a word of the parser's."""

from pathlib import Path

import pytest

from msp_rules.errors import SourceLocation
from msp_rules.yaml_source.nodes import Problems, parse_yaml, read_yaml

SOUND = """\
overlay: our
changes:
  - rule: DEC-02
    parameters:
      decide_within:
        - {from: 2026-11-29, value: 2, basis: local, source: "our procedure, 1.1"}
    because: Our board wants a decision by the second working day
    approved_by: Safeguarding Adults Board
"""
BECAUSE = "    because: Our board wants a decision by the second working day\n"
NBSP = "\u00a0"

BROKEN = {
    "no space after a colon": (
        (BECAUSE, "    because:Our board wants it\n"),
        'f:7:12: a space belongs after the colon, as in "because: Our"',
    ),
    "spaces for the indent that are none": (
        (BECAUSE, f"{NBSP * 4}because: Our board wants it\n"),
        "f:7:1: a non-breaking space at its beginning (pasted from Word or Excel?): write an "
        "ordinary space, or nothing",
    ),
    "a space after a colon that is none": (
        ("rule: DEC-02", f"rule:{NBSP}DEC-02"),
        'f:3:10: a non-breaking space after "rule:" (pasted from Word or Excel?): write an '
        "ordinary space, or nothing",
    ),
    "a tab as indent": (
        (BECAUSE, "\tbecause: Our board wants it\n"),
        "f:7:1: a tab stands here; indent with spaces",
    ),
    "an indent that is one too few": (
        (BECAUSE, BECAUSE[1:]),
        "f:7:4: this line is indented by 3, the lines that it belongs to by 4",
    ),
    "a colon in a text": (
        (BECAUSE, "    because: Our board said: two days\n"),
        'f:7:14: a text with a colon stands in quotes, as in because: "..."',
    ),
    "a quote within quotes": (
        (BECAUSE, "    because: 'The trust's team wants it'\n"),
        'f:7:14: the quotes that begin here end at trust\'; put the whole text between " and "',
    ),
    "quotes that are never closed": (
        (BECAUSE, '    because: "Our board wants it\n'),
        "f:7:14: the quotes that begin here are never closed",
    ),
    "a list that is never closed": (
        (BECAUSE, f"{BECAUSE}    rules: [COM-01, COM-02\n"),
        'f:8:12: the "[" that begins here lacks its "]", or a comma in it',
    ),
    "a block without a comma": (
        ("value: 2, basis", "value: 2 basis"),
        'f:6:11: the "{" that begins here lacks its "}", or a comma in it',
    ),
    "a text that begins with an at sign": (
        (BECAUSE, "    because: @board wants it\n"),
        'f:7:14: a text that begins with "@" stands in quotes',
    ),
    "a backslash in double quotes": (
        (BECAUSE, '    because: "our \\drive"\n'),
        "f:7:20: between double quotes a backslash means something; use single quotes",
    ),
    "a control character": (
        ("Adults Board", "Adults\x07 Board"),
        "f:8: a control character stands here, which no text may hold; take it out",
    ),
    "a second document": (
        (SOUND, f"{SOUND}---\na: b\n"),
        'f:9:1: a line of "---" begins a second document here; a file holds one',
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_wrong_is_told_where_it_is_to_be_mended(name: str) -> None:
    (old, new), message = BROKEN[name]
    assert old in SOUND
    problems = Problems()

    block = parse_yaml(SOUND.replace(old, new), "f", problems)

    assert block is None
    assert [str(one) for one in problems.found] == [message]


def test_a_file_in_another_encoding_is_named_with_the_line(tmp_path: Path) -> None:
    problems = Problems()
    windows, wide = tmp_path / "a.yaml", tmp_path / "b.yaml"
    windows.write_bytes(SOUND.replace("Our board", "Our b\u00f6ard").encode("cp1252"))
    wide.write_bytes(SOUND.encode("utf-16"))

    assert read_yaml(windows, "a", problems) is None
    assert read_yaml(wide, "b", problems) is None

    how = "save the file as UTF-8 (in Notepad: Save as, Encoding)"
    assert [str(one) for one in problems.found] == [
        f"a:7: this is not UTF-8 text: {how}",
        f"b:1: the file is UTF-16: {how}",
    ]


def test_a_character_that_is_not_what_it_looks_like_is_named_in_any_message() -> None:
    problems = Problems()
    where = SourceLocation(path="f")

    problems.unknown(where, "rule", f"DEC-02{NBSP}", ["DEC-02"])
    problems.error(where, "value", '"4.2\u201d" is not a whole number')

    pasted = "(pasted from Word or Excel?)"
    assert [one.message for one in problems.found] == [
        f'unknown rule "DEC-02{NBSP}"; did you mean "DEC-02"?; there is a non-breaking space '
        f'after "DEC-02" {pasted}: write an ordinary space, or nothing',
        '"4.2\u201d" is not a whole number; there is a curly quote after "4.2" '
        f"{pasted}: write a straight quote",
    ]
