"""From a problem or a table to a measured hard net in one call."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from db2hdl.data import Dataset, Table, load_problem, split_table
from db2hdl.data.dataset import check_seed
from db2hdl.data.idx import Images
from db2hdl.train.fit import Fit, Progress, fit
from db2hdl.train.recipes import GENERAL, GENERAL_IMAGES, IMAGES, Training, load
from db2hdl.train.result import TrainingResult, evaluate
from db2hdl_hw.errors import InputError


def train(
    data: str | Table | Dataset,
    *,
    seed: int = 0,
    test: Table | None = None,
    input_bits: int = 8,
    recipe: str | Training | None = None,
    epochs: int | None = None,
    lr: float | None = None,
    checkpoint: Path | str | None = None,
    resume: bool = False,
    progress: Progress | None = None,
) -> TrainingResult:
    """Train a net, harden it, and compare soft and hard net on the test rows.

    The result depends on the data, the seed and the parameters alone (on one machine with one
    version of torch). torch's global generator is left as it was.

    Parameters
    ----------
    data : str, Table or Dataset
        A recipe made for a built-in problem ("noisy-xor", "iris", …), or what `read_table` or
        `read_image_folder` read.
    seed : int, 0..2**32 - 1
        Of the split, the generated rows, the initial weights and the minibatches.
    test : Table, optional
        Test rows of their own; otherwise a fifth of the table's rows is kept for the test.
    input_bits : int, 1..16
        The code width of real columns.
    recipe : str or Training, optional
        The name or the file of a recipe, or a recipe; by default that of the problem, for
        images mnist-small, else `GENERAL`.
    epochs : int, at least 1, optional
    lr : float, above 0, optional
    checkpoint : path, optional
        Written after each epoch.
    resume : bool
        Go on from the checkpoint; the result is that of an uninterrupted training.
    progress : callable, optional
        Called after each epoch with an `Epoch` and the number of epochs planned.

    Returns
    -------
    TrainingResult

    Raises
    ------
    InputError
        On an unknown problem, bad parameters, unfit data or checkpoint.
    MismatchError
        If the hard net differs from the soft net in a bit.

    Examples
    --------
    >>> result = train("iris")  # doctest: +SKIP
    >>> db2hdl.save("iris.dbnet", result.model)  # doctest: +SKIP
    """
    check_seed(seed)
    chosen = _recipe(data, recipe)
    if epochs is not None:
        chosen = replace(chosen, epochs=epochs)
    if lr is not None:
        chosen = replace(chosen, lr=lr)
    dataset = _dataset(data, seed, input_bits, test)
    chosen = chosen.adapt(dataset)
    provenance = _provenance(dataset, seed, chosen)
    with _seeded(seed):
        net = chosen.build(dataset)
        run = fit(
            net,
            dataset,
            chosen,
            checkpoint=None if checkpoint is None else Path(checkpoint),
            resume=resume,
            fingerprint=_fingerprint(dataset, provenance),
            progress=progress,
        )
    return evaluate(net, dataset, provenance | _training(run))


def _recipe(data: str | Table | Dataset, recipe: str | Training | None) -> Training:
    if isinstance(recipe, Training):
        return recipe
    if recipe is not None:
        return load(recipe).recipe
    if isinstance(data, str):
        return load(data).recipe
    return load(GENERAL_IMAGES).recipe if isinstance(data, Images) else GENERAL


def _dataset(
    data: str | Table | Dataset, seed: int, input_bits: int, test: Table | None
) -> Dataset:
    if isinstance(data, Table):
        return split_table(data, seed, input_bits, test=test)
    if test is not None:
        raise InputError("test rows of their own need a table to train on")
    if not isinstance(data, str):
        return data
    problem = load(data).data
    if problem == IMAGES:
        raise InputError(f"the recipe {data!r} learns from images: give a folder of IDX files")
    if not problem:
        raise InputError(f"the recipe {data!r} does not say which data it is for; give some")
    return load_problem(problem, seed, input_bits)


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Seed torch's global generator, and put it back in the end."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def _provenance(dataset: Dataset, seed: int, recipe: Training) -> dict[str, Any]:
    """Return what is known before training, as JSON."""
    return {
        "data": dataset.name,
        "sha256": list(dataset.sha256),
        "seed": seed,
        "recipe": asdict(recipe),
        "rows": {
            "train": len(dataset.train),
            "validation": len(dataset.validation),
            "test": len(dataset.test),
        },
        "versions": {
            "db2hdl": version("db2hdl"),
            "torch": str(torch.__version__),
            "python": platform.python_version(),
        },
    }


def _training(run: Fit) -> dict[str, Any]:
    """Return what training added."""
    best = run.best
    if best is None:
        return {}
    return {
        "epochs_done": run.done,
        "best_epoch": best.epoch,
        "train_accuracy": best.train_accuracy,
        "validation_accuracy": best.validation_accuracy,
    }


def _fingerprint(dataset: Dataset, provenance: dict[str, Any]) -> str:
    """Return a hash of all that the result depends on, except versions."""
    digest = hashlib.sha256()
    known = {name: provenance[name] for name in ("seed", "recipe")}
    coding = [asdict(feature) for feature in dataset.features]
    digest.update(json.dumps([known, coding, dataset.classes], sort_keys=True).encode())
    for part in (dataset.train, dataset.validation):
        digest.update(part.codes.tobytes())
        digest.update(part.labels.tobytes())
    return digest.hexdigest()
