"""What building counts for the FPGA saves: popcounts alone, and count + argmax of five nets.

    python benchmarks/counts.py [--targets xc7 ice40 ecp5 gowin] [--nets …]

*plain* is the straightforward lowering: a tree of +, and argmax one class after the other; the
others are the style of the target, and the one that is used if no target is named. All through
the same Yosys. The first run takes minutes; results are kept.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from five_nets import MODELS, head_only, netlist_of

from db2hdl_hw.emit.verilog import to_verilog
from db2hdl_hw.gateware.operations import STYLE, style_of
from db2hdl_hw.netlist.builder import Builder
from db2hdl_hw.netlist.netlist import Netlist
from db2hdl_hw.synth import Synthesis, synthesise

POPCOUNTS = (100,)
TARGETS = ("xc7", "ice40", "ecp5", "gowin")


def made(netlist: Netlist, target: str, style: str) -> Synthesis:
    text, _ = to_verilog(netlist, model_hash="", versions={}, style=style)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "top.v"
        file.write_text(text)
        return synthesise([file], netlist.top, target, keep_hierarchy=False)


def popcount(bits: int) -> Netlist:
    b = Builder("top")
    x = b.input_bits("x", bits)
    with b.layer("count"):
        count = b.popcount(x.reshape(1, -1))
    b.output("y", count)
    return b.build()


def row(name: str, netlist: Netlist, target: str) -> str:
    cells = [name, target]
    found = {style: made(netlist, target, style) for style in {"plain", STYLE, style_of(target)}}
    plain = found["plain"].count.luts
    for style in ("plain", STYLE, style_of(target)):
        one = found[style]
        lcs = "" if one.logic_cells is None else f" ({one.logic_cells})"
        saved = "" if style == "plain" else f", {100 * (one.count.luts - plain) / plain:+.0f} %"
        cells.append(f"{one.count.luts}{lcs}{saved}, depth {one.count.depth}")
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--targets", nargs="+", default=["xc7", "ice40"], choices=TARGETS)
    parser.add_argument("--nets", nargs="+", default=list(MODELS), choices=list(MODELS))
    options = parser.parse_args()
    print("LUTs (in brackets Yosys' estimate of logic cells), and depth in LUTs\n")
    print("| what | target | plain | any target | this target |\n|---|---|---|---|---|")
    for target in options.targets:
        for bits in POPCOUNTS:
            print(row(f"popcount {bits}", popcount(bits), target), flush=True)
        for name in options.nets:
            netlist = head_only(netlist_of(name))
            print(row(f"{name}: count + argmax", netlist, target), flush=True)


if __name__ == "__main__":
    main()
