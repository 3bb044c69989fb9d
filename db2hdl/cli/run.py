"""``db2hdl run``: train, export and simulate in one go."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from db2hdl.cli.export import ClassBits, Force, Scores, Top, VectorSeconds
from db2hdl.cli.output import Output, check_output, percent, table
from db2hdl.cli.sim import (
    RandomRows,
    Simulator,
    SimulatorOption,
    Waves,
    show_mismatches,
    stages,
    summary,
)
from db2hdl.cli.training import (
    BitColumns,
    Data,
    Epochs,
    InputBits,
    Label,
    LearningRate,
    Problem,
    Seed,
    TestData,
    learn,
)

if TYPE_CHECKING:
    from db2hdl.mutate import Mutation
    from db2hdl.prove import ProofReport
    from db2hdl.simulate import Simulation
    from db2hdl.train import TrainingResult


def run(
    out: Output,
    output: Annotated[
        Path,
        typer.Option("--output", "-o", help="The bundle to make, a folder.", show_default=False),
    ],
    problem: Problem = None,
    data: Data = None,
    label: Label = None,
    test: TestData = None,
    bit_columns: BitColumns = None,
    seed: Seed = 0,
    input_bits: InputBits = 8,
    epochs: Epochs = None,
    lr: LearningRate = None,
    top: Top = "top",
    class_bits: ClassBits = False,
    scores: Scores = False,
    simulator: SimulatorOption = Simulator.VERILATOR,
    random: RandomRows = 1000,
    waves: Waves = False,
    prove: Annotated[
        bool, typer.Option("--prove", help="Prove the Verilog, too, and inject faults into it.")
    ] = False,
    board: Annotated[
        str, typer.Option("--board", help="Make a bitstream for it, too: see db2hdl boards.")
    ] = "",
    vector_seconds: VectorSeconds = None,
    force: Force = False,
) -> None:
    """Train, export and simulate: from data to checked Verilog, and to a bitstream."""
    from db2hdl.bundle import VECTOR_SECONDS, export
    from db2hdl.simulate import check_simulators, simulate

    check_output(output, [data, test], force=force, folder=True)
    check_simulators(simulator.names)
    target = _check_board(board, output, force=force)
    result = learn(
        out,
        problem,
        data,
        label=label,
        test=test,
        bit_columns=bit_columns or (),
        seed=seed,
        input_bits=input_bits,
        epochs=epochs,
        lr=lr,
    )
    with out.steps() as step:
        export(
            result.model,
            output,
            top=top,
            class_bits=class_bits,
            scores=scores,
            target=target,
            vector_seconds=VECTOR_SECONDS if vector_seconds is None else vector_seconds,
            force=force,
            progress=step,
        )
    with stages(out) as progress:
        outcome = simulate(
            output,
            simulators=simulator.names,
            random=random,
            seed=seed,
            waves=waves,
            progress=progress,
        )
    checked = _proved(out, output) if prove and outcome.passed else []
    if board and outcome.passed:
        checked += _built(out, output, board, force=force)
    out.answer({"bundle": str(output), "seed": seed, **result.summary(), **summary(outcome)})
    show_mismatches(out, outcome)
    _closing_table(out, f"{problem or data} -> {output}", result, outcome, checked)
    outcome.check()


def _proved(out: Output, bundle: Path) -> list[list[str]]:
    """Prove the circuit and inject faults into it; return the rows that say so."""
    from db2hdl.mutate import mutate
    from db2hdl.prove import prove
    from db2hdl.prove.evidence import check, keep

    with out.steps() as step:
        report = prove(bundle, targets=(), progress=step)
    keep(report, bundle)
    check(report)
    with out.steps() as step:
        faults = mutate(bundle, progress=lambda stage, done, total: step(stage))
    faults.check()
    out.answer({"proof": report.as_json(), "faults": faults.to_json()})
    links = " = ".join(["hard", *(link.name.split(" = ")[1] for link in report.links)])
    same = faults.count("equivalent")
    real = len(faults.mutants) - same
    said = f"of {real} that change an output; {same} more are proved to change none"
    return [
        ["proof", report.verdict, f"for all inputs: {links}{_when(report, faults)}"],
        ["faults found by simulation", str(faults.count("caught")), said],
        ["faults found by proof", str(round((faults.proof_coverage or 0) * real)), "of the same"],
    ]


def _when(report: ProofReport, faults: Mutation) -> str:
    """Return since when earlier runs have known some of it; nothing if all is new."""
    times = [link.cached for link in report.links if link.cached] + [faults.since] * bool(
        faults.since
    )
    return f" (cached of {min(times)})" if times else ""


def _board_folder(output: Path, board: str) -> Path:
    """Return the folder of the board's build: beside the bundle."""
    return output.with_name(f"{output.name}-{board}")


def _check_board(board: str, output: Path, *, force: bool) -> str:
    """Refuse an unknown board or a folder in the way before training; return the FPGA family."""
    if not board:
        return ""
    from db2hdl_hw.boards.catalogue import find_board
    from db2hdl_hw.boards.record import check_build_target

    target = find_board(board).target
    check_build_target(_board_folder(output, board), force=force)
    return target


def _built(out: Output, bundle: Path, board: str, *, force: bool) -> list[list[str]]:
    """Build the bitstream; return the rows that say so."""
    from db2hdl.build import build
    from db2hdl_hw.system.cache import marks, recalled

    folder = _board_folder(bundle, board)
    with out.steps() as step, recalled() as taken:
        record = build(bundle, board, folder, force=force, progress=step)
    out.answer({"board": {"build": str(folder), **record, "cached": taken}})
    clock = f"{record['shell_mhz']:g} MHz"
    if record["fmax_mhz"] is not None:
        clock = f"runs at {clock}, could at {record['fmax_mhz']:.1f} MHz"
    used = f"{record['luts']:,} of {record['luts_available']:,} LUTs with the UART, {clock}"
    made = record["bitstream"] or "vivado.tcl"
    noted = f"; {marks(taken)}" if taken else ""
    return [[f"for {board}", str(folder / made), used + noted]]


def _closing_table(
    out: Output,
    title: str,
    result: TrainingResult,
    outcome: Simulation,
    checked: list[list[str]],
) -> None:
    """Print the one table of the whole flow."""
    simulators = ", ".join(one.simulator for one in outcome.results)
    vectors = sum(one.vectors for one in outcome.results)
    mismatches = sum(one.mismatches for one in outcome.results)
    rows = [
        ["soft accuracy", percent(result.soft_accuracy), "the trained net"],
        ["hard accuracy", percent(result.hard_accuracy), "the boolean reference"],
        ["Verilog accuracy", percent(outcome.verilog_accuracy), f"the circuit, by {simulators}"],
        ["vectors compared", str(vectors), _origins(outcome)],
        ["mismatches", str(mismatches), "must be 0"],
        *checked,
    ]
    out.show(table(["", "", ""], rows, title))


def _origins(outcome: Simulation) -> str:
    return ", ".join(f"{s.vectors} {s.name}" for s in outcome.results[0].sources)
