"""``db2hdl prove``: a bundle computes what its model computes, for all inputs."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from db2hdl.cli.output import Output, table

if TYPE_CHECKING:
    from db2hdl.prove import LinkResult, ProofReport


class Engine(StrEnum):
    """What ``--engine`` takes."""

    BOTH = "both"
    ABC = "abc"
    SAT = "sat"

    @property
    def names(self) -> tuple[str, ...]:
        """The engines that must agree."""
        return ("abc", "sat") if self is Engine.BOTH else (self.value,)


def prove(
    out: Output,
    bundle: Annotated[
        Path,
        typer.Argument(
            help="A bundle of db2hdl export; with --property a .dbnet file does, too.",
            show_default=False,
        ),
    ],
    target: Annotated[
        list[str] | None,
        typer.Option(
            "--target",
            help="ice40, ecp5, gowin or xc7; give it again for more. By default ice40, ecp5, xc7.",
            show_default=False,
        ),
    ] = None,
    no_synth: Annotated[
        bool, typer.Option("--no-synth", help="Stop at the Verilog; synthesise nothing.")
    ] = False,
    timeout: Annotated[
        float | None,
        typer.Option("--timeout", help="Seconds for each link; then it is not proved."),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option("--jobs", help="Links, and processes of a link; by default one a core."),
    ] = None,
    engine: Annotated[
        Engine, typer.Option("--engine", help="Who must agree: both, or only one.")
    ] = Engine.BOTH,
    certificates: Annotated[
        Path | None,
        typer.Option("--certificates", help="A folder for the SAT solver's proofs (CNF, DRAT)."),
    ] = None,
    claims: Annotated[
        list[str] | None,
        typer.Option(
            "--property",
            help="A claim about the model, such as 'class pass is reachable'; may be repeated.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Prove for all inputs that a bundle computes what its model computes, or what you claim."""
    if claims:
        from db2hdl.cli.claims import prove_claims

        prove_claims(out, bundle, claims, timeout)
        return
    from db2hdl.prove import prove as prove_bundle
    from db2hdl.prove.chain import TARGETS
    from db2hdl.prove.evidence import check, keep
    from db2hdl_hw.errors import InputError

    if no_synth and target:
        raise InputError("--no-synth and --target contradict each other; give one of them")
    with out.steps() as progress:
        report = prove_bundle(
            bundle,
            targets=() if no_synth else tuple(target or TARGETS),
            timeout=timeout,
            jobs=jobs,
            engines=engine.names,
            certificates=certificates,
            progress=progress,
        )
    kept = keep(report, bundle)
    out.answer({**report.as_json(), "evidence": str(kept)})
    _show(out, report)
    out.say(f"evidence in {kept.parent}")
    check(report)


def _show(out: Output, report: ProofReport) -> None:
    """Print a row for each link, and for each file that none of them is about."""
    rows = [[*_row(link), _earlier(link)] for link in report.links]
    for file in report.covers.left:
        rows.append([f"{file} (shell)", "not covered", "-", "-", ""])
    columns = 5 if any(row[-1] for row in rows) else 4
    headings = ["link", "verdict", "seconds", "engines", "found"]
    out.show(table(headings[:columns], [row[:columns] for row in rows]))


def _earlier(link: LinkResult) -> str:
    """Return since when an earlier run has known it, or how much of it; nothing if it is new."""
    resumed = link.detail.get("resumed")
    return (
        f"cached of {link.cached}" if link.cached else f"{resumed} steps cached" if resumed else ""
    )


def _row(link: LinkResult) -> list[object]:
    engines = ", ".join(f"{name}: {verdict}" for name, verdict in sorted(link.engines.items()))
    return [link.name, link.verdict, f"{link.seconds:.2f}", engines or "-"]
