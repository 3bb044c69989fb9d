"""``db2hdl flash``: a bitstream onto a board."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from db2hdl.cli.output import Output


def flash(
    out: Output,
    build: Annotated[Path, typer.Argument(help="A folder of db2hdl build.", show_default=False)],
    volatile: Annotated[
        bool,
        typer.Option("--volatile", help="Load the FPGA only, not the flash that outlasts power."),
    ] = False,
) -> None:
    """Put a build's bitstream onto its board, with openFPGALoader."""
    from db2hdl_hw.boards.flash import flash as run

    with out.steps() as step:
        step("openFPGALoader")
        said = run(build, volatile=volatile)
    out.answer({"build": str(build), "said": said})
    out.say(f"openFPGALoader: {said}")
