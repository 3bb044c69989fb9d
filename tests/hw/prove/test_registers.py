"""Registers of every kind: what comes out, and what is refused."""

import pytest

from db2hdl_hw.prove.cells import Cell, UnknownCellError
from db2hdl_hw.prove.graph import Graph
from db2hdl_hw.prove.registers import REGISTERS
from db2hdl_hw.prove.sums import Sums

GRAPH = Graph()
CLOCK, DATA, RESET = (GRAPH.input(name) for name in ("clk", "d", "r"))
PINS = {
    "$_SDFF_PP0_": ("C", "D", "R", 0),
    "$_SDFF_PP1_": ("C", "D", "R", 1),
    "SB_DFFSR": ("C", "D", "R", 0),
    "SB_DFFSS": ("C", "D", "S", 1),
    "FDRE": ("C", "D", "R", 0),
    "FDSE": ("C", "D", "S", 1),
    "DFFR": ("CLK", "D", "RESET", 0),
    "DFFS": ("CLK", "D", "SET", 1),
    "TRELLIS_FF": ("CLK", "DI", "LSR", 0),
}


def read(kind, ports, params=None):
    words = {port: [bit] for port, bit in ports.items()}
    return REGISTERS[kind](Cell(kind, Sums(GRAPH), words, params or {}), CLOCK)


@pytest.mark.parametrize("kind", PINS)
def test_a_reset_that_carries_data_forces_its_value(kind):
    clock, data, reset, value = PINS[kind]
    register = read(kind, {clock: CLOCK, data: DATA, reset: RESET})
    wanted = GRAPH.or_(DATA, RESET) if value else GRAPH.and_(DATA, RESET ^ 1)
    assert (register.outputs, register.delay) == ({"Q": [wanted]}, 1)
    assert register.data == (data, reset)


@pytest.mark.parametrize("kind", PINS)
def test_a_reset_that_is_low_does_nothing(kind):
    clock, data, reset, _ = PINS[kind]
    register = read(kind, {clock: CLOCK, data: DATA, reset: 0})
    assert (register.outputs, register.data) == ({"Q": [DATA]}, (data,))


def text(value):
    return int.from_bytes(value.encode(), "big")


def test_an_ecp5_register_that_is_set():
    ports = {"CLK": CLOCK, "DI": DATA, "LSR": RESET}
    params = {"REGSET": text("SET"), "SRMODE": text("LSR_OVER_CE"), "LSRMUX": text("LSR")}
    register = read("TRELLIS_FF", ports, params)
    assert register.outputs == {"Q": [GRAPH.or_(DATA, RESET)]}


@pytest.mark.parametrize(
    ("kind", "ports", "params", "says"),
    [
        ("FDRE", {"C": DATA, "D": DATA}, {}, "rising edge"),
        ("FDRE", {"C": CLOCK, "D": DATA}, {"IS_C_INVERTED": 1}, "inverted"),
        ("FDRE", {"C": CLOCK, "D": DATA, "CE": RESET}, {}, "not always high"),
        ("$dff", {"CLK": CLOCK, "D": DATA}, {"CLK_POLARITY": 0}, "rising edge"),
        ("$sdff", {"CLK": CLOCK, "D": DATA, "SRST": RESET}, {}, "not the reset port"),
        ("$sdff", {"CLK": CLOCK, "D": DATA, "SRST": 0}, {"SRST_POLARITY": 0}, "not the reset"),
        ("TRELLIS_FF", {"CLK": CLOCK, "DI": DATA, "LSR": RESET}, {"SRMODE": text("ASYNC")}, "asy"),
        ("TRELLIS_FF", {"CLK": CLOCK, "DI": DATA, "LSR": RESET}, {"LSRMUX": text("INV")}, "inver"),
        ("SRL16E", {"CLK": CLOCK, "D": DATA, "CE": RESET}, {}, "changing length"),
    ],
)
def test_other_modes_are_refused(kind, ports, params, says):
    if kind == "SRL16E":
        ports |= {f"A{i}": 0 for i in range(4)}
    with pytest.raises(UnknownCellError, match=says):
        read(kind, ports, params)


def test_a_shift_register_is_as_long_as_its_address_says():
    ports = {"CLK": CLOCK, "D": DATA, "CE": 1, "A0": 1, "A1": 0, "A2": 1, "A3": 0}
    assert read("SRL16E", ports).delay == 6
