"""The circuit of all mutants of a bundle, as one Verilog text."""

from __future__ import annotations

from dataclasses import dataclass

from db2hdl.bundle import arguments
from db2hdl.hardnet import HardNet
from db2hdl.inner import netlist_of
from db2hdl_hw.emit import manifest
from db2hdl_hw.emit.bundle import Bundle
from db2hdl_hw.emit.interface import Interface
from db2hdl_hw.mutate.edits import (
    ALL,
    EDITED,
    MOST,
    Edit,
    circuit_of_edits,
    edits,
    together,
)
from db2hdl_hw.mutate.faults import Fault, faults, sample
from db2hdl_hw.mutate.latency import latency_faults
from db2hdl_hw.passes.stages import Pipeline
from db2hdl_hw.verilog.printer import print_design

EDITED_BYTES = 8_000_000
"""Of a large circuit there are fewer edits: each costs a copy of the module that it is in."""

FEWEST_EDITS = 4

OF_TIME_IN_TOP = 3
"""Faults of time at the ports: ``out_valid`` early, late, and the first output late."""

TOP = ALL


@dataclass(frozen=True)
class Circuit:
    """The mutants of a bundle.

    Attributes
    ----------
    rtl : str
        The bundle's own Verilog, printed again.
    verilog : str
        With the top ``TOP``: fault f, and after the faults edit e, at their bits of ``sel``.
    faults, edits : lists
    possible : int
        How many faults there were to choose from.
    inputs, outputs : lists of ``port[bit]``
        Of a pipelined core the last are the valid bits.
    graph, top : str
        The Verilog and its top of which the proof makes a graph: all mutants, or of a pipelined
        core the faults of the netlist only.
    """

    rtl: str
    verilog: str
    faults: list[Fault]
    edits: list[Edit]
    possible: int
    inputs: list[str]
    outputs: list[str]
    graph: str
    top: str

    def __len__(self) -> int:
        """Return the number of mutants."""
        return len(self.faults) + len(self.edits)


def circuit_of(bundle: Bundle, hard: HardNet, count: int, seed: int) -> Circuit:
    """Return ``count`` faults of a bundle's netlist and at most ``MOST`` edits of its Verilog.

    Raises
    ------
    InputError
        If its Verilog would reach outside, or no fault is asked for.
    ToolError
        If Amaranth or its Yosys is missing.
    """
    from db2hdl_hw.mutate.instrument import TOP as MUTANTS
    from db2hdl_hw.mutate.instrument import instrumented

    face, rtl = bundle.interface, print_design(bundle.design())
    netlist = netlist_of(bundle, hard)
    every = faults(netlist)
    chosen = sample(every, count, seed)
    changed = _edits(rtl, face, seed)
    ins = [(port.name, port.width) for port in face.inputs]
    outs = [(port.name, port.width) for port in face.outputs]
    clocking: tuple[str, ...] = ()
    if face.clocking:
        clocking = (face.clocking.clock, face.clocking.reset)
        ins.append((face.clocking.in_valid, 1))
        outs.append((face.clocking.out_valid, 1))
    first = instrumented(netlist, chosen, _target(bundle), _pipeline(bundle))
    parts = [
        first,
        circuit_of_edits(rtl, face.top, changed, ins, outs, clocking),
        together(
            len(chosen),
            MUTANTS,
            len(changed),
            EDITED,
            sum(width for _, width in ins),
            sum(width for _, width in outs),
            clocking,
        ),
    ]
    text = "\n".join(parts)
    graph = (first, MUTANTS) if face.latency else (text, TOP)
    return Circuit(rtl, text, chosen, changed, len(every), _bits(ins), _bits(outs), *graph)


def _edits(rtl: str, face: Interface, seed: int) -> list[Edit]:
    """Return the edits of the Verilog: of a pipelined core a third of them faults of time."""
    most = min(MOST, max(FEWEST_EDITS, EDITED_BYTES // max(1, len(rtl))))
    late: list[Edit] = []
    if face.latency:
        count = max(1, most // 3)
        late = latency_faults(rtl, face, count, seed)
        # Those of the top (valid bits, outputs) cost a copy of everything.
        late = [*late[:OF_TIME_IN_TOP], *late[2 + len(face.outputs) :]][:count]
    return [*edits(rtl, face.top, most - len(late), seed), *late]


def _pipeline(bundle: Bundle) -> Pipeline:
    """Return the registers of a bundle's core."""
    listed = manifest.read(bundle.path)
    made = arguments(listed.options)["pipeline"] if listed else Pipeline()
    latency = bundle.interface.latency
    return made if made.latency == latency else Pipeline(latency)


def _target(bundle: Bundle) -> str:
    """Return the target that a bundle was exported for, if any."""
    listed = manifest.read(bundle.path)
    return str(listed.options.get("target", "")) if listed else ""


def _bits(ports: list[tuple[str, int]]) -> list[str]:
    return [f"{name}[{bit}]" for name, width in ports for bit in range(width)]
