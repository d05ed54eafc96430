"""`python -m segtool`."""

from segtool.cli import main

main()
