"""db2hdl: train boolean circuits by gradient descent and take them to checked hardware.

The names below are loaded when first used, so that importing ``db2hdl`` needs no torch.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.metadata import version as _version
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from db2hdl.bundle import export
    from db2hdl.features import Feature
    from db2hdl.harden import harden
    from db2hdl.hardnet import HardLayer, HardNet
    from db2hdl.lower import lower
    from db2hdl.model_file import Model, load, model_hash, save

__version__ = _version("db2hdl")

_HOME = {
    "Feature": "db2hdl.features",
    "HardLayer": "db2hdl.hardnet",
    "HardNet": "db2hdl.hardnet",
    "Model": "db2hdl.model_file",
    "export": "db2hdl.bundle",
    "harden": "db2hdl.harden",
    "load": "db2hdl.model_file",
    "lower": "db2hdl.lower",
    "model_hash": "db2hdl.model_file",
    "save": "db2hdl.model_file",
}

__all__ = [
    "Feature",
    "HardLayer",
    "HardNet",
    "Model",
    "__version__",
    "export",
    "harden",
    "load",
    "lower",
    "model_hash",
    "save",
]


def __getattr__(name: str) -> Any:
    """Load a public name from its module on first use."""
    if name not in _HOME:
        raise AttributeError(f"module 'db2hdl' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


class _Package(ModuleType):
    """Keeps ``db2hdl.harden`` and ``db2hdl.lower`` the functions, not the modules of that name.

    Importing a submodule binds it on its package; here the function of the same name is bound.
    """

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, ModuleType) and _HOME.get(name) == value.__name__:
            value = getattr(value, name)
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted(__all__)
