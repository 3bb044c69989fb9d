"""``db2hdl export``: from a model to an IP bundle."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from db2hdl.cli.output import Output, check_output, table

MOST_PORTS = 40
"""More ports than this are shown only with --json."""

MOST_NAMES = 8
"""So many features of a port are named in the table."""

Top = Annotated[str, typer.Option("--top", help="The name of the top module.")]
ClassBits = Annotated[
    bool, typer.Option("--class-bits", help="Add the bits before counting as an output.")
]
Scores = Annotated[bool, typer.Option("--scores", help="Add the count of each class as an output.")]
Stages = Annotated[
    int, typer.Option("--pipeline", help="Register stages inside the circuit; 0: combinational.")
]
RegisterInput = Annotated[
    bool, typer.Option("--register-input", help="Register every input bit, too.")
]
RegisterOutput = Annotated[
    bool, typer.Option("--register-output", help="Register every output bit, too.")
]
Shell = Annotated[str, typer.Option("--shell", help="Add a shell around the core: axi-stream.")]
DataWidth = Annotated[
    int | None,
    typer.Option("--data-width", help="Bits of the shell's streams, by default 32."),
]
Force = Annotated[bool, typer.Option("--force", help="Replace an output that exists.")]


def export(
    out: Output,
    model: Annotated[Path, typer.Argument(help="A .dbnet file.", show_default=False)],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The folder to make.", show_default=False)
    ],
    top: Top = "top",
    class_bits: ClassBits = False,
    scores: Scores = False,
    pipeline: Stages = 0,
    register_input: RegisterInput = False,
    register_output: RegisterOutput = False,
    shell: Shell = "",
    data_width: DataWidth = None,
    force: Force = False,
) -> None:
    """Write a model as an IP bundle: Verilog, interface description and test vectors."""
    from db2hdl import bundle
    from db2hdl.model_file import load
    from db2hdl_hw.errors import InputError
    from db2hdl_hw.passes.stages import Pipeline

    if data_width is not None and not shell:
        raise InputError("--data-width is of a shell; give --shell axi-stream, too")
    check_output(output, [model], force=force, folder=True)
    loaded = load(model)
    with out.steps() as step:
        bundle.export(
            loaded,
            output,
            top=top,
            class_bits=class_bits,
            scores=scores,
            pipeline=Pipeline(pipeline, register_input, register_output),
            shell=shell,
            data_width=bundle.DATA_WIDTH if data_width is None else data_width,
            force=force,
            progress=step,
        )
    report(out, output)


def report(out: Output, bundle: Path) -> None:
    """Print what the bundle's ports are and where its files lie."""
    from db2hdl_hw.emit.interface import Interface

    text = (bundle / "interface.json").read_text(encoding="utf-8")
    interface = Interface.loads(text, str(bundle / "interface.json"))
    files = sorted(str(p.relative_to(bundle)) for p in bundle.rglob("*") if p.is_file())
    result = {
        "bundle": str(bundle),
        "top": interface.top,
        "model_hash": interface.model_hash,
        "latency": interface.latency,
    }
    ports: list[dict[str, Any]] = [
        {"direction": "input", "name": p.name, "width": p.width, "features": list(p.features)}
        for p in interface.inputs
    ]
    ports += [{"direction": "output", "name": p.name, "width": p.width} for p in interface.outputs]
    out.answer({**result, "ports": ports, "files": files})
    rows = [[p["direction"], p["name"], p["width"], _shortly(p.get("features", ()))] for p in ports]
    title = f"Ports of {interface.top}"
    if len(rows) > MOST_PORTS:
        title += f" (the first {MOST_PORTS}; --json shows all)"
    out.show(table(["direction", "port", "bits", "features"], rows[:MOST_PORTS], title))
    if interface.clocking is not None:
        out.say(f"latency {interface.latency}: {', '.join(interface.clocking.names)} besides")
    out.say(f"wrote {bundle}: {', '.join(files)}")


def _shortly(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
