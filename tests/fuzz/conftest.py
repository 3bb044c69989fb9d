"""The random nets of tests/db2hdl, for the fuzzers, too."""

import importlib.util
from pathlib import Path

_path = Path(__file__).parents[1] / "db2hdl" / "conftest.py"
_spec = importlib.util.spec_from_file_location("random_nets", _path)
assert _spec is not None and _spec.loader is not None
_module = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_module)
random_hard_net = _module.random_hard_net
