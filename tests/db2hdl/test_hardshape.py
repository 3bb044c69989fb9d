"""Nets whose layers do not fit together are refused, and the layer is named."""

from __future__ import annotations

import numpy as np
import pytest

from db2hdl.features import Feature
from db2hdl.hardnet import HardLayer, HardNet, bit_features
from db2hdl_hw.errors import InputError

ENCODER = {"feature": np.arange(3), "threshold": np.ones(3, int)}
WEIGHT = {"weight": np.ones((2, 3), bool)}


def encoder(**changed):
    return HardLayer("encoder", "encoder", (-1,), {}, {**ENCODER, **changed})


def layer(kind, inputs=(0,), weights=None, name=None, **params):
    return HardLayer(name or f"l_{kind}", kind, inputs, params, weights or {})


def big(shape):
    """An array of a huge shape that takes no memory."""
    return np.broadcast_to(np.zeros(1, bool), shape)


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ([], "at least one layer"),
        ([layer("and", (-1,), WEIGHT)], "the first layer, and only the first"),
        ([encoder(), encoder()], "unique lower-case identifier"),
        ([encoder(), layer("encoder", name="second")], "the first layer, and only the first"),
        ([encoder(), layer("nand")], "unknown kind 'nand'"),
        ([encoder(), layer("any_of", name="Bad name")], "unique lower-case identifier"),
        ([encoder(), layer("any_of", name="l_\n")], "unique lower-case identifier"),
        ([encoder(), layer("any_of", (1,))], "not before it"),
        ([encoder(), layer("any_of", (-1,))], "not before it"),
        ([encoder(), layer("any_of", ())], "not before it"),
        ([encoder(), layer("any_of", (0, 0))], "only concat may read several"),
        ([encoder(), layer("class_head", classes=3), layer("literals", (1,))], "must be the last"),
        ([encoder(feature=np.arange(2))], "arrays of one length"),
        ([encoder(feature=np.zeros(0, int), threshold=np.zeros(0, int))], "at least one output"),
        ([encoder(threshold=np.array([1.0, np.nan, 1.0]))], "must be integers"),
        ([encoder(feature=np.array([0, 1, 3]))], "a feature that does not exist"),
        ([encoder(threshold=np.array([0, 1, 3]))], r"outside 0\.\.2\*\*bits"),
        ([encoder(threshold=np.array([0, 1, -1]))], r"outside 0\.\.2\*\*bits"),
        ([encoder(), layer("and")], "needs a boolean weight"),
        ([encoder(), layer("or", weights={"weight": np.ones((2, 3))})], "needs a boolean weight"),
        ([encoder(), layer("or", weights={"weight": np.ones((0, 3), bool)})], "boolean weight"),
        ([encoder(), layer("xor", weights={"weight": np.ones((2, 4), bool)})], r"weight is \[2, 4"),
        ([encoder(), layer("not", weights={"weight": big((1 << 25, 3))})], "at most 67108864"),
        ([encoder(), layer("at_least", k=5)], r"k must be 0\.\.4, not 5"),
        ([encoder(), layer("at_least")], r"k must be 0\.\.4, not None"),
        ([encoder(), layer("at_least", k=True)], r"k must be 0\.\.4, not True"),
        ([encoder(), layer("at_least", k=1.0)], r"k must be 0\.\.4"),
        ([encoder(), layer("reshape", shape=[2, 2])], r"cannot reshape \[3\] to \[2, 2\]"),
        ([encoder(), layer("reshape", shape=[-1])], "must be positive integers"),
        ([encoder(), layer("reshape", shape=3)], "must be positive integers"),
        ([encoder(), layer("any_of"), layer("literals", (1,))], "Reshape it to"),
        (
            [encoder(), layer("not", weights=WEIGHT), layer("concat", (0, 1))],
            "cannot join shapes",
        ),
        ([encoder(), layer("class_head", classes=3)], "give both or neither"),
    ],
)
def test_nets_that_do_not_fit_are_refused(layers, message):
    with pytest.raises(InputError, match=message):
        HardNet(bit_features(3), tuple(layers))


@pytest.mark.parametrize(
    ("layers", "classes", "message"),
    [
        ([], ("a",), "give both or neither"),
        ([layer("class_head", classes=3)], ("a", "b"), "3 distinct classes"),
        ([layer("class_head", classes=2)], ("a", "a"), "2 distinct classes"),
        ([layer("class_head", classes=2)], ("a", "b"), "3 bits .* 2 equal groups"),
        ([layer("not", weights=WEIGHT), layer("class_head", (1,), classes=2)], ("a", "b"), "flat"),
    ],
)
def test_class_heads_that_do_not_fit_are_refused(layers, classes, message):
    with pytest.raises(InputError, match=message):
        HardNet(bit_features(3), (encoder(), *layers), classes)


def test_features_must_exist_and_differ():
    with pytest.raises(InputError, match="at least one feature"):
        HardNet((), (encoder(),))
    with pytest.raises(InputError, match="the same name"):
        HardNet((Feature("a"), Feature("a"), Feature("b")), (encoder(),))


def test_shapes_of_a_net_that_fits():
    net = HardNet(
        bit_features(3),
        (
            encoder(),
            layer("not", (0,), WEIGHT, name="a"),
            layer("literals", (1,), name="b"),
            layer("count_hot", (2,), name="c"),
            layer("concat", (2, 3), name="d"),
            layer("majority", (4,), name="e"),
        ),
    )
    assert net.shapes == ((3,), (2, 3), (2, 6), (2, 7), (2, 13), (2,))
