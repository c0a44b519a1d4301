"""Inputs of the API.

Made by `python chowda/client/generate.py`: change the operations or the schema, not this.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import UNSET, UnsetType, field

from chowda.client.generated.enums import (
    AppRuntime,
    DocumentFormat,
    DocumentType,
    MmifOrigin,
    RunStatus,
    StartFrom,
    StepErrorCode,
)
from chowda.client.operation import Input


class AddMmifsToBatchInput(Input, frozen=True, kw_only=True):
    """AddMmifsToBatchInput"""

    batch_id: str
    mmif_ids: Sequence[str]
    replace: bool | UnsetType = UNSET
    """Also where a file has another input; else that is CONFLICT, by name."""


class AppFilter(Input, frozen=True, kw_only=True):
    """What is given must all hold; of a list, one."""

    names: Sequence[str] | UnsetType | None = UNSET
    """Exactly one of these."""
    text: str | UnsetType | None = UNSET
    """In its name or identifier, in whatever case."""
    created: PeriodInput | UnsetType | None = UNSET


class BatchFilter(Input, frozen=True, kw_only=True):
    """What is given must all hold; of a list, one."""

    names: Sequence[str] | UnsetType | None = UNSET
    """Exactly one of these; a batch's name need not be unique."""
    text: str | UnsetType | None = UNSET
    """In its name, in whatever case."""
    pipelines: Sequence[str] | UnsetType | None = UNSET
    """With one of these as its own."""
    guids: Sequence[str] | UnsetType | None = UNSET
    """With one of these media files."""
    collections: Sequence[str] | UnsetType | None = UNSET
    """With a media file of one of these collections."""
    created: PeriodInput | UnsetType | None = UNSET


class BatchRunFilter(Input, frozen=True, kw_only=True):
    """What is given must all hold; of a list, one."""

    status: Sequence[RunStatus] | UnsetType | None = UNSET
    batches: Sequence[str] | UnsetType | None = UNSET
    pipelines: Sequence[str] | UnsetType | None = UNSET
    apps: Sequence[str] | UnsetType | None = UNSET
    """With a step of one of these apps."""
    text: str | UnsetType | None = UNSET
    """In the name of its batch, in whatever case."""
    collections: Sequence[str] | UnsetType | None = UNSET
    """With a media file of one of these collections."""
    created: PeriodInput | UnsetType | None = UNSET
    started: PeriodInput | UnsetType | None = UNSET
    ended: PeriodInput | UnsetType | None = UNSET


class ChosenAppInput(Input, frozen=True, kw_only=True):
    """ChosenAppInput"""

    position: int
    """Of the step in the document; counts from 1."""
    app_id: str
    """The app to use there, whatever the document names."""


class CollectionFilter(Input, frozen=True, kw_only=True):
    """What is given must all hold; of a list, one."""

    names: Sequence[str] | UnsetType | None = UNSET
    """Exactly one of these."""
    text: str | UnsetType | None = UNSET
    """In its name or description, in whatever case."""
    guids: Sequence[str] | UnsetType | None = UNSET
    """With one of these media files."""
    created: PeriodInput | UnsetType | None = UNSET


class CreateBatchFromInput(Input, frozen=True, kw_only=True):
    """CreateBatchFromInput"""

    name: str
    description: str | UnsetType | None = UNSET
    pipeline_id: str | UnsetType | None = UNSET
    """The pipeline on which it is started by default."""
    guids: Sequence[str] | UnsetType = UNSET
    """Unknown or repeated ones refuse the whole batch: ten in the message, all in extensions.guids."""
    guid_text: str | UnsetType | None = UNSET
    """GUIDs as people paste them, or a CSV: see the query readGuids, which shows mistakes before."""
    collection_ids: Sequence[str] | UnsetType = UNSET
    media_files: MediaFileFilter | UnsetType | None = UNSET
    """All media files that this finds."""
    mmif_ids: Sequence[str] | UnsetType = UNSET
    """Their media files, each with its MMIF as input. Two of one media file are CONFLICT, by name."""
    batch_ids: Sequence[str] | UnsetType = UNSET
    """Their media files with their inputs. Two inputs of one media file are CONFLICT, by name."""


class CreateBatchesFromCollectionsInput(Input, frozen=True, kw_only=True):
    """CreateBatchesFromCollectionsInput"""

    collection_ids: Sequence[str]
    pipeline_id: str | UnsetType | None = UNSET
    """The pipeline on which they are started by default."""


