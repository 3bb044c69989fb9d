"""Build a netlist from arrays of nets: arrays in, arrays out, no object per cell.

The builder is an algebra over nets: it has the primitives that ``hard_*`` meanings of operations
are written in. With ``fold`` (the default) it never makes a cell for what a constant decides,
because the weights of a layer are constants [n, m]: a layer of 1000 x 1000 would otherwise be
millions of cells that the first pass throws away. Everything else is left to the passes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import prod

import numpy as np
from numpy.typing import ArrayLike, NDArray

from db2hdl_hw.netlist.column import Column
from db2hdl_hw.netlist.netlist import BIT, CONST0, CONST1, NO_NET, Netlist, Nets, Op, Port
from db2hdl_hw.netlist.verify import NetlistError, verify


def popcount_width(bits: int) -> int:
    """Return the width of the count of ``bits`` bits: ``max(1, bit_length(bits))``."""
    return max(1, bits.bit_length())


def index_width(words: int) -> int:
    """Return the width of an index into ``words`` words: ``max(1, ceil(log2(words)))``."""
    return max(1, (words - 1).bit_length())


class Builder:
    """Cells appended as blocks of arrays; nets are int32 arrays of any shape.

    Elementwise methods broadcast as NumPy does; reductions take [..., m] and give [...].

    Parameters
    ----------
    top : str
        The name of the circuit, an identifier.
    fold : bool
        Whether gates leave out what constants decide (popcount, argmax and lut never do).
    """

    def __init__(self, top: str, *, fold: bool = True) -> None:
        self._top = top
        self._fold = fold
        self._op = Column(np.uint8)
        self._width = Column(np.int32)
        self._param = Column(np.uint64)
        self._layer = Column(np.int32)
        self._place = Column(np.int32)
        self._arity = Column(np.int64)
        self._fanin = Column(np.int32)
        self._layers = [""]
        self._current = 0
        self._inputs: list[Port] = []
        self._outputs: dict[str, Nets] = {}
        self._probes: dict[str, Nets] = {}
        self._append(Op.CONST, 2, param=[0, 1])

    # The shape of the circuit: ports, layers, probes.

    def input_bits(self, port: str, n: int) -> Nets:
        """Return the nets [n] of a new input bus; index 0 is its least significant bit."""
        return self._input(Port(port, n), n)

    def input_word(self, port: str, width: int) -> Nets:
        """Return the net, of shape [], of a new input that is an unsigned integer."""
        return self._input(Port(port, width, is_word=True), 1, width).reshape(())

    def output(self, port: str, nets: ArrayLike) -> None:
        """Drive a new output port: a bus of bit nets, one word, or words side by side."""
        if port in self._outputs:
            raise NetlistError(f"output {port!r} is driven twice")
        self._outputs[port] = _nets(nets).reshape(-1).copy()

    @contextmanager
    def layer(self, name: str) -> Iterator[None]:
        """Open a new layer: the cells made in the block belong to it."""
        if self._current:
            raise NetlistError(f"layer {name!r} inside layer {self._layers[self._current]!r}")
        if name in self._layers:
            raise NetlistError(f"layer {name!r} was opened before")
        self._layers.append(name)
        self._current = len(self._layers) - 1
        try:
            yield
        finally:
            self._current = 0

    def mark(self, layer: str, nets: ArrayLike) -> None:
        """Record the output bits of a layer, in C order; bits it shares keep their first place."""
        if layer not in self._layers[1:]:
            raise NetlistError(f"mark of layer {layer!r}, which was never opened")
        flat = _nets(nets).reshape(-1).copy()
        self._probes[layer] = flat
        own = np.flatnonzero(self._layer.view[flat] == self._layers.index(layer))[::-1]
        self._place.view[flat[own]] = own  # of equal indices the last, which is the first bit

    def build(self) -> Netlist:
        """Return the netlist, verified.

        Raises
        ------
        NetlistError
            If a rule of the verifier is broken; it names the cell.
        """
        netlist = Netlist(
            top=self._top,
            op=self._op.view.copy(),
            width=self._width.view.copy(),
            param=self._param.view.copy(),
            layer=self._layer.view.copy(),
            place=self._place.view.copy(),
            fanin_start=np.concatenate([[0], np.cumsum(self._arity.view)]).astype(np.int64),
            fanin=self._fanin.view.copy(),
            layers=list(self._layers),
            inputs=list(self._inputs),
            outputs=dict(self._outputs),
            probes=dict(self._probes),
        )
        verify(netlist)
        return netlist

    # The algebra: elementwise.

    def const(self, values: ArrayLike) -> Nets:
        """Return the constant nets of booleans."""
        return np.asarray(values, dtype=np.bool_).astype(np.int32)

    def not_(self, a: ArrayLike) -> Nets:
        """Return the inverted bits."""
        nets = _nets(a)
        out = np.where(nets <= CONST1, 1 - nets, NO_NET) if self._fold else np.full_like(nets, -1)
        rest = out == NO_NET
        out[rest] = self._append(Op.NOT, int(rest.sum()), fanin=nets[rest], arity=1)
        return out

    def and_(self, a: ArrayLike, b: ArrayLike) -> Nets:
        """Return ``a and b``."""
        return self._binary(Op.AND, a, b)

    def or_(self, a: ArrayLike, b: ArrayLike) -> Nets:
        """Return ``a or b``."""
        return self._binary(Op.OR, a, b)

    def xor(self, a: ArrayLike, b: ArrayLike) -> Nets:
        """Return whether ``a`` and ``b`` differ."""
        return self._binary(Op.XOR, a, b)

    def compare(self, words: ArrayLike, thresholds: ArrayLike) -> Nets:
        """Return ``word >= threshold``, with thresholds 0..2**width.

        A bit net counts as a word of one bit: its thresholds 0, 1, 2 give 1, the bit, 0.
        """
        raw = np.asarray(thresholds)
        if raw.dtype.kind not in "biu" and raw.size:
            raise NetlistError(f"thresholds must be integers, not {raw.dtype}")
        nets, limit = np.broadcast_arrays(_nets(words), raw.astype(np.int64))
        width = self._width.view[nets]
        if ((limit < 0) | (limit > np.int64(1) << np.maximum(width, 1))).any():
            raise NetlistError("a threshold of compare is outside 0..2**width")
        out = np.where(limit == 0, CONST1, np.where(limit == 1, nets, CONST0)).astype(np.int32)
        word = width > BIT
        out[word] = self._append(
            Op.COMPARE, int(word.sum()), fanin=nets[word], arity=1, param=limit[word]
        )
        return out

    # The algebra: reductions of the last axis.

    def all_(self, a: ArrayLike) -> Nets:
        """Return whether all bits are 1; of none: 1."""
        return self._reduce(Op.AND, a, neutral=CONST1)

    def any_(self, a: ArrayLike) -> Nets:
        """Return whether any bit is 1; of none: 0."""
        return self._reduce(Op.OR, a, neutral=CONST0)

    def parity(self, a: ArrayLike) -> Nets:
        """Return whether the number of 1 bits is odd; of none: 0."""
        return self._reduce(Op.XOR, a, neutral=CONST0)

    def at_least(self, k: int, a: ArrayLike) -> Nets:
        """Return whether at least ``k`` bits are 1; ``k <= 0`` gives 1, ``k > m`` gives 0."""
        rows, shape = _rows(a)
        most = rows.shape[1]
        if (self._fold and not 0 < k <= most) or most == 0:
            return np.full(shape, CONST1 if k <= 0 else CONST0, dtype=np.int32)
        return self._block(Op.AT_LEAST, rows, param=min(max(k, 0), most + 1)).reshape(shape)

    def popcount(self, a: ArrayLike) -> Nets:
        """Return the number of 1 bits, a word of ``popcount_width(m)`` bits."""
        rows, shape = _rows(a)
        width = popcount_width(rows.shape[1])
        if rows.shape[1] == 0:
            return self._append(Op.CONST, len(rows), width=width).reshape(shape)
        return self._block(Op.POPCOUNT, rows, width=width).reshape(shape)

    def argmax(self, words: ArrayLike) -> Nets:
        """Return the index of the greatest word, the lowest on a tie: ``index_width(m)`` bits."""
        rows, shape = _rows(words)
        if rows.shape[1] == 0:
            raise NetlistError("argmax of no words")
        width = index_width(rows.shape[1])
        return self._block(Op.ARGMAX, rows, width=width).reshape(shape)

    def lut(self, table: ArrayLike, a: ArrayLike) -> Nets:
        """Return bit ``code`` of the table [...], where code is a[..., 0] + 2 a[..., 1] + …"""
        rows, shape = _rows(a)
        tables = np.broadcast_to(np.asarray(table, dtype=np.uint64), shape).reshape(-1)
        return self._block(Op.LUT, rows, param=tables).reshape(shape)

    def concat(self, parts: Sequence[ArrayLike]) -> Nets:
        """Return arrays of nets joined on the last axis."""
        return np.concatenate([_nets(part) for part in parts], axis=-1)

    # Cells.

    def _binary(self, op: Op, a: ArrayLike, b: ArrayLike) -> Nets:
        left, right = np.broadcast_arrays(_nets(a), _nets(b))
        out = np.full(left.shape, NO_NET, dtype=np.int32)
        if self._fold:
            neutral = CONST1 if op is Op.AND else CONST0
            other = 1 - neutral
            out = np.where(left == neutral, right, np.where(right == neutral, left, out))
            decided = (out == NO_NET) & ((left == other) | (right == other))
            if op is Op.XOR:
                out[decided] = self.not_(np.where(left == CONST1, right, left)[decided])
            else:
                out[decided] = other
        rest = out == NO_NET
        fanin = np.stack([left[rest], right[rest]], axis=-1).reshape(-1)
        out[rest] = self._append(op, int(rest.sum()), fanin=fanin, arity=2)
        return out

    def _reduce(self, op: Op, a: ArrayLike, neutral: int) -> Nets:
        rows, shape = _rows(a)
        keep = rows != neutral if self._fold else np.ones(rows.shape, dtype=np.bool_)
        arity = keep.sum(axis=1)
        out = np.full(len(rows), neutral, dtype=np.int32)
        live = arity > 0
        if self._fold and op is not Op.XOR:
            decided = (rows == 1 - neutral).any(axis=1)
            out[decided] = 1 - neutral
            live &= ~decided
        fanin = rows[live[:, None] & keep]
        out[live] = self._append(op, int(live.sum()), fanin=fanin, arity=arity[live])
        return out.reshape(shape)

    def _block(self, op: Op, rows: Nets, width: int = BIT, param: ArrayLike = 0) -> Nets:
        count, arity = rows.shape
        return self._append(op, count, fanin=rows, arity=arity, width=width, param=param)

    def _input(self, port: Port, count: int, width: int = BIT) -> Nets:
        if self._current:
            raise NetlistError(f"input {port.name!r} inside a layer")
        self._inputs.append(port)
        index = len(self._inputs) - 1
        param = np.uint64(index << 32) + np.arange(count, dtype=np.uint64)
        return self._append(Op.INPUT, count, width=width, param=param)

    def _append(
        self,
        op: Op,
        count: int,
        *,
        fanin: Nets | None = None,
        arity: int | NDArray[np.int64] = 0,
        width: int = BIT,
        param: ArrayLike = 0,
    ) -> Nets:
        """Append ``count`` cells of one operation and return their nets."""
        first = len(self._op)
        self._op.extend(int(op), count)
        self._width.extend(width, count)
        self._param.extend(param, count)
        self._layer.extend(self._current, count)
        self._place.extend(-1, count)
        self._arity.extend(arity, count)
        if fanin is not None:
            self._fanin.extend(fanin.reshape(-1), fanin.size)
        return np.arange(first, first + count, dtype=np.int32)


def _nets(a: ArrayLike) -> Nets:
    array = np.asarray(a)
    if array.dtype.kind not in "iu" and array.size:
        raise NetlistError(f"nets must be integers, not {array.dtype}; use const() for booleans")
    return array.astype(np.int32, copy=False)


def _rows(a: ArrayLike) -> tuple[Nets, tuple[int, ...]]:
    """Return nets [..., m] as [rows, m], and the shape [...]."""
    nets = _nets(a)
    if nets.ndim == 0:
        raise NetlistError("a reduction needs an axis to reduce")
    shape = nets.shape[:-1]
    return nets.reshape(prod(shape), nets.shape[-1]), shape
