"""The monitor: reads the output word, whatever it holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from db2hdl_sim.job import Port


class Monitor:
    """Samples output words as text of 0, 1, X and Z, the most significant bit first.

    Parameters
    ----------
    dut : cocotb handle
        The top module.
    ports : sequence of Port
        The first is in the low bits of the word.
    """

    def __init__(self, dut: Any, ports: Sequence[Port]) -> None:
        self._handles = [dut[port.name] for port in reversed(ports)]

    def sample(self) -> str:
        """Return the output word as it is now."""
        return "".join([str(handle.value) for handle in self._handles])
