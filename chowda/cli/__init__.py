"""The `chowda` command: a file for each noun, and `server` for what starts the parts of a server."""
