"""The tables of the national return, counted by hand from twenty cases."""

from __future__ import annotations

import pytest

from msp_rules.audit.national_return.cells import cells_of, shown_cells
from msp_rules.audit.national_return.counting import ReturnCounts, year_named
from msp_rules.audit.national_return.labels import TABLES
from msp_rules.audit.national_return.validations import CheckResult, validations_of
from msp_rules.casework.case import UNKNOWN_EVENTS
from msp_rules.casework.visibility import in_force
from tests.audit.national_return.made_up import (
    AS_OF,
    CASES,
    NOBODY,
    YEAR,
    case,
    concern,
    concluded,
    started,
)


@pytest.fixture(scope="module")
def counts() -> ReturnCounts:
    assert YEAR is not None
    found = ReturnCounts(YEAR)
    for one in CASES:
        found.add(in_force(one, AS_OF))
    return found


def table(counts: ReturnCounts, number: str) -> dict[tuple[str, ...], int]:
    """The counts of a table that are not nought, by row, kind and column."""
    cells = counts.cells + counts.people_cells()
    found = {one: cells[one] for one in cells_of(number, cells)}
    return {tuple(part for part in one[1:] if part): count for one, count in found.items() if count}


def test_concerns_and_enquiries_begun(counts: ReturnCounts) -> None:
    # Concerns: C01, 02, 04, 06 to 13, 14 twice, 16 to 20; not 03 (March 2025), 05 (April 2026) and
    # 15 (none). 3 + 8 + 2 + 5 = 18.
    # Section 42, begun: C01, 06 to 13, the first of 14, 18 = 11. Other: C02, the second of 14, 20.
    assert table(counts, "SG1f") == {
        ("Total Number of Safeguarding Concerns",): 18,
        ("Section 42 Safeguarding Enquiries",): 11,
        ("Other Safeguarding Enquiries",): 3,
        ("Enquiries whose kind is not recorded",): 1,
    }


def test_people_are_counted_once_with_what_their_newest_record_says(counts: ReturnCounts) -> None:
    # With concerns: Ann (C01, 02), Ben (C04), and one person each for C06 to 14 (nine), 16 to 20
    # (five): 16. Begun, section 42: Ann, C06 to 14, C18 = 11. Other: Ann, C14, C20.
    # Ages of those with concerns: 75-84 Ann; 18-64 Ben, C14, C17; 95+ C08; 85-94 C11, C12;
    # 65-74 C13; not known C06, 07, 09, 10, 16, 18, 19, 20.
    assert table(counts, "SG1a") == {
        ("18-64", "concerns"): 3,
        ("18-64", "s42"): 1,
        ("18-64", "other"): 1,
        ("65-74", "concerns"): 1,
        ("65-74", "s42"): 1,
        ("75-84", "concerns"): 1,
        ("75-84", "s42"): 1,
        ("75-84", "other"): 1,
        ("85-94", "concerns"): 2,
        ("85-94", "s42"): 2,
        ("95+", "concerns"): 1,
        ("95+", "s42"): 1,
        ("Not Known", "concerns"): 8,
        ("Not Known", "s42"): 5,
        ("Not Known", "other"): 1,
        ("Not Known", "not_recorded"): 1,
    }
    assert table(counts, "SG1b") == {
        ("Male", "concerns"): 1,
        ("Female", "concerns"): 1,
        ("Female", "s42"): 1,
        ("Female", "other"): 1,
        ("Not Known", "concerns"): 14,
        ("Not Known", "s42"): 10,
        ("Not Known", "other"): 2,
        ("Not Known", "not_recorded"): 1,
    }
    assert table(counts, "SG1c") == {
        ("White", "concerns"): 1,
        ("White", "s42"): 1,
        ("White", "other"): 1,
        ("Black / African / Caribbean / Black British", "concerns"): 1,
        ("Refused", "concerns"): 1,
        ("Refused", "s42"): 1,
        ("Undeclared / Not Known", "concerns"): 13,
        ("Undeclared / Not Known", "s42"): 9,
        ("Undeclared / Not Known", "other"): 2,
        ("Undeclared / Not Known", "not_recorded"): 1,
    }


def test_a_person_counts_once_for_each_of_their_reasons(counts: ReturnCounts) -> None:
    assert table(counts, "SG1d") == {
        ("Physical Support", "concerns"): 1,
        ("Physical Support", "s42"): 1,
        ("Support with Memory and Cognition", "concerns"): 1,
        ("Support with Memory and Cognition", "other"): 1,
        ("Learning Disability Support", "concerns"): 1,
        ("Not Known", "concerns"): 14,
        ("Not Known", "s42"): 10,
        ("Not Known", "other"): 2,
        ("Not Known", "not_recorded"): 1,
    }


