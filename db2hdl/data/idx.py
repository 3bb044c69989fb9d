"""Read IDX files, plain or gzip: the format of MNIST and of data sets made in its likeness.

A file is two zero bytes, a type, the number of axes, the axes as big-endian 32-bit numbers, and the
values; here always unsigned bytes. A data set is a folder of four such files.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from db2hdl.data.dataset import Dataset, Split, check_seed
from db2hdl.features import Feature
from db2hdl_hw.errors import InputError
from db2hdl_hw.system.plain_file import check_plain_file

UNSIGNED_BYTE = 0x08
MOST_BYTES = 1 << 31
"""Files that declare more values than this are refused."""

MOST_PIXELS = 1 << 20
"""Images of more pixels than this are refused."""

FILES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)
"""What a folder holds, each plain or with ``.gz``."""

VALIDATION_SHARE = 1 / 12
"""Of the training images: 5,000 of MNIST's 60,000."""

Bytes = NDArray[np.uint8]


@dataclass(frozen=True)
class Images(Dataset):
    """A dataset whose features are the pixels of images, row by row.

    Attributes
    ----------
    height, width : int
        Of every image; feature ``row * width + column`` is one pixel, 0..255.
    """

    height: int = 0
    width: int = 0


def read_image_folder(
    folder: str | os.PathLike[str],
    seed: int = 0,
    validation_share: float = VALIDATION_SHARE,
) -> Images:
    """Return the images of a folder with MNIST's four files, of any size and number of classes.

    The files are ``FILES``, plain or with ``.gz``; a dot instead of the dash before ``idx`` does,
    too. Validation images are drawn from the training images.

    Raises
    ------
    InputError
        If a file is missing (says which, and where it looked), is no IDX file, is truncated or too
        large; if numbers, sizes or classes do not fit together; or on a bad seed or share.
    """
    check_seed(seed)
    if not 0 < validation_share < 1:
        raise InputError(f"validation share must be between 0 and 1, not {validation_share}")
    paths = [_find(Path(folder), part, kind) for part in ("train", "t10k") for kind in _KINDS]
    images, labels = _pair(paths[0], paths[1])
    test_images, test_labels = _pair(paths[2], paths[3])
    if test_images.shape[1:] != images.shape[1:]:
        raise InputError(
            f"{paths[2]}: images of {_size(test_images)} pixels, but those of {paths[0]} are "
            f"{_size(images)}"
        )
    classes = int(labels.max()) + 1
    if classes < 2:
        raise InputError(f"{paths[1]}: only one class")
    if int(test_labels.max()) >= classes:
        raise InputError(
            f"{paths[3]}: label {test_labels.max()}, but the training labels end at {classes - 1}"
        )
    order = np.random.default_rng(seed).permutation(len(images))
    count = max(1, round(len(images) * validation_share))
    if count >= len(images):
        raise InputError(f"{paths[0]}: {len(images)} images are too few to split off validation")
    height, width = images.shape[1:]
    return Images(
        name=str(folder),
        features=tuple(pixel_features(height, width)),
        classes=tuple(str(c) for c in range(classes)),
        train=_split(images[order[count:]], labels[order[count:]]),
        validation=_split(images[order[:count]], labels[order[:count]]),
        test=_split(test_images, test_labels),
        sha256=tuple(hashlib.sha256(path.read_bytes()).hexdigest() for path in paths),
        height=height,
        width=width,
    )


def pixel_features(height: int, width: int, bits: int = 8) -> list[Feature]:
    """Return one feature of so many bits per pixel, ``p<row>_<column>``, row by row."""
    return [Feature(f"p{y}_{x}", "real", bits) for y in range(height) for x in range(width)]


def read_idx(path: Path, axes: int) -> Bytes:
    """Return the unsigned bytes of an IDX file with so many axes; gzip is recognised by content.

    Raises
    ------
    InputError
        If it cannot be read, is no such IDX file, is truncated, goes on after its values, or
        declares more than ``MOST_BYTES``; nothing of such size is read or allocated.
    """
    check_plain_file(path)
    try:
        with path.open("rb") as file:
            zipped = file.read(2) == b"\x1f\x8b"
            file.seek(0)
            if not zipped:
                return _parse(file, path, axes)
            with gzip.open(file) as unzipped:
                return _parse(unzipped, path, axes)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(f"{path}: damaged or truncated gzip file ({error})") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error})") from None


_KINDS = ("images-idx3", "labels-idx1")


def _find(folder: Path, part: str, kind: str) -> Path:
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; it should hold {part}-{kind}-ubyte or .gz")
    name = f"{part}-{kind}-ubyte"
    dotted = name.replace("-idx", ".idx")
    tried = [name, f"{name}.gz", dotted, f"{dotted}.gz"]
    for candidate in tried:
        if (folder / candidate).is_file():
            return folder / candidate
    raise InputError(f"{name} is missing: looked in {folder.resolve()} for {', '.join(tried)}")


def _pair(images_path: Path, labels_path: Path) -> tuple[Bytes, Bytes]:
    images, labels = read_idx(images_path, 3), read_idx(labels_path, 1)
    if len(images) != len(labels):
        raise InputError(
            f"{labels_path}: {len(labels)} labels for the {len(images)} images of {images_path}"
        )
    if prod(images.shape[1:]) > MOST_PIXELS:
        raise InputError(f"{images_path}: images of {_size(images)} pixels are too large")
    return images, labels


def _parse(file: BinaryIO | gzip.GzipFile, path: Path, axes: int) -> Bytes:
    magic = file.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0":
        raise InputError(f"{path}: not an IDX file; it starts with {magic.hex(' ') or 'nothing'}")
    if magic[2] != UNSIGNED_BYTE or magic[3] != axes:
        raise InputError(
            f"{path}: an IDX file of type 0x{magic[2]:02x} with {magic[3]} axes; "
            f"wanted unsigned bytes (0x08) with {axes}"
        )
    header = file.read(4 * axes)
    if len(header) < 4 * axes:
        raise InputError(f"{path}: truncated in its header")
    shape = struct.unpack(f">{axes}I", header)
    count = prod(shape)
    if not 0 < count <= MOST_BYTES:
        declared = " x ".join(map(str, shape))
        raise InputError(f"{path}: declares {declared} values; 1 to {MOST_BYTES} can be read")
    data = b"".join(_pieces(file, count))
    if len(data) < count:
        raise InputError(f"{path}: truncated; {len(data)} of the {count} values it declares")
    if file.read(1):
        raise InputError(f"{path}: goes on after the {count} values it declares")
    return np.frombuffer(data, dtype=np.uint8).reshape(shape)


def _pieces(file: BinaryIO | gzip.GzipFile, count: int) -> Iterator[bytes]:
    """Yield so many bytes, or all there are; read(n) would take memory for n bytes at once."""
    while count and (piece := file.read(min(count, 1 << 20))):
        yield piece
        count -= len(piece)


def _split(images: Bytes, labels: Bytes) -> Split:
    return Split(images.reshape(len(images), -1).astype(np.uint16), labels.astype(np.int64))


def _size(images: Bytes) -> str:
    return f"{images.shape[1]} x {images.shape[2]}"
