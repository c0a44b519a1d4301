"""The tables, one noun per file."""

from chowda.models.app import (
    AppHealth,
    AppIdentifier,
    AppMetadata,
    AppSlot,
    AppTiming,
    ClamsApp,
    ProbeOutcome,
)
from chowda.models.base import Base
from chowda.models.batch import Batch, BatchMediaFile
from chowda.models.event import Event
from chowda.models.media import (
    Collection,
    CollectionMediaFile,
    MediaDocument,
    MediaFile,
    MediaFileOutput,
)
from chowda.models.mmif import Mmif, MmifOrigin
from chowda.models.pipeline import Pipeline, PipelineStep, PipelineVersion
from chowda.models.restore import Restore
from chowda.models.run import (
    BatchRun,
    BatchRunStep,
    PipelineRun,
    RunCounter,
    RunCounterDelta,
    StepAttempt,
    StepRun,
    Worker,
)

__all__ = [
    "AppHealth",
    "AppIdentifier",
    "AppMetadata",
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
    "MediaFileOutput",
    "Mmif",
    "MmifOrigin",
    "Pipeline",
    "PipelineRun",
    "PipelineStep",
    "PipelineVersion",
    "ProbeOutcome",
    "Restore",
    "RunCounter",
    "RunCounterDelta",
    "StepAttempt",
    "StepRun",
    "Worker",
]
