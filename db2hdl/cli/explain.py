"""``db2hdl explain``: the learned function in words, and why a row has its class."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from db2hdl.cli.export import Force
from db2hdl.cli.output import Output, check_output

if TYPE_CHECKING:
    import numpy as np

    from db2hdl.model_file import Model


def explain(
    out: Output,
    model: Annotated[Path, typer.Argument(help="A .dbnet file, or a bundle.", show_default=False)],
    row: Annotated[
        int | None, typer.Option("--row", min=0, help="Explain the class of this kept test row.")
    ] = None,
    values: Annotated[
        str | None,
        typer.Option("--values", help="Explain the class of these values: 'width=3.2, ok=1, …'."),
    ] = None,
    full: Annotated[
        bool, typer.Option("--full", help="Print every vote, however many there are.")
    ] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown.")] = False,
    schematic: Annotated[
        Path | None, typer.Option("--schematic", help="Draw a small circuit into this SVG file.")
    ] = None,
    force: Force = False,
) -> None:
    """Say what a net has learned: rules proved equal to it, or proved facts."""
    from db2hdl.explain import as_json, to_text
    from db2hdl.explain import explain as find
    from db2hdl.explain.schematic import draw
    from db2hdl.model_file import load
    from db2hdl_hw.emit.bundle import Bundle
    from db2hdl_hw.files import whole_file

    if schematic is not None:
        check_output(schematic, [model], force=force, folder=False)
    loaded = load(Bundle.open(model).model if model.is_dir() else model)
    codes = _codes(out, loaded, row, values)
    picture = None if schematic is None else draw(loaded.hard)
    with out.steps() as step:
        found = find(loaded, codes, full=full, progress=step)
    if schematic is not None and picture is not None:
        with whole_file(schematic, force=force) as temporary:
            temporary.write_text(picture, encoding="utf-8")
    out.answer({"model": str(model), **as_json(found)})
    out.page(to_text(found, markdown=markdown).rstrip("\n"))


def _codes(out: Output, model: Model, row: int | None, values: str | None) -> np.ndarray | None:
    """Return the codes of the row asked for; say which values are outside the coded range."""
    from db2hdl.explain.rows import clipped, parse_values
    from db2hdl_hw.errors import InputError

    if row is not None and values is not None:
        raise InputError("give --row or --values, not both")
    if row is not None:
        count = len(model.test_codes)
        if row >= count:
            kept = f"rows 0 to {count - 1}" if count else "no test rows"
            raise InputError(f"--row {row}: the model keeps {kept}")
        kept_row: np.ndarray = model.test_codes[row]
        return kept_row
    if values is None:
        return None
    numbers = parse_values(model.hard.features, values)
    for note in clipped(model.hard.features, numbers):
        out.say(f"note: {note}")
    codes: np.ndarray = model.hard.encode([numbers])[0]
    return codes
