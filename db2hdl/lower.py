"""HardNet -> netlist: every layer is its ``hard_*`` operation over the netlist builder.

The names of cells and probes are those of the hard net's layers; a class head becomes the layers
``count`` (one population count per class) and ``argmax`` (ties to the lowest index).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from db2hdl import ops
from db2hdl.hardnet import INPUT, HardLayer, HardNet
from db2hdl_hw.emit.names import check_top, mangle
from db2hdl_hw.errors import InputError
from db2hdl_hw.netlist.builder import Builder
from db2hdl_hw.netlist.netlist import Netlist

Nets = NDArray[np.int32]
Lower = Callable[..., Nets]


def _weighted(operation: Callable[..., Any]) -> Lower:
    def lower(alg: Builder, layer: HardLayer, x: Nets) -> Nets:
        w = alg.const(layer.weights["weight"])
        return np.asarray(operation(alg, w, x[..., None, :]))

    return lower


def _neurons(operation: Callable[..., Any]) -> Lower:
    def lower(alg: Builder, layer: HardLayer, x: Nets) -> Nets:
        return np.asarray(operation(alg, alg.const(layer.weights["weight"]), x))

    return lower


def _unweighted(operation: Callable[..., Any]) -> Lower:
    return lambda alg, layer, x: np.asarray(operation(alg, x))


def _encoder(alg: Builder, layer: HardLayer, codes: Nets) -> Nets:
    read = codes[layer.weights["feature"]]
    return np.asarray(ops.hard_real_encoder(alg, read, layer.weights["threshold"]))


def _lut(alg: Builder, layer: HardLayer, x: Nets) -> Nets:
    read = x[..., layer.weights["wires"]]
    return np.asarray(ops.hard_lut(alg, layer.weights["weight"], read))


def _select(alg: Builder, layer: HardLayer, x: Nets) -> Nets:
    return np.asarray(ops.hard_wires(alg, layer.weights["index"], x))


def _threshold(alg: Builder, layer: HardLayer, x: Nets) -> Nets:
    w = alg.const(layer.weights["weight"])
    return np.asarray(ops.hard_threshold(alg, layer.weights["k"], w, x))


LOWER: Mapping[str, Lower] = {
    "encoder": _encoder,
    "literals": _unweighted(ops.hard_literals),
    "not": _weighted(ops.hard_not),
    "implies": _weighted(ops.hard_implies),
    "mask_to_false": _weighted(ops.hard_mask_to_false),
    "and": _neurons(ops.hard_and_neuron),
    "or": _neurons(ops.hard_or_neuron),
    "xor": _neurons(ops.hard_xor_neuron),
    "lut": _lut,
    "select": _select,
    "threshold": _threshold,
    "all_of": _unweighted(ops.hard_all_of),
    "any_of": _unweighted(ops.hard_any_of),
    "majority": _unweighted(ops.hard_majority),
    "at_least": lambda alg, layer, x: np.asarray(ops.hard_at_least(alg, layer.params["k"], x)),
    "count_hot": _unweighted(ops.hard_count_hot),
    "concat": lambda alg, layer, *xs: np.concatenate(xs, axis=-1),
    "reshape": lambda alg, layer, x: x.reshape(layer.params["shape"]),
    "class_head": lambda alg, layer, x: x,
}


PORTS = ("x", "y", "class_index", "class_bits", "scores")
"""Ports that a core may have beside those named after real features."""


def lower(
    hard: HardNet, *, top: str = "top", class_bits: bool = False, scores: bool = False
) -> Netlist:
    """Return the netlist of a hard net, straightforward and not yet optimised.

    Ports: all boolean features are the bus ``x`` (the first is the least significant bit); each
    real feature is an unsigned port of its mangled name. Outputs: ``class_index``, and where asked
    for ``class_bits`` (the bits before counting) and ``scores`` (the counts, class 0 in the low
    bits); a net without a class head has the bus ``y``.

    Raises
    ------
    InputError
        If ``class_bits`` or ``scores`` is asked of a net without a class head, or ``top`` is a
        name that something else has (``check_top``).
    """
    check_top(top, (*PORTS, *port_names(hard).values()))
    if (class_bits or scores) and not hard.classes:
        raise InputError("this net has no class head: class_bits and scores do not exist")
    builder = Builder(top)
    codes = _input_nets(builder, hard)
    values: list[Nets] = []
    for layer in hard.layers_:
        with builder.layer(layer.name):
            read = [codes if i == INPUT else values[i] for i in layer.inputs]
            values.append(LOWER[layer.kind](builder, layer, *read))
            builder.mark(layer.name, values[-1])
    bits = values[-1].reshape(-1)
    if not hard.classes:
        builder.output("y", bits)
        return builder.build()
    _class_outputs(builder, hard, bits, class_bits, scores)
    return builder.build()


def port_names(hard: HardNet) -> dict[str, str]:
    """Return the port of each real feature: original name -> mangled, unique name."""
    real = [feature.name for feature in hard.features if feature.kind == "real"]
    return dict(zip(real, mangle(real), strict=True))


def _input_nets(builder: Builder, hard: HardNet) -> Nets:
    """Return one net a feature: a bit of ``x``, or the word of a real feature's own port."""
    is_bit = np.array([feature.kind == "bit" for feature in hard.features])
    codes = np.zeros(len(hard.features), np.int32)
    if is_bit.any():
        codes[is_bit] = builder.input_bits("x", int(is_bit.sum()))
    ports = port_names(hard)
    for index in np.flatnonzero(~is_bit):
        feature = hard.features[index]
        codes[index] = builder.input_word(ports[feature.name], feature.bits)
    return codes


def _class_outputs(
    builder: Builder, hard: HardNet, bits: Nets, class_bits: bool, scores: bool
) -> None:
    with builder.layer("count"):
        counts = np.asarray(ops.hard_class_counts(builder, bits, len(hard.classes)))
    with builder.layer("argmax"):
        index = np.asarray(ops.hard_class_index(builder, counts))
    builder.output("class_index", index.reshape(1))
    if class_bits:
        builder.output("class_bits", bits)
    if scores:
        builder.output("scores", counts)
