"""``build.json``: what a build for a board says of itself, and whether a folder still is it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from db2hdl_hw.emit import evidence
from db2hdl_hw.emit.bundle import EVIDENCE
from db2hdl_hw.emit.manifest import MANIFEST, Entry, files_in, is_inside, same
from db2hdl_hw.errors import InputError
from db2hdl_hw.files import check_target, foreign
from db2hdl_hw.system.json_reader import read_json
from db2hdl_hw.system.reading import read_bytes

RECORD = "build.json"
FORMAT, VERSION = "db2hdl-build", 1
_KINDS = {"board": str, "top": str, "baud": int, "bitstream": str | None, "files": dict}
"""What others read of a build's record."""

CORE = "ip"


def check_build_target(path: Path, *, force: bool) -> None:
    """Refuse a target for a build, even with ``force`` if anything in it is not ours.

    Raises
    ------
    InputError
        As ``check_target`` of a folder, and ``check_ours``.
    """
    check_target(path, force=force, folder=True)
    if path.exists():
        check_ours(path)


def check_ours(folder: Path) -> None:
    """Refuse a folder in which is anything but a build, with evidence, as db2hdl wrote it.

    Raises
    ------
    InputError
        Names the first file that the record does not list, or lists with other bytes.
    """
    if not any(folder.iterdir()):
        return
    place = f"{CORE}/{EVIDENCE}"
    try:
        listed = read_record(folder)["files"]
        known = {path: Entry(str(digest), -1) for path, digest in listed.items()}
        records = evidence.read(folder / place)
        known |= {f"{place}/{name}": record.entry for name, record in records.items()}
        present = files_in(folder)
    except InputError as error:
        raise InputError(f"{error}; so --force does not replace {folder}") from error
    for path in present:
        if path in (RECORD, f"{place}/{MANIFEST}"):
            continue
        if path not in known:
            raise foreign(folder / path)
        size = known[path].size
        size = (folder / path).stat().st_size if size < 0 else size
        if not same(folder / path, Entry(known[path].sha256, size)):
            raise foreign(folder / path, "was changed since db2hdl wrote it")


def read_record(folder: Path) -> dict[str, Any]:
    """Return what the ``build.json`` of a build says.

    Raises
    ------
    InputError
        If the folder is no build.
    """
    file = folder / RECORD
    try:
        record: dict[str, Any] = read_json(read_bytes(file), RECORD, max_bytes=1 << 20)
        if record["format"] != FORMAT or record["version"] != VERSION:
            raise KeyError("format")
        wrong = [name for name, kind in _KINDS.items() if not isinstance(record[name], kind)]
        if wrong:
            raise TypeError(f"{wrong[0]!r} is of the wrong kind")
        for name in filter(None, (record["bitstream"], f"{record['top']}.bit")):
            if not is_inside(name):
                raise ValueError(f"{name!r} is not the path of a file inside it")
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(
            f"{folder} is no build; make one with db2hdl build ({RECORD}: {error})"
        ) from error
    return record
