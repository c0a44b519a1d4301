"""Examining a live database: what must hold of it, whether it does, and how it is mended where it does not."""
