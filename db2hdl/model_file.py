"""Model files ``.dbnet``: safetensors with one versioned JSON header; never pickle.

Layout: the metadata key ``db2hdl`` holds the whole header; tensors hold the weights, booleans
packed eight to a byte (``<layer>.weight``), integers as int32 (``encoder.feature``), and the coded
test rows (``test.codes``, ``test.labels``). Nothing in a file is trusted before it is checked.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save as to_safetensors

from db2hdl.features import Feature
from db2hdl.hardnet import HardLayer, HardNet
from db2hdl.hardshape import MAX_FEATURES, MAX_WEIGHTS
from db2hdl.tensor_file import MAX_HEADER, open_tensors
from db2hdl_hw.errors import InputError
from db2hdl_hw.files import check_target, whole_file
from db2hdl_hw.system.json_reader import read_json

FORMAT, VERSION = "db2hdl-model", 1
MAX_TEST_CODES = 1 << 27
"""Codes of all test rows; more are refused."""

_KEY = "db2hdl"
_HEADER = ("format", "version", "features", "classes", "layers", "model_hash", "test_rows")
_FEATURE = tuple(field.name for field in fields(Feature))
_LAYER = ("name", "kind", "inputs", "params", "weights")


@dataclass(frozen=True)
class Model:
    """A hard net with the test rows it was measured on and how it was trained.

    Attributes
    ----------
    hard : HardNet
    test_codes : array [rows, features] of uint16; may have no rows
    test_labels : array [rows] of int32, class indices
    provenance : mapping
        Training provenance: whatever JSON the trainer wrote. Not covered by the model hash.
    """

    hard: HardNet
    test_codes: NDArray[np.uint16]
    test_labels: NDArray[np.int32]
    provenance: Mapping[str, Any] = field(default_factory=dict)


def model_hash(hard: HardNet) -> str:
    """Return the SHA-256 (hex) of structure and weights, inputs and classes; not provenance."""
    digest = hashlib.sha256(_canonical(_structure(hard)).encode())
    for name, array in sorted(_weight_tensors(hard).items()):
        digest.update(f"\n{name} {array.dtype} {array.shape}\n".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def save(path: Path | str, model: Model | HardNet, *, force: bool = True) -> None:
    """Write a model file; the same model gives the same bytes.

    Raises
    ------
    InputError
        If the file exists and ``force`` is off, or its folder cannot be written.
    """
    path = Path(path)
    check_target(path, force=force)
    with whole_file(path, force=force) as temporary:
        temporary.write_bytes(to_bytes(as_model(model)))


def as_model(model: Model | HardNet) -> Model:
    """Return ``model``; a bare hard net becomes a model without test rows."""
    if isinstance(model, Model):
        return model
    no_rows = np.zeros((0, len(model.features)), np.uint16)
    return Model(model, no_rows, np.zeros(0, np.int32))


def to_bytes(model: Model) -> bytes:
    """Return the bytes of a model file."""
    tensors = _weight_tensors(model.hard)
    codes = np.ascontiguousarray(model.test_codes, dtype=np.uint16)
    all_bits = all(f.kind == "bit" for f in model.hard.features)
    tensors["test.codes"] = np.packbits(codes.astype(bool), axis=1) if all_bits else codes
    tensors["test.labels"] = np.ascontiguousarray(model.test_labels, dtype=np.int32)
    header = {
        "format": FORMAT,
        "version": VERSION,
        **_structure(model.hard),
        "model_hash": model_hash(model.hard),
        "test_rows": len(codes),
        "provenance": dict(model.provenance),
    }
    return to_safetensors(tensors, metadata={_KEY: _canonical(header)})


def load(path: Path | str) -> Model:
    """Read and check a model file.

    Raises
    ------
    InputError
        If it is missing, truncated, not a model file, newer than this version, inconsistent or
        hostile; one line that says which.
    """
    path = Path(path)
    header, tensors = _read(path)
    try:
        return _model(header, tensors)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise InputError(
            f"{path}: damaged model header ({type(error).__name__}: {error})"
        ) from None


def _read(path: Path) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Return the header, checked for its version, and then the tensors."""
    file = open_tensors(path)
    if _KEY not in file.metadata:
        raise InputError(f"{path}: a safetensors file, but not a db2hdl model")
    text = file.metadata[_KEY].encode()
    header = read_json(text, f"{path}: the model header", max_bytes=MAX_HEADER)
    _check_version(path, header)
    return header, file.tensors()


