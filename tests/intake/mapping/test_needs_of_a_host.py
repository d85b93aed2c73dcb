"""A host's wide report and its JSON are read whole, and alike: a test for each of its habits."""

from __future__ import annotations

from pathlib import Path

import pytest

from msp_rules.casework.case import Case, Event
from msp_rules.intake.mapping.decode import load_mapping
from msp_rules.intake.source import CaseSource, open_cases
from tests.support.host_forms import mapping_of, write_json, write_report

Read = tuple[dict[str, Case], CaseSource]


@pytest.fixture(scope="module", params=["csv", "json"])
def host(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Read:
    return read(tmp_path_factory.mktemp("host"), str(request.param))


def read(folder: Path, source: str) -> Read:
    (folder / "map.yaml").write_text(mapping_of(source), "utf-8")
    export = folder / ("report" if source == "csv" else "flows.json")
    if source == "csv":
        write_report(export)
    else:
        write_json(export)
    with open_cases(export, mapping=load_mapping(folder / "map.yaml")) as reader:
        return {case.id: case for case in reader}, reader


def event(host: Read, person: str, name: str) -> Event:
    return next(one for one in host[0][person].events if one.id == name)


def test_report_and_json_give_the_same_cases(tmp_path: Path) -> None:
    (by_csv, _), (by_json, _) = (read(tmp_path, source) for source in ("csv", "json"))

    def content(cases: dict[str, Case]) -> object:
        return {
            name: (sorted(e._replace(line=None) for e in case.events), case.supply, case.adult)
            for name, case in cases.items()
        }

    assert content(by_csv) == content(by_json)


def test_nothing_is_a_fault(host: Read) -> None:
    assert host[1].faults == []


def test_people_are_cases_though_nothing_has_one_row_a_person(host: Read) -> None:
    assert sorted(host[0]) == ["P1", "P2", "P3"]


def test_a_name_that_stands_twice_is_read(host: Read) -> None:
    views, closed = event(host, "P1", "w1-v"), event(host, "P1", "e1-z")

    assert views.moment is not None
    assert views.moment.date.isoformat() == "2026-01-05"
    assert closed.fields == {"risk_result": "reduced"}


def test_the_first_that_is_filled_counts_in_its_own_form_and_table(host: Read) -> None:
    undated, told, reached = (
        event(host, "P2", "w5-c"),
        event(host, "P1", "w3-c"),
        event(host, "P3", "e2-r"),
    )

    assert undated.moment is not None
    assert (undated.moment.date.isoformat(), undated.moment.is_date_only) == ("2026-01-08", False)
    assert (told.fields["source"], reached.fields["achieved"]) == ("public", "full")


def test_what_is_not_there_did_not_happen(host: Read) -> None:
    assert [one.id for one in host[0]["P2"].events] == ["w4-c", "w4-v", "w4-d", "w5-c", "w5-d"]


def test_lists_give_values_events_and_conditions(host: Read) -> None:
    wishes = [one.fields for one in host[0]["P1"].events if one.type == "plan_action"]

    assert event(host, "P1", "w1-c").fields["abuse_type"] == (
        "neglect_omission",
        "financial_material",
    )
    assert event(host, "P1", "w1-c").fields["others_at_risk"] == "yes"
    assert event(host, "P1", "w3-c").fields["others_at_risk"] == "no"
    assert wishes == [{"text": "ring"}, {"text": "visit"}]
    assert event(host, "P1", "e1-m").type == "marac_considered"


@pytest.mark.parametrize(("name", "paid"), [("w1-c", "yes"), ("w3-c", "no")])
def test_of_several_values_one_goes_first(host: Read, name: str, paid: str) -> None:
    assert event(host, "P1", name).fields["source_is_paid_or_volunteer"] == paid


@pytest.mark.parametrize(("name", "needs"), [("w1-d", "met"), ("w2-d", "not_met")])
def test_a_value_hangs_on_other_answers(host: Read, name: str, needs: str) -> None:
    assert event(host, "P1", name).fields["has_needs"] == needs


def test_a_later_form_replaces_an_earlier_one_and_takes_back_what_it_does_not_repeat(
    host: Read,
) -> None:
    found = {one.id: (one.supersedes, one.void) for one in host[0]["P1"].events}

    assert {name: found[name] for name in ("w1-c", "w2-c", "w2-v", "w2-d", "w1-o", "w3-c")} == {
        "w1-c": (None, None),
        "w2-c": ("w1-c", None),
        "w2-v": ("w1-v", None),
        "w2-d": ("w1-d", None),
        "w1-o": (None, "yes"),
        "w3-c": (None, None),
    }


def test_a_dropped_form_was_entered_in_error(host: Read) -> None:
    assert {one.id for one in host[0]["P2"].events if one.void == "yes"} == {"w4-c", "w4-v", "w4-d"}


@pytest.mark.parametrize(("person", "is_supplied"), [("P1", True), ("P2", False), ("P3", True)])
def test_a_type_is_promised_where_its_form_was_filled_in(
    host: Read, person: str, is_supplied: bool
) -> None:
    assert host[0][person].supply.has_type("outcomes_conversation") is is_supplied


def test_what_the_system_does_not_have_never_happens(host: Read) -> None:
    assert all(case.supply.has_type("case_reopened") for case in host[0].values())


def test_what_is_left_out_or_read_by_nothing_is_said(host: Read) -> None:
    left_out = "1 row is left out, as the mapping says"
    of_csv = {f"{left_out}: worry", "no entry of the mapping reads this table"}
    unread = ("resident", "revisions")
    of_json = {f"no entry of the mapping reads this part: {one}" for one in unread}

    said = {one.reason for one in host[1].warnings}

    assert said in (of_csv, of_json | {f"{left_out}: flow"})
