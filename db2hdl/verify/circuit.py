"""The checks of a bundle's Verilog: that it can be read, lint, simulation and proof."""

from __future__ import annotations

from collections.abc import Sequence

from db2hdl.simulate import simulate
from db2hdl.verify.result import DAMAGED, FAILED, VERIFIED, Check
from db2hdl_hw.emit.bundle import Bundle
from db2hdl_hw.emit.lint import lint
from db2hdl_hw.errors import ToolError
from db2hdl_hw.system.temporary import scratch
from db2hdl_hw.verilog.printer import printed

MOST_FINDINGS = 20


def check_source(bundle: Bundle) -> Check:
    """Refuse Verilog that is not of the subset that every tool reads alike."""
    count = len(bundle.design().modules)
    said = f"{count} modules of the subset of Verilog that every tool reads alike"
    return Check("source", VERIFIED, (said,))


def check_lint(bundle: Bundle) -> Check:
    """Ask Verilator for warnings."""
    with printed(bundle.design()) as rtl:
        found = lint([rtl], bundle.interface.top)
    if found:
        return Check("lint", FAILED, tuple(found[:MOST_FINDINGS]), DAMAGED)
    return Check("lint", VERIFIED, ("verilator -Wall finds nothing",))


def check_simulation(bundle: Bundle, random: int, seed: int) -> Check:
    """Simulate the Verilog against the reference, with a bench of our own."""
    with scratch("verify") as folder:
        kept = folder / "evidence"  # the scratch folder itself is locked, and so would this be
        outcome = simulate(bundle.path, random=random, seed=seed, evidence=kept)
    outcome.check()
    counts = [(source.vectors, source.name) for source in outcome.results[0].sources]
    vectors = ", ".join(f"{count} {name}" for count, name in counts)
    notes = tuple(note for note in outcome.notes if "vectors" in note)
    said = f"all outputs are the reference's for {vectors} vectors"
    return Check("simulation", VERIFIED, (said, *notes))


def check_proof(bundle: Bundle, targets: Sequence[str], timeout: float | None) -> Check:
    """Prove the chain of the bundle; nothing that was proved before is believed."""
    try:
        from db2hdl.prove import prove
        from db2hdl.prove.evidence import check
    except ImportError as error:
        raise ToolError(f"{error.name} is missing; pip install 'db2hdl[prove]'") from error
    report = prove(bundle.path, targets=tuple(targets), timeout=timeout)
    check(report)
    links = ", ".join(link.name for link in report.links)
    left = () if targets else ("netlists after synthesis were not asked for (--target)",)
    return Check("proof", VERIFIED, (f"for all inputs: {links}", *left))
