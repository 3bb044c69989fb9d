"""``db2hdl estimate``: what a model will cost, in less than a second and without tools."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from db2hdl.cli.output import Output, table


def estimate(
    out: Output,
    model: Annotated[Path, typer.Argument(help="A .dbnet file, or a bundle.", show_default=False)],
    target: Annotated[
        str, typer.Option("--target", help="ice40, ecp5, gowin or xc7; by default all.")
    ] = "",
) -> None:
    """Estimate LUTs and depth of a model, part by part, from its netlist alone."""
    from db2hdl.lower import lower
    from db2hdl.model_file import load
    from db2hdl_hw.emit.bundle import Bundle
    from db2hdl_hw.passes import optimise
    from db2hdl_hw.synth.estimate import estimate as guess
    from db2hdl_hw.synth.targets import TARGETS, find_target

    names = [find_target(target).name] if target else list(TARGETS)
    path = Bundle.open(model).model if model.is_dir() else model
    netlist = optimise(lower(load(path).hard))
    found = [guess(netlist, name) for name in names]
    out.answer(
        {
            one.target: {"luts": one.luts, "depth": one.depth, "parts": dict(one.parts)}
            for one in found
        }
    )
    parts = list(found[0].parts)
    rows = [[part, *(one.parts[part] for one in found)] for part in parts]
    rows.append(["all in one", *(one.luts for one in found)])
    rows.append(["depth", *(one.depth for one in found)])
    out.show(table(["LUTs", *names], rows, "Estimated, not synthesised"))
