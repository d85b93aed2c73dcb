"""Code that is written for a ruleset: when it is, what gets into it, and what it leaves alone."""

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from msp_rules.casework.case import WITHHELD, Case
from msp_rules.casework.moments import Moment, parse_as_of, parse_moment
from msp_rules.casework.visibility import in_force, is_clear
from msp_rules.casework.workdays import Due
from msp_rules.engine.engine import NO_CODE, Engine
from msp_rules.engine.straight.helpers import RunningLimit
from msp_rules.engine.verdict import Answer, Missing
from tests.builders.answer import event, supplied
from tests.builders.case import case_of
from tests.builders.ruleset import rule_text, ruleset_of
from tests.support.core import core_ruleset

AS_OF = parse_as_of("2026-01-31")
CONCERN = event("concern_raised", "01-05")
ASKED = event("outcomes_conversation", "01-06", id="e2", asked="asked_none_expressed")
PLANNED = event("plan_made", "01-06", id="e3")
EACH = "each: concern_raised\nexpect: {recorded: outcomes_conversation}\n"
IN_2_DAYS = "due: {within: 2 working_days, of: this}\n"


def engine_of(folder: Path, blocks: str, code_after: int) -> Engine:
    return Engine(
        ruleset_of(folder, rule_text("R-01", blocks)), matcher="python", code_after=code_after
    )


def codes_of(engine: Engine) -> list[object]:
    groups = engine._groups_on(AS_OF.day)
    return [code for group in groups for code in group.codes if code is not None]


def answers(engine: Engine, case: Case) -> Sequence[Answer]:
    evaluation = engine.evaluate(case, AS_OF)
    assert evaluation.faults == ()
    return evaluation.answers


def verdicts(engine: Engine, case: Case) -> list[str]:
    return [answer.verdict.value for answer in answers(engine, case)]


def test_code_is_written_once_enough_cases_were_judged(tmp_path: Path) -> None:
    engine = engine_of(tmp_path, EACH + IN_2_DAYS, code_after=2)
    case = case_of(CONCERN, ASKED)

    first = answers(engine, case)
    assert answers(engine, case) == first
    assert codes_of(engine) == []

    assert answers(engine, case) == first
    assert len(codes_of(engine)) == 1


def test_code_can_be_written_before_the_first_case(tmp_path: Path) -> None:
    engine = engine_of(tmp_path, EACH + IN_2_DAYS, code_after=128)
    never = engine_of(tmp_path / "never", EACH + IN_2_DAYS, code_after=NO_CODE)

    engine.prepare(AS_OF.day)
    never.prepare(AS_OF.day)
    never.only(frozenset({"R-01"})).prepare(AS_OF.day)

    assert len(codes_of(engine)) == 1
    assert codes_of(never) == []


def running_limit(folder: Path, limit: str) -> RunningLimit:
    blocks = EACH + f"due: {{within: {limit}, of: this}}\n"
    code = engine_of(folder, blocks, code_after=0).straighten(AS_OF.day)
    (running,) = [one for one in code.constants.values() if isinstance(one, RunningLimit)]
    return running


def test_limits_in_days_are_kept_by_the_day_and_by_whether_the_office_had_closed(
    tmp_path: Path,
) -> None:
    running = running_limit(tmp_path, "2 working_days")
    day, early, late, later = (
        parse_moment(f"2026-01-05{clock}") for clock in ("", "T09:00", "T18:00", "T23:59")
    )
    following = parse_moment("2026-01-06")

    ends = [running(one)[0] for one in (day, early, late, later, following)]

    assert [due.text for due in ends if isinstance(due, Due)] == [
        "2026-01-07", "2026-01-07", "2026-01-08", "2026-01-08", "2026-01-08",
    ]  # fmt: skip
    assert running(day) is running(early)
    assert running(late) is running(later)
    assert len(running._by_day) == 3


def test_limits_of_ever_other_days_are_not_kept_for_good(tmp_path: Path) -> None:
    running = running_limit(tmp_path, "2 calendar_days")
    day = Moment(AS_OF.day, 600, AS_OF.instant)

    first = running(day)
    for number in range(5_000):
        running(day._replace(day=day.day + number))

    assert running(day) == first
    assert len(running._by_day) <= 4_096


def test_a_limit_in_hours_runs_from_the_very_moment(tmp_path: Path) -> None:
    running = running_limit(tmp_path, "24 hours")

    ends = [running(parse_moment(f"2026-03-28T{clock}"))[0] for clock in ("00:30", "12:00")]

    assert [due.text for due in ends if isinstance(due, Due)] == [
        "2026-03-29T00:30:00+00:00", "2026-03-29T13:00:00+01:00",
    ]  # fmt: skip
    assert len(running._by_day) == 0


def test_code_is_never_written_where_it_is_not_wanted(tmp_path: Path) -> None:
    engine = engine_of(tmp_path, EACH + IN_2_DAYS, code_after=NO_CODE)

    for _ in range(200):
        engine.evaluate(case_of(CONCERN), AS_OF)

    assert codes_of(engine) == []


