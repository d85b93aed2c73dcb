"""Small cases that the core rules and their independent reading once answered differently."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from tests.oracle.core.compare import engine_rows
from tests.oracle.core.judge import judge
from tests.oracle.core.reading import VOCABULARY
from tests.oracle.core.story import Export, Said, Story

AT: Final = "2026-01-02"


def said(event_id: str, kind: str, occurred: str, **fields: str) -> Said:
    about = {name: fields.pop(name, None) for name in ("recorded", "supersedes")}
    return Said(event_id, kind, occurred, tuple(fields.items()), **about)


def supplies_all_but(*missing: str) -> tuple[str, ...]:
    """All types and fields that a source can supply but for some."""
    supplied = []
    for name, kind in VOCABULARY.events.items():
        fields = {field for field in kind.fields if f"{name}.{field}" not in missing}
        if len(fields) < len(kind.fields):
            supplied += [f"{name}.{field}" for field in sorted(fields)]
        elif name not in missing:
            supplied.append(name)
    return tuple(supplied)


def agree(
    expected: str,
    rule: str,
    events: list[Said],
    *,
    subject: str | None = None,
    without: tuple[str, ...] = (),
) -> None:
    """Asserts that both the rule that ships and its independent reading give one verdict."""
    story = Story("C", tuple(events))
    export = Export(AT, (story,), supplies_all_but(*without) if without else None)
    read = judge(export, story, export.day, only=rule)[rule, subject]
    assert read.verdict == expected
    assert engine_rows([export])["C"][rule, subject].verdict == expected


def test_reason_goes_before_no_doubt_whether_the_limit_falls_after_a_death() -> None:
    # Readings, section 8: a limit that rests on a type which is not supplied is unknown; docs,
    # section 11: suspended unknown is row 2, above the reason of row 7.
    declined = said(
        "c", "advocacy_considered", "2025-11-28", difficulty="weighing", conclusion="declined"
    )
    events = [declined, said("d", "adult_died", "2025-12-08")]

    agree("cannot_tell", "ADV-02", events, without=("advocate_status",))
    agree("explained", "ADV-02", events)
    agree("explained", "ADV-02", [declined], without=("advocate_status",))


def test_explanation_that_names_neither_rule_nor_code_may_be_of_any() -> None:
    # Section 11: a field that could not be read is unknown, and each doubt stands by itself: the
    # code may be accepted, and it may be one that stands for good.
    concern = said("c", "concern_raised", "2025-12-03")

    for day in ("2025-11-10", "2025-12-03"):
        agree("cannot_tell", "ASK-01", [said("e", "explanation", day), concern], subject="c")
    coded = said("e", "explanation", "2025-12-03", code="unsafe", text="words")
    agree("cannot_tell", "ASK-01", [coded, concern], subject="c")
    other = said("e", "explanation", "2025-12-03", rule="ASK-02", code="unsafe", text="words")
    agree("not_met", "ASK-01", [other, concern], subject="c")


def test_limit_at_the_newest_consideration_falls_after_a_death_whatever_it_concluded() -> None:
    # Section 4: suspended where the limit falls after the death; it is known where it lies though
    # it isn't known whether the rule would apply.
    considered = said("c", "advocacy_considered", "2025-11-03")
    without = ("advocacy_considered.difficulty", "advocacy_considered.conclusion")

    death = said("d", "adult_died", "2025-11-03")
    agree("not_applicable", "ADV-03", [considered, death], without=without)
    later = said("d", "adult_died", "2025-11-04")
    agree("cannot_tell", "ADV-03", [considered, later], without=without)


def test_view_and_wellbeing_may_stand_in_two_reviews_of_which_one_may_not_be_there() -> None:
    # Section 11: conditions are three-valued, so the own review is looked for in each part alone.
    outcome = said("o", "outcome_expressed", "2025-12-01", domain="social_economic")
    own = said("r", "outcome_reviewed", "2025-12-10", outcome="o", wellbeing_view="not_known")
    impossible = said("s", "outcome_reviewed", "1899-12-30", view_of="family", supersedes="r")

    agree("cannot_tell", "CLO-01", [outcome, own, impossible], subject="o")
    certain = said("s", "outcome_reviewed", "2025-12-11", view_of="family", achieved="full")
    agree("not_yet_due", "CLO-01", [outcome, own, certain], subject="o")


def test_reason_that_names_its_subject_has_lapsed_even_if_it_ended_before_its_day() -> None:
    # Section 11: only an explanation that names no subject passes by those after its end.
    concern = said("c", "concern_raised", "2025-12-12")
    lapsed = {"rule": "RISK-01", "code": "not_reachable", "review_by": "2025-12-11"}
    ended = said("e", "explanation", "2025-12-20", **lapsed)
    of_concern = replace(ended, fields=(*ended.fields, ("subject", "c")))

    agree("partly_met", "RISK-01", [concern, of_concern], subject="c")
    agree("not_met", "RISK-01", [concern, ended], subject="c")


def test_an_older_closure_may_stand_by_itself_where_it_is_unknown_what_was_reopened() -> None:
    # Section 11: a selection finds what passes each test perhaps, and each closure does by itself.
    concern = said("c", "concern_raised", "2025-11-01")
    remained = said("x", "case_closed", "2025-11-28", risk_result="remained")
    removed = said("y", "case_closed", "2025-12-20", risk_result="removed")
    impossible = said("r", "case_reopened", "1899-12-30")

    events = [concern, remained, removed]
    agree("cannot_tell", "PLAN-02", events, without=("case_reopened",))
    agree("cannot_tell", "PLAN-02", [*events, impossible])
    agree("not_applicable", "PLAN-02", events)
    agree("not_applicable", "PLAN-02", [concern, removed, impossible])


def test_record_that_fits_by_now_hangs_together_whenever_that_came() -> None:
    # Section 12: DQ-01 answers grey or none, so that nothing in it is late and amber.
    concern = said("c", "concern_raised", "2025-11-01")
    ceased = said("r", "enquiry_reported", "2025-11-01", ceased_at_adults_request="yes")
    no = said("v", "views_on_proceeding", "2025-11-05", agree="no")

    agree("met", "DQ-01", [concern, ceased, no])
    agree("met", "DQ-01", [concern, no], without=("enquiry_reported",))
    agree("not_met", "DQ-01", [concern, ceased])
    agree("cannot_tell", "DQ-01", [concern], without=("enquiry_reported",))


def test_any_assessment_may_be_as_new_as_a_newest_one_without_a_day() -> None:
    # Section 11: an anchor is unknown where an uncertain event may be it, and so is "since" it.
    unread = said("a", "capacity_assessed", "2025-12-15")
    able = said("b", "capacity_assessed", "2025-12-16", conclusion="has_capacity")
    undated = said("c", "capacity_assessed", "soon", conclusion="undetermined")
    lacking = replace(unread, fields=(("conclusion", "lacks_capacity"),))

    agree("cannot_tell", "ASK-04", [unread, able, undated])
    agree("cannot_tell", "ASK-04", [lacking, able, undated])
    agree("not_applicable", "ASK-04", [lacking, able])
    agree("not_applicable", "ASK-04", [able, undated])


def test_what_cannot_be_so_and_was_written_after_the_export_was_written_at_any_time() -> None:
    # Section 9, as built: the slip would hide it.
    outcome = said("o", "outcome_expressed", "2025-12-19")
    closed = said("x", "case_closed", "2025-12-20")
    after = "2026-05-09"

    misspelt = said("m", "capacity_assesseds", "2025-12-20", recorded=after)
    agree("cannot_tell", "DQ-01", [outcome, closed, misspelt])
    impossible = said("m", "capacity_assessed", "1899-12-30", recorded=after)
    agree("cannot_tell", "DQ-01", [outcome, closed, impossible])
    unseen = said("m", "capacity_assessed", "2025-12-20", recorded=after)
    agree("not_met", "DQ-01", [outcome, closed, unseen])


def test_newest_that_may_be_another_of_its_day_is_unknown() -> None:
    # Section 11: of tied events `latest` takes the largest; an id that is used twice is in doubt.
    lacking = {"decision_kind": "protective_measure", "conclusion": "lacks_capacity"}
    assessed = said("a", "capacity_assessed", AT, **lacking)
    at_night = said("t", "capacity_assessed", f"{AT}T23:59:59", decision_kind="protective_measure")
    twin = said("t", "marac_considered", AT)
    agree("cannot_tell", "ADV-04", [assessed, at_night, twin])
    agree("not_yet_due", "ADV-04", [assessed, replace(at_night, occurred=AT)])

    decided = said("s", "s42_decided", "2025-09-17", result="s42_enquiry")
    closed = said("x", "case_closed", "2025-11-03")
    later = said("t", "case_closed", "2025-11-03T17:00:00")
    agree("cannot_tell", "PROP-01", [decided, closed, later, twin])
    agree("not_met", "PROP-01", [decided, closed, later])


def test_null_row_of_a_suspended_case_does_not_apply_whatever_is_supplied() -> None:
    # Section 9: also where it isn't known whether the rule would ask, and the limit hasn't begun.
    unread = said("s", "s42_decided", "2025-11-12")
    death = said("d", "adult_died", "2025-11-24")

    without = ("response_decided",)
    agree("not_applicable", "PROP-01", [unread, death], without=without)
    agree("cannot_tell", "PROP-01", [unread], without=without)


def test_review_without_a_day_may_be_in_time_though_the_limit_lay_before_the_plan() -> None:
    # Section 11: whether it came since the plan and whether it came by the limit are two doubts.
    plan = said("p", "plan_made", "2025-12-12", review_due="2025-12-05")
    reviewed = said("r", "plan_reviewed", "2025-12-30")
    impossible = said("u", "plan_reviewed", "1899-12-30")

    agree("cannot_tell", "PLAN-03", [plan, reviewed, impossible], subject="p")
    agree("met_late", "PLAN-03", [plan, reviewed], subject="p")


def test_reason_counts_for_nothing_surely_where_the_day_from_which_it_counts_is_unknown() -> None:
    # Section 10: of OUT-04 reasons count from the first concern's day, which may be another.
    impossible = said("u", "concern_raised", "1985-06-01")
    concern = said("c", "concern_raised", "2025-11-21")
    reason = "organisational_concern_no_individual"
    talk = said(
        "t", "outcomes_conversation", "2025-11-23", asked="not_asked", reason_not_asked=reason
    )

    agree("cannot_tell", "OUT-04", [impossible, concern, talk])
    agree("explained", "OUT-04", [concern, talk])


def test_limit_of_open_work_rests_on_reopenings_that_are_not_supplied() -> None:
    # Section 8; a reopening may have come after whatever began on the last day.
    started = said("s", "enquiry_started", AT)

    agree("cannot_tell", "DUR-01", [started], without=("case_reopened",))
    agree("not_yet_due", "DUR-01", [started])
    agree("not_yet_due", "DUR-01", [started], without=("plan_reviewed",))


def test_two_kinds_that_are_not_supplied_may_both_be_there() -> None:
    # Section 11: of each there may be any number more, so that a rule which asks for two may apply.
    other = said("g", "grid_position", "2025-12-01")

    agree("cannot_tell", "SPC-02", [other], without=("concern_raised", "views_on_proceeding"))
    concern = said("c", "concern_raised", "2025-12-01", abuse_type="physical")
    agree("not_applicable", "SPC-02", [concern], without=("views_on_proceeding",))
