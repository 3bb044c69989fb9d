"""No name that a port can have means anything to a language or tool around: computed from them."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import cocotb.handle
import pytest

from db2hdl_hw.emit.names import APART, check_top, is_safe, mangle
from db2hdl_hw.errors import InputError
from db2hdl_hw.gateware.circuit import Circuit
from db2hdl_hw.tools import Tool
from db2hdl_hw.verilog.keywords import KEYWORDS

HEADERS = ("verilated.h", "verilated_vcd_c.h", "verilated_fst_c.h", "verilated_vpi.h")
HOSTILE = [
    "unix",
    "linux",
    "errno",
    "EOF",
    "NULL",
    "name",
    "trace",
    "eval",
    "threads",
    "final",
    "contextp",
    "rootp",
    "vlSymsp",
    "clk",
    "stdin",
    "major",
    "minor",
    "signbit",
    "assert",
    "I",
    "M_PI",
    "__x",
    "TOP",
    "std_logic",
    "ieee",
    "integer",
    "bit",
    "now",
    "work",
    "std_logic_vector",
    "real",
    "string",
    "time",
    "unsigned",
    "value",
    "_name",
    "a_count",
    "b_argmax",
    "c_encoder",
    "hierName",
    "modelName",
    "i386",
    "eval_step",
    "SB_LUT4",
    "dff",
    "isnan",
    "bool",
    "uint8_t",
    "std",
]
WORD = re.compile(r"[A-Za-z_]\w*")


def unsafe(words: Iterable[str]) -> list[str]:
    """Return the words that a port may be called by: none is right."""
    return sorted(word for word in set(words) if is_safe(word) and len(word) > 1)


def test_the_check_finds_a_word_that_a_port_may_have() -> None:
    assert unsafe(["unix", "petal_length", "EOF"]) == ["petal_length"]


@pytest.fixture(scope="module")
def compiler() -> str:
    found = shutil.which("c++")
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail("no C++ compiler")
        pytest.skip("no C++ compiler")
    return found


@pytest.fixture(scope="module")
def macros(compiler: str, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return all macros that a model of Verilator meets, in three dialects."""
    from db2hdl_hw.tools import find_verilator

    root = Path(find_verilator().env["VERILATOR_ROOT"]) / "include"
    source = tmp_path_factory.mktemp("macros") / "all.cpp"
    source.write_text("".join(f'#include "{name}"\n' for name in HEADERS))
    found: set[str] = set()
    for dialect in ("gnu++17", "gnu++20", "c++20"):
        command = [compiler, f"-std={dialect}", f"-I{root}", f"-I{root}/vltstd", "-E", "-dM"]
        done = subprocess.run([*command, source], capture_output=True, text=True, check=True)
        found |= {line.split()[1].split("(")[0] for line in done.stdout.splitlines()}
    assert {"unix", "errno", "EOF", "VL_ATTR_COLD"} <= found
    return sorted(found)


def test_no_macro_is_a_port(macros: list[str]) -> None:
    assert unsafe(macros) == []


@pytest.mark.parametrize(
    "options", [["--trace"], ["--trace-fst", "--threads", "2"], ["--vpi", "--savable"]], ids=str
)
def test_no_member_of_verilators_classes_is_a_port(
    options: list[str], tmp_path: Path, verilator: Tool
) -> None:
    (tmp_path / "m.v").write_text(
        "module m(input [99:0] a_1, output b_1); assign b_1 = ^a_1;\nendmodule\n"
    )
    done = verilator.run(
        ["--cc", *options, "--top-module", "m", "--Mdir", tmp_path, tmp_path / "m.v"]
    )
    assert done.returncode == 0, done.stderr
    text = "".join(re.sub(r"//.*", "", file.read_text()) for file in tmp_path.glob("Vm*.h"))
    words = set(WORD.findall(text)) - {"a_1", "b_1"}
    assert {"eval", "contextp", "vlSymsp", "rootp", "eval_step"} <= words
    # Files that are included, and template functions with arguments, are no members.
    assert (
        unsafe(words - {word for word in words if f"{word}.h" in text or f"{word}<" in text}) == []
    )


def test_no_attribute_that_benches_and_designs_need_is_a_port() -> None:
    words = set(dir(Circuit))
    for kind in vars(cocotb.handle).values():
        words |= set(dir(kind)) if isinstance(kind, type) else set()
    assert {"value", "_name", "elaborate"} <= words
    assert unsafe(words) == []


def test_no_word_of_the_standard_packages_of_vhdl_is_a_port() -> None:
    sources = Path("/usr/lib/ghdl/src")
    files = [
        *sources.glob("ieee2008/std_logic_1164.vhdl"),
        *sources.glob("ieee2008/numeric_std.vhdl"),
    ]
    if not files:
        pytest.skip("no sources of GHDL's packages")
    text = "".join(re.sub(r"--.*", "", file.read_text(encoding="latin-1")) for file in files)
    declared = re.findall(r"(?i)\b(?:type|subtype|package)\s+(\w+)", text)
    assert {"std_logic", "std_ulogic", "unsigned"} <= {word.lower() for word in declared}
    assert unsafe(word.lower() for word in declared) == []


def test_a_model_with_hostile_columns_compiles(
    compiler: str, macros: list[str], tmp_path: Path, verilator: Tool
) -> None:
    ports = mangle(sorted({*HOSTILE, *KEYWORDS, *macros, *(f"a_{word}" for word in HOSTILE)}))
    ports += [letter for letter in "abcdefghijklmnopqrstuvw" if letter not in ports]
    head = f"module core_m(output y_out, input {', input '.join(ports)});"
    text = f"{head}\nassign y_out = {' ^ '.join(ports[:9])};\nendmodule\n"
    (tmp_path / "m.v").write_text(text.replace(", ", ",\n"))
    done = verilator.run(
        ["--cc", "--trace", "--top-module", "core_m", "--Mdir", tmp_path, tmp_path / "m.v"]
    )
    assert done.returncode == 0, done.stderr[-2000:]
    root = Path(verilator.env["VERILATOR_ROOT"]) / "include"
    command = [
        compiler,
        "-std=gnu++20",
        "-fsyntax-only",
        f"-I{root}",
        f"-I{root}/vltstd",
        f"-I{tmp_path}",
    ]
    done = subprocess.run(
        [*command, tmp_path / "Vcore_m.cpp"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_no_cell_that_yosys_knows_is_a_top() -> None:
    share = Path(pytest.importorskip("pyosys").__file__).parent / "share"
    modules: set[str] = set()
    for file in share.rglob("*.v"):
        modules |= set(
            re.findall(r"(?m)^\s*module\s+([A-Za-z]\w*)", file.read_text(errors="replace"))
        )
    assert {"SB_LUT4", "LUT6", "dff"} <= modules

    def accepted(name: str) -> bool:
        try:
            check_top(name)
        except InputError:
            return False
        return True

    assert [name for name in sorted(modules) if accepted(name)] == []
    assert not any(re.fullmatch(rf"[a-z]\w*[a-z0-9]{APART}[a-z]\w*", name) for name in modules)
