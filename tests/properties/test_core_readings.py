"""The rules that ship answer as an independent reading of them does, on random cases."""

from __future__ import annotations

import pytest

from tests.oracle.core.compare import compared
from tests.support import effort

pytestmark = pytest.mark.fuzz

PARTS = effort.of(2, thorough=20)
ROWS_OF_A_PART = effort.of(1_500, thorough=5_000)


@pytest.mark.parametrize("part", range(PARTS))
def test_core_rules_answer_as_the_readings_say(part: int) -> None:
    # By turns from sources that know all and make no mistake, and from none of these.
    tally = compared(ROWS_OF_A_PART, seed=41 + part, troubled=part % 2)

    assert tally.rows >= ROWS_OF_A_PART
    assert tally.told() == ""
