"""Proof time against size: ``python benchmarks/prove_scale.py [--cells 1000 … ] [--target xc7]``.

Random nets of random LUT4 layers with a layer of 64-bit majorities after every four. CPU seconds
of the prover and its children, engines and Yosys included, on one core; conversion to Verilog and
synthesis are timed apart, as they are not part of a proof. Each size runs in a process of its own,
so that its peak memory is its own. The growth exponent is the slope of log time over log cells.
``--check`` fails unless it is at most 1.2; ``--tiny`` is two small sizes, to try the program.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from db2hdl.bundle import export
from db2hdl.features import Feature
from db2hdl.hardnet import HardLayer, HardNet
from db2hdl.model_file import Model
from db2hdl.prove.chain import versions
from db2hdl.prove.task import LOWERED, OPTIMISED, READ, RTL, Task, mapped_name, netlist_of, run

SIZES = (1_000, 3_000, 10_000, 30_000, 100_000)
TINY = (200, 600)
LIMIT = 1.2
MAJORITY = 64
SHARE = 0.02
"""Of majorities among the cells: each is worth about 64 adders."""


def random_net(cells: int, seed: int = 0) -> HardNet:
    """A net of about so many cells: layers of LUT4, every fifth one of 64-bit majorities."""
    rng = np.random.default_rng(seed)
    width = max(128, min(2000, cells // 10))
    inputs = 256
    features = tuple(Feature(f"x{i}") for i in range(inputs))
    every = {"feature": np.arange(inputs), "threshold": np.ones(inputs, np.int64)}
    layers = [HardLayer("encoder", "encoder", (-1,), {}, every)]
    made, before = 0, inputs
    while made < cells:
        for _ in range(4):
            wires = rng.integers(0, before, (width, 4))
            tables = rng.random((width, 16)) < 0.5
            name = f"l{len(layers) - 1}_lut"
            weights = {"weight": tables, "wires": wires}
            layers.append(HardLayer(name, "lut", (len(layers) - 1,), {}, weights))
            made, before = made + width, width
        count = max(2, round(4 * width * SHARE))
        chosen = np.zeros((count, before), np.bool_)
        for row in chosen:
            row[rng.choice(before, MAJORITY, replace=False)] = True
        weights = {"weight": chosen, "k": np.full(count, MAJORITY // 2 + 1)}
        name = f"l{len(layers) - 1}_threshold"
        layers.append(HardLayer(name, "threshold", (len(layers) - 1,), {}, weights))
        last = len(layers) - 1
        layers.append(HardLayer(f"l{last}_concat", "concat", (last - 1, last)))
        made, before = made + count, before + count
    keep = before - before % 10
    index = {"index": rng.permutation(before)[:keep]}
    layers.append(HardLayer(f"l{len(layers) - 1}_select", "select", (len(layers) - 1,), {}, index))
    last = len(layers) - 1
    head = HardLayer(f"l{last}_class_head", "class_head", (last,), {"classes": 10})
    return HardNet(features, (*layers, head), tuple(f"c{i}" for i in range(10)))


def neurons(hard: HardNet) -> int:
    """The number of tables and majorities: what the size of a net is given as."""
    return sum(len(x.weights["weight"]) for x in hard.layers_ if x.kind in ("lut", "threshold"))


def cpu() -> float:
    """CPU seconds of this process and the children that ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def measure(cells: int, targets: list[str]) -> dict[str, float]:
    """Prove every link of a random net and return the CPU seconds of each, and MB at the peak."""
    hard = random_net(cells)
    with tempfile.TemporaryDirectory() as folder:
        bundle, work = Path(folder) / "ip", Path(folder) / "work"
        work.mkdir()
        started = cpu()
        model = Model(hard, np.zeros((0, 256), np.uint16), np.zeros(0, np.int32), {})
        export(model, bundle, vector_seconds=0)
        row = {"cells": float(neurons(hard)), "export": cpu() - started}
        links = dict.fromkeys((LOWERED, OPTIMISED, RTL, READ), "")
        for name, target in (links | {mapped_name(one): one for one in targets}).items():
            task = Task(name, str(bundle), str(work), ("abc", "sat"), target=target)
            if target:
                netlist_of(task)
            clock = [cpu()]
            result = run(task, lambda clock=clock: clock.append(cpu()))
            row[name] = cpu() - clock[-1]
            if result.verdict != "proved":
                raise SystemExit(f"{name} of {cells} cells: {result.verdict} {result.why}")
    row["MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return row


def total(row: dict[str, float]) -> float:
    """CPU seconds of all links of a size."""
    return sum(value for name, value in row.items() if " = " in name)


def exponent(rows: list[dict[str, float]]) -> float:
    """The least-squares slope of log time over log cells."""
    sizes = np.log([row["cells"] for row in rows])
    return float(np.polyfit(sizes, np.log([total(row) for row in rows]), 1)[0])


def report(rows: list[dict[str, float]], seconds: list[float]) -> Table:
    """The table of all sizes, one a row."""
    table = Table("cells", *list(rows[0])[1:], "proof, CPU s", "ms a cell", "wall s")
    for row, wall in zip(rows, seconds, strict=True):
        size, *rest = row.values()
        shown = [f"{size:.0f}", *(f"{value:.2f}" for value in rest[:-1]), f"{rest[-1]:.0f}"]
        table.add_row(*shown, f"{total(row):.1f}", f"{1000 * total(row) / size:.2f}", f"{wall:.0f}")
    return table


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the table and the exponent; 1 if a check fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cells", type=int, nargs="*", default=list(SIZES))
    parser.add_argument("--target", nargs="*", default=[])
    parser.add_argument("--tiny", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args(arguments)
    rows, seconds = [], []
    for cells in TINY if chosen.tiny else chosen.cells:
        started = time.time()
        with ProcessPoolExecutor(1, get_context("spawn")) as one:
            rows.append(one.submit(measure, cells, chosen.target).result())
        seconds.append(time.time() - started)
        Console(stderr=True).print(json.dumps(rows[-1]), highlight=False)
    Console(width=120).print(report(rows, seconds))
    if chosen.json:
        print(json.dumps(rows, indent=1))
    slope = exponent(rows) if len(rows) > 1 else float("nan")
    print(f"growth exponent of the proof: {slope:.2f}")
    print(", ".join(f"{name} {number}" for name, number in versions().items()))
    return int(chosen.check and not slope <= LIMIT)


if __name__ == "__main__":
    sys.exit(main())
