"""From texts to a design that keeps all rules of the subset: the one way to read foreign RTL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from db2hdl_hw.errors import InputError
from db2hdl_hw.system.reading import read_bytes
from db2hdl_hw.verilog.flat import REGISTER, Flat, flatten, inputs, ordered
from db2hdl_hw.verilog.lexer import MAX_BYTES, refuse
from db2hdl_hw.verilog.parser import parse
from db2hdl_hw.verilog.rules import check_module
from db2hdl_hw.verilog.tree import Design, Instance, Module, Source

MAX_FLAT_BITS = 1 << 24
"""Bits of all nets and expressions of all instances: a million gates have some six million."""

VENDOR_NAMES = frozenset(("pROM", "pROMX9", "rPLL"))
"""Cells of vendors that are not in capitals, as all others are."""


def is_vendor_like(name: str) -> bool:
    """Whether a module of this name could be taken for a vendor's cell, or for one of Yosys'.

    Synthesis brings its own modules of such names: ``SB_CARRY``, ``LUT4``, ``_80_ice40_alu``.
    """
    return name == name.upper() or name.startswith("_") or name in VENDOR_NAMES


def read_files(files: Sequence[Path], top: str) -> Design:
    """Return the design of Verilog files.

    Raises
    ------
    InputError
        As ``read_design``, or if a file cannot be read.
    """
    return read_design([_source(file) for file in files], top)


def read_text(text: str, top: str, name: str = "the Verilog") -> Design:
    """Return the design of one text; ``name`` is what errors call it."""
    return read_design([Source(name, text)], top)


def read_design(sources: Iterable[Source], top: str) -> Design:
    """Return the design of some texts.

    Parameters
    ----------
    sources : iterable of Source
        All the texts there are.
    top : str
        The module that no other has inside.

    Raises
    ------
    InputError
        If it is not of the subset; names the file, the line and the reason.
    """
    modules: dict[str, Module] = {}
    for source in sources:
        for module in parse(source):
            if module.name in modules:
                raise refuse(source, module.place, f"module {module.name!r} is there twice")
            modules[module.name] = module
    if top not in modules:
        raise InputError(f"there is no module {top!r} in the bundle's Verilog; export it again")
    design = Design(top, modules)
    bits = {}
    for module in modules.values():
        _check_name(module, top)
        bits[module.name] = check_module(module, modules)
    _check_hierarchy(design, bits)
    _check_flat(design, flatten(design))
    return design


def _source(file: Path) -> Source:
    try:
        data = read_bytes(file, MAX_BYTES)
    except FileNotFoundError as error:
        raise InputError(f"cannot read {file}: {error.strerror}") from error
    # Bytes beyond ASCII become characters that the lexer names and refuses.
    return Source(str(file), data.decode("latin-1"))


def _check_name(module: Module, top: str) -> None:
    name, place = module.name, module.place
    if name != top and not name.startswith(f"{top}__"):
        raise refuse(module.source, place, f"module {name!r} does not begin with '{top}__'")
    if is_vendor_like(name):
        raise refuse(module.source, place, f"module {name!r} could be taken for a vendor's cell")


def _check_hierarchy(design: Design, bits: Mapping[str, int]) -> None:
    """Refuse modules inside themselves, modules that are nowhere, and too much in all."""
    copies = dict.fromkeys(design.modules, 0)
    total = 0
    for module, count in _top_down(design):
        total += count * bits[module.name]
        copies[module.name] = count
        if total > MAX_FLAT_BITS:
            why = f"the circuit has more than {MAX_FLAT_BITS} bits"
            raise refuse(module.source, module.place, why)
    for name, count in copies.items():
        if not count:
            module = design.modules[name]
            raise refuse(module.source, module.place, f"module {name!r} is used nowhere")


def _top_down(design: Design) -> Iterable[tuple[Module, int]]:
    """Yield modules after all that have them inside, with how often they are in the circuit."""
    inside = {
        module.name: [item for item in module.items if isinstance(item, Instance)]
        for module in design.modules.values()
    }
    waiting = dict.fromkeys(design.modules, 0)
    reached, stack = {design.top}, [design.top]
    while stack:
        for item in inside[stack.pop()]:
            waiting[item.module] += 1
            if item.module not in reached:
                reached.add(item.module)
                stack.append(item.module)
    copies = {**dict.fromkeys(design.modules, 0), design.top: 1}
    ready = [design.top] if not waiting[design.top] else []
    for name in ready:
        yield design.modules[name], copies[name]
        for item in inside[name]:
            copies[item.module] += copies[name]
            waiting[item.module] -= 1
            if not waiting[item.module]:
                ready.append(item.module)
    for name in sorted(reached - set(ready)):
        module = design.modules[name]
        raise refuse(module.source, module.place, f"module {name!r} is inside itself")


def _check_flat(design: Design, flat: Flat) -> None:
    """Refuse combinational loops, and clocks that are not one input of the top and only that."""
    _, loop = ordered(flat, through_registers=False)
    if loop is not None:
        why = f"there is a combinational loop through {loop.net!r}"
        raise refuse(loop.module.source, loop.place, why)
    clocks = {cell.words[1][0] for cell in flat.cells if cell.op == REGISTER}
    if not clocks:
        return
    known = {flat.nets[name][0] for name in inputs(design) if len(flat.nets[name]) == 1}
    for cell in flat.cells:
        data = cell.words[:1] if cell.op == REGISTER else cell.words
        if cell.op == REGISTER and (len(clocks) > 1 or not clocks <= known):
            why = "the clock of a register is not the one clock of the design, an input of the top"
            raise refuse(cell.module.source, cell.place, why)
        if any(bit in clocks for word in data for bit in word):
            raise refuse(cell.module.source, cell.place, f"the clock is data of {cell.net!r}")
