"""Small cases that the core rules and their independent reading once answered differently."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final

from msp_rules.audit.case_reader import CaseFiles, read_cases
from msp_rules.engine.engine import Engine
from tests.oracle.core.judge import judge
from tests.oracle.core.reading import VOCABULARY
from tests.oracle.core.story import Export, Said, Story, as_xml
from tests.support.core import core_ruleset

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


@cache
def engine() -> Engine:
    """The engine of the rules that ship, compiled once for all points."""
    return Engine(core_ruleset(), matcher="python", foresees=False, code_after=0)


def verdict_of(export: Export, rule: str, subject: str | None) -> str:
    """The verdict that the engine gives to the only case of an export."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "export.xml")
        path.write_text(as_xml(export), "utf-8")
        (read,) = read_cases(CaseFiles(exports=(path,), ruleset=core_ruleset()), lambda _case: True)
    answers = engine().evaluate_view(read.view).answers
    (found,) = [one for one in answers if (one.rule, one.subject) == (rule, subject)]
    return found.verdict.value


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
    assert verdict_of(export, rule, subject) == expected


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


def test_rule_without_a_limit_needs_no_day_on_which_it_began_to_apply() -> None:
    # Section 11, "due at once": once a day is over on which OUT-01 surely applied, none is unknown.
    talk = said("t", "outcomes_conversation", "2025-12-01", asked="asked_expressed")
    misspelt = said("m", "outcomes_conversatio", "2025-12-02")
    concern = said("c", "concern_raised", "2025-11-01")

    agree("not_met", "OUT-01", [talk, misspelt])
    agree("not_met", "OUT-01", [concern, talk, misspelt])
    today = replace(talk, occurred=AT)
    agree("not_yet_due", "OUT-01", [today])
    agree("cannot_tell", "OUT-01", [today, misspelt])


def test_it_may_have_begun_to_apply_before_a_death_if_what_made_it_has_no_day() -> None:
    # Section 4: it no longer applies if the limit falls after the death; the misspelt conversation
    # may have come before it.
    talk = said("t", "outcomes_conversation", "2025-12-01", asked="asked_expressed")
    misspelt = said("m", "outcomes_conversatio", "2025-12-02")
    death = said("d", "adult_died", "2025-12-01")

    agree("cannot_tell", "OUT-01", [talk, misspelt, death])
    agree("not_applicable", "OUT-01", [talk, death])
    agree("not_met", "OUT-01", [talk, replace(death, occurred="2025-12-02")])


def test_limit_from_the_first_lack_of_capacity_is_known_whether_or_not_it_goes_on() -> None:
    # Section 4: it falls after the death, whatever an assessment found whose id is used twice.
    lacking = said("a", "capacity_assessed", "2025-12-01", conclusion="lacks_capacity")
    twin = said("b", "marac_considered", "2025-11-10")
    death = said("d", "adult_died", "2025-12-01")

    for conclusion in ("has_capacity", "lacks_capacity"):
        doubtful = said("b", "capacity_assessed", "2025-12-01", conclusion=conclusion)
        agree("not_applicable", "ASK-04", [lacking, doubtful, twin, death])
    before = said("b", "capacity_assessed", "2025-11-30", conclusion="lacks_capacity")
    agree("cannot_tell", "ASK-04", [lacking, before, twin, death])


def test_earliest_of_several_limits_is_unknown_where_any_of_them_is() -> None:
    # Section 11, `earliest`: a plan of which it isn't known whether it exists sets a limit, too.
    lacking = {"decision_kind": "protective_measure", "conclusion": "lacks_capacity"}
    assessed = said("a", "capacity_assessed", "2025-12-01", **lacking)
    planned = said("e", "enquiry_planned", "2025-12-05")
    plan = said("p", "plan_made", "2025-12-08")
    twin = said("p", "marac_considered", "2025-12-09")

    agree("cannot_tell", "ADV-04", [assessed, planned, plan, twin])
    agree("not_met", "ADV-04", [assessed, planned, plan])


def test_reason_before_every_concern_may_count_where_their_ids_are_one() -> None:
    # Section 11, anchors: which concern is the first is unknown, and so is what came since.
    reason = {"asked": "not_asked", "reason_not_asked": "declined_to_discuss"}
    talk = said("t", "outcomes_conversation", "2025-09-10", **reason)
    caused = said("e", "enquiry_caused", "2025-09-21")
    concern = said("c", "concern_raised", "2025-09-14")
    again = replace(concern, occurred="2025-09-15")

    agree("cannot_tell", "OUT-04", [talk, concern, again, caused])
    agree("not_met", "OUT-04", [talk, concern, replace(again, id="d"), caused])


