"""AIGER files, the binary form: how graphs reach ABC."""

from __future__ import annotations

from collections.abc import Sequence

from db2hdl_hw.prove.graph import Graph
from db2hdl_hw.prove.reduce import extract


def to_aiger(graph: Graph, outputs: Sequence[int]) -> tuple[bytes, list[int]]:
    """Return the file of the cones of some literals, and the node of each of its inputs.

    Inputs and digits of sums are inputs of the file, in the order of their nodes.
    """
    nodes = extract_gates(graph, outputs)
    free = [node for node in nodes if graph.left[node] < 0]
    gates = [node for node in nodes if graph.left[node] >= 0 and node]
    literal = {0: 0}
    for number, node in enumerate([*free, *gates], start=1):
        literal[node] = 2 * number
    body = bytearray()
    for node in gates:
        a = literal[graph.left[node] >> 1] ^ (graph.left[node] & 1)
        b = literal[graph.right[node] >> 1] ^ (graph.right[node] & 1)
        high, low = (a, b) if a > b else (b, a)
        body += _number(literal[node] - high) + _number(high - low)
    head = f"aig {len(free) + len(gates)} {len(free)} 0 {len(outputs)} {len(gates)}\n"
    head += "".join(f"{literal[one >> 1] ^ (one & 1)}\n" for one in outputs)
    return head.encode() + bytes(body), free


def extract_gates(graph: Graph, outputs: Sequence[int]) -> list[int]:
    """Return the nodes of cones that end at inputs and digits."""
    digits = frozenset(node for node, left in enumerate(graph.left) if left < 0)
    return extract(graph, list(outputs), digits)


def _number(value: int) -> bytes:
    """Return a number in groups of seven bits, the lowest first."""
    out = bytearray()
    while value >= 128:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])
