"""Pipelines: steps, versions, documents, validation and retry policy."""
