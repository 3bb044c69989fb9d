"""AIGER files, the binary form: how cones reach ABC."""

from __future__ import annotations

from collections.abc import Sequence

from db2hdl_hw.prove.cone import Cone


def to_aiger(cones: Sequence[Cone]) -> bytes:
    """Return the file with the two literals of each cone as neighbouring outputs.

    A node that is free in two cones is one input. A gate that two cones share is written twice,
    since another may be free in only one of them: so no cone means more than it says.
    """
    inputs: dict[int, int] = {}
    for cone in cones:
        for variable in _free(cone):
            inputs.setdefault(cone.nodes[variable], 2 * len(inputs) + 2)
    body = bytearray()
    outputs: list[int] = []
    last = 2 * len(inputs)
    for cone in cones:
        number = [inputs.get(node, 0) for node in cone.nodes]
        number[0] = 0
        for n, x, y in cone:
            last += 2
            a, b = number[x >> 1] ^ (x & 1), number[y >> 1] ^ (y & 1)
            high, low = (a, b) if a > b else (b, a)
            body += _number(last - high) + _number(high - low)
            number[n] = last
        outputs += [number[x >> 1] ^ (x & 1) for x in (cone.a, cone.b)]
    gates = last // 2 - len(inputs)
    head = f"aig {last // 2} {len(inputs)} 0 {len(outputs)} {gates}\n"
    return head.encode() + "".join(f"{one}\n" for one in outputs).encode() + bytes(body)


def _free(cone: Cone) -> list[int]:
    gates = set(cone.gates[::3])
    return [v for v in range(1, len(cone.nodes)) if v not in gates]


def _number(value: int) -> bytes:
    """Return a number in groups of seven bits, the lowest first."""
    if value < 128:
        return _SHORT[value]
    out = bytearray()
    while value >= 128:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


_SHORT = [bytes([value]) for value in range(128)]
