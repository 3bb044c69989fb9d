"""Faults of time in the Verilog of a pipelined core: something comes a cycle early or late."""

from __future__ import annotations

import re

import numpy as np

from db2hdl_hw.emit.interface import Interface
from db2hdl_hw.errors import InputError, present
from db2hdl_hw.mutate.edits import Edit, edit_of, module_at

KIND = "latency"

_REGISTER = re.compile(r"  always @\(posedge (\w+)\)\n    (\w+) <= (\w+);\n")


def latency_faults(text: str, interface: Interface, count: int = 20, seed: int = 0) -> list[Edit]:
    """Return faults of time: the valid bit, each output, and single registers left out.

    Parameters
    ----------
    text : str
        The Verilog of a core as it was exported.
    interface : Interface
    count : int
        At most so many registers are left out, drawn with the seed.
    seed : int

    Raises
    ------
    InputError
        If the core has no clock, or the text is not as it was exported.
    """
    ports = interface.clocking
    if ports is None:
        raise InputError(f"{interface.top} has no registers, so it has no faults of time")
    found = [_early(text, interface)]
    for port in (ports.out_valid, *(out.name for out in interface.outputs)):
        width = next((out.width for out in interface.outputs if out.name == port), 1)
        found.append(_late(text, port, width, ports.clock))
    return found + _left_out(text, ports.clock, count, seed)


def _assignment(text: str, port: str) -> re.Match[str]:
    match = re.search(rf"(?m)^  assign {port} = ([^;]*);\n", text)
    if match is None:
        raise InputError(f"the Verilog does not assign {port!r} as export writes it")
    return match


def _early(text: str, interface: Interface) -> Edit:
    ports, latency = present(interface.clocking), interface.latency
    match = _assignment(text, ports.out_valid)
    before = ports.in_valid
    if latency > 1:
        before = match[1].replace(f"[{latency - 1}]", f"[{latency - 2}]")
    new = f"  assign {ports.out_valid} = {before};\n"
    return _edit(text, match, new, f"{ports.out_valid} comes a cycle early")


def _late(text: str, port: str, width: int, clock: str) -> Edit:
    match = _assignment(text, port)
    new = (
        f"  reg [{width - 1}:0] late_fault;\n  always @(posedge {clock})\n"
        f"    late_fault <= {match[1]};\n  assign {port} = late_fault;\n"
    )
    return _edit(text, match, new, f"{port} comes a cycle late")


def _edit(text: str, match: re.Match[str], new: str, where: str) -> Edit:
    module = module_at(text, match.start())
    return edit_of(text, KIND, module, match.start(), match.end(), new, where)


def _left_out(text: str, clock: str, count: int, seed: int) -> list[Edit]:
    """Return the texts in which one register, or one after the other, is a wire."""
    registers = [m for m in _REGISTER.finditer(text) if m[1] == clock and m[3] != "_0_"]
    if len(registers) > count:
        chosen = np.random.default_rng(seed).choice(len(registers), count, replace=False)
        registers = [registers[i] for i in sorted(chosen.tolist())]
    return [_wire(text, found) for found in registers]


def _wire(text: str, found: re.Match[str]) -> Edit:
    """Return the text in which a register is a wire, from its declaration on."""
    declared = rf"(?m)^(  output .*\n)?  reg (\[\d+:0\] )?{found[2]};\n(?:  initial .*\n)?"
    before = list(re.compile(declared).finditer(text, 0, found.start()))[-1]
    wire = before[1] or f"  wire {before[2] or ''}{found[2]};\n"
    between = text[before.end() : found.start()]
    new = f"{wire}{between}  assign {found[2]} = {found[3]};\n"
    module, where = module_at(text, found.start()), f"register {found[2]} left out"
    return edit_of(text, KIND, module, before.start(), found.end(), new, where)
