"""Fault injection: mutants of a netlist and of Verilog, and what decides them.

A circuit of mutants has the input ports ``sel`` and ``in`` and the output port ``out``. With
``sel`` 0 it is the circuit itself; bit f of ``sel`` alone switches fault f on.
"""
