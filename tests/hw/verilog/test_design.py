"""What the reader takes and what it refuses: each rule is broken by one change of a right text."""

import re
from pathlib import Path

import pytest

from db2hdl_hw.errors import InputError
from db2hdl_hw.synth.yosys import find_yosys
from db2hdl_hw.verilog.design import is_vendor_like, read_files, read_text
from db2hdl_hw.verilog.header import header
from db2hdl_hw.verilog.printer import print_design

RIGHT = """\
module top(clk, x, n, y, z);
  input clk;
  input [3:0] x;
  input [1:0] n;
  output y;
  output [1:0] z;
  reg [1:0] z;
  initial z = 2'h0;
  wire a;
  wire [1:0] s;
  wire more;
  top__g g (
    .p(x),
    .q(a)
  );
  assign s = n + { 1'h0, x[3] };
  assign more = s >= 2'h2;
  assign y = more ? a : (& x[2:0]);
  always @(posedge clk)
    z <= s;
endmodule

module top__g(p, q);
  input [3:0] p;
  output q;
  assign q = ^ p;
endmodule
"""


def test_the_right_text_is_printed_as_it_stands() -> None:
    assert print_design(read_text(RIGHT, "top")) == RIGHT


def test_blanks_and_lines_do_not_matter() -> None:
    spread = RIGHT.replace(" ", "  ").replace(";", "\n;\n")
    assert print_design(read_text(spread, "top")) == RIGHT


