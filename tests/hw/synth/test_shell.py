"""What shells cost, and that the stand-in for a core has its ports."""

from __future__ import annotations

from pathlib import Path

import pytest

from db2hdl_hw.emit.axi_stream import axi_stream_verilog
from db2hdl_hw.emit.axi_stream import shell_name as axis_name
from db2hdl_hw.emit.interface import Clocking, InputPort, Interface, OutputPort
from db2hdl_hw.emit.uart import shell_name, uart_verilog
from db2hdl_hw.synth import shell_cost, synthesise
from db2hdl_hw.synth.shell import stand_in


def face(bits: int, latency: int = 0) -> Interface:
    return Interface(
        "core",
        "00" * 32,
        (InputPort("x", bits, tuple(f"f{i}" for i in range(bits))),),
        (OutputPort("class_index", 2, "index"), OutputPort("scores", 9, "scores", 3)),
        ("a", "b", "c"),
        latency=latency,
        clocking=Clocking() if latency else None,
    )


@pytest.mark.parametrize("target", ["ice40", "ecp5", "gowin", "xc7"])
def test_an_axi_stream_shell_is_synthesised_for_every_family(tmp_path: Path, target: str) -> None:
    """Three beats of 8 bits: their register, the queue of 12 bits and the counters."""
    core = face(24, latency=2)
    text = axi_stream_verilog(core, 8)
    found = shell_cost(text, axis_name(core), core, target, cache=tmp_path)
    assert 24 + 12 < found.ffs + found.cells.get("SRL16E", 0) < 24 + 12 * 9
    assert 10 < found.luts < 200 and 0 < found.depth < 8


def test_a_wider_word_costs_its_register_and_the_core_does_not_count(tmp_path: Path) -> None:
    ffs = []
    for bits in (24, 48):
        core = face(bits)
        text = uart_verilog(core, 8)
        ffs.append(shell_cost(text, shell_name(core), core, "ice40", cache=tmp_path).ffs)
    assert 24 <= ffs[1] - ffs[0] <= 26


@pytest.mark.parametrize("latency", [0, 3])
def test_the_stand_in_reads_all_inputs(tmp_path: Path, latency: int) -> None:
    file = tmp_path / "core.v"
    file.write_text(stand_in(face(16, latency)))
    made = synthesise([file], "core", "ice40", keep_hierarchy=True, cache=tmp_path / "c")
    assert made.count.luts >= 5 and made.count.ffs == bool(latency)
