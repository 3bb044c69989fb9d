"""The chain: each link is broken on purpose, and it is that link which is refuted."""

import json
import os
import re
import shutil

import numpy as np
import pytest

from db2hdl.model_file import load, save
from db2hdl.prove import chain, prove, task
from db2hdl.prove.evidence import check, describe
from db2hdl.prove.links import Options
from db2hdl.prove.pool import run_tasks
from db2hdl.prove.task import LOWERED, OPTIMISED, READ, RTL, Task, mapped_name
from db2hdl_hw import passes
from db2hdl_hw.emit.bundle import Bundle
from db2hdl_hw.errors import InputError, MismatchError, NotProvedError, ToolError
from db2hdl_hw.mutate.latency import latency_faults
from db2hdl_hw.netlist.netlist import Op
from db2hdl_hw.prove.equal import NOT_PROVED, PROVED, REFUTED
from db2hdl_hw.synth.models import cell_models
from db2hdl_sim.build import find_simulator

ICE40 = mapped_name("ice40")


@pytest.fixture
def in_process(monkeypatch, tmp_path):
    """Links run in this process, so that what the test breaks is broken for them, too."""

    def run(tasks, jobs, done):
        for one in tasks:
            done(one, task.run(one))

    monkeypatch.setattr(chain, "run_tasks", run)
    return tmp_path / "work"


def verdicts(report):
    return {link.name: link.verdict for link in report.links}


def edited(bundle, pattern, replacement):
    """Edit the Verilog of a bundle in one place."""
    path = Bundle.open(bundle).rtl[0]
    text, count = re.subn(pattern, replacement, path.read_text(), count=1, flags=re.MULTILINE)
    assert count == 1
    path.write_text(text)


def test_a_bundle_is_proved_to_the_mapped_netlist(small_bundle, tmp_path):
    """The one test with real workers; their results are taken over the second time."""
    work = tmp_path / "work"
    report = prove(small_bundle, targets=["ice40"], work=work, jobs=2)
    assert verdicts(report) == dict.fromkeys((LOWERED, OPTIMISED, RTL, READ, ICE40), PROVED)
    assert all(link.engines == {"abc": PROVED, "sat": PROVED} for link in report.links)
    said = []
    again = prove(small_bundle, targets=["ice40"], work=work, progress=said.append)
    assert verdicts(again) == verdicts(report)
    assert all("cached of" in line for line in said)


def test_a_weight_that_the_netlist_has_not(small_bundle, in_process, monkeypatch):
    right = task.lower

    def lower(hard, **options):
        netlist = right(hard, **options)
        cell = np.flatnonzero(netlist.op == Op.AND)[0]
        netlist.op[cell] = Op.OR
        return netlist

    monkeypatch.setattr(task, "lower", lower)
    report = prove(small_bundle, targets=(), work=in_process)
    assert verdicts(report)[LOWERED] == REFUTED
    assert verdicts(report)[OPTIMISED] == PROVED
    assert report.links[0].where.layer == "l0_and"
    assert report.links[0].replay["confirmed"]
    with pytest.raises(MismatchError, match=r"hard = netlist is refuted: .* l0_and"):
        check(report)


def test_a_pass_that_is_wrong(small_bundle, in_process, monkeypatch):
    right = passes.optimise

    def optimise(netlist, *rest):
        netlist = right(netlist, *rest)
        cell = np.flatnonzero(netlist.op == Op.OR)[0]
        netlist.op[cell] = Op.AND
        return netlist

    monkeypatch.setattr(passes, "optimise", optimise)
    report = prove(small_bundle, targets=(), work=in_process)
    assert verdicts(report)[LOWERED] == PROVED
    assert verdicts(report)[OPTIMISED] == REFUTED
    assert report.links[1].where.layer == "l1_or"


def test_edited_verilog(small_bundle, in_process):
    edited(small_bundle, r"^(  assign l0_and_\d+ = .*) & ", r"\1 | ")
    report = prove(small_bundle, targets=(), work=in_process)
    wanted = {LOWERED: PROVED, OPTIMISED: PROVED, RTL: REFUTED, READ: PROVED}
    assert verdicts(report) == wanted
    link = report.links[2]
    assert link.where.layer == "l0_and"
    assert link.where.net.startswith("top.l0_and.l0_and_")
    assert "optimised = rtl is refuted" in describe(link)


LUTS = {
    "ice40": (r"SB_LUT4", "LUT_INIT"),
    "ecp5": (r"LUT4", "INIT"),
    "gowin": (r"LUT[1-4]", "INIT"),
    "xc7": (r"LUT[1-6]", "INIT"),
}


