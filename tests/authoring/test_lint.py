"""What `check` warns of: for each warning an edit that calls for it, and one that does not."""

import shutil
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from msp_rules.authoring.lint import lint
from msp_rules.rules import load_ruleset, shipped_ruleset
from tests.builders.ruleset import write_files
from tests.builders.sound_rulesets import CONCEPT, NOTHING_TO_WARN_OF, RULE, RULESET
from tests.support.core import core_ruleset

SOUND = NOTHING_TO_WARN_OF
RULE_TEXT = SOUND[RULE]
# In an edit: everything from this text on is replaced.
REST = "..."
EXPECT = "  recorded: outcomes_conversation\n  where: {asked: asked_expressed}\n"
REASONS = "  any:\n    - recorded: explanation"
OFTEN = RULE_TEXT[RULE_TEXT.index("  often:\n") : RULE_TEXT.index("each:")]
ASK_WITHIN = RULE_TEXT[RULE_TEXT.index("  ask_within:\n") : RULE_TEXT.index("  often:\n")]
CODES_AND_MORE = """\
[unsafe, adult_declined]
    - recorded: outcomes_conversation
      where: {asked: not_asked}
      standing: review_by
"""
OTHER_EXAMPLE = """\
  - name: other
    as_of: 2026-01-12
    given:
      - concern_raised: {id: e1, occurred: 2026-01-05}
      - explanation: {occurred: 2026-01-06, rule: EX-01, code: other, text: Given.}
    then: explained
"""
RED = "    count: concern_raised\n    at_least: $often\n"


def example(name: str) -> str:
    """The text of one of the rule's examples."""
    start = RULE_TEXT.index(f"  - name: {name}\n")
    end = RULE_TEXT.find("  - name: ", start + 1)
    return RULE_TEXT[start : end if end > 0 else None]


def row(name: str, file: str, edits: Mapping[str, str], *warned: str) -> object:
    """In `file` each key of `edits` becomes its value; `warned` are `line:column: message`."""
    said = [f"small/{file}:{one}" for one in warned]
    return pytest.param(file, edits, said, id=name)


def warned_of(tmp_path: Path, texts: Mapping[str, str], today: date | None = None) -> list[str]:
    ruleset = load_ruleset(write_files(tmp_path / "small", texts))
    return [str(one).replace("warning: ", "", 1) for one in lint(ruleset, today=today)]


def test_sound_ruleset_calls_for_no_warning(tmp_path: Path) -> None:
    assert warned_of(tmp_path, SOUND) == []


