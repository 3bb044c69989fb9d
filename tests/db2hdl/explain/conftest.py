"""Small hard nets of every kind of layer, drawn at random."""

from __future__ import annotations

import numpy as np
import pytest

from db2hdl.features import Feature
from db2hdl.hardnet import HardLayer, HardNet


def random_net(seed: int, classes: int = 3) -> HardNet:
    """Two boolean and two real inputs, some layers of random kinds, a class head."""
    rng = np.random.default_rng(seed)
    features = (
        Feature("wet"), Feature("width", "real", 4, 1.0, 0.5), Feature("red"),
        Feature("length", "real", 3, -2.0, 1.5),
    )  # fmt: skip
    encoder = {
        "feature": np.array([0, 1, 1, 1, 2, 3, 3]),
        "threshold": np.array([1, 3, 9, 12, 1, 2, rng.integers(0, 9)]),
    }
    layers = [HardLayer("encoder", "encoder", (-1,), {}, encoder)]
    width = 7

    def add(kind, params=None, weights=None):
        index = len(layers)
        layers.append(
            HardLayer(f"l{index - 1}_{kind}", kind, (index - 1,), params or {}, weights or {})
        )

    n = 2 * classes
    for _ in range(int(rng.integers(1, 3))):
        kind = rng.choice(["and", "or", "xor", "lut", "threshold", "not", "implies", "count_hot"])
        if kind in ("and", "or", "xor"):
            add(kind, weights={"weight": rng.random((n, width)) < 0.4})
        elif kind == "lut":
            wires = rng.integers(0, width, (n, 3)).astype(np.int32)
            add(kind, weights={"weight": rng.random((n, 8)) < 0.5, "wires": wires})
        elif kind == "threshold":
            weight = rng.random((n, width)) < 0.6
            add(kind, weights={"weight": weight, "k": rng.integers(0, 4, n)})
        elif kind == "count_hot":
            add(kind)
            add("and", weights={"weight": rng.random((n, width + 1)) < 0.3})
        else:
            add(kind, weights={"weight": rng.random((n, width)) < 0.5})
            add("majority")
        width = n
    add("class_head", {"classes": classes})
    return HardNet(features, tuple(layers), tuple("abcdefg"[:classes]))


@pytest.fixture
def make_net():
    return random_net


def all_codes(hard: HardNet) -> np.ndarray:
    """Every input there is."""
    axes = [np.arange(feature.top + 1) for feature in hard.features]
    return np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, len(axes))


@pytest.fixture
def every():
    return all_codes
