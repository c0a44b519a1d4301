"""What the client gets.

Made by `python chowda/client/generate.py`: change the operations or the schema, not this.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from chowda.client.generated.enums import (
    AppParameterType,
    AppRuntime,
    DocumentType,
    HealthStatus,
    ImportOutcome,
    MmifOrigin,
    PipelineOutcome,
    ProgressSource,
    RunStatus,
    StepChangeKind,
    StepErrorCode,
    WaitReason,
)
from chowda.client.operation import Answer


class AppName(Answer, frozen=True, kw_only=True):
    """A CLAMS app that pipelines can be made of."""

    id: str
    name: str
    """Unique."""
    identifier: str
    """The app's own, e.g. http://apps.clams.ai/swt-detection/v8.9."""


class AppCircuit(Answer, frozen=True, kw_only=True):
    """Of an app that failed on file after file: its steps wait, and one trial call at a time goes out."""

    opened_at: datetime
    trial_at: datetime
    """When the next trial call may go out."""
    trials: int
    """Trial calls that failed so far."""
    reason: str
    """The last failure: code and message."""


class AppHealthDrift(Answer, frozen=True, kw_only=True):
    """What answers at the app's endpoint is not what is kept of it here."""

    identifier: str
    """Of what answers there."""
    version: str | None = None
    """Of what answers there."""
    since: datetime
    """When it was noticed."""
    message: str
    """For a person: what differs, and what to do."""


class AppHealth(Answer, frozen=True, kw_only=True):
    """How an app does, by what was heard of it last: from a call, or from a look at it every few minutes
    (CHOWDA_APP_LOOK_SECONDS).
    """

    status: HealthStatus
    message: str
    """For a person."""
    looked_at: datetime | None = None
    """When it was asked last what it is."""
    last_answer_at: datetime | None = None
    """Its last answer to a call that finished, or to a look."""
    last_failure_at: datetime | None = None
    """The last call that failed and blamed the app, or the last look without an answer."""
    drift: AppHealthDrift | None = None
    """Null while it is what is kept of it."""


class App(Answer, frozen=True, kw_only=True):
    """A CLAMS app that pipelines can be made of."""

    id: str
    name: str
    """Unique."""
    identifier: str
    """The app's own, e.g. http://apps.clams.ai/swt-detection/v8.9."""
    version: str | None = None
    runtime: AppRuntime
    endpoint: str | None = None
    """Of a WEB_SERVICE: the URL at which it answers."""
    image: str | None = None
    """Of a KUBERNETES_JOB."""
    max_concurrency: int
    """Calls of this app that Chowda holds at once, over all workers."""
    timeout_seconds: int
    """How long one call may take before it counts as failed."""
    active: bool
    """false: a person deactivated it. No call begins, and nothing new is made or started with it."""
    one_at_a_time: bool
    """It answered with another file's MMIF: whatever maxConcurrency says, it gets one call at once."""
    note: str | None = None
    """What its owner should know: it mixed files up, and is called one request at a time since."""
    circuit: AppCircuit | None = None
    """Null while the app answers."""
    health: AppHealth
    """How it does, and whether it is still what it was."""


class AppWithParametersParameters(Answer, frozen=True, kw_only=True):
    """A parameter that an app takes."""

    name: str
    type: AppParameterType
    multivalued: bool
    """It takes a list of values; one value stands for a list of one."""
    choices: list[Any] | None = None
    """The values that there are to choose from, if not any."""
    default: Any
    """What counts where no value is given; null: there is none."""
    description: str | None = None
    required: bool
    """It has no default: a step must give it a value."""


class AppWithParameters(App, frozen=True, kw_only=True):
    """A CLAMS app that pipelines can be made of."""

    metadata: Any
    """As the app gave it."""
    parameters: list[AppWithParametersParameters]
    """The parameters that it takes, by its metadata, in its own order."""


class AppDescription(Answer, frozen=True, kw_only=True):
    """What an app said of itself at a time, and from then on until it said something else."""

    identifier: str
    version: str | None = None
    created_at: datetime
    """When it said so first."""
    metadata: Any
    """As the app, or a file that describes it, gave it."""


class AppImport(Answer, frozen=True, kw_only=True):
    """What became of one description of an app."""

    outcome: ImportOutcome
    message: str
    """For a person."""
    app: AppName | None = None
    """Null if the description was refused."""


class RunCounts(Answer, frozen=True, kw_only=True):
    """How many are in each state."""

    total: int
    waiting: int
    running: int
    finished: int
    failed: int
    canceled: int


