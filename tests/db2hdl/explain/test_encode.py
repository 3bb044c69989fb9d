"""The clauses mean the net, for every kind of layer."""

import numpy as np
import pytest

from db2hdl.explain.encode import Encoding
from db2hdl.explain.reason import solver


@pytest.mark.parametrize("seed", range(40))
def test_the_class_of_every_input_is_the_references(seed, make_net, every):
    hard = make_net(seed)
    net = Encoding(hard)
    literals = [net.class_is(c) for c in range(len(hard.classes))]
    codes = every(hard)[:: 7 + seed % 3]
    sat = solver(net.clauses)
    for row, wanted in zip(codes, hard.predict(codes), strict=True):
        atoms = [x if row[f] >= t else -x for (f, t), x in net.atoms.items()]
        assert sat.solve(assumptions=[*atoms, literals[wanted]])
        assert not sat.solve(assumptions=[*atoms, -literals[wanted]])
    sat.delete()


@pytest.mark.parametrize("n", range(1, 8))
def test_counts_and_thresholds(n, make_net):
    net = Encoding(make_net(0))
    bits = [net.new() for _ in range(n)]
    word = net.count(bits)
    least = [net.at_least(bits, k) for k in range(n + 2)]
    sat = solver(net.clauses)
    for code in range(1 << n):
        assert sat.solve(assumptions=[b if code >> i & 1 else -b for i, b in enumerate(bits)])
        model = set(sat.get_model())
        ones = code.bit_count()
        assert sum((x in model) << i for i, x in enumerate(word)) == ones
        assert [x in model for x in least] == [ones >= k for k in range(n + 2)]
    sat.delete()


def test_empty_rows():
    from db2hdl.hardnet import HardLayer, HardNet, bit_features

    encoder = {"feature": np.arange(2), "threshold": np.ones(2, int)}
    layers = (
        HardLayer("encoder", "encoder", (-1,), {}, encoder),
        HardLayer("l0_and", "and", (0,), {}, {"weight": np.zeros((2, 2), bool)}),
        HardLayer("l1_class_head", "class_head", (1,), {"classes": 2}),
    )  # fmt: skip
    net = Encoding(HardNet(bit_features(2), layers, ("a", "b")))
    assert net.bits == [1, 1]
