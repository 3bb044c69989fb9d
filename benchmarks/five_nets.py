"""The five nets that costs are quoted for: one definition, for benchmarks and docs.

- ``small``: nine features, two layers of 24 random neurons, three classes.
- ``noisy-xor``, ``iris``, ``mnist-3k``: trained by their recipes; what an earlier run left in
  ``build/five_nets`` is taken as it is. ``DATA`` is the folder that has ``mnist`` in it.
- ``random-10k``: ten layers of 500 AND, OR or XOR gates of three inputs: 10,000 gates of two.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from db2hdl.features import Feature
from db2hdl.hardnet import HardLayer, HardNet
from db2hdl.lower import lower
from db2hdl.model_file import Model, as_model, load
from db2hdl_hw.netlist.builder import Builder
from db2hdl_hw.netlist.netlist import Netlist, Op
from db2hdl_hw.passes import optimise

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "build" / "five_nets"


def small() -> Model:
    """Return a net that one can still draw."""
    rng = np.random.default_rng(0)
    features = (*(Feature(f"a{i}") for i in range(8)), Feature("c", "real", 5, 0.0, 1.0))
    encoder = {"feature": np.minimum(np.arange(12), 8), "threshold": np.ones(12, np.int64)}
    encoder["threshold"][8:] = 5, 11, 17, 24
    layers = (
        HardLayer("encoder", "encoder", (-1,), {}, encoder),
        HardLayer("l0_and", "and", (0,), {}, {"weight": rng.random((24, 12)) < 0.2}),
        HardLayer("l1_or", "or", (1,), {}, {"weight": rng.random((24, 24)) < 0.1}),
        HardLayer("l2_class_head", "class_head", (2,), {"classes": 3}),
    )
    return as_model(HardNet(features, layers, ("a", "b", "c")))


def random_10k() -> Model:
    """Return a net of 784 bits, ten layers of 500 neurons with three inputs, and ten classes."""
    rng = np.random.default_rng(0)
    features = tuple(Feature(f"x{i}") for i in range(784))
    every = {"feature": np.arange(784), "threshold": np.ones(784, np.int64)}
    layers = [HardLayer("encoder", "encoder", (-1,), {}, every)]
    before = 784
    for number in range(10):
        kind = ("and", "or", "xor")[number % 3]
        weight = np.zeros((500, before), np.bool_)
        for row in weight:
            row[rng.choice(before, 3, replace=False)] = True
        layers.append(HardLayer(f"l{number}_{kind}", kind, (number,), {}, {"weight": weight}))
        before = 500
    layers.append(HardLayer("l10_class_head", "class_head", (10,), {"classes": 10}))
    return as_model(HardNet(features, tuple(layers), tuple("0123456789")))


def trained(recipe: str, data: str = "") -> Callable[[], Model]:
    """Return what trains a recipe, or takes the model that an earlier run left."""

    def make() -> Model:
        file = KEPT / f"{recipe}.dbnet"
        if not file.is_file():
            folder = Path(os.environ.get("DATA", ROOT.parent / "shared" / "data")) / data
            file.parent.mkdir(parents=True, exist_ok=True)
            command = [sys.executable, "-m", "db2hdl", "train", recipe, "-o", str(file)]
            subprocess.run([*command, *(["--data", str(folder)] if data else [])], check=True)
        return load(file)

    return make


MODELS: Mapping[str, Callable[[], Model]] = {
    "small": small,
    "noisy-xor": trained("noisy-xor"),
    "iris": trained("iris"),
    "mnist-3k": trained("mnist-3k", "mnist"),
    "random-10k": random_10k,
}


def netlist_of(name: str) -> Netlist:
    """Return the optimised netlist of a net."""
    return optimise(lower(MODELS[name]().hard))


def head_only(netlist: Netlist) -> Netlist:
    """Return count and argmax by themselves: their bits are the inputs."""
    counts = np.flatnonzero(netlist.op == Op.POPCOUNT)
    nets, place = np.unique(
        np.concatenate([netlist.fanins(cell) for cell in counts]), return_inverse=True
    )
    b = Builder("top")
    x = b.input_bits("x", len(nets))
    ends = np.cumsum([len(netlist.fanins(cell)) for cell in counts])
    width = int(netlist.width[counts].max())
    with b.layer("count"):
        # Folding left some counts wider than their bits: constants make them so again.
        pad = b.const(np.zeros(1 << (width - 1), dtype=np.bool_))
        rows = [x[part] for part in np.split(place, ends[:-1])]
        words = [b.popcount(np.concatenate([row, pad[len(row) :]])) for row in rows]
    with b.layer("argmax"):
        index = b.argmax(np.stack(words))
    b.output("class_index", [index])
    return optimise(b.build())
