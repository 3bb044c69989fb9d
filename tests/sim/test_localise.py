"""A planted bug is named by its layer and net; nothing else is."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from db2hdl_hw.errors import InputError, ToolError
from db2hdl_sim.localise import Stage, localise
from db2hdl_sim.runner import simulate
from db2hdl_sim.stimulus import given

Activations = Callable[[NDArray[np.bool_]], dict[str, list[bool]]]

ROWS = np.array([[0, 0, 0, 0, 0, 0], [1, 0, 1, 1, 0, 1], [1, 0, 0, 1, 0, 0]], bool)


def test_a_flipped_gate_is_named(
    reused_bundle: Any, simulator: str, activations: Activations
) -> None:
    reused_bundle.flip("x[2] ^ x[3]", "x[2] | x[3]")
    job = reused_bundle.job(simulator, [given("test", ROWS)])
    (wrong,) = simulate(job).described
    first = localise(job, wrong.index, activations(ROWS[wrong.index]))
    assert first is not None
    assert (first.layer, first.bit, first.net) == ("l0_xor", 1, "net.l0_xor.l0_xor_1")
    assert (first.expected, first.got, first.index) == ("0", "1", 1)
    assert str(first) == (
        "test row 1: layer l0_xor, bit 1, net net.l0_xor.l0_xor_1: expected 0, got 1"
    )


@pytest.mark.parametrize(
    ("old", "new", "layer", "net"),
    [
        (" & (level >= 2'd2)", " & (level >= 2'd3)", "l1_and", "l1_and.l1_and_1"),
        ("{l1_and_1, l1_and_0};", "{l1_and_1, l1_and_1};", "output", "y"),
        ("assign l0_xor_0 = x[0] ^ x[1];", "assign l0_xor_0 = 1'bx;", "l0_xor", "0"),
    ],
)
def test_each_stage_is_told_apart(
    bundle: Any, icarus: str, activations: Activations, old: str, new: str, layer: str, net: str
) -> None:
    bundle.flip(old, new)
    job = bundle.job(icarus, [given("test", ROWS)])
    first = localise(job, 1, activations(ROWS[1]))
    assert first is not None
    assert first.layer == layer
    assert first.net.endswith(net)


def test_what_comes_after_the_layers_is_told_apart(
    bundle: Any, icarus: str, activations: Activations
) -> None:
    bundle.flip("assign sum = {1'b0, l1_and_0} + {1'b0, l1_and_1};", "assign sum = {2{l1_and_0}};")
    job = bundle.job(icarus, [given("test", ROWS)])
    bits = activations(ROWS[1])
    right = Stage("pair", ["net.y[0]", "net.y[1]"], bits["l1_and"][:2])
    wrong = Stage("count", ["net.sum[0]", "net.sum[1]"], [True, False])
    first = localise(job, 1, bits, after=[right])
    assert first is not None and (first.layer, first.net) == ("output", "sum")
    first = localise(job, 1, bits, after=[right, wrong])
    assert first is not None
    assert (first.layer, first.bit, first.net) == ("count", 0, "net.sum[0]")


def test_a_wrong_constant_is_named(bundle: Any, icarus: str, activations: Activations) -> None:
    bundle.flip("x[2] ^ x[3]", "x[2] | x[3]")
    job = bundle.job(icarus, [given("test", ROWS)])
    bits = activations(ROWS[1])
    bits["l0_xor"][1:] = [True, True]
    first = localise(job, 1, bits)
    assert first is not None
    assert (first.layer, first.bit, first.net, first.got) == ("l0_xor", 2, "constant 0", "0")


def test_a_mismatch_that_does_not_repeat(
    bundle: Any, icarus: str, activations: Activations
) -> None:
    job = bundle.job(icarus, [given("test", ROWS)])
    assert localise(job, 1, activations(ROWS[1])) is None


def test_refuses_what_does_not_belong_together(
    bundle: Any, icarus: str, activations: Activations
) -> None:
    job = bundle.job(icarus, [given("test", ROWS)])
    bits = activations(ROWS[0])
    with pytest.raises(InputError, match="no vector 3"):
        localise(job, 3, bits)
    with pytest.raises(InputError, match=r"without nets\.json"):
        localise(replace(job, nets=None), 0, bits)
    with pytest.raises(InputError, match="'l1_and' has 3 nets, but the model no such layer"):
        localise(job, 0, {name: value for name, value in bits.items() if name != "l1_and"})
    with pytest.raises(InputError, match="'l0_xor' has 3 nets, but the model 1 bits"):
        localise(job, 0, {**bits, "l0_xor": [True]})


@pytest.mark.parametrize("text", ["", "[]", '{"layers": [{"name": "a"}]}', "{", '{"layers": 1}'])
def test_a_broken_net_map(bundle: Any, icarus: str, text: str) -> None:
    job = bundle.job(icarus, [given("test", ROWS)])
    job.nets.write_text(text)
    with pytest.raises(InputError, match="is not a net map"):
        localise(job, 0, {})


def test_nets_of_another_design(bundle: Any, icarus: str, activations: Activations) -> None:
    bundle.flip("{l1_and_1, l1_and_0};", "{l1_and_1, l1_and_1};")
    job = bundle.job(icarus, [given("test", ROWS)])
    text = job.nets.read_text().replace("net.x[", "net.q[").replace("l0_xor_", "gone_")
    job.nets.write_text(text.replace("l1_and_", "gone_"))
    with pytest.raises(ToolError, match="none of the nets"):
        localise(job, 1, activations(ROWS[1]))
