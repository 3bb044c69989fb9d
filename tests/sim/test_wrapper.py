"""The module around a top carries its ports, and shows nets that are there."""

from typing import Any

import pytest

from db2hdl_hw.errors import InputError
from db2hdl_sim import runner, wrapper
from db2hdl_sim.job import Port
from db2hdl_sim.runner import simulate


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wrapper, "GROUP_BITS", 3)
    monkeypatch.setattr(wrapper, "WORD_BITS", 2)
    monkeypatch.setattr(runner, "MANY_PORTS", 3)


def test_only_nets_of_the_rtl_are_present(bundle: Any) -> None:
    job = bundle.job("icarus")
    paths = ["net.l0_xor.l0_xor_1", "net.x[3]", "net.l0_xor.l0_xor_7", "gone.l0_xor_1", "x;y", ""]
    assert wrapper.present(job, paths) == ["net.l0_xor.l0_xor_1", "net.x[3]"]


def test_ports_and_nets_are_grouped(bundle: Any) -> None:
    made = wrapper.wrap(bundle.job("icarus"), ["net.a.b", "c[3]", "d", "e"])
    name = wrapper.TOP
    assert made.top == name
    assert made.inputs == (Port(f"{name}_in_0", 4), Port(f"{name}_in_1", 2))
    assert made.outputs == (
        Port(f"{name}_out_0", 4),
        Port(f"{name}_net_0", 3),
        Port(f"{name}_net_1", 1),
    )
    text = made.rtl[-1].read_text()
    assert f".level({name}_in_1[1:0])" in text
    assert f".sum({name}_out_0[3:2])" in text
    assert f"wire [1:0] {name}_net_0_0 = {{dut.c[3], dut.a.b}};" in text
    assert f"wire [0:0] {name}_net_0_2 = {{dut.d}};" in text
    assert f"assign {name}_net_0 = {{{name}_net_0_2, {name}_net_0_0}};" in text
    assert f"assign {name}_net_1 = {{{name}_net_1_0}};" in text


def test_many_ports(bundle: Any, simulator: str) -> None:
    result = simulate(bundle.job(simulator))
    assert result.passed and result.vectors == 131
    assert result.top == "net"


def test_mismatches_are_told_by_the_tops_ports(bundle: Any, icarus: str) -> None:
    bundle.flip("x[2] ^ x[3]", "x[2] | x[3]")
    result = simulate(bundle.job(icarus))
    (one, *_) = result.described
    assert set(one.inputs) == {"x", "level"} and set(one.got) == {"y", "sum"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("input [1:0] level, output [1:0] y", "input [2:0] level, output [1:0] y"),
        ("output [1:0] y, output [1:0] sum);", "output [1:0] y, output [2:0] sum);"),
    ],
)
def test_ports_of_another_width(bundle: Any, icarus: str, old: str, new: str) -> None:
    bundle.flip(old, new)
    with pytest.raises(InputError, match="has not the ports of the interface"):
        simulate(bundle.job(icarus))


def test_a_missing_port(bundle: Any, simulator: str) -> None:
    bundle.flip("output [1:0] sum);", "output [1:0] more); wire [1:0] sum; assign more=0;")
    with pytest.raises(InputError, match="sum"):
        simulate(bundle.job(simulator))
