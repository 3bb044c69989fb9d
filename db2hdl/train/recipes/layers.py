"""The [[layer]] entries of a recipe: one builder for each kind."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from db2hdl import nn
from db2hdl.data import Dataset
from db2hdl.data.idx import Images
from db2hdl.nn import init
from db2hdl.train.recipes.training import MAX_COUNT
from db2hdl_hw.errors import InputError, unknown

Spec = Mapping[str, Any]


@dataclass
class Reached:
    """How far a net under construction is: the shape of its bits, and where in the image they are.

    ``places`` is None where bits belong to no place of an image.
    """

    shape: tuple[int, ...]
    classes: int
    places: Tensor | None = None

    @staticmethod
    def start(dataset: Dataset, encoder: Sequence[torch.nn.Module]) -> Reached:
        """Return the bits that the first layer reads."""
        first = encoder[0] if encoder else None
        counts = [1] * len(dataset.features)
        if isinstance(first, nn.RealEncoder):
            counts = [int(count) for count in first.thresholds]
        places = None
        if isinstance(dataset, Images) and len(set(counts)) == 1:
            places = nn.image_places(dataset.height, dataset.width, int(counts[0]))
        return Reached((int(sum(counts)),), len(dataset.classes), places)

    @property
    def width(self) -> int:
        """The last axis."""
        return self.shape[-1]

    def flat(self) -> int:
        """Return the only axis; refuse several."""
        if len(self.shape) != 1:
            raise InputError(
                f"reads one axis of bits, but the layer before it has {list(self.shape)}; "
                "put a reshape between them"
            )
        return self.shape[0]


Build = Callable[[Spec, Reached, bool], torch.nn.Module]


@dataclass(frozen=True)
class Kind:
    """A kind of layer: its keys, each with the types of its value, and its builder."""

    keys: Mapping[str, tuple[type, ...]]
    build: Build


def check_layer(spec: Spec, where: str) -> None:
    """Refuse a layer with an unknown kind or key, or a value of a wrong type."""
    kind = spec.get("kind")
    if kind is None:
        raise InputError(f"{where}: kind is missing; it is one of {', '.join(LAYERS)}")
    if not isinstance(kind, str) or kind not in LAYERS:
        raise unknown(f"kind of {where}", str(kind), LAYERS)
    known = LAYERS[kind].keys
    for key, value in spec.items():
        if key == "kind":
            continue
        if key not in known:
            names = ", ".join(known) or "none"
            raise InputError(f"{where} ({kind}): unknown key {key!r}; it has {names}")
        if type(value) not in known[key]:
            raise InputError(f"{where} ({kind}): {key} = {value!r} is of a wrong type")
        if isinstance(value, int) and abs(value) > MAX_COUNT:
            raise InputError(f"{where} ({kind}): {key} is at most {MAX_COUNT}")


def _neurons(spec: Spec, reached: Reached, last: bool) -> int:
    """Return the neurons of a layer; of the last one a multiple of the classes, rounded down."""
    if ("neurons" in spec) == ("neurons_per_class" in spec):
        raise InputError("needs either neurons or neurons_per_class")
    if "neurons_per_class" in spec:
        return int(spec["neurons_per_class"]) * reached.classes
    count = int(spec["neurons"])
    return max(1, count // reached.classes) * reached.classes if last else count


INITS: Mapping[str, Callable[..., init.Init]] = {
    "bernoulli": init.bernoulli,
    "bernoulli_uniform": init.bernoulli_uniform,
    "uniform": init.uniform_range,
    "constant": init.constant,
}


def _init(spec: Spec) -> dict[str, init.Init]:
    """Return ``init=`` of a weighted layer: ``init = ["bernoulli", p, low, high]``."""
    if "init" not in spec:
        return {}
    name, *numbers = spec["init"] or [None]
    if not isinstance(name, str) or name not in INITS:
        raise unknown("init", str(name), INITS)
    if not all(type(n) in (int, float) for n in numbers):
        raise InputError(f"init: {numbers} must be numbers")
    try:
        return {"init": INITS[name](*map(float, numbers))}
    except TypeError:
        raise InputError(f"init: {name} does not take {len(numbers)} numbers") from None


def _neuron_layer(layer: type[Any]) -> Build:
    """A layer [m] -> [n]."""

    def build(spec: Spec, reached: Reached, last: bool) -> torch.nn.Module:
        m = reached.width
        n = _neurons(spec, reached, last)
        reached.shape, reached.places = (*reached.shape[:-1], n), None
        module: torch.nn.Module = layer(m, n, **_options(spec, ("margin", "plain")), **_init(spec))
        return module

    return build


def _row_layer(layer: type[Any]) -> Build:
    """A layer [m] -> [n, m]."""

    def build(spec: Spec, reached: Reached, last: bool) -> torch.nn.Module:
        m, n = reached.width, int(spec["rows"]) if "rows" in spec else 0
        module: torch.nn.Module = layer(m, n, **_options(spec, ("margin",)), **_init(spec))
        reached.shape, reached.places = (*reached.shape[:-1], n, m), None
        return module

    return build


def _reduction(layer: type[Any]) -> Build:
    """A layer [m] -> []."""

    def build(spec: Spec, reached: Reached, last: bool) -> torch.nn.Module:
        if len(reached.shape) < 2:
            raise InputError("would leave no axis; put a reshape before it")
        options = _options(spec, ("margin", "k"))
        reached.shape, reached.places = reached.shape[:-1], None
        first = [options.pop("k")] if "k" in options else []
        module: torch.nn.Module = layer(*first, **options)
        return module

    return build


def _options(spec: Spec, names: Sequence[str]) -> dict[str, Any]:
    return {name: spec[name] for name in names if name in spec}


def _literals(spec: Spec, reached: Reached, last: bool) -> torch.nn.Module:
    reached.shape, reached.places = (*reached.shape[:-1], 2 * reached.width), None
    return nn.Literals()


def _count_hot(spec: Spec, reached: Reached, last: bool) -> torch.nn.Module:
    reached.shape, reached.places = (*reached.shape[:-1], reached.width + 1), None
    return nn.CountHot()


def _reshape(spec: Spec, reached: Reached, last: bool) -> torch.nn.Module:
    """Reshape: one entry may be -1, and "classes" stands for their number.

    With ``drop`` the last bits are left out where the sizes do not divide.
    """
    wanted = [reached.classes if size == "classes" else size for size in spec.get("shape", ())]
    if not wanted or any(type(size) is not int or size < -1 or size == 0 for size in wanted):
        raise InputError(f'shape = {spec.get("shape")!r}: a list of sizes, "classes" or one -1')
    bits, known = math.prod(reached.shape), math.prod(s for s in wanted if s != -1)
    kept = bits // known * known if spec.get("drop") and -1 in wanted else bits
    if wanted.count(-1) > 1 or not kept or kept % known or (-1 not in wanted and bits != known):
        raise InputError(f"{bits} bits cannot take the shape {wanted}")
    shape = tuple(kept // known if size == -1 else size for size in wanted)
    if last:
        shape = (kept,)  # as the ClassHead reads it
    reached.shape, reached.places = shape, None
    if kept == bits:
        return nn.Reshape(*shape)
    return nn.Sequential(nn.Reshape(bits), nn.Select(range(kept), bits), nn.Reshape(*shape))


def _threshold(spec: Spec, reached: Reached, last: bool) -> torch.nn.Module:
    m, n = reached.flat(), _neurons(spec, reached, last)
    reached.shape, reached.places = (n,), None
    return nn.Threshold(m, n, spec.get("most"), spec.get("least", 1), **_init(spec))


def _lut(spec: Spec, reached: Reached, last: bool) -> torch.nn.Module:
    m, n, k = reached.flat(), _neurons(spec, reached, last), spec.get("inputs", 6)
    how = spec.get("wiring", "learned")
    if how not in WIRINGS:
        raise unknown("wiring", str(how), WIRINGS)
    candidates = 1 if how == "random" else spec.get("candidates", 8)
    places = None
    if how == "window" and reached.places is not None:
        radius = spec.get("radius", 4)
        wiring, places = nn.local_wiring(reached.places, n, k, radius, candidates)
    elif how == "window":
        raise InputError("wiring 'window' needs images, or a layer of windows before it")
    else:
        wiring = nn.random_wiring(m, n, k, candidates)
    reached.shape, reached.places = (n,), places
    options = _options(spec, ("residual", "noise"))
    return nn.Lut(m, n, k, wiring=wiring, **options)


WIRINGS = ("random", "learned", "window")
_SOME = {"neurons": (int,), "neurons_per_class": (int,), "init": (list,)}
_NUMBER = (int, float)

LAYERS: Mapping[str, Kind] = {
    "literals": Kind({}, _literals),
    "and": Kind(_SOME | {"margin": (bool,)}, _neuron_layer(nn.And)),
    "or": Kind(_SOME | {"margin": (bool,)}, _neuron_layer(nn.Or)),
    "xor": Kind(_SOME | {"plain": (bool,)}, _neuron_layer(nn.Xor)),
    "not": Kind({"rows": (int,), "init": (list,)}, _row_layer(nn.Not)),
    "implies": Kind({"rows": (int,), "init": (list,), "margin": (bool,)}, _row_layer(nn.Implies)),
    "mask_to_false": Kind(
        {"rows": (int,), "init": (list,), "margin": (bool,)}, _row_layer(nn.MaskToFalse)
    ),
    "lut": Kind(
        {
            "neurons": (int,),
            "neurons_per_class": (int,),
            "inputs": (int,),
            "wiring": (str,),
            "radius": (int,),
            "candidates": (int,),
            "residual": _NUMBER,
            "noise": _NUMBER,
        },
        _lut,
    ),
    "threshold": Kind(_SOME | {"most": (int,), "least": (int,)}, _threshold),
    "all_of": Kind({"margin": (bool,)}, _reduction(nn.AllOf)),
    "any_of": Kind({"margin": (bool,)}, _reduction(nn.AnyOf)),
    "majority": Kind({"margin": (bool,)}, _reduction(nn.Majority)),
    "at_least": Kind({"margin": (bool,), "k": (int,)}, _reduction(nn.AtLeast)),
    "count_hot": Kind({}, _count_hot),
    "reshape": Kind({"shape": (list,), "drop": (bool,)}, _reshape),
    "dropout": Kind({"p": (float,)}, lambda spec, reached, last: nn.Dropout(spec.get("p", 0.05))),
    "harden": Kind({}, lambda spec, reached, last: nn.Harden()),
}
"""From a kind of layer to its keys and its builder."""
