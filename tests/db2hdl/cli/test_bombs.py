"""Small model files that tell of something huge: one line and exit code 2, from every command."""

import json
import struct

import pytest

from db2hdl.model_file import to_bytes

COMMANDS = [
    ["info"],
    ["explain"],
    ["estimate"],
    ["export", "-o", "{out}"],
    ["ask", "--port", "/dev/null"],
    ["explain", "--property", "class yes is reachable"],
]


def doubled(header):
    """Every layer has twice the bits of the one before; each alone is small enough for long."""
    header["layers"] = header["layers"][:1] + [
        {"name": f"b{i}", "kind": "literals", "inputs": [i], "params": {}, "weights": {}}
        for i in range(40)
    ]


def counted(header):
    """A square in each step: n bits that are counted, joined with themselves, and so on."""
    layers = header["layers"][:1]
    for i in range(0, 40, 2):
        layers.append(
            {"name": f"c{i}", "kind": "concat", "inputs": [i] * 9, "params": {}, "weights": {}}
        )
        layers.append(
            {"name": f"d{i}", "kind": "count_hot", "inputs": [i + 1], "params": {}, "weights": {}}
        )
    header["layers"] = layers


def weights(header):
    header["layers"][1]["weights"]["weight"] = [1 << 40, 1 << 40]


def rows(header):
    header["test_rows"] = 1 << 62


def reshaped(header):
    header["layers"][1] = {
        "name": "r", "kind": "reshape", "inputs": [0], "params": {"shape": [4] + [1] * 99},
        "weights": {},
    }  # fmt: skip


def named(header):
    header["features"][0]["name"] = "x" * (1 << 20)


def many(header):
    """Beyond what a net may have, which is told before any is looked at."""
    header["features"] *= 22_000
    for i, feature in enumerate(header["features"]):
        header["features"][i] = feature | {"name": f"f{i}"}


BOMBS = [doubled, counted, weights, rows, reshaped, named, many]


@pytest.fixture
def bomb(small_model, tmp_path):
    def make(edit):
        data = to_bytes(small_model)
        (length,) = struct.unpack("<Q", data[:8])
        outer = json.loads(data[8 : 8 + length])
        header = json.loads(outer["__metadata__"]["db2hdl"])
        edit(header)
        outer["__metadata__"]["db2hdl"] = json.dumps(header)
        text = json.dumps(outer).encode()
        path = tmp_path / "bomb.dbnet"
        path.write_bytes(struct.pack("<Q", len(text)) + text + data[8 + length :])
        return path

    return make


@pytest.mark.parametrize("edit", BOMBS, ids=lambda edit: edit.__name__)
def test_a_bomb_is_one_line_and_exit_code_2(db2hdl, bomb, tmp_path, edit):
    path = bomb(edit)
    for command, *options in COMMANDS:
        outcome = db2hdl(command, path, *(o.format(out=tmp_path / "out") for o in options))
        assert outcome.code == 2, (command, outcome)
        assert outcome.err.startswith("error: ") and outcome.err.count("\n") == 1, outcome.err
    assert not (tmp_path / "out").exists()
