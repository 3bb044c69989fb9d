"""Do the layers of a HardNet fit together? Shapes, ranges and sizes, checked before any work."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from db2hdl_hw.errors import InputError

if TYPE_CHECKING:
    from db2hdl.hardnet import HardLayer, HardNet, Shape

WEIGHTED = ("not", "implies", "mask_to_false", "and", "or", "xor", "threshold")
EXPANDING = ("not", "implies", "mask_to_false")
REDUCING = ("all_of", "any_of", "majority", "at_least")
MOST_LUT_INPUTS = 6

# Limits of a whole net, counted before anything of that size is made. No device that this
# project knows holds a tenth of it.
MAX_BITS = 1 << 21
"""Output bits of all layers together."""

MAX_READS = 1 << 25
"""Inputs of all neurons together, with low weights and for each place of a shape."""

MAX_WEIGHTS = 1 << 26
MAX_FEATURES = 1 << 16
MAX_CLASSES = 1 << 12
MAX_LAYERS = 1 << 12
MAX_AXES = 16
MAX_NAME = 1 << 12
"""Bytes of the UTF-8 of one feature's or class's name."""

PARAMS = {"at_least": {"k"}, "reshape": {"shape"}, "class_head": {"classes"}}
WEIGHTS = {
    "encoder": {"feature", "threshold"},
    "lut": {"weight", "wires"},
    "select": {"index"},
    "threshold": {"weight", "k"},
    **{key: {"weight"} for key in ("not", "implies", "mask_to_false", "and", "or", "xor")},
}
"""What layers of each kind have beside their inputs; nothing where a kind is not named."""

RESERVED = {"count", "argmax"}
"""Layer names that the lowered class head uses."""


def infer_shapes(net: HardNet) -> tuple[Shape, ...]:
    """Return the output shape of each layer, without the row axis."""
    shapes: list[Shape] = []
    for layer in net.layers_:
        shapes.append(_output_shape(layer, [shapes[i] for i in layer.inputs if i >= 0]))
    return tuple(shapes)


def check(net: HardNet) -> None:
    """Raise InputError, naming the layer, unless the net is well formed and not too large."""
    if not net.features:
        raise InputError("a net needs at least one feature")
    names = [feature.name for feature in net.features]
    if len(set(names)) != len(names):
        raise InputError("two features have the same name")
    if not net.layers_:
        raise InputError("a net needs at least one layer")
    _check_counts(net)
    seen: set[str] = set()
    shapes: list[Shape] = []
    bits = reads = 0
    for index, layer in enumerate(net.layers_):
        _check_place(layer, index, len(net.layers_), seen)
        if layer.kind == "encoder":
            _check_encoder(layer, net)
        inputs = [shapes[i] for i in layer.inputs if i >= 0]
        shape = _output_shape(layer, inputs)
        bits += math.prod(shape)
        reads += _reads(layer, inputs)
        if bits > MAX_BITS or reads > MAX_READS or len(shape) > MAX_AXES:
            raise InputError(
                f"the net is too large: up to layer {layer.name!r} it has {bits} bits that read "
                f"{reads}, in {len(shape)} axes; at most {MAX_BITS}, {MAX_READS} and {MAX_AXES} "
                "are possible"
            )
        shapes.append(shape)
    _check_classes(net, shapes[-1])


def _check_counts(net: HardNet) -> None:
    """Check everything that can be counted without looking at shapes."""
    for what, count, most in (
        ("features", len(net.features), MAX_FEATURES),
        ("classes", len(net.classes), MAX_CLASSES),
        ("layers", len(net.layers_), MAX_LAYERS),
        ("weights", sum(_sizes(net)), MAX_WEIGHTS),
    ):
        if count > most:
            raise InputError(f"the net is too large: {count} {what}; at most {most} are possible")
    for name in (*(feature.name for feature in net.features), *net.classes):
        if len(name) > MAX_NAME or len(name.encode(errors="surrogatepass")) > MAX_NAME:
            raise InputError(f"the name {name[:20]!r}… has more than {MAX_NAME} bytes; shorten it")


def _sizes(net: HardNet) -> Iterator[int]:
    return (w.size for layer in net.layers_ for w in layer.weights.values())


def _reads(layer: HardLayer, inputs: list[Shape]) -> int:
    """Return how many bits the neurons of a layer read, all together."""
    if layer.kind == "encoder":
        return len(layer.weights["feature"])
    read = sum(math.prod(shape) for shape in inputs)
    if layer.kind in WEIGHTED:
        return read * len(layer.weights["weight"])
    if layer.kind == "lut":
        return read // inputs[0][-1] * layer.weights["wires"].size
    if layer.kind == "select":
        return read // inputs[0][-1] * layer.weights["index"].size
    if layer.kind == "count_hot":
        return read * (inputs[0][-1] + 1)
    return read


def _check_place(layer: HardLayer, index: int, count: int, seen: set[str]) -> None:
    from db2hdl.hardnet import EVALUATE, INPUT

    where = f"layer {index} ({layer.name!r})"
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,63}", layer.name) or layer.name in seen | RESERVED:
        raise InputError(f"{where}: the name must be a unique lower-case identifier")
    seen.add(layer.name)
    if layer.kind not in EVALUATE:
        raise InputError(f"{where}: unknown kind {layer.kind!r}")
    if (layer.kind == "encoder") != (index == 0):
        raise InputError(f"{where}: the first layer, and only the first, must be the encoder")
    wanted = [INPUT] if index == 0 else range(index)
    if not layer.inputs or any(i not in wanted for i in layer.inputs):
        raise InputError(f"{where}: reads layers {list(layer.inputs)}, which are not before it")
    if layer.kind != "concat" and len(layer.inputs) != 1:
        raise InputError(f"{where}: reads {len(layer.inputs)} layers; only concat may read several")
    if layer.kind == "class_head" and index != count - 1:
        raise InputError(f"{where}: a class head must be the last layer")
    for what, has, known in (
        ("param", layer.params, PARAMS.get(layer.kind, ())),
        ("weight", layer.weights, WEIGHTS.get(layer.kind, ())),
    ):
        if set(has) - set(known):
            raise InputError(f"{where}: has no {what} {min(set(has) - set(known))!r}")


def _check_encoder(layer: HardLayer, net: HardNet) -> None:
    feature, threshold = layer.weights.get("feature"), layer.weights.get("threshold")
    if feature is None or threshold is None or feature.shape != threshold.shape:
        raise InputError("layer 'encoder': needs feature and threshold arrays of one length")
    if feature.ndim != 1 or not len(feature):
        raise InputError("layer 'encoder': needs at least one output bit")
    if feature.dtype.kind not in "iu" or threshold.dtype.kind not in "iu":
        raise InputError("layer 'encoder': features and thresholds must be integers")
    if feature.min() < 0 or feature.max() >= len(net.features):
        raise InputError("layer 'encoder': a bit reads a feature that does not exist")
    top = np.array([f.top for f in net.features])[feature]
    if (threshold < 0).any() or (threshold > top + 1).any():
        raise InputError("layer 'encoder': a threshold is outside 0..2**bits")


def _output_shape(layer: HardLayer, inputs: list[Shape]) -> Shape:
    where = f"layer {layer.name!r}"
    if layer.kind == "encoder":
        return (len(layer.weights["feature"]),)
    shape = inputs[0]
    if layer.kind != "reshape" and () in inputs:
        raise InputError(f"{where}: reads a single bit without an axis; Reshape it to (1,) first")
    if layer.kind == "lut":
        return _lut_shape(layer, shape)
    if layer.kind == "select":
        return _select_shape(layer, shape)
    if layer.kind in WEIGHTED:
        return _weighted_shape(layer, shape)
    if layer.kind == "literals":
        return (*shape[:-1], 2 * shape[-1])
    if layer.kind in REDUCING:
        k = layer.params.get("k")
        if layer.kind == "at_least" and not (type(k) is int and 0 <= k <= shape[-1] + 1):
            raise InputError(f"{where}: k must be 0..{shape[-1] + 1}, not {k!r}")
        return shape[:-1]
    if layer.kind == "count_hot":
        return (*shape[:-1], shape[-1] + 1)
    if layer.kind == "concat":
        if any(other[:-1] != shape[:-1] for other in inputs):
            raise InputError(f"{where}: cannot join shapes {inputs} on the last axis")
        return (*shape[:-1], sum(other[-1] for other in inputs))
    if layer.kind == "reshape":
        return _reshaped(layer, shape)
    if layer.kind == "class_head" and len(shape) != 1:
        raise InputError(f"{where}: reads the shape {shape}; flatten it first (see Reshape)")
    return shape


def _weighted_shape(layer: HardLayer, shape: Shape) -> Shape:
    weight = layer.weights.get("weight")
    where = f"layer {layer.name!r}"
    if weight is None or weight.dtype != np.bool_ or weight.ndim != 2 or 0 in weight.shape:
        raise InputError(f"{where}: needs a boolean weight of the shape [n, m]")
    if weight.shape[1] != shape[-1]:
        raise InputError(f"{where}: weight is {list(weight.shape)} but its input has {shape[-1]}")
    if layer.kind == "threshold":
        _check_k(layer, weight.shape)
    if layer.kind in EXPANDING:
        return (*shape[:-1], *weight.shape)
    return (*shape[:-1], weight.shape[0])


def _check_k(layer: HardLayer, shape: Shape) -> None:
    k, where = layer.weights.get("k"), f"layer {layer.name!r}"
    if k is None or k.dtype.kind not in "iu" or k.shape != shape[:1]:
        raise InputError(f"{where}: needs integers k of the shape [{shape[0]}]")
    if k.min() < 0 or k.max() > shape[1] + 1:
        raise InputError(f"{where}: k must be 0..{shape[1] + 1}")


def _select_shape(layer: HardLayer, shape: Shape) -> Shape:
    index, where = layer.weights.get("index"), f"layer {layer.name!r}"
    if index is None or index.dtype.kind not in "iu" or index.ndim == 0 or 0 in index.shape:
        raise InputError(f"{where}: needs an integer index with at least one axis")
    if index.min() < -1 or index.max() >= shape[-1]:
        raise InputError(f"{where}: an index is outside -1..{shape[-1] - 1}")
    return (*shape[:-1], *index.shape)


def _lut_shape(layer: HardLayer, shape: Shape) -> Shape:
    where = f"layer {layer.name!r}"
    table, wires = layer.weights.get("weight"), layer.weights.get("wires")
    if wires is None or wires.dtype.kind not in "iu" or wires.ndim != 2 or 0 in wires.shape:
        raise InputError(f"{where}: needs integer wires of the shape [n, k]")
    n, k = wires.shape
    if not 1 <= k <= MOST_LUT_INPUTS:
        raise InputError(f"{where}: a table has 1..{MOST_LUT_INPUTS} inputs, not {k}")
    if table is None or table.dtype != np.bool_ or table.shape != (n, 1 << k):
        raise InputError(f"{where}: needs boolean tables of the shape [{n}, {1 << k}]")
    if wires.min() < 0 or wires.max() >= shape[-1]:
        raise InputError(f"{where}: a wire leads outside its input of {shape[-1]} bits")
    return (*shape[:-1], n)


def _reshaped(layer: HardLayer, shape: Shape) -> Shape:
    target = layer.params.get("shape")
    if not isinstance(target, list | tuple) or not all(type(n) is int and n > 0 for n in target):
        raise InputError(f"layer {layer.name!r}: shape must be positive integers")
    if len(target) > MAX_AXES:
        raise InputError(f"layer {layer.name!r}: a shape of {len(target)} axes is too large")
    if not target or math.prod(target) != math.prod(shape):
        raise InputError(f"layer {layer.name!r}: cannot reshape {list(shape)} to {list(target)}")
    return tuple(target)


def _check_classes(net: HardNet, shape: Shape) -> None:
    head = net.layers_[-1]
    if (head.kind == "class_head") != bool(net.classes):
        raise InputError("class names and a class head go together: give both or neither")
    if not net.classes:
        return
    count = head.params.get("classes")
    if type(count) is not int or count != len(set(net.classes)) or count != len(net.classes):
        raise InputError(
            f"layer {head.name!r}: needs {head.params.get('classes')} distinct classes"
        )
    if shape[0] % len(net.classes):
        raise InputError(
            f"layer {head.name!r}: {shape[0]} bits are not {len(net.classes)} equal groups"
        )
