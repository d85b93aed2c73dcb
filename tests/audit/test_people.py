"""The people whom cases are about: each once, in any order of counting, and no reference kept."""

import pytest

from msp_rules.audit import people as module
from msp_rules.audit.people import PeopleTally, mark_of, people_from
from msp_rules.reports.practice_labels import people_in_words


def counted(*references: str | None) -> PeopleTally:
    people = PeopleTally()
    for one in references:
        people.add(mark_of(one))
    return people


def test_a_person_with_two_cases_is_counted_once() -> None:
    assert counted("P-1", "P-2", "P-1") == PeopleTally(3, 2)


def test_a_case_without_a_reference_is_about_nobody_who_can_be_counted() -> None:
    assert counted("P-1", None, "") == PeopleTally(1, 1)
    assert mark_of(7) == mark_of(None) == -1


def test_parts_add_up_to_the_whole_in_either_order() -> None:
    first, second = counted("P-1", "P-2"), counted("P-2", "P-3", None)
    other = counted("P-2", "P-3", None)

    other.merge(counted("P-1", "P-2"))
    first.merge(second)

    assert first == other == PeopleTally(4, 3)


def test_a_checkpoint_takes_up_where_it_was() -> None:
    people = people_from(counted("P-1", "P-2").document())

    people.add(mark_of("P-2"))
    people.add(mark_of("P-3"))

    assert people == PeopleTally(4, 3)
    assert people_from(None) == PeopleTally(0, None)


def test_a_result_has_the_number_and_no_mark_of_anybody() -> None:
    number = counted("P-1", "P-2").number()

    assert number.document() == {"cases": 2, "distinct": 2, "marks": []}
    number.merge(counted("P-3"))
    assert number == PeopleTally(3, None)


@pytest.mark.parametrize(("most", "distinct"), [(1, None), (2, 2)])
def test_too_many_people_are_not_counted_and_take_no_memory(
    monkeypatch: pytest.MonkeyPatch, most: int, distinct: int | None
) -> None:
    monkeypatch.setattr(module, "MOST_PEOPLE", most)
    whole, part = counted("P-1", "P-2", "P-1"), counted("P-1")
    part.merge(counted("P-2", "P-1"))

    assert whole == part == PeopleTally(3, distinct)
    assert len(whole.document()["marks"]) == (distinct or 0)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("people", "said"),
    [
        (PeopleTally(3, 2), "about 2 people"),
        (PeopleTally(2, 1), "about 1 person in 2 of them; no reference of the adult in 1"),
        (PeopleTally(0, 0), "how many people that is can't be said: no adult has a reference"),
        (PeopleTally(3, None), "how many people that is was not counted; only up to 50000 are"),
    ],
)
def test_what_cannot_be_counted_is_said(people: PeopleTally, said: str) -> None:
    assert people_in_words(people, 3) == said
