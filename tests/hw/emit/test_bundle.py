"""A bundle is written whole or not at all, and opened only when it is all there."""

import json
from pathlib import Path

import numpy as np
import pytest

from db2hdl_hw.emit.bundle import Bundle, write_bundle
from db2hdl_hw.emit.interface import InputPort, Interface, OutputPort
from db2hdl_hw.emit.manifest import MANIFEST, make
from db2hdl_hw.emit.vectors import format_hex, format_labels
from db2hdl_hw.errors import InputError

INTERFACE = Interface(
    top="core",
    model_hash="ab",
    inputs=(InputPort("x", 2, ("a", "b")),),
    outputs=(OutputPort("class_index", 1, "index"),),
    classes=("no", "yes"),
)
NETS = {"layers": [{"name": "l0_and", "nets": ["core.l0_and.l0_and_0", "1", None]}]}


@pytest.fixture
def parts() -> dict[str, bytes]:
    return {
        "rtl/core.v": b"module core(); endmodule\n",
        "rtl/nets.json": json.dumps(NETS).encode(),
        "model.dbnet": b"model",
        "interface.json": INTERFACE.dumps().encode(),
        "vectors/test_inputs.hex": format_hex([[True, False], [False, True]]),
        "vectors/test_expected.hex": format_hex([[True], [False]]),
        "vectors/test_labels.txt": format_labels([1, 0]),
    }


def test_written_and_opened(tmp_path: Path, parts: dict[str, bytes]) -> None:
    write_bundle(tmp_path / "B", parts)
    bundle = Bundle.open(tmp_path / "B")
    assert bundle.interface == INTERFACE
    assert [path.read_bytes() for path in bundle.rtl] == [parts["rtl/core.v"]]
    assert bundle.model.read_bytes() == b"model"
    assert bundle.has_vectors
    assert (bundle.inputs() == np.eye(2)).all()
    assert bundle.expected().tolist() == [[True], [False]]
    assert bundle.labels().tolist() == [1, 0]
    assert bundle.nets() == {"l0_and": ["core.l0_and.l0_and_0", "1", None]}
    assert not bundle.evidence.exists()


def test_without_vectors(tmp_path: Path, parts: dict[str, bytes]) -> None:
    write_bundle(tmp_path / "B", {k: v for k, v in parts.items() if not k.startswith("vectors")})
    bundle = Bundle.open(str(tmp_path / "B"))
    assert not bundle.has_vectors
    with pytest.raises(InputError, match="cannot read"):
        bundle.inputs()


@pytest.mark.parametrize(
    "missing", ["rtl/core.v", "rtl/nets.json", "model.dbnet", "interface.json"]
)
def test_incomplete_parts_leave_nothing(
    tmp_path: Path, parts: dict[str, bytes], missing: str
) -> None:
    del parts[missing]
    with pytest.raises(InputError, match=Path(missing).name):
        write_bundle(tmp_path / "B", parts)
    assert list(tmp_path.iterdir()) == []


def test_half_the_vectors(tmp_path: Path, parts: dict[str, bytes]) -> None:
    del parts["vectors/test_expected.hex"]
    with pytest.raises(InputError, match="only one of"):
        write_bundle(tmp_path / "B", parts)


@pytest.mark.parametrize("name", ["../out", "/out", ""])
def test_files_stay_inside(tmp_path: Path, parts: dict[str, bytes], name: str) -> None:
    with pytest.raises(InputError, match="inside a bundle"):
        write_bundle(tmp_path / "B", parts | {name: b""})
    assert list(tmp_path.iterdir()) == []


def test_an_existing_folder_needs_force(tmp_path: Path, parts: dict[str, bytes]) -> None:
    parts[MANIFEST] = make(parts, model_hash="", options={})
    write_bundle(tmp_path / "B", parts)
    with pytest.raises(InputError, match="--force"):
        write_bundle(tmp_path / "B", parts)
    with pytest.raises(InputError, match="inside"):
        write_bundle(tmp_path / "B", {"..": b""}, force=True)
    assert Bundle.open(tmp_path / "B").has_vectors
    write_bundle(tmp_path / "B", parts | {"model.dbnet": b"other"}, force=True)
    assert Bundle.open(tmp_path / "B").model.read_bytes() == b"other"


def test_what_is_no_bundle(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="gone does not exist; make one with db2hdl export"):
        Bundle.open(tmp_path / "gone")
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="file is not a folder"):
        Bundle.open(tmp_path / "file")
    with pytest.raises(InputError, match=r"is not a bundle: it has no interface\.json"):
        Bundle.open(tmp_path)
    (tmp_path / "interface.json").write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match=r"interface\.json is not UTF-8"):
        Bundle.open(tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", r"nets\.json is not JSON"),
        ("[]", "must be an object"),
        ('{"layers": [{"nets": []}]}', r"layers\[0\] has no 'name'"),
        ('{"layers": [{"name": "a", "nets": [3]}]}', r"layers\[0\]: 'nets' must be texts or null"),
    ],
)
def test_bad_net_maps(tmp_path: Path, parts: dict[str, bytes], text: str, message: str) -> None:
    write_bundle(tmp_path / "B", parts | {"rtl/nets.json": text.encode()})
    with pytest.raises(InputError, match=message):
        Bundle.open(tmp_path / "B").nets()
