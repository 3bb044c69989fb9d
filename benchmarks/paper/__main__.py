"""``make paper``: run what is missing, over all cores, and write the tables."""

from __future__ import annotations

import argparse
import os
import platform
import sys
from pathlib import Path

from paper.methods import METHODS
from paper.pool import collect, keys, run_missing, versions
from paper.report import Results, paired, plot, table
from paper.splits import EXPERIMENTS
from paper.store import Store

ROOT = Path(__file__).parents[2]


def page(results: dict[str, Results], command: str, picture: str) -> str:
    """The text of results.md."""
    packages = ", ".join(f"{name} {number}" for name, number in versions().items())
    parts = [
        "# The paper's experiments, again\n",
        f"Written by `{command}` on {platform.machine()} with Python {platform.python_version()}, "
        f"{packages}.\nEach run has one thread; CPU seconds are those of training, choosing and "
        "testing.\n\n"
        "Settings were chosen on validation rows, never on test rows. The accuracy of a ∂B net is\n"
        "that of the hardened circuit, after every bit of every layer was compared with the soft\n"
        "net on all test rows: no bit differed, or the run would have failed.\n",
        f"![accuracies]({picture})\n",
    ]
    for name, found in results.items():
        about = {method.name: method.about for method in METHODS[name]}
        first = METHODS[name][0].name
        parts += [f"## {name}\n", EXPERIMENTS[name].about + ".\n", table(found, about)]
        parts += [f"Paired, on the same rows: {first}\n", paired(found, first)]
    return "\n".join(parts)


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(prog="make paper", description=__doc__)
    parser.add_argument("--seeds", type=int, help="fewer runs; 20: 20, 1000 and 1 run a method")
    parser.add_argument("--first-seed", type=int, default=1000, help="1000 were not tuned on")
    parser.add_argument("--data", type=Path, default=ROOT / ".." / "shared" / "data")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--only", choices=sorted(EXPERIMENTS), action="append")
    parser.add_argument("--store", type=Path, default=ROOT / "build" / "paper")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "explanation")
    options = parser.parse_args()
    chosen = [EXPERIMENTS[name] for name in (options.only or EXPERIMENTS)]
    if any(one.name == "mnist" for one in chosen) and not (options.data / "mnist").is_dir():
        sys.exit(f"error: {options.data / 'mnist'} does not exist; give the data folder: DATA=…")
    store = Store(options.store)
    wanted = {
        one.name: keys(one, options.seeds, options.first_seed, options.data) for one in chosen
    }
    run_missing([k for ks in wanted.values() for k in ks], store, options.data, options.jobs)
    results = {one.name: collect(one, wanted[one.name], store) for one in chosen}
    command = f"SEEDS={options.seeds} make paper" if options.seeds else "make paper"
    text = page(results, command, "results.svg")
    plot(results, options.out / "results.svg")
    (options.out / "results.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
