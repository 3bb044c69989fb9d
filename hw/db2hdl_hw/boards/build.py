"""A bundle becomes a bitstream for a board: shell, synthesis, place and route, packing."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from db2hdl_hw.boards.board import Board
from db2hdl_hw.boards.clock import Clock, first_clock, slower_clock
from db2hdl_hw.boards.constraints import SUFFIX, constraints
from db2hdl_hw.boards.device import BAUD
from db2hdl_hw.boards.fit import check_fit
from db2hdl_hw.boards.flow import Routed, pack, place_and_route, programs
from db2hdl_hw.boards.luts import widen_luts
from db2hdl_hw.boards.pads import add_pads
from db2hdl_hw.boards.programs import LIMIT, command, package_version
from db2hdl_hw.boards.record import CORE, FORMAT, RECORD, VERSION, check_build_target, check_ours
from db2hdl_hw.boards.vivado import SCRIPT, vivado_script
from db2hdl_hw.emit.bundle import EVIDENCE, Bundle
from db2hdl_hw.emit.manifest import files_in
from db2hdl_hw.emit.uart import shell_name, uart_verilog
from db2hdl_hw.errors import SynthesisError, ToolError
from db2hdl_hw.files import whole_folder
from db2hdl_hw.synth.targets import find_target
from db2hdl_hw.system.temporary import scratch
from db2hdl_hw.verilog.printer import printed

if TYPE_CHECKING:
    from db2hdl_hw.synth import Synthesis

Progress = Callable[[str], None]

LOGS = "logs"
MOST_RUNS = 4
"""Clocks that are tried."""

SEEDS, NEAR = (1, 2, 3), 0.85
"""Seeds of place and route, and the share of a clock from which the next one is worth its time."""


@dataclass(frozen=True)
class Built:
    """A shell that was synthesised, and routed where the open tools reach.

    Attributes
    ----------
    synthesis : Synthesis
    clock : Clock
    routed : Routed or None
    """

    synthesis: Synthesis
    clock: Clock
    routed: Routed | None


def build(
    bundle: Bundle,
    board: Board,
    path: Path,
    *,
    baud: int = BAUD,
    target_mhz: float | None = None,
    timeout: float = LIMIT,
    force: bool = False,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Build a bundle for a board in a new folder; return what ``build.json`` says.

    The clock is the board's own, unless the net is too slow for it: then it is divided, and
    place and route run again. With ``target_mhz`` a clock that is missed is an error.

    Parameters
    ----------
    bundle : Bundle
    board : Board
    path : Path
        The folder to make: the bundle in ``ip``, the shell's Verilog, constraints, bitstream (or
        Vivado's script), ``logs`` and ``build.json``.
    baud : int
        Of the UART.
    target_mhz : float, optional
        What the clock must be at least.
    timeout : float
        Seconds for each run of Yosys, and for each place and route.
    force : bool
        Whether to replace an earlier build.
    progress : callable, optional
        Told the name of each step as it begins.

    Raises
    ------
    InputError
        On a target that is in the way, or a clock or baud rate that the board cannot have.
    ToolError
        If a tool is missing.
    SynthesisError
        If the net does not fit (by how much), cannot be routed, is too slow, or what a tool
        wrote cannot be read; the logs are kept and named.
    """
    check_build_target(path, force=force)
    clock = first_clock(board, baud, target_mhz)
    for program in programs(board):
        command(program)
    with _work_folder() as work:
        tell = progress or _silent
        built = _implement(bundle, board, work, clock, baud, target_mhz, timeout, tell)
        with whole_folder(path, force=force, ours=check_ours) as folder:
            _collect(bundle, board, built, work, folder)
            record = _record(bundle, board, built, baud, folder)
            (folder / RECORD).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return record


def _silent(step: str) -> None:
    return None


@contextmanager
def _work_folder() -> Iterator[Path]:
    """Yield a folder for the tools; it stays if one fails, because its logs tell why."""
    with scratch("build", (SynthesisError, ToolError)) as folder:
        yield folder


def _implement(
    bundle: Bundle,
    board: Board,
    work: Path,
    clock: Clock,
    baud: int,
    target_mhz: float | None,
    timeout: float,
    tell: Progress,
) -> Built:
    """Find a clock at which the shell works; all files of the last run are in ``work``."""
    reached = 0.0
    for _ in range(MOST_RUNS):
        synthesis, routed = _fastest(bundle, board, work, clock, timeout, tell)
        if routed is None:
            return Built(synthesis, clock, None)
        if routed.meets(board, clock.mhz):
            tell("packing the bitstream")
            pack(board, shell_name(bundle.interface), work)
            return Built(synthesis, clock, routed)
        reached = routed.fmax_mhz
        if target_mhz is not None:
            break
        clock = slower_clock(board, baud, min(routed.fmax_mhz, 0.9 * clock.mhz))
    raise SynthesisError(
        f"timing is missed on {board.title}: {reached:.2f} MHz of {clock.mhz:g} MHz "
        f"reached; pass a --target-mhz below that, or none; logs: {work}"
    )


