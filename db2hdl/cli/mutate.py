"""``db2hdl mutate``: faults in a bundle's circuit, and which of them the checks catch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from db2hdl.cli.output import Output, percent, table

if TYPE_CHECKING:
    from db2hdl.mutate import Mutation

MOST_SHOWN = 5
"""So many missed faults are shown; the evidence has all."""


def mutate(
    out: Output,
    bundle: Annotated[Path, typer.Argument(help="A bundle of db2hdl export.", show_default=False)],
    faults: Annotated[
        int, typer.Option("--faults", help="How many faults of the netlist, at most.")
    ] = 1000,
    seed: Annotated[
        int, typer.Option("--seed", min=0, help="Of the choice of faults and of random vectors.")
    ] = 0,
    random: Annotated[int, typer.Option("--random", min=0, help="How many random vectors.")] = 1000,
    improve: Annotated[
        bool,
        typer.Option("--improve", help="Put vectors that catch what is missed into the bundle."),
    ] = False,
    prove: Annotated[
        bool,
        typer.Option("--prove/--no-prove", help="Run the whole prover on each edited Verilog."),
    ] = True,
    require: Annotated[
        float,
        typer.Option("--require", min=0, max=100, help="Fail if simulation catches fewer percent."),
    ] = 0.0,
) -> None:
    """Inject faults into a bundle's circuit and say which simulation and proof catch."""
    from db2hdl.mutate import mutate as inject

    with _stages(out) as progress:
        outcome = inject(
            bundle,
            faults=faults,
            seed=seed,
            random=random,
            improve=improve,
            prove=prove,
            progress=progress,
        )
    out.answer(outcome.to_json())
    for note in outcome.notes:
        out.say(f"note: {note}")
    _show(out, outcome)
    out.say(line(outcome))
    outcome.check(require)


def line(outcome: Mutation) -> str:
    """Return the outcome in one line."""
    caught, equivalent = outcome.count("caught"), outcome.count("equivalent")
    real = len(outcome.mutants) - equivalent
    cached = f"; {outcome.cached} verdicts cached of {outcome.since}" if outcome.cached else ""
    added = f", {outcome.added} vectors added" if outcome.added else ""
    return (
        f"faults: {len(outcome.mutants)} injected, {equivalent} proved to change nothing; of the "
        f"other {real}, simulation catches {caught} ({percent(outcome.coverage())}{added}), "
        f"proof {percent(outcome.proof_coverage)}{cached}"
    )


def _show(out: Output, outcome: Mutation) -> None:
    headings = ["faults", "caught", "equivalent", "missed"]
    for origin in dict.fromkeys(one.origin for one in outcome.mutants):
        for by in ("kind", "layer"):
            rows = [
                [
                    name,
                    sum(row.values()),
                    row["caught"],
                    row["equivalent"],
                    row["missed"] + row["undecided"],
                ]
                for name, row in outcome.table(origin, by)
            ]
            what = {"netlist": "layer", "verilog": "module"}.get(origin, "file")
            heading = by if by == "kind" else what
            out.show(table([heading, *headings], rows, f"Faults in the {origin}, by {heading}"))
    left = [one for one in outcome.mutants if one.outcome in ("missed", "undecided")]
    for one in left[:MOST_SHOWN]:
        out.say(f"{one.outcome}: {one.what}; input {one.vector or 'unknown'} would show it")
    if len(left) > MOST_SHOWN:
        out.say(f"and {len(left) - MOST_SHOWN} more, all in the evidence")


@contextmanager
def _stages(out: Output) -> Iterator[Callable[[str, int, int], None]]:
    with out.progress() as progress:
        task = progress.add_task("", total=None)

        def tell(stage: str, done: int, total: int) -> None:
            progress.update(task, description=stage, completed=done, total=total or None)

        yield tell
