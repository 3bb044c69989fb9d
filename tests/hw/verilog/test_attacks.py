"""Circuits that are wrong for one input of 2^24, or run code, as tools may be made to read them.

docs/explanation/trust.md has the table of these; the last test holds it to them.
"""

import re
from pathlib import Path

import pytest

from db2hdl_hw.errors import InputError
from db2hdl_hw.verilog.design import read_text

BASE = """\
module top(x, y);
  input [23:0] x;
  output y;
  wire a;
  wire b;
  wire t;
  assign a = x[0] & x[1];
  assign b = ~ (& x[23:2]);
  assign t = ~ (b | a);
@  assign y = (a ^ b)|;
endmodule
"""
"""``@`` is replaced by what is put in, ``|`` by what spoils the output."""


def text(put: str, spoil: str = " ^ (t)") -> str:
    return BASE.replace("@", put).replace("|;", f"{spoil};").replace("(a ^ b) ^ (t)", "(a ^ b) ^ t")


SYSTEM = 'system("id")'
ATTACKS = {
    "a lone carriage return as a newline": [
        text("// \r/*\n", " ^ t"),
        text("  wire n;// \r  assign n = t;\n  assign n = 1'h0;\n", " ^ n"),
    ],
    "a constant on a driven net": [
        text("  wire n;\n  assign n = 1'h0;\n  assign n = t;\n", " ^ n"),
        text("  assign t = 1'h0;\n", " ^ t"),
    ],
    "supply and wired nets": [
        text(f"  {kind} n;\n  assign n = t;\n", " ^ n")
        for kind in ("supply0", "supply1", "tri0", "tri1", "wand", "wor", "trireg", "uwire")
    ],
    "vendors' primitives as cells": [
        text("  wire c;\n  SB_CARRY cc (\n    .CO(c),\n    .I0(t)\n  );\n", " ^ c"),
        text("  wire c;\n  LUT4 cc (\n    .Z(c),\n    .A(t)\n  );\n", " ^ c")
        + "(* blackbox *)\nmodule LUT4(Z, A);\n  output Z;\n  input A;\nendmodule\n",
        text("  wire c;\n  \\$_AND_ cc (.Y(c), .A(t), .B(t));\n", " ^ c"),
    ],
    "comments that tools obey": [
        text(f"  // {who} translate_off\n", " ^ t") for who in ("synopsys", "synthesis", "pragma")
    ]
    + [
        text("  /* verilator lint_off MULTIDRIVEN */\n", " ^ t"),
        text("  // verilator public\n", " ^ t"),
        text("  /*verilator tag t*/\n", " ^ t"),
    ],
    "attributes": [
        text("  (* hierconn *) wire n;\n", " ^ t"),
        text("  (* keep *) wire n;\n", " ^ t"),
        text("  (* full_case, parallel_case *)\n", " ^ t"),
        text("  (* techmap_celltype = \"$and\" *)\n", " ^ t"),
    ],
    "unsized and oversized constants": [
        text("", " ^ (x > 16777214)"),
        text("", " ^ ('h1_0000_0000 > x)"),
        text("", " ^ (33'h1ffffffff > 33'd0)"),
        text("", " ^ (4'h1f > 4'h0)"),
        text("", " ^ 1"),
    ],
    "X and Z": [
        text("", " ^ (t & 1'bx)"),
        text("", " ^ (t & 1'hx)"),
        text("", " ^ (t & 1'hz)"),
        text("", " ^ (t & 1'h?)"),
        text("  reg n;\n  always @* casex (1'bx) 1'b0: n = t; default: n = 0; endcase\n", " ^ n"),
        text("  wire n;\n", " ^ (t & n)"),
    ],
    "delays and strengths": [
        text("  wire #5 n = t;\n", " ^ n"),
        text("  wire n;\n  assign #5 n = t;\n", " ^ n"),
        text("  wire n;\n  assign (weak0, weak1) n = t;\n", " ^ n"),
        text("  buf (strong0, weak1) g(n, t);\n", " ^ n"),
    ],
    "sensitivity and order": [
        text("  reg n;\n  always @(a) n = t;\n", " ^ n"),
        text("  reg n;\n  always @* n = t;\n", " ^ n"),
        text("  reg n;\n  always @(posedge a) n <= t;\n", " ^ n"),
        text("  reg n;\n  always @(posedge a or posedge b) n <= t;\n", " ^ n"),
        text("  reg n;\n  initial n = t;\n", " ^ n"),
        text("  reg n;\n  initial begin n = 0; n = t; end\n", " ^ n"),
        text("  reg n;\n  always @(posedge x) begin n = t; n = 0; end\n", " ^ n"),
    ],
    "implicit nets, open and extra pins": [
        text("  assign n = t;\n", " ^ n"),
        text("  top__m m (\n    .p(t)\n  );\n")
        + "module top__m(p, q);\n  input p;\n  output q;\n  assign q = p;\nendmodule\n",
        text("  wire n;\n  top__m m (t, n);\n", " ^ n")
        + "module top__m(p, q);\n  input p;\n  output q;\n  assign q = p;\nendmodule\n",
        text("  wire n;\n  top__m m (\n    .p(t),\n    .q(n),\n    .r(t)\n  );\n", " ^ n")
        + "module top__m(p, q);\n  input p;\n  output q;\n  assign q = p;\nendmodule\n",
    ],
    "widths and signs that readers extend": [
        text("", " ^ (x > 8'hff)"),
        text("  wire [1:0] n;\n  assign n = t;\n", " ^ n[0]"),
        text("  wire signed [1:0] n;\n", " ^ t"),
        text("", " ^ ($signed(x) > 24'h0)"),
        text("", " ^ x"),
        text("", " ^ x[24]"),
    ],
    "loops": [
        text("  wire n;\n  assign n = n & t;\n", " ^ n"),
        text("  wire n;\n  wire m;\n  assign n = m | t;\n  assign m = n;\n", " ^ n"),
    ],
    "modules that are not there, twice, or inside themselves": [
        text("  wire n;\n  top__m m (\n    .q(n)\n  );\n", " ^ n"),
        text("") + text(""),
        text("  wire n;\n  top m (\n    .x(x),\n    .y(n)\n  );\n", " ^ n"),
    ],
    "names that end where tools say": [
        text(f"  wire \\n{blank};\n", " ^ t") for blank in (" ", "\v", "\f", "\x1c", "\u00a0", "")
    ],
    "hierarchical names": [text("", " ^ top.t"), text("  defparam m.w = 2;\n"), text("", " ^ m.n")],
    "directives": [
        text("`include \"/etc/passwd\"\n"),
        text("`define y t\n"),
        text("`timescale 1ns/1ps\n"),
        text("`default_nettype wire\n"),
        text("`celldefine\n"),
        text("`line 1 \"x\" 0\n"),
    ],
    "code": [
        text(f"  initial ${SYSTEM};\n"),
        text(f"  initial #1${SYSTEM};\n"),
        text(f"  initial 1${SYSTEM};\n"),
        text(f"  initial \\${SYSTEM} ;\n"),
        text('  import "DPI-C" function int system(string s);\n'),
        text('  initial $readmemh("/etc/passwd", m);\n'),
        text('  initial $fopen("x");\n'),
        text("", " ^ $random"),
        text('  `systemc_header\n#include "/etc/passwd"\n'),
        text("  wire n;\n  assign n = $c(\"system(0)\");\n", " ^ n"),
    ],
    "constructs of the language beyond": [
        text("  parameter p = 1;\n", " ^ t"),
        text("  generate if (1) assign n = t; endgenerate\n"),
        text("  function f;\n    input i;\n    f = i;\n  endfunction\n", " ^ f(t)"),
        text("  integer i;\n"),
        text("  real r;\n"),
        text("  specify endspecify\n"),
        text("  primitive p(o, i); endprimitive\n"),
        text("  wire [1:0] n [0:1];\n"),
        text("", " ^ x[a]"),
        text("", " ^ {2{t}}"),
        text("", " ^ (t == a)"),
        text("", " ^ (t && a)"),
    ],
}  # fmt: skip


def test_the_base_is_read() -> None:
    assert read_text(text("", ""), "top").top == "top"
    assert read_text(text("", " ^ t"), "top").top == "top"


@pytest.mark.parametrize("attack", ATTACKS)
def test_refused(attack: str) -> None:
    for one in ATTACKS[attack]:
        with pytest.raises(InputError, match=r"^top\.v, line \d+: ") as caught:
            read_text(one, "top", "top.v")
        assert "\n" not in str(caught.value)


def test_the_table_of_attacks_is_this_one() -> None:
    page = Path(__file__).parents[3] / "docs" / "explanation" / "trust.md"
    rows = re.findall(r"(?m)^\| ([^|]+) \| (\d+) \| (\d+) \| 0 \|$", page.read_text())
    wanted = [(name, str(len(texts)), str(len(texts))) for name, texts in ATTACKS.items()]
    assert rows == wanted
