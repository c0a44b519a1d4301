"""The tables, one noun per file."""

from chowda.models.app import AppSlot, AppTiming, ClamsApp
from chowda.models.base import Base
from chowda.models.batch import Batch, BatchMediaFile
from chowda.models.event import Event
from chowda.models.media import Collection, CollectionMediaFile, MediaDocument, MediaFile
from chowda.models.mmif import Mmif, MmifOrigin
from chowda.models.pipeline import Pipeline, PipelineStep
from chowda.models.run import (
    BatchRun,
    BatchRunStep,
    PipelineRun,
    RunTally,
    RunTallyDelta,
    StepAttempt,
    StepRun,
    Worker,
)

__all__ = [
    "AppSlot",
    "AppTiming",
    "Base",
    "Batch",
    "BatchMediaFile",
    "BatchRun",
    "BatchRunStep",
    "ClamsApp",
    "Collection",
    "CollectionMediaFile",
    "Event",
    "MediaDocument",
    "MediaFile",
    "Mmif",
    "MmifOrigin",
    "Pipeline",
    "PipelineRun",
    "PipelineStep",
    "RunTally",
    "RunTallyDelta",
    "StepAttempt",
    "StepRun",
    "Worker",
]