class CreateCollectionInput(Input, frozen=True, kw_only=True):
    """CreateCollectionInput"""

    name: str
    """Unique: another collection's is CONFLICT."""
    description: str | UnsetType | None = UNSET
    guids: Sequence[str] | UnsetType = UNSET
    """Unknown ones refuse it: ten in the message, all in extensions.guids."""


class CreatePipelineInput(Input, frozen=True, kw_only=True):
    """CreatePipelineInput"""

    name: str
    description: str | UnsetType | None = UNSET
    steps: Sequence[PipelineStepInput]
    """1 to 100, in order."""


class ImportBatchDefinitionInput(Input, frozen=True, kw_only=True):
    """ImportBatchDefinitionInput"""

    text: str
    """A batch definition of clams-kitchen: a CSV whose first column is asset_id. Up to 16 MiB."""
    name: str
    """Of the batch."""
    description: str | UnsetType | None = UNSET
    pipeline_id: str | UnsetType | None = UNSET
    """The pipeline on which it is started by default."""


class ImportPipelineInput(Input, frozen=True, kw_only=True):
    """ImportPipelineInput"""

    text: str
    """What Pipeline.document gives, or a recipe of clams-kitchen. As YAML up to 128 KiB, as JSON up to 4
    MiB.
    """
    format: DocumentFormat | UnsetType | None = UNSET
    """By default JSON if it begins with a brace, else YAML."""
    name: str | UnsetType | None = UNSET
    """Instead of the name in the document."""
    apps: Sequence[ChosenAppInput] | UnsetType = UNSET
    """Apps to use instead of those that the document names."""
    as_new_version: bool | UnsetType = UNSET
    """A pipeline that has the name already gets a new version."""
    dry_run: bool | UnsetType = UNSET
    """Changes nothing, and says what would be done and all that is wrong."""


class MediaDocumentInput(Input, frozen=True, kw_only=True):
    """MediaDocumentInput"""

    type: DocumentType
    location: str
    """Where the app sees it. Chowda does not open it."""
    mime: str | UnsetType | None = UNSET
    """Its MIME type, e.g. video/mp4."""
    duration_seconds: float | UnsetType | None = UNSET
    """Its length, if known: estimates of progress rest on it. It plays no part in whether two documents
    are the same.
    """
    size_bytes: int | UnsetType | None = UNSET
    """Likewise."""
    checksum: str | UnsetType | None = UNSET
    """As algorithm:hexadecimal in small letters, e.g. sha256:9f86d0…. Likewise."""


class MediaFileFilter(Input, frozen=True, kw_only=True):
    """What is given must all hold; of a list, one."""

    guids: Sequence[str] | UnsetType | None = UNSET
    """Exactly one of these."""
    text: str | UnsetType | None = UNSET
    """In its GUID, in whatever case."""
    batches: Sequence[str] | UnsetType | None = UNSET
    """In one of these batches."""
    collections: Sequence[str] | UnsetType | None = UNSET
    """In one of these collections."""
    types: Sequence[DocumentType] | UnsetType | None = UNSET
    """With a document of one of these types."""
    mimes: Sequence[str] | UnsetType | None = UNSET
    """With a document of one of these MIME types; video/ stands for all that begin so. With `types`: the
    same document.
    """
    has_input_mmif: bool | UnsetType | None = UNSET
    """In one of `batches`, or in any."""
    no_output_of: NoOutputInput | UnsetType | None = UNSET
    created: PeriodInput | UnsetType | None = UNSET


class MediaFileInput(Input, frozen=True, kw_only=True):
    """MediaFileInput"""

    guid: str
    """At most 255 characters."""
    documents: Sequence[MediaDocumentInput]
    """At least one."""


class MmifFilter(Input, frozen=True, kw_only=True):
    """What is given must all hold; of a list, one."""

    origins: Sequence[MmifOrigin] | UnsetType | None = UNSET
    apps: Sequence[str] | UnsetType | None = UNSET
    """Made by one of these apps, in whatever version."""
    guids: Sequence[str] | UnsetType | None = UNSET
    """Of one of these media files."""
    text: str | UnsetType | None = UNSET
    """In the GUID of its media file, in whatever case."""
    collections: Sequence[str] | UnsetType | None = UNSET
    """Of a media file of one of these collections."""
    created: PeriodInput | UnsetType | None = UNSET


