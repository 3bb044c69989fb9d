"""One link of a bundle's chain as a task: what it reads, and how it is done, alone in a process.

A task is a file, so that it can be run by a process that may be killed, and its result is a file
named by the hash of everything the task depends on, so that a chain that was interrupted goes on
where it was.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cached_property, partial
from pathlib import Path

from db2hdl.hardnet import HardNet
from db2hdl.lower import lower
from db2hdl.model_file import load
from db2hdl.prove.certificates import Certificates
from db2hdl.prove.links import (
    Link,
    Options,
    add_valid,
    by_layers,
    discharge,
    guarded,
    hard_link,
    read_circuit,
    rtl_link,
)
from db2hdl.prove.mapped import prove_mapped, read_link, read_text, structure_json
from db2hdl.prove.result import LinkResult
from db2hdl.prove.single import rtl_json
from db2hdl_hw import prove, synth
from db2hdl_hw.emit.bundle import Bundle
from db2hdl_hw.emit.interface import Interface
from db2hdl_hw.errors import NotProvedError, ToolError
from db2hdl_hw.netlist.netlist import Netlist
from db2hdl_hw.prove.graph import Graph
from db2hdl_hw.prove.netlist_side import netlist_circuit
from db2hdl_hw.synth.yosys import find_yosys
from db2hdl_hw.system.cache import Cache, digest, source_hash
from db2hdl_hw.verilog.printer import print_design, printed
from db2hdl_hw.verilog.tree import Design

LOWERED, OPTIMISED, RTL = "hard = netlist", "netlist = optimised", "optimised = rtl"
READ = "rtl = yosys"
"""The link from the RTL, as our own reader has it, to what Yosys reads of the same text."""


def mapped_name(target: str) -> str:
    """Return the name of the link from the RTL to the netlist synthesised for a target."""
    return f"rtl = {target}"


@dataclass(frozen=True)
class Task:
    """A link to prove.

    Attributes
    ----------
    name : str
        Of the link.
    bundle : str
        The bundle's folder.
    work : str
        Where results and files on the way are kept.
    engines : tuple of str
    timeout : float or None
        Seconds.
    target : str
        Of a link to a synthesised netlist, else empty.
    netlist : str
        The JSON file of that netlist; empty: synthesis makes it (or has made it before).
    certificates : str
        The folder for certificates, or empty.
    jobs : int
        Processes that decide the link's obligations.
    memory : str
        The file of obligations that are proved already, or empty.
    """

    name: str
    bundle: str
    work: str
    engines: tuple[str, ...]
    timeout: float | None = None
    target: str = ""
    netlist: str = ""
    certificates: str = ""
    jobs: int = 1
    memory: str = ""

    def key(self, versions: Mapping[str, str]) -> str:
        """Return a hash of all that the result depends on; time is not of that."""
        bundle = Bundle.open(self.bundle)
        files = [bundle.model, bundle.nets_path, bundle.path / "interface.json", *bundle.rtl]
        if self.netlist:
            files.append(Path(self.netlist))
        hashes = [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]
        what = [self.name, list(self.engines), hashes, dict(versions), self.certificates]
        return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:32]

    def dumps(self) -> str:
        """Return the task as text; ``loads`` reads it."""
        return json.dumps(asdict(self))

    @staticmethod
    def loads(text: str) -> Task:
        """Return the task that ``dumps`` wrote."""
        data = json.loads(text)
        return Task(**{**data, "engines": tuple(data["engines"])})


READY = "ready"
"""The file by which a worker says that synthesis is done and the proof begins."""


def run(task: Task, ready: Callable[[], None] = lambda: None) -> LinkResult:
    """Prove a link in this process; ``ready`` is called when synthesis, if any, is done."""
    one = _Run(task, netlist_of(task))
    structure = one.structure() if task.target else None
    ready()
    return guarded(task.name, lambda started: one.link(started, structure))


def netlist_of(task: Task) -> Path | None:
    """Return the mapped netlist of a link: the one it names, else the one synthesis makes."""
    if task.netlist or not task.target:
        return Path(task.netlist) if task.netlist else None
    from db2hdl_hw.synth.synthesis import synthesise

    bundle = Bundle.open(task.bundle)
    top = bundle.interface.top
    with printed(bundle.design()) as rtl:
        return synthesise([rtl], top, task.target, keep_hierarchy=False).netlist_json


def netlists_of(interface: Interface, hard: HardNet) -> tuple[Netlist, Netlist]:
    """Return the netlist that export makes of a model, made again, and the optimised one."""
    from db2hdl_hw.passes import optimise

    outputs = {port.name for port in interface.outputs}
    lowered = lower(
        hard,
        top=interface.top,
        class_bits="class_bits" in outputs,
        scores="scores" in outputs,
    )
    return lowered, optimise(lowered)


class _Run:
    def __init__(self, task: Task, netlist: Path | None) -> None:
        self.task = task
        self.netlist = netlist
        self.bundle = Bundle.open(task.bundle)
        self.interface = self.bundle.interface

    @cached_property
    def hard(self) -> HardNet:
        return load(self.bundle.model).hard

    @cached_property
    def netlists(self) -> tuple[Netlist, Netlist]:
        """The netlist as lowered and as optimised."""
        return netlists_of(self.interface, self.hard)

    @cached_property
    def design(self) -> Design:
        """The bundle's Verilog."""
        return self.bundle.design()

    def structure(self) -> str | None:
        """Return what synthesis has after its coarse steps, if it can be had."""
        top, target = self.interface.top, self.task.target
        verilog = print_design(self.design)
        with suppress(ToolError, NotProvedError):
            return self._kept(
                f"coarse-{target}", verilog, partial(structure_json, verilog, top, target)
            )
        return None

    def link(self, started: float, structure: str | None) -> LinkResult:
        """Prove the link."""
        certificates = Certificates(Path(self.task.certificates) / _plain(self.task.name))
        keep = certificates.keep if self.task.certificates else None
        task = self.task
        memory = Path(task.memory) if task.memory else None
        options = Options(task.engines, task.timeout, keep, task.jobs, memory)
        result = self._prove(options, started, structure)
        if keep is not None:
            result.detail["certificates"] = certificates.close()
        return result

    def _prove(self, options: Options, started: float, structure: str | None) -> LinkResult:
        name = self.task.name
        builders: Mapping[str, Callable[[], Link]] = {
            LOWERED: lambda: hard_link(self.hard, self.netlists[0], self.interface),
            OPTIMISED: self._optimised,
            RTL: self._rtl,
            READ: lambda: read_link(self.design, self._yosys_json(), self.interface),
        }
        if name in builders:
            link = builders[name]()
            return discharge(name, link, self.hard, self.interface, options, started)
        return self._mapped(options, started, structure)

    def _optimised(self) -> Link:
        graph = Graph()
        before = netlist_circuit(self.netlists[0], graph)
        return by_layers(before, netlist_circuit(self.netlists[1], graph))

    def _rtl(self) -> Link:
        graph = Graph()
        before = netlist_circuit(self.netlists[1], graph)
        add_valid(before, self.interface)
        read = read_circuit(self.design, graph, self.interface, exact=True)
        return rtl_link(before, read, self.bundle.nets(), self.interface.top)

    def _mapped(self, options: Options, started: float, structure: str | None) -> LinkResult:
        netlist = read_text(self.netlist or Path())
        result = prove_mapped(
            self.task.name,
            self.design,
            structure,
            netlist,
            self.hard,
            self.interface,
            options,
            started,
        )
        result.detail["netlist"] = hashlib.sha256(netlist.encode()).hexdigest()
        return result

    def _yosys_json(self) -> str:
        make = partial(rtl_json, self.design, timeout=self.task.timeout)
        return self._kept("rtl", print_design(self.design), make)

    def _kept(self, what: str, verilog: str, make: Callable[[], str]) -> str:
        """Return what was made of this Verilog before, else make it."""
        cache = Cache("read", Path(self.task.work) if self.task.work else None)
        yosys = find_yosys()
        source = source_hash(Path(prove.__file__).parent, Path(synth.__file__).parent)
        key = digest([what, self.interface.top, verilog, yosys.package, yosys.version, source])
        entry = cache.get(key)
        if entry is not None:
            return entry.content.decode()
        text = make()
        try:
            json.loads(text)["modules"][self.interface.top]
        except (ValueError, LookupError, TypeError) as error:  # not to be kept
            raise ToolError("what Yosys wrote is not whole; is the disk full?") from error
        cache.put(key, text.encode())
        return text


def _plain(name: str) -> str:
    """Return the name of a link as the name of a folder."""
    return name.replace(" = ", "-")
