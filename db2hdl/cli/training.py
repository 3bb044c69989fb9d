"""What ``train`` and ``run`` share: the options that say what to learn, and the training."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from db2hdl.cli.output import Output, confusion_table, percent, table

if TYPE_CHECKING:
    from db2hdl.data import Table
    from db2hdl.train import TrainingResult
    from db2hdl.train.fit import Epoch

MOST_CLASSES = 20
"""The confusion matrix of more classes is shown only with --json."""

Problem = Annotated[
    str | None,
    typer.Argument(
        help="A built-in problem: noisy-xor, iris, breast-cancer. Or give --data.",
        show_default=False,
    ),
]
Data = Annotated[
    Path | None,
    typer.Option("--data", help="Your own rows: CSV, NPZ, or TXT of 0 and 1, the label last."),
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
    """Train on a built-in problem or on the user's file, showing progress."""
    from db2hdl_hw.errors import InputError

    _check_choice(problem, data, label, test, bit_columns)
    source: str | Table
    if data is None:
        assert problem is not None
        source, own_test = problem, None
    else:
        source = _read(data, label, bit_columns)
        own_test = None if test is None else _read(test, label, bit_columns)
        if problem is not None:
            options["recipe"] = problem
    from db2hdl.train import train

    try:
        with _epochs(out, options["epochs"]) as progress:
            return train(source, test=own_test, progress=progress, **options)
    except InputError as error:
        if data is None and problem is not None and Path(problem).suffix:
            raise InputError(f"{error}; a file is given with --data {problem}") from None
        raise


def _check_choice(
    problem: str | None,
    data: Path | None,
    label: str | None,
    test: Path | None,
    bit_columns: Sequence[str],
) -> None:
    from db2hdl.data import PROBLEMS
    from db2hdl_hw.errors import InputError, unknown

    if problem is None and data is None:
        known = ", ".join(PROBLEMS)
        raise InputError(f"nothing to learn: name a problem ({known}) or give --data FILE")
    if data is None and (label is not None or test is not None or bit_columns):
        raise InputError("--label, --test and --bit-column go with --data FILE")
    if problem is not None and data is not None:
        if problem not in PROBLEMS:
            raise unknown("problem", problem, PROBLEMS)
        if not _is_plain(data):
            raise InputError(f"give the problem {problem!r} or --data {data}, not both")


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
