"""No process of a run outlives it, however it ends."""

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from db2hdl_hw.system.processes import environment
from db2hdl_sim.process import run_worker

LOOP = "module net(input x, output y); assign y = x; initial forever #0; endmodule"


@pytest.fixture
def endless(tmp_path: Path, icarus: str) -> dict[str, Any]:
    """A plan whose simulation never ends."""
    (tmp_path / "net.v").write_text(LOOP)
    folder = str(tmp_path)
    return {
        "simulator": icarus,
        "build": {
            "sources": [f"{folder}/net.v"],
            "hdl_toplevel": "net",
            "build_dir": folder,
            "log_file": f"{folder}/build.log",
        },
        "test": {
            "test_module": "db2hdl_sim.bench.compare",
            "hdl_toplevel": "net",
            "hdl_toplevel_lang": "verilog",
            "build_dir": folder,
            "log_file": f"{folder}/run.log",
        },
    }


def _running(folder: Path) -> list[bytes]:
    """The command lines of processes that name a folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            found.append(process.read_bytes())
    return [line for line in found if str(folder).encode() in line]


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="needs /proc")
def test_ctrl_c_ends_every_process(tmp_path: Path, endless: dict[str, Any]) -> None:
    def interrupt(stage: str, done: int, total: int) -> None:
        assert total == 9
        if stage == "run" and any(b"vvp" in line for line in _running(tmp_path)):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_worker(tmp_path, endless, environment(), 9, interrupt)
    assert _running(tmp_path) == []


def test_a_worker_that_cannot_start_is_an_error(tmp_path: Path) -> None:
    status = run_worker(tmp_path, {}, {"PATH": os.environ["PATH"]}, 1)
    assert status["stage"] == "build"
    assert "ended with code" in status["error"]


def test_importing_is_light() -> None:
    code = (
        "import db2hdl_hw, db2hdl_sim.runner, db2hdl_sim.localise, db2hdl_sim.report\n"
        "import db2hdl_sim.prepare, db2hdl.hardnet, sys\n"
        "assert not {'torch', 'cocotb', 'cocotb_tools', 'amaranth'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
