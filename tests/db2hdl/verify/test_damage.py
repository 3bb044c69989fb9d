"""Whatever happens to whichever file of a bundle: it is found and named, with the right exit code.

What is compiled or solved is left out; everything that reads a file of the bundle is there.
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from db2hdl.bundle import bundle_parts
from db2hdl.directed import Directed
from db2hdl.model_file import Model
from db2hdl_hw.emit import evidence, manifest
from db2hdl_hw.emit.bundle import Bundle, write_bundle
from db2hdl_hw.passes.stages import COMBINATIONAL
from db2hdl_sim.job import SimJob
from db2hdl_sim.result import SimResult, SourceCount

FILES = (
    "DATASHEET.md",
    "LICENSE.txt",
    "constraints/top.sdc",
    "constraints/top.xdc",
    "evidence/manifest.json",
    "evidence/prove.json",
    "evidence/prove.xml",
    "interface.json",
    "lint/verilator.vlt",
    "manifest.json",
    "model.dbnet",
    "rtl/nets.json",
    "rtl/top.v",
    "rtl/top_axis.v",
    "shell.json",
    "tb/test_top.py",
    "tb/top_tb.v",
    "top.core",
    "vectors/directed_expected.hex",
    "vectors/directed_inputs.hex",
    "vectors/score.json",
    "vectors/test_expected.hex",
    "vectors/test_inputs.hex",
    "vectors/test_labels.txt",
    "vhdl/top_component.vhd",
)


def _flipped(at: float, bit: int) -> Callable[[Path], None]:
    def damage(file: Path) -> None:
        data = bytearray(file.read_bytes())
        data[min(int(at * len(data)), len(data) - 1)] ^= 1 << bit
        file.write_bytes(data)

    return damage


def _to_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()
    (file / "inside").write_text("x")


DAMAGES = {
    "first byte": _flipped(0, 0),
    "no UTF-8": _flipped(0.3, 7),
    "a letter": _flipped(0.5, 1),
    "last byte": _flipped(1, 2),
    "cut off": lambda file: file.write_bytes(file.read_bytes()[: file.stat().st_size // 2]),
    "empty": lambda file: file.write_bytes(b""),
    "longer": lambda file: file.write_bytes(file.read_bytes() + b"\n"),
    "missing": Path.unlink,
    "a folder": _to_folder,
    "other content": lambda file: file.write_text('{"format": ["db2hdl-bundle"], "files": 3}\n'),
}


@pytest.fixture(scope="module")
def made(
    small_model: Model, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, bytes]]:
    words = np.zeros((2, 7), np.bool_)
    parts = bundle_parts(
        small_model,
        top="top",
        scores=True,
        shell="axi-stream",
        directed=Directed(words, {}),
        pipeline=COMBINATIONAL,
    )
    path = tmp_path_factory.mktemp("made") / "b"
    write_bundle(path, parts)
    evidence.write(path, "prove", {"verdict": "proved"}, [evidence.Case("hard = netlist")])
    return path, parts


@pytest.fixture
def bundle(
    made: tuple[Path, dict[str, bytes]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A bundle, for checks that read all of it, but start no tool."""

    def run_job(job: SimJob, progress: object) -> SimResult:
        sources = tuple(SourceCount(one.name, one.count, 0) for one in job.sources)
        return SimResult(job.top, "none", job.vectors, 0, sources, (), 0.0, 0.0)

    def prove(path: Path, **options: object) -> SimpleNamespace:
        Bundle.open(path).nets()
        return SimpleNamespace(links=[SimpleNamespace(name="hard = rtl", verdict="proved")])

    monkeypatch.setattr("db2hdl.simulate.check_simulators", lambda names: None)
    monkeypatch.setattr("db2hdl.simulate.run_job", run_job)
    monkeypatch.setattr("db2hdl.prove.prove", prove)
    monkeypatch.setattr("db2hdl.verify.circuit.lint", lambda *a: [])
    monkeypatch.setattr("db2hdl.verify.rebuild.bundle_parts", lambda *a, **k: made[1])
    return Path(shutil.copytree(made[0], tmp_path / "b"))