def test_three_outcomes_may_all_have_been_withdrawn_where_revisions_are_not_supplied() -> None:
    # Section 11: where a type is not supplied, there may be any number more of them.
    concern = said("c", "concern_raised", "2025-11-01")
    outcomes = [said(f"o{at}", "outcome_expressed", "2025-11-10") for at in range(3)]
    closed = said("x", "case_closed", "2025-12-10")

    events = [concern, *outcomes, closed]
    agree("cannot_tell", "DQ-01", events, without=("outcome_revised",))
    agree("not_met", "DQ-01", events)


def test_what_is_asked_of_every_concern_is_unknown_where_none_is_supplied() -> None:
    # Section 11, `every`; a mismatch elsewhere stays one.
    outcome = said("o", "outcome_expressed", "2025-11-10")
    closed = said("x", "case_closed", "2025-12-10")

    agree("cannot_tell", "DQ-01", [outcome], without=("concern_raised",))
    agree("met", "DQ-01", [outcome])
    agree("not_met", "DQ-01", [outcome, closed], without=("concern_raised",))


def test_standing_closure_may_have_been_reopened_where_no_reopening_is_supplied() -> None:
    # Section 3, row 2: whether PLAN-02 applies is unknown, above the reason of row 7.
    closed = said("x", "case_closed", AT, risk_result="remained")
    plan = said("p", "plan_made", AT, adult_agreed="no")

    agree("cannot_tell", "PLAN-02", [closed, plan], without=("case_reopened",))
    agree("explained", "PLAN-02", [closed, plan])


def test_limit_of_a_decision_that_never_came_has_not_begun_by_the_death() -> None:
    # Section 8: it counts as falling after the death, whatever was asked before it.
    death = said("d", "adult_died", AT)
    misspelt = said("m", "outcomes_conversatio", AT)
    closed = said("x", "case_closed", AT)

    agree("not_applicable", "ASK-03", [death, misspelt])
    agree("cannot_tell", "ASK-03", [death, misspelt, closed])


def test_review_of_an_outcome_that_nobody_knows_is_no_sure_reason() -> None:
    # Section 11: it may be the outcome's own or one that names none, and each is a doubt by itself.
    outcome = said("o", "outcome_expressed", AT)
    changed = {"reason_code": "adult_changed_mind"}

    unknown = said("r", "outcome_reviewed", AT, outcome="nobody", **changed)
    agree("cannot_tell", "OUT-06", [outcome, unknown], subject="o")
    own = said("r", "outcome_reviewed", AT, outcome="o", **changed)
    agree("explained", "OUT-06", [outcome, own], subject="o")
    agree(
        "explained", "OUT-06", [outcome, said("r", "outcome_reviewed", AT, **changed)], subject="o"
    )


def test_null_row_falls_after_the_death_although_a_closure_may_have_come_before() -> None:
    # Section 9: a suspended case's null rows do not apply, whatever the source supplies.
    lacking = said("a", "capacity_assessed", "2025-12-31", conclusion="lacks_capacity")
    plan = said("p", "plan_made", AT)
    death = said("d", "adult_died", AT)

    agree("not_applicable", "MCA-04", [lacking, plan, death], without=("case_closed",))
    agree("cannot_tell", "MCA-04", [lacking, plan], without=("case_closed",))


def test_limit_of_open_work_rests_on_closures_that_are_not_supplied() -> None:
    # Section 8: whether it falls after the death is unknown where the limit is.
    plan = said("p", "plan_made", AT)
    death = said("d", "adult_died", AT)

    agree("cannot_tell", "PLAN-03", [plan, death], subject="p", without=("case_closed",))
    agree("not_applicable", "PLAN-03", [plan, death], subject="p")


def test_two_mismatches_of_which_each_only_may_be_there_make_none() -> None:
    # Section 11, each doubt by itself: with an outcome the review is not too early, and without one
    # there is none whose end is not known.
    concern = said("c", "concern_raised", "2025-10-07")
    review = said("r", "outcome_reviewed", "2025-11-08", achieved="not_known")
    closed = said("x", "case_closed", "2025-11-08")

    agree("cannot_tell", "DQ-01", [concern, review, closed], without=("outcome_expressed",))
    agree("not_met", "DQ-01", [concern, review, closed])


def test_null_row_may_be_asked_where_a_conclusion_is_missing_and_no_plan_is_supplied() -> None:
    # Section 11: what could not be read and what is not supplied are in doubt together.
    first = said("a", "capacity_assessed", "2025-10-07")
    second = said("b", "capacity_assessed", "2025-10-08")

    agree("cannot_tell", "MCA-04", [first, second], without=("plan_made",))
    agree("not_applicable", "MCA-04", [first, second])