class NoOutputInput(Input, frozen=True, kw_only=True):
    """That an app has given nothing for a media file, or nothing new enough."""

    app: str
    """In whatever version; apps whose identifiers differ in the version alone count as one."""
    older_than: str | UnsetType | None = UNSET
    """Files too whose every output is of an older version than this, e.g. v8.10. Compared number by
    number: v8.9 < v8.10, v8 = v8.0, v1.0-rc1 < v1.0.
    """


class PeriodInput(Input, frozen=True, kw_only=True):
    """A stretch of time; either end may be left open."""

    from_: datetime | UnsetType | None = field(default=UNSET, name="from")
    """From this time on."""
    to: datetime | UnsetType | None = UNSET
    """Before this time."""


class PipelineFilter(Input, frozen=True, kw_only=True):
    """What is given must all hold; of a list, one."""

    names: Sequence[str] | UnsetType | None = UNSET
    """Exactly one of these."""
    text: str | UnsetType | None = UNSET
    """In its name or description, in whatever case."""
    apps: Sequence[str] | UnsetType | None = UNSET
    """Whose newest version has a step of one of these apps."""
    archived: bool | UnsetType | None = UNSET
    """Those that are archived; null: archived or not."""
    created: PeriodInput | UnsetType | None = UNSET


class PipelineRunFilter(Input, frozen=True, kw_only=True):
    """What is given must all hold; of a list, one."""

    status: Sequence[RunStatus] | UnsetType | None = UNSET
    batch_runs: Sequence[str] | UnsetType | None = UNSET
    batches: Sequence[str] | UnsetType | None = UNSET
    pipelines: Sequence[str] | UnsetType | None = UNSET
    apps: Sequence[str] | UnsetType | None = UNSET
    """With a step of one of these apps."""
    guids: Sequence[str] | UnsetType | None = UNSET
    """Of one of these media files."""
    text: str | UnsetType | None = UNSET
    """In the GUID of its media file, in whatever case."""
    error_codes: Sequence[StepErrorCode] | UnsetType | None = UNSET
    """Of the step that failed; failed runs alone have one."""
    collections: Sequence[str] | UnsetType | None = UNSET
    """Of a media file of one of these collections."""
    created: PeriodInput | UnsetType | None = UNSET
    ended: PeriodInput | UnsetType | None = UNSET


class PipelineStepInput(Input, frozen=True, kw_only=True):
    """PipelineStepInput"""

    app_id: str
    parameters: Any | UnsetType = UNSET
    """An object with values for the app's parameters; what is left out gets the app's default."""
    retry: RetryPolicyInput | UnsetType | None = UNSET
    """By default the table under StepError."""


class RegisterAppInput(Input, frozen=True, kw_only=True):
    """RegisterAppInput"""

    name: str | UnsetType | None = UNSET
    """By default the one in the app's metadata. Unique."""
    runtime: AppRuntime | UnsetType = UNSET
    """WEB_SERVICE is the only one that is served yet."""
    endpoint: str | UnsetType | None = UNSET
    """Of a WEB_SERVICE: http:// or https://, without credentials or query."""
    image: str | UnsetType | None = UNSET
    """Of a KUBERNETES_JOB."""
    command: Sequence[str] | UnsetType | None = UNSET
    """Of a COMMAND."""
    max_concurrency: int | UnsetType = UNSET
    """Calls that Chowda may hold at once, 1 to 1000. More than 1 only for an app whose owner says that it
    keeps concurrent requests apart: many don't.
    """
    timeout_seconds: int | UnsetType = UNSET
    """How long one call may take before it counts as failed."""


class RetryPolicyInput(Input, frozen=True, kw_only=True):
    """In place of the table under StepError. WORKER_LOST can't be named: a lost worker uses up no attempt,
    and ten in a row end a step whatever its policy.
    """

    attempts: int | UnsetType | None = UNSET
    """Calls in all, 1 to 100. 1: no retry."""
    codes: Sequence[StepErrorCode] | UnsetType | None = UNSET
    """Those that are retried, each up to `attempts` calls. By default those of the table, and APP_TIMEOUT
    once at most: name it to have it retried like the others.
    """


