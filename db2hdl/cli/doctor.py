"""``db2hdl doctor``: is everything installed?"""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from db2hdl.cli.output import Output, table


def doctor(
    out: Output,
    commands: Annotated[
        list[str] | None,
        typer.Argument(
            help="Check only what these commands need: train, export, sim, boards.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Check Python packages, compiler and simulators, and say what to install."""
    from db2hdl.checkup import examine
    from db2hdl_hw.errors import ToolError

    findings = examine(commands or ())
    blocking = [finding for finding in findings if finding.blocking]
    rows = [
        [
            "ok" if f.ok else "MISSING" if f.required else "optional",
            f.name,
            f.found or "-",
            f.wanted or "any",
            f.needed_for,
            f.remedy,
        ]
        for f in findings
    ]
    out.show(table(["", "what", "found", "wanted", "needed for", "to do"], rows))
    out.answer({"ok": not blocking, "findings": [asdict(finding) for finding in findings]})
    if blocking:
        names = ", ".join(finding.name for finding in blocking)
        remedies = "; ".join(dict.fromkeys(finding.remedy for finding in blocking))
        raise ToolError(f"missing or too old: {names}; {remedies}")
    out.say("Everything needed is here.")
