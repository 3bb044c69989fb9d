"""The circuit of all mutants of a bundle, as one Verilog text."""

from __future__ import annotations

from dataclasses import dataclass

from db2hdl.hardnet import HardNet
from db2hdl.lower import lower
from db2hdl_hw.emit import manifest
from db2hdl_hw.emit.bundle import Bundle
from db2hdl_hw.errors import InputError
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
from db2hdl_hw.netlist.netlist import Netlist
from db2hdl_hw.passes import optimise
from db2hdl_hw.prove.yosys import check_text

EDITED_BYTES = 8_000_000
"""Of a large circuit there are fewer edits: each costs a copy of the module that it is in."""

FEWEST_EDITS = 4

TOP = ALL


@dataclass(frozen=True)
class Circuit:
    """The mutants of a bundle.

    Attributes
    ----------
    rtl : str
        The bundle's own Verilog, all files.
    verilog : str
        With the top ``TOP``: fault f, and after the faults edit e, at their bits of ``sel``.
    faults, edits : lists
    possible : int
        How many faults there were to choose from.
    inputs, outputs : lists of ``port[bit]``
    """

    rtl: str
    verilog: str
    faults: list[Fault]
    edits: list[Edit]
    possible: int
    inputs: list[str]
    outputs: list[str]

    def __len__(self) -> int:
        """Return the number of mutants."""
        return len(self.faults) + len(self.edits)


def circuit_of(bundle: Bundle, hard: HardNet, count: int, seed: int) -> Circuit:
    """Return ``count`` faults of a bundle's netlist and at most ``MOST`` edits of its Verilog.

    Raises
    ------
    InputError
        If the core is pipelined, its Verilog would reach outside, or no fault is asked for.
    ToolError
        If Amaranth or its Yosys is missing.
    """
    from db2hdl_hw.mutate.instrument import TOP as MUTANTS
    from db2hdl_hw.mutate.instrument import instrumented

    face = bundle.interface
    if face.latency:
        raise InputError(
            f"{bundle.path} has registers, latency {face.latency}; mutate the same model exported "
            "without a pipeline: the logic is the same"
        )
    rtl = rtl_text(bundle)
    netlist = _netlist(bundle, hard)
    every = faults(netlist)
    chosen = sample(every, count, seed)
    most = min(MOST, max(FEWEST_EDITS, EDITED_BYTES // max(1, len(rtl))))
    changed = edits(rtl, face.top, most, seed)
    ins = [(port.name, port.width) for port in face.inputs]
    outs = [(port.name, port.width) for port in face.outputs]
    parts = [
        instrumented(netlist, chosen, _target(bundle)),
        circuit_of_edits(rtl, face.top, changed, ins, outs),
        together(len(chosen), MUTANTS, len(changed), EDITED, face.input_width, face.output_width),
    ]
    return Circuit(rtl, "\n".join(parts), chosen, changed, len(every), _bits(ins), _bits(outs))


def _target(bundle: Bundle) -> str:
    """Return the target that a bundle was exported for, if any."""
    listed = manifest.read(bundle.path)
    return str(listed.options.get("target", "")) if listed else ""


def rtl_text(bundle: Bundle) -> str:
    """Return the Verilog of a bundle's core, having looked that it reaches nothing else.

    Raises
    ------
    InputError
        If it is not UTF-8, or has directives, system tasks or strings in it.
    """
    texts = []
    for file in bundle.rtl:
        try:
            texts.append(file.read_text(encoding="utf-8"))
        except UnicodeDecodeError as error:
            raise InputError(f"{file} is not UTF-8 text") from error
        check_text(str(file), texts[-1])
    return "\n".join(texts)


def _netlist(bundle: Bundle, hard: HardNet) -> Netlist:
    """Return the netlist that the bundle's circuit was made from."""
    listed = manifest.read(bundle.path)
    options = listed.options if listed else {}
    names = {port.name for port in bundle.interface.outputs}
    netlist = lower(
        hard,
        top=str(options.get("top", bundle.interface.top)),
        class_bits="class_bits" in names,
        scores="scores" in names,
    )
    return optimise(netlist)


def _bits(ports: list[tuple[str, int]]) -> list[str]:
    return [f"{name}[{bit}]" for name, width in ports for bit in range(width)]
