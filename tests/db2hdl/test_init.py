"""The package: public names load lazily, and stay functions whatever is imported first."""

import subprocess
import sys

import pytest

import db2hdl


def run(code: str) -> None:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_public_name_is_there():
    assert all(hasattr(db2hdl, name) for name in db2hdl.__all__)
    assert set(db2hdl.__all__) <= set(dir(db2hdl))


def test_unknown_name():
    with pytest.raises(AttributeError, match="no attribute 'hardne'"):
        _ = db2hdl.hardne


def test_the_hard_side_needs_no_torch():
    run(
        "import db2hdl_hw, db2hdl_sim, db2hdl.hardnet; import sys; "
        "assert 'torch' not in sys.modules"
    )


def test_lowering_and_export_need_no_torch():
    run(
        "import db2hdl, sys; db2hdl.lower, db2hdl.export, db2hdl.load; "
        "import db2hdl.simulate; "
        "heavy = {'torch', 'amaranth', 'cocotb', 'sklearn'} & set(sys.modules); "
        "assert not heavy, heavy"
    )


@pytest.mark.parametrize("first", ["import db2hdl.harden", "from db2hdl.harden import compare", ""])
def test_harden_is_the_function(first):
    run(f"{first}\nimport db2hdl, inspect; assert inspect.isfunction(db2hdl.harden)")


@pytest.mark.parametrize("first", ["import db2hdl.lower", "import db2hdl.bundle", ""])
def test_lower_is_the_function(first):
    run(f"{first}\nimport db2hdl, inspect; assert inspect.isfunction(db2hdl.lower)")
