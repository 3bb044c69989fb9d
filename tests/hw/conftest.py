"""The tools that tests of emitted files run; with CI=true a missing one fails."""

import os

import pytest

from db2hdl_hw.errors import ToolError
from db2hdl_hw.tools import Tool, find_iverilog, find_verilator


@pytest.fixture(scope="session")
def verilator() -> Tool:
    try:
        return find_verilator()
    except ToolError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def iverilog() -> Tool:
    try:
        return find_iverilog()
    except ToolError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))
