# amaranth: UnusedElaboratable=no
"""The UART shell of a core as Verilog: ``<top>_uart``, which instantiates the core by name."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version

from db2hdl_hw.emit.interface import Interface
from db2hdl_hw.emit.verilog import shell_text
from db2hdl_hw.errors import ToolError

SUFFIX = "_uart"

STYLE_RULES = (
    "CASEINCOMPLETE",
    "DECLFILENAME",
    "PROCASSINIT",
    "UNUSEDSIGNAL",
    "VARHIDDEN",
    "WIDTHEXPAND",
    "WIDTHTRUNC",
)
"""Rules of lint that Amaranth's Verilog of sequential circuits does not keep; the others hold."""


def shell_name(interface: Interface) -> str:
    """Return the name of the shell's module."""
    return interface.top + SUFFIX


def uart_verilog(
    interface: Interface,
    divisor: int,
    *,
    timeout_bits: int | None = None,
    clock_divider: int = 1,
    versions: Mapping[str, str] | None = None,
) -> str:
    """Return the Verilog of the UART shell of a core, without the core itself.

    The text is a function of the arguments and of the versions of Amaranth and of its Yosys.

    Parameters
    ----------
    interface : Interface
        Of the core.
    divisor : int
        Clocks a bit, at least 4, of the divided clock.
    timeout_bits : int, optional
        Bits without a byte after which a frame is given up.
    clock_divider : int
        Of the port ``clk``: 1 or an even number.
    versions : mapping of program to version, optional
        What else to quote in the header.

    Raises
    ------
    InputError
        As ``UartShell``.
    ToolError
        If Amaranth or its Yosys is missing.
    """
    try:
        from db2hdl_hw.gateware.uart import TIMEOUT_BITS, UartShell
    except ImportError as error:
        raise ToolError("Amaranth is not installed; pip install 'db2hdl[fpga]'") from error

    bits = TIMEOUT_BITS if timeout_bits is None else timeout_bits
    shell = UartShell(interface, divisor, timeout_bits=bits, clock_divider=clock_divider)
    tools = {**(versions or {}), "amaranth": version("amaranth")}
    off, on = (f"/* verilator lint_{what} {{0}} */\n" for what in ("off", "on"))
    return "".join(
        [
            _header(interface, divisor, clock_divider, tools),
            *(off.format(rule) for rule in STYLE_RULES),
            shell_text(shell, shell_name(interface)),
            *(on.format(rule) for rule in STYLE_RULES),
        ]
    )


def _header(
    interface: Interface, divisor: int, clock_divider: int, versions: Mapping[str, str]
) -> str:
    tools = ", ".join(f"{name} {number}" for name, number in versions.items())
    divided = f" divided by {clock_divider}" if clock_divider > 1 else ""
    return (
        "// SPDX-License-Identifier: CC0-1.0\n"
        f"// UART shell of {interface.top}: {interface.input_width} bits in, "
        f"{interface.output_width} out; docs/reference/shells.md of db2hdl has the protocol.\n"
        f"// Model: {interface.model_hash}\n"
        f"// Clock: clk{divided}, {divisor} clocks a bit. Registers start with initial values.\n"
        f"// Tools: {tools}\n\n"
    )
