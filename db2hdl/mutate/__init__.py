"""Fault injection: how many faults the vectors of a bundle catch, and better vectors."""

from db2hdl.mutate.outcome import Mutant, Mutation
from db2hdl.mutate.run import mutate

__all__ = ["Mutant", "Mutation", "mutate"]
