"""Passes: netlist in, netlist out; the same function, fewer cells."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import cycle

from db2hdl_hw.netlist.netlist import Netlist
from db2hdl_hw.netlist.verify import verify
from db2hdl_hw.passes import (
    fold_constants,
    hash_cells,
    remove_dead,
    share_counts,
    small_thresholds,
    thermometer,
)

Pass = Callable[[Netlist], Netlist]

PASSES: Mapping[str, Pass] = {
    "remove_dead": remove_dead.run,
    "share_counts": share_counts.run,
    "fold_constants": fold_constants.run,
    "hash_cells": hash_cells.run,
    "thermometer": thermometer.run,
    "small_thresholds": small_thresholds.run,
}
"""The passes of ``optimise``, in the order in which they run."""

BIT_PASSES: Mapping[str, Pass] = {
    name: run for name, run in PASSES.items() if name != "share_counts"
}
"""Those that make no word of bits: every bit stays a formula of bits, for people to read."""


def optimise(
    netlist: Netlist,
    progress: Callable[[str, int], None] | None = None,
    passes: Mapping[str, Pass] = PASSES,
) -> Netlist:
    """Return an equivalent netlist that no pass changes any more, verified after each pass.

    Parameters
    ----------
    netlist : Netlist
        Verified first.
    progress : callable, optional
        Told the name of each pass that was run, and how many cells there are after it.
    passes : mapping of name to pass
        Run in this order, again and again until nothing changes.

    Raises
    ------
    NetlistError
        If the netlist, or what a pass makes of it, breaks a rule of the verifier.
    """
    verify(netlist)
    settled = 0
    for name, run in cycle(passes.items()):
        before = netlist
        netlist = run(before)
        verify(netlist)
        if progress is not None:
            progress(name, len(netlist))
        settled = settled + 1 if netlist == before else 0
        if settled == len(passes):
            break
    return netlist
