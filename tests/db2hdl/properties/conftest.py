"""The nets of the explanations."""

import importlib.util
from pathlib import Path

import pytest

_spec = importlib.util.spec_from_file_location(
    "explain_conftest", Path(__file__).parents[1] / "explain" / "conftest.py"
)
_module = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_module)


@pytest.fixture
def make_net():
    return _module.random_net


@pytest.fixture
def every():
    return _module.all_codes
