"""The hard look-up-table layer: what it computes, what is refused, files and netlists."""

import numpy as np
import pytest

from db2hdl.hardnet import HardLayer, HardNet, bit_features
from db2hdl.lower import lower
from db2hdl.model_file import load, model_hash, save
from db2hdl_hw.errors import InputError
from db2hdl_hw.netlist.interpret import evaluate

RNG = np.random.default_rng(0)
TABLE, WIRES = RNG.random((5, 8)) < 0.5, RNG.integers(0, 4, (5, 3))


def net(table=TABLE, wires=WIRES):
    encoder = {"feature": np.arange(4), "threshold": np.ones(4, int)}
    layers = (
        HardLayer("encoder", "encoder", (-1,), {}, encoder),
        HardLayer("l0_lut", "lut", (0,), {}, {"weight": table, "wires": wires}),
    )
    return HardNet(bit_features(4), layers)


CODES = (np.arange(16)[:, None] >> np.arange(4)) & 1


def test_bits_are_the_entries_that_the_wires_spell():
    bits = net().bits(CODES)
    for row, code in enumerate(CODES):
        for i in range(5):
            index = code[WIRES[i, 0]] + 2 * code[WIRES[i, 1]] + 4 * code[WIRES[i, 2]]
            assert bits[row, i] == TABLE[i, index]


def test_netlist_agrees():
    out = evaluate(lower(net()), {"x": CODES == 1})["y"]
    assert (np.asarray(out).reshape(16, -1) == net().bits(CODES)).all()


def test_file_returns_tables_and_wires(tmp_path):
    save(tmp_path / "m.dbnet", net())
    again = load(tmp_path / "m.dbnet").hard
    assert (again.layers_[1].weights["wires"] == WIRES).all()
    assert (again.bits(CODES) == net().bits(CODES)).all()
    assert model_hash(again) == model_hash(net())
    assert model_hash(net(wires=WIRES[:, ::-1])) != model_hash(net())


@pytest.mark.parametrize(
    ("table", "wires", "says"),
    [
        (TABLE, WIRES + 0.0, "integer wires"),
        (TABLE, WIRES[0], "integer wires"),
        (TABLE, WIRES[:, :0], "integer wires"),
        (TABLE, np.zeros((5, 7), int), "1..6 inputs, not 7"),
        (TABLE.astype(int), WIRES, r"boolean tables of the shape \[5, 8\]"),
        (TABLE[:, :4], WIRES, r"boolean tables of the shape \[5, 8\]"),
        (TABLE, WIRES + 4, "outside its input of 4 bits"),
        (TABLE, WIRES - 4, "outside its input of 4 bits"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(table, wires, says):
    with pytest.raises(InputError, match=f"'l0_lut': .*{says}"):
        net(table, wires)
