"""Tables and a plot of finished runs, for docs/explanation/results.md."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from paper.store import Run

Results = Mapping[str, Sequence[Run]]
"""From a method's name to its runs, in the order of seeds."""


def standard_error(values: Sequence[float]) -> float:
    """The standard deviation of the mean; not a number for a single value."""
    return float(np.std(values, ddof=1)) / math.sqrt(len(values)) if len(values) > 1 else math.nan


def table(results: Results, about: Mapping[str, str]) -> str:
    """A Markdown table: mean ± standard error, 5 %, 95 %, least, greatest, CPU seconds a run."""
    lines = [
        "| method | settings | mean ± standard error | 5 % | 95 % | min | max | runs | CPU s |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, runs in results.items():
        values = [100 * run.test for run in runs]
        low, high = np.quantile(values, [0.05, 0.95])
        error = standard_error(values)
        mean = f"{np.mean(values):.2f}" + ("" if math.isnan(error) else f" ± {error:.2f}")
        cpu = np.mean([run.cpu for run in runs])
        lines.append(
            f"| {name} | {about[name]} | {mean} | {low:.1f} | {high:.1f} | {min(values):.1f} | "
            f"{max(values):.1f} | {len(values)} | {cpu:.1f} |"
        )
    return "\n".join(lines) + "\n"


def paired(results: Results, first: str) -> str:
    """How much better ``first`` is than each other method on the same rows, in points."""
    lines = [
        "| against | difference ± standard error | better | equal | worse |",
        "|---|---|---|---|---|",
    ]
    mine = results[first]
    for name, runs in results.items():
        count = min(len(mine), len(runs))
        if name == first or not count:
            continue
        gaps = np.array([100 * (mine[i].test - runs[i].test) for i in range(count)])
        error = standard_error(gaps.tolist())
        shown = f"{gaps.mean():+.2f}" + ("" if math.isnan(error) else f" ± {error:.2f}")
        better, worse = int((gaps > 1e-9).sum()), int((gaps < -1e-9).sum())
        lines.append(f"| {name} | {shown} | {better} | {count - better - worse} | {worse} |")
    return "\n".join(lines) + "\n"


def plot(experiments: Mapping[str, Results], path: Path) -> None:
    """Draw the accuracies of all runs, a box for each method."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "db2hdl"
    from matplotlib import pyplot

    height = 0.35 * sum(len(results) for results in experiments.values()) + 1.2
    figure, axes = pyplot.subplots(len(experiments), 1, figsize=(8, height), squeeze=False)
    for axis, (name, results) in zip(axes[:, 0], experiments.items(), strict=True):
        names = list(results)[::-1]
        values = [[100 * run.test for run in results[one]] for one in names]
        axis.boxplot(values, orientation="horizontal", whis=(5, 95), widths=0.6)
        axis.set_yticks(range(1, len(names) + 1), names, fontsize=8)
        axis.set_title(f"{name}: test accuracy, %", fontsize=9, loc="left")
        axis.tick_params(axis="x", labelsize=8)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)
