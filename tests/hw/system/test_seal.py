"""Only this user's own seals hold, and a secret that others know is none."""

import os
import stat
from pathlib import Path

import pytest

from db2hdl_hw.system import seal
from db2hdl_hw.system.seal import Sealer


@pytest.fixture
def secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    seal._secret.cache_clear()
    return tmp_path / "db2hdl" / "cache-secret"


def test_a_seal_holds_for_what_was_sealed_and_nothing_else(secret: Path) -> None:
    sealer = Sealer("prove")
    made = sealer.seal(b"key", b"content")
    assert sealer.holds(made, b"key", b"content")
    assert not sealer.holds(made, b"keyc", b"ontent")
    assert not sealer.holds(made, b"key", b"content", b"")
    assert not sealer.holds(made[:-1], b"key", b"content") and not sealer.holds("", b"key")
    assert not Sealer("synth").holds(made, b"key", b"content")


def test_the_secret_is_made_once_and_closed_to_others(secret: Path) -> None:
    first = seal.secret()
    assert first is not None and len(first) == seal.SIZE
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert stat.S_IMODE(secret.parent.stat().st_mode) == 0o700
    seal._secret.cache_clear()
    assert seal.secret() == first
    assert [file.name for file in secret.parent.iterdir()] == ["cache-secret"]


def _open_to_others(secret: Path) -> None:
    secret.chmod(0o640)


def _writable_by_others(secret: Path) -> None:
    secret.chmod(0o602)


def _short(secret: Path) -> None:
    secret.write_bytes(b"x" * (seal.SIZE - 1))


def _long(secret: Path) -> None:
    secret.write_bytes(b"x" * (seal.SIZE + 1))


def _linked(secret: Path) -> None:
    known = secret.with_name("known")
    known.write_bytes(b"x" * seal.SIZE)
    known.chmod(0o600)
    secret.unlink()
    secret.symlink_to(known)


def _shared(secret: Path) -> None:
    os.link(secret, secret.with_name("other"))


def _foreign(secret: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    os.chown(secret, 12345, 12345)


@pytest.mark.parametrize(
    "spoil", [_open_to_others, _writable_by_others, _short, _long, _linked, _shared, _foreign]
)
def test_a_secret_that_others_may_know_is_replaced(secret: Path, spoil) -> None:
    first = seal.secret()
    spoil(secret)
    seal._secret.cache_clear()
    again = seal.secret()
    assert again is not None and again != first and again != b"x" * seal.SIZE
    assert secret.is_file() and not secret.is_symlink()
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600


def test_without_a_secret_nothing_is_believed(
    secret: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seal, "state_base", lambda: None)
    sealer = Sealer("prove")
    assert not sealer.usable and not sealer.holds("", b"") and not sealer.holds("0" * 64, b"")
    with pytest.raises(OSError, match="no secret"):
        sealer.seal(b"")
    monkeypatch.undo()


def test_a_folder_in_place_of_the_secret(secret: Path) -> None:
    secret.mkdir(parents=True)
    assert seal.secret() is None
