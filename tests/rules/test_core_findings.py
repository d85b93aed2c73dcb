"""What practitioners found in the core rules is held by tests that are there, or by those below."""

from __future__ import annotations

import re
from typing import Final

from msp_rules.rules import shipped_ruleset
from msp_rules.rules.folder import Companions, read_companions
from msp_rules.rules.language.rule import Rule
from msp_rules.rules.language.wording import code_in_words
from msp_rules.yaml_source.nodes import Problems
from tests.support.command_line import ROOT
from tests.support.core import core_ruleset

PAGE: Final = ROOT / "tests/core_findings.md"
EXAMPLES: Final = ROOT / "tests/rules/test_core_practice.py"
"""Where rows of examples are kept, each under its name."""
FINDINGS: Final = {"P": 10, "U": 15, "N": 9, "W": 3, "C": 3}
"""The number of findings of each part of the page."""


def rows() -> dict[str, tuple[list[str], list[str]]]:
    """The tests, and the rows of examples, that hold each finding."""
    lines = [
        [cell.strip() for cell in line.split("|")[1:-1]]
        for line in PAGE.read_text("utf-8").splitlines()
        if re.match(r"\| [A-Z]\d+ ", line)
    ]
    return {
        number: (re.findall(r"`(tests/[^`]+)`", held), re.findall('"([^"]+)"', held))
        for number, _, held in lines
    }


def _is_there(test: str) -> bool:
    path, _, name = test.partition("::")
    return (ROOT / path).is_file() and f"def {name}(" in (ROOT / path).read_text("utf-8")


def test_each_finding_names_tests_and_examples_that_are_there() -> None:
    found = rows()

    kept = EXAMPLES.read_text("utf-8")
    missing = [
        *(test for tests, _ in found.values() for test in tests if not _is_there(test)),
        *(
            row
            for _, examples in found.values()
            for row in examples
            if f'    "{row}": {{' not in kept
        ),
    ]
    assert list(found) == [
        f"{part}{number}" for part, most in FINDINGS.items() for number in range(1, most + 1)
    ]
    assert all(tests or examples for tests, examples in found.values())
    assert missing == []


def rule(rule_id: str) -> Rule:
    return next(one for one in core_ruleset().rules if one.id == rule_id)


def companions() -> Companions:
    return read_companions(shipped_ruleset("msp-core"), core_ruleset(), Problems())


def test_each_source_has_what_a_worker_needs_to_find_it() -> None:
    citations = companions().citations
    assert citations is not None

    lacking = {
        name: [part for part in ("label", "url", "edition", "day") if not getattr(one, part)]
        for name, one in citations.items()
    }
    assert {name: parts for name, parts in lacking.items() if parts} == {}


def test_when_somebody_asked_again_colours_the_seventh_question_alone() -> None:
    assert rule("OUT-05").audit_questions == ("Q7",)


def test_each_mismatch_touches_its_own_questions_alone() -> None:
    touched = [list(one.questions) for one in rule("DQ-01").touches]

    assert touched == [["QM"], ["Q2", "Q8"], ["Q3", "Q4"], ["Q5", "Q7"], ["Q5", "Q8"]]


def test_notes_say_whose_duty_a_number_or_a_law_is() -> None:
    cited = {one.at for one in rule("INV-01").cites}

    assert "The duty to review binds the board" in (rule("SPC-04").notes or "")
    assert "working days is assumed" in (rule("DEC-02").notes or "")
    assert cited == {"Appendix 4b", "Appendix 1"}


FOUND: Final = {
    "DQ-01": "Some dates or answers in this record do not fit together",
    "INV-02": "Regular contact with the adult while the enquiry was open is not evidenced",
}


def test_findings_speak_in_the_words_that_practitioners_proposed() -> None:
    assert [name for name, words in FOUND.items() if not rule(name).finding.startswith(words)] == []


def test_codes_are_spoken_as_people_say_them() -> None:
    assert code_in_words("dont_know") == "“don't know”"
    assert code_in_words("care_act_advocate") == "“Care Act advocate”"


def test_the_eighth_question_says_that_it_looks_at_what_was_recorded() -> None:
    coverage = companions().coverage
    assert coverage is not None

    notes = {row.id: row.note for row in coverage.expectations}
    assert "not whether they were met" in (notes["Q8"] or "")
