"""Textual edits of Verilog, as a careless hand would make them, in one circuit."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from db2hdl_hw.errors import InputError
from db2hdl_hw.verilog.design import read_text
from db2hdl_hw.verilog.printer import expression
from db2hdl_hw.verilog.tree import Const, Design

MOST = 30
"""So many edits are made at most."""

EDITED, ALL = "db2hdl_edited", "db2hdl_all"
"""The names of modules; no bundle has modules of such names."""

SEL = "db2hdl_sel"
"""The port that chooses, in modules whose other ports are the bundle's."""

MOST_IN_TOP = 3
"""An edit in the top costs a copy of everything."""

_PORT = re.compile(r"(?m)^  (input|output) (\[\d+:\d+\] )?(\w+);$")
_MODULE = re.compile(r"(?ms)^module\s+(\w+)\b.*?^endmodule\b[^\n]*\n?")
_ASSIGN = re.compile(r"(?ms)^  assign (?P<left>\w+) = (?P<right>[^;]*);")
_CONSTANT = re.compile(r"(?<=[<>=] )(\d+)'h([0-9a-f]+)")
_CONNECTION = re.compile(r"(?m)^    \.(\w+)\((\w+)\),?$")


@dataclass(frozen=True)
class Edit:
    """A replacement of one piece of text.

    Attributes
    ----------
    kind : str
    module : str
        Where it is.
    line : int
        Of the whole text, from 1.
    start, end : int
        The piece of text that is replaced.
    old, new : str
    where : str
        What is wrong, for people; by default the texts say it.
    """

    kind: str
    module: str
    line: int
    start: int
    end: int
    old: str
    new: str
    where: str = ""

    def __str__(self) -> str:
        """Return one line."""
        what = self.where or f"{self.old!r} -> {self.new!r}"
        return f"{self.kind} in {self.module}, line {self.line}: {what}"

    def applied(self, text: str) -> str:
        """Return the whole text with the edit in it."""
        return text[: self.start] + self.new + text[self.end :]


Rule = Callable[[str, int], Iterator[tuple[int, int, str]]]
"""From what drives a net, and its width, to pieces of the text and what stands there instead."""


def _replace(pattern: str, new: str) -> Rule:
    def rule(text: str, width: int) -> Iterator[tuple[int, int, str]]:
        for found in re.finditer(pattern, text):
            yield found.start(), found.end(), found.expand(new)

    return rule


def _thresholds(text: str, width: int) -> Iterator[tuple[int, int, str]]:
    for found in _CONSTANT.finditer(text):
        value, bits = int(found[2], 16), int(found[1])
        for other in (value - 1, value + 1):
            if 0 <= other < 1 << bits:
                yield found.start(), found.end(), expression(Const(bits, other))


def _inverted(text: str, width: int) -> Iterator[tuple[int, int, str]]:
    yield 0, len(text), f"~ ({text})"


def _stuck(bit: int) -> Rule:
    def rule(text: str, width: int) -> Iterator[tuple[int, int, str]]:
        yield 0, len(text), expression(Const(width, bit * ((1 << width) - 1)))

    return rule


def _reversed_list(text: str, width: int) -> Iterator[tuple[int, int, str]]:
    for found in re.finditer(r"\{ ([^{}]*, [^{}]*) \}", text):
        items = [item.strip() for item in found[1].split(",")]
        if items != items[::-1]:
            yield found.start(), found.end(), "{ " + ", ".join(reversed(items)) + " }"


_RULES: tuple[tuple[str, Rule], ...] = (
    ("and -> or", _replace(r" & ", " | ")),
    ("or -> and", _replace(r" \| ", " & ")),
    ("xor -> or", _replace(r" \^ ", " | ")),
    ("not dropped", _replace(r"~ ", "")),
    ("inverted", _inverted),
    ("stuck at 0", _stuck(0)),
    ("stuck at 1", _stuck(1)),
    ("tie-break", _replace(r" > ", " >= ")),
    ("> for >=", _replace(r" >= ", " > ")),
    ("threshold", _thresholds),
    ("swapped operands", _replace(r"^([^{}?]+) (>=?|-) ([^{}?]+)$", r"\3 \2 \1")),
    ("swapped choice", _replace(r"^([^?:]+) \? ([^?:]+) : ([^?:]+)$", r"\1 ? \3 : \2")),
    ("bit order", _reversed_list),
    ("wrong bit", _replace(r"(?<=\w)\[0\]$", "[1]")),
    ("minus for plus", _replace(r" \+ ", " - ")),
)


