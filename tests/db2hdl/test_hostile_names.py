"""Names of strangers through export, explain and info: no file and no page obeys them."""

import ast
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from db2hdl.bundle import bundle_parts
from db2hdl.explain import explain, to_text
from db2hdl.features import Feature
from db2hdl.hardnet import HardLayer, HardNet
from db2hdl.model_file import Model
from db2hdl_hw.verilog.keywords import KEYWORDS, MEANINGS, TAKEN

TRICKS = [
    "\x1b[2J",
    "a\nendmodule\nmodule evil",
    '*/ `include "x" /*',
    "\u202ereversed\u2066",
    "| a | b |",
    "<script>alert(1)</script>",
    "[red]x[/red]",
    "{{ 7 * 7 }}",
    "a: [b, *c]",
    "; exec rm -rf $HOME #",
    '"""\nimport evil\n"""',
    "\\write18{x}",
    "unix",
    "std_logic",
    "x" * 300,
    "\u200b",
]
HOSTILE_WORDS = sorted((KEYWORDS | MEANINGS | TAKEN) - {*TRICKS, "bit"})
NAME = st.one_of(
    st.sampled_from(TRICKS),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20),
)


def made(names: list[str], classes: list[str], data: str) -> Model:
    """Return a model with these names: the first is a boolean feature, the others are real."""
    count = len(names)
    features = (
        Feature(names[0], "bit"),
        *(Feature(name, "real", 3, 0.0, 1.0) for name in names[1:]),
    )
    encoder = {"feature": np.arange(count), "threshold": np.array([1] + [4] * (count - 1))}
    weight = np.array([[True] * count, [k % 2 == 0 for k in range(count)]])
    layers = (
        HardLayer("encoder", "encoder", (-1,), {}, encoder),
        HardLayer("l0_and", "and", (0,), {}, {"weight": weight}),
        HardLayer("l1_class_head", "class_head", (1,), {"classes": 2}),
    )
    hard = HardNet(features, layers, tuple(classes))
    codes = np.array([[0] + [2] * (count - 1), [1] + [7] * (count - 1)], np.uint16)
    return Model(hard, codes, hard.predict(codes).astype(np.int32), {"data": data, "rows": {}})


def check_text(path: str, text: str) -> None:
    """Check that a terminal that shows the file obeys nothing in it."""
    for line in text.split("\n"):
        assert line.replace("\u00a0", " ").isprintable() or path.endswith(".json"), (path, line)
    assert not re.search(
        "[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c\x00-\x09\x0b-\x1f\x7f]", text
    )


def check_parts(parts: dict[str, bytes], names: list[str]) -> None:
    """Check every text file of a bundle by the rules of its own kind."""
    texts = {path: data.decode() for path, data in parts.items() if path != "model.dbnet"}
    for path, text in texts.items():
        check_text(path, text)
    interface = json.loads(texts["interface.json"])
    assert [port.get("feature") for port in interface["inputs"]][1:] == names[1:]
    for line in texts["DATASHEET.md"].split("\n"):
        if line.startswith("|"):
            columns = len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) - 1
            assert columns in (2, 3), line
    assert not re.search(r"(?<!\\)<", texts["DATASHEET.md"])
    core = yaml.safe_load(texts["top.core"].replace("CAPI=2:", "", 1))
    assert core["filesets"]["rtl"]["files"] == ["rtl/top.v"]
    tree = ast.parse(texts["tb/test_top.py"])
    assert "import evil" not in texts["tb/test_top.py"]
    assert not any(isinstance(node, ast.Name) and node.id == "evil" for node in ast.walk(tree))
    for path in ("tb/top_tb.v", "rtl/top.v", "vhdl/top_component.vhd", "constraints/top.xdc"):
        assert texts[path].isascii() and not re.search(r"\bevil\b|<script|import evil", texts[path])


def test_every_trick_in_every_place() -> None:
    names = ["bit", *TRICKS, *(f"a {trick}" for trick in TRICKS)]
    model = made(names, ["no" + "".join(TRICKS[:8]), "".join(TRICKS[8:])], "".join(TRICKS))
    check_parts(bundle_parts(model, top="top"), names)


@given(
    st.lists(NAME, min_size=3, max_size=3, unique=True),
    st.lists(NAME, min_size=2, max_size=2, unique=True),
    NAME,
)
@settings(max_examples=4)
def test_any_names(names: list[str], classes: list[str], data: str) -> None:
    check_parts(bundle_parts(made(names, classes, data), top="top"), names)


def found(program: str) -> str:
    """Return a program's path; without it skip, or fail where there must be all."""
    path = shutil.which(program)
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{program} is not installed")
        pytest.skip(f"{program} is not installed")
    return path


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [
        ("ghdl", "-a", "--std=08", "vhdl/top_component.vhd"),
        ("iverilog", "-g2001", "-o", "tb.vvp", "tb/top_tb.v", "rtl/top.v"),
    ],
)
def test_other_tools_take_the_bundle(command: tuple[str, ...], tmp_path: Path) -> None:
    program = found(command[0])
    names = ["bit", *TRICKS, *(f"a {trick}" for trick in TRICKS), *HOSTILE_WORDS]
    for path, data in bundle_parts(made(names, ["no", "yes"], ""), top="top").items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    run = [program, *command[1:]]
    done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_two_cores_have_no_module_in_common() -> None:
    model = made(["a", "b c", "d e"], ["no", "yes"], "")

    def modules(top: str) -> set[bytes]:
        return set(re.findall(rb"(?m)^module (\w+)", bundle_parts(model, top=top)[f"rtl/{top}.v"]))

    one, other = modules("a"), modules("a_l0_and")
    assert b"a__l0_and" in one and len(other) > 2 and not one & other


@pytest.mark.parametrize("markdown", [False, True])
def test_explain_prints_no_trick(markdown: bool) -> None:
    names = ["a\x1b[2J", "b\n\u202e", "c|<i>`x`"]
    text = to_text(explain(made(names, ["no\x07", "yes\u200b"], "")), markdown=markdown)
    check_text("explain", text)
    assert ("a\\x1b[2J" if not markdown else r"c|<i>`x`") in text
    assert not markdown or re.search(r"`` .*<i>.* ``", text)


def test_the_check_finds_a_raw_name() -> None:
    with pytest.raises(AssertionError):
        check_text("a.v", "// \x1b[2J")
    with pytest.raises(AssertionError):
        check_text("a.json", '"\u202e"')
