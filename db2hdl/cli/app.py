"""The typer application: which commands there are, and the switches they share."""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated

import typer

from db2hdl.cli.ask import ask
from db2hdl.cli.boards import boards
from db2hdl.cli.build import build
from db2hdl.cli.doctor import doctor
from db2hdl.cli.estimate import estimate
from db2hdl.cli.explain import explain
from db2hdl.cli.export import export
from db2hdl.cli.flash import flash
from db2hdl.cli.info import info
from db2hdl.cli.mutate import mutate
from db2hdl.cli.output import Output
from db2hdl.cli.prove import prove
from db2hdl.cli.recipe import recipe
from db2hdl.cli.run import run
from db2hdl.cli.sim import sim
from db2hdl.cli.switches import Debug, Json, Quiet, with_switches
from db2hdl.cli.synth import synth
from db2hdl.cli.train import train
from db2hdl.cli.verify import verify

app = typer.Typer(
    name="db2hdl",
    help="Train boolean circuits by gradient descent and take them to checked Verilog.",
    epilog="Example: db2hdl run noisy-xor -o demo",
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)

for function, example in (
    (train, "db2hdl train --data parts.csv --label pass -o parts.dbnet"),
    (recipe, "db2hdl recipe show mnist-3k > mine.toml"),
    (info, "db2hdl info parts.dbnet"),
    (explain, "db2hdl explain parts.dbnet --row 3"),
    (export, "db2hdl export parts.dbnet -o parts_ip"),
    (sim, "db2hdl sim parts_ip --simulator both"),
    (prove, "db2hdl prove parts_ip"),
    (mutate, "db2hdl mutate parts_ip --improve"),
    (verify, "db2hdl verify parts_ip"),
    (run, "db2hdl run noisy-xor -o demo"),
    (estimate, "db2hdl estimate parts.dbnet"),
    (synth, "db2hdl synth parts_ip --target ice40"),
    (boards, "db2hdl boards"),
    (build, "db2hdl build parts_ip --board icebreaker -o parts_board"),
    (flash, "db2hdl flash parts_board"),
    (ask, "db2hdl ask parts_board --port /dev/ttyUSB1 --data parts.csv"),
    (doctor, "db2hdl doctor"),
):
    app.command(epilog=f"Example: {example}")(with_switches(function))


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"db2hdl {version('db2hdl')}")
        raise typer.Exit


@app.callback()
def common(
    context: typer.Context,
    json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
    show_version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Take the switches given before the subcommand."""
    out: Output = context.obj
    out.switch(json=json, quiet=quiet, debug=debug)
