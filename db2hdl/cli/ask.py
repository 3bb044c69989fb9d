"""``db2hdl ask``: rows to a net on a board."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from db2hdl.cli.output import Output, percent, table

if TYPE_CHECKING:
    from db2hdl.ask import Answers


def ask(
    out: Output,
    source: Annotated[
        Path,
        typer.Argument(
            help="What the board has: a .dbnet file, a bundle, or a build.", show_default=False
        ),
    ],
    port: Annotated[str, typer.Option("--port", help="The serial port.", show_default=False)],
    data: Annotated[
        Path | None,
        typer.Option("--data", help="Rows to send: CSV or NPZ; by default the model's test rows."),
    ] = None,
    label: Annotated[
        str | None, typer.Option("--label", help="The label column of --data.")
    ] = None,
    baud: Annotated[
        int | None,
        typer.Option("--baud", min=1, help="By default what the build says, else 115200."),
    ] = None,
    retries: Annotated[
        int, typer.Option("--retries", min=0, help="How often a lost request is sent again.")
    ] = 5,
    patience: Annotated[
        float, typer.Option("--patience", min=0, help="Seconds to wait for an answer.")
    ] = 0.5,
) -> None:
    """Send rows to a net on a board and compare its answers with the reference."""
    from db2hdl.ask import ask as run

    with out.progress() as progress:
        task = progress.add_task("asking the board", total=None)
        answers = run(
            source,
            port,
            data=data,
            label=label,
            baud=baud,
            retries=retries,
            patience=patience,
            progress=lambda done, total: progress.update(task, completed=done, total=total),
        )
    _report(out, answers, port)
    answers.check()


def _report(out: Output, answers: Answers, port: str) -> None:
    result = {
        "port": port,
        "model_hash": answers.model_hash,
        "rows": len(answers.words),
        "wrong": answers.wrong,
        "retries": answers.retries,
        "accuracy": answers.accuracy,
    }
    out.answer(result)
    rows = [
        ["rows answered", f"{len(answers.words):,}"],
        ["wrong", f"{answers.wrong:,}"],
        ["sent again", f"{answers.retries:,}"],
        ["accuracy", percent(answers.accuracy)],
    ]
    out.show(table(["", ""], rows, f"Board at {port}"))
