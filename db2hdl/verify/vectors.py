"""The check that the stated score of a bundle's vectors rests on true claims.

What the vectors show is measured again by the rebuild, which must give the same ``score.json``.
That the faults which it calls equivalent are, is proved again here.
"""

from __future__ import annotations

from db2hdl.directed import SCORE, check_equivalent, circuit_of, directed_of
from db2hdl.inner import netlist_of
from db2hdl.model_file import load
from db2hdl.verify.result import VERIFIED, Check
from db2hdl_hw.emit import manifest
from db2hdl_hw.emit.bundle import Bundle

NAME = "vectors"


def check_vectors(bundle: Bundle) -> Check:
    """Prove again that no input shows the faults that ``score.json`` calls equivalent.

    A bundle without it states no score, and there is nothing to check.
    """
    directed = directed_of(bundle)
    if directed.dead is None:
        return Check(NAME, VERIFIED, (f"no score is stated: there is no {SCORE}",))
    listed = manifest.read(bundle.path)
    target = str(listed.options.get("target", "")) if listed else ""
    netlist = netlist_of(bundle, load(bundle.model).hard)
    count = check_equivalent(circuit_of(netlist, bundle.interface, target), directed.dead)
    said = f"{count} combinations at gates show nothing, as {SCORE} says: proved again"
    return Check(NAME, VERIFIED, (said,))
