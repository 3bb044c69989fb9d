"""The links of the chain, each proved in this process: circuits in, result out."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from db2hdl.hardnet import HardNet
from db2hdl.prove.inputs import codes_of, feature_words
from db2hdl.prove.result import LinkResult, Where
from db2hdl.prove.spec import specification
from db2hdl_hw.emit.interface import Interface
from db2hdl_hw.errors import Db2hdlError, MismatchError, NotProvedError
from db2hdl_hw.netlist.netlist import Netlist
from db2hdl_hw.prove.circuit import Circuit, Word, pairs
from db2hdl_hw.prove.crew import Crew
from db2hdl_hw.prove.engine_sat import Keep
from db2hdl_hw.prove.equal import ENGINES, NOT_PROVED, REFUTED, Outcome, prove_equal
from db2hdl_hw.prove.graph import Graph
from db2hdl_hw.prove.guess import Pair
from db2hdl_hw.prove.memory import Memory
from db2hdl_hw.prove.netlist_side import netlist_circuit
from db2hdl_hw.prove.patterns import first_patterns, of_cases
from db2hdl_hw.prove.rtl import read_rtl
from db2hdl_hw.prove.simulate import Simulator, bit_of
from db2hdl_hw.prove.yosys_json import Clock, Read, read_json
from db2hdl_hw.verilog.tree import Design

NetsMap = Mapping[str, Sequence[str | None]]
"""For each layer, the path of each bit's net in the circuit, ``"0"``, ``"1"`` or None."""

CHECKED = 256
"""Random inputs on which the specification is compared with the reference, every time."""


@dataclass(frozen=True)
class Options:
    """How to prove.

    Attributes
    ----------
    engines : sequence of "abc", "sat"
    timeout : float or None
        Seconds for one link.
    keep : callable, optional
        Takes certificates.
    jobs : int
        Processes that decide obligations; 1: only this one.
    memory : path, optional
        A file of what is proved already, to go on after an interruption.
    """

    engines: Sequence[str] = ENGINES
    timeout: float | None = None
    keep: Keep | None = None
    jobs: int = 1
    memory: Path | None = None

    def deadline(self) -> float | None:
        """Return the time at which a link that starts now must give up."""
        return None if self.timeout is None else time.monotonic() + self.timeout


DEFAULT = Options()


@dataclass
class Link:
    """Two circuits in one graph, and what their inner bits are called.

    Attributes
    ----------
    before, after : Circuit
    points : list of (point, literal before, literal after)
        From inputs to outputs.
    nets : dict of point to str
        What a point is called in the second circuit.
    sweep : bool
        Whether names alone will not do.
    """

    before: Circuit
    after: Circuit
    points: list[Pair] = field(default_factory=list)
    nets: dict[tuple[str, int], str] = field(default_factory=dict)
    sweep: bool = False


def discharge(
    name: str, link: Link, hard: HardNet, interface: Interface, options: Options, started: float
) -> LinkResult:
    """Prove a link, and describe the outcome in the user's terms."""
    memory = Memory(options.memory)
    with Crew(options.jobs, memory) as crew:
        outcome = prove_equal(
            link.before.graph,
            pairs(link.before.outputs, link.after.outputs),
            link.points,
            sweep=link.sweep,
            engines=options.engines,
            deadline=options.deadline(),
            keep=options.keep,
            crew=crew,
        )
    result = LinkResult(name, outcome.verdict, engines=outcome.engines, why=outcome.why)
    result.obligations = outcome.obligations
    result.detail = {
        "nodes": len(link.before.graph),
        "points": len(link.points),
        "rounds": outcome.rounds,
        "engine_seconds": {k: round(v, 3) for k, v in outcome.seconds.items()},
    }
    if memory.resumed:
        result.detail["resumed"] = memory.resumed
    if outcome.case is not None:
        result.counterexample = codes_of(hard, interface, outcome.case)
        result.where = _where(link, outcome)
        result.outputs = _values(link, outcome.case)
    result.seconds = time.monotonic() - started
    return result


def _where(link: Link, outcome: Outcome) -> Where:
    if outcome.points:
        layer, bit = outcome.points[0]
        return Where(layer, bit, link.nets.get((layer, bit), f"{layer}[{bit}]"))
    port, bit = outcome.outputs[0]
    return Where("output", bit, f"{port}[{bit}]")


def _values(link: Link, case: Mapping[str, bool]) -> dict[str, tuple[int, int]]:
    """Return the value of each output port in both circuits."""
    graph = link.before.graph
    values = Simulator(graph).run(of_cases(list(graph.inputs), [case]), 1)

    def number(word: Word) -> int:
        return sum(1 << place for place, bit in enumerate(word) if bit_of(values, bit, 0))

    return {
        name: (number(word), number(link.after.outputs[name]))
        for name, word in link.before.outputs.items()
    }


def hard_link(hard: HardNet, netlist: Netlist, interface: Interface) -> Link:
    """Return the link from a hard net to a netlist with probes of its layers."""
    graph = Graph()
    before = specification(
        hard, graph, feature_words(interface, graph), [port.name for port in interface.outputs]
    )
    check_specification(hard, interface, before)
    return by_layers(before, netlist_circuit(netlist, graph))


