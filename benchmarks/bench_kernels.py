"""Kernels against the plain formulas, forward and backward: time and peak memory as ratios.

Paths: ``naive`` is the formula of ``db2hdl.ops`` under autograd, ``portable`` the kernels in torch,
``compiled`` those in C++. Layers: ``and`` [64, 784] -> [64, 128], ``majority`` the paper's masks
784 -> 128 rows in groups of 16, and ``counts`` a Not of 128 rows, hardened and counted. Times are
the median of five, the paths taking turns; the CPU's of all threads too, because the clock tells
little on a busy machine. Memory is the growth of the resident set at its greatest, each in a
process of its own. Then training steps of the paper's MNIST nets, with the original (JAX on a CPU)
at 158 images/s and 6.8 GB.

    python benchmarks/bench_kernels.py [--threads 2] [--check] [--no-nets]

``--check`` fails unless the ratios that are asked of ``and`` hold.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # spinning threads stall on a busy machine

import torch

from db2hdl import nn, ops
from db2hdl.nn import logic_kernels
from db2hdl.nn.compiled import REASONS, library
from db2hdl.nn.init import bernoulli, uniform_range

B, N, M = 64, 128, 784
PATHS = ("naive", "portable", "compiled")
WANTED = {"portable": (3.5, 8.0), "compiled": (8.0, 50.0)}
ORIGINAL_IMAGES = 158


def masked_majority(w, x):
    return ops.soft_majority(ops.soft_implies_plain(w, x.unsqueeze(-2)).reshape(len(x), -1, 16))


def not_counts(w, x):
    return ops.soft_class_counts(ops.soft_not(w, x.unsqueeze(-2)).flatten(1), 8)


NETS = {
    "and": (lambda: nn.Sequential(nn.And(M, N, init=uniform_range())), ops.soft_and_neuron),
    "majority": (
        lambda: nn.Sequential(
            nn.Implies(M, N, margin=False), nn.Reshape(N * M // 16, 16), nn.Majority()
        ),
        masked_majority,
    ),
    "counts": (
        lambda: nn.Sequential(nn.Not(M, N), nn.Reshape(N * M), nn.Harden(), nn.ClassHead(8)),
        not_counts,
    ),
}


def step_of(name, path):
    """Return a function of no arguments that does one forward and backward."""
    torch.manual_seed(0)
    net = NETS[name][0]()
    w, x = net[0].weight, (torch.rand(B, M) - 0.5).requires_grad_()
    formula = NETS[name][1]
    run = (lambda: formula(w, x)) if path == "naive" else (lambda: net(x))
    built = library if path == "compiled" else lambda name: None
    upstream = torch.ones_like(run().detach())

    def step():
        logic_kernels.library = built
        w.grad = x.grad = None
        run().backward(upstream)

    return step


def seconds(function):
    """Return what a call takes by the clock, and of the CPU."""
    start = time.perf_counter(), time.process_time()
    function()
    return time.perf_counter() - start[0], time.process_time() - start[1]


def milliseconds(name, repeats=5):
    """Return {path: (clock, CPU)}, medians."""
    steps = {path: step_of(name, path) for path in PATHS}
    times = {path: [] for path in PATHS}
    for turn in range(repeats + 1):
        for path, step in steps.items():
            measured = seconds(step)
            if turn:
                times[path].append(measured)
    return {
        path: tuple(1e3 * statistics.median(kind) for kind in zip(*values, strict=True))
        for path, values in times.items()
    }


def resident(field):
    status = Path("/proc/self/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith(field)).split()[1])


def megabytes(step):
    """Return how much the resident set grows at most while a step runs, in MB."""
    step()
    gc.collect()
    before = resident("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")
    step()
    return (resident("VmHWM") - before) / 1e3


def in_own_process(*arguments, threads):
    """Run this file for one figure; for a peak, with an allocator that gives back what is freed."""
    exact = {"MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_ARENA_MAX": "1"}
    environment = {**os.environ, **(exact if "--peak" in arguments else {})}
    command = [sys.executable, __file__, "--threads", str(threads), *arguments]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def paper_net(rows):
    """The net of the original's test_mnist.py: ``rows`` masks of an image, 60 or 200."""
    groups = rows * 784 // 16
    return nn.Sequential(
        nn.Implies(784, rows, margin=False, init=bernoulli(0.01, 0.3, 0.501)),
        nn.Reshape(groups, 16),
        nn.Majority(),
        nn.Not(groups, 20, init=uniform_range()),
        nn.Reshape(20 * groups),
        nn.Harden(),
        nn.ClassHead(10),
    )


def training(rows, batch):
    """Return images/s by the clock and of the CPU, and the peak in MB, of training steps."""
    torch.manual_seed(0)
    net = paper_net(rows)
    optimiser = torch.optim.RAdam(net.parameters(), lr=0.01)
    x = (torch.rand(batch, 784) > 0.8).float() - 0.5
    label = torch.randint(10, (batch,))

    def step():
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(net(x), label).backward()
        optimiser.step()

    peak = megabytes(step)
    clock, cpu = (
        statistics.median(kind) for kind in zip(*(seconds(step) for _ in range(3)), strict=True)
    )
    return batch / clock, batch / cpu, peak


def kernel_table(threads):
    """Print the table and return the ratios {(name, path): (time, memory)}."""
    print(f"forward + backward, B={B} n={N} m={M}, float32, {threads} threads")
    print(f"{'layer':9} {'path':9} {'ms':>8} {'faster':>8} {'CPU ms':>8} {'less':>7} "
          f"{'peak MB':>8} {'less':>7}")  # fmt: skip
    ratios = {}
    for name in NETS:
        times = milliseconds(name)
        peaks = {path: in_own_process("--peak", name, path, threads=threads) for path in PATHS}
        for path in PATHS:
            (clock, cpu), peak = times[path], max(peaks[path], 0.01)
            faster, saved, less = (
                times["naive"][0] / clock,
                times["naive"][1] / cpu,
                peaks["naive"] / peak,
            )
            ratios[name, path] = faster, less
            print(f"{name:9} {path:9} {clock:8.2f} {faster:7.1f}x {cpu:8.2f} {saved:6.1f}x "
                  f"{peak:8.2f} {less:6.1f}x", flush=True)  # fmt: skip
    return ratios


def net_table(threads):
    print(f"\n{'MNIST net':13} {'batch':>6} {'images/s':>9} {'original':>9} {'per CPU s':>10} MB")
    for rows in (60, 200):
        speed, per_cpu, peak = in_own_process("--net", str(rows), "6000", threads=threads)
        print(f"{rows:3} mask rows {6000:6} {speed:9.0f} {speed / ORIGINAL_IMAGES:8.1f}x "
              f"{per_cpu:10.0f} {peak:.0f}", flush=True)  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--no-nets", action="store_true")
    parser.add_argument("--peak", nargs=2, metavar=("LAYER", "PATH"), help=argparse.SUPPRESS)
    parser.add_argument("--net", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    if options.peak:
        print(json.dumps(megabytes(step_of(*options.peak))))
        return
    if options.net:
        print(json.dumps(training(*map(int, options.net))))
        return
    if library("logic") is None:
        print(f"no compiled kernels ({REASONS['logic']}): that path is the portable one")
    ratios = kernel_table(options.threads)
    if not options.no_nets:
        net_table(options.threads)
    failed = [
        path
        for path, wanted in WANTED.items()
        if any(got < want for got, want in zip(ratios["and", path], wanted, strict=True))
    ]
    if options.check and failed:
        sys.exit(f"below what is asked: {', '.join(failed)}")


if __name__ == "__main__":
    main()
