"""Random hard nets that reach every kind of layer, for tests of what reads a HardNet."""

from collections.abc import Callable

import numpy as np
import pytest

from db2hdl.features import Feature
from db2hdl.hardnet import HardLayer, HardNet

EXPANDING = ("not", "implies", "mask_to_false")
NEURONS = ("and", "or", "xor")
REDUCING = ("all_of", "any_of", "majority", "at_least")


class _Grower:
    """Grows a net layer by layer; ``shape`` is the shape of the last layer."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.layers: list[HardLayer] = []
        self.shapes: list[tuple[int, ...]] = []

    def add(self, kind, shape, inputs=None, params=None, weights=None) -> None:
        index = len(self.layers)
        name = "encoder" if index == 0 else f"l{index - 1}_{kind}"
        inputs = (index - 1,) if inputs is None else inputs
        self.layers.append(HardLayer(name, kind, inputs, params or {}, weights or {}))
        self.shapes.append(shape)

    def encoder(self) -> tuple[Feature, ...]:
        features, feature, threshold = [], [], []
        for index in range(self.rng.integers(1, 6)):
            if self.rng.random() < 0.5:
                features.append(Feature(f"bit {index}"))
                bits = 1
            else:
                bits = int(self.rng.integers(1, 6))
                features.append(Feature(f"real {index}", "real", bits, -1.0, 0.5))
            for _ in range(self.rng.integers(1, 4)):
                feature.append(index)
                threshold.append(self.rng.integers(0, (1 << bits) + 1))
        weights = {"feature": np.array(feature), "threshold": np.array(threshold)}
        self.add("encoder", (len(feature),), inputs=(-1,), weights=weights)
        return tuple(features)

    def grow(self) -> None:
        shape, rng = self.shapes[-1], self.rng
        kinds = [
            "literals",
            "count_hot",
            "reshape",
            "concat",
            "lut",
            "select",
            "threshold",
            *NEURONS,
        ]
        if int(np.prod(shape)) <= 60:
            kinds += EXPANDING
        if len(shape) > 1:
            kinds += REDUCING
        kind = str(rng.choice(kinds))
        if kind in EXPANDING or kind in NEURONS:
            weight = rng.random((int(rng.integers(1, 5)), shape[-1])) < rng.choice([0.2, 0.5, 0.8])
            out = weight.shape if kind in EXPANDING else weight.shape[:1]
            self.add(kind, (*shape[:-1], *out), weights={"weight": weight})
        elif kind == "threshold":
            n = int(rng.integers(1, 5))
            weight = rng.random((n, shape[-1])) < rng.choice([0.2, 0.5, 0.8])
            k = rng.integers(0, min(shape[-1] + 2, 5), n)
            self.add(kind, (*shape[:-1], n), weights={"weight": weight, "k": k})
        elif kind == "select":
            target = tuple(int(n) for n in rng.integers(1, 4, int(rng.integers(1, 3))))
            index = rng.integers(-1, shape[-1], target)
            self.add(kind, (*shape[:-1], *target), weights={"index": index})
        elif kind == "lut":
            n, k = int(rng.integers(1, 6)), int(rng.integers(1, 7))
            weights = {
                "weight": rng.random((n, 1 << k)) < rng.choice([0.1, 0.5, 0.9]),
                "wires": rng.integers(0, shape[-1], (n, k)),
            }
            self.add(kind, (*shape[:-1], n), weights=weights)
        elif kind in REDUCING:
            k = {"k": int(rng.integers(0, shape[-1] + 2))} if kind == "at_least" else {}
            self.add(kind, shape[:-1], params=k)
        elif kind == "reshape":
            total = int(np.prod(shape))
            divisor = int(rng.choice([d for d in range(1, total + 1) if total % d == 0]))
            self.add(
                kind, (divisor, total // divisor), params={"shape": [divisor, total // divisor]}
            )
        elif kind == "concat":
            fitting = [i for i, s in enumerate(self.shapes) if s[:-1] == shape[:-1]]
            inputs = tuple(int(i) for i in rng.choice(fitting, int(rng.integers(1, 4))))
            self.add(kind, (*shape[:-1], sum(self.shapes[i][-1] for i in inputs)), inputs=inputs)
        elif int(np.prod(shape)) <= 60:
            grown = 2 * shape[-1] if kind == "literals" else shape[-1] + 1
            self.add(kind, (*shape[:-1], grown))


@pytest.fixture(scope="session")
def random_hard_net() -> Callable[[int], HardNet]:
    """A function from a seed to a small random hard net with at most 25 input bits."""

    def make(seed: int) -> HardNet:
        grower = _Grower(np.random.default_rng(seed))
        features = grower.encoder()
        for _ in range(grower.rng.integers(1, 9)):
            grower.grow()
        total = int(np.prod(grower.shapes[-1]))
        if grower.rng.random() < 0.2:
            return HardNet(features, tuple(grower.layers))
        if len(grower.shapes[-1]) != 1:
            grower.add("reshape", (total,), params={"shape": [total]})
        classes = int(grower.rng.choice([c for c in range(1, total + 1) if total % c == 0]))
        grower.add("class_head", (total,), params={"classes": classes})
        return HardNet(features, tuple(grower.layers), tuple(f"c{i}" for i in range(classes)))

    return make
