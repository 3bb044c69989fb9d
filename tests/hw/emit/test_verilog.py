"""Emitted Verilog computes what the interpreter computes, and lint finds nothing in it."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from db2hdl_hw.emit import verilog as module
from db2hdl_hw.emit.lint import lint
from db2hdl_hw.emit.names import mangle
from db2hdl_hw.emit.vectors import format_hex, read_hex
from db2hdl_hw.emit.verilog import to_verilog
from db2hdl_hw.errors import ToolError
from db2hdl_hw.netlist.builder import Builder
from db2hdl_hw.netlist.interpret import evaluate
from db2hdl_hw.netlist.netlist import Netlist
from db2hdl_hw.netlist.random_netlist import random_netlist
from db2hdl_hw.passes import optimise
from db2hdl_hw.passes.stages import Pipeline
from db2hdl_hw.tools import Tool
from db2hdl_hw.verilog.printer import MAX_LINE

Values = dict[str, np.ndarray]


def emit(netlist: Netlist, folder: Path, **how: str) -> str:
    """Write the Verilog; return it."""
    text, _ = to_verilog(netlist, model_hash="0123abcd", versions={"db2hdl": "1.2.3"}, **how)
    (folder / f"{netlist.top}.v").write_text(text)
    return text


def spread(values: np.ndarray, widths: list[int]) -> np.ndarray:
    """Return the bits of the columns of values, side by side."""
    columns = values[:, None] if values.ndim == 1 else values
    parts = [
        (columns[:, i : i + 1].astype(np.int64) >> np.arange(width) & 1).astype(bool)
        for i, width in enumerate(widths)
    ]
    return np.concatenate(parts, axis=1)


def simulate(netlist: Netlist, inputs: Values, folder: Path, iverilog: Tool) -> np.ndarray:
    """Return the output words of Icarus for rows of input words."""
    words = np.concatenate(
        [spread(inputs[p.name], [p.width] if p.is_word else [1] * p.width) for p in netlist.inputs],
        axis=1,
    )
    (folder / "in.hex").write_bytes(format_hex(words))
    outs = {n: int(np.maximum(netlist.width[v], 1).sum()) for n, v in netlist.outputs.items()}
    ins = ", ".join(reversed([p.name for p in netlist.inputs]))
    declared = "".join(f"reg [{p.width - 1}:0] {p.name};\n" for p in netlist.inputs)
    declared += "".join(f"wire [{w - 1}:0] {n};\n" for n, w in outs.items())
    ports = ", ".join(f".{n}({n})" for n in [*(p.name for p in netlist.inputs), *outs])
    (folder / "tb.v").write_text(
        f"module tb;\n{declared}integer i;\nreg [{words.shape[1] - 1}:0] m [0:{len(words) - 1}];\n"
        f'{netlist.top} dut({ports});\ninitial begin\n$readmemh("in.hex", m);\n'
        f"for (i = 0; i < {len(words)}; i = i + 1) begin\n{{{ins}}} = m[i]; #1;\n"
        f'$display("%h", {{{", ".join(reversed(list(outs)))}}});\nend\nend\nendmodule\n'
    )
    done = iverilog.run(["-g2001", "-Wall", "-o", "tb.vvp", "tb.v", f"{netlist.top}.v"], cwd=folder)
    warned = [line for line in done.stderr.splitlines() if "timescale" not in line]
    assert done.returncode == 0 and not warned, done.stderr
    vvp = Tool("vvp", iverilog.path.with_name("vvp"), (), iverilog.env)
    (folder / "out.hex").write_text(vvp.run(["tb.vvp"], cwd=folder).stdout)
    return read_hex(folder / "out.hex", sum(outs.values()))


def random_inputs(netlist: Netlist, rows: int = 64) -> Values:
    rng = np.random.default_rng(0)
    return {
        p.name: rng.integers(0, 1 << p.width, rows)
        if p.is_word
        else rng.integers(0, 2, (rows, p.width)).astype(bool)
        for p in netlist.inputs
    }


def check(netlist: Netlist, inputs: Values, folder: Path, iverilog: Tool, **how: str) -> str:
    """Compare Verilog with the interpreter, lint it, and return it."""
    text = emit(netlist, folder, **how)
    values = evaluate(netlist, inputs)
    expected = np.concatenate(
        [
            spread(values[n], np.maximum(netlist.width[v], 1).tolist())
            for n, v in netlist.outputs.items()
        ],
        axis=1,
    )
    assert (simulate(netlist, inputs, folder, iverilog) == expected).all()
    assert lint([folder / f"{netlist.top}.v"], netlist.top) == []
    assert "\\" not in text
    return text


def readable() -> Netlist:
    """A small circuit with one of everything that a net of ours has."""
    b = Builder("parts")
    x = b.input_bits("x", 4)
    age = b.input_word("age_years", 5)
    with b.layer("encoder"):
        bits = np.concatenate([x, b.compare(age, [3, 18])])
        b.mark("encoder", bits)
    with b.layer("l0_literals"):
        literals = np.concatenate([bits, b.not_(bits)])
        b.mark("l0_literals", literals)
    with b.layer("l1_and"):
        ands = np.stack(
            [b.all_(literals[[0, 7, 4]]), b.all_(literals[[1, 11]]), b.parity(bits[:3])]
        )
        b.mark("l1_and", ands)
    with b.layer("l2_majority"):
        head = np.stack([b.at_least(2, ands), ands[1], b.any_(ands), ands[2], ands[0], ands[1]])
        b.mark("l2_majority", head)
    with b.layer("count"):
        counts = b.popcount(head.reshape(3, 2))
    with b.layer("argmax"):
        index = b.argmax(counts)
    b.output("class_index", [index])
    b.output("scores", counts)
    return optimise(b.build())


def test_the_text(tmp_path: Path, iverilog: Tool, verilator: Tool, snapshot: Any) -> None:
    text = check(readable(), random_inputs(readable()), tmp_path, iverilog)
    assert re.sub(r"(amaranth|yosys) [\d.]+(post\d+)?", r"\1 VERSION", text) == snapshot


@pytest.mark.parametrize("how", [{"target": "xc7"}, {"target": "ice40"}, {"style": "plain"}])
def test_counts_for_every_target(
    how: dict[str, str], tmp_path: Path, iverilog: Tool, verilator: Tool
) -> None:
    b = Builder("counts")
    x = b.input_bits("x", 3 * 37)
    with b.layer("count"):
        counts = b.popcount(x.reshape(3, 37))
    with b.layer("argmax"):
        index = b.argmax(counts)
        enough = b.at_least(17, x[:31])
    b.output("class_index", [index])
    b.output("scores", counts)
    b.output("enough", [enough])
    netlist = b.build()
    check(netlist, random_inputs(netlist, 200), tmp_path, iverilog, **how)


def test_the_net_map() -> None:
    _, nets = to_verilog(readable(), model_hash="", versions={})
    assert [entry["name"] for entry in nets] == ["encoder", "l0_literals", "l1_and", "l2_majority"]
    assert nets[3]["nets"][:2] == ["parts.l2_majority.l2_majority_0", "parts.l1_and.l1_and_1"]


def test_the_same_netlist_gives_the_same_bytes(tmp_path: Path) -> None:
    """Also in another process with another hash seed."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]);"
        "from db2hdl_hw.netlist.random_netlist import random_netlist;"
        "from db2hdl_hw.emit.verilog import to_verilog;"
        "print(to_verilog(random_netlist(3), model_hash='', versions={})[0], end='')"
    )
    texts = {
        subprocess.run(
            [sys.executable, "-c", code, str(tmp_path)],
            env={"PYTHONHASHSEED": seed, "HOME": str(Path.home())},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert texts == {to_verilog(random_netlist(3), model_hash="", versions={})[0]}


@pytest.mark.parametrize("seed", range(6))
def test_random_netlists(seed: int, tmp_path: Path, iverilog: Tool, verilator: Tool) -> None:
    netlist = optimise(random_netlist(seed, words=2, cells=60))
    check(netlist, random_inputs(netlist), tmp_path, iverilog)


@pytest.mark.parametrize("seed", [100, 101])
def test_random_netlists_with_rubbish_in_them(seed: int, tmp_path: Path, iverilog: Tool) -> None:
    """Netlists that no pass has cleaned are right, too, if not clean."""
    netlist = random_netlist(seed)
    emit(netlist, tmp_path)
    inputs = random_inputs(netlist)
    values = evaluate(netlist, inputs)
    widths = {n: np.maximum(netlist.width[v], 1).tolist() for n, v in netlist.outputs.items()}
    expected = np.concatenate([spread(values[n], w) for n, w in widths.items()], axis=1)
    assert (simulate(netlist, inputs, tmp_path, iverilog) == expected).all()


def test_every_operation(tmp_path: Path, iverilog: Tool, verilator: Tool) -> None:
    """All operations over 1 to 9 bits, un-optimised, for all inputs."""
    b = Builder("core")
    x = b.input_bits("x", 9)
    for n in range(1, 10):
        with b.layer(f"l{n}_bits"):
            bits = [b.all_(x[:n]), b.any_(x[:n]), b.parity(x[:n]), *b.not_(x[:n])]
            bits += [b.at_least(k, x[:n]) for k in range(n + 2)]
            count = b.popcount(x[:n])
        with b.layer(f"l{n}_words"):
            bits += b.compare(count, np.arange(n + 2)).tolist()
        b.output(f"y{n}", bits)
        b.output(f"word{n}", [count])
    rows = np.arange(512)[:, None] >> np.arange(9) & 1
    check(b.build(), {"x": rows.astype(bool)}, tmp_path, iverilog)


def head(b: Builder, name: str, bits: np.ndarray) -> None:
    """Add a class head over bits [classes, bits of each]."""
    with b.layer(f"{name}_count"):
        counts = b.popcount(bits)
    with b.layer(f"{name}_argmax"):
        index = b.argmax(counts)
    b.output(f"{name}_index", [index])
    b.output(f"{name}_scores", counts)


def test_class_heads(tmp_path: Path, iverilog: Tool, verilator: Tool) -> None:
    b = Builder("core")
    x = b.input_bits("x", 30)
    for classes in (1, 2, 3, 5, 8, 10):
        head(b, f"of{classes}", x[: classes * 3].reshape(classes, 3))
    check(b.build(), random_inputs(b.build(), 500), tmp_path, iverilog)


def test_classes_that_are_constant(tmp_path: Path, iverilog: Tool, verilator: Tool) -> None:
    b = Builder("core")
    x = b.input_bits("x", 15).reshape(5, 3)
    for where in range(5):
        for constant in (0, 1):
            bits = x.copy()
            bits[where:] = constant
            head(b, f"from{where}_{constant}", bits)
            bits = x.copy()
            bits[where] = constant
            head(b, f"at{where}_{constant}", bits)
    netlist = optimise(b.build())
    check(netlist, random_inputs(netlist, 500), tmp_path, iverilog)


def test_loose_ends(tmp_path: Path, iverilog: Tool, verilator: Tool) -> None:
    """Unused bits and words, constant outputs, outputs tied to inputs, one net at two ports."""
    b = Builder("core")
    x = b.input_bits("x", 12)
    words = [b.input_word(name, 3) for name in ("used", "idle", "part")]
    with b.layer("l0_or"):
        o = b.or_(x[4], x[7])
        b.mark("l0_or", [o])
    with b.layer("l1_compare"):
        high = b.compare(words[2], 4)
    b.output("y", [x[2], 0, 1, o])
    b.output("again", [o])
    b.output("straight", [x[2]])
    b.output("word", [words[0]])
    b.output("none", [0])
    b.output("high", [high])
    text = check(b.build(), random_inputs(b.build()), tmp_path, iverilog)
    unused = re.search(r"assign unused = & \{(.*)\};", text)
    assert unused and unused[1].split() == ["idle,", "x[11:8],", "x[6:5],", "x[3],", "x[1:0]"]


def test_nothing_used_at_all(tmp_path: Path, iverilog: Tool, verilator: Tool) -> None:
    b = Builder("core")
    b.input_bits("x", 1)
    b.output("y", [1])
    check(b.build(), random_inputs(b.build()), tmp_path, iverilog)


def test_awkward_port_names(tmp_path: Path, iverilog: Tool, verilator: Tool) -> None:
    names = ["module", "x", "Gewicht (g)", "begin", "l0_sum_0", "l0_sum", "x_0", "unused", "_00_"]
    b = Builder("core")
    x = b.input_bits("x", 2)
    words = [b.input_word(name, 3) for name in mangle(names)]
    with b.layer("l0_sum"):
        bits = np.concatenate([b.compare(np.stack(words[:-2]), 5), x])
        bits = np.stack([b.parity(bits), b.all_(bits)])
        b.mark("l0_sum", bits)
    b.output("y", bits)
    text = check(b.build(), random_inputs(b.build()), tmp_path, iverilog)
    assert "input [2:0] gewicht_g;" in text and "input [2:0] l0_sum_0;" in text


def test_more_input_bits_than_amaranth_has_in_a_cell(tmp_path: Path, verilator: Tool) -> None:
    b = Builder("core")
    words = [b.input_word(f"w{i}", 16) for i in range(4100)]
    with b.layer("encoder"):
        bits = b.compare(np.stack(words[-4:]), 9)
    b.output("y", bits)
    text = emit(b.build(), tmp_path)
    names = [f"w{i}" for i in range(4100)]
    assert f"modulecore({','.join(names)},y);" in re.sub(r"\s+", "", text)
    assert lint([tmp_path / "core.v"], "core") == []


def test_long_lists_are_broken_into_lines(tmp_path: Path, verilator: Tool) -> None:
    b = Builder("wide")
    x = b.input_bits("x", 400)
    with b.layer("first"):
        bits = b.not_(x)
        b.mark("first", bits)
    with b.layer("second"):
        b.output("y", np.array([b.all_(bits)]))
    text = emit(b.build(), tmp_path)
    assert lint([tmp_path / "wide.v"], "wide") == []
    # Verilator takes no more than 40,000 tokens on one line.
    assert max(map(len, text.splitlines())) <= MAX_LINE


@pytest.mark.parametrize("seed", range(2))
def test_pipelined_text_is_clean_and_keeps_its_names(
    seed: int, tmp_path: Path, verilator: Tool
) -> None:
    netlist = optimise(random_netlist(seed, words=2))
    pipeline = Pipeline(2 * seed, True, bool(seed))  # latency 1 is a case of its own
    text, nets = to_verilog(netlist, model_hash="00", versions={}, pipeline=pipeline)
    again, _ = to_verilog(netlist, model_hash="00", versions={}, pipeline=pipeline)
    assert text == again and f"latency {pipeline.latency}." in text
    assert re.search(r"module random\(clk, rst, in_valid, x, w0, w1,\s+out_valid, y,", text)
    (tmp_path / "random.v").write_text(text)
    assert lint([tmp_path / "random.v"], "random") == []
    assert nets == to_verilog(netlist, model_hash="00", versions={})[1]
    assert re.findall(r"initial (\w+) = ", text) == ["valid"]  # data may be anything at first


def test_a_missing_or_dying_yosys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(module, "tidy", lambda text, top, initial: "rubbish")
        with pytest.raises(ToolError, match=r"Yosys failed with exit code 1, saying .*ERROR"):
            emit(readable(), tmp_path)
    monkeypatch.setitem(sys.modules, "amaranth.back", None)
    with pytest.raises(ToolError, match="Amaranth is not installed; pip install"):
        emit(readable(), tmp_path)
