"""What a bench is told and what it answers: files named by one environment variable."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from db2hdl_sim.job import Port, SimJob

VARIABLE = "DB2HDL_SIM_RUN"
"""Names the folder with ``job.json``; answers go there, too."""


class Setting:
    """The folder of one run.

    It has ``job.json`` and perhaps ``replay.json``; the bench writes ``bench.json`` when it comes
    to its end, and ``progress`` on the way.
    """

    def __init__(self) -> None:
        self.folder = Path(os.environ[VARIABLE])
        self.job = SimJob.loads((self.folder / "job.json").read_text())

    def replay(self) -> dict[str, Any]:
        """Return what to replay."""
        data: dict[str, Any] = json.loads((self.folder / "replay.json").read_text())
        return data

    def progress(self, done: int) -> None:
        """Tell how many vectors are done."""
        note = self.folder / "progress.new"
        note.write_text(f"run {done}")
        note.replace(self.folder / "progress")

    def answer(self, result: dict[str, Any]) -> None:
        """Write the outcome."""
        (self.folder / "bench.json").write_text(json.dumps(result))

    def check_ports(self, dut: Any) -> None:
        """Check that the top has every port of the job in its width.

        If not, say so in the answer and raise LookupError.
        """
        for port in (*self.job.controls, *self.job.inputs, *self.job.outputs):
            problem = _wrong(dut, port)
            if problem:
                self.answer({"bad_port": problem})
                raise LookupError(problem)


def _wrong(dut: Any, port: Port) -> str:
    try:
        width = len(dut[port.name])
    except KeyError:
        return f"has no port {port.name!r}"
    if width != port.width:
        return f"has the port {port.name!r} {width} bits wide, not {port.width}"
    return ""