def _fastest(
    bundle: Bundle, board: Board, work: Path, clock: Clock, timeout: float, tell: Progress
) -> tuple[Synthesis, Routed | None]:
    """Place and route the smallest netlist; if it misses timing, what else synthesis can make.

    What takes fewest LUTs need not be fastest: large LUTs with multiplexers are more, and fewer
    levels. The files in ``work`` are those of the last one, which is the one that meets timing.
    """
    found: list[tuple[Synthesis, Routed]] = []
    others = find_target(board.target).choices[::-1]
    for choice in (None, *(others if len(others) > 1 else ())):
        if found and choice == found[0][0].choice:
            continue
        try:
            synthesis = _synthesise(bundle, board, work, clock, timeout, tell, choice)
            # On xc7 two small LUTs may share one: what Yosys estimates is nearer than their number.
            check_fit(board, synthesis.logic_cells or synthesis.count.luts, synthesis.count.ffs)
            if not board.bitstream:
                return synthesis, None
            routed = _route(board, shell_name(bundle.interface), work, clock, timeout, tell)
        except SynthesisError:
            if not found:
                raise
            continue
        found.append((synthesis, routed))
        if routed.meets(board, clock.mhz):
            return found[-1]
    return max(found, key=lambda pair: pair[1].fmax_mhz)


def _route(
    board: Board, top: str, work: Path, clock: Clock, timeout: float, tell: Progress
) -> Routed:
    """Place and route, again with other seeds if timing is nearly met; the best, if none meets."""
    found = []
    for seed in SEEDS:
        tell(f"placing and routing for {clock.mhz:g} MHz, seed {seed} (the first start takes long)")
        found.append(place_and_route(board, top, work, clock.mhz, timeout, seed))
        if found[-1].meets(board, clock.mhz):
            return found[-1]
        if found[-1].fmax_mhz < NEAR * clock.mhz:
            break
    return max(found, key=lambda routed: routed.fmax_mhz)


def _synthesise(
    bundle: Bundle,
    board: Board,
    work: Path,
    clock: Clock,
    timeout: float,
    tell: Progress,
    choice: str | None,
) -> Synthesis:
    from db2hdl_hw.synth import synthesise

    design = bundle.design()
    top = shell_name(bundle.interface)
    tell("writing the UART shell")
    shell = work / f"{top}.v"
    shell.write_text(
        uart_verilog(bundle.interface, clock.divisor, clock_divider=clock.divider),
        encoding="utf-8",
    )
    (work / (top + SUFFIX[board.target])).write_text(constraints(board, clock.divider))
    if not board.bitstream:
        (work / SCRIPT).write_text(vivado_script(board, bundle, CORE))
    tell(f"synthesising for {board.device} (Yosys)")
    with printed(design) as rtl:
        result = synthesise(
            [shell, rtl],
            top,
            board.target,
            keep_hierarchy=False,
            progress=tell,
            timeout=timeout,
            choice=choice,
        )
    shutil.copyfile(result.netlist_json, work / f"{top}.json")
    shutil.copyfile(result.log, work / "yosys.log")
    if board.target == "gowin":
        add_pads(work / f"{top}.json", top)
        widen_luts(work / f"{top}.json")
    return result


def _collect(bundle: Bundle, board: Board, built: Built, work: Path, folder: Path) -> None:
    """Copy what is worth keeping into the new folder."""
    top = shell_name(bundle.interface)
    for file in files_in(bundle.path):
        if not file.startswith(f"{EVIDENCE}/"):
            (folder / CORE / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(bundle.path / file, folder / CORE / file)
    names = [f"{top}.v", top + SUFFIX[board.target]]
    names.append(top + board.bitstream if board.bitstream else SCRIPT)
    for name in names:
        shutil.copyfile(work / name, folder / name)
    (folder / LOGS).mkdir()
    for log in (*work.glob("*.log"), *work.glob("report.json")):
        shutil.copyfile(log, folder / LOGS / log.name)


def _record(bundle: Bundle, board: Board, built: Built, baud: int, folder: Path) -> dict[str, Any]:
    """Return what ``build.json`` holds."""
    routed = built.routed
    bitstream = shell_name(bundle.interface) + board.bitstream if board.bitstream else None
    record: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "board": board.name,
        "device": board.device,
        "top": shell_name(bundle.interface),
        "model_hash": bundle.interface.model_hash,
        "baud": baud,
        "clock_mhz": board.clock_mhz,
        "clock_divider": built.clock.divider,
        "shell_mhz": built.clock.mhz,
        "fmax_mhz": None if routed is None else round(routed.fmax_mhz, 3),
        "seed": None if routed is None else routed.seed,
        "luts": built.synthesis.count.luts,
        "luts_available": board.luts,
        "ffs": built.synthesis.count.ffs,
        "carries": built.synthesis.count.carries,
        "depth": built.synthesis.count.depth,
        "used": {} if routed is None else {k: n for k, (n, _) in routed.used.items() if n},
        "bitstream": bitstream,
        "bitstream_bytes": (folder / bitstream).stat().st_size if bitstream else None,
        "tools": {**built.synthesis.versions, **{p: package_version(p) for p in programs(board)}},
    }
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return record | {"files": {str(p.relative_to(folder)): _sha256(p) for p in files}}


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
