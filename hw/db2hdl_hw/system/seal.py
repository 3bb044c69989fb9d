"""What this user's db2hdl has written itself, told from what anybody else has.

A seal is an HMAC-SHA256 under a secret that lies beside the user's other state, not in the cache:
a cache that was copied from another machine brings no secret along, and is worth nothing here.
Only the standard library.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import stat
from contextlib import suppress
from functools import cache
from pathlib import Path

from db2hdl_hw.system.home import NAME, state_base

SECRET = "cache-secret"
SIZE = 32
"""Bytes of the secret."""


class Sealer:
    """Makes and checks the seals of one kind of records."""

    def __init__(self, kind: str) -> None:
        key = secret()
        self._key = None if key is None else hashlib.sha256(kind.encode() + b"\0" + key).digest()

    @property
    def usable(self) -> bool:
        """Whether there is a secret; without one nothing is kept or believed."""
        return self._key is not None

    def seal(self, *parts: bytes) -> str:
        """Return the seal of some bytes, in which it matters where one part ends.

        Raises
        ------
        OSError
            If there is no secret.
        """
        if self._key is None:
            raise OSError("there is no secret to seal with")
        total = hmac.new(self._key, digestmod="sha256")
        for part in parts:
            total.update(len(part).to_bytes(8, "little"))
            total.update(part)
        return total.hexdigest()

    def holds(self, claimed: str, *parts: bytes) -> bool:
        """Return whether a seal is that of some bytes."""
        return self.usable and hmac.compare_digest(claimed.encode(), self.seal(*parts).encode())


def secret() -> bytes | None:
    """Return this user's secret, made on first use; None where none can be kept.

    One that others can read, or could have written, is replaced: what was sealed with it is worth
    nothing any more.
    """
    base = state_base()
    return None if base is None else _secret(base / NAME)


@cache
def _secret(folder: Path) -> bytes | None:
    path = folder / SECRET
    for _ in range(3):
        known = None
        with suppress(OSError):
            known = _read(path)
        if known is not None:
            return known
        with suppress(OSError):
            path.unlink(missing_ok=True)
            _make(path)
    return None


def _read(path: Path) -> bytes | None:
    """Return what is in the file of the secret, or None if it is not ours alone."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        found = os.fstat(handle)
        data = os.read(handle, SIZE + 1)
    finally:
        os.close(handle)
    plain = stat.S_ISREG(found.st_mode) and found.st_nlink == 1
    ours = found.st_uid == os.geteuid() and not found.st_mode & 0o077
    return data if plain and ours and len(data) == SIZE else None


def _make(path: Path) -> None:
    """Make a secret, unless another process is faster; it appears whole or not at all."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path.with_name(f".{SECRET}.{secrets.token_hex(8)}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(SIZE))
        os.link(temporary, path)
    finally:
        temporary.unlink()
