"""Checkpoints: all that is needed to go on with a training as if it had not been interrupted."""

from __future__ import annotations

import io
import pickle
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from db2hdl_hw.errors import InputError
from db2hdl_hw.files import whole_file

FORMAT, VERSION = "db2hdl-checkpoint", 1


def write_checkpoint(path: Path, state: Mapping[str, Any]) -> None:
    """Write tensors, numbers, text and containers of them as a whole file or not at all."""
    memory = io.BytesIO()
    torch.save({"format": FORMAT, "version": VERSION, **state}, memory)
    with whole_file(path) as temporary:
        temporary.write_bytes(memory.getbuffer())


def read_checkpoint(path: Path) -> dict[str, Any]:
    """Return what `write_checkpoint` wrote; runs no code that the file may contain.

    Raises
    ------
    InputError
        If the file is missing, truncated, or no checkpoint of this version.
    """
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise InputError(f"{path}: no such checkpoint; train without --resume") from None
    except (
        OSError,
        EOFError,
        RuntimeError,
        ValueError,
        KeyError,
        pickle.UnpicklingError,
        zipfile.BadZipFile,
    ):
        raise InputError(f"{path}: not a checkpoint of db2hdl, or damaged; name another") from None
    if not isinstance(state, dict) or state.get("format") != FORMAT:
        raise InputError(f"{path}: not a checkpoint of db2hdl")
    if state.get("version") != VERSION:
        raise InputError(
            f"{path}: checkpoint version {state.get('version')!r}, this db2hdl reads {VERSION}"
        )
    return state
