"""Primitives of iCE40, ECP5, Gowin and Xilinx 7 that a combinational core is mapped to.

The tests compare each with the vendor model that Yosys brings (``cells_sim.v``), for all inputs.
"""

from __future__ import annotations

from collections.abc import Mapping

from db2hdl_hw.prove.cells import Cell, Meaning, UnknownCellError
from db2hdl_hw.prove.circuit import Word
from db2hdl_hw.prove.graph import FALSE, TRUE, Graph


def _lut(output: str, table: str, ports: str) -> Meaning:
    """Return a look-up table; ``ports`` names its inputs, the low digit of the code first."""
    names = ports.split()

    def meaning(cell: Cell) -> Mapping[str, Word]:
        bits = [cell.bit(name) for name in names]
        return {output: [cell.graph.lut(cell.params.get(table, 0), bits)]}

    return meaning


def _majority(graph: Graph, a: int, b: int, c: int) -> int:
    return graph.or_(graph.and_(a, b), graph.and_(graph.or_(a, b), c))


def _ice40_carry(cell: Cell) -> Mapping[str, Word]:
    return {"CO": [_majority(cell.graph, cell.bit("I0"), cell.bit("I1"), cell.bit("CI"))]}


def _carry4(cell: Cell) -> Mapping[str, Word]:
    """Four places of a Xilinx carry chain: O = S xor carry in, carry out = S ? carry in : DI."""
    graph = cell.graph
    carry = graph.or_(cell.bit("CI"), cell.bit("CYINIT"))
    out: list[int] = []
    carries: list[int] = []
    for select, data in zip(cell.ports["S"], cell.ports["DI"], strict=True):
        out.append(graph.xor(select, carry))
        carry = graph.mux(select, carry, data)
        carries.append(carry)
    return {"O": out, "CO": carries}


def _ccu2c(cell: Cell) -> Mapping[str, Word]:
    """Two places of an ECP5 carry chain: a LUT4 and the LUT2 of its low half in each."""
    graph, carry = cell.graph, cell.bit("CIN")
    result: dict[str, Word] = {}
    for place in (0, 1):
        bits = [cell.bit(f"{name}{place}") for name in "ABCD"]
        table = cell.params.get(f"INIT{place}", 0)
        four, two = graph.lut(table, bits), graph.lut(table & 0xF, bits[:2])
        inject = cell.params.get(f"INJECT1_{place}", _YES) == _YES
        result[f"S{place}"] = [four if inject else graph.xor(four, carry)]
        carry = graph.mux(four, carry, FALSE if inject else two)
    result["COUT"] = [carry]
    return result


_YES = int.from_bytes(b"YES", "big")
"""The parameter "YES", as ``yosys_json`` reads texts."""


def _gowin_alu(cell: Cell) -> Mapping[str, Word]:
    """One place of a Gowin carry chain, in the modes that add and subtract."""
    graph, a, b, carry = cell.graph, cell.bit("I0"), cell.bit("I1"), cell.bit("CIN")
    mode = cell.params.get("ALU_MODE", 0)
    if mode == 2:  # add if I3, else subtract
        b = graph.xor(b, cell.bit("I3") ^ 1)
    elif mode in (1, 3):  # subtract; not equal
        b ^= 1
    elif mode != 0:
        raise UnknownCellError(f"ALU of mode {mode}")
    select = graph.xor(a, b)
    return {
        "SUM": [graph.xor(select, carry)],
        "COUT": [graph.mux(select, carry, TRUE if mode == 3 else a)],
    }


def _select(output: str, low: str, high: str, select: str) -> Meaning:
    def meaning(cell: Cell) -> Mapping[str, Word]:
        return {output: [cell.graph.mux(cell.bit(select), cell.bit(high), cell.bit(low))]}

    return meaning


def _luts(ports: str) -> Meaning:
    """Return a LUT of Xilinx (output O) or Gowin (output F)."""
    names = ports.split()

    def meaning(cell: Cell) -> Mapping[str, Word]:
        bits = [cell.bit(name) for name in names]
        value = [cell.graph.lut(cell.params.get("INIT", 0), bits)]
        return {"O": value, "F": value}

    return meaning


def _lut4(cell: Cell) -> Mapping[str, Word]:
    """Return the LUT4 of ECP5 (inputs A to D, output Z), Xilinx and Gowin, which share a name."""
    names = "ABCD" if "A" in cell.ports else ("I0", "I1", "I2", "I3")
    value = [cell.graph.lut(cell.params.get("INIT", 0), [cell.bit(name) for name in names])]
    return {"Z": value, "O": value, "F": value}


def _wire(source: str, output: str, flip: int = 0) -> Meaning:
    return lambda cell: {output: [cell.bit(source) ^ flip]}


def _constants(value: int) -> Meaning:
    """Return a source of a constant, whatever its vendor calls its output."""
    return lambda cell: {output: [value] for output in "YGPVZ"}


PRIMITIVES: Mapping[str, Meaning] = {
    "SB_LUT4": _lut("O", "LUT_INIT", "I0 I1 I2 I3"),
    "SB_CARRY": _ice40_carry,
    "LUT4": _lut4,
    "PFUMX": _select("Z", "BLUT", "ALUT", "C0"),
    "L6MUX21": _select("Z", "D0", "D1", "SD"),
    "CCU2C": _ccu2c,
    "LUT1": _luts("I0"),
    "LUT2": _luts("I0 I1"),
    "LUT3": _luts("I0 I1 I2"),
    "LUT5": _luts("I0 I1 I2 I3 I4"),
    "LUT6": _luts("I0 I1 I2 I3 I4 I5"),
    "INV": _wire("I", "O", flip=1),
    "MUXF7": _select("O", "I0", "I1", "S"),
    "MUXF8": _select("O", "I0", "I1", "S"),
    "MUXF9": _select("O", "I0", "I1", "S"),
    "CARRY4": _carry4,
    "MUX2_LUT5": _select("O", "I0", "I1", "S0"),
    "MUX2_LUT6": _select("O", "I0", "I1", "S0"),
    "MUX2_LUT7": _select("O", "I0", "I1", "S0"),
    "MUX2_LUT8": _select("O", "I0", "I1", "S0"),
    "ALU": _gowin_alu,
    "IBUF": _wire("I", "O"),
    "OBUF": _wire("I", "O"),
    "BUFG": _wire("I", "O"),
    "GND": _constants(0),
    "VCC": _constants(1),
    "VLO": _constants(0),
    "VHI": _constants(1),
}
"""Meanings by cell type."""
