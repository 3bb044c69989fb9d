"""A random net of 100k gates from HardNet to Verilog, checked on Verilator.

Run: ``python benchmarks/scale.py [--gates 100000] [--vectors 2000]``; prints CPU seconds and peak
memory of each step. Aims (issue 2): 20 s CPU and 1 GB to Verilog.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from db2hdl.hardnet import HardLayer, HardNet, bit_features
from db2hdl.lower import lower
from db2hdl.model_file import model_hash

WIDTH = 1000
KINDS = ("and", "or", "xor", "and", "or")


def random_hard_net(gates: int, seed: int = 0, inputs: int = 256, fan_in: int = 3) -> HardNet:
    """A net of about ``gates`` neurons of ``fan_in`` inputs; ten classes count the last 1000."""
    rng = np.random.default_rng(seed)
    everything = np.arange(inputs, dtype=np.int32)
    encoder = {"feature": everything, "threshold": np.ones(inputs, np.int32)}
    layers = [HardLayer("encoder", "encoder", (-1,), {}, encoder)]
    width = inputs
    for index in range(max(1, gates // WIDTH)):
        if index % 5 == 0:
            layers.append(HardLayer(f"l{len(layers) - 1}_literals", "literals", (len(layers) - 1,)))
            width *= 2
        kind = KINDS[index % len(KINDS)]
        weight = np.zeros((WIDTH, width), bool)
        chosen = rng.random((WIDTH, width)).argpartition(fan_in, axis=1)[:, :fan_in]
        np.put_along_axis(weight, chosen, True, axis=1)
        name = f"l{len(layers) - 1}_{kind}"
        layers.append(HardLayer(name, kind, (len(layers) - 1,), {}, {"weight": weight}))
        width = WIDTH
    head = HardLayer(
        f"l{len(layers) - 1}_class_head", "class_head", (len(layers) - 1,), {"classes": 10}
    )
    return HardNet(bit_features(inputs), (*layers, head), tuple("0123456789"))


def timed(what: str, step: Callable[[], Any]) -> Any:
    """Run one step and print its CPU seconds and the peak memory so far."""
    start = time.process_time()
    result = step()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{what:<28}{time.process_time() - start:8.2f} s CPU {peak:8.2f} GB peak", flush=True)
    return result


def main() -> None:
    from db2hdl_hw.emit.verilog import to_verilog
    from db2hdl_hw.passes import optimise

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gates", type=int, default=100_000)
    parser.add_argument("--vectors", type=int, default=2000, help="0: do not simulate")
    arguments = parser.parse_args()
    hard = timed("make a random HardNet", lambda: random_hard_net(arguments.gates))
    start = time.process_time()
    netlist = timed("lower", lambda: lower(hard))
    small = timed("optimise", lambda: optimise(netlist))
    digest = model_hash(hard)
    verilog, _ = timed("Verilog", lambda: to_verilog(small, model_hash=digest, versions={}))
    print(f"{len(small)} cells, {len(verilog):,} bytes of Verilog")
    print(f"HardNet to Verilog: {time.process_time() - start:.1f} s CPU", flush=True)
    if arguments.vectors:
        check_on_verilator(hard, arguments.vectors)


def check_on_verilator(hard: HardNet, vectors: int) -> None:
    """Export the net, simulate random vectors against the reference, and print how fast that is."""
    from db2hdl.bundle import export
    from db2hdl.simulate import simulate

    with tempfile.TemporaryDirectory() as folder:
        outcome = simulate(export(hard, Path(folder) / "bundle", vector_seconds=0), random=vectors)
    outcome.check()
    (result,) = outcome.results
    print(
        f"{result.simulator}: build {result.build_seconds:.0f} s, {result.vectors} vectors, "
        f"{result.vectors / result.run_seconds:.0f} a second, {result.mismatches} mismatches"
    )


if __name__ == "__main__":
    main()