class BatchName(Answer, frozen=True, kw_only=True):
    """Media files that are run together."""

    id: str
    name: str


class PipelineName(Answer, frozen=True, kw_only=True):
    """Apps in order, through which media files go."""

    id: str
    name: str
    """Unique."""
    version: int
    """The newest, or, of a batch run, the one that it was started on. Counts from 1; other steps make a
    new version, and a version is never changed.
    """


class StepProgress(Answer, frozen=True, kw_only=True):
    """How far one step of the pipeline has come over all media files."""

    position: int
    """Counts from 1."""
    app: AppName
    percent: float
    """0 to 100; ended steps count as done."""
    counts: RunCounts
    """Of its step runs."""


class BatchRun(Answer, frozen=True, kw_only=True):
    """One start of a batch on a pipeline."""

    id: str
    batch: BatchName
    pipeline: PipelineName
    """As it was at the start."""
    status: RunStatus
    percent: float
    """0 to 100, over all steps of all its pipeline runs. Ended parts count as done, so it is 100 when all
    has ended; it falls only on a retry.
    """
    priority: int
    """Where batch runs share an app, the higher goes first; equal ones take turns."""
    counts: RunCounts
    """Of its pipeline runs."""
    steps: list[StepProgress]
    """One for each step of the pipeline, in order."""
    created_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None


class BatchRunState(BatchRun, frozen=True, kw_only=True):
    """One start of a batch on a pipeline."""

    as_of: datetime
    """When this was the state, by the database's clock."""
    stale: bool
    """In a subscription: Chowda can't read its database just now, and this is the last state that it
    knows, as of `asOf`. The present state follows by itself. Never true in a query.
    """
    cursor: str
    """Read this state, then subscribe to pipelineRuns(after: cursor): nothing is missed."""


class BatchRunDetails(BatchRunState, frozen=True, kw_only=True):
    """One start of a batch on a pipeline."""

    warnings: list[str]
    """What may keep it from going well, as far as it is known now: see Pipeline.warnings. Empty once it
    has ended.
    """


class BulkResultUnchanged(Answer, frozen=True, kw_only=True):
    """One of many to which nothing was done."""

    id: str
    """Of a media file: its GUID."""
    code: str
    """As in the errors of this API, e.g. CONFLICT where it is so already or can't be done."""
    message: str
    """Why; for a person."""


class BulkResult(Answer, frozen=True, kw_only=True):
    """What became of each. One that can't be changed keeps no other from it: done and unchanged together
    are all that were named or found. It is done part by part, and subscriptions show how it goes on.
    """

    dry_run: bool
    """true: nothing was done; it says what would be."""
    total: int
    done_count: int
    done: list[str]
    """Changed, or, in a dry run, what would be. Of media files their GUIDs."""
    unchanged: list[BulkResultUnchanged]
    file_count: int
    """Of the media files on their way that it concerns, or that it sends on their way."""
    running_count: int
    """Of those, how many were running."""
    message: str
    """For a person, e.g. "Cancels 412 files of 1 batch run; 3 are running." """


class CallError(Answer, frozen=True, kw_only=True):
    r"""Why a call of an app gave no result.

    code                 when                                                                      retried
    APP_UNREACHABLE      refused, no route, name unknown, TLS                                      yes
    APP_DISCONNECTED     the connection broke or the body ended early                              yes
    APP_BUSY             429, 502, 503, 504 (Retry-After is honoured)                              yes
    APP_TIMEOUT          no whole answer within the app's timeoutSeconds                           yes, once
    APP_ERROR            any other error status (a redirect too), or MMIF with an error view       no
    INVALID_MMIF         success status, but not JSON, not MMIF, or more than the size limit       no
    LOST_VIEWS           an earlier view (id and app) is gone                                      no
    WRONG_DOCUMENTS      the answer's documents are not those sent (id, type, location)            yes, alone
    NO_NEW_VIEW          MMIF, but nothing new by this app                                         no
    MEDIA_MISSING        Chowda itself could see that the media is not there                       no
    STORE_UNAVAILABLE    the MMIF store did not take or give the bytes                             yes
    WORKER_LOST          the worker died in mid-call, ten times                                    (ten)
    """

    code: str
    """One of the table of this type."""
    message: str
    """For a person, without a traceback."""


class CallStepRunPipelineRunMediaFile(Answer, frozen=True, kw_only=True):
    """What is known by a GUID, with the documents that it consists of."""

    guid: str


