"""The process that builds and runs a simulator: ``python -I -m db2hdl_sim.worker FOLDER``.

It is a process of its own, so that all it started can be ended together, and cocotb's runner sees
neither the caller's environment nor its terminal. It reads ``plan.json``, writes ``status.json``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def main(folder: Path) -> None:
    """Build, then test; note the stage reached and the error."""
    plan: dict[str, Any] = json.loads((folder / "plan.json").read_text())
    status = {"stage": "build", "error": _build_and_test(plan, folder)}
    if (folder / "built").exists():
        status["stage"] = "run"
    (folder / "status.json").write_text(json.dumps(status))


def _build_and_test(plan: dict[str, Any], folder: Path) -> str:
    from cocotb_tools.runner import get_runner

    # cocotb's runner ends the process or raises RuntimeError when a program fails.
    try:
        runner = get_runner(plan["simulator"])
        runner.build(**plan["build"])
        (folder / "built").touch()
        runner.test(**plan["test"])
    except (RuntimeError, ValueError, OSError, SystemExit) as error:
        return str(error) or type(error).__name__
    return ""


if __name__ == "__main__":
    main(Path(sys.argv[1]))
