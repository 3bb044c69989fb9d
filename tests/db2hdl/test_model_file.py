"""Model files: what is written is read back, and nothing else is ever accepted."""

import json
import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db2hdl import model_file
from db2hdl.features import Feature
from db2hdl.hardnet import HardLayer, HardNet
from db2hdl.model_file import Model, load, model_hash, save, to_bytes
from db2hdl_hw.errors import InputError


def small_net(real: bool = False) -> HardNet:
    rng = np.random.default_rng(0)
    features = [Feature(f"x{i}") for i in range(5)]
    feature = np.arange(5, dtype=np.int32)
    threshold = np.ones(5, np.int32)
    if real:
        features[2] = Feature("temperature °C", "real", 6, -3.5, 0.25)
        threshold[2] = 64
    layers = (
        HardLayer("encoder", "encoder", (-1,), {}, {"feature": feature, "threshold": threshold}),
        HardLayer("l0_literals", "literals", (0,)),
        HardLayer("l1_and", "and", (1,), {}, {"weight": rng.random((6, 10)) < 0.3}),
        HardLayer("l2_concat", "concat", (0, 2)),
        HardLayer("l3_reshape", "reshape", (3,), {"shape": [11]}),
        HardLayer("l4_or", "or", (4,), {}, {"weight": rng.random((4, 11)) < 0.3}),
        HardLayer("l5_class_head", "class_head", (5,), {"classes": 2}),
    )
    return HardNet(tuple(features), layers, ("bad", "good"))


def model(real: bool = False) -> Model:
    rng = np.random.default_rng(1)
    net = small_net(real)
    codes = rng.integers(0, 2, (20, 5)).astype(np.uint16)
    return Model(net, codes, rng.integers(0, 2, 20).astype(np.int32), {"seed": 3})


def rewritten(edit, real: bool = False) -> bytes:
    """A model file whose JSON header went through ``edit``."""
    data = to_bytes(model(real))
    (length,) = struct.unpack("<Q", data[:8])
    outer = json.loads(data[8 : 8 + length])
    header = json.loads(outer["__metadata__"]["db2hdl"])
    header = edit(header) or header
    outer["__metadata__"]["db2hdl"] = header if isinstance(header, str) else json.dumps(header)
    text = json.dumps(outer).encode()
    return struct.pack("<Q", len(text)) + text + data[8 + length :]


