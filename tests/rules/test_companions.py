"""The lists beside the rules: what sources hold, and which expectations are answered."""

import re
from pathlib import Path

import pytest

from msp_rules.audit.case_file.population import Theme
from msp_rules.audit.measures.definitions import MEASURES
from msp_rules.audit.national_return.labels import TABLES
from msp_rules.cli.main import COMMANDS
from msp_rules.rules import check_ruleset, load_ruleset, shipped_ruleset
from msp_rules.rules.expectations import ANSWERS
from msp_rules.rules.folder import Companions, read_companions
from msp_rules.rules.language.rule import Reading
from msp_rules.rules.language.wording import citation_in_words
from msp_rules.yaml_source.nodes import Problems
from tests.builders.sound_rulesets import write_with_companions
from tests.support.core import core_ruleset


def core_companions() -> Companions:
    problems = Problems()
    found = read_companions(shipped_ruleset("msp-core"), core_ruleset(), problems)

    assert problems.found == []
    return found


CORE = core_ruleset()
COMPANIONS = core_companions()


def problems_of(folder: Path, file: str, old: str, new: str) -> list[str]:
    ruleset, problems = check_ruleset(write_with_companions(folder, file, old, new))

    assert (ruleset is None) is bool(problems)
    return [str(problem) for problem in problems]


def test_a_sound_ruleset_has_no_mistake(tmp_path: Path) -> None:
    assert problems_of(tmp_path, "", "", "") == []


def test_both_files_may_be_left_out(tmp_path: Path) -> None:
    folder = write_with_companions(tmp_path, "rules/EX-01.yaml", "Step 9", "Step 99")
    (folder / "citations.yaml").unlink()
    (folder / "coverage.yaml").unlink()

    assert check_ruleset(folder)[1] == ()


