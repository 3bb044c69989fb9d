"""What a board is: its device, its clock, and where its UART is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module

from db2hdl_hw.errors import ToolError

CLOCK, RECEIVE, SEND = "clk", "rx", "tx"
"""The ports of a shell, which are all that a board's constraints name."""


@dataclass(frozen=True)
class Pin:
    """A pin of the device and how it is set up, as amaranth-boards writes it."""

    site: str
    attributes: Mapping[str, object]


@dataclass(frozen=True)
class Board:
    """A board.

    Attributes
    ----------
    name, title : str
        As the command line and as people call it.
    device : str
        The FPGA.
    target : str
        What Yosys synthesises for.
    luts, lut_inputs, ffs : int
        LUTs of the device, inputs of each, and flip-flops.
    clock_mhz : float
        Of the oscillator on the board.
    flow : str
        What makes the bitstream.
    platform : (module, class)
        Of amaranth-boards, which has the pins.
    place, pack : tuple of str
        What place and route and the packer must be told of the device.
    loader : str
        The name of the board at openFPGALoader.
    bitstream : str
        How the file of the bitstream ends; empty if only a project is made.
    """

    name: str
    title: str
    device: str
    target: str
    luts: int
    lut_inputs: int
    ffs: int
    clock_mhz: float
    flow: str
    platform: tuple[str, str]
    loader: str
    bitstream: str = ""
    place: tuple[str, ...] = ()
    pack: tuple[str, ...] = ()

    def pins(self) -> dict[str, Pin]:
        """Return the pins of the shell's ports: port -> pin.

        Raises
        ------
        ToolError
            If amaranth-boards is missing.
        """
        module, class_ = self.platform
        try:
            platform = getattr(import_module(f"amaranth_boards.{module}"), class_)()
        except ImportError as error:
            raise ToolError(
                "amaranth-boards is not installed; pip install 'db2hdl[boards]'"
            ) from error
        clock, uart = platform.lookup(platform.default_clk, 0), platform.lookup("uart", 0)
        pins = {CLOCK: Pin(clock.ios[0].names[0], dict(clock.attrs))}
        for part in uart.ios:
            if part.name in (RECEIVE, SEND):
                pins[part.name] = Pin(part.ios[0].names[0], {**uart.attrs, **part.attrs})
        return pins
