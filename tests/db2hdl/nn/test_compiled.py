"""Building kernels: cached, whole, and a clean fall-back."""

from pathlib import Path

import pytest

from db2hdl.nn import compiled
from db2hdl.nn.lut_kernels import Portable, kernel_for
from db2hdl_hw.errors import ToolError
from db2hdl_hw.system.cache import Cache


@pytest.fixture
def fresh():
    compiled.library.cache_clear()
    yield
    compiled.library.cache_clear()


def compiler():
    found = compiled.find_compiler()
    if found is None:
        pytest.skip("no C++ compiler")
    return found


def test_built_once_with_a_progress_line(tmp_path: Path, capsys):
    source = tmp_path / "one.cpp"
    source.write_text('extern "C" int one() { return 1; }')
    kept = Cache("kernels", tmp_path / "cache")
    first = compiled.build(source, compiler(), kept)
    assert "building one.cpp" in capsys.readouterr().err
    assert compiled.loaded(first).one() == 1
    assert compiled.build(source, compiler(), kept) == first
    assert capsys.readouterr().err == ""
    source.write_text('extern "C" int one() { return 2; }')
    second = compiled.build(source, compiler(), kept)
    assert compiled.loaded(second).one() == 2 and compiled.loaded(first).one() == 1
    assert len(list(kept.folder.iterdir())) == 2


def test_what_is_no_library_is_never_loaded_nor_kept(tmp_path, capsys):
    fake = tmp_path / "c++"
    fake.write_text(
        '#!/bin/sh\n[ "$1" = --version ] && exit 0\n'
        'while [ "$1" != -o ]; do shift; done\necho no > "$2"\n'
    )
    fake.chmod(0o755)
    source = tmp_path / "one.cpp"
    source.touch()
    kept = Cache("kernels", tmp_path / "cache")
    with pytest.raises(OSError, match=r"kernel\.so"):
        compiled.build(source, str(fake), kept)
    assert not kept.folder.exists()


def test_a_failed_build_is_one_line_and_the_portable_path(tmp_path, monkeypatch, capsys, fresh):
    fake = tmp_path / "c++"
    fake.write_text('#!/bin/sh\n[ "$1" = --version ] && exit 0\necho "x: error: no" >&2\nexit 1\n')
    fake.chmod(0o755)
    monkeypatch.setenv("CXX", str(fake))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert compiled.library("lut") is None
    assert "portable ones are used (x: error: no)" in capsys.readouterr().err.splitlines()[-1]
    assert not (tmp_path / "cache/db2hdl/kernels").exists()


def test_without_a_cache_they_are_built_all_the_same(tmp_path, monkeypatch, capsys, fresh):
    compiler()
    monkeypatch.setenv("DB2HDL_CACHE", "off")
    assert compiled.library("lut") is not None
    assert "not kept" in capsys.readouterr().err


def test_the_portable_path_can_be_asked_for(monkeypatch, capsys, fresh):
    import torch

    monkeypatch.setenv("DB2HDL_KERNELS", "portable")
    assert isinstance(kernel_for(torch.zeros(1, 2)), Portable)
    assert capsys.readouterr().err == ""


def test_no_compiler_is_the_portable_path(monkeypatch, fresh, capsys):
    monkeypatch.setenv("CXX", "no-such-compiler")
    assert compiled.library("lut") is None
    assert capsys.readouterr().err == ""


def test_asking_for_compiled_kernels_that_cannot_be_had_is_an_error(monkeypatch, fresh):
    monkeypatch.setenv("CXX", "no-such-compiler")
    monkeypatch.setenv("DB2HDL_KERNELS", "compiled")
    with pytest.raises(ToolError, match="no C\\+\\+ compiler; install"):
        compiled.library("logic")


def test_the_reason_for_the_portable_path_is_kept(monkeypatch, fresh):
    monkeypatch.setenv("DB2HDL_KERNELS", "portable")
    assert compiled.library("logic") is None
    assert compiled.REASONS["logic"] == "DB2HDL_KERNELS=portable"
    monkeypatch.setenv("DB2HDL_KERNELS", "")
    monkeypatch.setenv("CXX", "no-such-compiler")
    compiled.library.cache_clear()
    assert compiled.library("logic") is None
    assert compiled.REASONS["logic"] == "no C++ compiler"


def test_results_do_not_depend_on_the_number_of_threads():
    import torch

    from db2hdl import nn

    def run(threads):
        torch.manual_seed(0)
        torch.set_num_threads(threads)
        mask = nn.Sequential(nn.Implies(50, 9), nn.Reshape(45, 10), nn.Majority(), nn.And(45, 7))
        x = (torch.rand(37, 50) - 0.5).requires_grad_()
        out = mask(x)
        out.sum().backward()
        return [out.detach(), x.grad, *(p.grad for p in mask.parameters())]

    before = torch.get_num_threads()
    try:
        one, three = run(1), run(3)
    finally:
        torch.set_num_threads(before)
    assert all(torch.equal(a, b) for a, b in zip(one, three, strict=True))
