"""Generates the typed methods, inputs and results of the client from the schema and the operations.

This package imports nothing of `chowda.client.generated`, which may be missing or outdated when it runs.
"""