ROWS = [
    # Words.
    row(
        "summary that commands",
        RULE,
        {'"Has anyone asked?"': '"The adult must be asked: who will?"'},
        '42:12: "must" commands or blames; a prompt asks a colleague [blame]',
    ),
    row(
        "summary with a word that only holds one",
        RULE,
        {'"Has anyone asked?"': '"Was the mustard gas reported?"'},
    ),
    row(
        "finding in other words",
        RULE,
        {"is not evidenced in the record by {due}": "is missing from the record"},
        ('46:1: a finding says what is "not evidenced in the record", in these words [finding]'),
    ),
    row(
        "source that nobody cites",
        RULESET,
        {'  care-act: "Care Act 2014"\n': ('  care-act: "Care Act 2014"\n  spare: "Another"\n')},
        '7:3: no rule cites the source "spare" [unused-source]',
    ),
    # Numbers.
    row(
        "limit as a number",
        RULE,
        {"within: $ask_within, of": "within: 2 working_days, of", ASK_WITHIN: ""},
        (
            '23:15: "2 working_days" is a number that somebody may want to set; make it a '
            "parameter [literal]"
        ),
    ),
    row(
        "count as a number",
        RULE,
        {"    at_least: $often\n": ("    at_least: 3\n    at_most: $often\n")},
        ('40:15: "3" is a number that somebody may want to set; make it a parameter [literal]'),
    ),
    row(
        "test of a number",
        RULE,
        {
            "this: {source: {is_not: police}}": (
                "any:\n"
                "    - this: {source: {is_not: police}}\n"
                "    - this: {earlier_concerns_6_months: {at_least: 5}}"
            )
        },
        ('26:52: "5" is a number that somebody may want to set; make it a parameter [literal]'),
    ),
    row(
        "at least one is no number to set",
        RULE,
        {"    at_least: $often\n": ("    at_least: 1\n    at_most: $often\n")},
    ),
    row(
        "at least two is no number to set",
        RULE,
        {"    at_least: $often\n": ("    at_least: 2\n    at_most: $often\n")},
    ),
    # Explanations that may say anything.
    row(
        "other accepted by a flag",
        RULE,
        {
            "codes: [unsafe, adult_declined]": "codes: [unsafe, adult_declined, other]",
            example("not asked yet"): OTHER_EXAMPLE + example("not asked yet"),
        },
        '31:7: a rule of severity flag accepts no "other"; name the reasons [other]',
    ),
    row(
        "other accepted by an advice",
        RULE,
        {
            "severity: flag": "severity: advice",
            "codes: [unsafe, adult_declined]": "codes: [unsafe, adult_declined, other]",
            example("not asked yet"): OTHER_EXAMPLE + example("not asked yet"),
        },
    ),
    # Conditions that can never hold, or always do.
    row(
        "two values of one field of the subject",
        RULE,
        {
            "  this: {source: {is_not: police}}": (
                "  any:\n"
                "    - this: {source: {is_not: police}}\n"
                "    - all:\n"
                '        - this: {crime_suspected: "yes"}\n'
                '        - this: {crime_suspected: "no"}'
            )
        },
        "28:18: two tests of crime_suspected here (line 27) can never both hold [never]",
    ),
    row(
        "two values of a field that repeats",
        RULE,
        {
            "  this: {source: {is_not: police}}": (
                "  any:\n"
                "    - this: {source: {is_not: police}}\n"
                "    - all:\n"
                "        - this: {abuse_type: physical}\n"
                "        - this: {abuse_type: sexual}"
            )
        },
    ),
    row(
        "present and absent at once",
        RULE,
        {
            "  this: {source: {is_not: police}}": (
                "  none:\n"
                "    - all:\n"
                "        - this: {source: is_absent}\n"
                "        - this: {source: police}"
            )
        },
        "27:18: two tests of source here (line 26) can never both hold [never]",
    ),
    row(
        "absent and not a value go together",
        RULE,
        {
            "  this: {source: {is_not: police}}": (
                "  all:\n    - this: {source: {is_not: police}}\n    - this: {source: is_absent}"
            )
        },
    ),
    row(
        "a value and not that value",
        RULE,
        {
            "  this: {source: {is_not: police}}": (
                "  any:\n"
                "    - this: {source: {is_not: police}}\n"
                "    - all:\n"
                "        - this: {abuse_type: physical}\n"
                "        - this: {abuse_type: {not_one_of: [physical, sexual]}}"
            )
        },
        "28:18: two tests of abuse_type here (line 27) can never both hold [never]",
    ),
    row(
        "numbers that do not meet",
        RULE,
        {
            "  this: {source: {is_not: police}}": (
                "  any:\n"
                "    - this: {source: {is_not: police}}\n"
                "    - all:\n"
                "        - this: {earlier_concerns_6_months: {at_least: $often}}\n"
                "        - this: {earlier_concerns_6_months: {at_most: 1}}"
            )
        },
        (
            "28:18: two tests of earlier_concerns_6_months here (line 27) can never both "
            "hold [never]"
        ),
    ),
    row(
        "a row against what every row needs",
        RULE,
        {
            EXPECT: EXPECT
            + (
                "  where_any:\n"
                '    - {alone: "yes"}\n'
                "    - {asked: dont_know}\n"
                "    - {alone: is_absent}\n"
            )
        },
        "30:8: two tests of asked here (line 27) can never both hold [never]",
    ),
    row(
        "a row of the latest event",
        RULE,
        {
            EXPECT: (
                "  any:\n"
                "    - recorded: outcomes_conversation\n"
                "      where: {asked: asked_expressed}\n"
                "    - latest: outcomes_conversation\n"
                "      where: {asked: asked_expressed}\n"
                "      where_any: [{asked: dont_know}, {alone: is_absent}]\n"
            )
        },
        "31:20: two tests of asked here (line 30) can never both hold [never]",
    ),
    row(
        "a row in the anchor of a limit",
        RULE,
        {
            "due: {within: $ask_within, of: this}": (
                "due:\n"
                "  earliest:\n"
                "    - {within: $ask_within, of: this}\n"
                "    - at: {first: case_closed, where: {reason: duplicate}, where_any: [{reason: "
                "other}]}"
            )
        },
        "31:73: two tests of reason here (line 31) can never both hold [never]",
    ),
    row(
        "asked for and ruled out",
        RULE,
        {
            EXPECT: (
                "  any:\n"
                "    - recorded: outcomes_conversation\n"
                "      where: {asked: asked_expressed}\n"
                "    - all:\n"
                "        - recorded: oversight\n"
                "          where: {kind: supervision}\n"
                "        - not_recorded: oversight\n"
            )
        },
        "32:11: oversight is asked for and ruled out, which can never both hold [never]",
    ),
    row(
        "asked for, and another kind ruled out",
        RULE,
        {
            EXPECT: (
                "  any:\n"
                "    - recorded: outcomes_conversation\n"
                "      where: {asked: asked_expressed}\n"
                "    - all:\n"
                "        - recorded: oversight\n"
                "        - not_recorded: oversight\n"
                "          where: {kind: supervision}\n"
            )
        },
    ),
    row(
        "test that applies_when leaves nobody for",
        RULE,
        {
            EXPECT: (
                "  any:\n"
                "    - recorded: outcomes_conversation\n"
                "      where: {asked: asked_expressed}\n"
                "    - this: {source: police}\n"
            )
        },
        ("29:14: applies_when leaves no subject for which this test of source holds [never]"),
    ),
    row(
        "reason that applies_when leaves nobody for",
        RULE,
        {
            REASONS: (
                "  any:\n"
                "    - this: {source: police}\n"
                "      needs: [abuse_type]\n"
                "    - recorded: explanation"
            )
        },
        "31:7: no example is explained by this reason [explanation]",
        ("31:14: applies_when leaves no subject for which this test of source holds [never]"),
    ),
    row(
        "test that applies_when allows",
        RULE,
        {
            EXPECT: (
                "  any:\n"
                "    - recorded: outcomes_conversation\n"
                "      where: {asked: asked_expressed}\n"
                "    - this: {source: family}\n"
            )
        },
    ),
    row(
        "more conditions wanted than there are",
        RULE,
        {
            RED: "    at_least_n_of: {n: 3, of: [{recorded: plan_made}, {recorded: oversight}]}\n",
            OFTEN: "",
        },
        "34:5: n is 3 and there are 2 conditions: it can never hold [never]",
    ),
    row(
        "as many conditions wanted as there are",
        RULE,
        {
            RED: "    at_least_n_of: {n: 2, of: [{recorded: plan_made}, {recorded: oversight}]}\n",
            OFTEN: "",
        },
    ),
    row(
        "no condition wanted",
        RULE,
        {
            RED: "    at_least_n_of: {n: 0, of: [{recorded: plan_made}, {recorded: oversight}]}\n",
            OFTEN: "",
        },
        "34:5: n is 0: it holds whatever the record says [always]",
    ),
    row(
        "at least nothing",
        RULE,
        {"value: 3, basis": "value: 0, basis"},
        "39:5: at_least 0 holds whatever the record says [always]",
    ),
    row(
        "contradiction in a concept",
        CONCEPT,
        {
            "    - recorded: concern_raised\n": (
                "    - recorded: concern_raised\n"
                "      where: {source: police}\n"
                "      where_any: [{source: family}, {location: own_home}]\n"
            )
        },
        "7:20: two tests of source here (line 6) can never both hold [never]",
    ),
    row(
        "contradiction in a suspension",
        RULESET,
        {
            "    when: {concept: nobody_identified}": (
                "    when: {any: [{concept: nobody_identified}, {at_least_n_of: {n: 2, of: "
                "[{recorded: adult_died}]}}]}"
            )
        },
        "16:49: n is 2 and there are 1 conditions: it can never hold [never]",
    ),
    # Examples that are not there.
    row(
        "no example is met",
        RULE,
        {example("asked on the last good day"): ""},
        ("28:1: no example is at the last moment within the limit (met, not_yet_due) [limit]"),
        "47:1: no example answers met [example]",
    ),
    row(
        "no example is not met",
        RULE,
        {example("nobody asked"): ""},
        "47:1: no example answers not_met [example]",
    ),
    row(
        "nothing explained or not applicable",
        RULE,
        {
            example("it was unsafe"): "",
            example("the adult declined"): "",
            example("not asked yet"): "",
        },
        '31:7: no example is explained by the code "unsafe" [explanation]',
        '31:7: no example is explained by the code "adult_declined" [explanation]',
        "33:7: no example is explained by this reason [explanation]",
        "47:1: no example answers not_applicable or explained [example]",
    ),
    row(
        "no example at all",
        RULE,
        {"examples:\n" + REST: "examples: []\n"},
        "47:1: no example answers met [example]",
        "47:1: no example answers not_met [example]",
        "47:1: no example answers not_applicable or explained [example]",
    ),
    row(
        "met a day before the last good day",
        RULE,
        {"{occurred: 2026-01-07,": "{occurred: 2026-01-06,"},
        ("28:1: no example is at the last moment within the limit (met, not_yet_due) [limit]"),
    ),
    row(
        "not yet due on the last good day",
        RULE,
        {
            "{occurred: 2026-01-07,": "{occurred: 2026-01-06,",
            example("nobody asked"): example("nobody asked")
            + (
                "  - name: still time\n"
                "    as_of: 2026-01-07\n"
                "    given: [{concern_raised: {id: e1, occurred: 2026-01-05}}]\n"
                "    then: not_yet_due\n"
            ),
        },
    ),
    row(
        "late by two days",
        RULE,
        {"{occurred: 2026-01-08,": "{occurred: 2026-01-09,"},
        (
            "28:1: no example is at the first moment past the limit (met_late, "
            "partly_met, not_met) [limit]"
        ),
    ),
    row(
        "not met as of the first late day",
        RULE,
        {
            "{occurred: 2026-01-08,": "{occurred: 2026-01-09,",
            example("nobody asked"): (
                "  - name: nobody asked\n"
                "    as_of: 2026-01-08\n"
                "    given:\n"
                "      - concern_raised: {id: e1, occurred: 2026-01-05}\n"
                "    then: not_met\n"
            ),
        },
    ),
    row(
        "late on the Monday after a Friday",
        RULE,
        {
            "value: 2, basis": "value: 4, basis",
            "{occurred: 2026-01-07,": "{occurred: 2026-01-09,",
            "{occurred: 2026-01-08,": "{occurred: 2026-01-12,",
        },
    ),
    row(
        "late on the Tuesday after a Friday",
        RULE,
        {
            "value: 2, basis": "value: 4, basis",
            "{occurred: 2026-01-07,": "{occurred: 2026-01-09,",
            "{occurred: 2026-01-08,": "{occurred: 2026-01-13,",
        },
        (
            "28:1: no example is at the first moment past the limit (met_late, "
            "partly_met, not_met) [limit]"
        ),
    ),
    row(
        "code that explains no example",
        RULE,
        {example("the adult declined"): ""},
        '31:7: no example is explained by the code "adult_declined" [explanation]',
    ),
    row(
        "reason that explains no example",
        RULE,
        {example("not asked yet"): ""},
        "33:7: no example is explained by this reason [explanation]",
    ),
    row(
        "reason that excused late evidence",
        RULE,
        {
            example("not asked yet"): (
                "  - name: late, and excused\n"
                "    as_of: 2026-03-31\n"
                "    given:\n"
                "      - concern_raised: {id: e1, occurred: 2026-01-05}\n"
                "      - outcomes_conversation: {occurred: 2026-01-06, asked: not_asked, "
                "review_by: 2026-01-20}\n"
                "      - outcomes_conversation: {occurred: 2026-01-12, asked: asked_expressed}\n"
                "    then: explained\n"
            )
        },
    ),
    # Rules that never fire, or always do.
    row(
        "expectation that the subject itself fulfils",
        RULE,
        {
            EXPECT: "  recorded: concern_raised\n",
            "examples:\n" + REST: (
                "examples:\n"
                "  - name: one\n"
                "    as_of: 2026-03-31\n"
                "    given: [{concern_raised: {occurred: 2026-01-05}}]\n"
                "    then: met\n"
            ),
            CODES_AND_MORE: "[unsafe]\n",
        },
        (
            "25:1: the rule can never fire: its examples, each of them changed in small "
            "ways, only answer met, not_applicable [never-fires]"
        ),
        ("27:1: no example is at the last moment within the limit (met, not_yet_due) [limit]"),
        (
            "27:1: no example is at the first moment past the limit (met_late, "
            "partly_met, not_met) [limit]"
        ),
        '30:7: no example is explained by the code "unsafe" [explanation]',
        "43:1: no example answers not_met [example]",
        "43:1: no example answers not_applicable or explained [example]",
    ),
    row(
        "rule that begins after all of its examples",
        RULE,
        {
            "each: concern_raised": "from: 2027-01-01\neach: concern_raised",
            "examples:\n" + REST: (
                "examples:\n" + example("nobody asked").replace("not_met", "not_applicable")
            ),
            CODES_AND_MORE: "[unsafe]\n",
        },
        (
            "26:1: the rule can never fire: its examples, each of them changed in small ways, only "
            "answer not_applicable; they lie outside its days: it is in force for what happened "
            "from 1 January 2027 on [never-fires]"
        ),
    ),
    row(
        "number that begins after all of the examples",
        RULE,
        {
            ASK_WITHIN: ASK_WITHIN.replace("2015-04-01", "2027-01-01"),
            "examples:\n" + REST: (
                "examples:\n" + example("nobody asked").replace("not_met", "cannot_tell")
            ),
            CODES_AND_MORE: "[unsafe]\n",
        },
        (
            "25:1: the rule can never fire: its examples, each of them changed in small ways, "
            "only answer cannot_tell, not_applicable; ask_within has no value before 2027-01-01, "
            "and all in its examples lies earlier [never-fires]"
        ),
    ),
    row(
        "expectation that nothing shown fulfils",
        RULE,
        {
            "where: {asked: asked_expressed}": "where: {asked: asked_none_expressed}",
            "examples:\n" + REST: "examples:\n"
            + example("nobody asked")
            + (
                "  - name: not about this\n"
                "    as_of: 2026-03-31\n"
                "    given: [{concern_raised: {occurred: 2026-01-05, source: police}}]\n"
                "    then: not_applicable\n"
            ),
            CODES_AND_MORE: "[unsafe]\n",
        },
        (
            "25:1: the rule always fires: where it applies nothing in its examples, each of "
            "them changed in small ways, satisfies it (seen: not_applicable, not_met) "
            "[always-fires]"
        ),
        ("28:1: no example is at the last moment within the limit (met, not_yet_due) [limit]"),
        (
            "28:1: no example is at the first moment past the limit (met_late, "
            "partly_met, not_met) [limit]"
        ),
        '31:7: no example is explained by the code "unsafe" [explanation]',
        "44:1: no example answers met [example]",
    ),
]