def test_types_and_places_of_risk_by_source(counts: ReturnCounts) -> None:
    # Concluded, section 42: C01, 03, 06, 08 to 13, the first of 14, 15 = 11; two of them (C01, 06)
    # say what the risk is. Other: C02 and the second of 14 (in a home, two sources), C20 (at home).
    known, paid = "Other - Known to individual", "Service Provider"
    unknown, none = "Other - Unknown to individual", "Not Recorded"
    assert table(counts, "SG2a") == {
        ("Physical Abuse", "s42", known): 2,
        ("Physical Abuse", "other", known): 1,
        ("Organisational Abuse", "other", paid): 2,
        ("Organisational Abuse", "other", unknown): 2,
        ("Neglect and Acts of Omission", "s42", known): 2,
        ("Neglect and Acts of Omission", "other", known): 1,
        (none, "s42", none): 9,
    }
    assert table(counts, "SG2b") == {
        ("Own Home", "s42", known): 2,
        ("Own Home", "other", known): 1,
        ("Care Home - Nursing", "other", paid): 2,
        ("Care Home - Nursing", "other", unknown): 2,
        (none, "s42", none): 9,
    }


def test_what_was_found_and_what_became_of_the_risk(counts: ReturnCounts) -> None:
    # Not recorded: C03 and C15 (section 42), C20 (other): no report.
    assert table(counts, "SG2c") == {
        ("Risk identified and action taken", "s42"): 2,
        ("Risk identified and no action taken", "s42"): 1,
        ("Risk Assessment inconclusive and action taken", "s42"): 1,
        ("Risk Assessment inconclusive and no action taken", "other"): 1,
        ("No risk identified and action taken", "s42"): 1,
        ("No risk identified and no action taken", "s42"): 2,
        ("No risk identified and no action taken", "other"): 1,
        ("Enquiry ceased at individual's request and no action taken", "s42"): 2,
        ("Not Recorded", "s42"): 2,
        ("Not Recorded", "other"): 1,
    }
    # Of the three with a risk: C01 reduced, C06 remained, C11 removed.
    assert table(counts, "SG2e") == {
        ("Risk reduced", "s42"): 1,
        ("Risk remained", "s42"): 1,
        ("Risk removed", "s42"): 1,
    }


def test_capacity_by_age(counts: ReturnCounts) -> None:
    # Yes: C01 (supported by family), C11 (by an advocate). No: C08, C13. Don't know: C09. Nothing:
    # C03, 06, 10, 12 (about money), 14, 15; other enquiries: C02, 14, 20.
    yes, supported = TABLES["SG3a"].rows[0], TABLES["SG3a"].rows[-1]
    no = "No, they did not lack capacity"
    assert table(counts, "SG3a") == {
        (yes, "s42", "75-84"): 1,
        (yes, "s42", "85-94"): 1,
        (yes, "s42", "Total"): 2,
        (no, "s42", "65-74"): 1,
        (no, "s42", "95+"): 1,
        (no, "s42", "Total"): 2,
        ("Don't know", "s42", "Not Known"): 1,
        ("Don't know", "s42", "Total"): 1,
        ("Not recorded", "s42", "18-64"): 2,
        ("Not recorded", "s42", "85-94"): 1,
        ("Not recorded", "s42", "Not Known"): 3,
        ("Not recorded", "s42", "Total"): 6,
        ("Not recorded", "other", "18-64"): 1,
        ("Not recorded", "other", "Not Known"): 2,
        ("Not recorded", "other", "Total"): 3,
        (supported, "s42", "75-84"): 1,
        (supported, "s42", "85-94"): 1,
        (supported, "s42", "Total"): 2,
    }


