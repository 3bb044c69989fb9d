"""Properties of a model that the user states, proved for all inputs or refuted by a row."""

from db2hdl.properties.proving import PropertyResult, prove_property

__all__ = ["PropertyResult", "prove_property"]
