"""``db2hdl sim``: an IP bundle's Verilog against the hard reference."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from db2hdl.cli.output import Output, table

if TYPE_CHECKING:
    from db2hdl.simulate import Simulation

MOST_SHOWN = 5
"""So many mismatches are shown; the evidence has more."""


class Simulator(StrEnum):
    """What ``--simulator`` takes."""

    VERILATOR = "verilator"
    ICARUS = "icarus"
    BOTH = "both"

    @property
    def names(self) -> tuple[str, ...]:
        """The simulators to run."""
        return ("verilator", "icarus") if self is Simulator.BOTH else (self.value,)


SimulatorOption = Annotated[Simulator, typer.Option("--simulator", help="Which simulator to use.")]
RandomRows = Annotated[int, typer.Option("--random", min=0, help="How many random vectors.")]
Waves = Annotated[bool, typer.Option("--waves", help="Keep a wave file (VCD or FST).")]


def sim(
    out: Output,
    bundle: Annotated[Path, typer.Argument(help="A bundle of db2hdl export.", show_default=False)],
    simulator: SimulatorOption = Simulator.VERILATOR,
    data: Annotated[
        Path | None,
        typer.Option(
            "--data", help="Rows to simulate as well: CSV or NPZ with the model's columns."
        ),
    ] = None,
    random: RandomRows = 1000,
    seed: Annotated[
        int, typer.Option("--seed", min=0, help="Of the random vectors.", show_default=True)
    ] = 0,
    waves: Waves = False,
    netlist: Annotated[
        str,
        typer.Option(
            "--netlist",
            help="Simulate what synthesis makes for a target: ice40, ecp5, gowin or xc7.",
        ),
    ] = "",
    timeout: Annotated[
        float | None,
        typer.Option("--timeout", help="Seconds for driving the vectors, if they have a limit."),
    ] = None,
    evidence: Annotated[
        Path | None,
        typer.Option("--evidence", "-o", help="The folder for results; by default in the bundle."),
    ] = None,
) -> None:
    """Simulate a bundle's Verilog and compare every bit with the hard reference."""
    from db2hdl.simulate import simulate

    with stages(out) as progress:
        outcome = simulate(
            bundle,
            simulators=simulator.names,
            data=data,
            random=random,
            seed=seed,
            waves=waves,
            netlist=netlist,
            timeout=timeout,
            evidence=evidence,
            progress=progress,
        )
    out.answer(summary(outcome))
    for note in outcome.notes:
        out.say(f"note: {note}")
    show_vectors(out, outcome)
    out.say(f"evidence in {outcome.evidence}")
    outcome.check()


@contextmanager
def stages(out: Output) -> Iterator[Callable[[str, int, int], None]]:
    """Yield a function that shows the stage of a simulation and how many vectors are done."""
    words = {"synth": "synthesising", "build": "building the simulator", "run": "simulating"}
    with out.progress() as progress:
        task = progress.add_task(words["build"], total=None)

        def tell(stage: str, done: int, total: int) -> None:
            known = total if stage == "run" else None
            progress.update(task, description=words[stage], completed=done, total=known)

        yield tell


def summary(outcome: Simulation) -> dict[str, Any]:
    """Return the outcome as plain values for ``--json``."""
    from db2hdl_sim.report import to_json

    return {
        **to_json(outcome.results),
        "hard_accuracy": outcome.hard_accuracy,
        "verilog_accuracy": outcome.verilog_accuracy,
        "vectors": sum(result.vectors for result in outcome.results),
        "mismatches": sum(result.mismatches for result in outcome.results),
        "evidence": str(outcome.evidence),
        "notes": list(outcome.notes),
        **outcome.covers.as_json(),
    }


def show_vectors(out: Output, outcome: Simulation) -> None:
    """Print how many vectors of each origin were compared, and the first mismatches."""
    rows = [
        [result.simulator, source.name, source.vectors, source.mismatches]
        for result in outcome.results
        for source in result.sources
    ]
    rows += [["not covered", f"{file} (shell)", "", ""] for file in outcome.covers.left]
    out.show(table(["simulator", "vectors", "compared", "mismatches"], rows))
    show_mismatches(out, outcome)
    for result in outcome.results:
        if result.latency is not None and not result.latency_fault:
            out.say(
                f"{result.simulator}: every output came {result.latency.stated} cycles after its "
                "input, with random gaps between inputs"
            )


def show_mismatches(out: Output, outcome: Simulation) -> None:
    """Print the first mismatches of each simulator."""
    from db2hdl_sim.report import describe

    for result in outcome.results:
        for one in result.described[:MOST_SHOWN]:
            out.say(f"{result.simulator}: {describe(one, result.first)}")
        left = result.mismatches - MOST_SHOWN
        if left > 0:
            out.say(f"{result.simulator}: and {left} more mismatches")
