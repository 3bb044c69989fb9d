"""``db2hdl verify``: check a bundle that came from somewhere else."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from db2hdl.cli.output import Output, table

MOST_SHOWN = 10
"""So many lines of one check are shown; --json has all."""


def verify(
    out: Output,
    bundle: Annotated[Path, typer.Argument(help="A bundle of db2hdl export.", show_default=False)],
    target: Annotated[
        list[str] | None,
        typer.Option(
            "--target",
            help="Prove the netlist after synthesis, too: ice40, ecp5, gowin or xc7.",
            show_default=False,
        ),
    ] = None,
    timeout: Annotated[
        float | None, typer.Option("--timeout", help="Seconds for each link of the proof.")
    ] = None,
    random: Annotated[int, typer.Option("--random", min=0, help="How many random vectors.")] = 1000,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of the random vectors.")] = 0,
) -> None:
    """Check hashes, rebuild, lint, simulation and proof of a bundle, and change nothing in it.

    What was not done is said first, and is no pass.
    """
    from db2hdl.verify import verify as check_bundle

    with out.steps() as step:
        outcome = check_bundle(
            bundle,
            targets=tuple(target or ()),
            timeout=timeout,
            random=random,
            seed=seed,
            progress=step,
        )
    out.answer(outcome.to_json())
    for line in outcome.first():
        out.say(line)
    rows = []
    for check in outcome.checks:
        said = [*check.said[:MOST_SHOWN]]
        if len(check.said) > MOST_SHOWN:
            said.append(f"and {len(check.said) - MOST_SHOWN} more")
        rows += [
            [check.name if not n else "", check.verdict if not n else "", text]
            for n, text in enumerate(said)
        ]
    out.show(table(["check", "verdict", ""], rows))
    out.say(f"isolation: {outcome.isolation}")
    outcome.check()
