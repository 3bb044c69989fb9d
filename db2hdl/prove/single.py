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
from db2hdl_hw.prove.yosys import check_text, read_commands, run_yosys


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


def rtl_json(
    verilog: str, top: str, *, name: str = "the Verilog", timeout: float | None = None
) -> str:
    """Return Verilog as a flat netlist of word-level cells, as JSON.

    Raises
    ------
    InputError
        If it cannot be read, or could make a tool read anything else.
    ToolError, NotProvedError
        As ``run_yosys``.
    """
    check_text(name, verilog)
    commands = [*read_commands(["rtl.v"], top), "write_json rtl.json"]
    return run_yosys(commands, {"rtl.v": verilog}, "rtl.json", timeout=timeout, blame=name)


def prove_verilog(
    hard: HardNet,
    verilog: str,
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
    verilog : str
        The text; it is read by Yosys.
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
        If Yosys or an engine is missing.
    """
    name = "hard = rtl"
    text = rtl_json(verilog, top, timeout=options.timeout)

    def run(started: float) -> LinkResult:
        graph = Graph()
        ports = [port.name for port in interface.outputs]
        before = specification(hard, graph, feature_words(interface, graph), ports)
        add_valid(before, interface)
        read = read_circuit(text, graph, interface, exact=True)
        link = rtl_link(before, read, nets_map, top)
        return discharge(name, link, hard, interface, options, started)

    return guarded(name, run)
