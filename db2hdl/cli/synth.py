"""``db2hdl synth``: what a bundle costs on an FPGA."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from db2hdl.cli.output import Output, check_output, table

Target = Annotated[
    str, typer.Option("--target", help="ice40, ecp5, gowin or xc7.", show_default=False)
]


def synth(
    out: Output,
    bundle: Annotated[Path, typer.Argument(help="A bundle of db2hdl export.", show_default=False)],
    target: Target,
    route: Annotated[
        bool, typer.Option("--route/--no-route", help="Place and route too, where nextpnr can.")
    ] = True,
    timeout: Annotated[
        float, typer.Option("--timeout", min=1, help="Seconds for each run of Yosys or nextpnr.")
    ] = 1800,
    plot: Annotated[
        Path | None, typer.Option("--plot", help="Draw the LUTs of each part: .svg, .png, .pdf.")
    ] = None,
    evidence: Annotated[
        Path | None,
        typer.Option("--evidence", "-o", help="The folder for results; by default in the bundle."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a plot that exists.")] = False,
) -> None:
    """Count the LUTs, flip-flops, carries and depth of a bundle, and measure its clock."""
    from db2hdl import cost
    from db2hdl_hw.emit.bundle import Bundle

    if plot is not None:
        check_output(plot, [], force=force, folder=False)
    opened = Bundle.open(bundle)
    with out.steps() as step:
        record = cost.synth(
            opened, target, route=route, timeout=timeout, folder=evidence, progress=step
        )
    if plot is not None:
        cost.plot(record, plot, force=force)
    out.answer(record)
    show(out, record)


def show(out: Output, record: dict[str, Any]) -> None:
    """Print the parts, the total, and what place and route reached."""
    names = ("luts", "ffs", "carries", "muxes", "depth")
    rows = [[part, *(count[n] for n in names)] for part, count in record["parts"].items()]
    total = record["total"]
    summed = [sum(count[n] for count in record["parts"].values()) for n in names[:-1]]
    rows.append(["sum of the parts", *summed, ""])
    rows.append(["all in one, flat", *(total[n] for n in names)])
    if record["shell"] is not None:
        rows.append(["shell, beside it", *(record["shell"][n] for n in names)])
    out.show(table(["part", "LUT", "FF", "carry", "mux", "depth"], rows, record["target"]))
    if total["logic_cells"] is not None:
        how = {
            "ice40": "a carry with no LUT beside it takes up one, too",
            "xc7": "Yosys' estimate of 6-input cells, two small LUTs in one",
        }
        out.say(f"logic cells: {total['logic_cells']}, {how[record['target']]}")
    tools = ", ".join(f"{name} {number}" for name, number in record["tools"].items())
    out.say(f"{tools}: {record['command']}")
    if record.get("cached"):
        from db2hdl_hw.system.cache import marks

        out.say(marks(record["cached"]))
    show_routed(out, record["routed"])


def show_routed(out: Output, routed: dict[str, Any] | None) -> None:
    """Print what place and route reached, if it ran."""
    if routed is None:
        return
    tools = ", ".join(f"{name} {number}" for name, number in routed["tools"].items())
    if not routed["fits"] or routed["fmax_mhz"] is None:
        out.say(f"{routed['device']}, {tools}: {routed['reason']}")
        return
    harness = routed["harness"]
    used = ", ".join(
        f"{name} {n}/{of} ({100 * n / of:.0f} %)"
        for name, (n, of) in sorted(routed["used"].items())
    )
    out.say(
        f"{routed['device']}, {tools}: {routed['fmax_mhz']:.1f} MHz between registers, slack "
        f"{routed['slack_ns']:+.2f} ns at {routed['aim_mhz']:g} MHz; used: {used}; of these the "
        f"measuring harness has {harness['ffs']} FF and about {harness['luts']} LUT"
    )
