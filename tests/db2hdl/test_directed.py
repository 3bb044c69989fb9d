"""Directed vectors of an exported bundle, and the score that it states of all its vectors."""

import json
import os
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from db2hdl.bundle import arguments, bundle_parts, export
from db2hdl.directed import SCORE, Directed, directed_of, floor_percent, from_bytes
from db2hdl.model_file import Model
from db2hdl.verify.vectors import check_vectors
from db2hdl_hw.emit import manifest
from db2hdl_hw.emit.bundle import Bundle
from db2hdl_hw.errors import InputError, MismatchError

pytest.importorskip("pysat")


@pytest.fixture
def without_data(small_model: Model) -> Model:
    return replace(
        small_model, test_codes=small_model.test_codes[:0], test_labels=small_model.test_labels[:0]
    )


def test_the_score_stands_in_file_and_datasheet(small_bundle: Path) -> None:
    record = json.loads((small_bundle / SCORE).read_text())
    measured = record["measured"]
    assert measured["caught"] + measured["equivalent"] + measured["missed"] == measured["faults"]
    assert float(record["score_percent"]) >= 99 and not record["stopped"]
    assert f"{record['score_percent']} % of" in (small_bundle / "DATASHEET.md").read_text()


def test_two_exports_are_the_same_bytes(small_model: Model, tmp_path: Path) -> None:
    one, two = (export(small_model, tmp_path / name) for name in "ab")
    files = manifest.files_in(one)
    assert SCORE in files
    assert all((one / name).read_bytes() == (two / name).read_bytes() for name in files)


def test_a_net_without_data_gets_vectors_and_benches(without_data: Model, tmp_path: Path) -> None:
    bundle = Bundle.open(export(without_data, tmp_path / "b"))
    words, expected = bundle.directed() or pytest.fail("no directed vectors")
    assert len(words) == len(expected) > 0 and not bundle.has_vectors
    assert f"DIRECTED_ROWS_ = {len(words)};" in (bundle.path / "tb" / "top_tb.v").read_text()
    assert "directed_inputs" in (bundle.path / "tb" / "test_top.py").read_text()


def test_no_seconds_make_no_vectors(without_data: Model, tmp_path: Path) -> None:
    bundle = export(without_data, tmp_path / "b", vector_seconds=0)
    assert not (bundle / "vectors").exists() and not (bundle / "tb").exists()
    with pytest.raises(InputError, match="give 0 or more"):
        export(without_data, tmp_path / "c", vector_seconds=-1)


def test_without_the_vectors_the_stated_score_is_not_what_comes_out(
    without_data: Model, tmp_path: Path
) -> None:
    bundle = Bundle.open(export(without_data, tmp_path / "b"))
    options = arguments(manifest.read(bundle.path).options)
    known = directed_of(bundle)
    again = bundle_parts(without_data, **options, directed=known)
    assert {name: (bundle.path / name).read_bytes() for name in again} == again
    fewer = bundle_parts(without_data, **options, directed=replace(known, words=known.words[:1]))
    assert fewer[SCORE] != again[SCORE]


def test_a_false_claim_of_equivalence_fails(small_bundle: Path) -> None:
    bundle = Bundle.open(small_bundle)
    assert check_vectors(bundle).passed
    file = small_bundle / SCORE
    record = json.loads(file.read_text())
    gate = 2 + bundle.interface.inputs[0].width  # the buffer behind the first input bit
    file.write_text(json.dumps({**record, "shows_nothing": [[gate, 3]]}))
    with pytest.raises(MismatchError, match="is not equivalent"):
        check_vectors(bundle)
    file.write_text(json.dumps({**record, "shows_nothing": [[10**6, 3]]}))
    with pytest.raises(MismatchError, match="does not have"):
        check_vectors(bundle)


@pytest.mark.parametrize("pairs", ["[[1]]", "[[1, 2], [1, 3]]", '[["a", 1]]', "[[true, 1]]", "{}"])
def test_a_bad_score_file_is_refused(pairs: str) -> None:
    text = f'{{"format": "db2hdl-score", "version": 1, "stopped": "", "shows_nothing": {pairs}}}'
    with pytest.raises(InputError, match="shows_nothing"):
        from_bytes(text.encode(), "score.json", np.zeros((0, 3), bool))


def test_a_percentage_is_not_rounded_up() -> None:
    assert floor_percent(99_999, 100_000) == "99.99"
    assert floor_percent(1, 1) == floor_percent(0, 0) == "100.00"
    assert Directed(np.zeros((0, 2), bool)).with_more(np.ones((1, 2), bool)).words.shape == (1, 2)


def test_the_shipped_bench_fails_on_edited_verilog(small_bundle: Path, tmp_path: Path) -> None:
    if shutil.which("iverilog") is None:
        if os.environ.get("CI"):
            raise AssertionError("Icarus Verilog is missing")
        pytest.skip("Icarus Verilog is not installed")
    file = small_bundle / "rtl" / "top.v"
    text = file.read_text()
    sites = list(re.finditer(r" [&|^] ", text))
    tried = 0
    assert _bench(small_bundle, tmp_path) == 0
    for site in sites[:: max(1, len(sites) // 5)][:5]:
        other = {" & ": " | ", " | ": " & ", " ^ ": " | "}[site[0]]
        file.write_text(text[: site.start()] + other + text[site.end() :])
        tried += _bench(small_bundle, tmp_path) != 0
    assert tried == 5


def _bench(bundle: Path, folder: Path) -> int:
    program = folder / "tb.vvp"
    build = ["iverilog", "-g2001", "-o", str(program), "tb/top_tb.v", "rtl/top.v"]
    subprocess.run(build, cwd=bundle, check=True)
    return subprocess.run(["vvp", str(program)], cwd=bundle, capture_output=True).returncode
