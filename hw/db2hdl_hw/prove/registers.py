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


def _register(
    clock: str, low: tuple[str, ...] = (), high: tuple[str, ...] = (), rising: str | None = None
) -> Reading:
    """Return a register D -> Q; resets must be known low, enables known high."""

    def meaning(cell: Cell, clock_literal: int) -> Register:
        if cell.bit(clock) != clock_literal or (rising and cell.params.get(rising, 1) != 1):
            raise UnknownCellError("a register is not on the rising edge of the clock port")
        for port in low:
            if cell.ports.get(port) and any(cell.ports[port]):
                raise UnknownCellError(f"the reset {port!r} of a register is not the reset port")
        for port in high:
            if cell.ports.get(port) and cell.ports[port] != [1]:
                raise UnknownCellError(f"the enable {port!r} of a register is not always high")
        return Register({"Q": list(cell.ports["D"])}, 1, ("D",))

    return meaning


def _trellis(cell: Cell, clock_literal: int) -> Register:
    """A register of ECP5: CE and LSR have settable meanings."""
    if cell.bit("CLK") != clock_literal or _text(cell, "CLKMUX", "CLK") != "CLK":
        raise UnknownCellError("a register is not on the rising edge of the clock port")
    if _text(cell, "CEMUX", "1") not in ("1", "CE") or cell.ports.get("CE", [1]) != [1]:
        raise UnknownCellError("a register may be disabled")
    if cell.bit("LSR") != (1 if _text(cell, "LSRMUX", "LSR") == "INV" else 0):
        raise UnknownCellError("the reset of a register is not the reset port")
    return Register({"Q": [cell.bit("DI")]}, 1, ("DI",))


def _text(cell: Cell, name: str, default: str) -> str:
    value = cell.params.get(name)
    if value is None:
        return default
    return value.to_bytes(8, "big").lstrip(b"\0").decode() if value > 1 else str(value)


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
    "$sdff": _register("CLK", low=("SRST",), rising="CLK_POLARITY"),
    "$_DFF_P_": _register("C"),
    "$_SDFF_PP0_": _register("C", low=("R",)),
    "SB_DFF": _register("C"),
    "SB_DFFSR": _register("C", low=("R",)),
    "FDRE": _register("C", low=("R", "IS_C_INVERTED"), high=("CE",)),
    "DFF": _register("CLK"),
    "DFFR": _register("CLK", low=("RESET",)),
    "TRELLIS_FF": _trellis,
    "SRL16E": _shift("CLK", "Q", ("A0", "A1", "A2", "A3")),
    "SRLC32E": _shift("CLK", "Q", ("A",)),
}
"""Meanings by cell type."""
