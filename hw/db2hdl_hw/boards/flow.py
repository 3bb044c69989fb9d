"""From a synthesised netlist to a bitstream: place and route, what it reached, packing."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from db2hdl_hw.boards.board import CLOCK, Board
from db2hdl_hw.boards.constraints import SUFFIX
from db2hdl_hw.boards.programs import LIMIT, StoppedError, run
from db2hdl_hw.errors import SynthesisError

SEED = 1
REPORT = "report.json"
_AT_PIN = re.compile(rf"(^|\$){CLOCK}(\b|\$|_)")
"""What nextpnr calls the clock at the pin: clk$SB_IO_IN_$glb_clk, $glbnet$clk$TRELLIS_IO_IN.

Not what it calls a divided clock: shell_clock_$glb_clk, answerer.shell_clock.
"""

_USED = re.compile(r"Info:\s+(\w+):\s+(\d+)/\s*(\d+)\s+\d+%")


@dataclass(frozen=True)
class Routed:
    """A placed and routed shell.

    Attributes
    ----------
    fmax_mhz : float
        Of the shell's clock.
    board_fmax_mhz : float or None
        Of the clock at the pin, if the shell divides it and there is a path in that clock.
    used : dict of str to (used, available)
        Cells of the device.
    seed : int
        Of place and route.
    """

    fmax_mhz: float
    board_fmax_mhz: float | None
    used: dict[str, tuple[int, int]]
    seed: int = SEED

    def meets(self, board: Board, mhz: float) -> bool:
        """Return whether the shell's clock, and the board's where it is divided, can be had."""
        at_pin = self.board_fmax_mhz
        return self.fmax_mhz >= mhz and (at_pin is None or at_pin >= board.clock_mhz)


class NoPathError(SynthesisError):
    """A routed design in which nextpnr finds no path from register to register: no clock."""


def place_and_route(
    board: Board, stem: str, folder: Path, mhz: float, timeout: float = LIMIT, seed: int = SEED
) -> Routed:
    """Place and route ``<stem>.json`` in a folder; timing that is missed is no error here.

    Raises
    ------
    ToolError
        If nextpnr is missing.
    SynthesisError
        If the netlist cannot be placed or routed in ``timeout`` seconds, or nextpnr's report
        cannot be read.
    """
    output = _NEXTPNR[board.target][1]
    constraint = _CONSTRAINT[board.target].format(stem + SUFFIX[board.target])
    arguments = [*board.place, *constraint.split(), output, stem + _ROUTED[board.target]]
    return route(board.target, [*arguments, "--json", f"{stem}.json"], folder, mhz, timeout, seed)


def route(
    target: str,
    arguments: Sequence[str],
    folder: Path,
    mhz: float,
    timeout: float = LIMIT,
    seed: int = SEED,
) -> Routed:
    """Run nextpnr of a family with the arguments of a device, and return what it reports.

    Raises
    ------
    ToolError
        If nextpnr is missing.
    SynthesisError
        As ``place_and_route``; ``NoPathError`` if there is nothing to measure.
    """
    program = _NEXTPNR[target][0]
    common = ["--report", REPORT, "--seed", str(seed), "--freq", f"{mhz:g}", "--timing-allow-fail"]
    end = time.monotonic() + timeout
    *others, last = _ROUTERS[target]
    try:
        for router in others:
            with suppress(StoppedError):
                run(program, [*arguments, *router, *common], folder, timeout / 2)
                break
        else:
            run(program, [*arguments, *last, *common], folder, max(1.0, end - time.monotonic()))
    except SynthesisError as error:
        raise SynthesisError(_too_full(folder / f"{program}.log", error)) from error
    return replace(read_report(folder / REPORT, folder / f"{program}.log"), seed=seed)


def pack(board: Board, stem: str, folder: Path) -> Path:
    """Make the bitstream of a routed shell and return it.

    Raises
    ------
    ToolError
        If the packer is missing.
    SynthesisError
        If it fails, or writes nothing.
    """
    routed, bitstream = stem + _ROUTED[board.target], folder / (stem + board.bitstream)
    program, arguments = _PACK[board.target](board, routed, bitstream.name)
    log = run(program, arguments, folder)
    if not bitstream.is_file() or not bitstream.stat().st_size:
        raise SynthesisError(f"{program} wrote no bitstream; log: {log}")
    return bitstream


def programs(board: Board) -> tuple[str, ...]:
    """Return the programs that a board needs beside Yosys."""
    if not board.bitstream:
        return ()
    return (_NEXTPNR[board.target][0], _PACK[board.target](board, "", "")[0])


_NEXTPNR: dict[str, tuple[str, str]] = {
    "ice40": ("nextpnr-ice40", "--asc"),
    "ecp5": ("nextpnr-ecp5", "--textcfg"),
    "gowin": ("nextpnr-himbaechel-gowin", "--write"),
}
_BOTH = (("--router", "router2"), ("--router", "router1"))
_ROUTERS: dict[str, tuple[tuple[str, ...], ...]] = {"ice40": _BOTH, "ecp5": _BOTH, "gowin": ((),)}
"""Routers of nextpnr, the next one if one does not come to an end: router1 does not on some
netlists of a few hundred cells, and hardly on ten thousand; router2 sometimes keeps two wires."""
_CONSTRAINT = {"ice40": "--pcf {}", "ecp5": "--lpf {}", "gowin": "--vopt cst={}"}
_ROUTED = {"ice40": ".asc", "ecp5": ".config", "gowin": "_routed.json"}
_PACK: dict[str, Callable[[Board, str, str], tuple[str, list[str]]]] = {
    "ice40": lambda board, routed, bits: ("icepack", [routed, bits]),
    "ecp5": lambda board, routed, bits: (
        "ecppack",
        ["--compress", "--input", routed, "--bit", bits],
    ),
    "gowin": lambda board, routed, bits: ("gowin_pack", [*board.pack, "-o", bits, routed]),
}


def read_report(report: Path, log: Path) -> Routed:
    """Return what nextpnr reports: its clocks and cells; an error names its log, too."""
    try:
        data: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
        clocks = {name: float(clock["achieved"]) for name, clock in data["fmax"].items()}
        used = {
            name: (int(cell["used"]), int(cell["available"]))
            for name, cell in data["utilization"].items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SynthesisError(
            f"cannot read nextpnr's report {report}: {type(error).__name__}: {error}; log: {log}"
        ) from error
    if not clocks:
        raise NoPathError(f"nextpnr finds no path between registers: {report} names no clock")
    at_pin = [mhz for name, mhz in clocks.items() if _AT_PIN.search(name)]
    divided = [mhz for name, mhz in clocks.items() if not _AT_PIN.search(name)]
    return Routed(min(divided or at_pin), min(at_pin) if divided and at_pin else None, used)


def _too_full(log: Path, error: SynthesisError) -> str:
    """Return what is over-full, if that is why place and route failed; else the error itself."""
    text = log.read_text(errors="replace") if log.is_file() else ""
    for kind, used, available in _USED.findall(text):
        if int(used) > int(available):
            return (
                f"the net does not fit: it needs {int(used):,} {kind}, the device has "
                f"{int(available):,}, {int(used) - int(available):,} too few; log: {log}"
            )
    return str(error)
