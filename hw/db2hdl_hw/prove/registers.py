"""Registers of Yosys netlists and of vendors, as a pipeline without stalls uses them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from db2hdl_hw.prove.cells import Cell, UnknownCellError
from db2hdl_hw.prove.circuit import Word


@dataclass(frozen=True)
class Register:
    """What comes out, after how many cycles, and which ports the value comes from."""

    outputs: Mapping[str, Word]
    delay: int
    data: tuple[str, ...]


Reading = Callable[[Cell, int], Register]


_INVERTED = ("IS_C_INVERTED", "IS_D_INVERTED", "IS_R_INVERTED", "IS_S_INVERTED")
"""Parameters of Xilinx registers that must be 0."""


def _register(
    clock: str,
    low: tuple[str, ...] = (),
    high: tuple[str, ...] = (),
    rising: str | None = None,
    forced: int = 0,
) -> Reading:
    """Return a register D -> Q; synchronous resets force a value, enables must be known high.

    A reset that is not known low is data: synthesis makes one of a gate in front of a register.
    """

    def meaning(cell: Cell, clock_literal: int) -> Register:
        if cell.bit(clock) != clock_literal or (rising and cell.params.get(rising, 1) != 1):
            raise UnknownCellError("a register is not on the rising edge of the clock port")
        if any(cell.params.get(name, 0) for name in _INVERTED):
            raise UnknownCellError("a register has an inverted input")
        for port in high:
            if cell.ports.get(port) and cell.ports[port] != [1]:
                raise UnknownCellError(f"the enable {port!r} of a register is not always high")
        return _forced(cell, "D", [port for port in low if cell.bit(port)], forced)

    return meaning


def _forced(cell: Cell, data: str, resets: list[str], value: int) -> Register:
    """Return a register of the data, or of the value where a synchronous reset is high."""
    word, graph = list(cell.ports[data]), cell.graph
    for port in resets:
        reset = cell.bit(port)
        word = [graph.or_(b, reset) if value else graph.and_(b, reset ^ 1) for b in word]
    return Register({"Q": word}, 1, (data, *resets))


def _trellis(cell: Cell, clock_literal: int) -> Register:
    """A register of ECP5: CE and LSR have settable meanings."""
    if cell.bit("CLK") != clock_literal or _text(cell, "CLKMUX", "CLK") != "CLK":
        raise UnknownCellError("a register is not on the rising edge of the clock port")
    if _text(cell, "CEMUX", "1") not in ("1", "CE") or cell.ports.get("CE", [1]) != [1]:
        raise UnknownCellError("a register may be disabled")
    if _text(cell, "LSRMUX", "LSR") == "INV":
        if cell.bit("LSR") != 1:
            raise UnknownCellError("a register has an inverted reset")
        return _forced(cell, "DI", [], 0)
    resets = ["LSR"] if cell.bit("LSR") else []
    if resets and _text(cell, "SRMODE", "LSR_OVER_CE") != "LSR_OVER_CE":
        raise UnknownCellError("a register has an asynchronous reset")
    return _forced(cell, "DI", resets, int(_text(cell, "REGSET", "RESET") == "SET"))


def _sdff(cell: Cell, clock_literal: int) -> Register:
    """A register with a reset as Yosys writes it; here the reset is known inactive."""
    if cell.bit("SRST") or cell.params.get("SRST_POLARITY", 1) != 1:
        raise UnknownCellError("the reset of a register is not the reset port")
    return _register("CLK", rising="CLK_POLARITY")(cell, clock_literal)


def _text(cell: Cell, name: str, default: str) -> str:
    value = cell.params.get(name)
    if value is None:
        return default
    return value.to_bytes(-(-value.bit_length() // 8), "big").decode() if value > 1 else str(value)


def _shift(clock: str, output: str, address: tuple[str, ...]) -> Reading:
    """A shift register of known length, as Xilinx makes of registers in a row."""

    def meaning(cell: Cell, clock_literal: int) -> Register:
        bits = [bit for port in address for bit in cell.ports[port]]
        if cell.bit(clock) != clock_literal or cell.params.get("IS_CLK_INVERTED", 0):
            raise UnknownCellError("a shift register is not on the rising edge of the clock port")
        if cell.ports.get("CE", [1]) != [1] or any(bit > 1 for bit in bits):
            raise UnknownCellError("a shift register of changing length")
        length = 1 + sum(bit << place for place, bit in enumerate(bits))
        return Register({output: [cell.bit("D")]}, length, ("D",))

    return meaning


REGISTERS: Mapping[str, Reading] = {
    "$dff": _register("CLK", rising="CLK_POLARITY"),
    "$sdff": _sdff,
    "$_DFF_P_": _register("C"),
    "$_SDFF_PP0_": _register("C", low=("R",)),
    "$_SDFF_PP1_": _register("C", low=("R",), forced=1),
    "SB_DFF": _register("C"),
    "SB_DFFSR": _register("C", low=("R",)),
    "SB_DFFSS": _register("C", low=("S",), forced=1),
    "FDRE": _register("C", low=("R",), high=("CE",)),
    "FDSE": _register("C", low=("S",), high=("CE",), forced=1),
    "DFF": _register("CLK"),
    "DFFR": _register("CLK", low=("RESET",)),
    "DFFS": _register("CLK", low=("SET",), forced=1),
    "TRELLIS_FF": _trellis,
    "SRL16E": _shift("CLK", "Q", ("A0", "A1", "A2", "A3")),
    "SRLC32E": _shift("CLK", "Q", ("A",)),
}
"""Meanings by cell type."""
