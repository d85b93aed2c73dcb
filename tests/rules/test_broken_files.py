"""Broken files: each a small edit of a sound ruleset, with what the loader says of it and where."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.rules import check_ruleset, load_ruleset
from tests.builders.ruleset import SMALL_RULESET, write_files

RULESET_TEXT = (
    SMALL_RULESET
    + """\
suspend_when:
  - name: the adult has died
    when: {recorded: adult_died}
    limit_after: {first: adult_died}
    keeps: [EX-02]
"""
)
CONCEPT_TEXT = """\
concept: enquiry_open
title: An enquiry has started
holds_when: {recorded: enquiry_started}
examples:
  - name: started
    as_of: 2026-03-31
    given: [{enquiry_started: {occurred: 2026-01-08, kind: s42}}]
    then: "yes"
"""
EACH_TEXT = """\
rule: EX-01
title: The adult is asked
kind: good_practice
severity: flag
floor: true
principles: [empowerment]
audit_questions: [Q1]
cites:
  - {source: care-act, at: "s42"}
status: trial
review_by: 2027-11-30
parameters:
  ask_within:
    unit: working_days
    range: [0, 20]
    values:
      - {from: 2015-04-01, value: 2, basis: assumed, source: "project decision"}
  asked:
    unit: codes
    values:
      - {from: 2015-04-01, value: [asked_expressed], basis: assumed, source: "project decision"}
each: concern_raised
applies_when:
  this: {identified_adult: {is_not: "no"}, earlier_concerns_6_months: {at_most: 10}}
expect:
  recorded: outcomes_conversation
  where:
    asked: $asked
    reason_text: is_absent
  not_followed_by: case_reopened
due: {within: $ask_within, of: this}
partly_when:
  recorded: s42_decided
  refers_to: this
explained_when:
  any:
    - recorded: explanation
      codes: [unsafe]
    - recorded: outcomes_conversation
      where: {asked: not_asked}
      standing: review_by
cannot_tell_when:
  latest: outcomes_conversation
  where: {asked: dont_know}
if_none:
  applies_when: {concept: enquiry_open}
  due: {at: {latest: case_closed}}
colour:
  not_met: amber
  red_when: {recorded: case_closed}
prompt:
  summary: "Has anyone asked?"
  urgency: info
  ask_at: [concern_raised]
  roles: [worker]
finding: "That the adult was asked is not evidenced in the record by {due}."
examples:
  - name: asked
    as_of: 2026-03-31
    supplies: [concern_raised, outcomes_conversation.asked]
    adult: {age_band: 75-84}
    given:
      - concern_raised: {id: e1, occurred: 2026-01-05}
      - outcomes_conversation: {occurred: 2026-01-06, asked: asked_expressed}
    then: {e1: met}
    due: 2026-01-07
"""
ONCE_TEXT = """\
rule: EX-02
title: Work goes on
kind: local
severity: advice
principles: [protection]
audit_questions: []
cites:
  - {source: care-act, at: "s42"}
status: stable
review_by: 2027-11-30
parameters:
  often:
    unit: count
    range: [1, 9]
    values:
      - {from: 2015-04-01, value: 3, basis: local, source: "project decision"}
applies_when: {concept: enquiry_open, at: as_of}
expect:
  all:
    - count: contact_with_adult
      at_least: $often
    - gap: oversight
      at_most: 6 weeks
      from: {first: enquiry_started}
    - in_order: [enquiry_planned, {type: enquiry_started, where: {kind: s42}}]
    - at_least_n_of:
        n: 1
        of: [{recorded: plan_made}, {recorded: no_plan_needed}]
    - not_recorded: plan_made
      where_any: [{review_due: {before: 2026-01-01}}]
    - recorded: contact_with_adult
      within: {limit: 5 calendar_days, until: as_of}
due:
  by_field: agreed_due
  of: {first: enquiry_planned}
  else: {at: {first: enquiry_started}}
prompt:
  summary: "Does work go on?"
  urgency: warning
  ask_at: [any]
  roles: [worker]
