"""The subset of Verilog that this project writes and reads: tree, reader, rules, printer.

docs/reference/verilog-subset.md says what is in it. Imports ``emit`` for words that are taken
(keywords) and ``errors``; never a tool, Amaranth or the prover.
"""
