"""Facts of single inputs against brute force; near exclusive ors are counted exactly."""

import numpy as np
import pytest

from db2hdl.explain.facts import find_facts
from db2hdl.explain.parity import nearest_parity
from db2hdl.explain.regions import Grid, inside
from db2hdl.explain.rules import Table
from db2hdl.model_file import Model


def model_of(hard, every):
    codes = every(hard)[::7].astype(np.uint16)
    return Model(hard, codes, hard.predict(codes).astype(np.int32))


@pytest.mark.parametrize("seed", range(20))
def test_pulls_and_excludes_and_constant_bits(seed, make_net, every):
    hard = make_net(seed)
    model, codes = model_of(hard, every), every(hard)
    facts = find_facts(model)
    shape = [feature.top + 1 for feature in hard.features]
    classes = hard.predict(codes)
    for pull in facts.pulls:
        has = np.moveaxis((classes == pull.wanted).reshape(shape), pull.feature, 0)
        has = has if pull.rising else has[::-1]
        assert not (has[:-1] & ~has[1:]).any()
    rows = hard.predict(model.test_codes)
    for one in facts.excludes:
        held = inside(one.box, model.test_codes)
        assert held.sum() == one.rows and not (rows[held] == one.unwanted).any()
        if one.proved:
            assert not (classes[inside(one.box, codes)] == one.unwanted).any()
    layers = dict(hard.layers(codes))
    for name, constant, size in facts.constant:
        bits = layers[name].reshape(len(codes), -1)
        assert size == bits.shape[1]
        assert constant <= (bits == bits[0]).all(axis=0).sum()


def table_of(wanted):
    grid = Grid(tuple(range(wanted.ndim)), ((0, 1, 2),) * wanted.ndim)
    return Table(grid, np.stack([~wanted, wanted], -1), wanted.size)


@pytest.mark.parametrize("inverted", [False, True])
def test_where_a_net_differs_from_an_exclusive_or(inverted):
    wanted = np.indices((2,) * 6)[[1, 4]].sum(0) % 2 == 1
    wanted ^= inverted
    assert nearest_parity(table_of(wanted)).differing == 0
    wanted[0, 0, 1, :, 0, 0] ^= True
    near = nearest_parity(table_of(wanted))
    assert near.features == (1, 4) and near.inverted == inverted
    assert (near.differing, near.cells) == (2, 64)
    assert near.boxes == ({0: (0, 1), 1: (0, 1), 2: (1, 2), 4: (0, 1), 5: (0, 1)},)


def test_what_is_far_from_an_exclusive_or_is_not_compared():
    wanted = np.indices((2,) * 4).sum(0) >= 2
    assert nearest_parity(table_of(wanted)) is None
