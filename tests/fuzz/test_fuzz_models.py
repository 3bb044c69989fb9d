"""Model files, changed in header, tensors and bytes; then often with the hash made right again."""

import hashlib
import json
import struct
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
from fuzz_tools import Finding, Mutator, examples, little_memory, only_inside, refused

from db2hdl import hardshape
from db2hdl.hardnet import HardNet
from db2hdl.lower import LOWER, lower, port_names
from db2hdl.model_file import Model, load, model_hash, to_bytes
from db2hdl_hw.netlist.interpret import evaluate

MOST_BITS = 3000
"""Nets of more bits are loaded, but not evaluated."""


@pytest.fixture(scope="module")
def models(small_model, random_hard_net):
    nets = [random_hard_net(seed) for seed in range(12)]
    rows = [np.array([[0] * len(n.features), [f.top for f in n.features]]) for n in nets]
    made = [
        Model(net, codes.astype(np.uint16), np.zeros(2, np.int32), {"seed": 1})
        for net, codes in zip(nets, rows, strict=True)
    ]
    return [small_model, *made]


def changed(rng: Mutator, model: Model) -> bytes:
    """A model file with something changed at one of its levels."""
    data = to_bytes(model)
    (length,) = struct.unpack("<Q", data[:8])
    outer, tensors = json.loads(data[8 : 8 + length]), data[8 + length :]
    level = rng.randrange(8)
    if level == 0:
        return rng.bytes(data)
    if level == 1:
        outer = rng.json(outer)
    else:
        header = json.loads(outer["__metadata__"]["db2hdl"])
        if level in (2, 3):
            tensors = flipped(rng, tensors)
        else:
            header = rng.json(header, 1 if level > 5 else 2)
        if level % 2 and isinstance(header, dict):
            header["model_hash"] = right_hash(header, outer, tensors)
        text = rng.dump(header) if level == 4 else json.dumps(header).encode()
        outer["__metadata__"]["db2hdl"] = text.decode("utf-8", "surrogateescape")
    text = json.dumps(outer).encode()
    size = rng.choice([0, 1, 1 << 40, len(data)]) if rng.random() < 0.05 else len(text)
    return struct.pack("<Q", size) + text + tensors


def flipped(rng: Mutator, tensors: bytes) -> bytes:
    """Tensors of the same length with a few bits flipped."""
    data = bytearray(tensors)
    for _ in range(rng.randint(1, 3)):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(data)


def right_hash(header: dict, outer: dict, tensors: bytes) -> str:
    """The hash of whatever a header says, so that more than the hash has to refuse it."""
    structure = {key: header.get(key) for key in ("features", "classes", "layers")}
    digest = hashlib.sha256(
        json.dumps(structure, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()
    )
    types = {"U8": np.uint8, "I32": np.int32, "U16": np.uint16}
    for name, entry in sorted(outer.items()):
        if not name.startswith(("__", "test.")):
            begin, end = entry["data_offsets"]
            array = np.frombuffer(tensors[begin:end], types[entry["dtype"]])
            digest.update(f"\n{name} {array.dtype} {tuple(entry['shape'])}\n".encode())
            digest.update(array.tobytes())
    return digest.hexdigest()


def check_meaning(path: Path, loaded: Model, what: str) -> None:
    """What was accepted is written back the same, and its netlist computes what the net does."""
    hard = loaded.hard
    path.write_bytes(to_bytes(loaded))
    again = load(path)
    if model_hash(again.hard) != model_hash(hard) or to_bytes(again) != path.read_bytes():
        raise Finding(f"{what}: does not come back")
    if sum(int(np.prod(shape)) for shape in hard.shapes) > MOST_BITS:
        return
    codes = np.array([[0] * len(hard.features), [f.top for f in hard.features]])
    netlist = refused(lambda: lower(hard), what)
    if netlist is None:
        return
    got = evaluate(netlist, port_values(hard, codes))
    port, wanted = ("class_index", hard.predict(codes)) if hard.classes else ("y", hard.bits(codes))
    if (got[port].reshape(wanted.shape) != wanted).any():
        raise Finding(f"{what}: the netlist is not the net")


def port_values(net: HardNet, codes: np.ndarray) -> dict[str, np.ndarray]:
    is_bit = np.array([feature.kind == "bit" for feature in net.features])
    ports = port_names(net)
    values = {ports[f.name]: codes[:, i] for i, f in enumerate(net.features) if f.kind == "real"}
    return values | ({"x": codes[:, is_bit].astype(bool)} if is_bit.any() else {})


def fuzz_models(models: list[Model], scratch: Path, count: int, seed: int = 0) -> int:
    """Try so many changed models; return how many were accepted."""
    accepted = 0
    path = scratch / "m.dbnet"
    for example in range(count):
        rng = Mutator(seed * 1_000_003 + example)
        what = f"model fuzzer, seed {seed}, example {example}"
        path.write_bytes(changed(rng, rng.choice(models)))
        with little_memory(what) if example % 4 == 0 else nullcontext():
            loaded = refused(lambda: load(path), what)
        if loaded is not None:
            accepted += 1
            check_meaning(path, loaded, what)
    return accepted


@pytest.mark.parametrize("long", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_models(models, tmp_path, long):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with only_inside(scratch):
        accepted = fuzz_models(models, scratch, examples(400, long))
    assert accepted > 10  # else it looks at refusals only


@pytest.mark.parametrize(
    ("place", "name", "harmless"),
    [
        (hardshape, "_check_encoder", lambda layer, net: None),
        (hardshape, "_check_place", lambda layer, index, count, seen: None),
    ],
    ids=["bounds of the encoder", "places of layers"],
)
def test_a_check_that_is_gone_is_found(models, tmp_path, monkeypatch, place, name, harmless):
    monkeypatch.setattr(place, name, harmless)
    with pytest.raises(Finding):
        fuzz_models(models, tmp_path, 1500)


def test_a_wrong_meaning_is_found(models, tmp_path, monkeypatch):
    monkeypatch.setitem(LOWER, "or", LOWER["and"])
    with pytest.raises(Finding, match="the netlist is not the net"):
        fuzz_models(models, tmp_path, 400)
