"""Changed Verilog, inside the subset and just outside: by tokens, lines and hostile pieces."""

from __future__ import annotations

import random
import re

PIECES = [
    "\r",
    "\t",
    "\x00",
    "\x0c",
    "\x0b",
    "\xa0",
    "\u2028",
    "é",
    "\\",
    "`",
    '"',
    "$",
    "#",
    "*",
    "!",
    "%",
    "// synopsys translate_off\n",
    "// synopsys translate_on\n",
    "/* verilator lint_off WIDTH */",
    "// \r/*\n",
    "// \r*/\n",
    "//",
    "/*",
    "*/",
    "(* keep *)",
    "(* hierconn *) ",
    "(* blackbox *)\n",
    '`include "/etc/passwd"\n',
    "`define x y\n",
    "`timescale 1ns/1ps\n",
    "`undef x\n",
    'initial $system("id");\n',
    '1$system("id")',
    "initial #1 $finish;\n",
    "\\$system ",
    "\\a\xa0b ",
    "supply0 ",
    "supply1 ",
    "tri ",
    "wand ",
    "signed ",
    "inout ",
    "#5 ",
    "(strong0, weak1) ",
    "always @* ",
    "always @(x) ",
    "casex (x) 1'bx: ; endcase\n",
    "1'bx",
    "1'bz",
    "1'b0",
    "'h1",
    "3",
    "33'h1ffffffff",
    "assign ",
    "wire ",
    "reg ",
    "module ",
    "endmodule\n",
    "generate\n",
    "defparam a.b = 1;\n",
    "parameter p = 0;\n",
    "SB_CARRY c0 (\n    .CO(x)\n  );\n",
    "LUT4 ",
    "top.x",
    "1'h0",
    "1'h1",
    "{ ",
    " }",
    "[0]",
    "[1:0]",
    ";",
    ",",
    "(",
    ")",
    "[-1]",
    "[99]",
    "0'h0",
    "4'h12",
    "4'hF",
    "1_0",
    "- ",
    "== ",
    "&& ",
    "<< 1",
]
OPERATORS = ["&", "|", "^", "+", "-", ">", ">="]

_TOKEN = re.compile(r"[A-Za-z_]\w*|\d+'h[0-9a-f]+|\d+|>=|<=|[^\s\w]")
_BINARY = re.compile(r" (>=|[&|^+>-]) ")
_CONSTANT = re.compile(r"(\d+)'h([0-9a-f]+)")
_NAME = re.compile(r"\b[a-z_]\w*\b")
_ASSIGN = re.compile(r"(?ms)^  assign (\w+) = ([^;]*);\n")


def mutant(text: str, seed: int) -> str:
    """Return the text with one to three changes."""
    rng = random.Random(seed)
    kinds = [_operator, _constant, _name, _name, _index, _stuck, _inverted, _other_source]
    kinds += [_token, _line, _piece, _byte, _swapped_lines] if rng.random() < 0.5 else []
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        text = rng.choice(kinds)(text, rng)
    return text


def _sub(text: str, found: re.Match[str], new: str) -> str:
    return text[: found.start()] + new + text[found.end() :]


def _pick(pattern: re.Pattern[str], text: str, rng: random.Random) -> re.Match[str] | None:
    found = list(pattern.finditer(text, text.find("module ")))
    return rng.choice(found) if found else None


def _operator(text: str, rng: random.Random) -> str:
    found = _pick(_BINARY, text, rng)
    return text if found is None else _sub(text, found, f" {rng.choice(OPERATORS)} ")


def _constant(text: str, rng: random.Random) -> str:
    found = _pick(_CONSTANT, text, rng)
    if found is None:
        return text
    width, digits = int(found[1]), len(found[2])
    value = rng.choice([0, (1 << width) - 1, rng.getrandbits(width), int(found[2], 16) ^ 1])
    return _sub(text, found, f"{width}'h{value:0{digits}x}")


def _name(text: str, rng: random.Random) -> str:
    """Put another name of the same module for a name."""
    found = _pick(_NAME, text, rng)
    if found is None:
        return text
    first = text.rfind("\nmodule ", 0, found.start())
    end = text.find("endmodule", found.start())
    names = sorted(set(_NAME.findall(text[first + 1 : end])))
    return _sub(text, found, rng.choice(names)) if names else text


def _index(text: str, rng: random.Random) -> str:
    found = _pick(re.compile(r"\[(\d+)\]"), text, rng)
    return text if found is None else _sub(text, found, f"[{rng.randrange(int(found[1]) + 2)}]")


def _stuck(text: str, rng: random.Random) -> str:
    found = _pick(_ASSIGN, text, rng)
    new = rng.choice(["1'h0", "1'h1"])
    return text if found is None else _sub(text, found, f"  assign {found[1]} = {new};\n")


def _inverted(text: str, rng: random.Random) -> str:
    found = _pick(_ASSIGN, text, rng)
    return text if found is None else _sub(text, found, f"  assign {found[1]} = ~ ({found[2]});\n")


def _other_source(text: str, rng: random.Random) -> str:
    one, other = _pick(_ASSIGN, text, rng), _pick(_ASSIGN, text, rng)
    if one is None or other is None:
        return text
    return _sub(text, one, f"  assign {one[1]} = {other[2]};\n")


def _token(text: str, rng: random.Random) -> str:
    one, other = _pick(_TOKEN, text, rng), _pick(_TOKEN, text, rng)
    if one is None or other is None:
        return text
    return _sub(text, one, rng.choice(["", other[0], f"{one[0]} {one[0]}"]))


def _line(text: str, rng: random.Random) -> str:
    lines = text.splitlines(keepends=True)
    place = rng.randrange(len(lines))
    if rng.random() < 0.5:
        del lines[place]
    else:
        lines.insert(rng.randrange(len(lines)), lines[place])
    return "".join(lines)


def _swapped_lines(text: str, rng: random.Random) -> str:
    lines = text.splitlines(keepends=True)
    a, b = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[a], lines[b] = lines[b], lines[a]
    return "".join(lines)


def _piece(text: str, rng: random.Random) -> str:
    place = rng.choice([found.start() for found in _TOKEN.finditer(text)])
    return text[:place] + rng.choice(PIECES) + text[place:]


def _byte(text: str, rng: random.Random) -> str:
    place = rng.randrange(len(text))
    return text[:place] + chr(rng.randrange(256)) + text[place + rng.randrange(2) :]