REFUSED = {
    "a comment": ("  wire a;", "  wire a; // a", "comment"),
    "a pragma in a comment": ("  wire a;", "// synopsys translate_off\n  wire a;", "comment"),
    "a lint switch": ("  wire a;", "/* verilator lint_off UNDRIVEN */\n  wire a;", "comment"),
    "a carriage return": ("  wire a;", "  wire a;\r", r"'\\r'"),
    "a tab": ("  wire a;", "\twire a;", r"'\\t'"),
    "a form feed": ("  wire a;", "\f  wire a;", r"'\\x0c'"),
    "a blank of another script": ("  wire a;", "\u00a0 wire a;", r"'\\xa0'"),
    "an attribute": ("  wire a;", "  (* keep *) wire a;", r"'\*' is refused"),
    "a directive": ("  wire a;", "`define a b\n  wire a;", "`define"),
    "an escaped name": ("  wire a;", "  wire \\a ;", r"\\\\a"),
    "a string": ("(& x[2:0])", '"x"', '"'),
    "a system task": ("  wire a;", "  wire a;\n  $finish;", r"\$finish"),
    "a task behind a digit": ("assign y = more", "assign y = 1$random", "refused"),
    "a dollar in a name": ("  wire a;", "  wire a$b;", r"a\$b"),
    "a hierarchical name": ("z <= s", "z <= g.q", r"'\.' stands"),
    "a delay": ("assign s = n", "assign #1 s = n", "#1"),
    "a strength": ("assign s", "assign (supply0, supply1) s", "stands where a name"),
    "a supply net": ("  wire a;", "  supply0 a;", "'supply0' is refused"),
    "a tri net": ("  wire a;", "  tri a;", "'tri' is refused"),
    "an implicit net": ("  wire a;\n", "", "'a' is not declared"),
    "a parameter": ("  wire a;", "  parameter k = 1;\n  wire a;", "'parameter' is refused"),
    "a generate block": ("  wire a;", "  generate endgenerate\n  wire a;", "'generate'"),
    "a function": ("  wire a;", "  function f;\n  wire a;", "'function'"),
    "an initial block": ("initial z = 2'h0", "initial begin z = 2'h0", "not a name"),
    "an initial value of a wire": ("initial z", "initial y", "no register"),
    "two initial values": (
        "  initial z = 2'h0;\n",
        "  initial z = 2'h0;\n  initial z = 2'h1;\n",
        "no register without",
    ),
    "a declaration with a value": ("  wire a;", "  wire a = x[0];", "'=' stands"),
    "always @*": ("always @(posedge clk)", "always @*", r"'\*' is refused"),
    "a list of sensitivities": ("posedge clk", "clk", "stands where 'posedge'"),
    "the falling edge": ("posedge clk", "negedge clk", "stands where 'posedge'"),
    "two edges": ("posedge clk)", "posedge clk, posedge y)", r"',' stands where '\)'"),
    "a blocking register": ("z <= s", "z = s", "'=' stands where '<='"),
    "a case": ("(& x[2:0])", "case (x) endcase", "not a name"),
    "X": ("2'h2", "2'hx", "refused"),
    "Z": ("1'h0", "1'hz", "refused"),
    "a binary constant": ("2'h2", "2'b10", "refused"),
    "a signed constant": ("2'h2", "2'sh2", "refused"),
    "an unsized constant": ("2'h2", "2", "has no width"),
    "a base without a width": ("2'h2", "'h2", "refused"),
    "a constant that does not fit": ("2'h2", "2'h6", "has not the digits"),
    "a constant with too many digits": ("2'h2", "2'h02", "has not the digits"),
    "a constant of no width": ("1'h0", "0'h0", "refused"),
    "a wide net": ("wire [1:0] s", "wire [9999999:0] s", "stands where a number|more than"),
    "a range from 1": ("wire [1:0] s", "wire [2:1] s", "'1' stands where '0'"),
    "a range upwards": ("wire [1:0] s", "wire [0:1] s", "stands where '0'"),
    "a bit that is not there": ("x[3]", "x[4]", r"no \[4:4\]"),
    "a slice upside down": ("x[2:0]", "x[0:2]", r"no \[0:2\]"),
    "a bit of a bit": ("more ? a", "more ? a[0]", "no vector"),
    "an indexed bit": ("x[3]", "x[n]", "stands where a number"),
    "a wide sum": ("n + { 1'h0, x[3] }", "n + x[3]", "2 and of 1 bits"),
    "a narrow target": ("assign s = n + { 1'h0, x[3] }", "assign s = x[3]", "has 2 bits"),
    "a wide condition": ("more ? a", "s ? a", "asks has 2 bits"),
    "choices of two widths": ("more ? a", "more ? s", "choices of 2 and of 1"),
    "an operator of another kind": ("s >= 2'h2", "s == 2'h2", "'=' stands"),
    "a shift": ("n + ", "n << ", "refused|stands"),
    "a product": ("n + ", "n * ", r"'\*' is refused"),
    "a logical not": ("^ p", "! p", "'!' is refused"),
    "operators without parentheses": ("(& x[2:0])", "a & a", "'&' stands where ';'"),
    "a repetition": ("{ 1'h0, x[3] }", "{ 2{x[3]} }", "has no width"),
    "an assignment to bits": ("assign s =", "assign s[1:0] =", r"'\[' stands"),
    "an assignment to a list": ("assign s =", "assign { s } =", "stands where a name"),
    "two drivers": ("  assign more", "  assign s = n;\n  assign more", "'s' has two drivers"),
    "a constant on a driven net": ("  assign more", "  assign a = 1'h0;\n  assign more", "two dri"),
    "no driver": ("  assign more = s >= 2'h2;\n", "", "nothing drives 'more'"),
    "a driven input": ("  assign more", "  assign x = 4'h0;\n  assign more", "'x' is driven"),
    "an assigned register": ("  assign more", "  assign z = n;\n  assign more", "is a register"),
    "a wire with a clock": ("z <= s", "a <= more", "two drivers|no register"),
    "a clock that is no input": ("posedge clk", "posedge more", "no input of one bit"),
    "a clock that is data": ("x[3] }", "clk }", "is data of"),
    "an unconnected pin": ("    .p(x),\n", "", "port 'p' of 'g' is not connected"),
    "an extra pin": ("    .p(x),", "    .p(x),\n    .r(y),", "port 'r' of 'g'"),
    "a pin twice": ("    .p(x),", "    .p(x),\n    .p(x),", "port 'p' of 'g'"),
    "pins by place": ("    .p(x),\n    .q(a)", "    x, a", r"stands where '\.'"),
    "a pin with bits": (".p(x)", ".p(x[3:0])", r"'\[' stands"),
    "an open pin": (".q(a)", ".q()", "stands where a name"),
    "a pin of another width": (".q(a)", ".q(s)", r"g\.q"),
    "a module that is not there": ("top__g g", "top__h g", "no module 'top__h'"),
    "a parameter of an instance": ("top__g g", "top__g #(1) g", "#"),
    "a module twice": ("module top__g", "module top__h", "no module 'top__g'"),
    "a module of another design": ("top__g", "other_g", "does not begin with 'top__'"),
    "a vendor's cell": ("top__g", "SB_CARRY", "does not begin"),
    "a name that is a keyword": ("  wire a;", "  wire logic;", "word of the language"),
    "a net declared twice": ("  wire a;", "  wire a;\n  wire a;", "declared twice"),
    "a net called like an instance": ("top__g g", "top__g s", "two 's' in one module"),
    "a port that is not listed": ("  wire a;", "  input b;\n  wire a;", "'b' is not once"),
    "a port that is not declared": ("  input [1:0] n;\n", "", "'n' is not once"),
    "a port listed twice": ("(clk, x, n,", "(clk, x, x, n,", "is not once"),
    "an output of two widths": ("  reg [1:0] z;", "  reg z;", "two widths"),
    "an inout": ("  input [1:0] n;", "  inout [1:0] n;", "'inout' is refused"),
    "a signed net": ("  input [1:0] n;", "  input signed [1:0] n;", "not a name"),
    "ports with directions": ("top(clk, x,", "top(input clk, x,", "not a name"),
    "a loop": ("assign q = ^ p", "assign q = q", "loop through"),
    "an end that is missing": ("assign q = ^ p;\nendmodule\n", "assign q = ^ p;\n", "it ends"),
    "something behind": ("= ^ p;\nendmodule\n", "= ^ p;\nendmodule\nx", "stands where 'module'"),
    "nothing": (RIGHT, "", "no module"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused(what: str) -> None:
    old, new, why = REFUSED[what]
    assert old in RIGHT
    with pytest.raises(InputError, match=why) as caught:
        read_text(RIGHT.replace(old, new), "top", "bundle.v")
    assert str(caught.value).startswith("bundle.v, line ")
    assert "\n" not in str(caught.value)


def test_the_line_is_named() -> None:
    with pytest.raises(InputError, match=r"^top\.v, line 17: .*two drivers"):
        read_text(RIGHT.replace("  assign more", "  assign s = n;\n  assign more"), "top", "top.v")


PART = "module {}(x, y);\n  input x;\n  output y;\n{}endmodule\n"


def instance(module: str, name: str, x: str = "x", y: str = "y") -> str:
    return f"  {module} {name} (\n    .x({x}),\n    .y({y})\n  );\n"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (PART.format("top", instance("top", "a")), "'top' is inside itself"),
        (
            PART.format("top", instance("top__a", "a"))
            + PART.format("top__a", instance("top__b", "b"))
            + PART.format("top__b", instance("top__a", "a")),
            "inside itself",
        ),
        (
            PART.format("top", "  assign y = x;\n") + PART.format("top__a", "  assign y = x;\n"),
            "'top__a' is used nowhere",
        ),
        (PART.format("other", "  assign y = x;\n"), "no module 'top'"),
        (PART.format("top", "  assign y = x;\n") * 2, "'top' is there twice"),
        (PART.format("top", f"  assign y = {'(' * 40}x{')' * 40};\n"), "brackets are open"),
        (PART.format("top", f"  wire {'a' * 201};\n  assign y = x;\n"), "more than 200"),
        (
            PART.format(
                "top",
                "  wire a;\n  wire b;\n" + "  assign a = b;\n  assign b = a;\n  assign y = x;\n",
            ),
            "loop through",
        ),
        (
            PART.format(
                "top", "  wire a;\n" + instance("top__a", "a0", "a", "y") + "  assign a = y;\n"
            )
            + PART.format("top__a", "  assign y = ~ x;\n"),
            "loop through",
        ),
    ],
)
def test_a_design_that_is_refused(text: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        read_text(text, "top")


def test_a_circuit_that_doubles_with_each_module_is_refused_at_once() -> None:
    text = "".join(
        PART.format(
            f"top__{n}" if n else "top",
            "  wire a;\n"
            + instance(f"top__{n + 1}", "first", "x", "a")
            + instance(f"top__{n + 1}", "second", "a", "y"),
        )
        for n in range(60)
    ) + PART.format("top__60", "  assign y = x;\n")
    with pytest.raises(InputError, match="more than 16777216 bits"):
        read_text(text, "top")


@pytest.mark.parametrize("long", [f"x[{'1' * 100_000}]", "n" * 100_000])
def test_an_error_does_not_quote_a_megabyte(long: str) -> None:
    with pytest.raises(InputError) as error:
        read_text(PART.format("top", f"  assign y = {long};\n"), "top")
    assert len(str(error.value)) < 600


def test_a_wide_net_named_again_and_again_is_too_much() -> None:
    """300 kB of text that stand for four thousand million bits are refused before they are made."""
    wide = f"  wire [1048575:0] w;\n  assign w = 1048576'h{'0' * 262144};\n"
    text = PART.format("top", f"{wide}  assign y = ^ {{ {', '.join(['w'] * 4000)} }};\n")
    with pytest.raises(InputError, match="more than 16777216 bits"):
        read_text(text, "top")


@pytest.mark.parametrize("name", ["SB_CARRY", "LUT4", "_80_ice40_alu", "rPLL", "T", "_"])
def test_names_of_vendors_are_refused(name: str) -> None:
    with pytest.raises(InputError, match="vendor's cell"):
        read_text(PART.format(name, "  assign y = x;\n"), name)


def test_every_cell_that_synthesis_brings_is_taken_for_a_vendors() -> None:
    share = find_yosys().share
    names = {
        name
        for family in ("ice40", "ecp5", "lattice", "gowin", "xilinx")
        for file in (share / family).rglob("*.v")
        for name in re.findall(r"(?m)^\s*module\s+([A-Za-z_]\w*)", file.read_text())
    }
    assert len(names) > 500
    assert [name for name in names if not is_vendor_like(name)] == []


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot read"):
        read_files([tmp_path / "gone.v"], "top")
    (tmp_path / "bytes.v").write_bytes(RIGHT.encode() + b"\xff")
    with pytest.raises(InputError, match=r"bytes\.v, line 28: the character '\\xff'"):
        read_files([tmp_path / "bytes.v"], "top")


def test_a_header_that_export_writes_and_no_other() -> None:
    head = header("top", model_hash="0" * 64, versions={"db2hdl": "0.1.0", "yosys": "0.50"})
    assert print_design(read_text(head + RIGHT, "top")) == RIGHT
    for old, new in [
        ("db2hdl 0.1.0", "synopsys translate_off"),
        ("CC0-1.0", "CC0-1.0 */"),
        ("combinational", "verilator lint_off"),
        ("// The", "//synthesis translate_off\n// The"),
    ]:
        with pytest.raises(InputError, match="comment"):
            read_text(head.replace(old, new) + RIGHT, "top")
