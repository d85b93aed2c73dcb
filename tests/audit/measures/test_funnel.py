"""The limits of funnel plots: exact, symmetrical, and narrower for larger groups."""

from __future__ import annotations

from math import comb

import pytest

from msp_rules.audit.measures.funnel import funnel_limits


def chance_up_to(count: int, size: int, share: float) -> float:
    return sum(comb(size, at) * share**at * (1 - share) ** (size - at) for at in range(count + 1))


@pytest.mark.parametrize("share", [0.05, 0.3, 0.5, 0.9])
@pytest.mark.parametrize("size", [1, 7, 10, 40, 200])
def test_a_share_lies_outside_just_where_chance_alone_would_rarely_give_it(
    share: float, size: int
) -> None:
    limits = funnel_limits(share, size)

    for count in range(size + 1):
        below, above = (
            chance_up_to(count, size, share),
            chance_up_to(size - count, size, 1 - share),
        )
        if min(abs(one - tail) for one in (below, above) for tail in (0.025, 0.001)) < 1e-9:
            continue
        expected = "within"
        for tail, name in ((0.025, "95 %"), (0.001, "99.8 %")):
            expected = f"below {name}" if below < tail else expected
            expected = f"above {name}" if above < tail else expected
        assert limits.position(count / size) == expected, count


def test_limits_of_a_large_group_are_those_of_the_normal_distribution() -> None:
    limits = funnel_limits(0.3, 40_000)
    deviation = (0.3 * 0.7 / 40_000) ** 0.5

    assert limits.low_95 == pytest.approx(0.3 - 1.96 * deviation, abs=5e-5)
    assert limits.high_998 == pytest.approx(0.3 + 3.09 * deviation, abs=5e-5)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_where_all_or_none_count_no_group_lies_outside(share: float) -> None:
    assert funnel_limits(share, 12).position(share) == "within"


@pytest.mark.parametrize(("share", "size"), [(-0.1, 5), (1.1, 5), (0.5, 0)])
def test_there_is_no_funnel_around_no_share_or_for_nobody(share: float, size: int) -> None:
    with pytest.raises(ValueError, match="no funnel"):
        funnel_limits(share, size)
