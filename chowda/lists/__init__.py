"""Lists of every noun: filters, orders that an index serves, pages by keyset, counts that don't slow a page."""

from chowda.lists import (
    apps,
    attempts,
    batch_files,
    batch_runs,
    batches,
    collections,
    media_files,
    mmifs,
    pipeline_runs,
    pipelines,
)

__all__ = [
    "apps",
    "attempts",
    "batch_files",
    "batch_runs",
    "batches",
    "collections",
    "media_files",
    "mmifs",
    "pipeline_runs",
    "pipelines",
]
