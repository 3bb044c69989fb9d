"""Equivalence of combinational circuits for all inputs: graph, sums, obligations, two engines.

Knows nothing of db2hdl. docs/explanation/decisions/0013-proof-method.md says why it is sound.
"""
