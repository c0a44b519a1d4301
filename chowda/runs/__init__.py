"""Batch runs, pipeline runs, attempts and their counters."""