C, V = "citations.yaml", "coverage.yaml"


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        pytest.param(
            "rules/EX-01.yaml", "Step 9", "Step 8",
            'small/rules/EX-01.yaml:8:28: unknown place in resource (citations.yaml) "Step 8"; '
            "known are Step 1, Step 9, section 4",
            id="a rule cites what is not there",
        ),
        pytest.param(C, "citations: small", "citations: big", 'small/citations.yaml:1:12: this '
                     'ruleset is "small"', id="citations of another ruleset"),
        pytest.param(C, "  guidance:", "  guidence:", 'small/citations.yaml:7:3: unknown source '
                     '"guidence"; did you mean "guidance"?', id="unknown source"),
        pytest.param(C, "read: whole", "read: all", 'small/citations.yaml:5:11: unknown way of '
                     'reading "all"; known are in_part, second_hand, whole', id="way of reading"),
        pytest.param(C, "[Step 1, Step 9", "[Step 1, Step 9, Step 9", 'small/citations.yaml:6:22: '
                     '"Step 9" is listed here twice', id="a place twice"),
        pytest.param(C, 'edition: "2017"', 'edition: "2017"\n    year: 2017',
                     'small/citations.yaml:5:5: unknown key of a source "year"; known are day, '
                     "edition, label, law, not_read, places, quoted_by, read, url",
                     id="unknown key of a source"),
        pytest.param(C, "read: second_hand", "read: second_hand\n    quoted_by: resorce",
                     'small/citations.yaml:10:16: unknown source "resorce"; did you mean '
                     '"resource"?', id="quoted by nobody known"),
        pytest.param(C, "read: whole", "read: whole\n    quoted_by: guidance",
                     "small/citations.yaml:6:16: a source that was read needs no quoted_by; name "
                     "the places under not_read", id="read, and yet quoted"),
        pytest.param(C, "read: whole", "read: whole\n    not_read: [Step 1]",
                     "small/citations.yaml:6:15: not_read goes with read: in_part",
                     id="whole, and yet not read"),
        pytest.param(C, "read: whole", "read: in_part\n    not_read: [Step 2]",
                     'small/citations.yaml:6:15: unknown place "Step 2"; known are Step 1, '
                     "Step 9, section 4",
                     id="a place not read that is not on the list"),
        pytest.param(C, "read: whole", "read: whole\n    url: example.org",
                     "small/citations.yaml:6:10: write the whole address, as in "
                     "https://www.example.org/page", id="half an address"),
        pytest.param(C, '  guidance:\n    edition: "2017"\n    read: second_hand\n    places: '
                     '["14.92", "14.93"]\n', "", 'small/citations.yaml:3:3: the source "guidance" '
                     "of ruleset.yaml has no list of places here", id="a source without places"),
        pytest.param(V, "rules: [EX-01]\n", "rules: [EX-1]\n", 'small/coverage.yaml:20:17: unknown '
                     'rule "EX-1"; did you mean "EX-01"?', id="unknown rule"),
        pytest.param(V, "rules: [EX-01]\n", "rules: []\n", "small/coverage.yaml:20:16: an answer "
                     "names at least one rule", id="no rule in the answer"),
        pytest.param(V, "measure: asking", "measure: askin", 'small/coverage.yaml:24:18: unknown '
                     'measure "askin"; did you mean "asking"?', id="unknown measure"),
        pytest.param(V, "        measure: asking\n", "", "small/coverage.yaml:22:9: an expectation "
                     "has one answer, of rules, measure, shown, needs_a_person, board_evidence; "
                     "here: none", id="no answer"),
        pytest.param(V, "measure: asking\n", "measure: asking\n        needs_a_person: Too.\n",
                     "small/coverage.yaml:22:9: an expectation has one answer, of rules, measure, "
                     "shown, needs_a_person, board_evidence; here: measure and needs_a_person",
                     id="two answers"),
        pytest.param(V, "id: S9-2", "id: S9-1", 'small/coverage.yaml:22:13: "S9-1" is used here '
                     "again; first: line 17", id="an id twice"),
        pytest.param(V, "at: Step 9", "at: Step 8", 'small/coverage.yaml:15:9: unknown place in '
                     'resource "Step 8"; known are Step 1, Step 9, section 4', id="unknown part"),
        pytest.param(V, '["14.93"]', '["4.13"]', 'small/coverage.yaml:19:20: unknown place in '
                     'guidance "4.13"; known are 14.92, 14.93', id="unknown paragraph"),
        pytest.param(V, "[EX-02]", "[EX-01]", "small/coverage.yaml:6:1: no row names the rule "
                     "EX-02; say what it answers, or put it under beyond", id="a rule not named"),
        pytest.param(V, "        measure: asking", "        needs_a_person: Yes.",
                     'small/coverage.yaml:5:3: no row names the measure "asking"',
                     id="a measure not used"),
        pytest.param(V, 'made: "no"', "made: soon", 'small/coverage.yaml:5:72: write "yes" or '
                     '"no"', id="made or not"),
        pytest.param(V, "says: The adult is asked.", 'says: " "', "small/coverage.yaml:18:15: a "
                     "text is expected here", id="nothing said"),
        pytest.param(V, "        says: It is known how often.\n", "", "small/coverage.yaml:22:9: "
                     "an expectation lacks says", id="no words"),
        pytest.param(V, "note: Once", "remark: Once", 'small/coverage.yaml:21:9: unknown key of an '
                     'expectation "remark"; known are board_evidence, guidance, id, measure, '
                     "needs_a_person, note, rules, says, shown", id="unknown key of a row"),
        pytest.param(V, "document: resource", "document: resources", 'small/coverage.yaml:2:11: '
                     'unknown source "resources"; did you mean "resource"?', id="no such document"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_place(
    tmp_path: Path, file: str, old: str, new: str, expected: str
) -> None:
    assert expected in problems_of(tmp_path, file, old, new)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "read: whole",
            "read: whole",
            "Some guidance: 14.93 (as quoted by other sources, not read)",
        ),
        (
            "read: second_hand",
            "label: The guidance\n    read: second_hand\n    quoted_by: resource",
            "The guidance: 14.93 (as quoted by A resource for boards, not read)",
        ),
        ("read: second_hand", "read: whole", "Some guidance: 14.93"),
        (
            "read: second_hand",
            'read: in_part\n    quoted_by: resource\n    not_read: ["14.93"]',
            "Some guidance: 14.93 (as quoted by A resource for boards, not read)",
        ),
        (
            "read: second_hand",
            'read: in_part\n    quoted_by: resource\n    not_read: ["14.92"]',
            "Some guidance: 14.93",
        ),
    ],
)
def test_a_place_that_was_not_read_says_who_quotes_it(
    tmp_path: Path, old: str, new: str, expected: str
) -> None:
    ruleset = load_ruleset(write_with_companions(tmp_path, C, old, new))
    cite = next(one for one in ruleset.rules[0].cites if one.source == "guidance")

    assert citation_in_words(cite, ruleset) == expected


def test_every_citation_of_the_core_rules_is_on_the_list() -> None:
    assert COMPANIONS.citations is not None
    assert COMPANIONS.citations.keys() == CORE.sources.keys()
    for rule in CORE.rules:
        for cite in rule.cites:
            assert cite.at in COMPANIONS.citations[cite.source].places, rule.id
    assert COMPANIONS.citations["cssg-2017"].read is Reading.SECOND_HAND


