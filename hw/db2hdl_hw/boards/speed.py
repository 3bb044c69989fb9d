"""How fast a core is between registers: its own, and a serial harness around it.

A core has more pins than any package, and a combinational one no clock, so it is placed and routed
with a shift register in front and a register behind, which a second shift register empties.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from db2hdl_hw.boards.flow import Routed, route
from db2hdl_hw.boards.luts import widen_luts
from db2hdl_hw.boards.pads import add_pads
from db2hdl_hw.boards.programs import LIMIT
from db2hdl_hw.emit.interface import InputPort, Interface, OutputPort
from db2hdl_hw.errors import InputError, SynthesisError, ToolError, unknown
from db2hdl_hw.system.temporary import scratch

HARNESS = "speed"
PINS = "pins.cst"
"""Nextpnr for Gowin places no pin by itself."""

_PINS_TEXT = 'IO_LOC "clk" 52;\nIO_LOC "in" 18;\nIO_LOC "out" 17;\n'


@dataclass(frozen=True)
class Part:
    """A device that stands for its family: what it is, and how nextpnr is called for it."""

    name: str
    program: str
    arguments: tuple[str, ...]


PARTS = {
    "ice40": Part(
        "iCE40HX8K-CT256",
        "nextpnr-ice40",
        ("--hx8k", "--package", "ct256", "--pcf-allow-unconstrained"),
    ),
    "ecp5": Part(
        "LFE5U-85F-6",
        "nextpnr-ecp5",
        ("--85k", "--package", "CABGA381", "--speed", "6", "--lpf-allow-unconstrained"),
    ),
    "gowin": Part(
        "GW1NR-LV9QN88PC6/I5",
        "nextpnr-himbaechel-gowin",
        ("--device", "GW1NR-LV9QN88PC6/I5", "--vopt", "family=GW1N-9C", "--vopt", f"cst={PINS}"),
    ),
}


def part(target: str) -> Part:
    """Return the device that stands for a target.

    Raises
    ------
    InputError
        If the target is unknown, or no open tool places and routes it.
    """
    if target == "xc7":
        raise InputError(
            "no open tool places and routes xc7, so there is no clock to reach; choose a target "
            f"of {', '.join(PARTS)}"
        )
    if target not in PARTS:
        raise unknown("target", target, PARTS)
    return PARTS[target]


def core_speed(
    rtl: str,
    interface: Interface,
    target: str,
    mhz: float,
    progress: Callable[[str], None] | None = None,
    timeout: float = LIMIT,
    choice: str | None = None,
) -> Routed:
    """Place and route a core in the harness, and return what its clock reaches.

    Parameters
    ----------
    rtl : str
        The Verilog of the core.
    interface : Interface
    target : str
        ``ice40``, ``ecp5`` or ``gowin``.
    mhz : float
        What nextpnr tries to reach; missing it is no error.
    progress : callable, optional
    timeout : float
        Seconds for each run of Yosys, and for place and route.
    choice : str, optional
        The target's choice that synthesis took, if it is known.

    Raises
    ------
    InputError, ToolError
        As ``part`` and ``synthesise``.
    SynthesisError
        If synthesis fails, or the core does not fit or cannot be routed in ``timeout`` seconds;
        the log is named. ``NoPathError`` if nextpnr finds no path to measure.
    """
    from db2hdl_hw.synth import synthesise

    device = part(target)
    with scratch("speed", (SynthesisError, ToolError)) as work:  # they name a log in it
        files = [work / "harness.v", work / "core.v"]
        for file, text in zip(files, (harness(interface), rtl), strict=True):
            file.write_text(text, encoding="utf-8")
        made = synthesise(
            files,
            HARNESS,
            target,
            keep_hierarchy=False,
            progress=progress,
            timeout=timeout,
            choice=choice,
        )
        shutil.copyfile(made.netlist_json, work / "netlist.json")
        if target == "gowin":
            add_pads(work / "netlist.json", HARNESS)
            widen_luts(work / "netlist.json")
            (work / PINS).write_text(_PINS_TEXT, encoding="utf-8")
        arguments = [*device.arguments, "--json", "netlist.json"]
        return route(target, arguments, work, mhz, timeout)


def harness(interface: Interface) -> str:
    """Return the Verilog of the module around the core: ``clk``, one bit in, one bit out."""
    width, out = interface.input_width, interface.output_width
    pins = [*_pins(interface.inputs, "word"), *_pins(interface.outputs, "found")]
    ports = interface.clocking
    if ports is not None:
        pins += [f".{ports.clock}(clk)", f".{ports.reset}(1'b0)", f".{ports.in_valid}(1'b1)"]
    zero = "1'b0"
    joined = ",\n    ".join(pins)
    return (
        f"module {HARNESS}(input clk, input in, output out);\n"
        f"  reg [{width - 1}:0] word;\n  wire [{out - 1}:0] found;\n"
        f"  reg [{out - 1}:0] taken, leaving;\n  reg load;\n"
        "  always @(posedge clk) begin\n"
        f"    word <= {_shifted('word', width, 'in')};\n    load <= word[{width - 1}];\n"
        "    taken <= found;\n"
        f"    leaving <= load ? taken : {_shifted('leaving', out, zero)};\n  end\n"
        f"  assign out = leaving[{out - 1}];\n"
        f"  {interface.top} core (\n    {joined}\n  );\nendmodule\n"
    )


def _shifted(register: str, width: int, following: str) -> str:
    return f"{{{register}[{width - 2}:0], {following}}}" if width > 1 else following


def _pins(ports: Sequence[InputPort] | Sequence[OutputPort], word: str) -> list[str]:
    pins, low = [], 0
    for port in ports:
        pins.append(f".{port.name}({word}[{low + port.width - 1}:{low}])")
        low += port.width
    return pins
