"""interface.json says what every bit means; what does not fit together is refused."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from db2hdl_hw.emit.interface import (
    Clocking,
    Coding,
    InputPort,
    Interface,
    OutputPort,
    score_width,
)
from db2hdl_hw.emit.words import pack_codes, pack_outputs, unpack_codes, unpack_outputs
from db2hdl_hw.errors import InputError


def make(**changes: Any) -> Interface:
    parts: dict[str, Any] = {
        "top": "parts",
        "model_hash": "ab12",
        "inputs": (
            InputPort("x", 2, ("is red", "größer")),
            InputPort("weight_g", 5, ("weight (g)",), Coding(-1.5, 0.25, 5)),
        ),
        "outputs": (
            OutputPort("class_index", 2, "index"),
            OutputPort("class_bits", 6, "bits"),
            OutputPort("scores", 6, "scores", 2),
        ),
        "classes": ("good", "bad", "odd"),
    }
    return Interface(**(parts | changes))


def test_the_file(snapshot: Any) -> None:
    assert make().dumps() == snapshot


def test_it_is_read_back() -> None:
    assert Interface.loads(make().dumps()) == make()
    one = make(outputs=(OutputPort("y", 3, "bits"),), classes=(), latency=2, clocking=Clocking())
    assert Interface.loads(one.dumps()) == one


def test_only_a_core_with_a_clock_is_of_version_2() -> None:
    data = make(latency=3, clocking=Clocking()).to_json()
    assert (make().to_json()["version"], data["version"]) == (1, 2)
    assert set(data) - set(make().to_json()) == {"clock", "reset", "valid"}
    own = Clocking("c", "r", "go", "done")
    assert Interface.loads(make(latency=1, clocking=own).dumps()).clocking == own


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"latency": 0}, "latency 0 with a clock"),
        ({"clock": {"port": "clk", "edge": "falling"}}, "'edge' must be 'rising'"),
        ({"reset": {"port": "rst", "kind": "asynchronous"}}, "'kind' must be 'synchronous"),
        ({"valid": {"in": "x", "out": "out_valid"}}, "the port 'x' is there 2 times"),
        ({"valid": {"in": "in_valid"}}, "has no 'out'"),
        ({"clock": {"port": "c k", "edge": "rising"}}, "must be an identifier"),
    ],
)
def test_clocks_that_do_not_fit(changes: dict[str, Any], message: str) -> None:
    data = make(latency=3, clocking=Clocking()).to_json() | changes
    with pytest.raises(InputError, match=message):
        Interface.from_json(data)


def test_places() -> None:
    assert make().places() == {"is red": (0, 1), "größer": (1, 1), "weight (g)": (2, 5)}
    assert make().output_places() == {"class_index": (0, 2), "class_bits": (2, 6), "scores": (8, 6)}
    assert (make().input_width, make().output_width) == (7, 14)


def test_score_width() -> None:
    assert [score_width(n) for n in (0, 1, 3, 4)] == [1, 1, 2, 3]


def changed(*path: Any, value: Any) -> dict[str, Any]:
    """Return the JSON with one value changed, or removed where the value is ``KeyError``."""
    data = make().to_json()
    at: Any = data
    for key in path[:-1]:
        at = at[key]
    if value is KeyError:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return data


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (["format"], "zip", "not of a db2hdl-bundle"),
        (["version"], 3, "has version 3, but this db2hdl reads versions 1 and 2; export"),
        (["version"], 2, "has no 'clock'"),
        (["version"], True, "'version' must be an integer, not a boolean"),
        (["version"], KeyError, "has no 'version'"),
        (["top"], "a b", "'top' must be an identifier, not 'a b'"),
        (["top"], 3, "'top' must be a text, not an integer"),
        (["tie_rule"], "highest index", "'tie_rule' must be 'lowest index'"),
        (["classes", 1], None, r"classes\[1\] must be a text, not null"),
        (["classes", 1], "good", "the class 'good' is there 2 times"),
        (["classes"], ["a"], "must be 1 wide for 1 classes, not 2"),
        (["classes"], [], "but there are no classes"),
        (["inputs"], [], "at least one input and one output"),
        (["inputs"], {}, "'inputs' must be a list, not an object"),
        (["inputs", 0], 7, r"inputs\[0\] must be an object, not an integer"),
        (["inputs", 0, "width"], 3, "'x' is 3 wide but names 2 bits"),
        (["inputs", 0, "bits"], [], "'x' is 2 wide but names 0 bits"),
        (["inputs", 0, "kind"], "uint", r"inputs\[0\] has no 'coding'"),
        (["inputs", 0, "kind"], "float", "'kind' must be one of"),
        (["inputs", 0, "bits", 1, "index"], 0, r"bits\[1\]: 'index' must be 1, not 0"),
        (["inputs", 0, "bits", 1, "feature"], "is red", "feature 'is red' is there 2 times"),
        (["inputs", 1, "width"], 6, "is 6 wide but its codes have 5 bits"),
        (["inputs", 1, "width"], 0, "must be at least 1, not 0"),
        (["inputs", 1, "name"], "X", "the port 'x' is there 2 times"),
        (["inputs", 1, "coding", "scale"], 0, "scale finite and above 0"),
        (["inputs", 1, "coding", "scale"], "1", "'scale' must be a number, not a text"),
        (["inputs", 1, "coding", "scale"], 10**400, "'scale' is too large"),
        (["inputs", 1, "coding", "offset"], float("nan"), "offset must be finite"),
        (["inputs", 1, "coding", "bits"], 17, "1..16 bits, not 17"),
        (["inputs", 1, "coding", "rounding"], "even", "'rounding' must be"),
        (["outputs", 0, "width"], 1, "must be 2 wide for 3 classes, not 1"),
        (["outputs", 2, "score_width"], 3, "not score_width 3 times 3 classes"),
        (["outputs", 1, "kind"], "scores", "has no 'score_width'"),
        (["latency"], -1, "latency must be 0..258"),
        (["latency"], 10**12, "latency must be 0..258"),
        (["initiation_interval"], 7, "initiation_interval must be 1"),
        (["model_hash"], "ab\n", "'model_hash' must be a hash, not 'ab"),
        (["latency"], 1, "latency 1 without a clock"),
        (["rtl"], [], "'rtl' must name at least one file"),
        (["rtl", 0], "../../etc/passwd", "not the path of a file inside the bundle"),
        (["nets"], "/etc/passwd", "not the path of a file inside the bundle"),
    ],
)
def test_what_does_not_fit(path: list[Any], value: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Interface.from_json(changed(*path, value=value))


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "3"])
def test_not_json(text: str) -> None:
    with pytest.raises(
        InputError, match=r"B/interface\.json (is not JSON|must be an object|is nested)"
    ):
        Interface.loads(text, "B/interface.json")


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=4))
def test_any_value_anywhere_is_read_or_refused(value: Any) -> None:
    for key in make().to_json():
        data = json.loads(json.dumps(make().to_json() | {key: value}))
        try:
            Interface.from_json(data)
        except InputError:
            continue


def test_many_ports_are_fast() -> None:
    ports = tuple(InputPort(f"p{i}", 3, (f"f{i}",), Coding(0, 1, 3)) for i in range(10_000))
    wide = make(inputs=ports)
    codes = np.arange(20_000).reshape(2, -1) % 8
    assert (unpack_codes(wide, pack_codes(wide, codes)) == codes).all()


def test_packing_follows_the_definition() -> None:
    words = pack_codes(make(), [[19, 1, 0]], ["weight (g)", "is red", "größer"])
    assert words.astype(int).tolist() == [[1, 0, 1, 1, 0, 0, 1]]


@given(st.permutations(range(3)), st.integers(0, 2**31))
def test_unpacking_is_the_inverse(order: list[int], seed: int) -> None:
    features = [make().features[i] for i in order]
    top = np.array([2, 2, 32])[order]
    codes = np.random.default_rng(seed).integers(0, top, (5, 3))
    assert (unpack_codes(make(), pack_codes(make(), codes, features), features) == codes).all()


@pytest.mark.parametrize(
    ("codes", "features", "message"),
    [
        ([[0, 0]], None, r"shape \[rows, 3\]"),
        ([[0, 0, 32]], None, r"code 32 in row 0 of feature 'weight \(g\)' does not fit into 5"),
        ([[0, 0, 1], [0, -1, 1]], None, "code -1 in row 1 of feature 'größer'"),
        ([[0.0, 0, 1]], None, "must be integers, not float64"),
        ([[0, 0, 1]], ["a", "is red", "größer"], "not those of the core's interface: 'a'"),
    ],
)
def test_codes_that_do_not_fit(codes: Any, features: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        pack_codes(make(), codes, features)


def test_outputs_are_packed_and_unpacked() -> None:
    values = {
        "class_index": np.array([2, 0]),
        "class_bits": np.array([[0, 0, 1, 0, 1, 1], [1, 1, 0, 0, 0, 0]], bool),
        "scores": np.array([[0, 1, 2], [2, 0, 0]]),
    }
    words = pack_outputs(make(), values)
    assert words[0].astype(int).tolist() == [0, 1, 0, 0, 1, 0, 1, 1, 0, 0, 1, 0, 0, 1]
    for name, got in unpack_outputs(make(), words).items():
        assert (got == values[name]).all()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"scores": [[0, 1, 4]]}, "'scores' does not fit into 2 bits"),
        ({"scores": [[0, 1]]}, "'scores' have a wrong shape"),
        ({"class_index": [0, 1]}, "different numbers of rows"),
        ({"y": [0]}, "differ: 'y'"),
    ],
)
def test_outputs_that_do_not_fit(changes: dict[str, Any], message: str) -> None:
    values = {"class_index": [0], "class_bits": [[0] * 6], "scores": [[0, 0, 0]]}
    with pytest.raises(InputError, match=message):
        pack_outputs(make(), values | changes)


def test_words_of_a_wrong_width() -> None:
    with pytest.raises(InputError, match=r"output words must have the shape \[rows, 14\]"):
        unpack_outputs(make(), np.zeros((1, 7), bool))
    with pytest.raises(InputError, match="no feature 'z'"):
        unpack_codes(make(), np.zeros((1, 7), bool), ["z"])


@pytest.mark.parametrize("offset", [(1 << 53) + 1, -(1 << 63), (1 << 64) - 1, 0.1, 1e300, 5e-324])
def test_offsets_come_back_exactly(offset: float) -> None:
    port = InputPort("t", 4, ("t",), Coding(offset, 0.1, 4))
    made = Interface("top", "0" * 64, (port,), (OutputPort("y", 1, "bits"),), ())
    again = Interface.loads(made.dumps())
    assert again == made
    assert type(again.inputs[0].coding.offset) is type(offset)