def refused(tmp_path: Path, data: bytes) -> str:
    path = tmp_path / "bad.dbnet"
    path.write_bytes(data)
    with pytest.raises(InputError) as error:
        load(path)
    message = str(error.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    return message


@pytest.mark.parametrize("real", [False, True])
def test_round_trip(tmp_path, real):
    path = tmp_path / "m.dbnet"
    save(path, model(real))
    again = load(path)
    assert model_hash(again.hard) == model_hash(small_net(real))
    assert to_bytes(again) == path.read_bytes()
    assert again.hard.features == small_net(real).features
    np.testing.assert_array_equal(again.test_codes, model(real).test_codes)
    np.testing.assert_array_equal(again.test_labels, model(real).test_labels)
    assert again.provenance == {"seed": 3}


def test_hard_net_without_test_rows(tmp_path):
    save(tmp_path / "m.dbnet", small_net())
    assert load(tmp_path / "m.dbnet").test_codes.shape == (0, 5)


def test_hash_covers_weights_and_structure_not_provenance():
    net = small_net()
    weight = net.layers_[2].weights["weight"].copy()
    weight[0, 0] ^= True
    layers = list(net.layers_)
    layers[2] = HardLayer("l1_and", "and", (1,), {}, {"weight": weight})
    changed = HardNet(net.features, tuple(layers), net.classes)
    renamed = HardNet(net.features, net.layers_, ("bad", "better"))
    assert len({model_hash(n) for n in (net, changed, renamed)}) == 3


def test_save_refuses_to_replace_without_force(tmp_path):
    save(tmp_path / "m.dbnet", small_net())
    with pytest.raises(InputError, match="--force"):
        save(tmp_path / "m.dbnet", small_net(), force=False)


@pytest.mark.parametrize(
    "data",
    [b"", b"hello\n", b"PK\x03\x04" + b"\0" * 300, b"\xff" * 64, b"{" * 100_000],
    ids=["empty", "text", "zip", "huge-header", "braces"],
)
def test_foreign_files(tmp_path, data):
    assert "not a .dbnet" in refused(tmp_path, data)


def test_missing_file(tmp_path):
    with pytest.raises(InputError, match="no such model file"):
        load(tmp_path / "absent.dbnet")


def test_other_safetensors_file(tmp_path):
    from safetensors.numpy import save as to_safetensors

    assert "not a db2hdl model" in refused(tmp_path, to_safetensors({"a": np.zeros(2)}))


def test_every_truncation_is_refused(tmp_path):
    data = to_bytes(model())
    for length in range(0, len(data), 37):
        refused(tmp_path, data[:length])


def put(*path_and_value):
    *path, value = path_and_value

    def edit(header):
        for key in path[:-1]:
            header = header[key]
        header[path[-1]] = value

    return edit


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (put("version", 2), "newer than this db2hdl"),
        (put("version", "1"), "version"),
        (put("format", "other"), "not a db2hdl model"),
        (put("layers", 2, "weights", "weight", [6, 11]), "l1_and.weight"),
        (put("layers", 2, "weights", "weight", [1 << 60, 1 << 60]), "more than 67108864 weights"),
        (put("layers", 2, "weights", "weight", [-6, -10]), "shape"),
        (put("layers", 2, "inputs", [5]), "not before it"),
        (put("layers", 2, "inputs", []), "not before it"),
        (put("layers", 2, "kind", "eval"), "unknown kind"),
        (put("layers", 1, "name", "../x"), "identifier"),
        (put("layers", 3, "name", "l1_and"), "unique"),
        (put("layers", 3, "name", "count"), "unique"),
        (put("layers", 4, "params", "shape", [12]), "cannot reshape"),
        (put("layers", 4, "params", "shape", [1 << 40] * 3), "cannot reshape"),
        (put("layers", 6, "params", "classes", 3), "classes"),
        (put("classes", ["a", "a"]), "distinct"),
        (put("features", 0, "scale", 0), "scale"),
        (put("features", 0, "bits", 2), "bits must be"),
        (put("features", 0, "name", "x1"), "same name"),
        (put("features", 2, "kind", "text"), "kind must be"),
        (put("features", []), "at least one feature"),
        (put("test_rows", 10**12), "test rows"),
        (put("test_rows", "20"), "test rows"),
        (put("model_hash", "0" * 64), "hash"),
        (put("provenance", None), "provenance"),
        (put("features", 7), "features must be a list"),
        (put("features", 0, 7), "damaged model header: '7' in a feature"),
        (lambda header: json.dumps(header)[:-1] + ',"a":NaN}', "NaN"),
        (lambda header: "[" * 100_000, "nested 100000 deep"),
        (lambda header: '{"a":1,"a":2}', "there twice"),
        (lambda header: r'{"a":"\ud800"}', "surrogate"),
        (lambda header: json.dumps(header | {"more": 1}), "damaged model header: 'more'"),
        (put("layers", 1, "more", 1), "damaged model header: 'more'"),
        (put("features", 1, "more", 1), "damaged model header: 'more'"),
        (put("features", 0, "bits", True), "bits must be"),
        (put("features", 0, "offset", 10**30), "31 digits"),
        (put("features", 0, "name", "x" * 5000), "more than 4096 bytes"),
        (put("layers", 1, "params", {"k": 1}), "has no param 'k'"),
        (put("layers", 1, "weights", {"wires": [1]}), "tensor 'l0_literals.wires' is missing"),
        (put("layers", 6, "params", "classes", True), "classes"),
        (put("layers", 4, "params", "shape", [11] + [1] * 16), "17 axes"),
        (put("test_rows", True), "test rows"),
    ],
)
def test_hostile_headers(tmp_path, edit, says):
    assert says in refused(tmp_path, rewritten(edit))


def test_nan_scale_is_refused(tmp_path):
    assert "NaN" in refused(tmp_path, rewritten(put("features", 2, "scale", float("nan")), True))


