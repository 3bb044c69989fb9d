"""Stand-ins for Yosys, nextpnr and the packer, so that a build takes no time."""

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import pytest

from db2hdl_hw.boards import build as build_module
from db2hdl_hw.boards import programs
from db2hdl_hw.emit.bundle import Bundle

FAKE = """
import json, sys
plan = json.load(open({plan!r}))
arguments = sys.argv[1:]
print("Info: \\t  ICESTORM_LC:  {used}/ 5280  1%")
if plan["fail"]:
    print("Info: routing"); print("ERROR: " + plan["fail"]); sys.exit(1)
if "--report" in arguments:
    fmax = plan["fmax"].pop(0); json.dump(plan, open({plan!r}, "w"))
    clocks = {{"clk$SB_IO_IN_$glb_clk": 200.0, "shell_clock_$glb_clk": fmax}}
    report = {{"fmax": {{n: {{"achieved": f, "constraint": 1}} for n, f in clocks.items()}},
              "utilization": {{"ICESTORM_LC": {{"used": 9, "available": 5280}}}}}}
    text = plan["report"] or json.dumps(report)
    open(arguments[arguments.index("--report") + 1], "w").write(text)
    open(arguments[arguments.index("--asc") + 1], "w").write("asc")
elif plan["pack"]:
    open(arguments[-1], "w").write(plan["pack"])
"""


@dataclass
class Tools:
    """What the stand-ins do: LUTs that Yosys finds, MHz that each run of nextpnr reaches, …"""

    folder: Path
    luts: int = 100
    ffs: int = 50
    fmax: list[float] = field(default_factory=lambda: [20.0])
    fail: str = ""
    used: int = 100
    report: str = ""
    pack: str = "bits"
    smallest: str = ""
    asked: list[str | None] = field(default_factory=list)

    def command(self, program: str) -> list[str]:
        plan = self.folder / "plan.json"
        if not plan.exists():
            keys = ("fmax", "fail", "report", "pack")
            plan.write_text(json.dumps({key: getattr(self, key) for key in keys}))
        return [sys.executable, "-c", FAKE.format(plan=str(plan), used=self.used)]

    def synthesise(self, verilog, top, target, *, choice, **how):
        self.asked.append(choice)
        file = self.folder / "netlist.json"
        file.write_text("{}")
        count = SimpleNamespace(luts=self.luts, ffs=self.ffs, carries=0, depth=3)
        return SimpleNamespace(
            netlist_json=file,
            log=file,
            versions={"yosys": "0"},
            count=count,
            logic_cells=None,
            choice=self.smallest if choice is None else choice,
        )


@pytest.fixture
def tools(tmp_path, monkeypatch):
    (tmp_path / "tools").mkdir()
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    fake = Tools(tmp_path / "tools")
    monkeypatch.setitem(sys.modules, "db2hdl_hw.synth", SimpleNamespace(synthesise=fake.synthesise))
    for module in (programs, build_module):
        monkeypatch.setattr(module, "command", fake.command)
    return fake


@pytest.fixture
def bundle(small_bundle):
    return Bundle.open(small_bundle)