def by_layers(before: Circuit, after: Circuit) -> Link:
    """Return the link of two circuits that know the bits of the same layers."""
    link = Link(before, after)
    for layer, bits in before.points.items():
        others = after.points.get(layer, [])
        for bit, (a, b) in enumerate(zip(bits, others, strict=False)):
            if a is not None and b is not None:
                link.points.append(((layer, bit), a, b))
    return link


def check_specification(hard: HardNet, interface: Interface, circuit: Circuit) -> None:
    """Compare every layer of the specification with the reference on random inputs.

    Raises
    ------
    Db2hdlError
        If they differ: the prover's own definition of a layer would be wrong.
    """
    graph = circuit.graph
    patterns = first_patterns(list(graph.inputs), count=CHECKED)
    values = Simulator(graph).run(patterns, CHECKED)
    words = np.stack(
        [patterns[f"{p.name}[{b}]"] for p in interface.inputs for b in range(p.width)], axis=1
    )
    from db2hdl.hardnet import feature_names
    from db2hdl_hw.emit.words import unpack_codes

    codes = unpack_codes(interface, words, feature_names(hard.features))
    for name, bits in hard.layers(codes):
        literals = np.array(circuit.points[name], np.int64)
        got = np.unpackbits(
            (
                values[literals >> 1] ^ np.where(literals & 1, ~np.uint64(0), np.uint64(0))[:, None]
            ).view(np.uint8),
            axis=1,
            bitorder="little",
        )[:, :CHECKED].T
        if (got != bits.reshape(CHECKED, -1)).any():
            raise Db2hdlError(
                f"the prover's specification of layer {name!r} is not what the reference "
                "computes; please report this"
            )


def rtl_link(before: Circuit, read: Read, nets_map: NetsMap, top: str) -> Link:
    """Return the link from a circuit with layers to RTL whose nets a net map names."""
    link = Link(before, read.circuit)
    for layer, bits in before.points.items():
        paths = nets_map.get(layer, ())
        for bit, (literal, path) in enumerate(zip(bits, paths, strict=False)):
            other = net_literal(read, path, top)
            if literal is not None and other is not None and path is not None:
                link.points.append(((layer, bit), literal, other))
                link.nets[layer, bit] = path
    return link


def net_literal(read: Read, path: str | None, top: str) -> int | None:
    """Return the literal of a net of a net map; None if it is not in the circuit."""
    if path is None or path in ("0", "1"):
        return None if path is None else int(path)
    word = read.nets.get(path.removeprefix(f"{top}."))
    return word[0] if word is not None and len(word) == 1 else None


def ports(interface: Interface) -> tuple[dict[str, int], dict[str, int], Clock | None]:
    """Return widths of input and output ports, the valid bits among them, and the clock."""
    inputs = {port.name: port.width for port in interface.inputs}
    outputs = {port.name: port.width for port in interface.outputs}
    clocking = interface.clocking
    if clocking is None:
        return inputs, outputs, None
    inputs[clocking.in_valid] = outputs[clocking.out_valid] = 1
    return inputs, outputs, Clock(clocking.clock, clocking.reset)


def add_valid(circuit: Circuit, interface: Interface) -> None:
    """Give a circuit without a clock the valid bits of the interface, if it has any."""
    if interface.clocking is not None:
        valid = circuit.graph.input(f"{interface.clocking.in_valid}[0]")
        circuit.outputs[interface.clocking.out_valid] = [valid]


def read_circuit(
    side: Design | str,
    graph: Graph,
    interface: Interface,
    *,
    exact: bool,
    operators_only: bool = False,
) -> Read:
    """Return the circuit of a core, its latency checked.

    Parameters
    ----------
    side : Design or str
        Its Verilog as a tree, or a netlist as JSON of Yosys.
    graph, interface, exact, operators_only
        As in ``read_rtl`` and ``read_json``.

    Raises
    ------
    MismatchError
        If ports or latency are not those of the interface.
    """
    inputs, outputs, clock = ports(interface)
    if isinstance(side, Design):
        read = read_rtl(side, graph, inputs, outputs, exact=exact, clock=clock)
    else:
        read = read_json(
            side,
            interface.top,
            graph,
            inputs,
            outputs,
            exact=exact,
            clock=clock,
            operators_only=operators_only,
        )
    for name, stage in read.stage.items():
        if stage is not None and stage != interface.latency:
            raise MismatchError(
                f"output {name!r} comes after {stage} cycles, not {interface.latency}"
            )
        if read.depth[name] > interface.latency:
            raise MismatchError(
                f"output {name!r} still depends on the reset, or on what registers held at first, "
                f"{read.depth[name]} cycles later; {interface.latency} is the latency"
            )
    return read


def guarded(name: str, run: Callable[[float], LinkResult]) -> LinkResult:
    """Run a link; a circuit that cannot be compared is a result, too."""
    started = time.monotonic()
    try:
        return run(started)
    except MismatchError as error:
        verdict, why = REFUTED, str(error)
    except NotProvedError as error:
        verdict, why = NOT_PROVED, str(error)
    return LinkResult(name, verdict, seconds=time.monotonic() - started, why=why)