def edits(text: str, top: str, count: int = MOST, seed: int = 0) -> list[Edit]:
    """Return at most ``count`` edits of a Verilog text, spread over kinds and modules.

    The text is of the subset (docs/reference/verilog-subset.md), and is so with each edit in it.

    Of the module ``top`` there are at most ``MOST_IN_TOP``.

    What only drives the wire ``unused`` is left out: no output shows it.

    Raises
    ------
    InputError
        If there is nothing in the text that can be edited.
    """
    groups: dict[tuple[str, str], list[Edit]] = {}
    design = read_text(text, top)
    for one in _candidates(text, design):
        groups.setdefault((one.kind, one.module), []).append(one)
    if not groups:
        raise InputError("the Verilog has no assignment that could be edited")
    rng = np.random.default_rng(seed)
    queues = [[group[i] for i in rng.permutation(len(group))] for group in groups.values()]
    queues = [queues[i] for i in rng.permutation(len(queues))]
    chosen: list[Edit] = []
    in_top = 0
    while len(chosen) < count and any(queues):
        for queue in queues:
            if queue and len(chosen) < count:
                one = queue.pop()
                in_top += one.module == top
                if (one.module != top or in_top <= MOST_IN_TOP) and _fits(text, one, top):
                    chosen.append(one)
    return sorted(chosen, key=lambda one: (one.start, one.end, one.new))


def _fits(text: str, edit: Edit, top: str) -> bool:
    """Return whether the edited text is still of the subset."""
    try:
        read_text(edit.applied(text), top)
    except InputError:
        return False
    return True


def _candidates(text: str, design: Design) -> Iterator[Edit]:
    for module in _MODULE.finditer(text):
        nets = design.modules[module[1]].nets
        for found in _ASSIGN.finditer(text, module.start(), module.end()):
            if re.fullmatch(r"unused(_s)*", found["left"]):
                continue
            start, right = found.start("right"), found["right"]
            for kind, rule in _RULES:
                for low, high, new in rule(right, nets[found["left"]].width):
                    if new != right[low:high]:
                        yield edit_of(text, kind, module[1], start + low, start + high, new)
        connections = list(_CONNECTION.finditer(text, module.start(), module.end()))
        for first, second in pairwise(connections):
            alike = re.sub(r"\d+", "", first[1]) == re.sub(r"\d+", "", second[1])
            if alike and first.end() + 1 == second.start():
                new = first[0].replace(f"({first[2]})", f"({second[2]})") + "\n"
                new += second[0].replace(f"({second[2]})", f"({first[2]})")
                yield edit_of(text, "class order", module[1], first.start(), second.end(), new)


def edit_of(
    text: str, kind: str, module: str, start: int, end: int, new: str, where: str = ""
) -> Edit:
    """Return the edit that puts ``new`` for a piece of a text."""
    line = text.count("\n", 0, start) + 1
    return Edit(kind, module, line, start, end, text[start:end], new, where)


def module_at(text: str, place: int) -> str:
    """Return the name of the module that a place in a text is in."""
    return next(found[1] for found in _MODULE.finditer(text) if place < found.end())


def circuit_of_edits(
    text: str,
    top: str,
    chosen: Sequence[Edit],
    inputs: Sequence[tuple[str, int]],
    outputs: Sequence[tuple[str, int]],
    clocking: Sequence[str] = (),
) -> str:
    """Return the Verilog of all edited circuits in one, ``EDITED``: ``sel[e]`` chooses edit e.

    Only the edited module of each is there once more, and of an edit in the top all of it.

    Parameters
    ----------
    text : str
        The Verilog, with the module ``top``.
    inputs, outputs : sequence of (port, width)
        The first is in the low bits of ``in`` and ``out``.
    clocking : sequence of port
        Inputs of one bit that have ports of their own: clock and reset.
    """
    modules = {found[1]: found for found in _MODULE.finditer(text)}
    parts, tops = [text], [(f"{top}___all", 0)]
    inside: dict[str, list[int]] = {}
    for number, edit in enumerate(chosen):
        if f"  {edit.module} " in modules[top][0]:
            parts.append(_edited(modules, [edit.module], edit, number))
            inside.setdefault(edit.module, []).append(number)
        else:
            again = _containing(modules, edit.module)
            parts += [_edited(modules, again, edit, number, module) for module in again]
            tops.append((f"{top}___e{number}" if top in again else top, number))
    whole = modules[top][0]
    for module, numbers in inside.items():
        parts.append(_variants(modules[module][0], module, numbers, len(chosen)))
        whole = re.sub(
            rf"(?m)^  {module} (\w+) \(", rf"  {module}___all \1 (\n    .{SEL}({SEL}),", whole
        )
    whole = re.sub(rf"^module {top}\(", f"module {top}___all({SEL}, ", whole)
    whole = whole.replace(";\n", f";\n  input [{len(chosen) - 1}:0] {SEL};\n", 1)
    return "\n".join([*parts, whole, _chooser(tops, len(chosen), inputs, outputs, clocking)])