class CallStepRunPipelineRun(Answer, frozen=True, kw_only=True):
    """One media file on its way through the pipeline of a batch run."""

    id: str
    media_file: CallStepRunPipelineRunMediaFile


class CallStepRun(Answer, frozen=True, kw_only=True):
    """One CLAMS app on one media file."""

    id: str
    """Also the X-Request-ID of the calls of the app."""
    position: int
    """Counts from 1."""
    app: AppName
    pipeline_run: CallStepRunPipelineRun
    """The media file's way through the pipeline that it is a step of."""


class Call(Answer, frozen=True, kw_only=True):
    """One call of an app."""

    number: int
    """Counts from 1, in the order in which those of its step began."""
    worker: str
    """The worker process that held it."""
    started_at: datetime
    ended_at: datetime | None = None
    """Null while it is under way, and for one that was lost, stopped or canceled in mid-call."""
    under_way: bool
    """Its step waits for its answer just now."""
    error: CallError | None = None
    """Null unless the call failed."""
    step_run: CallStepRun
    """What it was called for."""


class BatchLastRun(Answer, frozen=True, kw_only=True):
    """One start of a batch on a pipeline."""

    id: str
    status: RunStatus


class Batch(Answer, frozen=True, kw_only=True):
    """Media files that are run together."""

    id: str
    name: str
    description: str | None = None
    media_file_count: int
    created_at: datetime
    pipeline: PipelineName | None = None
    """The one on which it is started unless another is named."""
    percent_finished: float
    """0 to 100: files that have ended in its newest run, well or not, of all files that it has now. 0 if
    it was never started.
    """
    percent_successful: float
    """0 to 100: files that went well through its newest run, of all files that it has now."""
    last_run: BatchLastRun | None = None
    """Its newest start; null if it was never started."""


class BatchDefinitionImport(Answer, frozen=True, kw_only=True):
    """The batch of a batch definition."""

    batch: Batch
    ignored: list[str]
    """Columns that say nothing to Chowda."""


class Collection(Answer, frozen=True, kw_only=True):
    """Media files that belong together; one may be in several."""

    id: str
    name: str
    """Unique."""
    description: str | None = None
    media_file_count: int
    created_at: datetime


class Event(Answer, frozen=True, kw_only=True):
    """Something that a person did. Never changed; removed when it is old."""

    id: str
    at: datetime
    """When, by the database's clock."""
    actor: str
    """Who: while there is no sign-in, the account that the API runs under."""
    actor_claim: str | None = None
    """What the client said of who acts (header X-Chowda-Actor). Nobody has proved it."""
    action: str
    """The name of the mutation, e.g. cancelBatchRun; uploadMmif for POST /mmif."""
    subject_kind: str
    """What it was done on, e.g. BATCH_RUN or MEDIA_FILE."""
    subject_id: str | None = None
    """Its ID, or its GUID; null for an action on many at once."""
    subject_name: str | None = None
    """What it was called then."""
    details: Any
    """Counts, and what was asked for."""


class EventPage(Answer, frozen=True, kw_only=True):
    """Events that are new, oldest first."""

    cursor: str
    """Resumes after this page, over a reconnect and on another server too."""
    as_of: datetime
    """When this was the state, by the database's clock."""
    stale: bool
    """The database is away since `asOf`: more follows by itself, from this cursor, when it is back."""
    events: list[Event]
    """At most 500; none: the feed lives, and nothing has been done."""


class PageInfo(Answer, frozen=True, kw_only=True):
    """What lies around a page."""

    has_next_page: bool
    end_cursor: str | None = None
    """Of the last edge: give it as `after` for what follows."""


class TotalCount(Answer, frozen=True, kw_only=True):
    """How long a list is."""

    count: int
    exact: bool
    """false: counting would take too long; it is about so many, or, within another list, at least."""


class MediaDocument(Answer, frozen=True, kw_only=True):
    """A file that belongs to a media file: what an app opens."""

    type: DocumentType
    location: str
    """Where the app sees it: file:///…, http(s)://…, or a scheme that a plug-in of the app resolves."""
    mime: str | None = None
    """Its MIME type, e.g. video/mp4."""
    duration_seconds: float | None = None
    """Its length, if known: estimates of progress rest on it."""
    size_bytes: int | None = None
    checksum: str | None = None
    """As algorithm:hexadecimal, e.g. sha256:9f86d0…."""


