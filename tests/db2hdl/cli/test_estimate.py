"""``db2hdl estimate`` takes models and bundles."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

Run = Callable[..., Any]


def test_models_and_bundles_on_all_targets_or_one(db2hdl: Run, small_bundle: Path) -> None:
    whole = db2hdl("estimate", small_bundle, "--json").json
    assert list(whole) == ["ice40", "ecp5", "gowin", "xc7"]
    one = db2hdl("estimate", small_bundle / "model.dbnet", "--target", "xc7", "--json").json
    assert one == {"xc7": whole["xc7"]} and one["xc7"]["luts"] > 0
    shown = db2hdl("estimate", small_bundle)
    assert shown.code == 0 and "all in one" in shown.out and "not synthesised" in shown.out


def test_bad_input(db2hdl: Run, small_bundle: Path, tmp_path: Path) -> None:
    done = db2hdl("estimate", small_bundle, "--target", "xc")
    assert done.code == 2 and "did you mean 'xc7'" in done.err
    assert db2hdl("estimate", tmp_path / "none.dbnet").code == 2
