"""The hard reference: what a hardened net computes, in plain NumPy, without torch.

This file is meant to be read in one sitting by whoever must trust a circuit. It evaluates layer
after layer on arrays of booleans and shares no code with the netlist, the gateware or the
formulas, so that it is an independent check of them. The first axis of every array is the row.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from db2hdl.features import Feature, encode_rows
from db2hdl_hw.errors import InputError

Bits = NDArray[np.bool_]
Codes = NDArray[np.int64]
Shape = tuple[int, ...]

INPUT = -1
"""The index by which a layer names the net's input codes."""


@dataclass(frozen=True)
class HardLayer:
    """One layer: what it computes, from which earlier layers, with which weights.

    Attributes
    ----------
    name : str
        Unique, a Verilog identifier; "encoder" for the first, then ``l<number>_<kind>``.
    kind : str
        A key of ``EVALUATE`` below, which says what it computes.
    inputs : tuple of int
        Indices of the layers it reads; ``INPUT`` is the net's input codes.
    params : mapping
        Small numbers: ``k`` of at_least, ``shape`` of reshape, ``classes`` of class_head.
    weights : mapping
        Booleans ``weight`` [n, m]; of the encoder, integers ``feature`` [m], ``threshold`` [m];
        of a lut, ``weight`` [n, 2**k] and integers ``wires`` [n, k]; of a select, integers
        ``index`` of any shape; of a threshold, integers ``k`` [n] besides ``weight``.
    """

    name: str
    kind: str
    inputs: tuple[int, ...]
    params: Mapping[str, Any] = field(default_factory=dict)
    weights: Mapping[str, NDArray[Any]] = field(default_factory=dict)


# What each kind of layer computes. Each function takes the layer and the arrays it reads.


def _encoder(layer: HardLayer, codes: Codes) -> Bits:
    """Bit j is: the code of feature[j] is at least threshold[j]."""
    return codes[:, layer.weights["feature"]] >= layer.weights["threshold"]


def _literals(layer: HardLayer, x: Bits) -> Bits:
    return np.concatenate([x, ~x], axis=-1)


def _not(layer: HardLayer, x: Bits) -> Bits:
    """A low weight inverts: not (w xor x), for each of n rows of weights."""
    return ~(layer.weights["weight"] ^ x[..., None, :])


def _implies(layer: HardLayer, x: Bits) -> Bits:
    return ~layer.weights["weight"] | x[..., None, :]


def _mask_to_false(layer: HardLayer, x: Bits) -> Bits:
    return layer.weights["weight"] & x[..., None, :]


def _and(layer: HardLayer, x: Bits) -> Bits:
    """Neuron i is the conjunction of the inputs whose weight is high; of none: true."""
    return np.stack([x[..., w].all(axis=-1) for w in layer.weights["weight"]], axis=-1)


def _or(layer: HardLayer, x: Bits) -> Bits:
    return np.stack([x[..., w].any(axis=-1) for w in layer.weights["weight"]], axis=-1)


def _xor(layer: HardLayer, x: Bits) -> Bits:
    sums = [x[..., w].sum(axis=-1) for w in layer.weights["weight"]]
    return np.asarray(np.stack(sums, axis=-1) % 2 == 1)


def _lut(layer: HardLayer, x: Bits) -> Bits:
    """Neuron i is the entry of its table at the number its wires spell, wire 0 the low bit."""
    table, wires = layer.weights["weight"], layer.weights["wires"]
    index = np.zeros((*x.shape[:-1], len(table)), np.int64)
    for j in range(wires.shape[1]):
        index += x[..., wires[:, j]].astype(np.int64) << j
    bits: Bits = table[np.arange(len(table)), index]
    return bits


def _select(layer: HardLayer, x: Bits) -> Bits:
    """Bit s is input index[s]; low where index[s] is -1."""
    index = layer.weights["index"]
    return x[..., index] & (index >= 0)


def _threshold(layer: HardLayer, x: Bits) -> Bits:
    """Neuron i is: at least k[i] of the inputs whose weight is high."""
    weight, k = layer.weights["weight"], layer.weights["k"]
    return np.stack([x[..., w].sum(axis=-1) >= n for w, n in zip(weight, k, strict=True)], axis=-1)


def _all_of(layer: HardLayer, x: Bits) -> Bits:
    return np.asarray(x.all(axis=-1))


def _any_of(layer: HardLayer, x: Bits) -> Bits:
    return np.asarray(x.any(axis=-1))


