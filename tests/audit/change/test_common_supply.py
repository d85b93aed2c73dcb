"""Two sides share what both supply; a case is restricted to it, and keeps all else."""

from __future__ import annotations

import pytest

from msp_rules.audit.change.common_supply import Restriction, joined, shared
from msp_rules.casework.case import Supply
from tests.builders.case import case_of

ALL = Supply()


def supply(*words: str) -> Supply:
    fields: dict[str, frozenset[str]] = {}
    for word in words:
        kind, _, name = word.partition(".")
        if name:
            fields[kind] = fields.get(kind, frozenset()) | {name}
    types = frozenset(word for word in words if "." not in word)
    return Supply(declared=True, types=types, fields=fields)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ((), ALL),
        ((supply("a"), ALL), ALL),
        ((supply("a.x"), supply("a.y")), supply("a.x", "a.y")),
        ((supply("a.x"), supply("a")), supply("a")),
        ((supply("a"), supply("b.x")), supply("a", "b.x")),
    ],
)
def test_a_side_supplies_what_any_of_its_files_does(
    parts: tuple[Supply, ...], expected: Supply
) -> None:
    assert joined(parts) == expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (ALL, ALL, ALL),
        (ALL, supply("a.x"), supply("a.x")),
        (supply("a", "b"), supply("b", "c"), supply("b")),
        (supply("a"), supply("a.x"), supply("a.x")),
        (supply("a.x", "a.y"), supply("a.y", "a.z"), supply("a.y")),
    ],
)
def test_both_supply_what_either_does_whole_or_in_part(
    one: Supply, other: Supply, expected: Supply
) -> None:
    assert shared(one, other) == expected
    assert shared(other, one) == expected


def test_types_that_share_no_field_are_supplied_without_any() -> None:
    found = shared(supply("a.x"), supply("a.y"))

    assert found.has_type("a")
    assert not found.has_field("a", "x")
    assert not found.has_field("a", "y")


def test_a_case_keeps_what_the_supply_has() -> None:
    case = case_of(
        ("concern_raised", {"id": "c", "occurred": "2026-01-05", "source": "police"}),
        (
            "contact_with_adult",
            {"id": "e", "occurred": "2026-01-06", "result": "spoke", "purpose": "views"},
        ),
        ("plan_made", {"id": "p", "occurred": "2026-01-07"}),
        supply=supply("concern_raised", "contact_with_adult", "plan_made"),
        attributes={"team": "north"},
    )

    found = Restriction(supply("concern_raised", "contact_with_adult.result")).of(case)

    assert [(one.id, one.fields) for one in found.events] == [
        ("c", {"source": "police"}),
        ("e", {"result": "spoke"}),
    ]
    assert found.supply == supply("concern_raised", "contact_with_adult.result")
    assert (found.id, found.attributes, found.adult) == (case.id, case.attributes, case.adult)