def need(simulator):
    """Without the simulator the test does not run, except in CI, where it fails."""
    try:
        find_simulator(simulator)
    except ToolError as error:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(str(error))


def flip_one_bit(netlist, top, target):
    """Flip a bit of the table of the LUT that drives the lowest output; return the LUT's net."""
    kind, table = LUTS[target]
    module = netlist["modules"][top]
    drivers = {
        bit: cell
        for cell in module["cells"].values()
        for port, direction in cell["port_directions"].items()
        for bit in cell["connections"][port]
        if direction == "output" and re.fullmatch(kind, cell["type"])
    }
    ports = [p["bits"] for p in module["ports"].values() if p["direction"] == "output"]
    bit = next(bit for bits in ports for bit in bits if bit in drivers)
    text = drivers[bit]["parameters"][table]
    drivers[bit]["parameters"][table] = text[:-1] + "10"[int(text[-1])]
    names = module["netnames"].items()
    return [name for name, net in names if bit in net["bits"] and not net["hide_name"]]


@pytest.mark.parametrize("target", LUTS)
def test_a_bit_of_a_mapped_netlist(small_bundle, in_process, tmp_path, target):
    """One bit of one LUT: refuted by that link, named to the net, and seen by a simulator."""
    need("icarus" if cell_models(target).icarus else "verilator")
    top = Bundle.open(small_bundle).interface.top
    right = task.netlist_of(Task("", str(small_bundle), str(tmp_path), (), target=target))
    netlist = json.loads(right.read_text())
    nets = flip_one_bit(netlist, top, target)
    wrong = tmp_path / "wrong.json"
    wrong.write_text(json.dumps(netlist))
    report = prove(small_bundle, targets=[target], work=in_process, netlists={target: wrong})
    wanted = dict.fromkeys((LOWERED, OPTIMISED, RTL, READ), PROVED)
    wanted[mapped_name(target)] = REFUTED
    assert verdicts(report) == wanted
    link = report.links[4]
    assert link.where.net.partition("[")[0] in nets
    assert link.replay["confirmed"] is True
    assert link.replay["simulator"] in describe(link)
    values = link.replay["simulated"]
    assert values != link.replay["reference"]


@pytest.mark.parametrize(
    ("pattern", "replacement", "message"),
    [
        (r"^module", '`include "/etc/passwd"\nmodule', "`include"),
        (r"^endmodule", "initial $readmemh(x, y);\nendmodule", r"\$readmemh"),
        (r"^endmodule", "wire \\../../x ;\nendmodule", "refused"),
        (r"^endmodule", "assign = ;\nendmodule", "'=' stands where a name must"),
        (
            r"^  assign l0_and_\d+ = ",
            "  missing m0 (.a(x_0));\n  assign l0_and_0 = ",
            "there is no module 'missing'",
        ),
    ],
)
def test_verilog_that_is_malicious_or_no_verilog(
    small_bundle, in_process, pattern, replacement, message
):
    edited(small_bundle, pattern, replacement.replace("\\", "\\\\"))
    with pytest.raises(InputError, match=message):
        prove(small_bundle, targets=(), work=in_process)


def test_an_interface_of_another_model(small_bundle, in_process):
    path = small_bundle / "interface.json"
    data = json.loads(path.read_text())
    data["classes"].reverse()
    path.write_text(json.dumps(data))
    with pytest.raises(MismatchError, match="classes"):
        prove(small_bundle, targets=(), work=in_process)


def test_another_model(small_bundle, in_process):
    model = load(small_bundle / "model.dbnet")
    model.hard.layers_[1].weights["weight"][0, 0] ^= True
    save(small_bundle / "model.dbnet", model)
    with pytest.raises(MismatchError, match="is not the model"):
        prove(small_bundle, targets=(), work=in_process)


def test_a_port_that_is_missing(small_bundle, in_process):
    path = Bundle.open(small_bundle).rtl[0]
    path.write_text(re.sub(r"\bscores\b", "points", path.read_text()))
    report = prove(small_bundle, targets=(), work=in_process)
    assert verdicts(report)[RTL] == REFUTED
    assert "'points'" in report.links[2].why


def test_a_worker_that_is_killed_has_not_proved(small_bundle, tmp_path, monkeypatch):
    from db2hdl.prove import pool

    monkeypatch.setattr(pool, "_ended", lambda worker: pool._kill(worker) or True)
    results = []
    one = Task(LOWERED, str(small_bundle), str(tmp_path), ("sat",))
    run_tasks([one], 1, lambda task, result: results.append(result))
    assert [result.verdict for result in results] == [NOT_PROVED]
    assert "killed by signal 9" in results[0].why


