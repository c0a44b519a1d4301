"""The `chowda` command. See docs/command-line.md."""
