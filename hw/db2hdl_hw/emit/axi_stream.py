# amaranth: UnusedElaboratable=no
"""The AXI4-Stream shell of a core as Verilog: ``<top>_axis``, which instantiates the core."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.metadata import version

from db2hdl_hw.emit import fields
from db2hdl_hw.emit.bundle import Bundle
from db2hdl_hw.emit.interface import Interface
from db2hdl_hw.emit.uart import STYLE_RULES
from db2hdl_hw.emit.verilog import shell_text
from db2hdl_hw.errors import ToolError
from db2hdl_hw.system.json_reader import read_json
from db2hdl_hw.system.reading import read_bytes

SUFFIX = "_axis"
SHELL = "shell.json"
FORMAT, VERSION = "db2hdl-shell", 1


def shell_name(interface: Interface) -> str:
    """Return the name of the shell's module."""
    return interface.top + SUFFIX


def shell_width(bundle: Bundle) -> int | None:
    """Return the bits of the streams of a bundle's shell; None if it has none.

    The shell itself is made here again, wherever it is needed, and never read from a bundle.

    Raises
    ------
    InputError
        If ``shell.json`` is not what export writes.
    """
    file = bundle.path / SHELL
    if not file.is_file():
        return None
    data = read_json(read_bytes(file), str(file))
    return fields.Reader(data, str(file)).integer("data_width")


def axi_stream_parts(
    interface: Interface, data_width: int, versions: Mapping[str, str] | None = None
) -> dict[str, bytes]:
    """Return the files of a bundle that make up its shell: path in the bundle -> bytes.

    ``rtl/<top>_axis.v``, and ``shell.json`` with the widths and beats.

    Raises
    ------
    InputError, ToolError
        As ``axi_stream_verilog``.
    """
    from db2hdl_hw.gateware.axi_stream import beats

    file = f"rtl/{shell_name(interface)}.v"
    facts = {
        "format": FORMAT,
        "version": VERSION,
        "kind": "axi-stream",
        "module": shell_name(interface),
        "core": interface.top,
        "rtl": [file, *interface.rtl],
        "model_hash": interface.model_hash,
        "data_width": data_width,
        "input_beats": beats(interface.input_width, data_width),
        "output_beats": beats(interface.output_width, data_width),
    }
    text = axi_stream_verilog(interface, data_width, versions=versions)
    return {file: text.encode(), SHELL: (json.dumps(facts, indent=1) + "\n").encode()}


def axi_stream_verilog(
    interface: Interface, data_width: int, *, versions: Mapping[str, str] | None = None
) -> str:
    """Return the Verilog of the AXI4-Stream shell of a core, without the core itself.

    The text is a function of the arguments and of the versions of Amaranth and of its Yosys.

    Parameters
    ----------
    interface : Interface
        Of the core.
    data_width : int
        Of the streams: a multiple of 8.
    versions : mapping of program to version, optional
        What else to quote in the header.

    Raises
    ------
    InputError
        As ``AxiStreamShell``.
    ToolError
        If Amaranth or its Yosys is missing.
    """
    try:
        from db2hdl_hw.gateware.axi_stream import AxiStreamShell
    except ImportError as error:
        raise ToolError("Amaranth is not installed; pip install 'db2hdl[fpga]'") from error

    text = shell_text(AxiStreamShell(interface, data_width), shell_name(interface))
    off, on = (f"/* verilator lint_{what} {{0}} */\n" for what in ("off", "on"))
    return "".join(
        [
            _header(interface, data_width, {**(versions or {}), "amaranth": version("amaranth")}),
            *(off.format(rule) for rule in STYLE_RULES),
            text,
            *(on.format(rule) for rule in STYLE_RULES),
        ]
    )


def _header(interface: Interface, data_width: int, versions: Mapping[str, str]) -> str:
    tools = ", ".join(f"{name} {number}" for name, number in versions.items())
    return (
        "// SPDX-License-Identifier: CC0-1.0\n"
        f"// AXI4-Stream shell of {interface.top}, {data_width} bits wide;\n"
        "// docs/reference/shells.md of db2hdl has the protocol.\n"
        f"// Model: {interface.model_hash}\n"
        f"// Tools: {tools}\n\n"
    )