finding: "That work goes on is not evidenced in the record."
examples: []
"""

RULESET, CONCEPT = "ruleset.yaml", "concepts/enquiry_open.yaml"
EACH, ONCE = "rules/EX-01.yaml", "rules/EX-02.yaml"
SOUND = {RULESET: RULESET_TEXT, CONCEPT: CONCEPT_TEXT, EACH: EACH_TEXT, ONCE: ONCE_TEXT}
# In an edit: the whole file is replaced.
WHOLE = ""


def broken(name: str, file: str, edits: Mapping[str, str], *said: str) -> object:
    """A row: in `file` each key of `edits` becomes its value; `said` are `line:column: message`."""
    return pytest.param(file, edits, [f"small/{file}:{one}" for one in said], id=name)


def said_of(folder: Path) -> list[str]:
    ruleset, problems = check_ruleset(folder)
    assert ruleset is None
    return [str(problem) for problem in problems]


def test_the_ruleset_that_is_edited_is_sound(tmp_path: Path) -> None:
    ruleset, problems = check_ruleset(write_files(tmp_path / "small", SOUND))

    assert problems == ()
    assert ruleset is not None
    assert [rule.id for rule in ruleset.rules] == ["EX-01", "EX-02"]


ROWS = [
    # Keys of a rule, one after another.
    broken(
        "unknown key of a rule",
        EACH,
        {"severity: flag": "severty: flag"},
        "1:1: the rule lacks severity",
        '4:1: unknown key of a rule "severty"; did you mean "severity"?',
    ),
    broken(
        "key of a rule left out",
        EACH,
        {'finding: "That the adult was asked is not evidenced in the record by {due}."\n': ""},
        "1:1: the rule lacks finding",
    ),
    broken(
        "key used twice",
        EACH,
        {"status: trial\n": "status: trial\nstatus: stable\n"},
        '11:1: "status" is here again; first: line 10',
    ),
    broken(
        "unknown kind",
        EACH,
        {"good_practice": "good_practise"},
        '3:7: unknown kind "good_practise"; did you mean "good_practice"?',
    ),
    broken(
        "unknown severity",
        EACH,
        {"severity: flag": "severity: flags"},
        '4:11: unknown severity "flags"; did you mean "flag"?',
    ),
    broken(
        "unknown status",
        EACH,
        {"status: trial": "status: trail"},
        '10:9: unknown status "trail"; did you mean "trial"?',
    ),
    broken(
        "deprecated without a reason",
        EACH,
        {"status: trial": "status: deprecated"},
        "10:1: a deprecated rule needs a status_reason",
    ),
    broken(
        "unknown principle",
        EACH,
        {"[empowerment]": "[empowermant]"},
        '6:14: unknown principle "empowermant"; did you mean "empowerment"?',
    ),
    broken(
        "principles as one word",
        EACH,
        {"[empowerment]": "empowerment"},
        "6:13: principles must be a list",
    ),
    broken(
        "unknown audit question",
        EACH,
        {"[Q1]": "[Q9]"},
        '7:19: unknown audit question "Q9"; known are Q1, Q2, Q3, Q4, Q5, Q6, Q7, Q8, QM',
    ),
    broken(
        "review date that does not exist",
        EACH,
        {"review_by: 2027-11-30": "review_by: 2027-11-31"},
        '11:12: "2027-11-31" does not exist: November 2027 has 30 days',
    ),
    broken(
        "review date written the English way",
        EACH,
        {"review_by: 2027-11-30": "review_by: 30/11/2027"},
        '11:12: "30/11/2027" is not written as dates are here; write 2027-11-30',
    ),
    broken("floor as yes", EACH, {"floor: true": "floor: yes"}, "5:8: write true or false"),
    broken("enabled as off", EACH, {"floor: true": "enabled: off"}, "5:10: write true or false"),
    broken(
        "empty title",
        EACH,
        {"title: The adult is asked": 'title: ""'},
        "2:8: a text is expected here",
    ),
    broken(
        "title as a list",
        EACH,
        {"title: The adult is asked": "title: [The adult, is asked]"},
        "2:8: one value is expected here",
    ),
    broken(
        "no citation",
        EACH,
        {'cites:\n  - {source: care-act, at: "s42"}': "cites: []"},
        "8:8: a rule needs a citation",
    ),
    broken(
        "unknown source",
        EACH,
        {"source: care-act": "source: careact"},
        '9:14: unknown source "careact"; did you mean "care-act"?',
    ),
    broken("citation without a place", EACH, {', at: "s42"}': "}"}, "9:5: a citation lacks at"),
    broken(
        "unknown key of a citation",
        EACH,
        {'at: "s42"': 'att: "s42"'},
        '9:24: unknown key of a citation "att"; did you mean "at"?',
    ),
    broken(
        "unknown subject",
        EACH,
        {"each: concern_raised": "each: concern_rised"},
        '22:7: unknown event type "concern_rised"; did you mean "concern_raised"?',
    ),
    broken(
        "rule id unlike its file",
        EACH,
        {"rule: EX-01": "rule: EX-10"},
        '1:1: the rule is called "EX-10", but its file "EX-01"; rename one of the two',
    ),
    broken(
        "id used twice",
        EACH,
        {"rule: EX-01": "rule: EX-02"},
        '1:1: the rule is called "EX-02", but its file "EX-01"; an id is used once',
    ),
    # Parameters.
    broken(
        "unknown key of a parameter",
        EACH,
        {"    range: [0, 20]": "    rnage: [0, 20]"},
        '15:5: unknown key of a parameter "rnage"; did you mean "range"?',
    ),
    broken(
        "unknown unit",
        EACH,
        {"    unit: working_days": "    unit: workdays"},
        '14:11: unknown unit "workdays"; did you mean "working_days"?',
    ),
    broken(
        "unknown key of a value",
        EACH,
        {"value: 2,": "valu: 2,"},
        '17:28: unknown key of a value "valu"; did you mean "value"?',
    ),
    broken(
        "unknown basis",
        EACH,
        {"value: 2, basis: assumed": "value: 2, basis: asumed"},
        '17:45: unknown basis "asumed"; did you mean "assumed"?',
    ),
    broken(
        "parameter outside its range",
        EACH,
        {"value: 2,": "value: 21,"},
        "17:35: 21 lies outside the range 0 to 20 (working days)",
    ),
    broken(
        "range the wrong way round",
        EACH,
        {"range: [0, 20]": "range: [20, 0]"},
        "15:12: range names the lower number first",
    ),
    broken(
        "range of three numbers",
        EACH,
        {"range: [0, 20]": "range: [0, 20, 40]"},
        "15:12: range is two whole numbers, as in [0, 20]",
    ),
    broken(
        "range that is no number",
        EACH,
        {"range: [0, 20]": "range: [0, lots]"},
        '15:16: "lots" is not a whole number',
    ),
    broken(
        "parameter without a range",
        EACH,
        {"    range: [0, 20]\n": ""},
        "14:5: ask_within needs a range",
    ),
    broken(
        "parameter without values",
        EACH,
        {
            (
                "    values:\n      - {from: 2015-04-01, value: 2, basis: assumed, source: "
                '"project decision"}\n'
            ): ""
        },
        "14:5: ask_within needs unit and values",
    ),
    broken(
        "values in the wrong order",
        EACH,
        {
            "      - {from: 2015-04-01, value: 2, basis": (
                "      - {from: 2020-04-01, value: 3, basis: local, source: us}\n      - {from: "
                "2015-04-01, value: 2, basis"
            )
        },
        "17:7: the values must be dated, oldest first",
    ),
    broken(
        "value with no such day",
        EACH,
        {"{from: 2015-04-01, value: 2": "{from: 2015-02-30, value: 2"},
        '17:16: "2015-02-30" does not exist: February 2015 has 28 days',
    ),
    broken(
        "number with an underscore",
        EACH,
        {"value: 2,": "value: 1_0,"},
        '17:35: "1_0" is not a whole number from 0 to 20 (working days)',
    ),
    broken(
        "number with a leading zero",
        EACH,
        {"value: 2,": "value: 010,"},
        '17:35: "010" is not a whole number from 0 to 20 (working days)',
    ),
    broken(
        "number with an exponent",
        EACH,
        {"value: 2,": "value: 1e1,"},
        '17:35: "1e1" is not a whole number from 0 to 20 (working days)',
    ),
    broken(
        "negative number",
        EACH,
        {"value: 2,": "value: -2,"},
        '17:35: "-2" is not a whole number from 0 to 20 (working days)',
    ),
    broken(
        "number with a point",
        EACH,
        {"value: 2,": "value: 2.0,"},
        '17:35: "2.0" is not a whole number from 0 to 20 (working days)',
    ),
    broken(
        "number as a word",
        EACH,
        {"value: 2,": "value: two,"},
        '17:35: "two" is not a whole number from 0 to 20 (working days)',
    ),
    broken(
        "code of a list parameter unknown where it is used",
        EACH,
        {"value: [asked_expressed]": "value: [asked_expresed]"},
        '21:36: unknown code of asked "asked_expresed"; did you mean "asked_expressed"?',
    ),
    broken(
        "empty list parameter",
        EACH,
        {"value: [asked_expressed]": "value: []"},
        "21:35: an empty list can never match",
    ),
    broken(
        "unused parameter",
        EACH,
        {"asked: $asked": "asked: asked_expressed"},
        '18:3: parameter "asked" is used nowhere in the rule',
    ),
    broken(
        "unknown parameter",
        EACH,
        {"within: $ask_within": "within: $ask_witin"},
        '31:15: unknown parameter "ask_witin"; did you mean "ask_within"?',
    ),
    broken(
        "renamed parameter is unused and unknown",
        EACH,
        {"  ask_within:": "  ask_with:"},
        '31:15: unknown parameter "ask_within"; did you mean "ask_with"?',
    ),
    broken(
        "parameter without its dollar",
        EACH,
        {"within: $ask_within": "within: ask_within"},
        '13:3: parameter "ask_within" is used nowhere in the rule',
        '31:15: "ask_within" is not a limit; write $parameter or a number and its unit',
    ),
    broken(
        "list of codes as a limit",
        EACH,
        {"within: $ask_within": "within: $asked"},
        '13:3: parameter "ask_within" is used nowhere in the rule',
        "31:15: $asked counts codes; a limit needs a unit of time",
    ),
    broken(
        "limit as a list of codes",
        EACH,
        {"asked: $asked": "asked: $ask_within"},
        '18:3: parameter "asked" is used nowhere in the rule',
        "28:12: $ask_within is not a list of codes",
    ),
    broken(
        "limit as a count",
        ONCE,
        {"    unit: count": "    unit: weeks"},
        "21:17: $often is in weeks; a number needs the unit count",
    ),
    # Conditions.
    broken(
        "unknown verb",
        EACH,
        {"  recorded: s42_decided": "  recordd: s42_decided"},
        '33:3: unknown verb "recordd"; did you mean "recorded"?',
    ),
    broken(
        "no verb at all",
        EACH,
        {"  recorded: s42_decided\n": ""},
        (
            "33:3: a condition needs a verb: recorded, not_recorded, count, latest, first, "
            "gap, in_order, every, written_within, readable, this, case, adult, concept, all, any, "
            "none, at_least_n_of"
        ),
    ),
    broken(
        "two verbs in one condition",
        EACH,
        {"  recorded: s42_decided": "  recorded: s42_decided\n  latest: s42_decided"},
        '34:3: one condition, one verb; here are "recorded" and "latest"',
    ),
    broken(
        "unknown event type",
        EACH,
        {"  recorded: s42_decided": "  recorded: s42_decide"},
        '33:13: unknown event type "s42_decide"; did you mean "s42_decided"?',
    ),
    broken(
        "unknown field",
        EACH,
        {"    asked: $asked": "    askd: $asked"},
        '28:5: unknown field of outcomes_conversation "askd"; did you mean "asked"?',
    ),
    broken(
        "field of another event",
        EACH,
        {"    asked: $asked": "    agree: $asked"},
        (
            '28:5: unknown field of outcomes_conversation "agree"; known are agency, alone, '
            "asked, communication_support, id, interpreter_is_source, method, question, "
            "reason_not_asked, reason_text, review_by, role, wishes_and_feelings, with, "
            "with_is_source"
        ),
    ),
    broken(
        "unknown code",
        EACH,
        {"{asked: dont_know}": "{asked: dontknow}"},
        '44:18: unknown code of asked "dontknow"; did you mean "dont_know"?',
    ),
    broken(
        "unknown code in a list",
        EACH,
        {"{asked: dont_know}": "{asked: [dont_know, not_recoded]}"},
        '44:30: unknown code of asked "not_recoded"; did you mean "not_recorded"?',
    ),
    broken(
        "unknown word for a test of a text",
        EACH,
        {"reason_text: is_absent": "reason_text: is_absnt"},
        '29:18: unknown test of reason_text "is_absnt"; did you mean "is_absent"?',
    ),
    broken(
        "unquoted text to compare with",
        EACH,
        {"reason_text: is_absent": "reason_text: none given"},
        '29:18: unknown test of reason_text "none given"; write is_present or is_absent, or the '
        "text in quotes",
    ),
    broken(
        "unknown test",
        EACH,
        {'{is_not: "no"}': '{isnt: "no"}'},
        '24:29: unknown test "isnt"; did you mean "is_not"?',
    ),
    broken(
        "two tests of one field",
        EACH,
        {'{is_not: "no"}': '{is_not: "no", not_one_of: ["yes"]}'},
        "24:28: write one test for identified_adult",
    ),
    broken(
        "test of a number on a code",
        EACH,
        {"{asked: dont_know}": "{asked: {at_least: 2}}"},
        "44:18: asked is a code field; at_least can't test it",
    ),
    broken(
        "test of a date on a code",
        EACH,
        {"{asked: dont_know}": "{asked: {before: 2026-01-01}}"},
        "44:18: asked is a code field; before can't test it",
    ),
    broken(
        "code test on a number",
        EACH,
        {"earlier_concerns_6_months: {at_most: 10}": "earlier_concerns_6_months: {is_not: 10}"},
        "24:80: earlier_concerns_6_months is a whole field; is can't test it",
    ),
    broken(
        "plain number as a test",
        EACH,
        {"earlier_concerns_6_months: {at_most: 10}": "earlier_concerns_6_months: 10"},
        ('24:71: unknown test of earlier_concerns_6_months "10"; known are is_absent, is_present'),
    ),
    broken(
        "number of a test with an underscore",
        EACH,
        {"{at_most: 10}": "{at_most: 1_0}"},
        '24:81: "1_0" is not a whole number',
    ),
    broken(
        "date of a test that does not exist",
        ONCE,
        {"before: 2026-01-01": "before: 2026-13-01"},
        '30:41: "2026-13-01" is not a date',
    ),
    broken(
        "flag as true",
        EACH,
        {'{is_not: "no"}': "{is_not: true}"},
        '24:37: write "yes" or "no", in quotes',
    ),
    broken(
        "flag as on",
        EACH,
        {'{is_not: "no"}': "{is_not: on}"},
        '24:37: unknown code of identified_adult "on"; known are no, not_known, yes',
    ),
    broken(
        "empty where",
        EACH,
        {"{asked: dont_know}": "{}"},
        "44:10: at least one field must be tested here",
    ),
    broken(
        "empty list of codes",
        EACH,
        {"{asked: dont_know}": "{asked: []}"},
        "44:18: an empty list can never match",
    ),
    broken(
        "where as a list",
        EACH,
        {"{asked: dont_know}": "[asked]"},
        "44:10: where must be keys and values",
    ),
    broken(
        "unknown key beside a verb",
        EACH,
        {"  not_followed_by: case_reopened": "  not_folowed_by: case_reopened"},
        '30:3: unknown key of recorded "not_folowed_by"; did you mean "not_followed_by"?',
    ),
    broken(
        "key of another verb",
        EACH,
        {"  not_followed_by: case_reopened": "  at_least: 1"},
        (
            '30:3: unknown key of recorded "at_least"; known are after, before, by, codes, '
            "decides_within, from_day, needs, not_followed_by, other_than, recorded, refers_to, "
            "since, standing, stands_for, surely_before, through_day, where, where_any, within"
        ),
    ),
    broken(
        "other than something else",
        EACH,
        {"  not_followed_by: case_reopened": "  other_than: that"},
        '30:15: unknown event to leave out "that"; the only one is this',
    ),
    broken(
        "other than this where there is no subject",
        ONCE,
        {"      at_least: $often": "      at_least: $often\n      other_than: this"},
        '22:19: only a rule with "each" has a "this"',
    ),
    broken(
        "unknown event after not_followed_by",
        EACH,
        {"not_followed_by: case_reopened": "not_followed_by: case_reopend"},
        '30:20: unknown event type "case_reopend"; did you mean "case_reopened"?',
    ),
    broken(
        "an event after not_followed_by without its type",
        EACH,
        {"not_followed_by: case_reopened": "not_followed_by: {where: {reason: is_present}}"},
        "30:20: an item of not_followed_by needs a type",
    ),
    broken(
        "unknown field of an event after not_followed_by",
        EACH,
        {
            "not_followed_by: case_reopened": (
                "not_followed_by: [plan_made, {type: case_reopened, where: {raeson: is_present}}]"
            )
        },
        '30:62: unknown field of case_reopened "raeson"; did you mean "reason"?',
    ),
    broken(
        "an empty list after not_followed_by",
        EACH,
        {"not_followed_by: case_reopened": "not_followed_by: []"},
        "30:20: not_followed_by needs at least one event type",
    ),
    broken(
        "unknown reference",
        EACH,
        {"refers_to: this": "refers_to: that"},
        '34:14: unknown reference "that"; the only one is this',
    ),
    broken(
        "reference that the event has not",
        EACH,
        {"  recorded: s42_decided\n  refers_to": "  recorded: enquiry_started\n  refers_to"},
        "34:14: enquiry_started has not one reference to this, but: none",
    ),
    broken(
        "unknown field of a reference",
        EACH,
        {"refers_to: this": "refers_to: {concrn: this}"},
        ('34:15: unknown reference of s42_decided to this "concrn"; did you mean "concern"?'),
    ),
    broken(
        "this in a rule without a subject",
        ONCE,
        {"applies_when: {concept: enquiry_open, at: as_of}": "applies_when: {this: {kind: s42}}"},
        '17:15: only a rule with "each" has a "this"',
    ),
    broken(
        "unknown concept",
        ONCE,
        {"{concept: enquiry_open, at": "{concept: enquiry_opn, at"},
        '17:25: unknown concept "enquiry_opn"; did you mean "enquiry_open"?',
    ),
    broken(
        "unknown anchor",
        ONCE,
        {"at: as_of}": "at: asof}"},
        '17:43: unknown anchor "asof"; did you mean "as_of"?',
    ),
    broken(
        "unknown kind of anchor",
        ONCE,
        {"from: {first: enquiry_started}": "from: {frist: enquiry_started}"},
        '24:14: unknown anchor "frist"; did you mean "first"?',
    ),
    broken(
        "two anchors in one",
        ONCE,
        {"{first: enquiry_started}": "{first: enquiry_started, latest: plan_made}"},
        "24:38: one anchor is first or latest, not both",
    ),
    broken(
        "unknown key of an anchor",
        ONCE,
        {"from: {first: enquiry_started}": "from: {first: enquiry_started, were: {kind: s42}}"},
        '24:38: unknown key of an anchor "were"; did you mean "where"?',
    ),
    broken(
        "unknown unit of a limit",
        ONCE,
        {"6 weeks": "6 weks"},
        '23:16: unknown unit "weks"; did you mean "weeks"?',
    ),
    broken(
        "limit without a unit",
        ONCE,
        {"6 weeks": '"6"'},
        '23:16: "6" is not a limit; write $parameter or a number and its unit',
    ),
    broken(
        "limit with an underscore",
        ONCE,
        {"6 weeks": "1_0 weeks"},
        '23:16: "1_0 weeks" is not a limit; write $parameter or a number and its unit',
    ),
    broken(
        "unknown key of a window",
        ONCE,
        {"{limit: 5 calendar_days, until: as_of}": "{limt: 5 calendar_days, until: as_of}"},
        '32:16: unknown key of within "limt"; did you mean "limit"?',
    ),
    broken(
        "window with two ends",
        ONCE,
        {"until: as_of}": "until: as_of, of: as_of}"},
        "32:15: within needs limit, and of or until",
    ),
    broken(
        "window after now",
        ONCE,
        {"until: as_of}": "of: as_of}"},
        '32:15: nothing is after as_of; write "until: as_of"',
    ),
    broken(
        "count without a number",
        ONCE,
        {"      at_least: $often\n": ""},
        '12:3: parameter "often" is used nowhere in the rule',
        "20:7: count needs at_least or at_most",
    ),
    broken(
        "count that can never be",
        ONCE,
        {"      at_least: $often": "      at_least: 4\n      at_most: 3"},
        '12:3: parameter "often" is used nowhere in the rule',
        "20:7: at_least is above at_most: it can never hold",
    ),
    broken(
        "count of what differs in an unknown way",
        ONCE,
        {"      at_least: $often": "      at_least: $often\n      different: day"},
        '22:18: unknown way to differ "day"; did you mean "days"?',
    ),
    broken(
        "count as a word",
        ONCE,
        {"at_least: $often": "at_least: often"},
        '12:3: parameter "often" is used nowhere in the rule',
        '21:17: "often" is not a whole number',
    ),
    broken(
        "gap without a limit",
        ONCE,
        {"      at_most: 6 weeks\n": ""},
        "22:7: gap needs at_most and from",
    ),
    broken(
        "in_order of three",
        ONCE,
        {"in_order: [enquiry_planned,": "in_order: [plan_made, enquiry_planned,"},
        "25:17: in_order needs two event types",
    ),
    broken(
        "unknown key of an item of in_order",
        ONCE,
        {"{type: enquiry_started, where:": "{type: enquiry_started, wher:"},
        '25:59: unknown key of an item of in_order "wher"; did you mean "where"?',
    ),
    broken(
        "unknown key of at_least_n_of",
        ONCE,
        {"        n: 1": "        m: 1"},
        '27:9: unknown key of at_least_n_of "m"; known are n, of',
    ),
    broken(
        "at_least_n_of of none",
        ONCE,
        {"of: [{recorded: plan_made}, {recorded: no_plan_needed}]": "of: []"},
        "28:13: at_least_n_of needs at least one condition",
    ),
    broken(
        "empty where_any",
        ONCE,
        {"where_any: [{review_due: {before: 2026-01-01}}]": "where_any: []"},
        "30:18: where_any needs at least one row of tests",
    ),
    broken(
        "all as a mapping",
        EACH,
        {"applies_when: {concept: enquiry_open}": "applies_when: {all: {recorded: plan_made}}"},
        "46:23: all must be a list",
    ),
    # Limits, reasons, colours, prompts.
    broken(
        "unknown key of due",
        EACH,
        {"due: {within: $ask_within, of: this}": "due: {within: $ask_within, off: this}"},
        '31:28: unknown key of due "off"; did you mean "of"?',
    ),
    broken(
        "due with half its keys",
        EACH,
        {"due: {within: $ask_within, of: this}": "due: {within: $ask_within}"},
        (
            "31:6: due is one of: within and of; at; by_field (of, else); earliest; "
            "when and then (else)"
        ),
    ),
    broken(
        "field of due that is no date",
        ONCE,
        {"by_field: agreed_due": "by_field: with_adult"},
        '34:13: unknown date field of enquiry_planned "with_adult"; the only one is agreed_due',
    ),
    broken(
        "due by a field of now",
        ONCE,
        {"  of: {first: enquiry_planned}": "  of: as_of"},
        "34:3: by_field goes with an event",
    ),
    broken(
        "unknown explanation code",
        EACH,
        {"codes: [unsafe]": "codes: [unsave]"},
        '38:15: unknown code "unsave"; did you mean "unsafe"?',
    ),
    broken(
        "codes of another event",
        EACH,
        {"    - recorded: explanation\n      codes": "    - recorded: oversight\n      codes"},
        '37:7: codes goes with "recorded: explanation", and alone',
    ),
    broken(
        "reason where evidence is asked for",
        EACH,
        {"  recorded: s42_decided\n": "  recorded: s42_decided\n  standing: review_by\n"},
        "33:3: reasons that end belong in explained_when",
    ),
    broken(
        "standing by a field that is no date",
        EACH,
        {"standing: review_by": "standing: reason_text"},
        (
            '41:17: unknown date field of outcomes_conversation "reason_text"; the only one is '
            "review_by"
        ),
    ),
    broken(
        "unknown field that a reason needs",
        EACH,
        {"standing: review_by": "needs: [reason_txt]"},
        '41:15: unknown field "reason_txt"; did you mean "reason_text"?',
    ),
    broken(
        "if_none without a subject",
        ONCE,
        {
            "applies_when: {concept": (
                "if_none: {applies_when: {recorded: plan_made}, due: {at: as_of}}\napplies_when: "
                "{concept"
            )
        },
        '17:1: if_none goes with "each"',
    ),
    broken(
        "unknown key of if_none",
        EACH,
        {"  applies_when: {concept: enquiry_open}": "  apply_when: {concept: enquiry_open}"},
        '46:3: unknown key of if_none "apply_when"; did you mean "applies_when"?',
    ),
    broken(
        "unknown colour",
        EACH,
        {"not_met: amber": "not_met: ambre"},
        '49:12: unknown colour "ambre"; did you mean "amber"?',
    ),
    broken(
        "unknown key of colour",
        EACH,
        {"  red_when:": "  red_whn:"},
        '50:3: unknown key of colour "red_whn"; did you mean "red_when"?',
    ),
    broken(
        "unknown key of the prompt",
        EACH,
        {"  urgency: info": "  urgncy: info"},
        '53:3: unknown key of prompt "urgncy"; did you mean "urgency"?',
    ),
    broken(
        "unknown urgency",
        EACH,
        {"urgency: info": "urgency: inform"},
        '53:12: unknown urgency "inform"; did you mean "info"?',
    ),
    broken(
        "unknown step to ask at",
        EACH,
        {"ask_at: [concern_raised]": "ask_at: [concern_rased]"},
        '54:12: unknown event type "concern_rased"; did you mean "concern_raised"?',
    ),
    broken(
        "unknown role",
        EACH,
        {"roles: [worker]": "roles: [worke]"},
        '55:11: unknown role "worke"; did you mean "worker"?',
    ),
    broken(
        "summary that asks nothing",
        EACH,
        {'"Has anyone asked?"': '"Ask."'},
        "52:12: the summary must be a question: it has no question mark",
    ),
    broken(
        "summary that is too long by a character",
        EACH,
        {'"Has anyone asked?"': f'"{"?" * 140}"'},
        "52:12: the summary has 140 characters; at most 139",
    ),
    broken(
        "summary that blames",
        EACH,
        {'"Has anyone asked?"': '"Who failed to ask?"'},
        '52:12: "failed" blames; say what is not evidenced in the record',
    ),
    broken(
        "unknown placeholder in the finding",
        EACH,
        {"{due}": "{dew}"},
        '56:10: unknown placeholder "{dew}"; did you mean "{due}"?',
    ),
    # Examples.
    broken(
        "unknown key of an example",
        EACH,
        {"    as_of: 2026-03-31": "    asof: 2026-03-31"},
        '59:5: unknown key of an example "asof"; did you mean "as_of"?',
    ),
    broken(
        "example without its cases",
        ONCE,
        {"examples: []": "examples:\n  - {name: nothing, as_of: 2026-03-31}"},
        "44:5: the example lacks given, then",
    ),
    broken(
        "as_of that is no date",
        EACH,
        {"as_of: 2026-03-31": "as_of: soon"},
        "59:12: not a date (YYYY-MM-DD) or date-time (YYYY-MM-DDThh:mm:ss)",
    ),
    broken(
        "unknown event of an example",
        EACH,
        {"- concern_raised: {id": "- concern_raisd: {id"},
        '63:9: unknown event type "concern_raisd"; did you mean "concern_raised"?',
    ),
    broken(
        "unknown field of an example",
        EACH,
        {"asked: asked_expressed}": "askd: asked_expressed}"},
        '64:55: unknown field of outcomes_conversation "askd"; did you mean "asked"?',
    ),
    broken(
        "unknown code of an example",
        EACH,
        {"asked: asked_expressed}": "asked: asked_expresed}"},
        '64:62: unknown code of asked "asked_expresed"; did you mean "asked_expressed"?',
    ),
    broken(
        "date of an example that does not exist",
        EACH,
        {"occurred: 2026-01-06": "occurred: 2026-01-36"},
        "64:43: occurred: not a date (YYYY-MM-DD) or date-time that exists",
    ),
    broken(
        "unknown verdict",
        EACH,
        {"then: {e1: met}": "then: {e1: meet}"},
        '65:16: unknown verdict "meet"; did you mean "met"?',
    ),
    broken(
        "verdict of no subject",
        EACH,
        {"then: {e1: met}": "then: {e2: met}"},
        '65:12: unknown subject "e2"; known are case, e1, x2',
    ),
    broken(
        "answer of a concept as a verdict",
        EACH,
        {"then: {e1: met}": 'then: "yes"'},
        (
            '65:11: unknown verdict "yes"; known are cannot_tell, explained, met, met_late, '
            "not_applicable, not_met, not_yet_due, partly_met"
        ),
    ),
    broken(
        "unknown type supplied",
        EACH,
        {"supplies: [concern_raised,": "supplies: [concern_raise,"},
        '60:16: unknown event type "concern_raise"; did you mean "concern_raised"?',
    ),
    broken(
        "unknown field supplied",
        EACH,
        {"outcomes_conversation.asked]": "outcomes_conversation.aske]"},
        '60:32: unknown field of outcomes_conversation "aske"; did you mean "asked"?',
    ),
    broken(
        "unknown attribute of the adult",
        EACH,
        {"{age_band: 75-84}": "{age_bnd: 75-84}"},
        '61:13: unknown field of adult "age_bnd"; did you mean "age_band"?',
    ),
    broken(
        "unknown code of the adult",
        EACH,
        {"{age_band: 75-84}": "{age_band: 75-85}"},
        '61:23: unknown code of age_band "75-85"; known are 18-64, 65-74, 75-84, 85-94, 95+, '
        "not_known",
    ),
    broken(
        "unreadable field that the event has not",
        EACH,
        {"asked: asked_expressed}": "asked: asked_expressed, unreadable: [reson_text]}"},
        ('64:92: unknown field of outcomes_conversation "reson_text"; did you mean "reason_text"?'),
    ),
    broken(
        "explanation of no rule",
        EACH,
        {
            "asked: asked_expressed}": (
                "asked: asked_expressed}\n      - explanation: {occurred: 2026-01-06, rule: EX-1, "
                "code: unsafe}"
            )
        },
        '65:51: unknown rule "EX-1"; did you mean "EX-01"?',
    ),
    broken(
        "reference to no event",
        EACH,
        {
            "asked: asked_expressed}": (
                "asked: asked_expressed}\n      - s42_decided: {occurred: 2026-01-06, concern: "
                "[e9], result: s42_enquiry}"
            )
        },
        '65:55: unknown event of the example "e9"; known are e1, x2, x3',
    ),
    broken(
        "due that is no date",
        EACH,
        {"due: 2026-01-07": "due: tomorrow"},
        "66:10: not a date (YYYY-MM-DD) or date-time (YYYY-MM-DDThh:mm:ss)",
    ),
    # Concepts.
    broken(
        "unknown key of a concept",
        CONCEPT,
        {"holds_when:": "hold_when:"},
        '3:1: unknown key of a concept "hold_when"; did you mean "holds_when"?',
    ),
    broken(
        "concept unlike its file",
        CONCEPT,
        {"concept: enquiry_open": "concept: enquiry_opened"},
        '1:10: its file is called "enquiry_open"',
    ),
    broken(
        "verdict as the answer of a concept",
        CONCEPT,
        {'then: "yes"': "then: met"},
        '8:11: unknown answer "met"; known are no, unknown, yes',
    ),
    broken(
        "concept that uses itself",
        CONCEPT,
        {"holds_when: {recorded: enquiry_started}": "holds_when: {concept: enquiry_open}"},
        "1:1: concepts use each other in a circle: enquiry_open -> enquiry_open",
    ),
    # The ruleset's own file.
    broken(
        "unknown key of a ruleset",
        RULESET,
        {"nation: England": "nation: England\nnaton: England"},
        '5:1: unknown key of a ruleset "naton"; did you mean "nation"?',
    ),
    broken(
        "key of a ruleset left out",
        RULESET,
        {"nation: England\n": ""},
        "1:1: ruleset.yaml lacks nation",
    ),
    broken(
        "version of two numbers",
        RULESET,
        {'"1.0.0"': '"1.0"'},
        '3:10: "1.0" is not a version: three numbers in straight quotes, as in "1.0.0"',
    ),
    broken(
        "source as a list",
        RULESET,
        {'care-act: "Care Act 2014"': "care-act: [Care Act 2014]"},
        "6:13: one value is expected here",
    ),
    broken(
        "unknown key of settings",
        RULESET,
        {"  office_close:": "  ofice_close:"},
        '8:3: unknown key of settings "ofice_close"; did you mean "office_close"?',
    ),
    broken(
        "closing time that is none",
        RULESET,
        {'"17:00"': '"25:00"'},
        '8:17: write the time in quotes, as in "17:00"',
    ),
    broken(
        "unknown temporary code",
        RULESET,
        {"[unsafe]": "[unsave]"},
        '9:21: unknown explanation code "unsave"; did you mean "unsafe"?',
    ),
    broken(
        "longest reason without a unit of time",
        RULESET,
        {"    unit: working_days": "    unit: count"},
        "11:5: max_temporary_reason counts count; a limit needs a unit of time",
    ),
    broken(
        "unknown key of a suspension",
        RULESET,
        {"    keeps: [EX-02]": "    keep: [EX-02]"},
        '18:5: unknown key of a suspension "keep"; did you mean "keeps"?',
    ),
    broken(
        "unknown rule in a suspension",
        RULESET,
        {"keeps: [EX-02]": "keeps: [EX-03]"},
        '18:13: unknown rule "EX-03"; known are EX-01, EX-02',
    ),
    broken(
        "unknown event in a suspension",
        RULESET,
        {"when: {recorded: adult_died}": "when: {recorded: adult_dead}"},
        '16:22: unknown event type "adult_dead"; did you mean "adult_died"?',
    ),
    # YAML that means more than it says.
    broken(
        "anchor",
        EACH,
        {"roles: [worker]": "roles: &all [worker]"},
        "55:10: anchors, aliases and tags are not allowed here; write the value out",
    ),
    broken(
        "alias",
        EACH,
        {"roles: [worker]": "roles: *all"},
        "55:10: anchors, aliases and tags are not allowed here; write the value out",
    ),
    broken(
        "tag",
        EACH,
        {"value: 2,": "value: !!int 2,"},
        "17:35: anchors, aliases and tags are not allowed here; write the value out",
    ),
    broken(
        "merge key",
        EACH,
        {"  roles: [worker]": "  roles: [worker]\n  <<: {urgency: info}"},
        "56:3: merge keys are not allowed here; write the keys out",
    ),
    broken(
        "tab",
        EACH,
        {"  urgency: info": "\turgency: info"},
        "53:1: a tab stands here; indent with spaces",
    ),
    broken(
        "a key that is a list",
        EACH,
        {"  urgency: info": "  ? [urgency]\n  : info"},
        "52:3: prompt lacks urgency",
        "53:5: a key must be one plain word",
    ),
    broken(
        "quote that never ends",
        EACH,
        {'"Has anyone asked?"': '"Has anyone asked?'},
        "52:12: the quotes that begin here are never closed",
    ),
    broken(
        "two documents",
        CONCEPT,
        {"concept: enquiry_open\n": "concept: enquiry_open\n---\n"},
        '2:1: a line of "---" begins a second document here; a file holds one',
    ),
    broken(
        "nested too deeply",
        CONCEPT,
        {"title: An enquiry has started": "title: " + "[" * 1500},
        "2:127: lists and blocks stand too deep in one another here",
    ),
    broken(
        "nothing but a list",
        CONCEPT,
        {WHOLE: "- concept\n"},
        "1: the file must hold keys and values",
    ),
    broken("empty file", CONCEPT, {WHOLE: "# nothing\n"}, "1: the file is empty"),
    # Two problems are told at once.
    broken(
        "two fields of one event",
        EACH,
        {"    asked: $asked": "    askd: $asked", "    reason_text:": "    reason_txt:"},
        '28:5: unknown field of outcomes_conversation "askd"; did you mean "asked"?',
        ('29:5: unknown field of outcomes_conversation "reason_txt"; did you mean "reason_text"?'),
    ),
    broken(
        "two conditions of one list",
        ONCE,
        {
            "of: [{recorded: plan_made}": "of: [{recorded: plan_mad}",
            "no_plan_needed": "no_plan_neded",
        },
        '28:25: unknown event type "plan_mad"; did you mean "plan_made"?',
        '28:47: unknown event type "no_plan_neded"; did you mean "no_plan_needed"?',
    ),
    broken(
        "two parts of a prompt",
        EACH,
        {"  urgency: info": "  urgency: urgent", "roles: [worker]": "roles: [workr]"},
        '53:12: unknown urgency "urgent"; known are critical, info, warning',
        '55:11: unknown role "workr"; did you mean "worker"?',
    ),
    broken(
        "two parts of a value",
        EACH,
        {"value: 2, basis: assumed": "value: 21, basis: asumed"},
        "17:35: 21 lies outside the range 0 to 20 (working days)",
        '17:46: unknown basis "asumed"; did you mean "assumed"?',
    ),
    broken(
        "a key of a condition and another's value",
        ONCE,
        {"gap: oversight\n      at_most: 6 weeks": "gap: oversight\n      at_mst: 6 weeks"}
        | {"      from: {first: enquiry_started}": "      from: {first: enquiry_startd}"},
        '23:7: unknown key of gap "at_mst"; did you mean "at_most"?',
        '24:21: unknown event type "enquiry_startd"; did you mean "enquiry_started"?',
    ),
    broken(
        "two keys of a rule",
        EACH,
        {"status: trial\nreview_by": "statu: trial\nreviewby"},
        "1:1: the rule lacks status, review_by",
        '10:1: unknown key of a rule "statu"; did you mean "status"?',
        '11:1: unknown key of a rule "reviewby"; did you mean "review_by"?',
    ),
    broken(
        "a list in a list of an example",
        EACH,
        {"{id: e1, occurred: 2026-01-05}": "{id: e1, abuse_type: [[physical]]}"},
        "63:47: a list of values can't contain lists",
    ),
    broken(
        "a head and an example",
        EACH,
        {"status: trial": "status: tral", "then: {e1: met}": "then: {e1: mett}"},
        '10:9: unknown status "tral"; did you mean "trial"?',
        '65:16: unknown verdict "mett"; did you mean "met"?',
    ),
]


@pytest.mark.parametrize(("file", "edits", "said"), ROWS)
def test_broken_file(file: str, edits: Mapping[str, str], said: list[str], tmp_path: Path) -> None:
    text = SOUND[file]
    for old, new in edits.items():
        assert old in text
        text = new if old == WHOLE else text.replace(old, new, 1)

    assert said_of(write_files(tmp_path / "small", {**SOUND, file: text})) == said


def test_summary_as_long_as_a_card_can_hold_is_sound(tmp_path: Path) -> None:
    text = SOUND[EACH].replace('"Has anyone asked?"', f'"{"?" * 139}"')

    _, problems = check_ruleset(write_files(tmp_path / "small", {**SOUND, EACH: text}))

    assert problems == ()


def test_unquoted_no_is_the_word_no(tmp_path: Path) -> None:
    text = EACH_TEXT.replace('{is_not: "no"}', "{is_not: no}")

    plain = load_ruleset(write_files(tmp_path / "plain" / "small", {**SOUND, EACH: text}))
    quoted = load_ruleset(write_files(tmp_path / "quoted" / "small", SOUND))

    assert plain.rules[0].applies_when == quoted.rules[0].applies_when


def test_a_ruleset_knows_the_vocabulary_that_it_was_read_with(tmp_path: Path) -> None:
    ruleset = load_ruleset(write_files(tmp_path / "small", SOUND))

    assert ruleset.vocabulary is core_vocabulary()


def test_mistakes_of_several_files_are_told_in_file_order(tmp_path: Path) -> None:
    texts = {
        **SOUND,
        ONCE: ONCE_TEXT.replace("kind: local", "kind: locale"),
        EACH: EACH_TEXT.replace("kind: s42", "kind: s43").replace("[Q1]", "[Q]"),
        CONCEPT: CONCEPT_TEXT.replace("enquiry_started}", "enquiry_startd}"),
        RULESET: RULESET_TEXT.replace("[unsafe]", "[unsave]"),
    }

    places = [line.split(": ")[0] for line in said_of(write_files(tmp_path / "small", texts))]

    assert places == [
        "small/concepts/enquiry_open.yaml:3:24",
        "small/rules/EX-01.yaml:7:19",
        "small/rules/EX-02.yaml:3:7",
        "small/ruleset.yaml:9:21",
    ]


def test_broken_concept_is_told_once_and_not_where_it_is_used(tmp_path: Path) -> None:
    text = CONCEPT_TEXT.replace("recorded:", "recorder:")

    assert said_of(write_files(tmp_path / "small", {**SOUND, CONCEPT: text})) == [
        'small/concepts/enquiry_open.yaml:3:14: unknown verb "recorder"; did you mean "recorded"?'
    ]


def test_concepts_that_use_each_other_are_refused(tmp_path: Path) -> None:
    other = CONCEPT_TEXT.replace("concept: enquiry_open", "concept: other")
    texts = {
        **SOUND,
        CONCEPT: CONCEPT_TEXT.replace("{recorded: enquiry_started}", "{concept: other}"),
        "concepts/other.yaml": other.replace(
            "{recorded: enquiry_started}", "{concept: enquiry_open}"
        ),
    }

    (message,) = said_of(write_files(tmp_path / "small", texts))

    assert message.endswith("in a circle: enquiry_open -> other -> enquiry_open")


def test_file_that_nobody_reads_is_told(tmp_path: Path) -> None:
    more = {"rules/EX-03.yml": ONCE_TEXT, "rules/.keep": ""}
    folder = write_files(tmp_path / "small", {**SOUND, **more})

    assert said_of(folder) == [
        "small/rules/EX-03.yml: only files called *.yaml are read in rules; rename or move it"
    ]


def test_second_file_with_an_id_is_told(tmp_path: Path) -> None:
    folder = write_files(tmp_path / "small", {**SOUND, "rules/EX-03.yaml": ONCE_TEXT})

    assert said_of(folder) == [
        'small/rules/EX-03.yaml:1:1: the rule is called "EX-02", but its file "EX-03"; '
        "an id is used once"
    ]


def test_folder_without_a_ruleset_file_still_has_its_rules_read(tmp_path: Path) -> None:
    texts = {EACH: EACH_TEXT.replace("[Q1]", "[Q]"), CONCEPT: CONCEPT_TEXT, ONCE: ONCE_TEXT}

    places = [line.split(": ")[0] for line in said_of(write_files(tmp_path / "small", texts))]

    assert places == ["small/rules/EX-01.yaml:7:19", "small/ruleset.yaml"]


def test_ruleset_without_rules_is_refused(tmp_path: Path) -> None:
    text = RULESET_TEXT.replace("[EX-02]", "[]")

    assert said_of(write_files(tmp_path / "small", {RULESET: text})) == [
        "small/ruleset.yaml:1:1: the ruleset has no rule (rules/*.yaml)"
    ]


def test_text_over_several_lines_is_one_line_without_marks(tmp_path: Path) -> None:
    text = EACH_TEXT.replace("status: trial\n", "status: trial\nnotes: >-\n  One\n  and two.\n")

    ruleset = load_ruleset(write_files(tmp_path / "small", {**SOUND, EACH: text}))

    assert ruleset.rules[0].notes == "One and two."