def test_the_files_are_all_files(bundle: Path, db2hdl) -> None:
    assert manifest.files_in(bundle) == sorted(FILES)
    assert db2hdl("verify", bundle, "--quiet").code == 0


def _damaged(bundle: Path, name: str) -> Iterator[str]:
    """Damage a file, once in each way, and put it back after each."""
    file = bundle / name
    data = file.read_bytes()
    for damage, do in DAMAGES.items():
        do(file)
        yield damage
        shutil.rmtree(file) if file.is_dir() else file.unlink(missing_ok=True)
        file.write_bytes(data)


@pytest.mark.parametrize("name", FILES)
def test_every_damage_is_found_and_named(bundle: Path, name: str, db2hdl) -> None:
    for damage in _damaged(bundle, name):
        done = db2hdl("verify", bundle, "--json")
        # Verilog that is no text, or would reach outside, is refused.
        codes = (2, 4) if name.startswith("rtl/top") and "missing" not in damage else (4,)
        assert done.code in codes, f"{damage}: {done.err}"
        assert done.err.count("\n") == 1 and "internal error" not in done.err, done.err
        found = [line for check in done.json["checks"] for line in check["said"]]
        assert any(name in line for line in found), f"{damage}: {found}"
    assert db2hdl("verify", bundle, "--quiet").code == 0


@pytest.mark.parametrize("name", FILES)
def test_links_are_refused_and_named(bundle: Path, name: str, db2hdl) -> None:
    file = bundle / name
    file.rename(bundle.parent / "elsewhere")
    file.symlink_to(bundle.parent / "elsewhere")
    done = db2hdl("verify", bundle)
    assert done.code == 2 and f"{name} is a link" in done.err
    file.unlink()
    file.symlink_to("/nowhere")
    done = db2hdl("verify", bundle)
    assert done.code == 2 and f"{name} is a link" in done.err


@pytest.mark.parametrize("name", ["foreign.txt", "rtl/other.v", "vectors/x.hex", "evidence/x.json"])
def test_foreign_files_are_named(bundle: Path, name: str, db2hdl) -> None:
    (bundle / name).write_text("module other; endmodule\n")
    done = db2hdl("verify", bundle, "--json")
    assert done.code == 4
    assert any(name in line for check in done.json["checks"] for line in check["said"])
    (bundle / name).unlink()
    assert db2hdl("verify", bundle, "--quiet").code == 0


@pytest.mark.parametrize("name", ["rtl", "vectors", "evidence"])
def test_a_folder_that_is_a_file(bundle: Path, name: str, db2hdl) -> None:
    shutil.rmtree(bundle / name)
    (bundle / name).write_text("x")
    done = db2hdl("verify", bundle, "--json")
    assert done.code == 4, done.err
    assert any(name in line for check in done.json["checks"] for line in check["said"])


def test_what_never_was_a_bundle(bundle: Path, tmp_path: Path, db2hdl) -> None:
    assert db2hdl("verify", tmp_path / "none").code == 2
    (tmp_path / "empty").mkdir()
    assert db2hdl("verify", tmp_path / "empty").code == 2
    assert db2hdl("verify", bundle / "interface.json").code == 2
    for name in ("interface.json", "manifest.json"):
        (bundle / name).unlink()
    done = db2hdl("verify", bundle)
    assert done.code == 2 and "is not a bundle: it has no interface.json" in done.err


def test_a_foreign_interface_that_the_manifest_lists_is_bad_input(bundle: Path, db2hdl) -> None:
    """Nothing was damaged: it was made so."""
    text = (bundle / "interface.json").read_text().replace('"version": 1', '"version": 99')
    (bundle / "interface.json").write_text(text)
    listed = manifest.read(bundle)
    assert listed is not None
    files = {**listed.files, "interface.json": manifest.entry(text.encode())}
    new = manifest.Manifest(listed.model_hash, listed.tools, listed.options, files)
    (bundle / "manifest.json").write_bytes(new.to_bytes())
    done = db2hdl("verify", bundle)
    assert done.code == 2 and "99" in done.err
