"""Netlists of growing size to Verilog: seconds of each step, memory, size of the text.

Run: ``python benchmarks/verilog_scale.py [--cells 1000 10000 100000] [--fan-in 3]``. A cell of n
fan-ins counts as n - 1 gates of two inputs. Aims (issue 2): 100k gates in 15 s CPU and 1 GB.
Each size runs in a process of its own, so that its peak of memory is its own.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from unittest import mock

import numpy as np

from db2hdl_hw.emit import verilog
from db2hdl_hw.emit.verilog import to_verilog
from db2hdl_hw.netlist.builder import Builder
from db2hdl_hw.netlist.netlist import Netlist

LAYERS = 10


def random_netlist(cells: int, fan_in: int, inputs: int = 784) -> Netlist:
    """Ten layers of AND, OR and XOR neurons of random inputs, and a head of ten classes."""
    rng = np.random.default_rng(0)
    width = cells // LAYERS // 10 * 10
    b = Builder("net")
    x = b.input_bits("x", inputs)
    for layer in range(LAYERS):
        kind = ("and", "or", "xor")[layer % 3]
        name = f"l{layer}_{kind}"
        with b.layer(name):
            reduce = {"and": b.all_, "or": b.any_, "xor": b.parity}[kind]
            x = reduce(x[rng.integers(0, len(x), (width, fan_in))])
            b.mark(name, x)
    with b.layer("count"):
        counts = b.popcount(x.reshape(10, -1))
    with b.layer("argmax"):
        index = b.argmax(counts)
    b.output("class_index", [index])
    return b.build()


def measure(cells: int, fan_in: int) -> dict[str, float]:
    """Return the numbers of one row."""
    netlist = random_netlist(cells, fan_in)
    yosys = verilog._yosys

    def timed(text: str) -> str:
        start = resource.getrusage(resource.RUSAGE_CHILDREN)
        row["amaranth"] = time.process_time() - begin
        row["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        result = yosys(text)
        end = resource.getrusage(resource.RUSAGE_CHILDREN)
        row["yosys"] = end.ru_utime + end.ru_stime - start.ru_utime - start.ru_stime
        return result

    row: dict[str, float] = {"cells": len(netlist), "gates": cells * (fan_in - 1)}
    begin = time.process_time()
    with mock.patch.object(verilog, "_yosys", timed):
        text, _ = to_verilog(netlist, model_hash="0", versions={})
    row["all"] = time.process_time() - begin + row["yosys"]
    row["megabytes"] = len(text) / 1e6
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cells", type=int, nargs="*", default=[1000, 10_000, 50_000, 100_000])
    parser.add_argument("--fan-in", type=int, default=3)
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.one, options.fan_in)))
        return
    print(f"load of the machine at the start: {os.getloadavg()[0]:.1f} of {os.cpu_count()}")
    print("   cells    gates  Amaranth, s  Yosys, s  all, CPU s  peak, GB  Verilog, MB")
    for cells in options.cells:
        command = [sys.executable, Path(__file__), "--one", str(cells)]
        command += ["--fan-in", str(options.fan_in)]
        row = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        print(
            f"{row['cells']:8} {row['gates']:8} {row['amaranth']:12.1f} {row['yosys']:9.1f} "
            f"{row['all']:11.1f} {row['peak']:9.2f} {row['megabytes']:12.1f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
