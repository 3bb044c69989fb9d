"""Edits change what they say, all kinds are tried, and many fit into one circuit."""

import numpy as np
import pytest

from db2hdl_hw.errors import InputError
from db2hdl_hw.mutate.aiger import Aiger
from db2hdl_hw.mutate.edits import ALL, EDITED, MOST_IN_TOP, circuit_of_edits, edits, together
from db2hdl_hw.mutate.yosys import to_graph

TEXT = """\
module top(a, n, y);
  input [2:0] a;
  wire g_0;
  wire g_1;
  input [2:0] n;
  output [1:0] y;
  wire a_0;
  wire more;
  wire unused;
  wire [1:0] c_n0;
  wire [1:0] c_n1;
  assign unused = & { n[2], a[2] };
  top__g g (
    .a_0(a_0),
    .g_0(g_0),
    .g_1(g_1),
    .n(n)
  );
  top__c c (
    .c_n0(c_n0),
    .c_n1(c_n1),
    .g_0(g_0),
    .g_1(g_1)
  );
  assign a_0 = a[0];
  assign more = c_n1 > c_n0;
  assign y = { g_1, more };
endmodule

module top__g(a_0, n, g_0, g_1);
  input a_0;
  output g_0;
  output g_1;
  input [2:0] n;
  assign g_0 = ~ a_0;
  assign g_1 = n >= 3'h5;
endmodule

module top__c(g_0, g_1, c_n0, c_n1);
  output [1:0] c_n0;
  output [1:0] c_n1;
  input g_0;
  input g_1;
  assign c_n0 = { 1'h0, g_0 } + { 1'h0, g_1 };
  assign c_n1 = (g_0 > g_1) ? { g_1, 1'h0 } : 2'h1;
endmodule
"""
PORTS = [("a", 3), ("n", 3)], [("y", 2)]
ROWS = (np.arange(64)[:, None] >> np.arange(6) & 1).astype(bool)


def test_all_kinds_and_modules_are_tried_and_unused_is_left_alone() -> None:
    found = edits(TEXT, "top", 1000)
    kinds = {edit.kind for edit in found}
    assert kinds >= {"not dropped", "inverted", "stuck at 0", "tie-break", "> for >=", "threshold"}
    assert kinds >= {"swapped operands", "swapped choice", "bit order"}
    some = [one.kind for seed in range(9) for one in edits(TEXT, "top", 1000, seed)]
    assert "class order" in some
    assert {edit.module for edit in found} == {"top", "top__g", "top__c"}
    assert sum(edit.module == "top" for edit in found) <= MOST_IN_TOP
    for edit in found:
        assert TEXT[edit.start : edit.end] == edit.old != edit.new
        assert "unused" not in TEXT.splitlines()[edit.line - 1]


def test_the_choice_is_spread_and_repeatable() -> None:
    few = edits(TEXT, "top", 8, seed=3)
    assert len(few) == 8 and few == edits(TEXT, "top", 8, seed=3)
    assert len({edit.kind for edit in few}) > 4
    with pytest.raises(InputError, match="no assignment"):
        edits("module top(x);\n  input x;\nendmodule\n", "top")


def test_each_edit_is_what_sel_switches_on(evaluate_graph) -> None:
    chosen = edits(TEXT, "top", 14)
    graph = to_graph(circuit_of_edits(TEXT, "top", chosen, *PORTS), EDITED, "edited")
    wrap = (
        "module one(in, out); input [5:0] in; output [1:0] out;\n"
        "  top t (.a(in[2:0]), .n(in[5:3]), .y(out)); endmodule\n"
    )

    def alone(text: str) -> np.ndarray:
        return evaluate_graph(to_graph(text + wrap, "one", "one"), ROWS)

    np.testing.assert_array_equal(evaluate_graph(graph, ROWS), alone(TEXT))
    for number, edit in enumerate(chosen):
        got = evaluate_graph(graph, ROWS, number)
        np.testing.assert_array_equal(got, alone(edit.applied(TEXT)), str(edit))


def test_a_clock_reaches_every_copy(evaluate_graph) -> None:
    text = TEXT.replace("top(a, n, y);", "top(clk, a, n, y);\n  input clk;")
    text = text.replace("top__g(a_0,", "top__g(clk, a_0,").replace(
        "    .a_0(", "    .clk(clk),\n    .a_0("
    )
    text = text.replace("  input a_0;", "  input clk;\n  input a_0;")
    text = text.replace("  output g_0;", "  output g_0;\n  reg g_0;")
    text = text.replace("  assign g_0 = ~ a_0;", "  always @(posedge clk)\n    g_0 <= ~ a_0;")
    chosen = edits(text, "top", 14)
    circuit = circuit_of_edits(text, "top", chosen, *PORTS, ("clk",))
    assert circuit.count("always @(posedge clk)") > 1
    whole = circuit + together(1, EDITED, 14, EDITED, 6, 2, ("clk",))
    whole = whole.replace("sel(sel[0:0])", "sel(14'h0)")
    graph = to_graph(whole, ALL, "edited", registers=True)
    for number, edit in enumerate(chosen):
        wrap = to_graph(edit.applied(text), "top", "one", registers=True)
        names = {f"{p}[{i}]": f"in[{i + 3 * (p == 'n')}]" for p in "an" for i in range(3)}
        ins = {names[k]: v for k, v in wrap.inputs.items() if k in names}
        outs = {f"out[{i}]": wrap.outputs[f"y[{i}]"] for i in range(2)}
        alone = evaluate_graph(Aiger(ins, outs, wrap.nodes, wrap.first), ROWS)
        np.testing.assert_array_equal(evaluate_graph(graph, ROWS, number + 1), alone, str(edit))
