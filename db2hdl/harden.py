"""From a soft net to a hard one: the one place that compares weights with the threshold.

``harden`` walks the modules in the order in which they compute and turns each into a layer of a
``HardNet``; ``compare`` runs both and counts the bits in which they differ, which must be none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import singledispatch
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor
from torch.nn import Identity, Module, Sequential

from db2hdl import nn
from db2hdl.features import Feature
from db2hdl.hardnet import INPUT, HardLayer, HardNet
from db2hdl.nn.inputs import default_features
from db2hdl.nn.weighted import Weighted
from db2hdl_hw.errors import InputError


def harden(
    net: Module,
    features: Sequence[Feature] | None = None,
    classes: Sequence[str] | None = None,
) -> HardNet:
    """Return the boolean circuit that a soft net stands for: a weight is high iff it is above 0.

    Parameters
    ----------
    net : Module
        Layers of ``db2hdl.nn`` in Sequentials and Concats.
    features : sequence of Feature, optional
        The meaning of the inputs; by default x0, x1, … of the widths that the net reads.
    classes : sequence of str, optional
        The names of the classes; by default 0, 1, …

    Raises
    ------
    InputError
        On a module that has no hard counterpart, NaN weights, or features and classes that do not
        fit the net; the message names the module.
    """
    walk = _walk(net, features)
    if classes is None:
        classes = [str(c) for c in range(walk.layers[-1].params.get("classes", 0))]
    return HardNet(walk.features, tuple(walk.layers), tuple(classes))


def compare(
    net: Module, hard: HardNet, codes: ArrayLike, *, rows_at_once: int = 1024
) -> dict[str, int]:
    """Return how many bits of each layer differ between the soft net, hardened, and ``hard``.

    Both read the same integer codes [rows, features]; the entry of a class head also counts the
    scores that differ. The net runs in eval mode and without gradients.

    Raises
    ------
    InputError
        If there are no rows, or ``hard`` has other layers than the net.
    """
    array = np.asarray(codes)
    if not len(array):
        raise InputError("compare: no rows, so nothing would be compared")
    walk = _walk(net, hard.features)
    if [(a.kind, a.inputs) for a in walk.layers] != [(b.kind, b.inputs) for b in hard.layers_]:
        raise InputError("compare: the hard net has other layers than the soft net")
    different = {layer.name: 0 for layer in hard.layers_}
    for start in range(0, len(array), rows_at_once):
        chunk = array[start : start + rows_at_once]
        soft = _soft_bits(net, walk, chunk)
        for index, (name, bits) in enumerate(hard.layers(chunk)):
            if index in soft:
                different[name] += _count_different(soft[index], bits, hard)
    return different


class _Walk:
    """The layers so far; ``last`` is the one that the next module reads."""

    def __init__(self, net: Module, features: tuple[Feature, ...]) -> None:
        self.features = features
        self.names = {id(module): name for name, module in net.named_modules()}
        self.layers: list[HardLayer] = []
        self.modules: list[Module | None] = []
        self.last = INPUT

    def add(
        self,
        module: Module | None,
        kind: str,
        inputs: tuple[int, ...] | None = None,
        params: Mapping[str, Any] | None = None,
        weights: Mapping[str, NDArray[Any]] | None = None,
    ) -> None:
        """Append a layer that reads ``inputs``, by default the last one."""
        index = len(self.layers)
        name = kind if index == 0 else f"l{index - 1}_{kind}"
        read = inputs or (self.last,)
        self.layers.append(HardLayer(name, kind, read, params or {}, weights or {}))
        self.modules.append(module)
        self.last = index

    def where(self, module: Module) -> str:
        """Return how messages call a module."""
        return f"module {self.names.get(id(module), '')!r} ({type(module).__name__})"


def _walk(net: Module, features: Sequence[Feature] | None) -> _Walk:
    encoder = nn.encoder_of(net)
    walk = _Walk(net, tuple(default_features(net) if features is None else features))
    walk.add(encoder, "encoder", weights=_encoder_weights(encoder, walk))
    harden_module(net, walk)
    return walk


def _encoder_weights(encoder: nn.RealEncoder | None, walk: _Walk) -> dict[str, NDArray[Any]]:
    """Return which feature each input bit reads, and its integer threshold."""
    widths = tuple(feature.bits for feature in walk.features)
    if encoder is None:
        if any(feature.kind == "real" for feature in walk.features):
            raise InputError("harden: real features need a RealEncoder as the net's first module")
        feature = np.arange(len(widths))
        return {"feature": feature, "threshold": np.ones_like(feature)}
    if widths != encoder.widths:
        raise InputError(
            f"harden: {walk.where(encoder)} reads codes of the widths {list(encoder.widths)}, "
            f"but the features have {list(widths)}"
        )
    _refuse_nan(encoder.threshold, "threshold", encoder, walk)
    feature = encoder.feature.cpu().numpy()
    threshold = np.ones_like(feature)
    threshold[encoder.real.cpu().numpy()] = encoder.integer_thresholds().cpu().numpy()
    return {"feature": feature, "threshold": threshold}


# What each class of module becomes.


@singledispatch
def harden_module(module: Module, walk: _Walk) -> None:
    """Append the layers that a module becomes; each class of module registers its own way."""
    raise InputError(
        f"harden: {walk.where(module)} has no hard counterpart; "
        "build nets from the layers of db2hdl.nn"
    )


@harden_module.register
def _(module: Sequential, walk: _Walk) -> None:
    for child in module:
        harden_module(child, walk)


@harden_module.register
def _(module: nn.Concat, walk: _Walk) -> None:
    start, ends = walk.last, []
    for branch in module.branches:
        walk.last = start
        harden_module(branch, walk)
        ends.append(walk.last)
    walk.add(module, "concat", tuple(ends))


@harden_module.register(nn.Harden)
@harden_module.register(nn.Dropout)
@harden_module.register(Identity)
def _(module: Module, walk: _Walk) -> None:
    """These leave every hard bit as it is."""


@harden_module.register
def _(module: nn.RealEncoder, walk: _Walk) -> None:
    if walk.modules != [module]:
        raise InputError(f"harden: {walk.where(module)} must be the first module of the net")


@harden_module.register
def _(module: nn.AtLeast, walk: _Walk) -> None:
    walk.add(module, "at_least", params={"k": module.k})


@harden_module.register
def _(module: nn.Reshape, walk: _Walk) -> None:
    walk.add(module, "reshape", params={"shape": module.shape})


@harden_module.register
def _(module: nn.Select, walk: _Walk) -> None:
    walk.add(module, "select", weights={"index": module.index.cpu().numpy()})


@harden_module.register
def _(module: nn.Threshold, walk: _Walk) -> None:
    _refuse_nan(module.weight, "weight", module, walk)
    k = np.clip(module.k().cpu().numpy(), 0, module.m + 1)
    walk.add(module, "threshold", weights={"weight": _is_high(module.connections), "k": k})


@harden_module.register
def _(module: nn.ClassHead, walk: _Walk) -> None:
    walk.add(module, "class_head", params={"classes": module.classes})


@harden_module.register
def _(module: nn.Lut, walk: _Walk) -> None:
    _refuse_nan(module.table, "table", module, walk)
    if module.score is not None:
        _refuse_nan(module.score, "score", module, walk)
    wires = module.wires().cpu().numpy().astype(np.int32)
    walk.add(module, "lut", weights={"weight": _is_high(module.table), "wires": wires})


def _unweighted(kind: str) -> Callable[[Module, _Walk], None]:
    return lambda module, walk: walk.add(module, kind)


def _weighted(kind: str) -> Callable[[Weighted, _Walk], None]:
    def add(module: Weighted, walk: _Walk) -> None:
        _refuse_nan(module.weight, "weight", module, walk)
        walk.add(module, kind, weights={"weight": _is_high(module.weight)})

    return add


harden_module.register(nn.Literals, _unweighted("literals"))
harden_module.register(nn.AllOf, _unweighted("all_of"))
harden_module.register(nn.AnyOf, _unweighted("any_of"))
harden_module.register(nn.Majority, _unweighted("majority"))
harden_module.register(nn.CountHot, _unweighted("count_hot"))
harden_module.register(nn.Not, _weighted("not"))
harden_module.register(nn.Implies, _weighted("implies"))
harden_module.register(nn.MaskToFalse, _weighted("mask_to_false"))
harden_module.register(nn.And, _weighted("and"))
harden_module.register(nn.Or, _weighted("or"))
harden_module.register(nn.Xor, _weighted("xor"))


def _is_high(soft: Tensor) -> NDArray[np.bool_]:
    return np.asarray((soft.detach() > 0).cpu().numpy())


def _refuse_nan(values: Tensor, name: str, module: Module, walk: _Walk) -> None:
    count = int(values.detach().isnan().sum())
    if count:
        raise InputError(
            f"harden: {walk.where(module)} has {count} NaN in its {name}; training has diverged"
        )


# The soft side of the comparison.


def _soft_bits(net: Module, walk: _Walk, codes: NDArray[Any]) -> dict[int, list[Tensor]]:
    """Return by layer index what each module computed; of a class head its input and output."""
    seen: list[tuple[Module, list[Tensor]]] = []

    def record(module: Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        head = isinstance(module, nn.ClassHead)
        seen.append((module, [inputs[0], output] if head else [output]))

    modules = {id(m): m for m in walk.modules if m is not None}
    handles = [module.register_forward_hook(record) for module in modules.values()]
    was_training = {module: module.training for module in net.modules()}
    try:
        with torch.no_grad():
            net.eval()(nn.net_input(net, codes))
    finally:
        for handle in handles:
            handle.remove()
        for module, training in was_training.items():
            module.training = training
    expected = [index for index, module in enumerate(walk.modules) if module is not None]
    if [id(module) for module, _ in seen] != [id(walk.modules[index]) for index in expected]:
        raise InputError("compare: the net does not run its modules in the order of its layers")
    return {index: tensors for index, (_, tensors) in zip(expected, seen, strict=True)}


def _count_different(soft: list[Tensor], bits: NDArray[np.bool_], hard: HardNet) -> int:
    different = int((_is_high(soft[0]) != bits).sum())
    for counts in soft[1:]:
        scores = bits.reshape(len(bits), len(hard.classes), -1).sum(-1)
        different += int((counts.cpu().numpy() != scores).sum())
    return different