@pytest.mark.parametrize(("file", "edits", "warned"), ROWS)
def test_warning(file: str, edits: Mapping[str, str], warned: list[str], tmp_path: Path) -> None:
    text = SOUND[file]
    for old, new in edits.items():
        assert old.removesuffix(REST) in text
        if old.endswith(REST):
            text = text[: text.index(old.removesuffix(REST))] + new
        else:
            text = text.replace(old, new, 1)

    assert warned_of(tmp_path, {**SOUND, file: text}) == warned


def test_review_that_is_overdue_is_told_by_the_day_given(tmp_path: Path) -> None:
    on_the_day = warned_of(tmp_path, SOUND, date(2027, 11, 30))
    a_day_later = warned_of(tmp_path, SOUND, date(2027, 12, 1))

    assert on_the_day == []
    assert a_day_later == [
        "small/rules/EX-01.yaml:10:1: the rule was due for review by 2027-11-30 [review]"
    ]


def test_concept_that_no_rule_uses_is_told(tmp_path: Path) -> None:
    other = SOUND[CONCEPT].replace("nobody_identified", "other")

    assert warned_of(tmp_path, {**SOUND, "concepts/other.yaml": other}) == [
        'small/concepts/other.yaml:1:1: no rule uses the concept "other" [unused-concept]'
    ]


