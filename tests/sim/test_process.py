"""No process of a run outlives it, however it ends."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from db2hdl_sim import process
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


def _session(leader: int) -> list[int]:
    """The processes of a session that are not zombies."""
    listed = subprocess.run(
        ["ps", "-o", "pid=,stat=", "-s", str(leader)], capture_output=True, text=True, check=False
    ).stdout
    return [int(pid) for pid, state in map(str.split, listed.splitlines()) if state[0] != "Z"]


def test_ctrl_c_ends_every_process(
    tmp_path: Path, endless: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    leaders: list[int] = []
    popen = subprocess.Popen

    def remember(*arguments: Any, **named: Any) -> Any:
        started = popen(*arguments, **named)
        leaders.append(started.pid)
        return started

    def interrupt(stage: str, done: int, total: int) -> None:
        assert total == 9
        if stage == "run" and len(_session(leaders[0])) > 1:
            raise KeyboardInterrupt

    monkeypatch.setattr(process.subprocess, "Popen", remember)
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    with pytest.raises(KeyboardInterrupt):
        run_worker(tmp_path, endless, env, 9, interrupt)
    # The system takes a moment to end a process.
    assert any(_session(leaders[0]) == [] for _ in range(1000))


def test_the_death_of_the_caller_ends_the_worker(tmp_path: Path, endless: dict[str, Any]) -> None:
    (tmp_path / "plan.json").write_text(json.dumps(endless))
    command = [sys.executable, "-m", "db2hdl_sim.worker", str(tmp_path)]
    worker = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)
    assert worker.stdin is not None
    worker.stdin.close()
    assert worker.wait() == -signal.SIGKILL


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
