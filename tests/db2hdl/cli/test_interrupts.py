import signal
import subprocess
import sys
import threading

import numpy as np
import pytest

from db2hdl.cli import interrupts
from db2hdl.cli.output import Output


def swallow():
    """Be interrupted where NumPy drops it: while it asks for an attribute, as of an enum member."""

    def missing(cls, name):
        signal.raise_signal(signal.SIGTERM)
        raise AttributeError(name)

    other = type("Meta", (type,), {"__getattr__": missing})("Other", (), {})()
    assert (np.zeros(2) == other).tolist() == [False, False]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_interrupts(number):
    before = signal.getsignal(number)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with pytest.raises(KeyboardInterrupt), interrupts.caught():
        signal.raise_signal(number)
    if number != signal.SIGINT:
        assert signal.getsignal(number) is before
    interrupts.check()  # it is over: the next command in this process is not interrupted


def test_ctrl_c_stays_ignored():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with interrupts.caught():
            signal.raise_signal(signal.SIGINT)
            interrupts.check()
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("report", [interrupts.check, None], ids=["check", "progress"])
def test_an_interruption_that_numpy_swallows_comes_back(report):
    with interrupts.caught(), Output().steps() as tell:
        interrupts.check()
        swallow()  # KeyboardInterrupt was raised in there, and is gone
        with pytest.raises(KeyboardInterrupt):
            report() if report else tell("the next step")


def test_only_the_main_thread_is_interrupted():
    seen = []
    with interrupts.caught():
        swallow()
        thread = threading.Thread(target=lambda: seen.append(interrupts.check()))
        thread.start()
        thread.join()
    assert seen == [None]


def test_an_interruption_inside_an_exec_has_its_exit_code(tmp_path):
    program = """
from db2hdl import cli
cli._run = lambda argv: exec("raise KeyboardInterrupt")
cli.main([])
"""
    (tmp_path / "interrupted.py").write_text(program)
    command = [sys.executable, "-m", "interrupted"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert (done.returncode, done.stderr) == (130, "error: interrupted\n")