def test_concept_needs_an_example_for_yes_and_for_no(tmp_path: Path) -> None:
    text = SOUND[CONCEPT][: SOUND[CONCEPT].index("  - name: somebody")]

    assert warned_of(tmp_path, {**SOUND, CONCEPT: text}) == [
        'small/concepts/nobody_identified.yaml:1:1: no example answers "no" [example]'
    ]


def test_switched_off_rule_is_looked_at_too(tmp_path: Path) -> None:
    text = RULE_TEXT.replace("status: trial\n", "status: trial\nenabled: false\n")
    text = text.replace(example("nobody asked"), "")

    assert warned_of(tmp_path, {**SOUND, RULE: text}) == [
        "small/rules/EX-01.yaml:48:1: no example answers not_met [example]"
    ]


def test_core_rules_call_for_no_warning() -> None:
    core = core_ruleset()

    assert lint(core, today=date(2026, 6, 1)) == ()


@pytest.mark.slow
def test_core_rule_without_its_example_of_the_last_good_day_is_told(tmp_path: Path) -> None:
    shutil.copytree(shipped_ruleset("msp-core"), tmp_path / "core")
    path = tmp_path / "core/rules/CLO-01.yaml"
    text = path.read_text()
    start = text.index("  - name: on the day of closure")
    text = text[:start] + text[text.index("  - name: ", start + 1) :]
    path.write_text(text)

    told = [problem for problem in lint(load_ruleset(tmp_path / "core")) if problem.code == "limit"]

    assert [problem.where.path for problem in told] == ["core/rules/CLO-01.yaml"]
