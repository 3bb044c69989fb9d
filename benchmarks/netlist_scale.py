"""Building, optimising and evaluating netlists of 1k to 1M cells: CPU seconds and peak memory.

    python benchmarks/netlist_scale.py [CELLS ...]

Random layers of gates with 6 fan-ins, drawn from both polarities of the layer before; 1 % of the
fan-ins are constant. Each size runs in a process of its own, so that its peak memory is its own.
"""

from __future__ import annotations

import multiprocessing
import resource
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from db2hdl_hw.netlist.builder import Builder
from db2hdl_hw.netlist.interpret import evaluate
from db2hdl_hw.netlist.netlist import CONST1, Netlist
from db2hdl_hw.netlist.stats import stats
from db2hdl_hw.netlist.text import from_text, to_text
from db2hdl_hw.netlist.verify import verify
from db2hdl_hw.passes import optimise

SIZES = (1_000, 10_000, 100_000, 1_000_000)
MOST_LAYERS = 50
LEAST_WIDTH = 200
FAN_IN = 6
INPUTS = 1000
VECTORS = 4096


def random_layers(cells: int, seed: int = 0) -> Netlist:
    """Return a netlist of about ``cells`` gates and inverters in at most 50 layers."""
    rng, b = np.random.default_rng(seed), Builder("bench")
    layers = max(1, min(MOST_LAYERS, cells // 2 // LEAST_WIDTH))
    nets = b.input_bits("x", INPUTS)
    gates = (b.all_, b.any_, b.parity, lambda a: b.at_least(FAN_IN // 2, a))
    for layer in range(layers):
        with b.layer(f"l{layer}"):
            literals = b.concat([nets, b.not_(nets)])
            read = literals[rng.integers(len(literals), size=(cells // layers // 2, FAN_IN))]
            read[rng.random(read.shape) < 0.01] = CONST1
            nets = gates[layer % len(gates)](read)
            b.mark(f"l{layer}", nets)
    b.output("y", nets)
    return b.build()


def timed(function: Callable[..., Any], *args: Any) -> tuple[Any, float]:
    start = time.process_time()
    return function(*args), time.process_time() - start


def measure(cells: int) -> list[str]:
    """Return one row of the table; times are CPU seconds."""
    netlist, build = timed(random_layers, cells)
    _, check = timed(verify, netlist)
    small, optimised = timed(optimise, netlist)
    rows = np.random.default_rng(1).random((VECTORS, INPUTS)) < 0.5
    values, interpreted = timed(evaluate, small, {"x": rows})
    assert np.array_equal(values["y"], evaluate(netlist, {"x": rows})["y"])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    text, written = timed(to_text, small)
    back, read = timed(from_text, text)
    assert back == small
    times = (build, check, optimised, interpreted, written, read)
    sizes = (stats(netlist).cells, stats(small).cells)
    return [*(f"{n:,}" for n in sizes), *(f"{t:.2f}" for t in times), str(peak)]


def main(sizes: list[int]) -> None:
    table = Table(title=f"netlists: CPU seconds; {VECTORS} vectors; depth up to {2 * MOST_LAYERS}")
    columns = ("cells", "after passes", "build", "verify", "optimise", "evaluate")
    for column in (*columns, "to text", "from text", "peak MB (no text)"):
        table.add_column(column, justify="right")
    spawn = multiprocessing.get_context("spawn")
    for size in sizes:
        with ProcessPoolExecutor(1, mp_context=spawn) as pool:
            table.add_row(*pool.submit(measure, size).result())
    Console(width=120).print(table)


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]] or list(SIZES))