def _edited(
    modules: dict[str, re.Match[str]],
    again: Sequence[str],
    edit: Edit,
    number: int,
    module: str | None = None,
) -> str:
    """Return a copy of a module, by default the edited one; it uses the copies of ``again``."""
    found = modules[module or edit.module]
    body = found[0]
    if found[1] == edit.module:
        low, high = edit.start - found.start(), edit.end - found.start()
        body = body[:low] + edit.new + body[high:]
    for other in again:
        body = re.sub(rf"(?m)^(module |  ){other}(?=[ (])", rf"\g<1>{other}___e{number}", body)
    return body


def _variants(body: str, module: str, numbers: Sequence[int], edits_in_all: int) -> str:
    """Return a module that is the original, or one of its edited copies, as ``sel`` chooses."""
    ports = _PORT.findall(body)
    names = ", ".join([SEL, *(name for _, _, name in ports)])
    lines = [f"module {module}___all({names});", f"  input [{edits_in_all - 1}:0] {SEL};"]
    lines += [f"  {direction} {width}{name};" for direction, width, name in ports]
    values = {name: f"{name}__o" for direction, _, name in ports if direction == "output"}
    for suffix, number in (("o", -1), *((f"e{number}", number) for number in numbers)):
        kind = module if number < 0 else f"{module}___e{number}"
        mine = [
            f".{name}({name}__{suffix})" if name in values else f".{name}({name})"
            for _, _, name in ports
        ]
        lines += [f"  wire {width}{name}__{suffix};" for _, width, name in ports if name in values]
        lines.append(f"  {kind} is_{suffix} ({', '.join(mine)});")
        for name in values:
            if number >= 0:
                values[name] = f"{SEL}[{number}] ? {name}__{suffix} : {values[name]}"
    lines += [f"  assign {name} = {value};" for name, value in values.items()]
    return "\n".join([*lines, "endmodule", ""])


def together(
    faults: int,
    mutants: str,
    edited: int,
    other: str,
    inputs: int,
    outputs: int,
    clocking: Sequence[str] = (),
) -> str:
    """Return the module ``ALL``: a circuit of mutants, and one of edits that ``sel`` chooses.

    Bits ``faults`` and above of ``sel`` are those of the edits; without one, it is the first.
    """
    high = faults + edited - 1
    return (
        f"module {ALL}({_listed(clocking)}sel, in, out);\n{_declared(clocking)}"
        f"  input [{high}:0] sel;\n  input [{inputs - 1}:0] in;\n  output [{outputs - 1}:0] out;\n"
        f"  wire [{outputs - 1}:0] a;\n  wire [{outputs - 1}:0] b;\n"
        f"  {mutants} first ({_wired(clocking)}.sel(sel[{faults - 1}:0]), .in(in), .out(a));\n"
        f"  {other} second ({_wired(clocking)}.sel(sel[{high}:{faults}]), .in(in), .out(b));\n"
        f"  assign out = |sel[{high}:{faults}] ? b : a;\nendmodule\n"
    )


def _listed(ports: Sequence[str]) -> str:
    return "".join(f"{port}, " for port in ports)


def _declared(ports: Sequence[str]) -> str:
    return "".join(f"  input {port};\n" for port in ports)


def _wired(ports: Sequence[str]) -> str:
    return "".join(f".{port}({port}), " for port in ports)


def _containing(modules: dict[str, re.Match[str]], edited: str) -> list[str]:
    """Return the edited module and all that have an instance of it, directly or not."""
    again = [edited]
    for module in again:
        pattern = re.compile(rf"(?m)^  {module} \w+ \(")
        again += [m for m, found in modules.items() if m not in again and pattern.search(found[0])]
    return again


def _chooser(
    tops: Sequence[tuple[str, int]],
    edits_in_all: int,
    inputs: Sequence[tuple[str, int]],
    outputs: Sequence[tuple[str, int]],
    clocking: Sequence[str],
) -> str:
    """Return the module ``EDITED``: the first top, or another where ``sel`` has its edit's bit."""
    width = sum(w for _, w in outputs)
    low, connections = 0, []
    for port, bits in inputs:
        connections.append(f".{port}(in[{low + bits - 1}:{low}])")
        low += bits
    lines = [f"module {EDITED}({_listed(clocking)}sel, in, out);", _declared(clocking)]
    lines.append(f"  input [{edits_in_all - 1}:0] sel;")
    lines += [f"  input [{low - 1}:0] in;", f"  output [{width - 1}:0] out;"]
    chosen = "o0"
    for place, (top, edit) in enumerate(tops):
        low, mine = 0, list(connections)
        for port, bits in outputs:
            mine.append(f".{port}(o{place}[{low + bits - 1}:{low}])")
            low += bits
        mine += [f".{SEL}(sel)"] if not place else []
        lines.append(f"  wire [{width - 1}:0] o{place};")
        lines.append(f"  {top} c{place} ({_wired(clocking)}{', '.join(mine)});")
        chosen = f"sel[{edit}] ? o{place} : {chosen}" if place else chosen
    lines += [f"  assign out = {chosen};", "endmodule", ""]
    return "\n".join(lines)
