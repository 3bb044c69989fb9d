"""Faults of time in the Verilog of a pipelined core: something comes a cycle too early or too late.

They cannot be told apart by a circuit of mutants without a clock, so each is a Verilog text of its
own, for the clocked bench and for the proof.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from db2hdl_hw.emit.interface import Interface
from db2hdl_hw.errors import InputError

KIND = "latency"

_REGISTER = re.compile(r"  always @\(posedge (\w+)\)\n    (\w+) <= (\w+);\n")


@dataclass(frozen=True)
class LatencyFault:
    """One fault.

    Attributes
    ----------
    where : str
        What is early or late, for people.
    verilog : str
        The whole text with the fault in it.
    """

    where: str
    verilog: str

    def __str__(self) -> str:
        """Return one line."""
        return f"{KIND}: {self.where}"


def latency_faults(
    text: str, interface: Interface, count: int = 20, seed: int = 0
) -> list[LatencyFault]:
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


def _early(text: str, interface: Interface) -> LatencyFault:
    ports, latency = interface.clocking, interface.latency
    assert ports is not None
    match = _assignment(text, ports.out_valid)
    before = ports.in_valid
    if latency > 1:
        before = match[1].replace(f"[{latency - 1}]", f"[{latency - 2}]")
    new = f"  assign {ports.out_valid} = {before};\n"
    return LatencyFault(f"{ports.out_valid} a cycle early", text.replace(match[0], new, 1))


def _late(text: str, port: str, width: int, clock: str) -> LatencyFault:
    match = _assignment(text, port)
    new = (
        f"  reg [{width - 1}:0] late_fault;\n  always @(posedge {clock})\n"
        f"    late_fault <= {match[1]};\n  assign {port} = late_fault;\n"
    )
    return LatencyFault(f"{port} a cycle late", text.replace(match[0], new, 1))


def _left_out(text: str, clock: str, count: int, seed: int) -> list[LatencyFault]:
    """Return the texts in which one register, or one after the other, is a wire."""
    registers = [m for m in _REGISTER.finditer(text) if m[1] == clock and m[3] != "_0_"]
    if len(registers) > count:
        chosen = np.random.default_rng(seed).choice(len(registers), count, replace=False)
        registers = [registers[i] for i in sorted(chosen.tolist())]
    return [
        LatencyFault(
            f"register {m[2]} left out",
            f"{text[: m.start()]}  always @*\n    {m[2]} = {m[3]};\n{text[m.end() :]}",
        )
        for m in registers
    ]
