"""The published JSON schema and the reader agree about what an interface is."""

import copy
import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from db2hdl_hw.emit.interface import Clocking, Coding, InputPort, Interface, OutputPort
from db2hdl_hw.errors import InputError

SCHEMA = Path(__file__).parents[3] / "docs" / "reference" / "interface.schema.json"
VALIDATOR = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
GOOD = Interface(
    top="core",
    model_hash="0123ff",
    inputs=(
        InputPort("x", 2, ("is red", "is round")),
        InputPort("weight_g", 4, ("weight (g)",), Coding(0.0, 10.0, 4)),
    ),
    outputs=(
        OutputPort("class_index", 1, "index"),
        OutputPort("class_bits", 6, "bits"),
        OutputPort("scores", 4, "scores", 2),
    ),
    classes=("apple", "cherry"),
).to_json()


def change(path, value):
    """Return a good interface with one entry changed (or, with Ellipsis, left out)."""
    data = copy.deepcopy(GOOD)
    place = data
    for key in path[:-1]:
        place = place[key]
    if value is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return data


def test_the_schema_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(VALIDATOR.schema)


def test_what_the_program_writes_is_valid():
    VALIDATOR.validate(GOOD)
    assert Interface.from_json(GOOD).to_json() == GOOD


def test_so_is_a_core_with_a_clock():
    clocked = replace(Interface.from_json(GOOD), latency=2, clocking=Clocking()).to_json()
    VALIDATOR.validate(clocked)
    for key in ("clock", "reset", "valid"):
        wrong = {name: value for name, value in clocked.items() if name != key}
        assert not VALIDATOR.is_valid(wrong)
    assert not VALIDATOR.is_valid(clocked | {"latency": 0})
    assert not VALIDATOR.is_valid(GOOD | {"latency": 1})


def test_so_is_the_interface_of_an_exported_bundle(small_bundle):
    VALIDATOR.validate(json.loads((small_bundle / "interface.json").read_text(encoding="utf-8")))


@pytest.mark.parametrize("key", sorted(GOOD))
def test_both_want_every_field(key):
    wrong = change([key], ...)
    assert not VALIDATOR.is_valid(wrong)
    with pytest.raises(InputError):
        Interface.from_json(wrong)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["format"], "other"),
        (["version"], 99),
        (["top"], "a b"),
        (["inputs"], []),
        (["outputs"], []),
        (["inputs", 0, "kind"], "int"),
        (["inputs", 0, "width"], 0),
        (["inputs", 1, "coding", "scale"], 0),
        (["inputs", 1, "coding", "bits"], 17),
        (["inputs", 1, "coding", "rounding"], "even"),
        (["outputs", 0, "kind"], "word"),
        (["outputs", 2, "score_width"], ...),
        (["tie_rule"], "highest index"),
        (["latency"], -1),
        (["initiation_interval"], 0),
        (["rtl"], []),
        (["rtl"], ["../rtl/core.v"]),
        (["nets"], "/etc/passwd"),
        (["classes"], ["apple", "apple"]),
    ],
)
def test_both_refuse_the_same(path, value):
    wrong = change(path, value)
    assert not VALIDATOR.is_valid(wrong)
    with pytest.raises(InputError):
        Interface.from_json(wrong)
