"""Ctrl-C, SIGTERM and a closed terminal end a command, also if a library swallows exceptions."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_asked = False


@contextmanager
def caught() -> Iterator[None]:
    """Turn the signals that mean "stop" into KeyboardInterrupt while a command runs.

    Ctrl-C stays ignored where it was ignored: a shell starts background jobs so.
    """
    global _asked
    _asked = False
    stops = [signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        stops.append(signal.SIGINT)
    before = {stop: signal.signal(stop, _interrupt) for stop in stops}
    try:
        yield
    finally:
        for stop, handler in before.items():
            signal.signal(stop, handler)
        _asked = False


def check() -> None:
    """Raise KeyboardInterrupt again if one was asked for and something has swallowed it.

    NumPy drops any exception that is raised while it asks an object for its attributes, and
    while its extension modules are imported; Python drops those in callbacks of weak references.
    Whatever reports progress calls this, so a command ends at its next step at the latest.

    Raises
    ------
    KeyboardInterrupt
        On the main thread, after a signal.
    """
    if _asked and threading.current_thread() is threading.main_thread():
        raise KeyboardInterrupt


def _interrupt(number: int, frame: FrameType | None) -> None:
    global _asked
    _asked = True
    raise KeyboardInterrupt
