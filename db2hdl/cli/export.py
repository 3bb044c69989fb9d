"""``db2hdl export``: from a model to an IP bundle."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from db2hdl.cli.output import Output, check_output, table

if TYPE_CHECKING:
    from db2hdl.speed import Reached

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
TargetMhz = Annotated[
    float | None,
    typer.Option("--target-mhz", help="Search the fewest --pipeline stages that reach this clock."),
]
Target = Annotated[
    str,
    typer.Option(
        "--target",
        help="Count for this family: ice40, ecp5, gowin or xc7; --target-mhz is measured there.",
    ),
]
Shell = Annotated[str, typer.Option("--shell", help="Add a shell around the core: axi-stream.")]
DataWidth = Annotated[
    int | None,
    typer.Option("--data-width", help="Bits of the shell's streams, by default 32."),
]
VectorSeconds = Annotated[
    int | None,
    typer.Option(
        "--vector-seconds",
        help="The longest that directed vectors are made, by default 300; 0: none.",
        show_default=False,
    ),
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
    target_mhz: TargetMhz = None,
    target: Target = "",
    shell: Shell = "",
    data_width: DataWidth = None,
    vector_seconds: VectorSeconds = None,
    force: Force = False,
) -> None:
    """Write a model as an IP bundle: Verilog, interface description and test vectors."""
    from db2hdl import bundle
    from db2hdl.model_file import load
    from db2hdl_hw.errors import InputError
    from db2hdl_hw.passes.stages import Pipeline

    if data_width is not None and not shell:
        raise InputError("--data-width is of a shell; give --shell axi-stream, too")
    if target_mhz is not None and (not target or pipeline):
        raise InputError("give --target-mhz together with --target, and without --pipeline")
    check_output(output, [model], force=force, folder=True)
    loaded = load(model)
    registers = Pipeline(pipeline, register_input, register_output)
    ports: dict[str, Any] = {"top": top, "class_bits": class_bits, "scores": scores}
    seconds = bundle.VECTOR_SECONDS if vector_seconds is None else vector_seconds
    with out.steps() as step:
        reached = None
        if target_mhz is not None:
            from db2hdl.speed import find_pipeline

            reached = find_pipeline(
                loaded, target_mhz, target, **ports, registered=registers, progress=step
            )
            registers = reached.pipeline
        bundle.export(
            loaded,
            output,
            **ports,
            pipeline=registers,
            target=target,
            shell=shell,
            data_width=bundle.DATA_WIDTH if data_width is None else data_width,
            vector_seconds=seconds,
            force=force,
            progress=step,
        )
    report(out, output, reached)


def report(out: Output, bundle: Path, reached: Reached | None = None) -> None:
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
    if reached is not None:
        tried = {str(stages): round(mhz, 1) for stages, mhz in reached.tried.items()}
        result |= {"reached_mhz": round(reached.mhz, 1), "device": reached.device, "tried": tried}
        result |= {"cached": list(reached.cached)}
    out.answer({**result, "ports": ports, "files": files})
    rows = [[p["direction"], p["name"], p["width"], _shortly(p.get("features", ()))] for p in ports]
    title = f"Ports of {interface.top}"
    if len(rows) > MOST_PORTS:
        title += f" (the first {MOST_PORTS}; --json shows all)"
    out.show(table(["direction", "port", "bits", "features"], rows[:MOST_PORTS], title))
    if reached is not None:
        stages = reached.pipeline.stages
        out.say(f"--pipeline {stages} reaches {reached.mhz:.1f} MHz on {reached.device}")
        if reached.cached:
            from db2hdl_hw.system.cache import marks

            out.say(marks(reached.cached))
    if interface.clocking is not None:
        out.say(f"latency {interface.latency}: {', '.join(interface.clocking.names)} besides")
    out.say(f"wrote {bundle}: {', '.join(files)}")


def _shortly(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
