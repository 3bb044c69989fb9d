"""What all fuzzers share: how much to do, how to change things, and when a behaviour is wrong.

A fuzzer is a function of a seed and a number of examples; example i of a seed is the same for
ever, and a ``Finding`` names both. ``DB2HDL_FUZZ`` multiplies the number of examples of the long
runs (``make test-slow``); 1 is a few minutes for all fuzzers together.
"""

from __future__ import annotations

import copy
import hashlib
import json
import os
import random
import signal
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from db2hdl_hw.errors import Db2hdlError

T = TypeVar("T")

MOST_MEMORY = 200 << 20
"""Bytes that reading one small file may take."""

MOST_SECONDS = 60
"""Far more than any example takes, however busy the machine is."""

NUMBERS = [
    *(0, 1, -1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 255, 256, 4096),
    *(65535, 65536, 1 << 20, (1 << 31) - 1, 1 << 31, 1 << 32, (1 << 53) + 1, 1 << 63, 1 << 64),
    *(10**30, -(1 << 63), 0.0, -0.0, 0.5, 1.0, -1.5, 1e300, 5e-324),
]
TEXTS = [
    *("", " ", "x", "x0", "1", "nan", "NA", "é", "\n", "\0", "\x1b[2J", "\u202e", "\ud800"),
    *("../x", "/etc/passwd", "-o", "rtl/top.v", "a" * 5000, "$x", "`x", "<b>", "|", "'", '"'),
]
OTHERS: list[Any] = [None, True, False, [], {}, [[]], [0] * 17, [1, [2]], {"a": {}}, ["x"]]


class Finding(AssertionError):  # noqa: N818 - it is no error
    """What a fuzzer found: something accepted, raised or computed that must not be."""


def examples(few: int, long: bool) -> int:
    """Return how many examples to try: a few, or forty times as many and what the user says."""
    return int(few * 40 * float(os.environ.get("DB2HDL_FUZZ", "1"))) if long else few


def refused(action: Callable[[], T], what: str) -> T | None:
    """Return what an action returns; None if it ends in one of our errors, with a line of its own.

    Anything else that it raises, and an internal error, is a finding.
    """
    try:
        with ends(what):
            return action()
    except Db2hdlError as error:
        if error.exit_code == 1 or "\n" in str(error) or not str(error):
            raise Finding(f"{what}: {type(error).__name__}: {error}") from error
        return None
    except Finding:
        raise
    except Exception as error:
        raise Finding(f"{what}: {type(error).__name__}: {str(error)[:300]}") from error


@contextmanager
def ends(what: str) -> Iterator[None]:
    """Find what does not end: a pipe that is waited for, or work that grows out of bounds."""

    def stop(signum: int, frame: object) -> None:
        raise Finding(f"{what}: does not end")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(MOST_SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def little_memory(what: str) -> Iterator[None]:
    """Find whatever takes more than ``MOST_MEMORY`` inside."""
    tracemalloc.start()
    try:
        yield
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    if peak > MOST_MEMORY:
        raise Finding(f"{what}: took {peak >> 20} MB")


@contextmanager
def only_inside(scratch: Path) -> Iterator[None]:
    """Find files that appear, change or go beside a scratch folder."""

    def state() -> dict[str, str]:
        files = (p for p in scratch.parent.rglob("*") if not p.is_relative_to(scratch))
        return {str(p): _hash(p) for p in files}

    before = state()
    yield
    if state() != before:
        raise Finding(f"something beside {scratch} was touched")


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"


class Mutator(random.Random):
    """Draws changes of bytes and JSON values."""

    def bytes(self, data: bytes, most: int = 4) -> bytes:
        """Return data with a few bytes changed, cut out, put in, doubled or cut off."""
        changed = bytearray(data)
        for _ in range(self.randint(1, most)):
            at = self.randrange(len(changed) + 1)
            end = min(len(changed), at + self.choice([1, 1, 2, 8, 64, 1000]))
            kind = self.randrange(6)
            if kind == 0 and at < len(changed):
                changed[at] ^= 1 << self.randrange(8)
            elif kind == 1 and at < len(changed):
                changed[at] = self.choice([0, 9, 10, 13, 32, 34, 44, 45, 48, 58, 127, 128, 255])
            elif kind == 2:
                del changed[at:end]
            elif kind == 3:
                changed[at:at] = self.randbytes(self.choice([1, 2, 9]))
            elif kind == 4:
                changed[at:at] = changed[at:end]
            elif kind == 5 and self.random() < 0.2:
                del changed[at:]
        return bytes(changed)

    def value(self) -> Any:
        """Return some value that JSON has."""
        return copy.deepcopy(self.choice([self.choice(NUMBERS), self.choice(TEXTS), *OTHERS[:3]]))

    def json(self, value: Any, most: int = 2) -> Any:
        """Return a JSON value with a few of its parts changed."""
        changed = copy.deepcopy(value)
        for _ in range(self.randint(1, most)):
            if isinstance(changed, list | dict) and changed:
                self._change(*self._place(changed))
        return changed

    def _place(self, value: Any) -> tuple[Any, Any]:
        """Go down from the root by chance, so that a place is as likely as its whole branch."""
        key = self.choice(range(len(value)) if isinstance(value, list) else list(value))
        inner = value[key]
        if isinstance(inner, list | dict) and inner and self.random() < 0.8:
            return self._place(inner)
        return value, key

    def _change(self, parent: Any, key: Any) -> None:
        kind, old = self.randrange(7), parent[key]
        if kind == 0:
            del parent[key]
        elif kind == 1:
            parent[key] = copy.deepcopy(self.choice(OTHERS))
        elif kind == 2:
            parent[key] = [old]
        elif kind == 3 and isinstance(parent, list):
            parent.insert(key, copy.deepcopy(self.choice(parent)))
        elif kind == 3:
            parent[self.choice(TEXTS)] = old
        elif kind == 4 and isinstance(old, int) and not isinstance(old, bool):
            parent[key] = old + self.choice([-1, 1, 7, -old, old])
        elif kind == 5 and isinstance(parent, list) and len(parent) > 1:
            other = self.randrange(len(parent))
            parent[key], parent[other] = parent[other], parent[key]
        else:
            parent[key] = self.value()

    def dump(self, value: Any, **options: Any) -> bytes:
        """Return the JSON of a value, sometimes with what strict readers refuse."""
        text = json.dumps(value, **options)
        kind = self.randrange(12)
        if kind == 0:
            text = text.replace("{", '{"a":1,"a":2,' if text.find("{}") < 0 else "{", 1)
        elif kind == 1:
            text = text.replace("1", self.choice(["NaN", "Infinity", "1e999", "01", "9" * 400]), 1)
        elif kind == 2:
            text = "[" * self.choice([70, 3000]) + text
        elif kind == 3:
            text = text.replace('"', '"\\ud800', 1)
        return text.encode("utf-8", "surrogatepass")
