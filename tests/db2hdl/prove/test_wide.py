"""Wide counts: what no SAT solver or BDD would decide by itself."""

import numpy as np
import pytest

from db2hdl.bundle import describe
from db2hdl.features import Feature
from db2hdl.hardnet import HardLayer, HardNet
from db2hdl.lower import lower
from db2hdl.prove import prove_netlist, prove_verilog
from db2hdl_hw.emit.verilog import to_verilog
from db2hdl_hw.gateware.counters import COUNTS
from db2hdl_hw.netlist.netlist import Op
from db2hdl_hw.passes import optimise
from db2hdl_hw.prove.equal import PROVED, REFUTED


def majority(n):
    """One majority of n bits."""
    every = {"feature": np.arange(n), "threshold": np.ones(n, np.int64)}
    layers = (
        HardLayer("encoder", "encoder", (-1,), {}, every),
        HardLayer("l0_reshape", "reshape", (0,), {"shape": [1, n]}),
        HardLayer("l1_majority", "majority", (1,)),
    )
    return HardNet(tuple(Feature(f"x{i}") for i in range(n)), layers)


def proved(n, style):
    hard = majority(n)
    netlist = optimise(lower(hard))
    assert prove_netlist(hard, netlist).verdict == PROVED
    verilog, nets = to_verilog(netlist, model_hash="", versions={}, style=style)
    nets_map = {one["name"]: one["nets"] for one in nets}
    face = describe(hard, netlist)
    assert prove_verilog(hard, verilog, "top", nets_map, face).verdict == PROVED
    netlist.param[netlist.op == Op.AT_LEAST] += np.uint64(1)
    return prove_netlist(hard, netlist)


@pytest.mark.parametrize("style", COUNTS)
@pytest.mark.parametrize("n", [30, 301])
def test_a_majority(style, n):
    wrong = proved(n, style)
    assert wrong.verdict == REFUTED
    assert wrong.counterexample.sum() == n // 2 + 1


@pytest.mark.slow
@pytest.mark.parametrize("style", ["lut4", "lut6"])
def test_a_majority_of_4096(style):
    wrong = proved(4096, style)
    assert wrong.verdict == REFUTED
    assert wrong.counterexample.sum() == 2049