class MediaFileCollections(Answer, frozen=True, kw_only=True):
    """Media files that belong together; one may be in several."""

    id: str
    name: str
    """Unique."""


class MediaFile(Answer, frozen=True, kw_only=True):
    """What is known by a GUID, with the documents that it consists of."""

    guid: str
    documents: list[MediaDocument]
    """In the order in which they were added."""
    revision: int
    """Rises when its documents change."""
    created_at: datetime
    collections: list[MediaFileCollections]
    """Those that it is in, by name."""


class GuidReading(Answer, frozen=True, kw_only=True):
    """What a text holds, before anything is made of it. Each list holds each GUID once."""

    found: list[str]
    """In their order in the text."""
    unknown: list[str]
    """There is no media file of it."""
    repeated: list[str]
    """Those of `found` that stand in the text more than once."""


class MmifBytes(Answer, frozen=True, kw_only=True):
    """What apps found in a media file so far."""

    id: str
    sha256: str
    """Of the bytes, in hexadecimal."""
    size: int
    """Bytes."""
    url: str
    """Absolute; GET gives the bytes, as application/json."""


class MmifMediaFile(Answer, frozen=True, kw_only=True):
    """What is known by a GUID, with the documents that it consists of."""

    guid: str


class MmifStep(Answer, frozen=True, kw_only=True):
    """One CLAMS app on one media file."""

    id: str
    """Also the X-Request-ID of the calls of the app."""
    position: int
    """Counts from 1."""
    app: AppName
    parameters: Any
    """An object: the app's parameters in this place, as they were at the start."""
    started_at: datetime | None = None
    ended_at: datetime | None = None


class Mmif(MmifBytes, frozen=True, kw_only=True):
    """What apps found in a media file so far."""

    media_file: MmifMediaFile
    created_at: datetime
    origin: MmifOrigin
    app_identifier: str | None = None
    """Of a STEP: what the app called itself then, with its version. Null where it is not known."""
    step: MmifStep | None = None
    """Of a STEP: the call that made it, with its app, parameters and times."""


class StepRunError(Answer, frozen=True, kw_only=True):
    r"""Why a call of an app gave no result.

    code                 when                                                                      retried
    APP_UNREACHABLE      refused, no route, name unknown, TLS                                      yes
    APP_DISCONNECTED     the connection broke or the body ended early                              yes
    APP_BUSY             429, 502, 503, 504 (Retry-After is honoured)                              yes
    APP_TIMEOUT          no whole answer within the app's timeoutSeconds                           yes, once
    APP_ERROR            any other error status (a redirect too), or MMIF with an error view       no
    INVALID_MMIF         success status, but not JSON, not MMIF, or more than the size limit       no
    LOST_VIEWS           an earlier view (id and app) is gone                                      no
    WRONG_DOCUMENTS      the answer's documents are not those sent (id, type, location)            yes, alone
    NO_NEW_VIEW          MMIF, but nothing new by this app                                         no
    MEDIA_MISSING        Chowda itself could see that the media is not there                       no
    STORE_UNAVAILABLE    the MMIF store did not take or give the bytes                             yes
    WORKER_LOST          the worker died in mid-call, ten times                                    (ten)
    """

    code: str
    """One of the table of this type."""
    message: str
    """For a person, without a traceback."""
    detail: str | None = None
    """What the app answered, cut to 10,000 characters."""


class StepRunWaitingFor(Answer, frozen=True, kw_only=True):
    """Why a step waits."""

    reason: WaitReason
    message: str
    """For a person."""
    until: datetime | None = None
    """When it is looked at again, where that is known."""


class StepRun(Answer, frozen=True, kw_only=True):
    """One CLAMS app on one media file."""

    id: str
    """Also the X-Request-ID of the calls of the app."""
    position: int
    """Counts from 1."""
    app: AppName
    status: RunStatus
    percent: float
    """0 to 100; 100 when it has ended."""
    progress_source: ProgressSource
    attempts: int
    """Calls begun, those lost with a worker included. 0 again when its file goes back beyond it."""
    error: StepRunError | None = None
    """Of the last attempt that failed; null once the step is FINISHED."""
    waiting_for: StepRunWaitingFor | None = None
    """Null unless the step is WAITING."""
    mmif: MmifBytes | None = None
    """Its output."""
    started_at: datetime | None = None
    ended_at: datetime | None = None


class PipelineRunBatchRun(Answer, frozen=True, kw_only=True):
    """One start of a batch on a pipeline."""

    id: str
    batch: BatchName