def _check_version(path: Path, header: object) -> None:
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise InputError(f"{path}: a safetensors file, but not a db2hdl model")
    version = header.get("version")
    if type(version) is not int or version < 1:
        raise InputError(f"{path}: damaged model header (version {version!r})")
    if version > VERSION:
        raise InputError(
            f"{path}: model format {version} is newer than this db2hdl reads ({VERSION}); "
            "upgrade db2hdl"
        )


def _model(header: dict[str, Any], tensors: dict[str, NDArray[Any]]) -> Model:
    _check_keys("the header", header, (*_HEADER, "provenance"))
    if len(_list(header, "features")) > MAX_FEATURES:
        raise InputError(f"the net is too large: it has more than {MAX_FEATURES} features")
    features = tuple(_feature(record) for record in header["features"])
    classes = tuple(_list(header, "classes"))
    if not all(isinstance(name, str) for name in classes):
        raise InputError("class names must be text")
    _check_sizes(_list(header, "layers"))
    layers = tuple(_layer(record, tensors) for record in header["layers"])
    hard = HardNet(features, layers, classes)
    known = {f"{layer.name}.{w}" for layer in layers for w in layer.weights}
    extra = sorted(set(tensors) - known - {"test.codes", "test.labels"})
    if extra:
        raise InputError(f"unexpected tensor {extra[0]!r}")
    if header["model_hash"] != model_hash(hard):
        raise InputError("the model hash in the header is not that of the weights; file damaged")
    codes, labels = _test_rows(header["test_rows"], hard, tensors)
    if not isinstance(header["provenance"], dict):
        raise InputError("provenance must be an object")
    return Model(hard, codes, labels, header["provenance"])


def _list(header: dict[str, Any], key: str) -> list[Any]:
    value = header[key]
    if not isinstance(value, list):
        raise InputError(f"{key} must be a list")
    return value


def _check_keys(what: str, record: Any, keys: Sequence[str]) -> None:
    if not isinstance(record, dict) or set(record) != set(keys):
        wrong = sorted(set(record) ^ set(keys)) if isinstance(record, dict) else [str(record)[:20]]
        raise InputError(f"damaged model header: {wrong[0]!r} in {what}")


def _check_sizes(records: list[Any]) -> None:
    """Check the shapes of all weights, and their sum, before any is unpacked."""
    total = 0
    for record in records:
        _check_keys("a layer", record, _LAYER)
        if not isinstance(record["weights"], dict):
            raise InputError("a layer's weights must be an object")
        for key, shape in record["weights"].items():
            if not isinstance(shape, list) or not all(type(n) is int and n > 0 for n in shape):
                raise InputError(f"weight {key!r} of a layer: damaged shape {str(shape)[:60]}")
            total += math.prod(shape)
    if total > MAX_WEIGHTS:
        raise InputError(f"the net has more than {MAX_WEIGHTS} weights")


def _feature(record: Any) -> Feature:
    _check_keys("a feature", record, _FEATURE)
    numbers = (record["offset"], record["scale"])
    if not isinstance(record["name"], str) or not all(type(n) in (int, float) for n in numbers):
        raise InputError(f"damaged feature {str(record['name'])[:80]!r}")
    return Feature(
        record["name"], record["kind"], record["bits"], record["offset"], float(record["scale"])
    )


