"""What a bundle costs on an FPGA: LUTs of each part, and how fast it is after place and route."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from db2hdl_hw.emit import evidence
from db2hdl_hw.emit.axi_stream import axi_stream_verilog, shell_name, shell_width
from db2hdl_hw.emit.bundle import Bundle
from db2hdl_hw.errors import SynthesisError, ToolError
from db2hdl_hw.files import whole_file
from db2hdl_hw.synth import Cost, cost, find_target, shell_cost
from db2hdl_hw.synth.synthesis import LIMIT
from db2hdl_hw.system.cache import recalled
from db2hdl_hw.verilog.printer import print_design, printed
from db2hdl_hw.verilog.tree import Design

FORMAT, VERSION = "db2hdl-synth", 1
AIM_MHZ = 100.0
"""What place and route tries to reach; it shapes the result a little and is no limit."""

Progress = Callable[[str], None]


def synth(
    bundle: Bundle,
    target: str,
    *,
    route: bool = True,
    timeout: float | None = None,
    cache: Path | None = None,
    folder: Path | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Synthesise a bundle for a target, place and route it where open tools can.

    The core is combinational or pipelined; its clock is measured between registers, in a harness
    that shifts its inputs in and its outputs out (``boards.speed``).

    Parameters
    ----------
    bundle : Bundle
    target : str
        ``ice40``, ``ecp5``, ``gowin`` or ``xc7``.
    route : bool
        Whether to place and route; xc7 is never.
    timeout : float, optional
        Seconds for each run of Yosys, and for place and route; by default half an hour.
    cache : Path, optional
        Where syntheses are kept.
    folder : Path, optional
        Where the evidence ``synth-<target>.json`` goes, by default in the bundle.
    progress : callable, optional

    Returns
    -------
    dict
        What is in the evidence: ``cached`` (what was taken from the cache, from when that is, and
        the seconds it took then), ``total`` and ``parts`` of the core, ``shell`` (None if the
        bundle has none), ``routed`` (None, or a record with
        ``fmax_mhz``, ``slack_ns``, ``used``; or ``fits`` false and ``reason``; or no
        ``fmax_mhz`` and ``reason``), ``tools``.

    Raises
    ------
    InputError, ToolError, SynthesisError
        As ``cost``, and if the Verilog could make a tool read anything else; that a net does not
        fit the device is a result and no error.
    """
    find_target(target)
    design = bundle.design()
    with recalled() as taken:
        with printed(design) as rtl:
            found = cost(
                [rtl],
                design.top,
                target,
                _layers(bundle),
                cache=cache,
                progress=progress,
                timeout=timeout or LIMIT,
            )
        record = {
            "format": FORMAT,
            "version": VERSION,
            "model_hash": bundle.interface.model_hash,
            "top": bundle.interface.top,
            "latency": bundle.interface.latency,
            **found.as_json(),
            "shell": _shell(bundle, target, cache, progress),
            "routed": None,
        }
        if route and target != "xc7":
            record["routed"] = _route(bundle, design, found, timeout, progress)
    record["cached"] = taken
    evidence.write(bundle.path, f"synth-{target}", record, folder=folder)
    return record


def _layers(bundle: Bundle) -> list[str]:
    """Return the names of the layers, in their order."""
    return list(bundle.nets())


def _shell(
    bundle: Bundle, target: str, cache: Path | None, progress: Progress | None
) -> dict[str, Any] | None:
    """Return what the bundle's AXI4-Stream shell costs, if it has one."""
    width = shell_width(bundle)
    if width is None:
        return None
    name, text = shell_name(bundle.interface), axi_stream_verilog(bundle.interface, width)
    found = shell_cost(text, name, bundle.interface, target, cache=cache, progress=progress)
    return {"module": name, **found.as_json()}


def _route(
    bundle: Bundle, design: Design, found: Cost, timeout: float | None, progress: Progress | None
) -> dict[str, Any]:
    """Place and route; a net that the device has no room for is a result, too."""
    from db2hdl_hw.boards.flow import NoPathError
    from db2hdl_hw.boards.programs import package_version
    from db2hdl_hw.boards.speed import core_speed, part

    device = part(found.target)
    interface = bundle.interface
    if progress is not None:
        progress(f"placing and routing on {device.name} (the first start takes minutes)")
    record: dict[str, Any] = {
        "device": device.name,
        "tools": {device.program: package_version(device.program)},
        "harness": {
            "ffs": interface.input_width + 2 * interface.output_width + 1,
            "luts": interface.output_width,
        },
    }
    try:
        routed = core_speed(
            print_design(design),
            interface,
            found.target,
            AIM_MHZ,
            timeout=timeout or LIMIT,
            choice=found.flat.choice,
        )
    except NoPathError as error:
        return record | {"fits": True, "fmax_mhz": None, "reason": str(error)}
    except ToolError:
        raise
    except SynthesisError as error:
        if "does not fit" not in str(error) and "too few" not in str(error):
            raise
        return record | {"fits": False, "reason": str(error)}
    return record | {
        "fits": True,
        "fmax_mhz": round(routed.fmax_mhz, 2),
        "aim_mhz": AIM_MHZ,
        "slack_ns": round(1e3 / AIM_MHZ - 1e3 / routed.fmax_mhz, 3),
        "used": {name: list(pair) for name, pair in routed.used.items() if pair[0]},
    }


def plot(record: dict[str, Any], path: Path, *, force: bool = True) -> None:
    """Draw the LUTs of each part as bars; the format is that of the file's ending.

    Raises
    ------
    ToolError
        If matplotlib is missing.
    InputError
        If the file cannot be written.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ToolError("matplotlib is not installed; pip install 'db2hdl[paper]'") from error
    from db2hdl_hw.errors import InputError

    parts = record["parts"]
    figure = Figure(figsize=(7, 0.6 + 0.4 * max(1, len(parts))), layout="constrained")
    axes = figure.subplots()
    bars = axes.barh(list(parts), [count["luts"] for count in parts.values()], color="#4477aa")
    axes.bar_label(bars, padding=3)
    axes.invert_yaxis()
    axes.margins(x=0.12)
    axes.set_xlabel(f"LUTs of each part, {record['target']}; flat {record['total']['luts']}")
    with whole_file(path, force=force) as temporary:
        try:
            figure.savefig(temporary, format=path.suffix.removeprefix(".") or "png")
        except (OSError, ValueError) as error:
            raise InputError(f"cannot draw {path}: {error}") from error
