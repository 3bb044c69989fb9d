"""Verilog that could reach anything but itself is refused; what export writes is not."""

from pathlib import Path

import pytest

from db2hdl_hw.emit.source import check_files, check_text
from db2hdl_hw.errors import InputError

GOOD = [
    "module top(a, y); input a; output y; assign y = $signed(a) + $unsigned(a); endmodule",
    '// `include "/etc/passwd" $system("x")\n/* \\ and `define, "too" */ module m; endmodule',
    "wire \\$auto$verilog_backend.cc:2355:dump_module$1 ; wire \\top.l0 ; wire \\$10 ;",
    "wire a$readmemh; // a plain name\n",
]
BAD = [
    ('`include "/etc/passwd"', "`include", 1),
    ("\n  ` include x", "` include", 2),
    ("`define X 1", "`define", 1),
    ('initial $readmemh("/etc/passwd", m);', "$readmemh", 1),
    ("initial $system(x);", "$system", 1),
    ("a = $fopen(x);", "$fopen", 1),
    ('import"DPI-C" function void f();', '"', 1),
    ("wire a`include", "`include", 1),
    ('(* src = "/etc/passwd" *) module m; endmodule', '"', 1),
    ('/* a\n*/ /* b */\n$system("x")', "$system", 3),
    # A comment does not begin inside an escaped name: what follows the name is no comment.
    ("wire \\a// ; initial $system(x);", "\\", 1),
    ("wire \\a/* ; initial $system(x); /* */", "\\", 1),
    ('wire \\a"b ;', "\\", 1),
    ("x\\\n", "\\", 1),
    ('// a comment ends with its line\n`include "x"', "`include", 2),
]


@pytest.mark.parametrize("text", GOOD)
def test_plain_verilog_is_read(text: str) -> None:
    check_text("top.v", text)


@pytest.mark.parametrize(("text", "what", "line"), BAD)
def test_what_reaches_outside_is_named_with_its_line(text: str, what: str, line: int) -> None:
    with pytest.raises(InputError, match="is refused") as caught:
        check_text("top.v", text)
    assert str(caught.value).startswith(f"top.v, line {line}: {what!r} is refused")


def test_files(tmp_path: Path) -> None:
    file = tmp_path / "top.v"
    file.write_text(GOOD[0])
    assert check_files([file, file]) == [GOOD[0]] * 2
    file.write_bytes(b"module \xff")
    with pytest.raises(InputError, match="is not UTF-8"):
        check_files([file])
    with pytest.raises(InputError, match="cannot read"):
        check_files([tmp_path / "none.v"])