class StartBatchInput(Input, frozen=True, kw_only=True):
    """StartBatchInput"""

    batch_id: str
    pipeline_id: str | UnsetType | None = UNSET
    """By default the batch's own."""
    pipeline_version: int | UnsetType | None = UNSET
    """By default the newest."""
    overrides: Sequence[StepOverrideInput] | UnsetType = UNSET
    """Parameters for this start alone, one for a step at most."""
    from_blank_mmif: bool | UnsetType = UNSET
    """false: the batch's input MMIF of the file, else the file's newest, else blank."""
    start_from: StartFrom | UnsetType | None = UNSET
    """Says more than fromBlankMmif, and goes before it."""
    idempotency_key: str | UnsetType | None = UNSET
    """The same key gives the batch run of the first call instead of a second one."""
    priority: int | UnsetType = UNSET
    """-100 to 100. Where batch runs share an app, the higher goes first; equal ones take turns."""


class StartBatchesInput(Input, frozen=True, kw_only=True):
    """StartBatchesInput"""

    pipeline_id: str | UnsetType | None = UNSET
    """By default each batch's own."""
    pipeline_version: int | UnsetType | None = UNSET
    """By default the newest."""
    overrides: Sequence[StepOverrideInput] | UnsetType = UNSET
    """Parameters for these starts alone, one for a step at most."""
    start_from: StartFrom | UnsetType = UNSET
    idempotency_key: str | UnsetType | None = UNSET
    """Under the same key each batch is started once, however often the call is made."""
    priority: int | UnsetType = UNSET


class StepOverrideInput(Input, frozen=True, kw_only=True):
    """StepOverrideInput"""

    position: int
    """Of the step; counts from 1."""
    parameters: Any
    """An object, merged over the step's parameters. A null in it takes one out, so that the app's default
    counts.
    """


class UpdateAppInput(Input, frozen=True, kw_only=True):
    """UpdateAppInput"""

    name: str | UnsetType | None = UNSET
    """Unique."""
    endpoint: str | UnsetType | None = UNSET
    """Where it answers from now on, e.g. of an app that was known by its description alone. It is asked
    what it is; another app than this one is refused, another version of it is taken over.
    """
    max_concurrency: int | UnsetType | None = UNSET
    """1 to 1000. Calls in flight go on; where there are more than the new limit, none begins until there
    are fewer.
    """
    timeout_seconds: int | UnsetType | None = UNSET
    """For calls that begin from now on."""
    one_at_a_time: bool | UnsetType | None = UNSET
    """false: it is trusted again with as many calls as maxConcurrency says."""
    active: bool | UnsetType | None = UNSET
    """false: calls in flight go on and none begins; runs that need it wait, with the reason shown, until
    it is true again.
    """


class UpdateAppsInput(Input, frozen=True, kw_only=True):
    """UpdateAppsInput"""

    max_concurrency: int | UnsetType | None = UNSET
    timeout_seconds: int | UnsetType | None = UNSET
    one_at_a_time: bool | UnsetType | None = UNSET
    active: bool | UnsetType | None = UNSET


class UpdateBatchInput(Input, frozen=True, kw_only=True):
    """UpdateBatchInput"""

    id: str
    name: str | UnsetType | None = UNSET
    """Left out: as it is."""
    description: str | UnsetType | None = UNSET
    """Left out: as it is; "" takes it away."""
    pipeline_id: str | UnsetType | None = UNSET
    """Left out: as it is."""


class UpdateCollectionInput(Input, frozen=True, kw_only=True):
    """UpdateCollectionInput"""

    id: str
    name: str | UnsetType | None = UNSET
    """Left out: as it is."""
    description: str | UnsetType | None = UNSET
    """Left out: as it is; "" takes it away."""


class UpdateMediaFileInput(Input, frozen=True, kw_only=True):
    """UpdateMediaFileInput"""

    guid: str
    documents: Sequence[MediaDocumentInput]
    """These instead of those that it has. At least one."""
    revision: int | UnsetType | None = UNSET
    """The one that was seen: where it is another by now, that is CONFLICT."""


class UpdatePipelineInput(Input, frozen=True, kw_only=True):
    """UpdatePipelineInput"""

    name: str | UnsetType | None = UNSET
    description: str | UnsetType | None = UNSET
    """null: none."""
    steps: Sequence[PipelineStepInput] | UnsetType | None = UNSET
    """All steps, 1 to 100, in order. Other steps make a new version, the same ones none."""
    note: str | UnsetType | None = UNSET
    """Kept with the new version: why the steps were changed."""
    expected_version: int | UnsetType | None = UNSET
    """The newest version that you have seen: if there is a newer one, CONFLICT, and nothing changes."""
    archived: bool | UnsetType | None = UNSET
    """true: it can't be started any more; false: it can again."""
