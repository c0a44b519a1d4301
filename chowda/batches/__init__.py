"""Batches: create, change and delete them; their sources and their list."""