def test_every_core_rule_answers_something() -> None:
    assert COMPANIONS.coverage is not None
    rows = COMPANIONS.coverage.expectations

    assert COMPANIONS.coverage.rules_named == {rule.id for rule in CORE.rules}
    assert rows
    assert len({row.says for row in rows}) == len(rows)
    for row in rows:
        answers = [getattr(row, answer) for answer in ANSWERS]
        assert sum(1 for answer in answers if answer) == 1, row.id


def test_every_part_of_the_founding_document_has_its_rows() -> None:
    assert COMPANIONS.coverage is not None
    found = dict.fromkeys(row.at for row in COMPANIONS.coverage.expectations)

    assert list(found) == [
        "Introduction",
        *(f"Step {number}" for number in range(1, 10)),
        "section 4",
        *("Appendix 1", "Appendix 2", "Appendix 3", "Appendix 4a", "Appendix 4b", "Appendix 5"),
    ]


def test_every_measure_is_made_by_a_command_that_there_is() -> None:
    assert COMPANIONS.coverage is not None
    measures = COMPANIONS.coverage.measures.values()
    parts = {"measures": [*MEASURES], "sac": [*TABLES], "sample": [one.value for one in Theme]}

    assert [one.id for one in measures if not one.is_made or not one.by] == []
    for words in (words for one in measures for words in one.by):
        command, _, part = words.partition(" ")
        assert command in COMMANDS, words
        assert not part or part in parts[command], words


STEP_9 = {
    "S9-1": ("rules", "ASK-01", "ASK-02", "ASK-03", "ASK-05"),
    "S9-2": ("measure", "measures M1"),
    "S9-3": ("rules", "OUT-03", "CLO-01"),
    "S9-4": ("measure", "sac SG4a", "measures M2", "measures M3", "measures M4"),
    "S9-5": ("measure", "sample outcome_not_met", "measures M3"),
    "S9-6": ("measure", "measures M7", "sample no_enquiry"),
    "S9-7": ("measure", "sample", "audit"),
    "S9-8": ("rules", "OUT-05"),
    "S9-9": ("rules", "OUT-05", "INV-01", "INV-02"),
    "S9-10": ("measure", "measures M9"),
    "S9-11": ("board_evidence",),
    "S9-12": ("board_evidence",),
    "S9-13": ("board_evidence",),
    "S9-14": ("rules", "OUT-07"),
}
"""What answers each row of Step 9, the one about measuring: rules, a command, or the board."""


def test_step_9_is_answered_row_by_row() -> None:
    coverage = COMPANIONS.coverage
    assert coverage is not None
    found = {}
    for row in coverage.expectations:
        if row.at == "Step 9":
            made = () if row.measure is None else coverage.measures[row.measure].by
            kind = next(answer for answer in ANSWERS if getattr(row, answer))
            found[row.id] = (kind, *row.rules, *made)

    assert found == STEP_9


MISPRINTS = {
    "the principles at 4.13": r"(?<![\d.])4\.13\b",
    "139; 153-4": r"\b139; ?153|153-4|14\.153\.54|\"153|\"139",
    "wellbeing at s1(5) of the Care Act": r"care-act-2014[^\n]*s1\((5|14)\)",
    "questions of Oxfordshire": r"Oxfordshire",
    "the return as voluntary, to NHS Digital": r"voluntary .*return|return.* voluntary|NHS Digital",
    "bodies that are no more": r"\bCCGs?\b|Clinical Commissioning|\bNHSE\b|Department of Health\b",
    "column references of footnotes": r"footnote 2[678]",
}


@pytest.mark.parametrize("pattern", MISPRINTS.values(), ids=MISPRINTS)
def test_misprints_of_the_founding_document_are_not_carried_over(pattern: str) -> None:
    folder = shipped_ruleset("msp-core")
    files = [folder / "coverage.yaml", folder / "citations.yaml", folder / "ruleset.yaml"]
    for path in (*files, *(folder / "rules").glob("*.yaml")):
        assert re.search(pattern, path.read_text("utf-8")) is None, path.name


def test_care_act_places_are_those_of_the_act_as_enacted() -> None:
    assert COMPANIONS.citations is not None
    places = COMPANIONS.citations["care-act-2014"].places

    assert {"s1(2)", "s1(3)"} <= places
    assert not {"s1(5)", "s1(14)"} & places
