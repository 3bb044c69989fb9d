"""Mangled names are legal everywhere, unique, stable and few surprises."""

import re
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db2hdl_hw.emit.lint import lint
from db2hdl_hw.emit.names import LONGEST, RESERVED, check_top, is_safe, mangle, mangle_inner
from db2hdl_hw.errors import InputError
from db2hdl_hw.tools import Tool
from db2hdl_hw.verilog.keywords import KEYWORDS, SYSTEMVERILOG, VERILOG, VHDL

AWKWARD = st.one_of(
    st.text(max_size=80),
    st.sampled_from(sorted(KEYWORDS | RESERVED)),
    st.text(alphabet="aAbB_ 1é", max_size=4),
    st.text(alphabet=string.ascii_letters, min_size=58, max_size=63),
)


@given(st.lists(AWKWARD, max_size=40))
def test_mangled_names_are_legal_and_unique(names: list[str]) -> None:
    mangled = mangle(names)
    assert len(mangled) == len(names)
    assert len({m.lower() for m in mangled}) == len(names)
    for m in mangled:
        assert re.fullmatch(r"[a-z](?:_?[a-z0-9])*", m) and is_safe(m) and len(m) <= LONGEST
        assert m.lower() not in KEYWORDS and m.lower() not in RESERVED
    assert mangle(names) == mangled
    assert mangle(mangled) == mangled


@given(st.lists(AWKWARD, max_size=10), st.lists(AWKWARD, max_size=10))
def test_a_legal_name_stays_whoever_its_neighbours_are(before: list[str], after: list[str]) -> None:
    others = [name for name in before + after if name.lower() != "petal_width"]
    assert mangle([*others[:5], "petal_width", *others[5:]])[len(others[:5])] == "petal_width"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("module", "module_p"),
        ("MODULE", "module_p"),
        ("logic", "logic_p"),
        ("Signal", "signal_p"),
        ("int", "int_p"),
        ("lambda", "lambda_p"),
        ("x", "x_p"),
        ("X", "x_p"),
        ("clk", "clk_p"),
        ("class_index", "class_index_p"),
        ("s_axis_tdata", "s_axis_tdata_p"),
        ("", "p"),
        ("___", "p"),
        ("年龄", "p"),
        ("42", "p_42"),
        ("a__b_", "a_b"),
        ("petal length (cm)", "petal_length_cm"),
        ("Fläche m²", "flache_m2"),
        ("a b" * 100, "a_" + "ba_" * 19 + "b"),
        ("back\\slash;\n`tick", "back_slash_tick"),
        ("age", "age_p"),
        ("Name\u2122 \u2102", "nametm_c"),  # capitals only after normalisation
        ("unix", "unix_p"),
        ("EOF", "eof_p"),
        ("M_PI", "m_pi"),
        ("x0", "x0"),
        ("pixel12", "pixel12"),
        ("SepalLengthCm", "sepal_length_cm"),
        ("uint32_t", "uint32_t_p"),
        ("std_logic", "std_logic_p"),
        ("va_start", "va_start_p"),
        ("vlSymsp", "vl_symsp_p"),
        ("eval_step", "eval_step_p"),
        ("__x", "x_p"),
        ("_name", "name_p"),
    ],
)
def test_one_name(name: str, expected: str) -> None:
    assert mangle([name]) == [expected]


def test_names_that_become_equal_are_numbered() -> None:
    assert mangle(["a b", "a-b", "A_B", "a b"]) == ["a_b", "a_b_2", "a_b_3", "a_b_4"]


def test_numbers_keep_off_names_that_are_there() -> None:
    assert mangle(["a b", "a b", "a_b_2"]) == ["a_b", "a_b_3", "a_b_2"]


def test_reserved_is_the_callers() -> None:
    assert mangle(["x", "x_y", "wire"], reserved=()) == ["x", "x_y", "wire_p"]
    assert mangle(["a_b"], reserved=["A_b"]) == ["a_b_p"]


def test_families_are_numbered_too() -> None:
    assert mangle(["va_start", "va-start", "size_t"]) == ["va_start_p", "va_start_p_2", "size_t_p"]


def test_names_inside_may_be_one_word() -> None:
    names = mangle_inner(["count", "wire", "unix", "Y", "l0_and"], reserved=["y"])
    assert names == ["count", "wire_p", "unix_p", "Y_p", "l0_and"]


@pytest.mark.parametrize("top", ["top", "core", "parts", "iris", "a_l0_and", "Core", "count"])
def test_a_name_that_a_top_may_have(top: str) -> None:
    check_top(top)


@pytest.mark.parametrize(
    ("top", "why"),
    [
        ("a__l0", "plain"),
        ("a b", "plain"),
        ("_a", "plain"),
        ("$root", "plain"),
        ("tö", "plain"),
        ("a" * 61, "plain"),
        ("", "plain"),
        ("a\n", "plain"),
        ("module", "means"),
        ("Entity", "means"),
        ("unix", "means"),
        ("std_logic", "means"),
        ("TOP", "cell"),
        ("SB_LUT4", "cell"),
        ("LUT6", "cell"),
        ("rPLL", "cell"),
        ("dffe", "cell"),
        ("cyclonev_lcell_comb", "cell"),
        ("top_tb", "around"),
        ("a_axis", "around"),
        ("a_uart", "around"),
        ("a_pkg", "around"),
        ("db2hdl_around", "around"),
        ("age_p", "port"),
        ("Age_p", "port"),
    ],
)
def test_a_name_that_a_top_must_not_have(top: str, why: str) -> None:
    with pytest.raises(InputError, match=why) as caught:
        check_top(top, ["age_p"])
    suggested = re.search(r"for example '(\w+)'$", str(caught.value))
    assert suggested
    check_top(suggested[1], ["age_p"])


def test_ten_thousand_equal_names() -> None:
    mangled = mangle(["same name" + " " * (i % 3) for i in range(10_000)])
    assert len(set(mangled)) == 10_000
    assert mangled[-1] == "same_name_10000"


def test_keywords_cover_the_three_languages() -> None:
    assert {"always", "wire", "uwire"} <= VERILOG
    assert {"logic", "always_ff", "endclass"} <= SYSTEMVERILOG
    assert {"signal", "downto", "entity"} <= VHDL
    assert all(word == word.lower() for word in KEYWORDS)


def test_icarus_takes_every_mangled_keyword(tmp_path: Path, iverilog: Tool) -> None:
    names = mangle(sorted(KEYWORDS))
    ports = ", ".join(f"input {name}" for name in names)
    (tmp_path / "m.v").write_text(f"module m({ports}, output y);\nassign y = 0;\nendmodule\n")
    done = iverilog.run(["-g2012", "-t", "null", tmp_path / "m.v"])
    assert done.returncode == 0, done.stderr


def test_verilator_warns_of_no_mangled_keyword(tmp_path: Path, verilator: Tool) -> None:
    names = mangle(sorted(KEYWORDS))
    text = f"module m({', '.join(names)}, y);\ninput {', '.join(names)};\noutput y;\n"
    text += f"assign y = &{{{', '.join(names)}}};\nendmodule\n"
    (tmp_path / "m.v").write_text(text)
    assert lint([tmp_path / "m.v"], "m") == []
