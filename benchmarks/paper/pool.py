"""Running what is missing: one process a core, one thread a run."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path

from paper.methods import METHODS
from paper.report import Results
from paper.splits import EXPERIMENTS, Experiment
from paper.store import Key, Run, Store, digest


def work(key: Key, data: Path) -> Run:
    """Do one run, in a process of its own."""
    method = next(m for m in METHODS[key.experiment] if m.name == key.method)
    rows = EXPERIMENTS[key.experiment].load(data, key.seed)
    start = time.process_time()
    test, chosen_by = method.run(rows, key.seed)
    return Run(test, chosen_by, time.process_time() - start)


PACKAGES = ("torch", "scikit-learn", "pyTsetlinMachine", "numpy")
"""Whose versions are part of a run's settings."""


def versions() -> dict[str, str]:
    """Return the versions of the packages that results depend on."""
    return {name: version(name) for name in PACKAGES}


def keys(experiment: Experiment, seeds: int | None, first: int, data: Path) -> list[Key]:
    """All runs of an experiment."""
    about = {"data": experiment.source(data), "versions": versions()}
    settings = {m.name: digest(about | dict(m.settings)) for m in METHODS[experiment.name]}
    count = experiment.runs
    if seeds is not None:
        count = min(max(count, seeds), max(1, round(seeds * experiment.share)))
    return [
        Key(experiment.name, method.name, settings[method.name], first + seed)
        for seed in range(count)
        for method in METHODS[experiment.name]
    ]


def run_missing(wanted: Iterable[Key], store: Store, data: Path, jobs: int) -> int:
    """Do the runs that are not in the store; return how many there were."""
    from rich.console import Console
    from rich.progress import Progress

    missing = [key for key in wanted if store.get(key) is None]
    os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", OMP_WAIT_POLICY="passive")
    with (
        Progress(console=Console(stderr=True)) as progress,
        ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool,
    ):
        task = progress.add_task("make paper", total=len(missing))
        futures = {pool.submit(work, key, data): key for key in missing}
        try:
            for future in as_completed(futures):
                store.put(futures[future], future.result())
                progress.advance(task)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return len(missing)


def collect(experiment: Experiment, wanted: Sequence[Key], store: Store) -> Results:
    """The runs of an experiment by method."""
    results: dict[str, list[Run]] = {}
    for key in wanted:
        run = store.get(key)
        assert run is not None, key
        results.setdefault(key.method, []).append(run)
    return results
