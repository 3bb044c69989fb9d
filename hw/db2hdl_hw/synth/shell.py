"""What a shell costs on an FPGA family: the logic around a core, without the core."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from db2hdl_hw.emit.interface import Interface
from db2hdl_hw.synth.cells import Count
from db2hdl_hw.synth.synthesis import Synthesis, synthesise
from db2hdl_hw.synth.yosys import Progress
from db2hdl_hw.system.temporary import scratch


def shell_cost(
    verilog: str,
    module: str,
    interface: Interface,
    target: str,
    *,
    cache: Path | None = None,
    progress: Progress | None = None,
) -> Count:
    """Synthesise a shell around a stand-in for its core, modules apart, and count all but that.

    The stand-in reads every input bit. Around a real core that leaves bits unread, their part of
    the shell's register goes when the modules are made one.

    Parameters
    ----------
    verilog : str
        The shell's text.
    module : str
        Its top module.
    interface : Interface
        Of the core that it instantiates.
    target : str
        ``ice40``, ``ecp5``, ``gowin`` or ``xc7``.
    cache : Path, optional
    progress : callable, optional

    Returns
    -------
    Count
        Of all modules but the core; the depth is the largest of them.

    Raises
    ------
    InputError, ToolError, SynthesisError
        As ``synthesise``.
    """
    with scratch("shell") as folder:
        files = [folder / name for name in ("shell.v", "core.v")]
        for file, text in zip(files, (verilog, stand_in(interface)), strict=True):
            file.write_text(text, encoding="utf-8")
        made = synthesise(
            files, module, target, keep_hierarchy=True, cache=cache, progress=progress
        )
    return _without(made, interface.top)


def stand_in(interface: Interface) -> str:
    """Return a module with the ports of a core whose outputs are the parity of its inputs."""
    clocking = interface.clocking
    ports = [f"input [{port.width - 1}:0] {port.name}" for port in interface.inputs]
    ports += [f"output [{port.width - 1}:0] {port.name}" for port in interface.outputs]
    parity = f"^{{{', '.join(port.name for port in interface.inputs)}}}"
    body = [f"  assign {out.name} = {{{out.width}{{{parity}}}}};" for out in interface.outputs]
    if clocking is not None:
        clock, reset, valid, ready = clocking.names
        ports += [f"input {clock}", f"input {reset}", f"input {valid}", f"output reg {ready}"]
        body.append(f"  always @(posedge {clock}) {ready} <= {valid} & ~{reset};")
    return "\n".join([f"module {interface.top}({', '.join(ports)});", *body, "endmodule\n"])


def _without(made: Synthesis, core: str) -> Count:
    """Return the sum of all modules but one."""
    counts = [count for module, count in made.stats.items() if module != core]
    return Count(
        luts=sum(count.luts for count in counts),
        ffs=sum(count.ffs for count in counts),
        carries=sum(count.carries for count in counts),
        muxes=sum(count.muxes for count in counts),
        depth=max(count.depth for count in counts),
        cells=dict(sorted(sum((Counter(count.cells) for count in counts), Counter()).items())),
    )
