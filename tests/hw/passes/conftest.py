"""What it means that a pass changed nothing but the size."""

import numpy as np
import pytest

from db2hdl_hw.netlist.interpret import Interpreter

MOST_EXHAUSTIVE_BITS = 12


def stimulus(netlist, rows=2048):
    """Return all inputs of a small netlist, random ones of a large one."""
    bits = sum(port.width for port in netlist.inputs)
    if bits <= MOST_EXHAUSTIVE_BITS:
        table = (np.arange(1 << bits)[:, None] >> np.arange(bits) & 1).astype(bool)
    else:
        table = np.random.default_rng(0).random((rows, bits)) < 0.5
    inputs, first = {}, 0
    for port in netlist.inputs:
        part = table[:, first : first + port.width]
        inputs[port.name] = part @ (1 << np.arange(port.width)) if port.is_word else part
        first += port.width
    return inputs


@pytest.fixture(scope="session")
def assert_same_function():
    """Compare outputs, and every probed bit that is in both netlists."""

    def check(before, after):
        assert after.inputs == before.inputs
        inputs, old_net, new_net = stimulus(before), Interpreter(before), Interpreter(after)
        old, new = old_net.outputs(inputs), new_net.outputs(inputs)
        assert list(old) == list(new)
        for port in old:
            assert np.array_equal(old[port], new[port]), f"output {port} differs"
        old, new = old_net.probes(inputs), new_net.probes(inputs)
        assert list(old) == list(new)
        for layer in old:
            differ = np.ma.filled(old[layer] != new[layer], False)
            assert not differ.any(), f"probe {layer} differs"

    return check


HEAD = """netlist t
input x bits 4
input w word 3
layer a
layer b
n0 - const(0)
n1 - const(1)
n2 - input(x[0])
n3 - input(x[1])
n4 - input(x[2])
n5 - input(x[3])
n6:3 - input(w)
"""


@pytest.fixture(scope="session")
def head():
    """Return the text that golden cases begin with: nets 2 to 5 are bits, 6 is a word of 3."""
    return HEAD
