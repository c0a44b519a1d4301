"""What the client asks.

Made by `python chowda/client/generate.py`: change the operations or the schema, not this.
"""

from __future__ import annotations

from chowda.client.generated.types import (
    App,
    AppDescription,
    AppImport,
    AppWithParameters,
    Batch,
    BatchDefinitionImport,
    BatchRun,
    BatchRunDetails,
    BatchRunState,
    BulkResult,
    Call,
    Collection,
    Event,
    EventPage,
    GuidReading,
    MediaFile,
    Mmif,
    NewestMmif,
    Pipeline,
    PipelineDiff,
    PipelineImport,
    PipelineRun,
    PipelineRunPage,
    PipelineVersion,
    PipelineVersionDocument,
)
from chowda.client.operation import Operation

APP_FRAGMENT = """
fragment App on ClamsApp {
  id
  name
  identifier
  version
  runtime
  endpoint
  image
  maxConcurrency
  timeoutSeconds
  active
  oneAtATime
  note
  circuit {
    openedAt
    trialAt
    trials
    reason
  }
  health {
    status
    message
    lookedAt
    lastAnswerAt
    lastFailureAt
    drift {
      identifier
      version
      since
      message
    }
  }
}
"""
APP_DESCRIPTION_FRAGMENT = """
fragment AppDescription on AppDescription {
  identifier
  version
  createdAt
  metadata
}
"""
APP_IMPORT_FRAGMENT = """
fragment AppImport on AppImport {
  outcome
  message
  app {
    ...AppName
  }
}
"""
APP_NAME_FRAGMENT = """
fragment AppName on ClamsApp {
  id
  name
  identifier
}
"""
APP_WITH_PARAMETERS_FRAGMENT = """
fragment AppWithParameters on ClamsApp {
  ...App
  metadata
  parameters {
    name
    type
    multivalued
    choices
    default
    description
    required
  }
}
"""
BATCH_FRAGMENT = """
fragment Batch on Batch {
  id
  name
  description
  mediaFileCount
  createdAt
  pipeline {
    ...PipelineName
  }
  percentFinished
  percentSuccessful
  lastRun {
    id
    status
  }
}
"""
BATCH_DEFINITION_IMPORT_FRAGMENT = """
fragment BatchDefinitionImport on BatchDefinitionImport {
  batch {
    ...Batch
  }
  ignored
}
"""
BATCH_NAME_FRAGMENT = """
fragment BatchName on Batch {
  id
  name
}
"""
BATCH_RUN_FRAGMENT = """
fragment BatchRun on BatchRun {
  id
  batch {
    ...BatchName
  }
  pipeline {
    ...PipelineName
  }
  status
  percent
  priority
  counts {
    ...RunCounts
  }
  steps {
    ...StepProgress
  }
  createdAt
  startedAt
  endedAt
}
"""
BATCH_RUN_DETAILS_FRAGMENT = """
fragment BatchRunDetails on BatchRun {
  ...BatchRunState
  warnings
}
"""
BATCH_RUN_STATE_FRAGMENT = """
fragment BatchRunState on BatchRun {
  ...BatchRun
  asOf
  stale
  cursor
}
"""
BULK_RESULT_FRAGMENT = """
fragment BulkResult on BulkResult {
  dryRun
  total
  doneCount
  done
  unchanged {
    id
    code
    message
  }
  fileCount
  runningCount
  message
}
"""
CALL_FRAGMENT = """
fragment Call on StepAttempt {
  number
  worker
  startedAt
  endedAt
  underWay
  error {
    code
    message
  }
  stepRun {
    id
    position
    app {
      ...AppName
    }
    pipelineRun {
      id
      mediaFile {
        guid
      }
    }
  }
}
"""
CHANGED_PIPELINE_RUN_FRAGMENT = """
fragment ChangedPipelineRun on PipelineRun {
  id
  mediaFile {
    guid
  }
  status
  paused
  percent
  steps {
    position
    app {
      ...AppName
    }
    status
    percent
    error {
      code
      message
    }
  }
}
"""
COLLECTION_FRAGMENT = """
fragment Collection on Collection {
  id
  name
  description
  mediaFileCount
  createdAt
}
"""
EVENT_FRAGMENT = """
fragment Event on Event {
  id
  at
  actor
  actorClaim
  action
  subjectKind
  subjectId
  subjectName
  details
}
"""
EVENT_PAGE_FRAGMENT = """
fragment EventPage on EventPage {
  cursor
  asOf
  stale
  events {
    ...Event
  }
}
"""
GUID_READING_FRAGMENT = """
fragment GuidReading on GuidReading {
  found
  unknown
  repeated
}
"""
MEDIA_DOCUMENT_FRAGMENT = """
fragment MediaDocument on MediaDocument {
  type
  location
  mime
  durationSeconds
  sizeBytes
  checksum
}
"""
MEDIA_FILE_FRAGMENT = """
fragment MediaFile on MediaFile {
  guid
  documents {
    ...MediaDocument
  }
  revision
  createdAt
  collections {
    id
    name
  }
}
"""
MMIF_FRAGMENT = """
fragment Mmif on Mmif {
  ...MmifBytes
  mediaFile {
    guid
  }
  createdAt
  origin
  appIdentifier
  step {
    id
    position
    app {
      ...AppName
    }
    parameters
    startedAt
    endedAt
  }
}
"""
MMIF_BYTES_FRAGMENT = """
fragment MmifBytes on Mmif {
  id
  sha256
  size
  url
}
"""
NEWEST_MMIF_FRAGMENT = """
fragment NewestMmif on PipelineRun {
  mediaFile {
    guid
  }
  mmif {
    ...MmifBytes
  }
}
"""
PAGE_INFO_FRAGMENT = """
fragment PageInfo on PageInfo {
  hasNextPage
  endCursor
}
"""
PIPELINE_FRAGMENT = """
fragment Pipeline on Pipeline {
  id
  name
  description
  version
  archived
  warnings
  steps {
    ...PipelineStep
  }
}
"""
PIPELINE_DIFF_FRAGMENT = """
fragment PipelineDiff on PipelineDiff {
  fromVersion
  toVersion
  changes {
    ...StepChange
  }
}
"""
PIPELINE_IMPORT_FRAGMENT = """
fragment PipelineImport on PipelineImport {
  outcome
  name
  pipeline {
    ...Pipeline
  }
  steps {
    position
    wanted
    app {
      ...AppName
    }
    choices {
      ...AppName
    }
    parameters
    retry {
      ...RetryPolicy
    }
  }
  problems {
    message
    step
    line
  }
  ignored
  changes {
    ...StepChange
  }
}
"""
PIPELINE_NAME_FRAGMENT = """
fragment PipelineName on Pipeline {
  id
  name
  version
}
"""
PIPELINE_RUN_FRAGMENT = """
fragment PipelineRun on PipelineRun {
  id
  batchRun {
    id
    batch {
      ...BatchName
    }
  }
  mediaFile {
    guid
  }
  status
  paused
  percent
  createdAt
  startedAt
  endedAt
  mmif {
    ...MmifBytes
  }
  steps {
    ...StepRun
  }
}
"""
PIPELINE_RUN_PAGE_FRAGMENT = """
fragment PipelineRunPage on PipelineRunPage {
  cursor
  asOf
  stale
  pipelineRuns {
    ...ChangedPipelineRun
  }
}
"""
PIPELINE_STEP_FRAGMENT = """
fragment PipelineStep on PipelineStep {
  position
  app {
    ...AppName
  }
  parameters
  overrides
  effectiveParameters
  retry {
    ...RetryPolicy
  }
}
"""
PIPELINE_VERSION_FRAGMENT = """
fragment PipelineVersion on PipelineVersion {
  version
  note
  createdAt
  steps {
    ...PipelineStep
  }
  changes {
    ...StepChange
  }
}
"""
PIPELINE_VERSION_DOCUMENT_FRAGMENT = """
fragment PipelineVersionDocument on PipelineVersion {
  version
  document(format: $format)
}
"""
RETRY_POLICY_FRAGMENT = """
fragment RetryPolicy on RetryPolicy {
  attempts
  codes
}
"""
RUN_COUNTS_FRAGMENT = """
fragment RunCounts on RunCounts {
  total
  waiting
  running
  finished
  failed
  canceled
}
"""
STEP_CHANGE_FRAGMENT = """
fragment StepChange on StepChange {
  kind
  app {
    ...AppName
  }
  oldPosition
  position
  parameters {
    name
    old
    new
  }
  retry {
    old {
      ...RetryPolicy
    }
    new {
      ...RetryPolicy
    }
  }
  words
}
"""
STEP_PROGRESS_FRAGMENT = """
fragment StepProgress on StepProgress {
  position
  app {
    ...AppName
  }
  percent
  counts {
    ...RunCounts
  }
}
"""
STEP_RUN_FRAGMENT = """
fragment StepRun on StepRun {
  id
  position
  app {
    ...AppName
  }
  status
  percent
  progressSource
  attempts
  error {
    code
    message
    detail
  }
  waitingFor {
    reason
    message
    until
  }
  mmif {
    ...MmifBytes
  }
  startedAt
  endedAt
}
"""
TOTAL_COUNT_FRAGMENT = """
fragment TotalCount on TotalCount {
  count
  exact
}
"""
APPS: Operation[App] = Operation(
    """
query apps($filter: AppFilter, $sort: AppSort, $descending: Boolean, $first: Int, $after: String, $counted: Boolean! = false) {
  apps(
    filter: $filter
    sort: $sort
    descending: $descending
    first: $first
    after: $after
  ) {
    edges {
      node {
        ...App
      }
    }
    pageInfo {
      ...PageInfo
    }
    totalCount @include(if: $counted) {
      ...TotalCount
    }
  }
}
"""
    + APP_FRAGMENT
    + PAGE_INFO_FRAGMENT
    + TOTAL_COUNT_FRAGMENT,
    ("apps",),
    App,
)
APP: Operation[AppWithParameters] = Operation(
    """
query app($id: ID!) {
  app(id: $id) {
    ...AppWithParameters
  }
}
"""
    + APP_FRAGMENT
    + APP_WITH_PARAMETERS_FRAGMENT,
    ("app",),
    AppWithParameters,
)
APP_HISTORY: Operation[list[AppDescription]] = Operation(
    """
query appHistory($id: ID!) {
  app(id: $id) {
    history {
      ...AppDescription
    }
  }
}
"""
    + APP_DESCRIPTION_FRAGMENT,
    ("app", "history"),
    list[AppDescription],
)
REGISTER_APP: Operation[App] = Operation(
    """
mutation registerApp($input: RegisterAppInput!) {
  registerApp(input: $input) {
    ...App
  }
}
"""
    + APP_FRAGMENT,
    ("registerApp",),
    App,
)
IMPORT_APPS: Operation[list[AppImport]] = Operation(
    """
mutation importApps($descriptions: [JSON!]!) {
  importApps(descriptions: $descriptions) {
    ...AppImport
  }
}
"""
    + APP_IMPORT_FRAGMENT
    + APP_NAME_FRAGMENT,
    ("importApps",),
    list[AppImport],
)
REFRESH_APP: Operation[App] = Operation(
    """
mutation refreshApp($id: ID!) {
  refreshApp(id: $id) {
    ...App
  }
}
"""
    + APP_FRAGMENT,
    ("refreshApp",),
    App,
)
UPDATE_APP: Operation[App] = Operation(
    """
mutation updateApp($id: ID!, $input: UpdateAppInput!) {
  updateApp(id: $id, input: $input) {
    ...App
  }
}
"""
    + APP_FRAGMENT,
    ("updateApp",),
    App,
)
UPDATE_APPS: Operation[BulkResult] = Operation(
    """
mutation updateApps($input: UpdateAppsInput!, $ids: [ID!], $filter: AppFilter, $dryRun: Boolean! = false) {
  updateApps(input: $input, ids: $ids, filter: $filter, dryRun: $dryRun) {
    ...BulkResult
  }
}
"""
    + BULK_RESULT_FRAGMENT,
    ("updateApps",),
    BulkResult,
)
REFRESH_APPS: Operation[BulkResult] = Operation(
    """
mutation refreshApps($ids: [ID!], $filter: AppFilter, $dryRun: Boolean! = false) {
  refreshApps(ids: $ids, filter: $filter, dryRun: $dryRun) {
    ...BulkResult
  }
}
"""
    + BULK_RESULT_FRAGMENT,
    ("refreshApps",),
    BulkResult,
)
BATCH_RUNS: Operation[BatchRun] = Operation(
    """
query batchRuns($filter: BatchRunFilter, $sort: BatchRunSort, $descending: Boolean, $first: Int, $after: String, $counted: Boolean! = false) {
  batchRuns(
    filter: $filter
    sort: $sort
    descending: $descending
    first: $first
    after: $after
  ) {
    edges {
      node {
        ...BatchRun
      }
    }
    pageInfo {
      ...PageInfo
    }
    totalCount @include(if: $counted) {
      ...TotalCount
    }
  }
}
"""
    + APP_NAME_FRAGMENT
    + BATCH_NAME_FRAGMENT
    + BATCH_RUN_FRAGMENT
    + PAGE_INFO_FRAGMENT
    + PIPELINE_NAME_FRAGMENT
    + RUN_COUNTS_FRAGMENT
    + STEP_PROGRESS_FRAGMENT
    + TOTAL_COUNT_FRAGMENT,
    ("batchRuns",),
    BatchRun,
)
BATCH_RUN: Operation[BatchRunDetails] = Operation(
    """
query batchRun($id: ID!) {
  batchRun(id: $id) {
    ...BatchRunDetails
  }
}
"""
    + APP_NAME_FRAGMENT
    + BATCH_NAME_FRAGMENT
    + BATCH_RUN_FRAGMENT
    + BATCH_RUN_DETAILS_FRAGMENT
    + BATCH_RUN_STATE_FRAGMENT
    + PIPELINE_NAME_FRAGMENT
    + RUN_COUNTS_FRAGMENT
    + STEP_PROGRESS_FRAGMENT,
    ("batchRun",),
    BatchRunDetails,
)
START_BATCH: Operation[BatchRun] = Operation(
    """
mutation startBatch($input: StartBatchInput!) {
  startBatch(input: $input) {
    ...BatchRun
  }
}
"""
    + APP_NAME_FRAGMENT
    + BATCH_NAME_FRAGMENT
    + BATCH_RUN_FRAGMENT
    + PIPELINE_NAME_FRAGMENT
    + RUN_COUNTS_FRAGMENT
    + STEP_PROGRESS_FRAGMENT,
    ("startBatch",),
    BatchRun,
)
CANCEL_BATCH_RUN: Operation[BatchRun] = Operation(
    """
mutation cancelBatchRun($id: ID!) {
  cancelBatchRun(id: $id) {
    ...BatchRun
  }
}
"""
    + APP_NAME_FRAGMENT
    + BATCH_NAME_FRAGMENT
    + BATCH_RUN_FRAGMENT
    + PIPELINE_NAME_FRAGMENT
    + RUN_COUNTS_FRAGMENT
    + STEP_PROGRESS_FRAGMENT,
    ("cancelBatchRun",),
    BatchRun,
)
PAUSE_BATCH_RUN: Operation[BatchRun] = Operation(
    """
mutation pauseBatchRun($id: ID!) {
  pauseBatchRun(id: $id) {
    ...BatchRun
  }
}
"""
    + APP_NAME_FRAGMENT
    + BATCH_NAME_FRAGMENT
    + BATCH_RUN_FRAGMENT
    + PIPELINE_NAME_FRAGMENT
    + RUN_COUNTS_FRAGMENT
    + STEP_PROGRESS_FRAGMENT,
    ("pauseBatchRun",),
    BatchRun,
)
RESUME_BATCH_RUN: Operation[BatchRun] = Operation(
    """
mutation resumeBatchRun($id: ID!) {
  resumeBatchRun(id: $id) {
    ...BatchRun
  }
}
"""
    + APP_NAME_FRAGMENT
    + BATCH_NAME_FRAGMENT
    + BATCH_RUN_FRAGMENT
    + PIPELINE_NAME_FRAGMENT
    + RUN_COUNTS_FRAGMENT
    + STEP_PROGRESS_FRAGMENT,
    ("resumeBatchRun",),
    BatchRun,
)
RETRY_BATCH_RUN: Operation[BatchRun] = Operation(
    """
mutation retryBatchRun($id: ID!, $fromStep: Int) {
  retryBatchRun(id: $id, fromStep: $fromStep) {
    ...BatchRun
  }
}
"""
    + APP_NAME_FRAGMENT
    + BATCH_NAME_FRAGMENT
    + BATCH_RUN_FRAGMENT
    + PIPELINE_NAME_FRAGMENT
    + RUN_COUNTS_FRAGMENT
    + STEP_PROGRESS_FRAGMENT,
    ("retryBatchRun",),
    BatchRun,
)
SET_BATCH_RUN_PRIORITY: Operation[BatchRun] = Operation(
    """
mutation setBatchRunPriority($id: ID!, $priority: Int!) {
  setBatchRunPriority(id: $id, priority: $priority) {
    ...BatchRun
  }
}
"""
    + APP_NAME_FRAGMENT
    + BATCH_NAME_FRAGMENT
    + BATCH_RUN_FRAGMENT
    + PIPELINE_NAME_FRAGMENT
    + RUN_COUNTS_FRAGMENT
    + STEP_PROGRESS_FRAGMENT,
    ("setBatchRunPriority",),
    BatchRun,
)
CANCEL_BATCH_RUNS: Operation[BulkResult] = Operation(
    """
mutation cancelBatchRuns($ids: [ID!], $filter: BatchRunFilter, $dryRun: Boolean! = false) {
  cancelBatchRuns(ids: $ids, filter: $filter, dryRun: $dryRun) {
    ...BulkResult
  }
}
"""
    + BULK_RESULT_FRAGMENT,
    ("cancelBatchRuns",),
    BulkResult,
)
PAUSE_BATCH_RUNS: Operation[BulkResult] = Operation(
    """
mutation pauseBatchRuns($ids: [ID!], $filter: BatchRunFilter, $dryRun: Boolean! = false) {
  pauseBatchRuns(ids: $ids, filter: $filter, dryRun: $dryRun) {
    ...BulkResult
  }
}
"""
    + BULK_RESULT_FRAGMENT,
    ("pauseBatchRuns",),
    BulkResult,
)
RESUME_BATCH_RUNS: Operation[BulkResult] = Operation(
    """
mutation resumeBatchRuns($ids: [ID!], $filter: BatchRunFilter, $dryRun: Boolean! = false) {
  resumeBatchRuns(ids: $ids, filter: $filter, dryRun: $dryRun) {
    ...BulkResult
  }
}
"""
    + BULK_RESULT_FRAGMENT,
    ("resumeBatchRuns",),
    BulkResult,
)
RETRY_BATCH_RUNS: Operation[BulkResult] = Operation(
    """
mutation retryBatchRuns($ids: [ID!], $filter: BatchRunFilter, $fromStep: Int, $dryRun: Boolean! = false) {
  retryBatchRuns(ids: $ids, filter: $filter, fromStep: $fromStep, dryRun: $dryRun) {
    ...BulkResult
  }
}
"""
    + BULK_RESULT_FRAGMENT,
    ("retryBatchRuns",),
    BulkResult,
)
WATCH_BATCH_RUN: Operation[BatchRunState] = Operation(
    """
subscription watchBatchRun($id: ID!) {
  batchRun(id: $id) {
    ...BatchRunState
  }
}
"""
    + APP_NAME_FRAGMENT
    + BATCH_NAME_FRAGMENT
    + BATCH_RUN_FRAGMENT
    + BATCH_RUN_STATE_FRAGMENT
    + PIPELINE_NAME_FRAGMENT
    + RUN_COUNTS_FRAGMENT
    + STEP_PROGRESS_FRAGMENT,
    ("batchRun",),
    BatchRunState,
)
WATCH_ACTIVE_BATCH_RUNS: Operation[list[BatchRunState]] = Operation(
    """
subscription watchActiveBatchRuns {
  activeBatchRuns {
    ...BatchRunState
  }
}
"""
    + APP_NAME_FRAGMENT
    + BATCH_NAME_FRAGMENT
    + BATCH_RUN_FRAGMENT
    + BATCH_RUN_STATE_FRAGMENT
    + PIPELINE_NAME_FRAGMENT
    + RUN_COUNTS_FRAGMENT
    + STEP_PROGRESS_FRAGMENT,
    ("activeBatchRuns",),
    list[BatchRunState],
)
SET_BATCH_RUN_PRIORITIES: Operation[BulkResult] = Operation(
    """
mutation setBatchRunPriorities($priority: Int!, $ids: [ID!], $filter: BatchRunFilter, $dryRun: Boolean! = false) {
  setBatchRunPriorities(
    priority: $priority
    ids: $ids
    filter: $filter
    dryRun: $dryRun
  ) {
    ...BulkResult
  }
}
"""
    + BULK_RESULT_FRAGMENT,
    ("setBatchRunPriorities",),
    BulkResult,
)
START_BATCHES: Operation[BulkResult] = Operation(
    """
mutation startBatches($input: StartBatchesInput!, $ids: [ID!], $filter: BatchFilter, $dryRun: Boolean! = false) {
  startBatches(input: $input, ids: $ids, filter: $filter, dryRun: $dryRun) {
    ...BulkResult
  }
}
"""
    + BULK_RESULT_FRAGMENT,
    ("startBatches",),
    BulkResult,
)
CALLS: Operation[Call] = Operation(
    """
query calls($batchRunId: ID!, $first: Int, $after: String, $counted: Boolean! = false) {
  batchRun(id: $batchRunId) {
    attempts(first: $first, after: $after) {
      edges {
        node {
          ...Call
        }
      }
      pageInfo {
        ...PageInfo
      }
      totalCount @include(if: $counted) {
        ...TotalCount
      }
    }
  }
}
"""
    + APP_NAME_FRAGMENT
    + CALL_FRAGMENT
    + PAGE_INFO_FRAGMENT
    + TOTAL_COUNT_FRAGMENT,
    ("batchRun", "attempts"),
    Call,
)
BATCHES: Operation[Batch] = Operation(
    """
query batches($filter: BatchFilter, $sort: BatchSort, $descending: Boolean, $first: Int, $after: String, $counted: Boolean! = false) {
  batches(
    filter: $filter
    sort: $sort
    descending: $descending
    first: $first
    after: $after
  ) {
    edges {
      node {
        ...Batch
      }
    }
    pageInfo {
      ...PageInfo
    }
    totalCount @include(if: $counted) {
      ...TotalCount
    }
  }
}
"""
    + BATCH_FRAGMENT
    + PAGE_INFO_FRAGMENT
    + PIPELINE_NAME_FRAGMENT
    + TOTAL_COUNT_FRAGMENT,
    ("batches",),
    Batch,
)
BATCH: Operation[Batch] = Operation(
    """
query batch($id: ID!) {
  batch(id: $id) {
    ...Batch
  }
}
"""
    + BATCH_FRAGMENT
    + PIPELINE_NAME_FRAGMENT,
    ("batch",),
    Batch,
)
CREATE_BATCH: Operation[Batch] = Operation(
    """
mutation createBatch($input: CreateBatchFromInput!) {
  createBatchFrom(input: $input) {
    ...Batch
  }
}
"""
    + BATCH_FRAGMENT
    + PIPELINE_NAME_FRAGMENT,
    ("createBatchFrom",),
    Batch,
)
CREATE_BATCHES_FROM_COLLECTIONS: Operation[list[Batch]] = Operation(
    """
mutation createBatchesFromCollections($input: CreateBatchesFromCollectionsInput!) {
  createBatchesFromCollections(input: $input) {
    ...Batch
  }
}
"""
    + BATCH_FRAGMENT
    + PIPELINE_NAME_FRAGMENT,
    ("createBatchesFromCollections",),
    list[Batch],
)
IMPORT_BATCH_DEFINITION: Operation[BatchDefinitionImport] = Operation(
    """
mutation importBatchDefinition($input: ImportBatchDefinitionInput!) {
  importBatchDefinition(input: $input) {
    ...BatchDefinitionImport
  }
}
"""
    + BATCH_FRAGMENT
    + BATCH_DEFINITION_IMPORT_FRAGMENT
    + PIPELINE_NAME_FRAGMENT,
    ("importBatchDefinition",),
    BatchDefinitionImport,
)
UPDATE_BATCH: Operation[Batch] = Operation(
    """
mutation updateBatch($input: UpdateBatchInput!) {
  updateBatch(input: $input) {
    ...Batch
  }
}
"""
    + BATCH_FRAGMENT
    + PIPELINE_NAME_FRAGMENT,
    ("updateBatch",),
    Batch,
)
DELETE_BATCH: Operation[str] = Operation(
    """
mutation deleteBatch($id: ID!) {
  deleteBatch(id: $id)
}
""",
    ("deleteBatch",),
    str,
)
ADD_MMIFS_TO_BATCH: Operation[Batch] = Operation(
    """
mutation addMmifsToBatch($input: AddMmifsToBatchInput!) {
  addMmifsToBatch(input: $input) {
    ...Batch
  }
}
"""
    + BATCH_FRAGMENT
    + PIPELINE_NAME_FRAGMENT,
    ("addMmifsToBatch",),
    Batch,
)
DELETE_BATCHES: Operation[BulkResult] = Operation(
    """
mutation deleteBatches($ids: [ID!], $filter: BatchFilter, $dryRun: Boolean! = false) {
  deleteBatches(ids: $ids, filter: $filter, dryRun: $dryRun) {
    ...BulkResult
  }
}
"""
    + BULK_RESULT_FRAGMENT,
    ("deleteBatches",),
    BulkResult,
)
NOT_STARTED: Operation[MediaFile] = Operation(
    """
query notStarted($batchId: ID!, $first: Int, $after: String, $counted: Boolean! = false) {
  batch(id: $batchId) {
    notStarted(first: $first, after: $after) {
      edges {
        node {
          ...MediaFile
        }
      }
      pageInfo {
        ...PageInfo
      }
      totalCount @include(if: $counted) {
        ...TotalCount
      }
    }
  }
}
"""
    + MEDIA_DOCUMENT_FRAGMENT
    + MEDIA_FILE_FRAGMENT
    + PAGE_INFO_FRAGMENT
    + TOTAL_COUNT_FRAGMENT,
    ("batch", "notStarted"),
    MediaFile,
)
INPUT_MMIFS: Operation[Mmif] = Operation(
    """
query inputMmifs($batchId: ID!, $first: Int, $after: String, $counted: Boolean! = false) {
  batch(id: $batchId) {
    inputMmifs(first: $first, after: $after) {
      edges {
        node {
          ...Mmif
        }
      }
      pageInfo {
        ...PageInfo
      }
      totalCount @include(if: $counted) {
        ...TotalCount
      }
    }
  }
}
"""
    + APP_NAME_FRAGMENT
    + MMIF_FRAGMENT
    + MMIF_BYTES_FRAGMENT
    + PAGE_INFO_FRAGMENT
    + TOTAL_COUNT_FRAGMENT,
    ("batch", "inputMmifs"),
    Mmif,
)
OUTPUT_MMIFS: Operation[Mmif] = Operation(
    """
query outputMmifs($batchId: ID!, $first: Int, $after: String, $counted: Boolean! = false) {
  batch(id: $batchId) {
    outputMmifs(first: $first, after: $after) {
      edges {
        node {
          ...Mmif
        }
      }
      pageInfo {
        ...PageInfo
      }
      totalCount @include(if: $counted) {
        ...TotalCount
      }
    }
  }
}
"""
    + APP_NAME_FRAGMENT
    + MMIF_FRAGMENT
    + MMIF_BYTES_FRAGMENT
    + PAGE_INFO_FRAGMENT
    + TOTAL_COUNT_FRAGMENT,
    ("batch", "outputMmifs"),
    Mmif,
)
COLLECTIONS: Operation[Collection] = Operation(
    """
query collections($filter: CollectionFilter, $sort: CollectionSort, $descending: Boolean, $first: Int, $after: String, $counted: Boolean! = false) {
  collections(
    filter: $filter
    sort: $sort
    descending: $descending
    first: $first
    after: $after
  ) {
    edges {
      node {
        ...Collection
      }
    }
    pageInfo {
      ...PageInfo
    }
    totalCount @include(if: $counted) {
      ...TotalCount
    }
  }
}
"""
    + COLLECTION_FRAGMENT
    + PAGE_INFO_FRAGMENT
    + TOTAL_COUNT_FRAGMENT,
    ("collections",),
    Collection,
)
COLLECTION: Operation[Collection] = Operation(
    """
query collection($id: ID!) {
  collection(id: $id) {
    ...Collection
  }
}
"""
    + COLLECTION_FRAGMENT,
    ("collection",),
    Collection,
)
CREATE_COLLECTION: Operation[Collection] = Operation(
    """
mutation createCollection($input: CreateCollectionInput!) {
  createCollection(input: $input) {
    ...Collection
  }
}
"""
    + COLLECTION_FRAGMENT,
    ("createCollection",),
    Collection,
)
UPDATE_COLLECTION: Operation[Collection] = Operation(
    """
mutation updateCollection($input: UpdateCollectionInput!) {
  updateCollection(input: $input) {
    ...Collection
  }
}
"""
    + COLLECTION_FRAGMENT,
    ("updateCollection",),
    Collection,
)
DELETE_COLLECTION: Operation[str] = Operation(
    """
mutation deleteCollection($id: ID!) {
  deleteCollection(id: $id)
}
""",
    ("deleteCollection",),
    str,
)
ADD_TO_COLLECTION: Operation[Collection] = Operation(
    """
mutation addToCollection($id: ID!, $guids: [String!]!) {
  addToCollection(id: $id, guids: $guids) {
    ...Collection
  }
}
"""
    + COLLECTION_FRAGMENT,
    ("addToCollection",),
    Collection,
)
REMOVE_FROM_COLLECTION: Operation[Collection] = Operation(
    """
mutation removeFromCollection($id: ID!, $guids: [String!]!) {
  removeFromCollection(id: $id, guids: $guids) {
    ...Collection
  }
}
"""
    + COLLECTION_FRAGMENT,
    ("removeFromCollection",),
    Collection,
)
ADD_MANY_TO_COLLECTION: Operation[BulkResult] = Operation(
    """
mutation addManyToCollection($id: ID!, $guids: [String!], $filter: MediaFileFilter, $dryRun: Boolean! = false) {
  addManyToCollection(id: $id, guids: $guids, filter: $filter, dryRun: $dryRun) {
    ...BulkResult
  }
}
"""
    + BULK_RESULT_FRAGMENT,
    ("addManyToCollection",),
    BulkResult,
)
REMOVE_MANY_FROM_COLLECTION: Operation[BulkResult] = Operation(
    """
mutation removeManyFromCollection($id: ID!, $guids: [String!], $filter: MediaFileFilter, $dryRun: Boolean! = false) {
  removeManyFromCollection(
    id: $id
    guids: $guids
    filter: $filter
    dryRun: $dryRun
  ) {
    ...BulkResult
  }
}
"""
    + BULK_RESULT_FRAGMENT,
    ("removeManyFromCollection",),
    BulkResult,
)
DELETE_COLLECTIONS: Operation[BulkResult] = Operation(
    """
mutation deleteCollections($ids: [ID!], $filter: CollectionFilter, $dryRun: Boolean! = false) {
  deleteCollections(ids: $ids, filter: $filter, dryRun: $dryRun) {
    ...BulkResult
  }
}
"""
    + BULK_RESULT_FRAGMENT,
    ("deleteCollections",),
    BulkResult,
)
EVENTS: Operation[Event] = Operation(
    """
query events($actor: String, $action: String, $subject: ID, $since: DateTime, $until: DateTime, $first: Int, $after: String) {
  events(
    actor: $actor
    action: $action
    subject: $subject
    since: $since
    until: $until
    first: $first
    after: $after
  ) {
    edges {
      node {
        ...Event
      }
    }
    pageInfo {
      ...PageInfo
    }
  }
}
"""
    + EVENT_FRAGMENT
    + PAGE_INFO_FRAGMENT,
    ("events",),
    Event,
)
EVENTS_CURSOR: Operation[str] = Operation(
    """
query eventsCursor {
  events(first: 1) {
    cursor
  }
}
""",
    ("events", "cursor"),
    str,
)
WATCH_EVENTS: Operation[EventPage] = Operation(
    """
subscription watchEvents($after: String) {
  events(after: $after) {
    ...EventPage
  }
}
"""
    + EVENT_FRAGMENT
    + EVENT_PAGE_FRAGMENT,
    ("events",),
    EventPage,
)
MEDIA_FILES: Operation[MediaFile] = Operation(
    """
query mediaFiles($filter: MediaFileFilter, $sort: MediaFileSort, $descending: Boolean, $first: Int, $after: String, $counted: Boolean! = false) {
  mediaFiles(
    filter: $filter
    sort: $sort
    descending: $descending
    first: $first
    after: $after
  ) {
    edges {
      node {
        ...MediaFile
      }
    }
    pageInfo {
      ...PageInfo
    }
    totalCount @include(if: $counted) {
      ...TotalCount
    }
  }
}
"""
    + MEDIA_DOCUMENT_FRAGMENT
    + MEDIA_FILE_FRAGMENT
    + PAGE_INFO_FRAGMENT
    + TOTAL_COUNT_FRAGMENT,
    ("mediaFiles",),
    MediaFile,
)
MEDIA_FILE: Operation[MediaFile] = Operation(
    """
query mediaFile($guid: String!) {
  mediaFile(guid: $guid) {
    ...MediaFile
  }
}
"""
    + MEDIA_DOCUMENT_FRAGMENT
    + MEDIA_FILE_FRAGMENT,
    ("mediaFile",),
    MediaFile,
)
READ_GUIDS: Operation[GuidReading] = Operation(
    """
query readGuids($text: String!, $format: GuidTextFormat) {
  readGuids(text: $text, format: $format) {
    ...GuidReading
  }
}
"""
    + GUID_READING_FRAGMENT,
    ("readGuids",),
    GuidReading,
)
ADD_MEDIA_FILES: Operation[list[MediaFile]] = Operation(
    """
mutation addMediaFiles($input: [MediaFileInput!]!) {
  addMediaFiles(input: $input) {
    ...MediaFile
  }
}
"""
    + MEDIA_DOCUMENT_FRAGMENT
    + MEDIA_FILE_FRAGMENT,
    ("addMediaFiles",),
    list[MediaFile],
)
UPDATE_MEDIA_FILE: Operation[MediaFile] = Operation(
    """
mutation updateMediaFile($input: UpdateMediaFileInput!) {
  updateMediaFile(input: $input) {
    ...MediaFile
  }
}
"""
    + MEDIA_DOCUMENT_FRAGMENT
    + MEDIA_FILE_FRAGMENT,
    ("updateMediaFile",),
    MediaFile,
)
DELETE_MEDIA_FILE: Operation[str] = Operation(
    """
mutation deleteMediaFile($guid: String!) {
  deleteMediaFile(guid: $guid)
}
""",
    ("deleteMediaFile",),
    str,
)
DELETE_MEDIA_FILES: Operation[BulkResult] = Operation(
    """
mutation deleteMediaFiles($guids: [String!], $filter: MediaFileFilter, $dryRun: Boolean! = false) {
  deleteMediaFiles(guids: $guids, filter: $filter, dryRun: $dryRun) {
    ...BulkResult
  }
}
"""
    + BULK_RESULT_FRAGMENT,
    ("deleteMediaFiles",),
    BulkResult,
)
MMIFS: Operation[Mmif] = Operation(
    """
query mmifs($filter: MmifFilter, $sort: MmifSort, $descending: Boolean, $first: Int, $after: String, $counted: Boolean! = false) {
  mmifs(
    filter: $filter
    sort: $sort
    descending: $descending
    first: $first
    after: $after
  ) {
    edges {
      node {
        ...Mmif
      }
    }
    pageInfo {
      ...PageInfo
    }
    totalCount @include(if: $counted) {
      ...TotalCount
    }
  }
}
"""
    + APP_NAME_FRAGMENT
    + MMIF_FRAGMENT
    + MMIF_BYTES_FRAGMENT
    + PAGE_INFO_FRAGMENT
    + TOTAL_COUNT_FRAGMENT,
    ("mmifs",),
    Mmif,
)
MMIF: Operation[Mmif] = Operation(
    """
query mmif($id: ID!) {
  mmif(id: $id) {
    ...Mmif
  }
}
"""
    + APP_NAME_FRAGMENT
    + MMIF_FRAGMENT
    + MMIF_BYTES_FRAGMENT,
    ("mmif",),
    Mmif,
)
PIPELINE_RUNS: Operation[PipelineRun] = Operation(
    """
query pipelineRuns($filter: PipelineRunFilter, $sort: PipelineRunSort, $descending: Boolean, $first: Int, $after: String, $counted: Boolean! = false) {
  pipelineRuns(
    filter: $filter
    sort: $sort
    descending: $descending
    first: $first
    after: $after
  ) {
    edges {
      node {
        ...PipelineRun
      }
    }
    pageInfo {
      ...PageInfo
    }
    totalCount @include(if: $counted) {
      ...TotalCount
    }
  }
}
"""
    + APP_NAME_FRAGMENT
    + BATCH_NAME_FRAGMENT
    + MMIF_BYTES_FRAGMENT
    + PAGE_INFO_FRAGMENT
    + PIPELINE_RUN_FRAGMENT
    + STEP_RUN_FRAGMENT
    + TOTAL_COUNT_FRAGMENT,
    ("pipelineRuns",),
    PipelineRun,
)
PIPELINE_RUN: Operation[PipelineRun] = Operation(
    """
query pipelineRun($id: ID!) {
  pipelineRun(id: $id) {
    ...PipelineRun
  }
}
"""
    + APP_NAME_FRAGMENT
    + BATCH_NAME_FRAGMENT
    + MMIF_BYTES_FRAGMENT
    + PIPELINE_RUN_FRAGMENT
    + STEP_RUN_FRAGMENT,
    ("pipelineRun",),
    PipelineRun,
)
NEWEST_MMIFS: Operation[NewestMmif] = Operation(
    """
query newestMmifs($batchRunId: ID!, $first: Int, $after: String, $counted: Boolean! = false) {
  batchRun(id: $batchRunId) {
    pipelineRuns(first: $first, after: $after) {
      edges {
        node {
          ...NewestMmif
        }
      }
      pageInfo {
        ...PageInfo
      }
      totalCount @include(if: $counted) {
        ...TotalCount
      }
    }
  }
}
"""
    + MMIF_BYTES_FRAGMENT
    + NEWEST_MMIF_FRAGMENT
    + PAGE_INFO_FRAGMENT
    + TOTAL_COUNT_FRAGMENT,
    ("batchRun", "pipelineRuns"),
    NewestMmif,
)
CANCEL_PIPELINE_RUN: Operation[PipelineRun] = Operation(
    """
mutation cancelPipelineRun($id: ID!) {
  cancelPipelineRun(id: $id) {
    ...PipelineRun
  }
}
"""
    + APP_NAME_FRAGMENT
    + BATCH_NAME_FRAGMENT
    + MMIF_BYTES_FRAGMENT
    + PIPELINE_RUN_FRAGMENT
    + STEP_RUN_FRAGMENT,
    ("cancelPipelineRun",),
    PipelineRun,
)
PAUSE_PIPELINE_RUN: Operation[PipelineRun] = Operation(
    """
mutation pausePipelineRun($id: ID!) {
  pausePipelineRun(id: $id) {
    ...PipelineRun
  }
}
"""
    + APP_NAME_FRAGMENT
    + BATCH_NAME_FRAGMENT
    + MMIF_BYTES_FRAGMENT
    + PIPELINE_RUN_FRAGMENT
    + STEP_RUN_FRAGMENT,
    ("pausePipelineRun",),
    PipelineRun,
)
RESUME_PIPELINE_RUN: Operation[PipelineRun] = Operation(
    """
mutation resumePipelineRun($id: ID!) {
  resumePipelineRun(id: $id) {
    ...PipelineRun
  }
}
"""
    + APP_NAME_FRAGMENT
    + BATCH_NAME_FRAGMENT
    + MMIF_BYTES_FRAGMENT
    + PIPELINE_RUN_FRAGMENT
    + STEP_RUN_FRAGMENT,
    ("resumePipelineRun",),
    PipelineRun,
)
RETRY_PIPELINE_RUN: Operation[PipelineRun] = Operation(
    """
mutation retryPipelineRun($id: ID!, $fromStep: Int) {
  retryPipelineRun(id: $id, fromStep: $fromStep) {
    ...PipelineRun
  }
}
"""
    + APP_NAME_FRAGMENT
    + BATCH_NAME_FRAGMENT
    + MMIF_BYTES_FRAGMENT
    + PIPELINE_RUN_FRAGMENT
    + STEP_RUN_FRAGMENT,
    ("retryPipelineRun",),
    PipelineRun,
)
CANCEL_PIPELINE_RUNS: Operation[BulkResult] = Operation(
    """
mutation cancelPipelineRuns($ids: [ID!], $filter: PipelineRunFilter, $dryRun: Boolean! = false) {
  cancelPipelineRuns(ids: $ids, filter: $filter, dryRun: $dryRun) {
    ...BulkResult
  }
}
"""
    + BULK_RESULT_FRAGMENT,
    ("cancelPipelineRuns",),
    BulkResult,
)
PAUSE_PIPELINE_RUNS: Operation[BulkResult] = Operation(
    """
mutation pausePipelineRuns($ids: [ID!], $filter: PipelineRunFilter, $dryRun: Boolean! = false) {
  pausePipelineRuns(ids: $ids, filter: $filter, dryRun: $dryRun) {
    ...BulkResult
  }
}
"""
    + BULK_RESULT_FRAGMENT,
    ("pausePipelineRuns",),
    BulkResult,
)
RESUME_PIPELINE_RUNS: Operation[BulkResult] = Operation(
    """
mutation resumePipelineRuns($ids: [ID!], $filter: PipelineRunFilter, $dryRun: Boolean! = false) {
  resumePipelineRuns(ids: $ids, filter: $filter, dryRun: $dryRun) {
    ...BulkResult
  }
}
"""
    + BULK_RESULT_FRAGMENT,
    ("resumePipelineRuns",),
    BulkResult,
)
RETRY_PIPELINE_RUNS: Operation[BulkResult] = Operation(
    """
mutation retryPipelineRuns($ids: [ID!], $filter: PipelineRunFilter, $fromStep: Int, $dryRun: Boolean! = false) {
  retryPipelineRuns(
    ids: $ids
    filter: $filter
    fromStep: $fromStep
    dryRun: $dryRun
  ) {
    ...BulkResult
  }
}
"""
    + BULK_RESULT_FRAGMENT,
    ("retryPipelineRuns",),
    BulkResult,
)
WATCH_PIPELINE_RUNS: Operation[PipelineRunPage] = Operation(
    """
subscription watchPipelineRuns($batchRunId: ID!, $after: String) {
  pipelineRuns(batchRunId: $batchRunId, after: $after) {
    ...PipelineRunPage
  }
}
"""
    + APP_NAME_FRAGMENT
    + CHANGED_PIPELINE_RUN_FRAGMENT
    + PIPELINE_RUN_PAGE_FRAGMENT,
    ("pipelineRuns",),
    PipelineRunPage,
)
PIPELINES: Operation[Pipeline] = Operation(
    """
query pipelines($filter: PipelineFilter, $sort: PipelineSort, $descending: Boolean, $first: Int, $after: String, $counted: Boolean! = false) {
  pipelines(
    filter: $filter
    sort: $sort
    descending: $descending
    first: $first
    after: $after
  ) {
    edges {
      node {
        ...Pipeline
      }
    }
    pageInfo {
      ...PageInfo
    }
    totalCount @include(if: $counted) {
      ...TotalCount
    }
  }
}
"""
    + APP_NAME_FRAGMENT
    + PAGE_INFO_FRAGMENT
    + PIPELINE_FRAGMENT
    + PIPELINE_STEP_FRAGMENT
    + RETRY_POLICY_FRAGMENT
    + TOTAL_COUNT_FRAGMENT,
    ("pipelines",),
    Pipeline,
)
PIPELINE: Operation[Pipeline] = Operation(
    """
query pipeline($id: ID!) {
  pipeline(id: $id) {
    ...Pipeline
  }
}
"""
    + APP_NAME_FRAGMENT
    + PIPELINE_FRAGMENT
    + PIPELINE_STEP_FRAGMENT
    + RETRY_POLICY_FRAGMENT,
    ("pipeline",),
    Pipeline,
)
PIPELINE_VERSIONS: Operation[list[PipelineVersion]] = Operation(
    """
query pipelineVersions($id: ID!) {
  pipeline(id: $id) {
    versions {
      ...PipelineVersion
    }
  }
}
"""
    + APP_NAME_FRAGMENT
    + PIPELINE_STEP_FRAGMENT
    + PIPELINE_VERSION_FRAGMENT
    + RETRY_POLICY_FRAGMENT
    + STEP_CHANGE_FRAGMENT,
    ("pipeline", "versions"),
    list[PipelineVersion],
)
PIPELINE_DIFF: Operation[PipelineDiff] = Operation(
    """
query pipelineDiff($id: ID!, $older: Int!, $newer: Int) {
  pipeline(id: $id) {
    diff(from: $older, to: $newer) {
      ...PipelineDiff
    }
  }
}
"""
    + APP_NAME_FRAGMENT
    + PIPELINE_DIFF_FRAGMENT
    + RETRY_POLICY_FRAGMENT
    + STEP_CHANGE_FRAGMENT,
    ("pipeline", "diff"),
    PipelineDiff,
)
PIPELINE_DOCUMENT: Operation[str] = Operation(
    """
query pipelineDocument($id: ID!, $format: DocumentFormat) {
  pipeline(id: $id) {
    document(format: $format)
  }
}
""",
    ("pipeline", "document"),
    str,
)
PIPELINE_VERSION_DOCUMENTS: Operation[list[PipelineVersionDocument]] = Operation(
    """
query pipelineVersionDocuments($id: ID!, $format: DocumentFormat) {
  pipeline(id: $id) {
    versions {
      ...PipelineVersionDocument
    }
  }
}
"""
    + PIPELINE_VERSION_DOCUMENT_FRAGMENT,
    ("pipeline", "versions"),
    list[PipelineVersionDocument],
)
CREATE_PIPELINE: Operation[Pipeline] = Operation(
    """
mutation createPipeline($input: CreatePipelineInput!) {
  createPipeline(input: $input) {
    ...Pipeline
  }
}
"""
    + APP_NAME_FRAGMENT
    + PIPELINE_FRAGMENT
    + PIPELINE_STEP_FRAGMENT
    + RETRY_POLICY_FRAGMENT,
    ("createPipeline",),
    Pipeline,
)
UPDATE_PIPELINE: Operation[Pipeline] = Operation(
    """
mutation updatePipeline($id: ID!, $input: UpdatePipelineInput!) {
  updatePipeline(id: $id, input: $input) {
    ...Pipeline
  }
}
"""
    + APP_NAME_FRAGMENT
    + PIPELINE_FRAGMENT
    + PIPELINE_STEP_FRAGMENT
    + RETRY_POLICY_FRAGMENT,
    ("updatePipeline",),
    Pipeline,
)
DELETE_PIPELINE: Operation[str] = Operation(
    """
mutation deletePipeline($id: ID!) {
  deletePipeline(id: $id)
}
""",
    ("deletePipeline",),
    str,
)
IMPORT_PIPELINE: Operation[PipelineImport] = Operation(
    """
mutation importPipeline($input: ImportPipelineInput!) {
  importPipeline(input: $input) {
    ...PipelineImport
  }
}
"""
    + APP_NAME_FRAGMENT
    + PIPELINE_FRAGMENT
    + PIPELINE_IMPORT_FRAGMENT
    + PIPELINE_STEP_FRAGMENT
    + RETRY_POLICY_FRAGMENT
    + STEP_CHANGE_FRAGMENT,
    ("importPipeline",),
    PipelineImport,
)
DELETE_PIPELINES: Operation[BulkResult] = Operation(
    """
mutation deletePipelines($ids: [ID!], $filter: PipelineFilter, $dryRun: Boolean! = false) {
  deletePipelines(ids: $ids, filter: $filter, dryRun: $dryRun) {
    ...BulkResult
  }
}
"""
    + BULK_RESULT_FRAGMENT,
    ("deletePipelines",),
    BulkResult,
)
ARCHIVE_PIPELINES: Operation[BulkResult] = Operation(
    """
mutation archivePipelines($ids: [ID!], $filter: PipelineFilter, $archived: Boolean! = true, $dryRun: Boolean! = false) {
  archivePipelines(
    ids: $ids
    filter: $filter
    archived: $archived
    dryRun: $dryRun
  ) {
    ...BulkResult
  }
}
"""
    + BULK_RESULT_FRAGMENT,
    ("archivePipelines",),
    BulkResult,
)