class PipelineRunMediaFile(Answer, frozen=True, kw_only=True):
    """What is known by a GUID, with the documents that it consists of."""

    guid: str


class PipelineRun(Answer, frozen=True, kw_only=True):
    """One media file on its way through the pipeline of a batch run."""

    id: str
    batch_run: PipelineRunBatchRun
    media_file: PipelineRunMediaFile
    status: RunStatus
    paused: bool
    """A person paused this file: nothing new of it starts, what is in flight goes on. False when it has
    ended, and of no account for a pause of the whole batch run.
    """
    percent: float
    """0 to 100, over all its steps."""
    created_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    mmif: MmifBytes | None = None
    """The newest good one: the input at first, the last step's output in the end."""
    steps: list[StepRun]
    """One for each step of the pipeline, in order."""


class NewestMmifMediaFile(Answer, frozen=True, kw_only=True):
    """What is known by a GUID, with the documents that it consists of."""

    guid: str


class NewestMmif(Answer, frozen=True, kw_only=True):
    """One media file on its way through the pipeline of a batch run."""

    media_file: NewestMmifMediaFile
    mmif: MmifBytes | None = None
    """The newest good one: the input at first, the last step's output in the end."""


class ChangedPipelineRunMediaFile(Answer, frozen=True, kw_only=True):
    """What is known by a GUID, with the documents that it consists of."""

    guid: str


class ChangedPipelineRunStepsError(Answer, frozen=True, kw_only=True):
    r"""Why a call of an app gave no result.

    code                 when                                                                      retried
    APP_UNREACHABLE      refused, no route, name unknown, TLS                                      yes
    APP_DISCONNECTED     the connection broke or the body ended early                              yes
    APP_BUSY             429, 502, 503, 504 (Retry-After is honoured)                              yes
    APP_TIMEOUT          no whole answer within the app's timeoutSeconds                           yes, once
    APP_ERROR            any other error status (a redirect too), or MMIF with an error view       no
    INVALID_MMIF         success status, but not JSON, not MMIF, or more than the size limit       no
    LOST_VIEWS           an earlier view (id and app) is gone                                      no
    WRONG_DOCUMENTS      the answer's documents are not those sent (id, type, location)            yes, alone
    NO_NEW_VIEW          MMIF, but nothing new by this app                                         no
    MEDIA_MISSING        Chowda itself could see that the media is not there                       no
    STORE_UNAVAILABLE    the MMIF store did not take or give the bytes                             yes
    WORKER_LOST          the worker died in mid-call, ten times                                    (ten)
    """

    code: str
    """One of the table of this type."""
    message: str
    """For a person, without a traceback."""


class ChangedPipelineRunSteps(Answer, frozen=True, kw_only=True):
    """One CLAMS app on one media file."""

    position: int
    """Counts from 1."""
    app: AppName
    status: RunStatus
    percent: float
    """0 to 100; 100 when it has ended."""
    error: ChangedPipelineRunStepsError | None = None
    """Of the last attempt that failed; null once the step is FINISHED."""


class ChangedPipelineRun(Answer, frozen=True, kw_only=True):
    """One media file on its way through the pipeline of a batch run."""

    id: str
    media_file: ChangedPipelineRunMediaFile
    status: RunStatus
    paused: bool
    """A person paused this file: nothing new of it starts, what is in flight goes on. False when it has
    ended, and of no account for a pause of the whole batch run.
    """
    percent: float
    """0 to 100, over all its steps."""
    steps: list[ChangedPipelineRunSteps]
    """One for each step of the pipeline, in order."""


class PipelineRunPage(Answer, frozen=True, kw_only=True):
    """Pipeline runs that are new or have changed, newest state each."""

    cursor: str
    """Resumes after this page, over a reconnect and on another server too."""
    as_of: datetime
    """When this was the state, by the database's clock."""
    stale: bool
    """Chowda can't read its database just now: there may have been changes since `asOf` that are not told
    yet. They follow by themselves; such a page is empty, and its cursor is that of the one before.
    """
    pipeline_runs: list[ChangedPipelineRun]
    """At most 500; none: the feed lives, and nothing has changed."""


class RetryPolicy(Answer, frozen=True, kw_only=True):
    """Which failures of a step are worth another call, and how many calls."""

    attempts: int
    """Calls in all."""
    codes: list[StepErrorCode] | None = None
    """Those that are retried. Null: those of the table under StepError; APP_TIMEOUT once at most."""