def test_a_file_that_doubles_itself_is_refused(tmp_path):
    """Sixty `literals` layers would be 2**60 bits: refused before anything is allocated."""

    def edit(header):
        bomb = [
            {"name": f"b{i}", "kind": "literals", "inputs": [i], "params": {}, "weights": {}}
            for i in range(60)
        ]
        header["layers"] = header["layers"][:1] + bomb

    assert "too large" in refused(tmp_path, rewritten(edit))


def test_float_thresholds_are_refused(tmp_path):
    from safetensors.numpy import load as from_safetensors
    from safetensors.numpy import save as to_safetensors

    data = to_bytes(model(True))
    (length,) = struct.unpack("<Q", data[:8])
    metadata = json.loads(data[8 : 8 + length])["__metadata__"]
    tensors = from_safetensors(data)
    tensors["encoder.threshold"] = np.full(5, np.nan, np.float32)
    assert "F32" in refused(tmp_path, to_safetensors(tensors, metadata=metadata))


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_flipped_bytes_are_refused_or_harmless(tmp_path_factory, data):
    """A damaged file gives the error or a net of the stored hash: never another exception."""
    good = bytearray(to_bytes(model(True)))
    for _ in range(data.draw(st.integers(1, 4))):
        good[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.getbasetemp() / "fuzz.dbnet"
    path.write_bytes(good)
    try:
        loaded = load(path)
    except InputError as error:
        assert "\n" not in str(error)
    else:
        assert model_hash(loaded.hard) == model_hash(small_net(True))


def test_as_model_keeps_a_model():
    kept = model()
    assert model_file.as_model(kept) is kept


def test_a_tensor_that_is_not_there_takes_no_memory(tmp_path):
    """Half a gigabyte is told of in 1 kB: the size of the file is asked before any is read."""
    entry = {"dtype": "U8", "shape": [1 << 28], "data_offsets": [0, 1 << 28]}
    header = json.dumps(
        {"__metadata__": {"db2hdl": '{"format":"db2hdl-model","version":1}'}, "a": entry}
    ).encode()
    tracemalloc.start()
    try:
        message = refused(tmp_path, struct.pack("<Q", len(header)) + header)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()
    assert "truncated" in message


def tensors_of(entries: dict, size: int) -> bytes:
    header = json.dumps(
        {"__metadata__": {"db2hdl": '{"format":"db2hdl-model","version":1}'}, **entries}
    ).encode()
    return struct.pack("<Q", len(header)) + header + bytes(size)


FOUR = {"dtype": "U8", "shape": [4]}


@pytest.mark.parametrize(
    ("entries", "says"),
    [
        ({"a": FOUR | {"data_offsets": [0, 4]}, "b": FOUR | {"data_offsets": [2, 6]}}, "'b' does"),
        ({"a": {"dtype": "U8", "shape": [4], "data_offsets": [2, 6]}}, "'a' does not follow"),
        ({"a": {"dtype": "U8", "shape": [3], "data_offsets": [0, 4]}}, "values of its shape"),
        ({"a": {"dtype": "F64", "shape": [1], "data_offsets": [0, 8]}}, "type 'F64'"),
        ({"a": {"dtype": "U8", "shape": [True], "data_offsets": [0, 1]}}, "damaged shape"),
        ({"a": {"dtype": "U8", "shape": [-1], "data_offsets": [0, 1]}}, "damaged shape"),
        ({"a": {"dtype": "U8", "shape": [1 << 70], "data_offsets": [0, 1]}}, "digits"),
        ({"a": {"dtype": "U8", "shape": [1.0], "data_offsets": [0, 1]}}, "damaged shape"),
        ({"a": {"dtype": "U8", "shape": [1] * 17, "data_offsets": [0, 1]}}, "damaged shape"),
        ({"a": {"dtype": "U8", "shape": [1 << 29, 2], "data_offsets": [0, 1]}}, "values of its"),
        ({"a": {"dtype": "U8", "shape": [1]}}, "damaged record"),
        ({"a": 3}, "damaged record"),
        ({str(i): {} for i in range(20_000)}, "20000 tensors"),
    ],
)  # fmt: skip
def test_hostile_tensors(tmp_path, entries, says):
    assert says in refused(tmp_path, tensors_of(entries, 6))
