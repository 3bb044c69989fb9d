"""The board's clock, or the fastest part of it that the net allows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db2hdl_hw.boards.catalogue import BOARDS, find_board
from db2hdl_hw.boards.clock import MARGIN, first_clock, slower_clock
from db2hdl_hw.errors import InputError

ICE = find_board("icebreaker")


def test_the_boards_own_clock_is_the_default():
    clock = first_clock(ICE, 115200, None)
    assert (clock.divider, clock.mhz, clock.divisor) == (1, 12.0, 104)


def test_without_place_and_route_a_careful_start():
    assert first_clock(find_board("arty-a7-35t"), 115200, None).mhz == 12.5


@given(st.sampled_from(sorted(BOARDS)), st.floats(0.05, 1.0))
def test_a_target_gets_the_slowest_clock_that_is_enough(name, share):
    board = BOARDS[name]
    clock = first_clock(board, 9600, share * board.clock_mhz)
    assert clock.mhz >= share * board.clock_mhz
    slower = board.clock_mhz / (clock.divider + 2 if clock.divider > 1 else 2)
    assert slower < share * board.clock_mhz
    assert clock.divider == 1 or clock.divider % 2 == 0


@given(st.floats(0.5, 30))
def test_a_slower_clock_keeps_a_margin_and_is_the_fastest_that_does(fmax):
    clock = slower_clock(ICE, 9600, fmax)
    assert clock.mhz <= MARGIN * fmax
    faster = {1: None, 2: 1}.get(clock.divider, clock.divider - 2)
    assert faster is None or ICE.clock_mhz / faster > MARGIN * fmax


@pytest.mark.parametrize("target", [0, -1, 12.1, float("nan")])
def test_clocks_that_the_board_has_not(target):
    with pytest.raises(InputError, match="clock of 12 MHz, which is divided but not multiplied"):
        first_clock(ICE, 115200, target)


@pytest.mark.parametrize("baud", [0, 4_000_000, 2_200_000])
def test_baud_rates_that_the_clock_cannot_make(baud):
    with pytest.raises(InputError, match=f"at {baud} baud with a clock of 12 MHz"):
        first_clock(ICE, baud, None)
