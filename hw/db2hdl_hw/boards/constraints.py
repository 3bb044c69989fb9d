"""Constraint files: which port is on which pin, in the language of each vendor."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from db2hdl_hw.boards.board import CLOCK, Board, Pin

Pins = Mapping[str, Pin]

SUFFIX = {"ice40": ".pcf", "ecp5": ".lpf", "gowin": ".cst", "xc7": ".xdc"}
"""Target -> how the name of its constraint file ends."""


def constraints(board: Board, divider: int) -> str:
    """Return the text of the constraint file of a shell on a board.

    Parameters
    ----------
    board : Board
    divider : int
        Of the clock; Vivado must be told of the divided one.
    """
    return _WRITE[board.target](board, board.pins(), divider)


def _pcf(board: Board, pins: Pins, divider: int) -> str:
    lines = []
    for port, pin in pins.items():
        pull = "-pullup yes " if pin.attributes.get("PULLUP") else ""
        lines.append(f"set_io {pull}{port} {pin.site}\n")
    return "".join(lines)


def _lpf(board: Board, pins: Pins, divider: int) -> str:
    lines = [
        f'LOCATE COMP "{port}" SITE "{pin.site}";\nIOBUF PORT "{port}" {_attributes(pin)};\n'
        for port, pin in pins.items()
    ]
    return "".join(lines) + f'FREQUENCY PORT "{CLOCK}" {board.clock_mhz:g} MHZ;\n'


def _cst(board: Board, pins: Pins, divider: int) -> str:
    return "".join(
        f'IO_LOC "{port}" {pin.site};\nIO_PORT "{port}" {_attributes(pin)};\n'
        for port, pin in pins.items()
    )


def _xdc(board: Board, pins: Pins, divider: int) -> str:
    lines = [
        f"set_property -dict {{ PACKAGE_PIN {pin.site} {_attributes(pin, ' ')} }} "
        f"[get_ports {port}]\n"
        for port, pin in pins.items()
    ]
    period = 1000 / board.clock_mhz
    lines.append(f"create_clock -name board -period {period:.3f} [get_ports {CLOCK}]\n")
    if divider > 1:
        lines.append(
            f"create_generated_clock -name shell -source [get_ports {CLOCK}] "
            f"-divide_by {divider} [get_pins shell_clock_reg/Q]\n"
        )
    lines.append("set_false_path -from [get_ports rx]\nset_false_path -to [get_ports tx]\n")
    return "".join(lines)


def _attributes(pin: Pin, between: str = "=") -> str:
    return " ".join(f"{name}{between}{value}" for name, value in pin.attributes.items())


_WRITE: dict[str, Callable[[Board, Pins, int], str]] = {
    "ice40": _pcf,
    "ecp5": _lpf,
    "gowin": _cst,
    "xc7": _xdc,
}
