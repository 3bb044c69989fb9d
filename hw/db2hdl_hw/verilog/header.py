"""The comment at the head of a file: the only place for comments, and all that they can say.

Tools obey comments (``synopsys translate_off``, lint switches), so none is read that is not one of
these lines.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_LINES = (
    r"// SPDX-License-Identifier: CC0-1\.0",
    r"// Model: [0-9a-f]{0,64}",
    r"// Tools: (?:(?:db2hdl|amaranth|yosys) [0-9][0-9A-Za-z.+]{0,63}(?:, |(?=\n)))+",
    r"// [A-Za-z][A-Za-z0-9_]* is (?:combinational|pipelined, latency [0-9]{1,9})\. "
    r"interface\.json says what its ports mean, nets\.json",
    r"// which net is which bit of the model\. Changes made here are lost by the next export\.",
    r"",
    r"// The modules of one circuit are in one file on purpose\.",
)
HEADER = re.compile("".join(f"{line}\n" for line in _LINES))


def header(top: str, *, model_hash: str, versions: Mapping[str, str], latency: int = 0) -> str:
    """Return the comment that an exported file begins with.

    Parameters
    ----------
    top : str
        The top module.
    model_hash : str
        Of the model that the circuit was made from.
    versions : mapping of program to version
        ``db2hdl``, ``amaranth``, ``yosys``.
    latency : int
        In clock cycles; 0 of a combinational core.
    """
    what = f"pipelined, latency {latency}" if latency else "combinational"
    tools = ", ".join(f"{name} {number}" for name, number in versions.items())
    return (
        "// SPDX-License-Identifier: CC0-1.0\n"
        f"// Model: {model_hash}\n"
        f"// Tools: {tools}\n"
        f"// {top} is {what}. interface.json says what its ports mean, nets.json\n"
        "// which net is which bit of the model. Changes made here are lost by the next export.\n"
        "\n"
        "// The modules of one circuit are in one file on purpose.\n"
    )