def test_out_of_time_is_not_proved_and_not_kept(small_bundle, in_process):
    report = prove(small_bundle, targets=["ice40"], work=in_process, timeout=1e-9)
    assert report.verdict == NOT_PROVED
    with pytest.raises(NotProvedError, match="is not proved: "):
        check(report)
    assert prove(small_bundle, targets=["ice40"], work=in_process).verdict == PROVED


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"targets": ["ice4O"]}, "did you mean 'ice40'"),
        ({"engines": ["abd"]}, "did you mean 'abc'"),
        ({"engines": []}, "no engine"),
        ({"timeout": 0.0}, "above 0"),
        ({"jobs": 0}, "at least one"),
    ],
)
def test_bad_options(small_bundle, tmp_path, options, error):
    with pytest.raises(InputError, match=error):
        prove(small_bundle, work=tmp_path / "work", **options)


def test_a_missing_solver(small_bundle, tmp_path, monkeypatch):
    monkeypatch.setattr(chain, "find_spec", lambda name: None)
    with pytest.raises(ToolError, match="python-sat is not installed"):
        prove(small_bundle, targets=(), work=tmp_path / "work")


def test_a_pipelined_bundle(small_model, tmp_path, in_process):
    from db2hdl.bundle import export
    from db2hdl_hw.passes.stages import Pipeline

    bundle = export(small_model, tmp_path / "pipelined", pipeline=Pipeline(2))
    report = prove(bundle, targets=["ice40"], work=in_process)
    assert report.verdict == PROVED
    late = tmp_path / "late"
    shutil.copytree(bundle, late)
    rtl = Bundle.open(late).rtl[0]
    faults = latency_faults(rtl.read_text(), Bundle.open(late).interface)
    wrong = next(one for one in faults if "_d1 left out" in one.where)
    rtl.write_text(wrong.applied(rtl.read_text()))
    report = prove(late, targets=(), work=in_process)
    assert verdicts(report)[RTL] == REFUTED
    assert "cycle" in report.links[2].why


def test_what_a_pipeline_does_long_after_power_up_is_refuted(small_model, tmp_path, in_process):
    """A bit in a row of registers that turns an output a hundred cycles later, and only then."""
    from db2hdl.bundle import export
    from db2hdl_hw.passes.stages import Pipeline

    bundle = export(small_model, tmp_path / "bomb", pipeline=Pipeline(1))
    rtl = Bundle.open(bundle).rtl[0]
    text = rtl.read_text()
    row = (
        f"  reg [99:0] bomb;\n  initial bomb = 100'h{1:025x};\n"
        "  always @(posedge clk)\n    bomb <= { bomb[98:0], 1'h0 };\n"
    )
    found = re.search(r"  assign class_index = (.*);\n", text)
    assert found is not None
    value, width = found[1], Bundle.open(bundle).interface.outputs[0].width
    bits = ", ".join([f"{width - 1}'h0"] * (width > 1) + ["bomb[99]"])
    turned = f"  assign class_index = {value} ^ {{ {bits} }};\n"
    rtl.write_text(text.replace(found[0], row + turned))
    report = prove(bundle, targets=(), work=in_process)
    assert verdicts(report)[RTL] == verdicts(report)[READ] == REFUTED
    assert "100 cycles later" in report.links[2].why


def test_certificates_are_written_and_checked(small_bundle, in_process, tmp_path):
    folder = tmp_path / "certificates"
    report = prove(small_bundle, targets=["ice40"], work=in_process, certificates=folder)
    counts = [one.detail["certificates"] for one in report.links if "certificates" in one.detail]
    assert all(count["written"] == count["checked"] for count in counts)
    assert sum(count["written"] for count in counts) == len(list(folder.rglob("*.drat"))) > 0


def test_nothing_proved_is_no_proof():
    with pytest.raises(NotProvedError):
        check(chain.ProofReport([]))
    assert chain.ProofReport([]).verdict == NOT_PROVED
    assert Options().deadline() is None


def test_certificates_overwrite_nothing(small_bundle, tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "thesis.tex").write_text("text")
    (tmp_path / "link").symlink_to("mine")
    for path, said in ((folder, "is not empty"), (tmp_path / "link", "is a symbolic link")):
        with pytest.raises(InputError, match=said):
            prove(small_bundle, targets=[], certificates=path)
    assert [path.name for path in folder.iterdir()] == ["thesis.tex"]