def test_whether_they_were_asked_and_how_far_it_was_achieved(counts: ReturnCounts) -> None:
    # Expressed: C01 fully, C11 partly (one of two), C12 without a result, C13 not (the newest).
    expressed, none = TABLES["SG4a"].rows[0], TABLES["SG4a"].rows[1]
    assert table(counts, "SG4a") == {
        (expressed, "s42", "65-74"): 1,
        (expressed, "s42", "75-84"): 1,
        (expressed, "s42", "85-94"): 2,
        (expressed, "s42", "Total"): 4,
        (none, "s42", "18-64"): 1,
        (none, "s42", "95+"): 1,
        (none, "s42", "Total"): 2,
        ("No", "s42", "Not Known"): 1,
        ("No", "s42", "Total"): 1,
        ("No", "other", "18-64"): 1,
        ("No", "other", "Total"): 1,
        ("Don't Know", "s42", "Not Known"): 1,
        ("Don't Know", "s42", "Total"): 1,
        ("Not Recorded", "s42", "18-64"): 1,
        ("Not Recorded", "s42", "Not Known"): 2,
        ("Not Recorded", "s42", "Total"): 3,
        ("Not Recorded", "other", "Not Known"): 2,
        ("Not Recorded", "other", "Total"): 2,
        ("Fully Achieved", "s42", "75-84"): 1,
        ("Fully Achieved", "s42", "Total"): 1,
        ("Partially Achieved", "s42", "85-94"): 1,
        ("Partially Achieved", "s42", "Total"): 1,
        ("Not Achieved", "s42", "65-74"): 1,
        ("Not Achieved", "s42", "Total"): 1,
        ("Outcomes expressed, result not recorded", "s42", "85-94"): 1,
        ("Outcomes expressed, result not recorded", "s42", "Total"): 1,
    }


def test_both_tables_of_answers_add_up_to_the_enquiries_concluded(counts: ReturnCounts) -> None:
    shown = shown_cells(counts.cells, None)

    assert len(counts.enquiries) == 14
    for number, rows in (("SG3a", TABLES["SG3a"].rows[:4]), ("SG4a", TABLES["SG4a"].rows[:5])):
        totals = [shown[number, row, kind, "Total"] for row in rows for kind in ("s42", "other")]
        assert sum(one for one in totals if isinstance(one, int)) == 14


def test_what_could_not_be_counted_is_named(counts: ReturnCounts) -> None:
    assert counts.not_counted == [("C19", "an entry can't be read whole: enquiry_started")]
    assert counts.decided_only == ["C17"]
    # C06 to 14 (nine), 15 counts as nobody (no concern, no start), 16 to 20 (five).
    assert counts.without_ref == 14


def test_an_entry_of_an_unknown_type_is_named() -> None:
    assert YEAR is not None
    found = ReturnCounts(YEAR)
    one = case("C", NOBODY, concern("2025-05-01"), unknown=frozenset({UNKNOWN_EVENTS}))

    found.add(in_force(one, AS_OF))

    reason = "an entry is of a type that nobody knows; it may be one that counts"
    assert found.not_counted == [("C", reason)]


def test_each_check_names_its_cases(counts: ReturnCounts) -> None:
    found = {one.id: one for one in validations_of(counts, None)}

    assert {name: one.cases for name, one in found.items()} == {
        "V1": ("C12",),
        "V2": ("C15",),
        "V3": ("C02", "C03", "C06", "C10", "C12", "C14", "C15", "C20"),
        "V4": ("C02", "C03", "C06", "C15", "C20"),
        "V5": ("C15",),
        "V6": ("C12",),
        "V7": ("C09",),
        "V8": (),
    }
    assert found["V8"].result is CheckResult.NOT_TRIED


@pytest.mark.parametrize(
    ("lacked", "did_not", "result"),
    [(3, 1, "holds"), (2, 2, "holds"), (1, 3, "to look at")],
)
def test_answers_that_changed_places_since_last_year_are_seen(
    lacked: int, did_not: int, result: str
) -> None:
    assert YEAR is not None
    found = ReturnCounts(YEAR)
    for name, code in (("A", "yes"), ("B", "yes"), ("C", "no")):
        one = case(name, NOBODY, concern("2025-05-01"), started("2025-05-02"))
        found.add(
            in_force(
                one._replace(events=(*one.events, concluded("2025-06-01", lacked_capacity=code))),
                AS_OF,
            )
        )
    rows = TABLES["SG3a"].rows

    checked = validations_of(found, {rows[0]: lacked, rows[1]: did_not})[-1]

    assert (checked.id, checked.result.value) == ("V8", result)


@pytest.mark.parametrize(
    "name", ["2025-27", "2025", "2025-2026", "25-26", "abcd-ef", "2025-26 ", "", "1899-00"]
)
def test_another_text_is_not_taken_for_a_year(name: str) -> None:
    assert year_named(name) is None


def test_a_year_may_cross_a_century() -> None:
    found = year_named("1999-00")

    assert found is not None
    assert found.last - found.first == 365  # 2000 has a 29 February
