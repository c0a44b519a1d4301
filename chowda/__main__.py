"""`python -m chowda`, the same as `chowda`."""

from chowda.cli import main

main()
