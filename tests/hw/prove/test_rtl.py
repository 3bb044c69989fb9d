"""The RTL as a circuit: each operator on all inputs, stages, clocks, ports."""

import pytest

from db2hdl_hw.errors import MismatchError
from db2hdl_hw.prove.graph import Graph
from db2hdl_hw.prove.patterns import of_cases
from db2hdl_hw.prove.rtl import read_rtl
from db2hdl_hw.prove.simulate import Simulator, bit_of
from db2hdl_hw.prove.yosys_json import Clock
from db2hdl_hw.verilog.design import read_text

HEAD = "module top(a, b, s, y);\n  input [2:0] a;\n  input [2:0] b;\n  input s;\n"
WIDTH = {"a": 3, "b": 3, "s": 1}

OPERATORS = {
    "a & b": lambda a, b, s: a & b,
    "a | b": lambda a, b, s: a | b,
    "a ^ b": lambda a, b, s: a ^ b,
    "~ a": lambda a, b, s: a ^ 7,
    "a + b": lambda a, b, s: (a + b) % 8,
    "a - b": lambda a, b, s: (a - b) % 8,
    "(a + b) - (a ^ b)": lambda a, b, s: ((a + b) % 8 - (a ^ b)) % 8,
    "s ? a : b": lambda a, b, s: a if s else b,
    "{ a[0], b[2:1] }": lambda a, b, s: (a & 1) << 2 | b >> 1,
    "{ 2'h2, s }": lambda a, b, s: 4 | s,
}
BITS = {
    "a > b": lambda a, b, s: a > b,
    "a >= b": lambda a, b, s: a >= b,
    "a >= 3'h5": lambda a, b, s: a >= 5,
    "3'h5 > a": lambda a, b, s: a < 5,
    "& a": lambda a, b, s: a == 7,
    "| a": lambda a, b, s: a > 0,
    "^ a": lambda a, b, s: a.bit_count() & 1,
    "(& a) ? s : (~ s)": lambda a, b, s: s if a == 7 else 1 - s,
}


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize(
    ("value", "means", "width"),
    [(v, f, 3) for v, f in OPERATORS.items()] + [(v, f, 1) for v, f in BITS.items()],
)
def test_operators(value, means, width, exact) -> None:
    bits = "[2:0] " if width == 3 else ""
    design = read_text(f"{HEAD}  output {bits}y;\n  assign y = {value};\nendmodule\n", "top")
    graph = Graph()
    read = read_rtl(design, graph, WIDTH, {"y": width}, exact=exact)
    numbers = [(n & 7, n >> 3 & 7, n >> 6) for n in range(128)]
    cases = [
        {
            f"{port}[{i}]": bool(number >> i & 1)
            for port, number in zip("abs", row, strict=True)
            for i in range(3)
        }
        for row in numbers
    ]
    values = Simulator(graph).run(of_cases(list(graph.inputs), cases), len(cases))
    for place, row in enumerate(numbers):
        got = sum(
            1 << i for i, bit in enumerate(read.circuit.outputs["y"]) if bit_of(values, bit, place)
        )
        assert got == int(means(*row)), row


CLOCKED = """\
module top(clk, rst, x, y, z);
  input clk;
  input rst;
  input x;
  output y;
  output z;
  reg a;
  reg b;
  wire n;
  always @(posedge clk)
    a <= x;
  always @(posedge clk)
    b <= n;
  assign n = rst ? 1'h0 : a;
  assign y = b;
  assign z = a;
endmodule
"""


def read(text: str):
    ports = {"x": 1}, {"y": 1, "z": 1}
    return read_rtl(read_text(text, "top"), Graph(), *ports, clock=Clock("clk", "rst"))


def test_registers_are_looked_through_and_the_reset_is_low() -> None:
    found = read(CLOCKED)
    assert found.stage == {"y": 2, "z": 1}
    assert found.circuit.outputs["y"] == found.circuit.outputs["z"] == found.nets["x"]
    assert found.depth == {"y": 2, "z": 1}


@pytest.mark.parametrize("first", ["rst", "1'h0", "bomb[2]"])
def test_what_the_reset_or_initial_values_do_later_is_told_by_depth(first: str) -> None:
    bomb = (
        "  reg [2:0] bomb;\n  initial bomb = 3'h1;\n"
        f"  always @(posedge clk)\n    bomb <= {{ bomb[1:0], {first} }};\n  assign y = b ^ bomb[2];"
    )
    text = CLOCKED.replace("  assign y = b;", bomb)
    if first == "bomb[2]":  # round and round, for ever
        with pytest.raises(MismatchError, match="depends on itself"):
            read(text)
        return
    found = read(text)
    assert found.stage == {"y": 2, "z": 1}
    assert found.depth == {"y": 3, "z": 1}


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("assign y = b", "assign y = b & a", r"reads values of clock cycles \[1, 2\]"),
        ("? 1'h0 : a", "? 1'h0 : b", "depends on itself"),
        ("posedge clk", "posedge x", "a clock the interface has not"),
        ("  input x;", "  input [1:0] x;", "port 'x'"),
    ],
)
def test_what_is_no_pipeline(old: str, new: str, why: str) -> None:
    text = CLOCKED.replace(old, new)
    if "[1:0]" in new:
        text = text.replace("<= x", "<= x[0]")
    if "posedge x" in new:
        text = text.replace("<= x", "<= clk").replace("posedge clk", "posedge x")
    with pytest.raises(MismatchError, match=why):
        read(text)
