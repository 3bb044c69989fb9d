"""One circuit against the hard net, in this process: for mutants and for one's own netlists."""

from __future__ import annotations

from db2hdl.bundle import describe
from db2hdl.hardnet import HardNet
from db2hdl.prove.inputs import feature_words
from db2hdl.prove.links import (
    DEFAULT,
    NetsMap,
    Options,
    add_valid,
    discharge,
    guarded,
    hard_link,
    read_circuit,
    rtl_link,
)
from db2hdl.prove.result import LinkResult
from db2hdl.prove.spec import specification
from db2hdl_hw.emit.interface import Interface
from db2hdl_hw.netlist.netlist import Netlist
from db2hdl_hw.prove.graph import Graph
from db2hdl_hw.prove.yosys import read_commands, run_yosys
from db2hdl_hw.verilog.design import read_text
from db2hdl_hw.verilog.printer import print_design
from db2hdl_hw.verilog.tree import Design


def prove_netlist(
    hard: HardNet,
    netlist: Netlist,
    *,
    interface: Interface | None = None,
    options: Options = DEFAULT,
) -> LinkResult:
    """Prove that a netlist computes what a hard net computes, for all inputs.

    Parameters
    ----------
    hard : HardNet
    netlist : Netlist
        With the ports that ``lower`` gives; its probes help and are not believed.
    interface : Interface, optional
        What the ports mean; by default what ``lower`` makes them mean.
    options : Options

    Returns
    -------
    LinkResult
        Look at ``verdict``.

    Raises
    ------
    ToolError
        If an engine is missing.
    """
    name = "hard = netlist"
    return guarded(name, lambda started: _netlist(name, hard, netlist, interface, options, started))


def _netlist(
    name: str,
    hard: HardNet,
    netlist: Netlist,
    interface: Interface | None,
    options: Options,
    started: float,
) -> LinkResult:
    interface = interface or describe(hard, netlist)
    return discharge(name, hard_link(hard, netlist, interface), hard, interface, options, started)


def rtl_json(design: Design, *, timeout: float | None = None) -> str:
    """Return what Yosys reads of a design: a flat netlist of word-level cells, as JSON.

    Raises
    ------
    ToolError, NotProvedError
        As ``run_yosys``.
    """
    top, verilog = design.top, print_design(design)
    commands = [*read_commands(["rtl.v"], top), "check -assert", "write_json rtl.json"]
    return run_yosys(commands, {"rtl.v": verilog}, "rtl.json", timeout=timeout)


def prove_verilog(
    hard: HardNet,
    verilog: Design | str,
    top: str,
    nets_map: NetsMap,
    interface: Interface,
    *,
    options: Options = DEFAULT,
) -> LinkResult:
    """Prove that Verilog computes what a hard net computes, for all inputs.

    Parameters
    ----------
    hard : HardNet
    verilog : Design or str
        A text must be of the subset of docs/reference/verilog-subset.md.
    top : str
        The top module.
    nets_map : mapping of layer to paths
        ``Bundle.nets()``; it helps and is not believed.
    interface : Interface
        What the ports mean.
    options : Options

    Raises
    ------
    InputError
        If the text cannot be read.
    ToolError
        If an engine is missing.
    """
    name = "hard = rtl"
    design = read_text(verilog, top) if isinstance(verilog, str) else verilog

    def run(started: float) -> LinkResult:
        graph = Graph()
        ports = [port.name for port in interface.outputs]
        before = specification(hard, graph, feature_words(interface, graph), ports)
        add_valid(before, interface)
        read = read_circuit(design, graph, interface, exact=True)
        link = rtl_link(before, read, nets_map, top)
        return discharge(name, link, hard, interface, options, started)

    return guarded(name, run)
