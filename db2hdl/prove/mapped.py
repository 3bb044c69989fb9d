"""The link from RTL to the netlist that synthesis makes of it.

In between stands a third circuit that nobody has to believe: what the same synthesis has after
its coarse steps, when sums are full adders already but no gate is mapped. The RTL equals it by
what its sums count; the mapped netlist equals it bit by bit, because the full adders are the same.
If that circuit cannot be had or is no help, the mapped netlist is compared with the RTL directly.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from db2hdl.hardnet import HardNet
from db2hdl.prove.inputs import feature_words
from db2hdl.prove.links import Link, Options, discharge, read_circuit
from db2hdl.prove.result import LinkResult
from db2hdl_hw.emit.interface import Interface
from db2hdl_hw.errors import Db2hdlError, NotProvedError
from db2hdl_hw.prove.equal import PROVED
from db2hdl_hw.prove.graph import Graph
from db2hdl_hw.prove.guess import Pair
from db2hdl_hw.prove.yosys import run_yosys
from db2hdl_hw.prove.yosys_json import Read
from db2hdl_hw.synth.targets import find_target
from db2hdl_hw.verilog.tree import Design

_COARSE_END = {"xc7": "map_memory"}
"""The label in Yosys' script behind the coarse steps, where it is not ``map_ram``."""


def structure_json(verilog: str, top: str, target: str) -> str:
    """Return what synthesis for a target has after its coarse steps, sums made full adders."""
    command = find_target(target).command(top, keep_hierarchy=False)
    commands = [
        "read_verilog in0.v",
        f"hierarchy -check -top {top}",
        f"{command} -run begin:{_COARSE_END.get(target, 'map_ram')}",
        "maccmap",
        f"select -module {top}",
        "write_json -selected coarse.json",
    ]
    return run_yosys(commands, {"in0.v": verilog}, "coarse.json")


def prove_mapped(
    name: str,
    rtl: Design,
    structure: str | None,
    netlist: str,
    hard: HardNet,
    interface: Interface,
    options: Options,
    started: float,
) -> LinkResult:
    """Prove that a mapped netlist equals the RTL; it and the structure are JSON of Yosys."""
    first: LinkResult | None = None
    if structure is not None:
        with suppress(Db2hdlError):
            link = _link(rtl, structure, interface, exact=True)
            first = discharge(name, link, hard, interface, options, started)
    if structure is None or first is None or first.verdict != PROVED:
        link = _link(rtl, netlist, interface, exact=False)
        return discharge(name, link, hard, interface, options, started)
    link = _link(structure, netlist, interface, exact=False)
    result = discharge(name, link, hard, interface, options, started)
    result.obligations += first.obligations
    result.detail["structure"] = first.detail
    return result


def read_link(rtl: Design, text: str, interface: Interface) -> Link:
    """Return the link from the RTL to what Yosys has read of it, as JSON, before synthesis."""
    return _link(rtl, text, interface, exact=True, operators_only=True)


def _link(
    before: Design | str,
    after: str,
    interface: Interface,
    *,
    exact: bool,
    operators_only: bool = False,
) -> Link:
    graph = Graph()
    feature_words(interface, graph)
    a = read_circuit(before, graph, interface, exact=exact)
    b = read_circuit(after, graph, interface, exact=exact, operators_only=operators_only)
    link = Link(a.circuit, b.circuit, sweep=not exact)
    for name in b.nets:
        if name in a.nets:
            _add(link, a, b, name)
    link.points.sort(key=lambda pair: pair[1])
    return link


def _add(link: Link, a: Read, b: Read, name: str) -> None:
    layer = name.partition(".")[0] if "." in name else "top"
    for bit, (x, y) in enumerate(zip(a.nets[name], b.nets[name], strict=False)):
        if x is not None and y is not None:
            pair: Pair = ((layer, len(link.points)), x, y)
            link.points.append(pair)
            link.nets[pair[0]] = name if len(b.nets[name]) == 1 else f"{name}[{bit}]"


def read_text(path: Path) -> str:
    """Return a netlist that synthesis wrote.

    Raises
    ------
    NotProvedError
        If it is not there (any more).
    """
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise NotProvedError(f"cannot read {path}: {error.strerror}") from error
