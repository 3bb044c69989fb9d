"""A model, bundle or earlier build becomes a bitstream for a board."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from db2hdl.bundle import export
from db2hdl.model_file import load, model_hash
from db2hdl_hw.boards.build import Progress
from db2hdl_hw.boards.build import build as build_bundle
from db2hdl_hw.boards.catalogue import find_board
from db2hdl_hw.boards.device import BAUD
from db2hdl_hw.boards.programs import LIMIT
from db2hdl_hw.boards.record import CORE, RECORD, check_build_target
from db2hdl_hw.emit.bundle import Bundle
from db2hdl_hw.errors import MismatchError
from db2hdl_hw.system.temporary import scratch


def build(
    source: Path | str,
    board: str,
    path: Path | str,
    *,
    baud: int = BAUD,
    target_mhz: float | None = None,
    timeout: float = LIMIT,
    force: bool = False,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Build a model file or a bundle for a board; return what ``build.json`` says.

    Parameters
    ----------
    source : path
        A ``.dbnet`` file, a bundle, or an earlier build.
    board : str
        As ``db2hdl boards`` lists them.
    path : path
        The folder to make.
    baud, target_mhz, timeout, force, progress
        As ``db2hdl_hw.boards.build.build``.

    Raises
    ------
    InputError
        On an unknown board, a target in the way, a bad source, or an impossible clock.
    MismatchError
        If the parts of the bundle do not belong together.
    ToolError
        If a tool is missing.
    SynthesisError
        If the net does not fit, cannot be routed, or misses timing.
    """
    chosen = find_board(board)
    check_build_target(Path(path), force=force)
    with bundle_of(Path(source), chosen.target, progress) as bundle:
        return build_bundle(
            bundle,
            chosen,
            Path(path),
            baud=baud,
            target_mhz=target_mhz,
            timeout=timeout,
            force=force,
            progress=progress,
        )


@contextmanager
def bundle_of(source: Path, target: str, progress: Progress | None = None) -> Iterator[Bundle]:
    """Yield the bundle of a model file (made for the while, for a target), a bundle, or a build.

    Raises
    ------
    InputError
        If it is none of them.
    MismatchError
        If the bundle's model is not the one its interface was written for.
    """
    if source.is_dir():
        bundle = Bundle.open(source / CORE if (source / RECORD).is_file() else source)
        found = model_hash(load(bundle.model).hard)
        if found != bundle.interface.model_hash:
            raise MismatchError(
                f"{bundle.model} is not the model that {bundle.path} was made from: its hash is "
                f"{found[:12]}…, not {bundle.interface.model_hash[:12]}…; export it again"
            )
        yield bundle
        return
    model = load(source)
    with scratch("export") as folder:
        yield Bundle.open(export(model, folder / "ip", target=target, progress=progress))
