"""The text form of a netlist, one cell a line, for tests and for eyes.

::

    netlist majority
    input x bits 3
    input age word 8
    layer l0_majority
    n0 - const(0)
    n1 - const(1)
    n2 - input(x[0])
    n3 - input(x[1])
    n4 - input(x[2])
    n5:8 - input(age)
    n6 l0_majority[0] at_least(2) n2 n3 n4
    n7 l0_majority compare(18) n5
    output y n6 n7
    probe l0_majority n6 .

A cell line is its net (with ``:width`` for a word), its layer (``-``: the inputs and constants)
with its place, its operation with its parameter, and its fan-ins. In a probe ``.`` stands for a
bit that is not in the netlist any more. Blank lines and lines that begin with ``#`` are skipped.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np

from db2hdl_hw.errors import InputError, unknown
from db2hdl_hw.netlist.netlist import BIT, NO_NET, Netlist, Nets, Op, Port
from db2hdl_hw.netlist.verify import NetlistError, verify

_NO_LAYER = "-"
_GONE = "."
_OPS = {op.name.lower(): op for op in Op}
_PARAMETER = (Op.CONST, Op.AT_LEAST, Op.COMPARE, Op.LUT)
_CELL = re.compile(
    r"n(?P<net>\d+)(:(?P<width>\d+))? (?P<layer>-|[A-Za-z_][\w$]*)(\[(?P<place>\d+)\])?"
    r" (?P<op>[a-z_]+)(\((?P<param>[^()]*)\))?(?P<fanin>( n\d+)*)",
    re.ASCII,
)


def to_text(netlist: Netlist) -> str:
    """Return the text form; ``from_text`` gives the same netlist back, array for array."""
    lines = [f"netlist {netlist.top}"]
    for port in netlist.inputs:
        lines.append(f"input {port.name} {'word' if port.is_word else 'bits'} {port.width}")
    lines += [f"layer {name}" for name in netlist.layers[1:]]
    lines += [_cell_line(netlist, cell) for cell in range(len(netlist))]
    lines += [_nets_line("output", name, nets) for name, nets in netlist.outputs.items()]
    lines += [_nets_line("probe", name, nets) for name, nets in netlist.probes.items()]
    return "\n".join(lines) + "\n"


def from_text(text: str) -> Netlist:
    """Return the netlist of a text form, verified.

    Raises
    ------
    InputError
        Names the line number, or the cell that breaks a rule of the verifier.
    """
    reader = _Reader()
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip() and not line.startswith("#"):
            try:
                reader.read(line.rstrip())
            except InputError as error:
                raise InputError(f"netlist text, line {number}: {error}") from error
    try:
        netlist = reader.finish()
        verify(netlist)
    except NetlistError as error:
        raise InputError(f"netlist text: {error}") from error
    return netlist


def _cell_line(netlist: Netlist, cell: int) -> str:
    op, width, place = Op(int(netlist.op[cell])), netlist.width[cell], netlist.place[cell]
    name = f"n{cell}" if width == BIT else f"n{cell}:{width}"
    layer = netlist.layers[netlist.layer[cell]] or _NO_LAYER
    where = layer if place < 0 else f"{layer}[{place}]"
    fanins = "".join(f" n{net}" for net in netlist.fanins(cell))
    return f"{name} {where} {op.name.lower()}{_param_text(netlist, cell, op)}{fanins}"


def _param_text(netlist: Netlist, cell: int, op: Op) -> str:
    param = int(netlist.param[cell])
    if op is Op.INPUT:
        port = netlist.inputs[param >> 32]
        return f"({port.name})" if port.is_word else f"({port.name}[{param & 0xFFFFFFFF}])"
    if op is Op.LUT:
        return f"({param:#x})"
    return f"({param})" if op in _PARAMETER else ""


def _nets_line(what: str, name: str, nets: Nets) -> str:
    shown = [f"n{net}" if net != NO_NET else _GONE for net in nets]
    return " ".join([what, name, *shown])


class _Reader:
    """The netlist read so far."""

    def __init__(self) -> None:
        self.top: str | None = None
        self.layers = [""]
        self.layer_index = {_NO_LAYER: 0}
        self.inputs: list[Port] = []
        self.port_index: dict[str, int] = {}
        self.cells: list[tuple[int, int, int, int, int]] = []
        self.arity: list[int] = [0]
        self.fanin: list[int] = []
        self.nets: dict[str, dict[str, Nets]] = {"output": {}, "probe": {}}

    def read(self, line: str) -> None:
        """Read one line; the first word says what it is."""
        if re.match(r"n\d", line):
            self._cell(line)
            return
        words = line.split(" ")
        readers: dict[str, Callable[[list[str]], None]] = {
            "netlist": self._netlist,
            "input": self._input,
            "layer": self._layer,
            "output": self._nets,
            "probe": self._nets,
        }
        if words[0] in readers:
            readers[words[0]](words)
        else:
            raise unknown("kind of line", words[0], readers)

    def finish(self) -> Netlist:
        """Return the netlist, not yet verified."""
        if self.top is None:
            raise NetlistError("the line 'netlist NAME' is missing")
        op, width, param, layer, place = zip(*self.cells, strict=True) if self.cells else [()] * 5
        return Netlist(
            top=self.top,
            op=np.array(op, dtype=np.uint8),
            width=np.array(width, dtype=np.int32),
            param=np.array(param, dtype=np.uint64),
            layer=np.array(layer, dtype=np.int32),
            place=np.array(place, dtype=np.int32),
            fanin_start=np.cumsum(self.arity, dtype=np.int64),
            fanin=np.array(self.fanin, dtype=np.int32),
            layers=self.layers,
            inputs=self.inputs,
            outputs=self.nets["output"],
            probes=self.nets["probe"],
        )

    def _netlist(self, words: list[str]) -> None:
        if len(words) != 2 or self.top is not None:
            raise InputError("write 'netlist NAME' once")
        self.top = words[1]

    def _input(self, words: list[str]) -> None:
        if len(words) != 4 or words[2] not in ("bits", "word") or not words[3].isdecimal():
            raise InputError("write 'input NAME bits WIDTH' or 'input NAME word WIDTH'")
        if words[1] in self.port_index:
            raise InputError(f"input {words[1]!r} is there twice")
        self.port_index[words[1]] = len(self.inputs)
        self.inputs.append(Port(words[1], _number(words[3]), is_word=words[2] == "word"))

    def _layer(self, words: list[str]) -> None:
        if len(words) != 2 or words[1] in self.layer_index:
            raise InputError("write 'layer NAME', each name once")
        self.layer_index[words[1]] = len(self.layers)
        self.layers.append(words[1])

    def _nets(self, words: list[str]) -> None:
        what, name, nets = words[0], words[1] if len(words) > 1 else "", words[2:]
        if not name or name in self.nets[what]:
            raise InputError(f"write '{what} NAME NETS', each name once")
        for net in nets:
            if not re.fullmatch(r"n\d+", net, re.ASCII) and (net != _GONE or what == "output"):
                raise InputError(f"{net!r} is not a net, such as n12")
        numbers = [NO_NET if net == _GONE else _number(net[1:]) for net in nets]
        self.nets[what][name] = np.array(numbers, dtype=np.int32)

    def _cell(self, line: str) -> None:
        match = _CELL.fullmatch(line)
        if match is None:
            raise InputError("write 'nNUMBER LAYER[PLACE] OPERATION(PARAMETER) FANINS'")
        if _number(match["net"]) != len(self.cells):
            raise InputError(f"expected cell n{len(self.cells)}, not n{match['net']}")
        if match["op"] not in _OPS:
            raise unknown("operation", match["op"], _OPS)
        if match["layer"] not in self.layer_index:
            raise unknown("layer", match["layer"], self.layers[1:])
        op = _OPS[match["op"]]
        width = BIT if match["width"] is None else _number(match["width"])
        place = -1 if match["place"] is None else _number(match["place"])
        layer = self.layer_index[match["layer"]]
        self.cells.append((op, width, self._param(op, match["param"]), layer, place))
        fanins = [_number(net[1:]) for net in match["fanin"].split()]
        self.arity.append(len(fanins))
        self.fanin += fanins

    def _param(self, op: Op, text: str | None) -> int:
        if op is Op.INPUT:
            return self._port_bit(text or "")
        if (text is None) == (op in _PARAMETER):
            raise InputError(f"{op.name.lower()} has {'a' if text is None else 'no'} parameter")
        if text is None:
            return 0
        if not re.fullmatch(r"\d+|0x[0-9a-f]+", text, re.ASCII):
            raise InputError(f"parameter {text!r} is not a number")
        return _number(text, below=1 << 64)

    def _port_bit(self, text: str) -> int:
        match = re.fullmatch(r"([\w$]+)(\[(\d+)\])?", text, re.ASCII)
        if match is None:
            raise InputError("write input(PORT[BIT]) or input(WORD)")
        if match[1] not in self.port_index:
            raise unknown("input port", match[1], self.port_index)
        index = self.port_index[match[1]]
        if self.inputs[index].is_word != (match[3] is None):
            raise InputError(f"input port {match[1]!r} is a {'word' if match[3] else 'bus'}")
        return index << 32 | _number(match[3] or "0")


def _number(text: str, below: int = 1 << 31) -> int:
    """Return a number of decimal digits or 0x and hexadecimal ones, unless it is too large."""
    number = int(text, 16 if text.startswith("0x") else 10) if len(text) <= 20 else below
    if number >= below:
        raise InputError(f"the number {text[:24]} is too large")
    return number