def test_threads_that_begin_at_once_write_one_code(tmp_path: Path) -> None:
    engine = engine_of(tmp_path, EACH + IN_2_DAYS, code_after=0)
    case = case_of(CONCERN, ASKED)

    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(engine.straighten, [AS_OF.day] * 16))
        found = list(pool.map(lambda _: answers(engine, case), range(16)))

    assert len({id(code) for code in codes}) == 1
    assert len(set(found)) == 1


@pytest.mark.parametrize(
    "title",
    ["Two\nlines", "A form\x0cfeed", 'Quotes " and \' and """', "x\nimport os; os.abort()"],
)
def test_a_title_stays_a_line_of_words(tmp_path: Path, title: str) -> None:
    text = rule_text("R-01", EACH + IN_2_DAYS, title=json.dumps(title))
    engine = Engine(ruleset_of(tmp_path, text), matcher="python", code_after=0)

    code = engine.straighten(AS_OF.day)

    heading = f"# R-01: {' '.join(title.split())}"
    assert [line for line in code.text.split("\n") if line.startswith("#")] == [heading]
    assert verdicts(engine, case_of(CONCERN, ASKED)) == ["met"]


def test_a_code_is_quoted_text_in_the_source(tmp_path: Path) -> None:
    blocks = "each: concern_raised\nexpect: {recorded: outcomes_conversation, where: {asked: %s}}\n"
    engine = engine_of(tmp_path, blocks % "asked_none_expressed" + IN_2_DAYS, code_after=0)

    assert "(e.fields.get('asked') == 'asked_none_expressed')" in engine.straighten(AS_OF.day).text
    assert verdicts(engine, case_of(CONCERN, ASKED)) == ["met"]
    assert verdicts(engine, case_of(CONCERN)) == ["not_met"]


def test_a_limit_beyond_the_bank_holidays_is_left_to_the_objects(tmp_path: Path) -> None:
    engine = engine_of(tmp_path, EACH + IN_2_DAYS, code_after=0)
    late = case_of(("concern_raised", {"occurred": "2199-12-30"}))

    (answer,) = engine.evaluate(late, parse_as_of("2199-12-31")).answers

    assert answer.verdict.value == "cannot_tell"
    assert answer.missing == (Missing("calendar", ("bank_holidays",)),)


@pytest.mark.parametrize(
    ("fields", "is_one"),
    [
        ({"reason_text": WITHHELD}, True),
        ({"asked": WITHHELD}, False),
        ({"asked": "not_asked", "reason_text": "words"}, True),
    ],
    ids=["a withheld text that no rule compares", "one that a rule compares", "nothing withheld"],
)
def test_a_withheld_text_leaves_a_record_clear_unless_its_value_matters(
    fields: dict[str, str], is_one: bool
) -> None:
    case = case_of(CONCERN)
    said = case.events[0]._replace(id="e2", type="outcomes_conversation", fields=dict(fields))
    view = in_force(case._replace(events=(*case.events, said)), AS_OF)

    assert is_clear(view, {"outcomes_conversation": frozenset({"asked"})}) is is_one


@pytest.mark.parametrize(
    "spoilt",
    [
        {"unknown": frozenset({"source"})},
        {"is_certain": False},
        {"moment": None},
    ],
    ids=["a field that can't be read", "an event that may not be", "no date"],
)
def test_a_record_with_a_doubt_is_not_clear(spoilt: dict[str, Any]) -> None:
    case = case_of(CONCERN)
    assert is_clear(in_force(case, AS_OF), {})

    doubtful = case._replace(events=(case.events[0]._replace(**spoilt),))

    assert not is_clear(in_force(doubtful, AS_OF), {})
    assert not is_clear(in_force(case._replace(supply=supplied("concern_raised")), AS_OF), {})
    assert not is_clear(in_force(case._replace(unknown=frozenset({"case.agency"})), AS_OF), {})


@pytest.mark.parametrize("depth", [11, 12, 13, 55])
def test_what_is_too_deep_for_a_parser_is_asked_of_its_objects(tmp_path: Path, depth: int) -> None:
    condition, due = "{recorded: outcomes_conversation}", "{within: 2 working_days, of: this}"
    for number in range(depth):
        verb = ("all", "any")[number % 2]
        condition = f"{{{verb}: [{condition}, {{recorded: plan_made}}]}}"
        due = f"{{earliest: [{due}, {{within: 3 working_days, of: this}}]}}"
    blocks = f"each: concern_raised\nexpect: {condition}\ndue: {due}\n"
    written = engine_of(tmp_path, blocks, code_after=0)
    objects = Engine(written.ruleset, matcher="python", code_after=NO_CODE)

    for case in (case_of(CONCERN), case_of(CONCERN, ASKED), case_of(CONCERN, PLANNED, ASKED)):
        assert answers(written, case) == answers(objects, case)


def test_every_core_rule_has_code() -> None:
    engine = Engine(core_ruleset(), matcher="python")

    code = engine.straighten(AS_OF.day)

    assert {one.rule.id for one in code.codes} == {one.id for one in core_ruleset().enabled_rules}


def test_code_is_the_same_however_the_rules_were_read(tmp_path: Path) -> None:
    texts = [
        engine_of(tmp_path / name, EACH + IN_2_DAYS, code_after=0).straighten(AS_OF.day).text
        for name in ("one", "another")
    ]

    assert texts[0] == texts[1]
