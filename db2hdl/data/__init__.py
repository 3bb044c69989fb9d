"""From files and built-in problems to datasets of integer codes; needs no torch."""

from db2hdl.data.columns import fit_features
from db2hdl.data.dataset import Dataset, Split, split_table
from db2hdl.data.problems import PROBLEMS, load_problem, noisy_xor
from db2hdl.data.table import Table, read_rows, read_table
from db2hdl.data.xor_file import read_noisy_xor

__all__ = [
    "PROBLEMS",
    "Dataset",
    "Split",
    "Table",
    "fit_features",
    "load_problem",
    "noisy_xor",
    "read_noisy_xor",
    "read_rows",
    "read_table",
    "split_table",
]