def test_need_may_have_ended_on_its_day_by_an_advocate_without_one() -> None:
    # Section 11, anchors: from which consideration the days run is unknown, although each gives the
    # same limit.
    considered = said("c", "advocacy_considered", "2025-05-08", difficulty="retaining")
    referred = said("r", "advocate_status", "2025-05-09", state="referred")
    misspelt = said("m", "advocate-status", "2025-05-11")

    agree("cannot_tell", "ADV-02", [considered, referred, misspelt])
    agree("met", "ADV-02", [considered, referred])


def test_null_row_waits_for_what_no_assessment_began_whatever_is_supplied() -> None:
    # Section 4: without an assessment the plan sets no limit, so that it falls after the death.
    plan = said("p", "plan_made", AT)
    death = said("d", "adult_died", AT)

    agree("not_applicable", "MCA-04", [plan, death], without=("capacity_assessed",))
    agree("cannot_tell", "MCA-04", [plan], without=("capacity_assessed",))


def test_day_on_which_only_doubtful_conversations_lie_is_no_day_before_a_death() -> None:
    # Section 11: it isn't known that the rule began to apply at all, so neither is its limit.
    first = said("t", "outcomes_conversation", AT)
    death = said("d", "adult_died", AT)
    certain = said("t", "outcomes_conversation", AT, asked="asked_expressed")

    agree("cannot_tell", "OUT-01", [first, death, first])
    agree("not_applicable", "OUT-01", [certain, death])


def test_misspelt_decision_may_have_been_urgent_at_the_moment_of_another() -> None:
    # Section 11, anchors: then the first of them would set a limit of its own.
    decided = said("s", "s42_decided", "2025-06-29", result="s42_enquiry")
    misspelt = said("m", "s4_decided", "2025-07-09")

    agree("cannot_tell", "PLAN-01", [decided, misspelt], subject="s")
    agree("not_met", "PLAN-01", [decided], subject="s")


def test_report_on_a_body_that_nobody_knows_covers_nothing_surely() -> None:
    # Section 11: either there is no report on this body or one that covers it: two doubts.
    carries = dict.fromkeys(
        ("carries_views", "carries_capacity_view", "carries_period", "carries_issues"), "yes"
    )
    caused = said("c", "enquiry_caused", "2025-04-22", **carries)
    unknown = said("r", "enquiry_reported", "2025-05-15", caused="nobody", outcomes_covered="yes")

    agree("cannot_tell", "PAR-01", [caused, unknown], subject="c")
    agree("met", "PAR-01", [caused], subject="c")


def test_misspelt_event_is_of_its_own_type_whatever_shares_its_id() -> None:
    # Section 9: it counts as one of the type that was meant, of which nothing is known.
    misspelt = said("e", "advocate_contributions", "2024-10-17")
    assessed = said("e", "capacity_assessed", "2024-09-30", conclusion="has_capacity")

    agree("not_applicable", "ASK-04", [misspelt, assessed])
    agree("cannot_tell", "ASK-04", [replace(misspelt, type="capacity_assesseds"), assessed])


def test_mismatch_that_is_sure_stays_one_where_no_concern_is_supplied() -> None:
    # Section 11: what is asked of every concern is unknown, and not what was reviewed too early.
    review = said("r", "outcome_reviewed", "2026-01-01", achieved="full")
    reason = said("e", "explanation", "2026-01-01", rule="DQ-01", code="other")

    agree("partly_met", "DQ-01", [review, reason], without=("concern_raised",))
    agree("not_met", "DQ-01", [review], without=("concern_raised",))


def test_one_report_may_be_that_of_either_body_where_it_does_not_say() -> None:
    # Section 11, `every`: of neither body is it sure that it has not reported.
    started = said("s", "enquiry_started", "2025-12-02")
    bodies = [said(name, "enquiry_caused", "2025-12-07") for name in ("a", "b")]
    report = said("r", "enquiry_reported", "2025-12-20")

    without = ("enquiry_reported.caused",)
    agree("cannot_tell", "DUR-01", [started, *bodies, report], without=without)
    agree("not_yet_due", "DUR-01", [started, *bodies, report])
    agree("not_yet_due", "DUR-01", [started, *bodies], without=without)


def test_limit_of_open_work_is_unknown_where_a_reopening_may_have_set_one() -> None:
    # Section 11, `earliest`: it may be the earliest, although here the other is earlier anyhow.
    started = said("s", "enquiry_started", "2025-12-18")
    reopened = said("e", "case_reopened", "2025-12-31")
    twin = said("e", "marac_considered", "2025-12-21")

    agree("cannot_tell", "INV-02", [started, reopened, twin])
    agree("not_yet_due", "INV-02", [started, twin])


