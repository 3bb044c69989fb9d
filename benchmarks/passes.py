"""What each pass and each way of building saves, net by net: LUTs after the same Yosys.

    python benchmarks/passes.py [--targets xc7 ice40 ecp5 gowin] [--nets …] [--heads]

*plain* is the straightforward lowering: sums with ``+``, comparisons with ``>=``, argmax one class
after the other, and no pass but those that fold constants, merge equal cells and drop dead ones.
*all* is what is exported for the target. Each other column is *all* without one thing; its figure
says how many LUTs that thing saves. On iCE40 the figures are logic cells, as a carry without a LUT
takes up a cell, too; ``Count.luts`` leaves those out. ``--heads`` measures count and argmax alone.
Results of Yosys are kept.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from unittest.mock import patch

import numpy as np
from five_nets import MODELS

from db2hdl.features import Feature
from db2hdl.hardnet import HardLayer, HardNet
from db2hdl.lower import lower
from db2hdl.model_file import Model, as_model, load
from db2hdl_hw.emit.verilog import to_verilog
from db2hdl_hw.gateware import operations
from db2hdl_hw.gateware.operations import style_of
from db2hdl_hw.netlist.builder import Builder
from db2hdl_hw.netlist.netlist import Netlist, Op
from db2hdl_hw.passes import PASSES, optimise
from db2hdl_hw.synth import TARGETS, Synthesis, synthesise

BASE = ("remove_dead", "fold_constants", "hash_cells")
"""Passes that the straightforward lowering has, too: synthesis does as much by itself."""

OWN = tuple(name for name in PASSES if name not in BASE)
WAYS = ("counts", "compare", "argmax")
"""Ways of building that can be switched off: counters, comparisons as gates, argmax as a tree."""


def majorities() -> Model:
    """Return a net of 60 bits, 40 majorities of five and 20 of three, and four classes."""
    rng = np.random.default_rng(0)
    features = tuple(Feature(f"x{i}") for i in range(60))
    every = {"feature": np.arange(60), "threshold": np.ones(60, np.int64)}
    layers = [HardLayer("encoder", "encoder", (-1,), {}, every)]
    before = 60
    for number, (width, inputs) in enumerate(((40, 5), (20, 3))):
        index = np.array([rng.choice(before, inputs, replace=False) for _ in range(width)])
        select = {"index": index.reshape(-1)}
        layers.append(HardLayer(f"l{number}_select", "select", (3 * number,), {}, select))
        shape = {"shape": [width, inputs]}
        layers.append(HardLayer(f"l{number}_reshape", "reshape", (3 * number + 1,), shape, {}))
        layers.append(HardLayer(f"l{number}_majority", "majority", (3 * number + 2,), {}, {}))
        before = width
    layers.append(HardLayer("class_head", "class_head", (6,), {"classes": 4}))
    return as_model(HardNet(features, tuple(layers), tuple("abcd")))


def count_hot() -> Model:
    """Return a net of two times 30 bits, each count-hot, whose outputs vote for two classes."""
    index = np.random.default_rng(0).permutation(62)
    features = tuple(Feature(f"x{i}") for i in range(60))
    every = {"feature": np.arange(60), "threshold": np.ones(60, np.int64)}
    layers = (
        HardLayer("encoder", "encoder", (-1,), {}, every),
        HardLayer("l0_reshape", "reshape", (0,), {"shape": [2, 30]}, {}),
        HardLayer("l1_count_hot", "count_hot", (1,), {}, {}),
        HardLayer("l2_reshape", "reshape", (2,), {"shape": [62]}, {}),
        HardLayer("l3_select", "select", (3,), {}, {"index": index}),
        HardLayer("class_head", "class_head", (4,), {"classes": 2}),
    )
    return as_model(HardNet(features, layers, tuple("ab")))


NETS: Mapping[str, Callable[[], Model]] = {
    **MODELS,
    "majorities": majorities,
    "count-hot": count_hot,
}


def head(bits: int, classes: int = 10) -> Netlist:
    """Return count and argmax of ten classes by themselves."""
    b = Builder("top")
    x = b.input_bits("x", bits * classes)
    with b.layer("count"):
        counts = b.popcount(x.reshape(classes, -1))
    with b.layer("argmax"):
        index = b.argmax(counts)
    b.output("class_index", [index])
    return b.build()


def cells(made: Synthesis) -> int:
    """Return the LUTs; on iCE40 with the carries that share their cell with none."""
    return made.count.luts + made.count.alone


def made(netlist: Netlist, target: str, style: str, without: str = "") -> Synthesis:
    """Synthesise a netlist in a style, with one way of building replaced by the plain one."""
    table = dict(operations.STYLES[style])
    plain = operations.STYLES["plain"]
    changed = {
        "counts": [Op.POPCOUNT, Op.AT_LEAST],
        "compare": [Op.COMPARE],
        "argmax": [Op.ARGMAX],
    }
    table |= {op: plain[op] for op in changed.get(without, [])}
    with (
        patch.dict(operations.STYLES, {style: table}),  # type: ignore[arg-type]
        tempfile.TemporaryDirectory() as folder,
    ):
        text, _ = to_verilog(netlist, model_hash="", versions={}, style=style)
        file = Path(folder) / "top.v"
        file.write_text(text)
        return synthesise([file], netlist.top, target, keep_hierarchy=False)


def row(name: str, raw: Netlist, target: str) -> str:
    """Return a line of the table."""
    style = style_of(target)
    base = {key: PASSES[key] for key in BASE}
    plain = made(optimise(raw, passes=base), target, "plain")
    netlist = optimise(raw)
    whole = made(netlist, target, style)
    first, last = cells(plain), cells(whole)
    columns = [name, target, f"{first}, depth {plain.count.depth}"]
    columns.append(f"{last} ({100 * (last - first) / first:+.0f} %), depth {whole.count.depth}")
    for without in OWN:
        some = {key: run for key, run in PASSES.items() if key != without}
        columns.append(f"{cells(made(optimise(raw, passes=some), target, style)) - last}")
    columns += [f"{cells(made(netlist, target, style, way)) - last}" for way in WAYS]
    return "| " + " | ".join(columns) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--targets", nargs="+", default=["xc7", "ice40"], choices=list(TARGETS))
    parser.add_argument("--nets", nargs="*", default=list(NETS), metavar="NET|MODEL.dbnet")
    parser.add_argument("--heads", action="store_true")
    options = parser.parse_args()
    headings = ["net", "target", "plain", "all", *OWN, *WAYS]
    print("| " + " | ".join(headings) + " |\n" + "|---" * len(headings) + "|")
    for name in options.nets:
        model = NETS[name]() if name in NETS else load(Path(name))
        for target in options.targets:
            print(row(Path(name).stem, lower(model.hard), target), flush=True)
    for bits in (100, 200) if options.heads else ():
        for target in options.targets:
            print(row(f"10 x {bits} bits", head(bits), target), flush=True)


if __name__ == "__main__":
    main()
