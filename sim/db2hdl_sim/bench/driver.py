"""The driver: puts an input word on the ports."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from db2hdl_sim.job import Port


class Driver:
    """Drives input words; a port is written only when its value changes.

    Parameters
    ----------
    dut : cocotb handle
        The top module.
    ports : sequence of Port
        The first is in the low bits of the word.
    """

    def __init__(self, dut: Any, ports: Sequence[Port]) -> None:
        self._ports: list[tuple[Any, int, int]] = []
        self._last = -1  # differs from every word in every bit that matters
        low = 0
        for port in ports:
            self._ports.append((dut[port.name], low, (1 << port.width) - 1))
            low += port.width
        self._first = True

    def drive(self, word: int) -> None:
        """Put one word on the ports; it arrives with the next simulator event."""
        changed = word ^ self._last
        for handle, low, mask in self._ports:
            if self._first or changed >> low & mask:
                handle.value = word >> low & mask
        self._last = word
        self._first = False