def test_death_leaves_open_whether_a_rule_went_on_whose_beginning_has_no_day() -> None:
    # Section 3, row 2, above the evidence of row 3: OUT-01 may have begun after the death.
    outcome = said("o", "outcome_expressed", "2025-09-07", document="words")
    talk = said("t", "outcomes_conversation", "2025-09-08", asked="asked_expressed")
    death = said("d", "adult_died", "2025-10-21")
    impossible = said("u", "outcomes_conversation", "2062-01-05")

    agree("cannot_tell", "OUT-01", [outcome, talk, death, impossible])
    agree("met", "OUT-01", [outcome, talk, death])
    agree("met", "OUT-01", [outcome, talk, impossible])


def test_need_that_surely_ended_is_not_ended_again_by_what_has_no_day() -> None:
    # Section 11, anchors: each choice of the uncertain event leaves the same one.
    considered = said("c", "advocacy_considered", AT, conclusion="independent_advocate")
    instructed = said("s", "advocate_status", AT, state="instructed")
    undated = said("u", "advocate_status", "2026-02-30")

    agree("met", "ADV-02", [considered, instructed, undated])
    agree("cannot_tell", "ADV-02", [considered, undated])


def test_reason_goes_before_an_answer_of_which_it_is_unknown_what_it_followed() -> None:
    # Section 3, rows 7 and 8: which no is the newest is in doubt, and so is what came since.
    misspelt = said("m", "views_on_proceedings", "2025-12-29")
    refused = said("v", "views_on_proceeding", "2025-12-30", agree="no")
    closed = said("x", "case_closed", AT, reason="adult_request")
    concern = said("c", "concern_raised", AT, coercion_suspected="yes")
    decided = said("s", "s42_decided", AT, result="s42_enquiry")

    events = [refused, closed, concern, decided]
    agree("explained", "CON-03", [misspelt, *events])
    agree("met", "CON-03", events)
    # Its day may be any, so the days to answer run from one no or from the other (section 8).
    story = Story("C", (misspelt, *events))
    export = Export(AT, (story,), None)
    assert judge(export, story, export.day, only="CON-03")["CON-03", None].due == "?"


def test_reason_by_the_limit_counts_though_an_enquiry_began_after_it() -> None:
    # Section 3, row 4: the days to answer a no run before there is an enquiry to which it applies.
    events = [
        said("v", "views_on_proceeding", "2025-09-09", agree="no"),
        said("r", "risk_assessed", "2025-09-12", others_at_risk="yes"),
        said("s", "enquiry_started", "2025-09-26"),
        said("x", "case_closed", "2025-11-09", reason="adult_request"),
    ]

    agree("explained", "CON-03", events)
    agree("met_late", "CON-03", [events[0], *events[2:]])


def test_reports_of_the_day_on_which_an_enquiry_began_count_in_whatever_order() -> None:
    # Section 10, when an enquiry ends: as many reports as bodies, and one of them since the start.
    events = [
        said("b", "enquiry_caused", "2025-12-26"),
        said("c", "enquiry_caused", "2025-12-31"),
        said("q", "enquiry_reported", "2025-12-31T12:30:00"),
        said("s", "enquiry_started", "2025-12-31T18:15:00"),
    ]

    agree("met", "DUR-01", [*events, said("r", "enquiry_reported", "2025-12-31")])
    agree("not_yet_due", "DUR-01", [*events, said("r", "enquiry_reported", "2025-12-31T12:00:00")])


def test_report_before_a_reopening_ends_no_enquiry_whichever_bodies_were_asked() -> None:
    # Section 9, when an enquiry ends: no report counts, so it doesn't matter who else was asked.
    started = said("s", "enquiry_started", AT)
    reported = said("r", "enquiry_reported", AT)
    reopened = said("o", "case_reopened", AT)

    without = ("enquiry_caused",)
    agree("not_yet_due", "DUR-01", [started, reported, reopened], without=without)
    agree("cannot_tell", "DUR-01", [started, reported], without=without)


def test_days_to_answer_a_no_fall_after_a_death_whether_or_not_an_enquiry_began() -> None:
    # Section 4: the limit is known where it lies, though no decisions are supplied.
    refused = said("v", "views_on_proceeding", AT, agree="no")
    death = said("d", "adult_died", AT)

    agree("not_applicable", "CON-03", [refused, death], without=("s42_decided",))
    agree("cannot_tell", "CON-03", [refused], without=("s42_decided",))


def test_review_that_may_name_this_plan_or_none_is_no_sure_one() -> None:
    # Section 11: its own review, and one that names none, are two doubts.
    plan = said("p", "plan_made", AT)
    review = said("r", "plan_reviewed", AT)

    agree("cannot_tell", "PLAN-03", [plan, review], subject="p", without=("plan_reviewed.plan",))
    agree("met", "PLAN-03", [plan, review], subject="p")
