"""What the shells cost by themselves, for words of several widths, on four families.

    python benchmarks/shells.py

Prints the tables of docs/reference/shells.md, and what clock the AXI4-Stream shell reaches. About
two minutes of CPU time; syntheses are kept in the cache of ``db2hdl synth``.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from db2hdl_hw.boards.flow import route
from db2hdl_hw.boards.speed import part
from db2hdl_hw.emit.axi_stream import axi_stream_verilog
from db2hdl_hw.emit.axi_stream import shell_name as axi_name
from db2hdl_hw.emit.interface import Clocking, InputPort, Interface, OutputPort
from db2hdl_hw.emit.uart import shell_name as uart_name
from db2hdl_hw.emit.uart import uart_verilog
from db2hdl_hw.synth import TARGETS, shell_cost, synthesise
from db2hdl_hw.synth.shell import stand_in
from db2hdl_hw.synth.yosys import find_yosys

CLASSES = tuple("0123456789")
DIVISOR = 104
"""Clocks of a bit: 115,200 baud at 12 MHz."""

MODEL_HASH = "5a" * 32


def face(bits: int, latency: int = 0) -> Interface:
    """Return the interface of a core with so many input bits and ten classes."""
    port = InputPort("x", bits, tuple(f"x{i}" for i in range(bits)))
    index = OutputPort("class_index", 4, "index")
    clocking = Clocking() if latency else None
    return Interface(
        "core", MODEL_HASH, (port,), (index,), CLASSES, latency=latency, clocking=clocking
    )


def row(what: str, name: str, core: Interface, text: str) -> str:
    """Return the line of a shell: LUTs and flip-flops of each family."""
    cells = []
    for target in TARGETS:
        found = shell_cost(text, name, core, target)
        cells.append(f"{found.luts:,} / {found.ffs:,}")
    return f"| {what} | {' | '.join(cells)} |"


def table(first: str, rows: Callable[[], list[str]]) -> None:
    """Print a table of LUTs and flip-flops."""
    print(f"| {first} | {' | '.join(TARGETS)} |")
    print("|---" * (1 + len(TARGETS)) + "|")
    print("\n".join(rows()), end="\n\n")


def axi_stream() -> list[str]:
    """Return a line for each width of words and of data."""
    rows = []
    for bits, width, latency in ((32, 32, 0), (32, 32, 4), (784, 32, 0), (784, 8, 0), (784, 64, 0)):
        core = face(bits, latency)
        text = axi_stream_verilog(core, width)
        rows.append(row(f"{bits}, {width}, {latency}", axi_name(core), core, text))
    return rows


def uart() -> list[str]:
    """Return a line for each width of words."""
    rows = []
    for bits in (32, 784):
        core = face(bits)
        rows.append(row(f"{bits}", uart_name(core), core, uart_verilog(core, DIVISOR)))
    return rows


def clock(target: str) -> str:
    """Return what clock the AXI4-Stream shell of 32 bits reaches, around a core of parities."""
    core = face(32, latency=4)
    name = axi_name(core)
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / "shell.v", Path(folder) / "core.v"]
        for file, text in zip(files, (axi_stream_verilog(core, 32), stand_in(core)), strict=True):
            file.write_text(text)
        made = synthesise(files, name, target, keep_hierarchy=False)
        shutil.copyfile(made.netlist_json, Path(folder) / "netlist.json")
        arguments = [*part(target).arguments, "--json", "netlist.json"]
        return (
            f"{part(target).name}: {route(target, arguments, Path(folder), 100).fmax_mhz:.0f} MHz"
        )


if __name__ == "__main__":
    tool = find_yosys()
    print(f"{tool.package} {tool.version}; LUTs / flip-flops\n")
    table("input bits, data width, latency", axi_stream)
    table("input bits", uart)
    print("\n".join(clock(target) for target in ("ice40", "ecp5")))
