"""The boards, and that what is written here of them is what amaranth-boards says."""

import pytest

from db2hdl_hw.boards.catalogue import BOARDS, find_board
from db2hdl_hw.boards.constraints import constraints
from db2hdl_hw.errors import InputError

PINS = {
    "icebreaker": ("35", "6", "9"),
    "ulx3s": ("G2", "M1", "L4"),
    "ulx3s-12f": ("G2", "M1", "L4"),
    "tang-nano-9k": ("52", "18", "17"),
    "arty-a7-35t": ("E3", "A9", "D10"),
}


@pytest.mark.parametrize("name", PINS)
def test_pins_are_those_of_the_schematics(name):
    pins = find_board(name).pins()
    assert tuple(pins[port].site for port in ("clk", "rx", "tx")) == PINS[name]


@pytest.mark.parametrize("board", BOARDS.values(), ids=lambda board: board.name)
def test_device_and_clock_are_those_of_amaranth_boards(board):
    from importlib import import_module

    module, class_ = board.platform
    platform = getattr(import_module(f"amaranth_boards.{module}"), class_)()
    assert platform.default_clk_constraint.frequency == board.clock_mhz * 1e6
    part = getattr(platform, "part", None) or platform.device
    assert board.device.lower().startswith(part.lower())


@pytest.mark.parametrize("name", ["Tang_Nano_9K", "ULX3S", "icebreaker"])
def test_case_and_underscores_do_not_matter(name):
    assert find_board(name).name in BOARDS


def test_an_unknown_board_suggests_the_nearest():
    with pytest.raises(InputError, match="did you mean 'icebreaker'"):
        find_board("icebraker")


def test_the_constraints_of_each_vendor():
    ice = constraints(find_board("icebreaker"), 1)
    assert ice == "set_io clk 35\nset_io -pullup yes rx 6\nset_io -pullup yes tx 9\n"
    assert 'LOCATE COMP "rx" SITE "M1";' in constraints(find_board("ulx3s"), 1)
    assert 'IO_LOC "clk" 52;' in constraints(find_board("tang-nano-9k"), 1)
    arty = constraints(find_board("arty-a7-35t"), 8)
    assert "PACKAGE_PIN A9 IOSTANDARD LVCMOS33 } [get_ports rx]" in arty
    assert "-period 10.000 [get_ports clk]" in arty
    assert "-divide_by 8 [get_pins shell_clock_reg/Q]" in arty
    assert "create_generated_clock" not in constraints(find_board("arty-a7-35t"), 1)