def _majority(layer: HardLayer, x: Bits) -> Bits:
    """More than half: at least floor(n/2) + 1 of n."""
    return np.asarray(x.sum(axis=-1) >= x.shape[-1] // 2 + 1)


def _at_least(layer: HardLayer, x: Bits) -> Bits:
    return np.asarray(x.sum(axis=-1) >= layer.params["k"])


def _count_hot(layer: HardLayer, x: Bits) -> Bits:
    """Only the bit whose index is the number of low bits is high."""
    low_bits = (~x).sum(axis=-1)
    return np.asarray(low_bits[..., None] == np.arange(x.shape[-1] + 1))


def _concat(layer: HardLayer, *xs: Bits) -> Bits:
    return np.concatenate(xs, axis=-1)


def _reshape(layer: HardLayer, x: Bits) -> Bits:
    return x.reshape(len(x), *layer.params["shape"])


def _class_head(layer: HardLayer, x: Bits) -> Bits:
    """The bits before counting, in contiguous equal groups; ``scores`` counts them."""
    return x


EVALUATE: Mapping[str, Any] = {
    "encoder": _encoder,
    "literals": _literals,
    "not": _not,
    "implies": _implies,
    "mask_to_false": _mask_to_false,
    "and": _and,
    "or": _or,
    "xor": _xor,
    "lut": _lut,
    "select": _select,
    "threshold": _threshold,
    "all_of": _all_of,
    "any_of": _any_of,
    "majority": _majority,
    "at_least": _at_least,
    "count_hot": _count_hot,
    "concat": _concat,
    "reshape": _reshape,
    "class_head": _class_head,
}


@dataclass(frozen=True)
class HardNet:
    """A boolean circuit in layers, with the meaning of its inputs and classes.

    ``classes`` is empty for a net without a class head: then it has bits but no scores.

    Raises
    ------
    InputError
        If the layers do not fit together; the message names the layer.
    """

    features: tuple[Feature, ...]
    layers_: tuple[HardLayer, ...]
    classes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        from db2hdl.hardshape import check

        check(self)

    @cached_property
    def shapes(self) -> tuple[Shape, ...]:
        """The shape of each layer's output, without the row axis."""
        from db2hdl.hardshape import infer_shapes

        return infer_shapes(self)

    def encode(self, rows: ArrayLike) -> Codes:
        """Return the integer codes [rows, features] of rows of real feature values.

        A boolean feature is its own code; a real one is
        ``clip(floor((value - offset) / scale + 1/2), 0, 2**bits - 1)``.

        Raises
        ------
        InputError
            On a wrong number of columns, NaN, or a value other than 0 and 1 in a boolean column.
        """
        return encode_rows(self.features, rows)

    def layers(self, codes: ArrayLike) -> list[tuple[str, Bits]]:
        """Return (name, boolean array) of every layer for input codes [rows, features]."""
        checked = self._check_codes(codes)
        values: list[Any] = []
        for layer in self.layers_:
            read = [checked if i == INPUT else values[i] for i in layer.inputs]
            values.append(EVALUATE[layer.kind](layer, *read))
        return [(layer.name, value) for layer, value in zip(self.layers_, values, strict=True)]

    def bits(self, codes: ArrayLike) -> Bits:
        """Return the output bits before counting, [rows, bits] in C order."""
        last = self.layers(codes)[-1][1]
        return last.reshape(len(last), math.prod(last.shape[1:]))

    def scores(self, codes: ArrayLike) -> NDArray[np.int64]:
        """Return the number of high bits in each class's group, [rows, classes]."""
        if not self.classes:
            raise InputError("this net has no class head, so it has bits but no scores")
        bits = self.bits(codes)
        groups = bits.reshape(len(bits), len(self.classes), bits.shape[1] // len(self.classes))
        return np.asarray(groups.sum(axis=-1, dtype=np.int64))

    def predict(self, codes: ArrayLike) -> NDArray[np.int64]:
        """Return the class index of each row: the greatest score, the lowest index on a tie."""
        return np.asarray(self.scores(codes).argmax(axis=-1))

    @property
    def class_index_width(self) -> int:
        """The width in bits of the class index: ``max(1, ceil(log2(classes)))``."""
        return max(1, (len(self.classes) - 1).bit_length())

    def _check_codes(self, codes: ArrayLike) -> Codes:
        array = np.asarray(codes)
        if array.ndim != 2 or array.shape[1] != len(self.features):
            raise InputError(
                f"codes must have the shape [rows, {len(self.features)}], not {list(array.shape)}"
            )
        if array.dtype.kind not in "biu":
            raise InputError(f"codes must be integers, not {array.dtype}; use encode() on rows")
        array = array.astype(np.int64)
        top = np.array([(1 << f.bits) - 1 for f in self.features])
        if ((array < 0) | (array > top)).any():
            row, column = np.argwhere((array < 0) | (array > top))[0]
            raise InputError(
                f"code {array[row, column]} of feature {self.features[column].name!r} in row {row} "
                f"is outside 0..{top[column]}"
            )
        return array


def bit_features(count: int) -> tuple[Feature, ...]:
    """Return ``count`` boolean features named x0, x1, …"""
    return tuple(Feature(f"x{i}") for i in range(count))


def feature_names(features: Sequence[Feature]) -> list[str]:
    """Return the names of features, in order."""
    return [feature.name for feature in features]
