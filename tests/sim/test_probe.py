"""The module around a top shows what it is asked for, and only what is there."""

from typing import Any

from db2hdl_sim import probe
from db2hdl_sim.job import Port


def test_only_nets_of_the_rtl_are_present(bundle: Any) -> None:
    job = bundle.job("icarus")
    paths = ["net.l0_xor.l0_xor_1", "net.x[3]", "net.l0_xor.l0_xor_7", "gone.l0_xor_1", "x;y", ""]
    assert probe.present(job, paths) == ["net.l0_xor.l0_xor_1", "net.x[3]"]


def test_nets_are_packed_into_ports(bundle: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(probe, "PORT_BITS", 2)
    made = probe.probe_job(bundle.job("icarus"), ["net.a.b", "c[3]", "d"])
    assert made.top == "db2hdl_probe"
    assert made.outputs[2:] == (Port("db2hdl_probe_0", 2), Port("db2hdl_probe_2", 1))
    text = made.rtl[-1].read_text()
    assert "net dut(.x(x), .level(level), .y(y), .sum(sum));" in text
    assert "assign db2hdl_probe_0[0] = dut.a.b;\nassign db2hdl_probe_0[1] = dut.c[3];" in text
    assert "assign db2hdl_probe_2[0] = dut.d;" in text
