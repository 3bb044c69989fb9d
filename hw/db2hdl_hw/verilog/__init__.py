"""The subset of Verilog that this project writes and reads: tree, reader, rules, printer.

docs/reference/verilog-subset.md says what is in it. Imports ``errors`` and ``system``; never a
tool, a bundle, Amaranth or the prover.
"""