def _layer(record: dict[str, Any], tensors: dict[str, NDArray[Any]]) -> HardLayer:
    name, kind, inputs, params = (record[key] for key in ("name", "kind", "inputs", "params"))
    if not isinstance(name, str) or not isinstance(kind, str):
        raise InputError("a layer's name and kind must be text")
    if not isinstance(inputs, list) or not all(type(i) is int for i in inputs):
        raise InputError(f"layer {name!r}: inputs must be layer numbers")
    if not isinstance(params, dict):
        raise InputError(f"layer {name!r}: params must be an object")
    weights = {
        key: _weight(f"{name}.{key}", shape, tensors) for key, shape in record["weights"].items()
    }
    return HardLayer(name, kind, tuple(inputs), params, weights)


def _weight(name: str, shape: list[int], tensors: dict[str, NDArray[Any]]) -> NDArray[Any]:
    tensor = tensors.get(name)
    if tensor is None:
        raise InputError(f"tensor {name!r} is missing")
    count = math.prod(shape)
    if name.endswith(".weight"):
        if tensor.dtype != np.uint8 or tensor.shape != ((count + 7) // 8,):
            raise InputError(f"tensor {name!r} does not hold the {count} bits of its shape {shape}")
        if count % 8 and tensor[-1] & (0xFF >> count % 8):
            raise InputError(f"tensor {name!r} has bits after its last weight")
        return np.unpackbits(tensor, count=count).astype(np.bool_).reshape(shape)
    if tensor.dtype != np.int32 or list(tensor.shape) != shape:
        raise InputError(f"tensor {name!r} must be int32 {shape}, not {tensor.dtype}")
    return tensor


def _test_rows(
    rows: Any, hard: HardNet, tensors: dict[str, NDArray[Any]]
) -> tuple[NDArray[np.uint16], NDArray[np.int32]]:
    codes, labels, count = tensors["test.codes"], tensors["test.labels"], len(hard.features)
    if type(rows) is not int or not 0 <= rows * count <= MAX_TEST_CODES:
        raise InputError(f"at most {MAX_TEST_CODES} codes of test rows are read, not {rows!r} rows")
    if all(f.kind == "bit" for f in hard.features):
        if codes.dtype != np.uint8 or codes.shape != (rows, (count + 7) // 8):
            raise InputError("test rows do not fit the features")
        if count % 8 and (codes[:, -1] & (0xFF >> count % 8)).any():
            raise InputError("a test row has bits after its last feature")
        codes = np.unpackbits(codes, axis=1, count=count).astype(np.uint16)
    if codes.dtype != np.uint16 or codes.shape != (rows, count):
        raise InputError("test rows do not fit the features")
    if (codes > np.array([f.top for f in hard.features])).any():
        raise InputError("a test row has a code outside its feature's range")
    if labels.dtype != np.int32 or labels.shape != (rows,):
        raise InputError("test labels do not fit the test rows")
    if rows and (labels.min() < 0 or labels.max() >= max(1, len(hard.classes))):
        raise InputError("a test label is not the index of a class")
    return codes, labels


def _structure(hard: HardNet) -> dict[str, Any]:
    layers = [
        {
            "name": layer.name,
            "kind": layer.kind,
            "inputs": list(layer.inputs),
            "params": dict(layer.params),
            "weights": {key: list(array.shape) for key, array in layer.weights.items()},
        }
        for layer in hard.layers_
    ]
    return {
        "features": [dict(vars(feature)) for feature in hard.features],
        "classes": list(hard.classes),
        "layers": layers,
    }


def _weight_tensors(hard: HardNet) -> dict[str, NDArray[Any]]:
    tensors: dict[str, NDArray[Any]] = {}
    for layer in hard.layers_:
        for key, array in layer.weights.items():
            packed = np.packbits(array.ravel()) if key == "weight" else array.astype(np.int32)
            tensors[f"{layer.name}.{key}"] = np.ascontiguousarray(packed)
    return tensors


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
