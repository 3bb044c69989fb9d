"""Hard test accuracy of the built-in problems at the default seed and ten others.

    OMP_NUM_THREADS=1 .venv/bin/python benchmarks/accuracy.py [PROBLEM ...]

Prints one line a training and a table of means beside the accuracies that are required.
"""

from __future__ import annotations

import sys
import time

import torch

from db2hdl.data import PROBLEMS
from db2hdl.train import train

SEEDS = range(11)
REQUIRED = {"noisy-xor": 0.975, "iris": 0.93, "breast-cancer": 0.94}


def measure(problem: str) -> tuple[list[float], float]:
    """Return the accuracies of all seeds and the mean CPU seconds of a training."""
    accuracies = []
    before = time.process_time()
    for seed in SEEDS:
        result = train(problem, seed=seed)
        accuracies.append(result.hard_accuracy)
        print(f"{problem} seed {seed}: {result.hard_accuracy:.4f}", file=sys.stderr, flush=True)
    return accuracies, (time.process_time() - before) / len(SEEDS)


def main() -> int:
    torch.set_num_threads(1)
    failed = False
    print("problem        required  seed 0  mean of 1-10  least  CPU s a training")
    for problem in sys.argv[1:] or PROBLEMS:
        accuracies, seconds = measure(problem)
        mean = sum(accuracies[1:]) / (len(SEEDS) - 1)
        required = REQUIRED[problem]
        failed |= min(accuracies[0], mean) < required
        print(
            f"{problem:14} {required:8.3f} {accuracies[0]:7.4f} {mean:13.4f} "
            f"{min(accuracies):6.4f} {seconds:17.1f}",
            flush=True,
        )
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
