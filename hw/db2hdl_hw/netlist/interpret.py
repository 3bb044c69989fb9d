"""Evaluate a netlist on many samples: 64 samples a word, level by level, whole arrays at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from db2hdl_hw.errors import InputError, unknown
from db2hdl_hw.netlist.netlist import BIT, CONST0, NO_NET, Netlist, Nets, Op, Port
from db2hdl_hw.netlist.planes import Plane, pack, unpack
from db2hdl_hw.netlist.rows import Index
from db2hdl_hw.netlist.steps import Step, plan

Values = dict[str, NDArray[Any]]
Probes = dict[str, "np.ma.MaskedArray[Any, np.dtype[np.bool_]]"]

_TABLE_WORDS = 1 << 25  # words of 8 bytes for the values of all nets at once: 256 MB


def evaluate(netlist: Netlist, inputs: Mapping[str, NDArray[Any]]) -> Values:
    """Return the value of every output port for samples of every input port.

    Parameters
    ----------
    netlist : Netlist
        A verified netlist.
    inputs : mapping of port name to array
        For a bus booleans [rows, width]; for a word port integers [rows] in 0..2**width - 1.

    Returns
    -------
    dict of port name to array
        For a bus booleans [rows, bits]; for one word int64 [rows]; for several words int64
        [rows, words].

    Raises
    ------
    InputError
        If a port is missing or unknown, or its array has the wrong shape, type or range.
    """
    return Interpreter(netlist).outputs(inputs)


def evaluate_probes(netlist: Netlist, inputs: Mapping[str, NDArray[Any]]) -> Probes:
    """Return the bits of every probed layer, masked booleans [rows, bits]: see ``evaluate``.

    A bit is masked when it is not in the netlist any more.
    """
    return Interpreter(netlist).probes(inputs)


class Interpreter:
    """A netlist made ready to be evaluated more than once.

    The values of all nets are rows of one table of uint64 [planes, words]: a bit has one plane,
    a word has ``width`` planes, the least significant first.
    """

    def __init__(self, netlist: Netlist) -> None:
        self._netlist = netlist
        count = np.maximum(netlist.width, 1).astype(np.int64)
        self._plane: Index = np.cumsum(count) - count
        self._planes = int(count.sum())
        self._steps: list[Step] = plan(netlist, self._plane)

    def outputs(self, inputs: Mapping[str, NDArray[Any]]) -> Values:
        """Return the value of every output port: see ``evaluate``."""
        ports = self._netlist.outputs
        parts = [[self._read(t, n, nets) for nets in ports.values()] for t, n in self._run(inputs)]
        return dict(zip(ports, map(np.concatenate, zip(*parts, strict=True)), strict=True))

    def probes(self, inputs: Mapping[str, NDArray[Any]]) -> Probes:
        """Return the bits of every probed layer: see ``evaluate_probes``."""
        probes = self._netlist.probes
        parts = [
            [self._probe(t, n, nets) for nets in probes.values()] for t, n in self._run(inputs)
        ]
        return dict(zip(probes, map(np.ma.concatenate, zip(*parts, strict=True)), strict=True))

    def _run(self, inputs: Mapping[str, NDArray[Any]]) -> Iterator[tuple[Plane, int]]:
        """Yield (table, samples) for parts of the rows that fit in memory."""
        rows = check_inputs(self._netlist.inputs, inputs)
        packed = [_pack_port(port, inputs[port.name]) for port in self._netlist.inputs]
        words = -(-rows // 64)
        part = max(1, min(words, _TABLE_WORDS // self._planes))
        for first in range(0, max(words, 1), part):
            here = min(part, words - first)
            table = np.zeros((self._planes, here), dtype=np.uint64)
            self._load(table, [port[:, first : first + here] for port in packed])
            for step in self._steps:
                step.run(table)
            yield table, min(rows - first * 64, here * 64)

    def _load(self, table: Plane, packed: list[Plane]) -> None:
        netlist = self._netlist
        for net in np.flatnonzero(netlist.op == Op.CONST):
            for digit in range(max(1, int(netlist.width[net]))):
                if int(netlist.param[net]) >> digit & 1:
                    table[self._plane[net] + digit] = np.uint64(0xFFFFFFFFFFFFFFFF)
        cells = np.flatnonzero(netlist.op == Op.INPUT)
        ports = netlist.param[cells] >> np.uint64(32)
        for number, values in enumerate(packed):
            mine = cells[ports == number]
            bit = (netlist.param[mine] & np.uint64(0xFFFFFFFF)).astype(np.int64)
            if netlist.inputs[number].is_word:
                for net in mine:
                    table[self._plane[net] : self._plane[net] + len(values)] = values
            else:
                table[self._plane[mine]] = values[bit]

    def _read(self, table: Plane, samples: int, nets: Nets) -> NDArray[Any]:
        widths = self._netlist.width[nets]
        if widths[0] == BIT:
            return unpack(table[self._plane[nets]], samples).T
        numbers = np.zeros((samples, len(nets)), dtype=np.int64)
        for column, (net, width) in enumerate(zip(nets, widths, strict=True)):
            first = self._plane[net]
            for digit, plane in enumerate(unpack(table[first : first + width], samples)):
                numbers[:, column] |= plane.astype(np.int64) << digit
        return numbers[:, 0] if len(nets) == 1 else numbers

    def _probe(self, table: Plane, samples: int, nets: Nets) -> NDArray[Any]:
        gone = nets == NO_NET
        bits = unpack(table[self._plane[np.where(gone, CONST0, nets)]], samples).T
        return np.ma.MaskedArray(bits, mask=np.broadcast_to(gone, bits.shape))


def check_inputs(ports: list[Port], inputs: Mapping[str, NDArray[Any]]) -> int:
    """Return the number of rows of well-formed inputs; without ports, one row.

    Raises
    ------
    InputError
        Names the port and what is wrong with its array.
    """
    names = [port.name for port in ports]
    for name in inputs:
        if name not in names:
            raise unknown("input port", name, names)
    rows = 1
    for number, port in enumerate(ports):
        if port.name not in inputs:
            raise InputError(f"input port {port.name!r} has no values")
        array = inputs[port.name]
        shape = "[rows]" if port.is_word else f"[rows, {port.width}]"
        if array.ndim != (1 if port.is_word else 2) or array.shape[1:] not in ((), (port.width,)):
            raise InputError(f"input {port.name!r} must be {shape}, not {list(array.shape)}")
        if number and len(array) != rows:
            raise InputError(f"input {port.name!r} has {len(array)} rows, others have {rows}")
        rows = len(array)
        kind = "iu" if port.is_word else "b"
        if array.dtype.kind not in kind:
            wanted = "integers" if port.is_word else "booleans"
            raise InputError(f"input {port.name!r} must be {wanted}, not {array.dtype}")
        if port.is_word and ((array < 0) | (array > (1 << port.width) - 1)).any():
            raise InputError(f"input {port.name!r} has values outside 0..{(1 << port.width) - 1}")
    return rows


def _pack_port(port: Port, values: NDArray[Any]) -> Plane:
    """Return the planes [width, words] of one input port."""
    if not port.is_word:
        return pack(values.T)
    digits = np.arange(port.width, dtype=np.int64)[:, None]
    return pack((values.astype(np.int64) >> digits & 1).astype(np.bool_))
