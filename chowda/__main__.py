"""`python -m chowda`, the same as `chowda`."""

from chowda.cli.main import main

main()
