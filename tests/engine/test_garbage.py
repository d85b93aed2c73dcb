"""While cases are judged Python looks for garbage less often; afterwards as the host has set it."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from msp_rules.engine.garbage import NEW_OBJECTS, seldom_collected

USUAL = (700, 11, 12)


@pytest.fixture(autouse=True)
def set_by_host() -> Iterator[None]:
    before = gc.get_threshold()
    gc.set_threshold(*USUAL)
    yield
    gc.set_threshold(*before)


def test_the_first_inside_raises_the_threshold_and_the_last_puts_it_back() -> None:
    one, other = ExitStack(), ExitStack()

    one.enter_context(seldom_collected())
    other.enter_context(seldom_collected())
    one.close()
    assert gc.get_threshold() == (NEW_OBJECTS, 11, 12)
    other.close()

    assert gc.get_threshold() == USUAL


def test_it_is_put_back_where_the_work_fails() -> None:
    with pytest.raises(ZeroDivisionError), seldom_collected():
        _ = 1 / 0

    assert gc.get_threshold() == USUAL


@pytest.mark.parametrize("usual", [0, NEW_OBJECTS, 90_000])
def test_a_host_that_wants_fewer_collections_or_none_has_its_way(usual: int) -> None:
    gc.set_threshold(usual, 11, 12)

    with seldom_collected():
        assert gc.get_threshold() == (usual, 11, 12)

    assert gc.get_threshold() == (usual, 11, 12)


def test_what_the_host_sets_meanwhile_stays() -> None:
    with seldom_collected():
        gc.set_threshold(900, 8, 9)

    assert gc.get_threshold() == (900, 8, 9)
    with seldom_collected():
        assert gc.get_threshold() == (NEW_OBJECTS, 8, 9)
    assert gc.get_threshold() == (900, 8, 9)
