"""``db2hdl build``: a bitstream for a board."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from db2hdl.cli.export import Force
from db2hdl.cli.output import Output, table


def build(
    out: Output,
    source: Annotated[
        Path, typer.Argument(help="A .dbnet file, a bundle, or a build.", show_default=False)
    ],
    board: Annotated[
        str, typer.Option("--board", help="One of db2hdl boards.", show_default=False)
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The folder to make.", show_default=False)
    ],
    target_mhz: Annotated[
        float | None,
        typer.Option(
            "--target-mhz",
            help="What the clock must be at least; by default the fastest that the net allows.",
        ),
    ] = None,
    baud: Annotated[int, typer.Option("--baud", min=1, help="Of the UART.")] = 115200,
    timeout: Annotated[
        float, typer.Option("--timeout", min=1, help="Seconds for each run of Yosys or nextpnr.")
    ] = 1800,
    force: Force = False,
) -> None:
    """Build a net behind a UART for a board: bitstream, or project for Vivado."""
    from db2hdl.build import build as run
    from db2hdl_hw.system.cache import marks, recalled

    with out.steps() as step, recalled() as taken:
        record = run(
            source,
            board,
            output,
            baud=baud,
            target_mhz=target_mhz,
            timeout=timeout,
            force=force,
            progress=step,
        )
    out.answer({"build": str(output), **record, "cached": taken})
    out.show(table(["what", "value"], _rows(record), f"{record['top']} on {record['board']}"))
    if taken:
        out.say(marks(taken))
    out.say(f"wrote {output}: {_next(record, output)}")


def _rows(record: dict[str, Any]) -> list[list[str]]:
    luts, there = record["luts"], record["luts_available"]
    rows = [
        ["device", record["device"]],
        ["LUTs", f"{luts:,} of {there:,} ({100 * luts / there:.0f} %)"],
        ["flip-flops", f"{record['ffs']:,}"],
        ["clock", f"{record['shell_mhz']:g} MHz ({_divided(record)})"],
        ["UART", f"{record['baud']} baud, 8N1"],
    ]
    if record["fmax_mhz"] is not None:
        rows.insert(4, ["reached", f"{record['fmax_mhz']:.2f} MHz"])
        rows.append(["bitstream", f"{record['bitstream']}, {record['bitstream_bytes']:,} bytes"])
    return rows


def _divided(record: dict[str, Any]) -> str:
    divider = record["clock_divider"]
    return "the board's" if divider == 1 else f"the board's {record['clock_mhz']:g} / {divider}"


def _next(record: dict[str, Any], output: Path) -> str:
    if record["bitstream"]:
        return f"now db2hdl flash {output}, then db2hdl ask {output} --port PORT"
    return f"now vivado -mode batch -source {output}/vivado.tcl; timing is not known before that"
