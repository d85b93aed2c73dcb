"""A sample is the same on any machine, and a case more or less moves at most one pick."""

from __future__ import annotations

import hashlib
import random
from datetime import date

import pytest

from msp_rules.audit.case_file.draw import (
    Candidate,
    Replacement,
    Stratum,
    StratumKind,
    Wish,
    draw,
    window_of,
)
from msp_rules.errors import MspRulesError

COUNCIL, TRUST = "E10000016/council", "RWE/nhs_acute"


def cases(number: int, agency: str = COUNCIL, *, first: int = 1) -> list[Candidate]:
    return [
        Candidate(case=f"{agency}-{place}", agency=agency, team=f"team{place % 2}")
        for place in range(first, first + number)
    ]


def rank_by_hand(seed: str, case: str) -> str:
    """HMAC-SHA256 as RFC 2104 defines it, without the library that the draw uses."""
    key = seed.encode()
    if len(key) > 64:
        key = hashlib.sha256(key).digest()
    key = key.ljust(64, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in key) + case.encode()).digest()
    return hashlib.sha256(bytes(byte ^ 0x5C for byte in key) + inner).hexdigest()


@pytest.mark.parametrize("seed", ["2026-Q1", "Überprüfung", "s" * 100])
def test_the_draw_of_a_thousand_cases_equals_a_computation_written_apart(seed: str) -> None:
    population = cases(700) + cases(300, TRUST)
    random.Random(5).shuffle(population)

    found = draw(population, seed=seed, number=3)

    assert {one.name: one.drawn for one in found.strata} == {
        name: tuple(
            sorted(
                (one.case for one in population if one.agency == name),
                key=lambda case: rank_by_hand(seed, case),
            )[:3]
        )
        for name in (COUNCIL, TRUST)
    }


def test_the_order_of_the_cases_changes_nothing() -> None:
    population = cases(40) + cases(30, TRUST) + [Candidate(case=f"x{n}") for n in range(9)]
    shuffled = list(population)
    random.Random(7).shuffle(shuffled)

    assert draw(shuffled, seed="s", number=4) == draw(population, seed="s", number=4)


def test_one_case_more_changes_at_most_one_pick_of_its_stratum_and_none_of_others() -> None:
    population = cases(20) + cases(20, TRUST)
    before = {one.name: set(one.drawn) for one in draw(population, seed="s", number=3).strata}
    moved = set()
    for more in cases(60, first=1000):
        after = draw([*population, more], seed="s", number=3)
        picks = {one.name: set(one.drawn) for one in after.strata}
        moved.add(len(before[COUNCIL] - picks[COUNCIL]))
        assert picks[TRUST] == before[TRUST]
    assert moved == {0, 1}


@pytest.mark.parametrize(("number", "drawn"), [(1, 1), (3, 3), (4, 3)])
def test_a_small_stratum_gives_all_that_it_has(number: int, drawn: int) -> None:
    (stratum,) = draw(cases(number), seed="s", number=3).strata

    assert (stratum.population, len(stratum.drawn)) == (number, drawn)


def test_without_cases_there_is_no_stratum() -> None:
    found = draw([], seed="s", number=3)

    assert (found.strata, found.unplaceable) == ((), ())


@pytest.mark.parametrize(
    ("by", "names"),
    [
        (StratumKind.AGENCY, ["E10000016/council", "E10000017/council", "E10000017/nhs_acute"]),
        (
            StratumKind.TEAM,
            [
                "E10000016/council/team0",
                "E10000016/council/team1",
                "E10000017/council/team0",
                "E10000017/council/team1",
                "E10000017/nhs_acute/team0",
                "E10000017/nhs_acute/team1",
            ],
        ),
        (StratumKind.NONE, ["all"]),
    ],
)
def test_an_agency_is_an_organisation_and_its_kind(by: StratumKind, names: list[str]) -> None:
    population = [
        *cases(4),
        *cases(4, "E10000017/council"),
        *cases(4, "E10000017/nhs_acute"),
    ]

    assert [one.name for one in draw(population, seed="s", number=1, by=by).strata] == names


