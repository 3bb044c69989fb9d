"""Replay a counter-example: in the reference, in the netlist interpreter, in a simulator.

A refutation does not rest on the prover alone: what it found is one input, and everyone can see
what the circuits make of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from db2hdl.expected import expected_words
from db2hdl.hardnet import HardNet, feature_names
from db2hdl.prove.result import LinkResult
from db2hdl.prove.task import LOWERED, OPTIMISED, RTL
from db2hdl_hw.emit.bundle import Bundle
from db2hdl_hw.emit.words import Bits, pack_codes, unpack_outputs
from db2hdl_hw.errors import Db2hdlError, InputError, ToolError, present
from db2hdl_hw.system.temporary import scratch
from db2hdl_hw.verilog.printer import write_design

SIMULATORS = ("icarus", "verilator")
"""In the order in which they are tried: one vector builds faster with Icarus."""


def replay(
    link: LinkResult, bundle: Bundle, hard: HardNet, target: str = "", netlist: Path | None = None
) -> dict[str, Any]:
    """Return what each witness says of a link's counter-example.

    Parameters
    ----------
    target : str
        Of a link to a mapped netlist, and
    netlist : path
        that netlist, as Yosys' JSON.

    Returns
    -------
    dict
        ``reference``: output ports of the hard reference; ``netlist``: of the interpreter, for
        links with netlists; ``simulator`` and ``simulated``: of the RTL for its link, of the
        mapped netlist with the vendor's models of its cells for its link;
        ``confirmed``: whether a witness other than the prover saw the difference, or None if no
        witness was at hand.

    Raises
    ------
    Db2hdlError
        If a witness contradicts the prover.
    """
    codes = present(link.counterexample)
    word = pack_codes(bundle.interface, codes[None], feature_names(hard.features))
    expected = expected_words(hard, bundle.interface, word)
    said: dict[str, Any] = {
        "features": dict(zip(feature_names(hard.features), codes.tolist(), strict=True)),
        "reference": _ports(bundle, expected),
        "confirmed": None,
    }
    if link.name == RTL:
        said |= _simulated(bundle, word, _before(link, bundle), link.name)
    elif target and netlist is not None:
        said |= _mapped(link, bundle, word, target, netlist)
    elif link.name in (LOWERED, OPTIMISED):
        said |= _interpreted(link, bundle, hard, said["reference"])
    return said


def _before(link: LinkResult, bundle: Bundle) -> Bits:
    """Return the output word [1, output_width] that the RTL should have had: its neighbour's."""
    bits = [
        bool(link.outputs[port.name][0] >> place & 1)
        for port in bundle.interface.outputs
        for place in range(port.width)
    ]
    return np.array([bits], np.bool_)


def _ports(bundle: Bundle, word: Bits) -> dict[str, Any]:
    return {
        name: np.asarray(v)[0].tolist()
        for name, v in unpack_outputs(bundle.interface, word).items()
    }


def _interpreted(
    link: LinkResult, bundle: Bundle, hard: HardNet, said: dict[str, Any]
) -> dict[str, Any]:
    """Return what the interpreter makes of the netlists on both sides of a link."""
    from db2hdl.prove.task import netlists_of
    from db2hdl_hw.netlist.interpret import evaluate

    codes = present(link.counterexample)
    lowered, optimised = netlists_of(bundle.interface, hard)
    inputs = _netlist_inputs(bundle, hard, codes)
    values = [
        {name: np.asarray(v)[0].tolist() for name, v in evaluate(one, inputs).items()}
        for one in (lowered, optimised)
    ]
    sides = (said, values[0]) if link.name == LOWERED else (values[0], values[1])
    if all(sides[0][port] == sides[1][port] for port in values[0]):
        raise Db2hdlError(
            f"the prover refutes {link.name}, but evaluation finds both the same for the "
            "counter-example; please report this with the bundle"
        )
    return {"netlist": values[0], "optimised": values[1], "confirmed": True}


def _netlist_inputs(bundle: Bundle, hard: HardNet, codes: Any) -> dict[str, Any]:
    at = {name: i for i, name in enumerate(feature_names(hard.features))}
    inputs: dict[str, Any] = {}
    for port in bundle.interface.inputs:
        values = np.array([codes[at[name]] for name in port.features])
        inputs[port.name] = values.astype(np.bool_)[None] if port.coding is None else values
    return inputs


def _mapped(
    link: LinkResult, bundle: Bundle, word: Bits, target: str, netlist: Path
) -> dict[str, Any]:
    """Return what a simulator makes of a mapped netlist, with the models that Yosys brings."""
    from db2hdl_hw.prove.yosys import run_yosys
    from db2hdl_hw.synth.models import cell_models

    models = cell_models(target)
    commands = ["read_json mapped.json", "write_verilog -noattr mapped.v"]
    text = run_yosys(commands, {"mapped.json": netlist.read_text("utf-8")}, "mapped.v")
    with scratch("replay") as folder:
        file = folder / "mapped.v"
        file.write_text(text, encoding="utf-8")
        parts = {
            "rtl": (file, models.file),
            "includes": (models.folder,),
            "defines": models.defines,
            "nets": None,
        }
        simulators = SIMULATORS if models.icarus else ("verilator",)
        return _simulated(bundle, word, _before(link, bundle), link.name, simulators, parts)


def _simulated(
    bundle: Bundle,
    word: Bits,
    expected: Bits,
    link: str,
    simulators: Sequence[str] = SIMULATORS,
    parts: Mapping[str, Any] = MappingProxyType({}),
) -> dict[str, Any]:
    """Return what a simulator makes of a circuit; whatever simulator is here.

    Without other parts of a job, the circuit is the bundle's RTL.
    """
    from db2hdl_sim.prepare import make_job
    from db2hdl_sim.runner import simulate
    from db2hdl_sim.stimulus import given

    for simulator in simulators:
        with suppress(ToolError, InputError), scratch("replay") as folder:
            job = make_job(
                bundle.interface,
                bundle.path.absolute(),
                [given("counter-example", word)],
                expected,
                folder,
                simulator=simulator,
            )
            whole = parts or {"rtl": (write_design(bundle.design(), Path(folder)),)}
            result = simulate(replace(job, **whole))
            if result.passed:
                raise Db2hdlError(
                    f"the prover refutes {link}, but {result.simulator} finds both the same for "
                    "the counter-example; please report this with the bundle"
                )
            got = result.described[0].got
            return {"simulator": result.simulator, "simulated": got, "confirmed": True}
    return {}