class PipelineStep(Answer, frozen=True, kw_only=True):
    """One place of a pipeline. The same app may stand in two places."""

    position: int
    """Counts from 1."""
    app: AppName
    parameters: Any
    """An object: the values given for the app's parameters in this place, overrides included."""
    overrides: Any
    """Of a batch run: what was given for this start alone; null: nothing. A null in it took a parameter
    out. Always null in a pipeline itself.
    """
    effective_parameters: Any
    """All parameters of the app with the values in force: those given, else the app's defaults by what it
    says now.
    """
    retry: RetryPolicy | None = None
    """Null: by the table under StepError."""


class Pipeline(Answer, frozen=True, kw_only=True):
    """Apps in order, through which media files go."""

    id: str
    name: str
    """Unique."""
    description: str | None = None
    version: int
    """The newest, or, of a batch run, the one that it was started on. Counts from 1; other steps make a
    new version, and a version is never changed.
    """
    archived: bool
    """It is kept for its runs: it can't be started, and no batch be made for it, until it is brought back."""
    warnings: list[str]
    """What may keep it from running well, as far as it is known now: apps that are deactivated, have no
    endpoint or answer in another version by now, and parameters that an app no longer takes.
    """
    steps: list[PipelineStep]
    """In order."""


class StepChangeParameters(Answer, frozen=True, kw_only=True):
    """A parameter of a step that differs. Null: it was, or is, not given."""

    name: str
    old: Any
    new: Any


class StepChangeRetry(Answer, frozen=True, kw_only=True):
    """A step's retry policy that differs. Null: it was, or is, that of the table under StepError."""

    old: RetryPolicy | None = None
    new: RetryPolicy | None = None


class StepChange(Answer, frozen=True, kw_only=True):
    """A step that differs between two versions of a pipeline."""

    kind: StepChangeKind
    app: AppName
    old_position: int | None = None
    """Null for a step that was added."""
    position: int | None = None
    """Null for a step that was removed."""
    parameters: list[StepChangeParameters]
    retry: StepChangeRetry | None = None
    """Null: it is the same in both."""
    words: str
    """For a person."""


class PipelineVersion(Answer, frozen=True, kw_only=True):
    """The steps of a pipeline as they were from one edit to the next."""

    version: int
    """Counts from 1."""
    note: str | None = None
    """Why it was made."""
    created_at: datetime
    steps: list[PipelineStep]
    """In order."""
    changes: list[StepChange]
    """What differs from the version before; empty for the first."""


class PipelineDiff(Answer, frozen=True, kw_only=True):
    """What differs between two versions of a pipeline, from the one to the other."""

    from_version: int
    to_version: int
    changes: list[StepChange]
    """In the order of the version that is come to; removed steps last. Empty: nothing differs."""


class PipelineVersionDocument(Answer, frozen=True, kw_only=True):
    """The steps of a pipeline as they were from one edit to the next."""

    version: int
    """Counts from 1."""
    document: str
    """As text that importPipeline takes."""


class PipelineImportSteps(Answer, frozen=True, kw_only=True):
    """A step of a document, and what it is here."""

    position: int
    """Counts from 1."""
    wanted: str
    """The app as the document names it."""
    app: AppName | None = None
    """Null if none was found."""
    choices: list[AppName]
    """Where none was found: those that may have been meant, e.g. another version. Choose with `apps`."""
    parameters: Any
    """In the types of the app's parameters."""
    retry: RetryPolicy | None = None
    """Null: by the table under StepError."""


class PipelineImportProblems(Answer, frozen=True, kw_only=True):
    """What keeps a document from being imported."""

    message: str
    """For a person, with the line and the step where they are known."""
    step: int | None = None
    """Counts from 1."""
    line: int | None = None
    """Of the text; counts from 1. Null in JSON."""


class PipelineImport(Answer, frozen=True, kw_only=True):
    """What became of a document, or, of a dry run, would become of it."""

    outcome: PipelineOutcome
    name: str | None = None
    pipeline: Pipeline | None = None
    """As it is now; null after a dry run that would create it, and if the document was refused."""
    steps: list[PipelineImportSteps]
    problems: list[PipelineImportProblems]
    """Dry runs only; else they are an error, BAD_USER_INPUT, with all of them in extensions.problems."""
    ignored: list[str]
    """Keys of a recipe that say nothing to Chowda. Parameters are never among them."""
    changes: list[StepChange]
    """Of NEW_VERSION: what differs from the newest one."""
