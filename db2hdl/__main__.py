"""``python -m db2hdl``: the command line."""

from db2hdl.cli import main

main()
