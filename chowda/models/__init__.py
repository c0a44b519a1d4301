"""The tables, one noun per file."""

from chowda.models.app import AppIdentifier, AppSlot, AppTiming, ClamsApp
from chowda.models.base import Base
from chowda.models.batch import Batch, BatchMediaFile
from chowda.models.media import MediaDocument, MediaFile, MediaFileOutput
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
    "AppIdentifier",
    "AppSlot",
    "AppTiming",
    "Base",
    "Batch",
    "BatchMediaFile",
    "BatchRun",
    "BatchRunStep",
    "ClamsApp",
    "MediaDocument",
    "MediaFile",
    "MediaFileOutput",
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
