"""What ``train`` and ``run`` share: the options that say what to learn, and the training."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from db2hdl.cli.output import Output, confusion_table, percent, table
from db2hdl_hw.errors import present

if TYPE_CHECKING:
    from db2hdl.data import Dataset, Table
    from db2hdl.train import TrainingResult
    from db2hdl.train.fit import Epoch

MOST_CLASSES = 20
"""The confusion matrix of more classes is shown only with --json."""

Problem = Annotated[
    str | None,
    typer.Argument(
        help="A recipe: its name (see db2hdl recipe list) or its .toml file.",
        show_default=False,
    ),
]
Data = Annotated[
    Path | None,
    typer.Option(
        "--data",
        help="Your own rows: CSV, NPZ, TXT of 0 and 1 (the label last), or a folder of IDX files.",
    ),
]
Label = Annotated[str | None, typer.Option("--label", help="The column of --data to learn.")]
TestData = Annotated[
    Path | None,
    typer.Option("--test", help="Test rows of their own; else a fifth of --data is kept."),
]
BitColumns = Annotated[
    list[str] | None,
    typer.Option(
        "--bit-column", "--bit-columns", help="A column that must be 0 or 1; may be repeated."
    ),
]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Of split, weights and random vectors.")]
InputBits = Annotated[
    int, typer.Option("--input-bits", min=1, max=16, help="The code width of real columns.")
]
Epochs = Annotated[
    int | None, typer.Option("--epochs", min=1, help="At most so many passes over the rows.")
]
LearningRate = Annotated[float | None, typer.Option("--lr", help="The learning rate at the start.")]


def learn(
    out: Output,
    problem: str | None,
    data: Path | None,
    *,
    label: str | None,
    test: Path | None,
    bit_columns: Sequence[str],
    **options: Any,
) -> TrainingResult:
    """Train by a recipe on its own data or on the user's, showing progress."""
    _check_choice(problem, data, label, test, bit_columns)
    source: str | Table | Dataset
    own_test = None
    if data is None:
        source = _own_data(present(problem))
    elif data.is_dir():
        source = _images(data, options["seed"], label or test or bit_columns)
    else:
        source = _read(data, label, bit_columns)
        own_test = None if test is None else _read(test, label, bit_columns)
    from db2hdl.train import train

    with _epochs(out, options["epochs"]) as progress:
        return train(source, recipe=problem, test=own_test, progress=progress, **options)


def _check_choice(
    problem: str | None,
    data: Path | None,
    label: str | None,
    test: Path | None,
    bit_columns: Sequence[str],
) -> None:
    from db2hdl_hw.errors import InputError

    if problem is None and data is None:
        raise InputError("nothing to learn: name a recipe (db2hdl recipe list) or give --data FILE")
    if problem is not None:
        _check_recipe(problem)
    if data is None and (label is not None or test is not None or bit_columns):
        raise InputError("--label, --test and --bit-column go with --data FILE")


def _check_recipe(recipe: str) -> None:
    from db2hdl.train.recipes import is_file, load
    from db2hdl_hw.errors import InputError

    try:
        load(recipe)
    except InputError as error:
        if Path(recipe).suffix and not is_file(recipe):
            raise InputError(f"{error}; a file is given with --data {recipe}") from None
        raise


def _own_data(recipe: str) -> str:
    """Return a recipe that brings its own data; refuse others, saying what they want."""
    from db2hdl.data.idx import FILES
    from db2hdl.train.recipes import IMAGES, load
    from db2hdl_hw.errors import InputError

    if load(recipe).data == IMAGES:
        raise InputError(
            f"the recipe {recipe!r} learns from images: give --data DIR, a folder with "
            f"{', '.join(FILES)} (plain or .gz)"
        )
    return recipe


def _images(folder: Path, seed: int, others: object) -> Dataset:
    from db2hdl.data.idx import read_image_folder
    from db2hdl_hw.errors import InputError

    if others:
        raise InputError(
            f"--label, --test and --bit-column go with a table; {folder} is a folder of images, "
            "which has labels and test images of its own"
        )
    return read_image_folder(folder, seed)


def _is_plain(path: Path) -> bool:
    """Whether a file is of the noisy XOR format: 0 and 1 without a header."""
    return path.suffix.lower() == ".txt"


def _read(path: Path, label: str | None, bit_columns: Sequence[str]) -> Table:
    from db2hdl.data import read_noisy_xor, read_table
    from db2hdl_hw.errors import InputError

    if not _is_plain(path):
        return read_table(path, label, bit_columns)
    if label is not None or bit_columns:
        raise InputError(f"{path}: in a .txt file the label is the last column and all are bits")
    return read_noisy_xor(path)


@contextmanager
def _epochs(out: Output, planned: int | None) -> Iterator[Callable[[Epoch, int], None]]:
    """Yield a function that shows how far the training is."""
    with out.progress() as progress:
        task = progress.add_task("training", total=planned)

        def tell(epoch: Epoch, total: int) -> None:
            shown = f"training, accuracy {percent(epoch.validation_accuracy)} of validation rows"
            progress.update(task, description=shown, completed=epoch.epoch, total=total)

        yield tell


def report(out: Output, result: TrainingResult) -> None:
    """Print the figures of a training."""
    for note in result.dataset.notes:
        out.note(note)
    rows = [
        ["test rows", str(len(result.dataset.test))],
        ["soft accuracy", percent(result.soft_accuracy)],
        ["hard accuracy", percent(result.hard_accuracy)],
        ["bits different", f"{result.bits_different} of {result.bits_compared}"],
    ]
    out.show(table(["", ""], rows))
    classes = result.dataset.classes
    if len(classes) <= MOST_CLASSES:
        out.show(confusion_table(classes, result.confusion.tolist()))
    else:
        out.say(f"confusion matrix of {len(classes)} classes: see --json")
