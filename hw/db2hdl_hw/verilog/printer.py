"""Print modules: the text that users get, and all that tools are ever given to read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import fill

from db2hdl_hw.system.temporary import scratch
from db2hdl_hw.verilog.tree import (
    Assign,
    Binary,
    Choice,
    Concat,
    Const,
    Design,
    Expression,
    Instance,
    Module,
    Net,
    Ref,
    Register,
    Unary,
)

MAX_LINE = 100
"""Characters; Verilator refuses 40,000 tokens on one line, and people read none of 1,000."""


def print_design(design: Design) -> str:
    """Return the text of a design, without a header: modules in their order."""
    return print_modules(design.modules.values())


@contextmanager
def printed(design: Design) -> Iterator[Path]:
    """Yield a file with the text of a design, which is gone when the block ends.

    What tools read of a bundle is this, and never the bundle's own bytes.
    """
    with scratch("rtl") as folder:
        yield write_design(design, folder)


def write_design(design: Design, folder: Path) -> Path:
    """Write the text of a design into a scratch folder, and return the file."""
    file = folder / "rtl.v"
    file.write_text(print_design(design), encoding="ascii")
    return file


def print_modules(modules: Iterable[Module]) -> str:
    """Return the text of modules, a blank line between them."""
    return "\n".join("".join(f"{line}\n" for line in _module(one)) for one in modules)


def _module(module: Module) -> Iterator[str]:
    yield _wrapped(f"module {module.name}({', '.join(module.ports)});")
    for name, net in module.nets.items():
        yield from _net(name, net)
    for item in module.items:
        if isinstance(item, Assign):
            yield _wrapped(f"  assign {item.target} = {expression(item.value)};")
        elif isinstance(item, Register):
            yield f"  always @(posedge {item.clock})"
            yield f"    {item.target} <= {expression(item.value)};"
        else:
            yield from _instance(item)
    yield "endmodule"


def _net(name: str, net: Net) -> Iterator[str]:
    kind = "reg" if net.register else net.kind
    bits = f"[{net.width - 1}:0] " if net.ranged else ""
    if net.register and net.kind != "wire":
        yield f"  {net.kind} {bits}{name};"
    yield f"  {kind} {bits}{name};"
    if net.initial is not None:
        yield f"  initial {name} = {expression(Const(net.width, net.initial))};"


def _instance(item: Instance) -> Iterator[str]:
    yield f"  {item.module} {item.name} ("
    last = len(item.connections) - 1
    for place, (port, net) in enumerate(item.connections):
        yield f"    .{port}({net}){',' if place < last else ''}"
    yield "  );"


def expression(value: Expression) -> str:
    """Return an expression as text; what is inside an operator and is one itself in parentheses."""
    if isinstance(value, Unary):
        return f"{value.op} {_operand(value.operand)}"
    if isinstance(value, Binary):
        return f"{_operand(value.left)} {value.op} {_operand(value.right)}"
    if isinstance(value, Choice):
        condition, high, low = map(_operand, value)
        return f"{condition} ? {high} : {low}"
    return _operand(value)


def _operand(value: Expression) -> str:
    if isinstance(value, Ref):
        if value.high is None:
            return value.name
        bits = value.high if value.high == value.low else f"{value.high}:{value.low}"
        return f"{value.name}[{bits}]"
    if isinstance(value, Const):
        return f"{value.width}'h{value.value:0{-(-value.width // 4)}x}"
    if isinstance(value, Concat):
        return f"{{ {', '.join(map(_operand, value.parts))} }}"
    return f"({expression(value)})"


def _wrapped(line: str) -> str:
    """Return a line, broken at blanks if it is long."""
    if len(line) <= MAX_LINE:
        return line
    return fill(line, MAX_LINE, subsequent_indent="      ", break_long_words=False)