def test_cases_that_cannot_be_placed_are_listed_with_the_reason() -> None:
    found = draw(
        [
            Candidate(case="c", agency=COUNCIL),
            Candidate(case="b"),
            Candidate(case="a", agency=COUNCIL, team="north", doubt="the day can't be read"),
        ],
        seed="s",
        number=3,
        by=StratumKind.TEAM,
    )

    assert found.strata == ()
    assert [(one.case, one.reason) for one in found.unplaceable] == [
        ("a", "the day can't be read"),
        ("b", "the record does not say which agency held the case"),
        ("c", "the record does not name the team in one short word"),
    ]


def test_an_excluded_case_is_out_before_the_draw_and_stays_in_the_count() -> None:
    (plain,) = draw(cases(5), seed="s", number=3).strata
    first, *rest = plain.drawn
    ranked = draw(cases(5), seed="s", number=5).strata[0].drawn

    (stratum,) = draw(
        cases(5), seed="s", number=3, exclude=[Wish(case=first, reason="court case")]
    ).strata

    assert stratum == Stratum(
        name=COUNCIL,
        population=5,
        excluded=(Wish(case=first, reason="court case"),),
        drawn=(*rest, ranked[3]),
        replaced=(),
    )


def test_a_replaced_case_gives_way_to_the_next_in_order_until_there_is_none() -> None:
    ranked = draw(cases(4), seed="s", number=4).strata[0].drawn
    wishes = [Wish(case=ranked[0], reason="file lost"), Wish(case=ranked[3], reason="same worker")]

    (stratum,) = draw(cases(4), seed="s", number=3, replace=wishes).strata

    assert stratum.drawn == (ranked[1], ranked[2])
    assert stratum.replaced == (
        Replacement(case=ranked[0], by=ranked[3], reason="file lost"),
        Replacement(case=ranked[3], by=None, reason="same worker"),
    )


@pytest.mark.parametrize(
    ("wishes", "reason"),
    [
        ({"exclude": ["nobody"]}, "--exclude: not a case of the population: nobody"),
        ({"replace": ["nobody"]}, "--replace: not a case of the population: nobody"),
        ({"exclude": ["c", "c"]}, "--exclude: c is named twice"),
        ({"replace": ["last"]}, "--replace: not drawn, so there is nothing to replace: last"),
    ],
)
def test_a_wish_that_changes_nothing_is_refused(wishes: dict[str, list[str]], reason: str) -> None:
    ranked = draw(cases(4), seed="s", number=4).strata[0].drawn
    real = {"c": ranked[0], "last": ranked[3]}
    given = {
        option: [Wish(case=real.get(name, name), reason="r") for name in names]
        for option, names in wishes.items()
    }

    with pytest.raises(MspRulesError) as refused:
        draw(cases(4), seed="s", number=3, **given)

    assert str(refused.value) == reason.replace(": c ", f": {ranked[0]} ").replace(
        ": last", f": {ranked[3]}"
    )


@pytest.mark.parametrize(
    ("as_of", "months", "first"),
    [
        (date(2026, 5, 31), 3, date(2026, 2, 28)),
        (date(2024, 5, 31), 3, date(2024, 2, 29)),
        (date(2024, 2, 29), 12, date(2023, 2, 28)),
        (date(2024, 2, 29), 3, date(2023, 11, 29)),
        (date(2026, 3, 31), 1, date(2026, 2, 28)),
        (date(2026, 1, 15), 1, date(2025, 12, 15)),
        (date(2026, 12, 31), 12, date(2025, 12, 31)),
    ],
)
def test_the_window_ends_and_begins_on_the_same_day_of_the_month_or_its_last(
    as_of: date, months: int, first: date
) -> None:
    assert window_of(as_of, months) == (first, as_of)
