"""Entries are found by their key, sealed, dated, and turned off by one switch."""

import os
import threading
from pathlib import Path

import pytest

from db2hdl_hw.system import cache as module
from db2hdl_hw.system.cache import Cache, digest, packed, recalled, unpacked, without_cache


@pytest.fixture
def kept(tmp_path: Path) -> Cache:
    return Cache("synth", tmp_path / "kept")


def test_an_entry_has_its_time_and_how_long_it_took(
    kept: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module.time, "time", lambda: 1.7e9)
    kept.put("k", b"line\nline\0", 1.25)
    entry = kept.get("k")
    assert entry is not None and entry.content == b"line\nline\0"
    assert (entry.made, entry.seconds) == ("2023-11-14T22:13:20+00:00", 1.25)
    assert kept.get("other") is None
    kept.put("k", b"new")
    again = kept.get("k")
    assert again is not None and again.content == b"new"
    kept.forget("k")
    kept.forget("k")
    assert kept.get("k") is None
    assert kept.folder is not None and not list(kept.folder.iterdir())


def test_an_entry_is_of_its_key_and_its_kind(kept: Cache, tmp_path: Path) -> None:
    kept.put("a", b"x")
    kept.path("a").rename(kept.path("b"))
    assert kept.get("b") is None
    kept.path("b").rename(kept.path("a"))
    assert kept.get("a") is not None
    assert Cache("prove", tmp_path / "kept").get("a") is None


@pytest.mark.parametrize("edit", [(b"+00:00", b"+01:00"), (b" 0.000", b" 0.001"), (b"x", b"y")])
def test_no_part_of_an_entry_can_be_edited(kept: Cache, edit: tuple[bytes, bytes]) -> None:
    kept.put("a", b"x")
    data = kept.path("a").read_bytes()
    assert edit[0] in data
    kept.path("a").write_bytes(data.replace(*edit))
    assert kept.get("a") is None


def test_a_kind_that_is_not_listed_is_none() -> None:
    with pytest.raises(ValueError, match="no kind of cache"):
        Cache("other")


def test_the_switch(kept: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    kept.put("a", b"x")
    monkeypatch.setenv(module.SWITCH, "off")
    assert kept.get("a") is None and not kept.usable
    kept.put("b", b"x")
    monkeypatch.delenv(module.SWITCH)
    assert kept.get("a") is not None and kept.get("b") is None


def test_without_cache_ends_with_the_last_that_wants_it(kept: Cache) -> None:
    kept.put("a", b"x")
    first, second = without_cache(), without_cache()
    first.__enter__()
    second.__enter__()
    assert os.environ[module.SWITCH] == "off"
    first.__exit__(None, None, None)
    assert kept.get("a") is None
    second.__exit__(None, None, None)
    assert kept.get("a") is not None


def test_what_comes_from_a_cache_is_recalled(kept: Cache) -> None:
    kept.put("a", b"x", 2.0)
    with recalled() as outer:
        with recalled() as inner:
            kept.get("a", "synthesis of a")
            kept.get("a", "synthesis of a")
            kept.get("b", "synthesis of b")
        assert [one["what"] for one in inner] == ["synthesis of a"]
    assert not outer
    assert module.marks(inner).startswith("cached: synthesis of a of 20")
    assert module.marks(inner).endswith("(2.0 s then)") and module.marks([]) == ""


def test_many_at_once_read_whole_entries(kept: Cache) -> None:
    values = [bytes([65 + n]) * 70_000 for n in range(4)]
    seen, wrong = list[bytes](), list[object]()

    def work(value: bytes) -> None:
        try:
            for _ in range(25):
                kept.put("k", value)
                entry = kept.get("k")
                seen.append(b"" if entry is None else entry.content)
        except Exception as error:
            wrong.append(error)

    threads = [threading.Thread(target=work, args=(value,)) for value in values]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong and len(seen) == 100 and set(seen) <= set(values)
    assert kept.folder is not None and [f.name for f in kept.folder.iterdir()] == ["k"]


def test_packed_files_come_back() -> None:
    files = {"a": b"", "b\n": b"\n1", "c": b"x" * 99}
    assert unpacked(packed(files)) == files


def test_a_key_says_all_it_is_of() -> None:
    assert digest(["a", "b"]) != digest(["ab", ""]) and digest({"a": 1, "b": 2}) == digest(
        {"b": 2, "a": 1}
    )


def test_the_hash_of_a_source_follows_its_files(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("1")
    before = module.source_hash.__wrapped__(tmp_path)
    (tmp_path / "a.py").rename(tmp_path / "b.py")
    renamed = module.source_hash.__wrapped__(tmp_path)
    (tmp_path / "b.py").write_text("2")
    assert len({before, renamed, module.source_hash.__wrapped__(tmp_path)}) == 3
