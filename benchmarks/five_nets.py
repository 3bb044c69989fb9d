"""The five nets that costs are quoted for: one definition, for benchmarks and docs.

- ``small``: three features, two layers of four neurons, two classes.
- ``noisy-xor``, ``iris``: trained by their recipes (seconds).
- ``mnist-3k``: the shape of that recipe, 2,000 and 1,000 tables of six inputs, wired to the two
  halves of 784 pixels' codes at random, with random tables: as large as a trained net, learned
  nothing. Trained tables are simpler, so that a trained net costs less.
- ``random-10k``: ten layers of AND, OR and XOR of three nets each: 10,000 gates of two inputs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from db2hdl.features import Feature
from db2hdl.hardnet import HardLayer, HardNet
from db2hdl.lower import lower
from db2hdl_hw.netlist.builder import Builder
from db2hdl_hw.netlist.netlist import Netlist, Op
from db2hdl_hw.passes import optimise


def small() -> Netlist:
    features = (Feature("a"), Feature("b"), Feature("c", "real", 5, 0.0, 1.0))
    encoder = {"feature": np.array([0, 1, 2, 2]), "threshold": np.array([1, 1, 7, 20])}
    weight = np.array([[1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1], [1, 0, 0, 1]], dtype=bool)
    layers = (
        HardLayer("encoder", "encoder", (-1,), {}, encoder),
        HardLayer("l0_and", "and", (0,), {}, {"weight": weight}),
        HardLayer("l1_or", "or", (1,), {}, {"weight": weight}),
        HardLayer("l2_class_head", "class_head", (2,), {"classes": 2}),
    )
    return optimise(lower(HardNet(features, layers, ("no", "yes"))))


def trained(recipe: str) -> Callable[[], Netlist]:
    def make() -> Netlist:
        from db2hdl.train import train

        result = train(recipe)
        return optimise(lower(result.model.hard))

    return make


def mnist_3k() -> Netlist:
    rng = np.random.default_rng(0)
    b = Builder("top")
    pixels = [b.input_word(f"p{i}", 8) for i in range(784)]
    with b.layer("encoder"):
        x = b.compare(np.stack(pixels), 128)
    for name, width in (("l0_lut", 2000), ("l1_lut", 1000)):
        with b.layer(name):
            tables = rng.integers(1, 1 << 63, width, dtype=np.uint64)
            wires = np.array([rng.choice(len(x), 6, replace=False) for _ in range(width)])
            x = b.lut(tables, x[wires])
            b.mark(name, x)
    return optimise(_head(b, x, 10))


def random_10k() -> Netlist:
    rng = np.random.default_rng(0)
    b = Builder("top")
    x = b.input_bits("x", 784)
    for layer in range(10):
        kind = ("and", "or", "xor")[layer % 3]
        with b.layer(f"l{layer}_{kind}"):
            reduce = {"and": b.all_, "or": b.any_, "xor": b.parity}[kind]
            x = reduce(x[rng.integers(0, len(x), (500, 3))])
            b.mark(f"l{layer}_{kind}", x)
    return optimise(_head(b, x, 10))


def _head(b: Builder, bits: np.ndarray, classes: int) -> Netlist:
    with b.layer("count"):
        counts = b.popcount(bits.reshape(classes, -1))
    with b.layer("argmax"):
        index = b.argmax(counts)
    b.output("class_index", [index])
    return b.build()


NETS: Mapping[str, Callable[[], Netlist]] = {
    "small": small,
    "noisy-xor": trained("noisy-xor"),
    "iris": trained("iris"),
    "mnist-3k": mnist_3k,
    "random-10k": random_10k,
}


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
        words = [b.popcount(x[part]) for part in np.split(place, ends[:-1])]
    assert all(b._width.view[word] == width for word in words), "counts of different widths"
    with b.layer("argmax"):
        index = b.argmax(np.stack(words))
    b.output("class_index", [index])
    return b.build()
