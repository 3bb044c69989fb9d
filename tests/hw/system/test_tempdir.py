"""Temporary folders have paths that every tool can take, whatever ``TMPDIR`` says."""

import tempfile
from pathlib import Path

import pytest

from db2hdl_hw.errors import InputError
from db2hdl_hw.system import tempdir
from db2hdl_hw.system.tempdir import safe_tempdir, use_safe_tempdir


def test_a_plain_folder_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = tmp_path / "plain-1.2_3"
    plain.mkdir()
    monkeypatch.setenv("TMPDIR", str(plain))
    monkeypatch.setattr(tempfile, "tempdir", None)
    use_safe_tempdir()
    assert tempfile.gettempdir() == str(plain)


@pytest.mark.parametrize("name", ["my tmp", "a:b", "a'b", "a$b", "a;b", "a#b", "a\nb", 'a"b', "ä"])
def test_any_other_is_not(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / name).mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / name))
    assert safe_tempdir() in tempdir.OTHERS


def test_nor_one_that_is_missing_or_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    for name in ("missing", "file"):
        monkeypatch.setenv("TMPDIR", str(tmp_path / name))
        assert safe_tempdir() in tempdir.OTHERS


def test_without_any_the_path_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempdir, "OTHERS", (str(tmp_path / "none"),))
    monkeypatch.setenv("TMPDIR", "/my tmp")
    with pytest.raises(InputError, match=r"'/my tmp'.*set TMPDIR"):
        use_safe_tempdir()
