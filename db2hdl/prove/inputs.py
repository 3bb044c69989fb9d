"""From an interface to the inputs of a graph, and from a counter-example back to codes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from db2hdl.hardnet import HardNet, feature_names
from db2hdl_hw.emit.interface import Interface
from db2hdl_hw.emit.words import Bits, unpack_codes
from db2hdl_hw.prove.circuit import Word, port_word
from db2hdl_hw.prove.graph import Graph


def feature_words(interface: Interface, graph: Graph) -> dict[str, Word]:
    """Return the word of each feature, by its original name."""
    words: dict[str, Word] = {}
    for port in interface.inputs:
        bits = port_word(graph, port.name, port.width)
        if port.coding is not None:
            words[port.features[0]] = bits
        else:
            words |= {name: [bit] for name, bit in zip(port.features, bits, strict=True)}
    return words


def input_word(interface: Interface, case: Mapping[str, bool]) -> Bits:
    """Return the input word [1, input_width] of a case; what it leaves open is low."""
    bits = [
        case.get(f"{port.name}[{place}]", False)
        for port in interface.inputs
        for place in range(port.width)
    ]
    return np.array([bits], np.bool_)


def codes_of(hard: HardNet, interface: Interface, case: Mapping[str, bool]) -> NDArray[np.int64]:
    """Return the codes [features] of a case."""
    word = input_word(interface, case)
    codes: NDArray[np.int64] = unpack_codes(interface, word, feature_names(hard.features))[0]
    return codes
