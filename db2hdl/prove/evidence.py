"""A proof as evidence in the bundle: ``evidence/prove.json`` and ``prove.xml`` (JUnit)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from db2hdl.prove.result import LinkResult, ProofReport
from db2hdl_hw.emit.evidence import Case, write
from db2hdl_hw.errors import MismatchError, NotProvedError
from db2hdl_hw.prove.equal import NOT_PROVED, PROVED, REFUTED

FORMAT, VERSION = "db2hdl-proof", 1

_JUNIT = {PROVED: "passed", REFUTED: "failure", NOT_PROVED: "error"}


def keep(report: ProofReport, bundle: Path | str) -> Path:
    """Write a report into a bundle's evidence and return the JSON file."""
    data: dict[str, Any] = {"format": FORMAT, "version": VERSION, **report.as_json()}
    cases = [
        Case(link.name, "prove", _JUNIT[link.verdict], describe(link), seconds=link.seconds)
        for link in report.links
    ]
    return write(bundle, "prove", data, [*cases, *report.covers.cases()])


def describe(link: LinkResult) -> str:
    """Return one line on a link that is not proved; nothing of one that is."""
    if link.verdict == PROVED:
        return ""
    if link.verdict == NOT_PROVED:
        return f"{link.name} is not proved: {link.why or 'undecided'}"
    if link.counterexample is None:
        return f"{link.name} is refuted: {link.why}"
    before, after = link.name.split(" = ")
    inputs = link.replay.get("features") or dict(enumerate(link.counterexample.tolist()))
    shown = ", ".join(f"{name}={code}" for name, code in list(inputs.items())[:16])
    more = "" if len(inputs) <= 16 else f", … ({len(inputs)} inputs)"
    values = "; ".join(
        f"{port}: {before} {a:#x}, {after} {b:#x}"
        for port, (a, b) in link.outputs.items()
        if a != b
    )
    replayed = link.replay.get("simulator")
    seen = f"; {replayed} shows it, too" if replayed else ""
    return (
        f"{link.name} is refuted: inputs {shown}{more}; {values}; first difference in "
        f"{link.where}{seen}"
    )


def check(report: ProofReport) -> None:
    """Raise unless every link is proved.

    Raises
    ------
    MismatchError
        Of a refuted link; describes the first.
    NotProvedError
        Of a link that is not proved.
    """
    for verdict, kind in ((REFUTED, MismatchError), (NOT_PROVED, NotProvedError)):
        for link in report.links:
            if link.verdict == verdict:
                raise kind(describe(link))
    if not report.links:
        raise NotProvedError("there was nothing to prove")
