"""The reference itself, against loops over single bits written out anew."""

from __future__ import annotations

import itertools
import subprocess
import sys

import numpy as np
import pytest

from db2hdl.features import Feature
from db2hdl.hardnet import HardLayer, HardNet, bit_features, feature_names
from db2hdl_hw.errors import InputError

M = 4
ALL = np.array(list(itertools.product([0, 1], repeat=M)))
W = np.array([[1, 0, 1, 1], [0, 0, 0, 0], [1, 1, 1, 1]], dtype=bool)


def encoder(m=M):
    weights = {"feature": np.arange(m), "threshold": np.ones(m, dtype=int)}
    return HardLayer("encoder", "encoder", (-1,), {}, weights)


def net_of(*layers, m=M, classes=()):
    return HardNet(bit_features(m), (encoder(m), *layers), classes)


def layer(kind, index=0, inputs=None, weights=None, **params):
    name = f"l{index}_{kind}"
    return HardLayer(name, kind, inputs or (index,), params, weights or {})


def last_bits(*layers):
    return net_of(*layers).layers(ALL)[-1][1]


def by_row(function):
    return np.array([function([bool(b) for b in row]) for row in ALL])


def included(w, x):
    return [b for wanted, b in zip(w, x, strict=True) if wanted]


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("not", lambda x: [[b == w for w, b in zip(row, x, strict=True)] for row in W]),
        ("implies", lambda x: [[b or not w for w, b in zip(row, x, strict=True)] for row in W]),
        ("mask_to_false", lambda x: [[b and w for w, b in zip(row, x, strict=True)] for row in W]),
        ("and", lambda x: [all(included(row, x)) for row in W]),
        ("or", lambda x: [any(included(row, x)) for row in W]),
        ("xor", lambda x: [sum(included(row, x)) % 2 == 1 for row in W]),
    ],
)
def test_weighted_layers(kind, wanted):
    assert np.array_equal(last_bits(layer(kind, weights={"weight": W})), by_row(wanted))


@pytest.mark.parametrize(
    ("kind", "params", "wanted"),
    [
        ("literals", {}, lambda x: x + [not b for b in x]),
        ("all_of", {}, all),
        ("any_of", {}, any),
        ("majority", {}, lambda x: sum(x) > M / 2),
        ("count_hot", {}, lambda x: [M - sum(x) == i for i in range(M + 1)]),
        *[("at_least", {"k": k}, lambda x, k=k: sum(x) >= k) for k in range(M + 2)],
        ("reshape", {"shape": [2, 2]}, lambda x: [x[:2], x[2:]]),
        ("class_head", {"classes": 2}, lambda x: x),
    ],
)
def test_unweighted_layers(kind, params, wanted):
    classes = ("a", "b") if kind == "class_head" else ()
    got = net_of(layer(kind, **params), classes=classes).layers(ALL)[-1][1]
    assert np.array_equal(got, by_row(wanted))


def test_layers_keep_leading_axes():
    net = net_of(
        layer("not", 0, weights={"weight": W}),
        layer("majority", 1),
        layer("reshape", 2, shape=[3, 1]),
        layer("xor", 3, weights={"weight": np.ones((2, 1), bool)}),
    )
    assert net.shapes == ((4,), (3, 4), (3,), (3, 1), (3, 2))
    assert [value.shape[1:] for _, value in net.layers(ALL)] == list(net.shapes)


def test_concat_reads_any_earlier_layers():
    net = net_of(layer("literals"), layer("concat", 1, inputs=(0, 1, 0)))
    assert np.array_equal(net.bits(ALL), by_row(lambda x: x + x + [not b for b in x] + x))


def test_thresholds_compare_codes():
    features = (Feature("a"), Feature("r", "real", 3))
    weights = {"feature": np.array([1, 0, 1, 1]), "threshold": np.array([0, 1, 5, 8])}
    net = HardNet(features, (HardLayer("encoder", "encoder", (-1,), {}, weights),))
    assert net.bits([[0, 4], [1, 5]]).tolist() == [
        [True, False, False, False],
        [True, True, True, False],
    ]


def test_scores_count_groups_and_ties_go_to_the_lowest_class():
    net = net_of(layer("class_head", classes=2), classes=("a", "b"))
    assert net.scores(ALL).tolist() == [[a + b, c + d] for a, b, c, d in ALL.tolist()]
    assert net.predict(ALL).tolist() == [int(c + d > a + b) for a, b, c, d in ALL.tolist()]


@pytest.mark.parametrize(("classes", "width"), [(1, 1), (2, 1), (3, 2), (4, 2), (5, 3), (10, 4)])
def test_class_index_width(classes, width):
    names = tuple(map(str, range(classes)))
    net = net_of(layer("class_head", classes=classes), m=2 * classes, classes=names)
    assert net.class_index_width == width


def test_encode_codes_rows_of_values():
    features = (Feature("a"), Feature("r", "real", 3, 10.0, 2.0))
    weights = {"feature": np.array([0, 1]), "threshold": np.array([1, 2])}
    net = HardNet(features, (HardLayer("encoder", "encoder", (-1,), {}, weights),))
    assert net.encode([[1, 13.1]]).tolist() == [[1, 2]]
    assert feature_names(features) == ["a", "r"]


def test_no_scores_without_a_class_head():
    with pytest.raises(InputError, match="no class head"):
        net_of().scores(ALL)


@pytest.mark.parametrize(
    ("codes", "message"),
    [
        ([[0, 1, 0]], r"codes must have the shape \[rows, 4\], not \[1, 3\]"),
        ([0, 1, 0, 1], r"not \[4\]"),
        ([[0.0, 1, 0, 1]], "codes must be integers, not float64"),
        ([[0, 1, 0, 2]], r"code 2 of feature 'x3' in row 0 is outside 0\.\.1"),
        ([[0, 1, 0, 1], [0, -1, 0, 1]], "code -1 of feature 'x1' in row 1"),
    ],
)
def test_bad_codes_are_refused(codes, message):
    with pytest.raises(InputError, match=message):
        net_of().layers(codes)


def test_booleans_and_no_rows_are_codes():
    assert net_of().bits(ALL.astype(bool)).shape == (16, 4)
    net = net_of(layer("class_head", classes=2), classes=("a", "b"))
    none = np.zeros((0, 4), int)
    assert net.bits(none).shape == (0, 4) and net.scores(none).shape == (0, 2)


def test_importing_the_reference_needs_no_torch():
    code = "import db2hdl_hw, db2hdl_sim, db2hdl.hardnet, sys; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
