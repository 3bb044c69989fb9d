"""Run a Yosys script in this process, which has no other purpose: Yosys may crash or hang.

Used as ``python -I -m db2hdl_hw.synth.worker SCRIPT``; what Yosys says goes to standard output.
"""

from __future__ import annotations

import sys
from pathlib import Path


def main(script: str) -> None:
    """Run the commands of a script, one a line."""
    from pyosys import libyosys

    design = libyosys.Design()
    for line in Path(script).read_text(encoding="utf-8").splitlines():
        libyosys.run_pass(line, design)


if __name__ == "__main__":
    main(sys.argv[1])
