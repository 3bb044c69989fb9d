"""IDX files: any size is read, and what is damaged gets one clear line."""

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from db2hdl.data.idx import Images, read_idx, read_image_folder
from db2hdl_hw.errors import InputError


def idx(array, kind=8) -> bytes:
    array = np.asarray(array, np.uint8)
    header = bytes([0, 0, kind, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return header + array.tobytes()


def folder(path: Path, zipped=False, dot=False, **parts) -> Path:
    rng = np.random.default_rng(0)
    arrays = {
        "train-images-idx3-ubyte": rng.integers(0, 256, (24, 3, 5)),
        "train-labels-idx1-ubyte": np.arange(24) % 3,
        "t10k-images-idx3-ubyte": rng.integers(0, 256, (6, 3, 5)),
        "t10k-labels-idx1-ubyte": np.arange(6) % 3,
    }
    for name, array in arrays.items():
        data = parts.get(name.split("-idx")[0].replace("-", "_"), idx(array))
        name = name.replace("-idx", ".idx") if dot else name
        if zipped:
            (path / f"{name}.gz").write_bytes(gzip.compress(data))
        else:
            (path / name).write_bytes(data)
    return path


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("dot", [False, True])
def test_folder(tmp_path, zipped, dot):
    images = read_image_folder(folder(tmp_path, zipped, dot), validation_share=0.25)
    assert isinstance(images, Images) and (images.height, images.width) == (3, 5)
    assert (len(images.train), len(images.validation), len(images.test)) == (18, 6, 6)
    assert images.classes == ("0", "1", "2") and len(images.sha256) == 4
    assert [f.name for f in images.features[4:6]] == ["p0_4", "p1_0"]
    assert {f.bits for f in images.features} == {8}
    raw = read_idx(next(tmp_path.glob("t10k-images*")), 3)
    assert (images.test.codes == raw.reshape(6, 15)).all()
    assert images.test.labels.tolist() == [0, 1, 2, 0, 1, 2]


def test_seed_decides_the_validation_images(tmp_path):
    folder(tmp_path)
    first, again, other = (read_image_folder(tmp_path, seed) for seed in (1, 1, 2))
    assert (first.validation.codes == again.validation.codes).all()
    assert (first.validation.codes != other.validation.codes).any()


@given(shape=st.tuples(*[st.integers(1, 9)] * 3), seed=st.integers(0, 999), zipped=st.booleans())
def test_round_trip(tmp_path_factory, shape, seed, zipped):
    array = np.random.default_rng(seed).integers(0, 256, shape)
    path = tmp_path_factory.mktemp("idx") / "a"
    path.write_bytes(gzip.compress(idx(array)) if zipped else idx(array))
    assert (read_idx(path, 3) == array).all()


def test_a_missing_file_says_which_and_where(tmp_path):
    (folder(tmp_path) / "t10k-labels-idx1-ubyte").unlink()
    with pytest.raises(InputError, match="t10k-labels-idx1-ubyte is missing: looked in ") as error:
        read_image_folder(tmp_path)
    assert str(tmp_path) in str(error.value) and "t10k-labels-idx1-ubyte.gz" in str(error.value)
    with pytest.raises(InputError, match="no such folder; it should hold train-images"):
        read_image_folder(tmp_path / "no")


GOOD = idx(np.zeros((4, 2, 2)))


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "not an IDX file; it starts with nothing"),
        (b"PNG!" * 9, "not an IDX file; it starts with 50 4e 47 21"),
        (idx(np.zeros((4, 2, 2)), kind=0x0D), "type 0x0d with 3 axes; wanted unsigned bytes"),
        (idx(np.zeros(4)), "with 1 axes"),
        (GOOD[:9], "truncated in its header"),
        (GOOD[:-1], "truncated; 15 of the 16 values"),
        (GOOD + b"x", "goes on after the 16 values"),
        (GOOD[:4] + b"\xff" * 12, "declares 4294967295 x 4294967295 x 4294967295 values"),
        (GOOD[:4] + bytes(12), "declares 0 x 0 x 0 values"),
        (gzip.compress(GOOD)[:-12], "damaged or truncated gzip"),
        (b"\x1f\x8b" + bytes(40), "damaged or truncated gzip"),
        (gzip.compress(GOOD[:4] + struct.pack(">3I", 4, 2, 2) + bytes(1 << 24)), "goes on after"),
    ],
    # The bytes are no names: gzip writes the time, and xdist's workers must agree on the names.
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_damaged_files(tmp_path, data, says):
    (tmp_path / "a").write_bytes(data)
    with pytest.raises(InputError, match=says):
        read_idx(tmp_path / "a", 3)


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        ({"train_labels": idx(np.zeros(24))}, "only one class"),
        ({"train_labels": idx(np.arange(23) % 2)}, "23 labels for the 24 images"),
        ({"t10k_labels": idx(np.full(6, 3))}, "label 3, but the training labels end at 2"),
        ({"t10k_images": idx(np.zeros((6, 4, 5)))}, "images of 4 x 5 pixels, but those of"),
        (
            {"train_images": idx(np.zeros((1, 3, 5))), "train_labels": idx([2])},
            "1 images are too few",
        ),
    ],
)
def test_files_that_do_not_fit_together(tmp_path, parts, says):
    with pytest.raises(InputError, match=says):
        read_image_folder(folder(tmp_path, **parts))


def test_a_directory_in_place_of_a_file(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_idx(tmp_path, 3)


@pytest.mark.parametrize("share", [0.0, 1.0, -0.5])
def test_bad_share(tmp_path, share):
    with pytest.raises(InputError, match="validation share"):
        read_image_folder(tmp_path, validation_share=share)
