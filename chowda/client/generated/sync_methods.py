"""A method for each operation.

Made by `python chowda/client/generate.py`: change the operations or the schema, not this.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from datetime import datetime
from typing import Any

from msgspec import UNSET, UnsetType

from chowda.client.generated import operations
from chowda.client.generated.enums import (
    AppRuntime,
    AppSort,
    BatchRunSort,
    BatchSort,
    CollectionSort,
    DocumentFormat,
    GuidTextFormat,
    MediaFileSort,
    MmifSort,
    PipelineRunSort,
    PipelineSort,
    StartFrom,
)
from chowda.client.generated.inputs import (
    AddMmifsToBatchInput,
    AppFilter,
    BatchFilter,
    BatchRunFilter,
    ChosenAppInput,
    CollectionFilter,
    CreateBatchesFromCollectionsInput,
    CreateBatchFromInput,
    CreateCollectionInput,
    CreatePipelineInput,
    ImportBatchDefinitionInput,
    ImportPipelineInput,
    MediaDocumentInput,
    MediaFileFilter,
    MediaFileInput,
    MmifFilter,
    PipelineFilter,
    PipelineRunFilter,
    PipelineStepInput,
    RegisterAppInput,
    StartBatchesInput,
    StartBatchInput,
    StepOverrideInput,
    UpdateAppInput,
    UpdateAppsInput,
    UpdateBatchInput,
    UpdateCollectionInput,
    UpdateMediaFileInput,
    UpdatePipelineInput,
)
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
from chowda.client.pages import Pages
from chowda.client.transport_base import Asking


class SyncMethods(Asking):
    """What can be asked of a Chowda."""

    def apps(
        self, *, filter: AppFilter | None = None, sort: AppSort | None = None, descending: bool | None = None
    ) -> Pages[App]:
        """All CLAMS apps."""
        return self._pages(operations.APPS, {"filter": filter, "sort": sort, "descending": descending})

    def app(self, id: str) -> AppWithParameters:
        """A CLAMS app that pipelines can be made of."""
        return self._ask(operations.APP, {"id": id})

    def app_history(self, id: str) -> list[AppDescription]:
        """All that it said of itself, newest first; at most 100."""
        return self._ask(operations.APP_HISTORY, {"id": id})

    def register_app(
        self,
        *,
        name: str | UnsetType | None = UNSET,
        runtime: AppRuntime | UnsetType = UNSET,
        endpoint: str | UnsetType | None = UNSET,
        image: str | UnsetType | None = UNSET,
        command: Sequence[str] | UnsetType | None = UNSET,
        max_concurrency: int | UnsetType = UNSET,
        timeout_seconds: int | UnsetType = UNSET,
    ) -> App:
        """Asks the app for its metadata; refuses what does not answer as a CLAMS app. The same endpoint again
        updates the app.
        """
        return self._ask(
            operations.REGISTER_APP,
            {
                "input": RegisterAppInput(
                    name=name,
                    runtime=runtime,
                    endpoint=endpoint,
                    image=image,
                    command=command,
                    max_concurrency=max_concurrency,
                    timeout_seconds=timeout_seconds,
                )
            },
        )

    def import_apps(self, descriptions: Sequence[Any]) -> list[AppImport]:
        """Apps from their descriptions (metadata.json, as in the app directory), to plan pipelines with before
        they have an endpoint. One result each, in order; one that is refused keeps no other. Up to 1,000 in
        a call. registerApp, or updateApp with an endpoint, makes them run.
        """
        return self._ask(operations.IMPORT_APPS, {"descriptions": descriptions})

    def refresh_app(self, id: str) -> App:
        """Asks the app again what it is, and takes over what it says; what it said before is kept in its
        history. APP_UNREACHABLE if it does not answer.
        """
        return self._ask(operations.REFRESH_APP, {"id": id})

    def update_app(
        self,
        id: str,
        *,
        name: str | UnsetType | None = UNSET,
        endpoint: str | UnsetType | None = UNSET,
        max_concurrency: int | UnsetType | None = UNSET,
        timeout_seconds: int | UnsetType | None = UNSET,
        one_at_a_time: bool | UnsetType | None = UNSET,
        active: bool | UnsetType | None = UNSET,
    ) -> App:
        """Changes an app while runs go on. Calls in flight are not touched; what begins later honours it."""
        return self._ask(
            operations.UPDATE_APP,
            {
                "id": id,
                "input": UpdateAppInput(
                    name=name,
                    endpoint=endpoint,
                    max_concurrency=max_concurrency,
                    timeout_seconds=timeout_seconds,
                    one_at_a_time=one_at_a_time,
                    active=active,
                ),
            },
        )

    def update_apps(
        self,
        *,
        max_concurrency: int | UnsetType | None = UNSET,
        timeout_seconds: int | UnsetType | None = UNSET,
        one_at_a_time: bool | UnsetType | None = UNSET,
        active: bool | UnsetType | None = UNSET,
        ids: Sequence[str] | None = None,
        filter: AppFilter | None = None,
        dry_run: bool = False,
    ) -> BulkResult:
        """Changes apps while runs go on: see updateApp. With dryRun: which it would change."""
        return self._ask(
            operations.UPDATE_APPS,
            {
                "input": UpdateAppsInput(
                    max_concurrency=max_concurrency,
                    timeout_seconds=timeout_seconds,
                    one_at_a_time=one_at_a_time,
                    active=active,
                ),
                "ids": ids,
                "filter": filter,
                "dryRun": dry_run,
            },
        )

    def refresh_apps(
        self, *, ids: Sequence[str] | None = None, filter: AppFilter | None = None, dry_run: bool = False
    ) -> BulkResult:
        """Asks apps again what they are: see refreshApp. One that does not answer is APP_UNREACHABLE. With
        dryRun: which it would ask.
        """
        return self._ask(operations.REFRESH_APPS, {"ids": ids, "filter": filter, "dryRun": dry_run})

    def batch_runs(
        self,
        *,
        filter: BatchRunFilter | None = None,
        sort: BatchRunSort | None = None,
        descending: bool | None = None,
    ) -> Pages[BatchRun]:
        """All starts of batches, newest first."""
        return self._pages(operations.BATCH_RUNS, {"filter": filter, "sort": sort, "descending": descending})

    def batch_run(self, id: str) -> BatchRunDetails:
        """One start of a batch on a pipeline."""
        return self._ask(operations.BATCH_RUN, {"id": id})

    def start_batch(
        self,
        batch_id: str,
        *,
        pipeline_id: str | UnsetType | None = UNSET,
        pipeline_version: int | UnsetType | None = UNSET,
        overrides: Sequence[StepOverrideInput] | UnsetType = UNSET,
        from_blank_mmif: bool | UnsetType = UNSET,
        start_from: StartFrom | UnsetType | None = UNSET,
        idempotency_key: str | UnsetType | None = UNSET,
        priority: int | UnsetType = UNSET,
    ) -> BatchRun:
        """When it returns, the rows of all runs exist; status WAITING."""
        return self._ask(
            operations.START_BATCH,
            {
                "input": StartBatchInput(
                    batch_id=batch_id,
                    pipeline_id=pipeline_id,
                    pipeline_version=pipeline_version,
                    overrides=overrides,
                    from_blank_mmif=from_blank_mmif,
                    start_from=start_from,
                    idempotency_key=idempotency_key,
                    priority=priority,
                )
            },
        )

    def cancel_batch_run(self, id: str) -> BatchRun:
        """Ends what has not ended. A run that has ended stays, and is returned, as it is."""
        return self._ask(operations.CANCEL_BATCH_RUN, {"id": id})

    def pause_batch_run(self, id: str) -> BatchRun:
        """Nothing new starts, what is in flight goes on. A run that has ended stays as it is."""
        return self._ask(operations.PAUSE_BATCH_RUN, {"id": id})

    def resume_batch_run(self, id: str) -> BatchRun:
        """Goes on after a pause. A run that has ended stays as it is."""
        return self._ask(operations.RESUME_BATCH_RUN, {"id": id})

    def retry_batch_run(self, id: str, *, from_step: int | None = None) -> BatchRun:
        """What failed or was canceled goes on from its last good MMIF, in the same batch run, with a fresh
        retry budget. Nothing to retry: CONFLICT. With `fromStep` each of these files goes back to that
        step, and one that had not come so far goes on where it was; a step that none had come to is
        BAD_USER_INPUT.
        """
        return self._ask(operations.RETRY_BATCH_RUN, {"id": id, "fromStep": from_step})

    def set_batch_run_priority(self, id: str, priority: int) -> BatchRun:
        """-100 to 100. Where batch runs share an app, the higher goes first; what is in flight goes on. A run
        that has ended stays as it is.
        """
        return self._ask(operations.SET_BATCH_RUN_PRIORITY, {"id": id, "priority": priority})

    def cancel_batch_runs(
        self, *, ids: Sequence[str] | None = None, filter: BatchRunFilter | None = None, dry_run: bool = False
    ) -> BulkResult:
        """Ends what has not ended, of many batch runs. With dryRun: what it would do, in numbers."""
        return self._ask(operations.CANCEL_BATCH_RUNS, {"ids": ids, "filter": filter, "dryRun": dry_run})

    def pause_batch_runs(
        self, *, ids: Sequence[str] | None = None, filter: BatchRunFilter | None = None, dry_run: bool = False
    ) -> BulkResult:
        """Nothing new of many batch runs starts. With dryRun: what it would do, in numbers."""
        return self._ask(operations.PAUSE_BATCH_RUNS, {"ids": ids, "filter": filter, "dryRun": dry_run})

    def resume_batch_runs(
        self, *, ids: Sequence[str] | None = None, filter: BatchRunFilter | None = None, dry_run: bool = False
    ) -> BulkResult:
        """Batch runs that are paused go on. With dryRun: what it would do, in numbers."""
        return self._ask(operations.RESUME_BATCH_RUNS, {"ids": ids, "filter": filter, "dryRun": dry_run})

    def retry_batch_runs(
        self,
        *,
        ids: Sequence[str] | None = None,
        filter: BatchRunFilter | None = None,
        from_step: int | None = None,
        dry_run: bool = False,
    ) -> BulkResult:
        """What failed or was canceled in many batch runs goes on, or, with `fromStep`, goes back to that step:
        see retryBatchRun. With dryRun: what it would do, in numbers.
        """
        return self._ask(
            operations.RETRY_BATCH_RUNS,
            {"ids": ids, "filter": filter, "fromStep": from_step, "dryRun": dry_run},
        )

    def watch_batch_run(self, id: str) -> Generator[BatchRunState]:
        """One batch run: its present state at once, then its state after changes (several changes that come
        close together may arrive as one), and last its end state; then the subscription completes.
        """
        return self._watch(operations.WATCH_BATCH_RUN, {"id": id})

    def watch_active_batch_runs(self) -> Generator[list[BatchRunState]]:
        """All batch runs that are waiting, running or paused: the present list at once, then each new list."""
        return self._watch(operations.WATCH_ACTIVE_BATCH_RUNS, {})

    def set_batch_run_priorities(
        self,
        priority: int,
        *,
        ids: Sequence[str] | None = None,
        filter: BatchRunFilter | None = None,
        dry_run: bool = False,
    ) -> BulkResult:
        """Which of several batch runs goes first at an app that they share: see setBatchRunPriority. With
        dryRun: what it would do, in numbers.
        """
        return self._ask(
            operations.SET_BATCH_RUN_PRIORITIES,
            {"priority": priority, "ids": ids, "filter": filter, "dryRun": dry_run},
        )

    def start_batches(
        self,
        *,
        pipeline_id: str | UnsetType | None = UNSET,
        pipeline_version: int | UnsetType | None = UNSET,
        overrides: Sequence[StepOverrideInput] | UnsetType = UNSET,
        start_from: StartFrom | UnsetType = UNSET,
        idempotency_key: str | UnsetType | None = UNSET,
        priority: int | UnsetType = UNSET,
        ids: Sequence[str] | None = None,
        filter: BatchFilter | None = None,
        dry_run: bool = False,
    ) -> BulkResult:
        """Starts many batches, each on its own pipeline or all on one: `done` are the batches, and each one's
        lastRun is its start. With dryRun: what it would start, in numbers.
        """
        return self._ask(
            operations.START_BATCHES,
            {
                "input": StartBatchesInput(
                    pipeline_id=pipeline_id,
                    pipeline_version=pipeline_version,
                    overrides=overrides,
                    start_from=start_from,
                    idempotency_key=idempotency_key,
                    priority=priority,
                ),
                "ids": ids,
                "filter": filter,
                "dryRun": dry_run,
            },
        )

    def calls(self, batch_run_id: str) -> Pages[Call]:
        """The calls of its apps, the one that began last first: what ran when on which worker."""
        return self._pages(operations.CALLS, {"batchRunId": batch_run_id})

    def batches(
        self,
        *,
        filter: BatchFilter | None = None,
        sort: BatchSort | None = None,
        descending: bool | None = None,
    ) -> Pages[Batch]:
        """All batches, newest first."""
        return self._pages(operations.BATCHES, {"filter": filter, "sort": sort, "descending": descending})

    def batch(self, id: str) -> Batch:
        """Media files that are run together."""
        return self._ask(operations.BATCH, {"id": id})

    def create_batch(
        self,
        name: str,
        *,
        description: str | UnsetType | None = UNSET,
        pipeline_id: str | UnsetType | None = UNSET,
        guids: Sequence[str] | UnsetType = UNSET,
        guid_text: str | UnsetType | None = UNSET,
        collection_ids: Sequence[str] | UnsetType = UNSET,
        media_files: MediaFileFilter | UnsetType | None = UNSET,
        mmif_ids: Sequence[str] | UnsetType = UNSET,
        batch_ids: Sequence[str] | UnsetType = UNSET,
    ) -> Batch:
        """A batch of all that is named: GUIDs, collections, MMIFs, other batches (one: a copy, several:
        combined). A media file that comes from several of them is in it once.
        """
        return self._ask(
            operations.CREATE_BATCH,
            {
                "input": CreateBatchFromInput(
                    name=name,
                    description=description,
                    pipeline_id=pipeline_id,
                    guids=guids,
                    guid_text=guid_text,
                    collection_ids=collection_ids,
                    media_files=media_files,
                    mmif_ids=mmif_ids,
                    batch_ids=batch_ids,
                )
            },
        )

    def create_batches_from_collections(
        self, collection_ids: Sequence[str], *, pipeline_id: str | UnsetType | None = UNSET
    ) -> list[Batch]:
        """A batch of each collection, with its name and description. All or none; an empty collection:
        BAD_USER_INPUT.
        """
        return self._ask(
            operations.CREATE_BATCHES_FROM_COLLECTIONS,
            {
                "input": CreateBatchesFromCollectionsInput(
                    collection_ids=collection_ids, pipeline_id=pipeline_id
                )
            },
        )

    def import_batch_definition(
        self,
        text: str,
        name: str,
        *,
        description: str | UnsetType | None = UNSET,
        pipeline_id: str | UnsetType | None = UNSET,
    ) -> BatchDefinitionImport:
        """A batch from a batch definition of clams-kitchen. Unknown or repeated GUIDs refuse it, as in
        createBatch.
        """
        return self._ask(
            operations.IMPORT_BATCH_DEFINITION,
            {
                "input": ImportBatchDefinitionInput(
                    text=text, name=name, description=description, pipeline_id=pipeline_id
                )
            },
        )

    def update_batch(
        self,
        id: str,
        *,
        name: str | UnsetType | None = UNSET,
        description: str | UnsetType | None = UNSET,
        pipeline_id: str | UnsetType | None = UNSET,
    ) -> Batch:
        """Its runs stay as they are."""
        return self._ask(
            operations.UPDATE_BATCH,
            {"input": UpdateBatchInput(id=id, name=name, description=description, pipeline_id=pipeline_id)},
        )

    def delete_batch(self, id: str) -> str:
        """Deletes a batch that was never started, else CONFLICT; its ID."""
        return self._ask(operations.DELETE_BATCH, {"id": id})

    def add_mmifs_to_batch(
        self, batch_id: str, mmif_ids: Sequence[str], *, replace: bool | UnsetType = UNSET
    ) -> Batch:
        """The MMIFs become inputs of their media files; files that the batch lacks are added to it. Two MMIFs
        of one file: CONFLICT, by name. Runs that were started stay as they are.
        """
        return self._ask(
            operations.ADD_MMIFS_TO_BATCH,
            {"input": AddMmifsToBatchInput(batch_id=batch_id, mmif_ids=mmif_ids, replace=replace)},
        )

    def delete_batches(
        self, *, ids: Sequence[str] | None = None, filter: BatchFilter | None = None, dry_run: bool = False
    ) -> BulkResult:
        """Deletes batches that were never started. With dryRun: which it would delete."""
        return self._ask(operations.DELETE_BATCHES, {"ids": ids, "filter": filter, "dryRun": dry_run})

    def not_started(self, batch_id: str) -> Pages[MediaFile]:
        """Media files that none of its runs has begun, in the order in which they were added."""
        return self._pages(operations.NOT_STARTED, {"batchId": batch_id})

    def input_mmifs(self, batch_id: str) -> Pages[Mmif]:
        """What its files start from, where they have an input."""
        return self._pages(operations.INPUT_MMIFS, {"batchId": batch_id})

    def output_mmifs(self, batch_id: str) -> Pages[Mmif]:
        """Of each file the newest MMIF that apps made of it in runs of this batch."""
        return self._pages(operations.OUTPUT_MMIFS, {"batchId": batch_id})

    def collections(
        self,
        *,
        filter: CollectionFilter | None = None,
        sort: CollectionSort | None = None,
        descending: bool | None = None,
    ) -> Pages[Collection]:
        """All collections, by name."""
        return self._pages(operations.COLLECTIONS, {"filter": filter, "sort": sort, "descending": descending})

    def collection(self, id: str) -> Collection:
        """Media files that belong together; one may be in several."""
        return self._ask(operations.COLLECTION, {"id": id})

    def create_collection(
        self,
        name: str,
        *,
        description: str | UnsetType | None = UNSET,
        guids: Sequence[str] | UnsetType = UNSET,
    ) -> Collection:
        """Media files that belong together; one may be in several."""
        return self._ask(
            operations.CREATE_COLLECTION,
            {"input": CreateCollectionInput(name=name, description=description, guids=guids)},
        )

    def update_collection(
        self, id: str, *, name: str | UnsetType | None = UNSET, description: str | UnsetType | None = UNSET
    ) -> Collection:
        """Another collection's name: CONFLICT."""
        return self._ask(
            operations.UPDATE_COLLECTION,
            {"input": UpdateCollectionInput(id=id, name=name, description=description)},
        )

    def delete_collection(self, id: str) -> str:
        """Its media files stay, and so do batches made from it; its ID."""
        return self._ask(operations.DELETE_COLLECTION, {"id": id})

    def add_to_collection(self, id: str, guids: Sequence[str]) -> Collection:
        """Those that are in it already stay. Unknown GUIDs refuse the call: ten in the message, all in
        extensions.guids.
        """
        return self._ask(operations.ADD_TO_COLLECTION, {"id": id, "guids": guids})

    def remove_from_collection(self, id: str, guids: Sequence[str]) -> Collection:
        """GUIDs that are not in it are no error."""
        return self._ask(operations.REMOVE_FROM_COLLECTION, {"id": id, "guids": guids})

    def add_many_to_collection(
        self,
        id: str,
        *,
        guids: Sequence[str] | None = None,
        filter: MediaFileFilter | None = None,
        dry_run: bool = False,
    ) -> BulkResult:
        """Adds many media files to a collection; unlike addToCollection, unknown GUIDs keep no other from it.
        With dryRun: which it would add.
        """
        return self._ask(
            operations.ADD_MANY_TO_COLLECTION, {"id": id, "guids": guids, "filter": filter, "dryRun": dry_run}
        )

    def remove_many_from_collection(
        self,
        id: str,
        *,
        guids: Sequence[str] | None = None,
        filter: MediaFileFilter | None = None,
        dry_run: bool = False,
    ) -> BulkResult:
        """Removes many media files from a collection. With dryRun: which it would remove."""
        return self._ask(
            operations.REMOVE_MANY_FROM_COLLECTION,
            {"id": id, "guids": guids, "filter": filter, "dryRun": dry_run},
        )

    def delete_collections(
        self,
        *,
        ids: Sequence[str] | None = None,
        filter: CollectionFilter | None = None,
        dry_run: bool = False,
    ) -> BulkResult:
        """Their media files stay, and so do batches made from them. With dryRun: which it would delete."""
        return self._ask(operations.DELETE_COLLECTIONS, {"ids": ids, "filter": filter, "dryRun": dry_run})

    def events(
        self,
        *,
        actor: str | None = None,
        action: str | None = None,
        subject: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Pages[Event]:
        """Who did what, newest first; at most 500 at once. `subject` is an ID or a GUID. `since` is included,
        `until` is not.
        """
        return self._pages(
            operations.EVENTS,
            {"actor": actor, "action": action, "subject": subject, "since": since, "until": until},
        )

    def events_cursor(self) -> str:
        """Read this page, then subscribe to events(after: cursor): nothing is missed."""
        return self._ask(operations.EVENTS_CURSOR, {})

    def watch_events(self, *, after: str | None = None) -> Generator[EventPage]:
        """What people do, as they do it, in pages of at most 500. Without `after`: from now on; with it: all
        that has been done since. Every page's cursor resumes after that page, over a reconnect and on
        another server too: nothing is missed. An empty page every 20 s says that the feed lives. A cursor
        that can't be read: BAD_USER_INPUT.
        """
        return self._watch(operations.WATCH_EVENTS, {"after": after})

    def media_files(
        self,
        *,
        filter: MediaFileFilter | None = None,
        sort: MediaFileSort | None = None,
        descending: bool | None = None,
    ) -> Pages[MediaFile]:
        """All media files, newest first."""
        return self._pages(operations.MEDIA_FILES, {"filter": filter, "sort": sort, "descending": descending})

    def media_file(self, guid: str) -> MediaFile:
        """What is known by a GUID, with the documents that it consists of."""
        return self._ask(operations.MEDIA_FILE, {"guid": guid})

    def read_guids(self, text: str, *, format: GuidTextFormat | None = None) -> GuidReading:
        """The GUIDs that a pasted block, a text file or a CSV holds: what is found, unknown and repeated.
        Quotes, brackets and byte order marks are dropped. Without a format it is a CSV if its first line
        has a column guid or asset_id.
        """
        return self._ask(operations.READ_GUIDS, {"text": text, "format": format})

    def add_media_files(self, input: Sequence[MediaFileInput]) -> list[MediaFile]:
        """A GUID that is there already with the same documents is left as it is; with other documents:
        CONFLICT. All or nothing. Up to 20,000 in one call.
        """
        return self._ask(operations.ADD_MEDIA_FILES, {"input": input})

    def update_media_file(
        self, guid: str, documents: Sequence[MediaDocumentInput], *, revision: int | UnsetType | None = UNSET
    ) -> MediaFile:
        """Gives a media file other documents. Its MMIF stays as it is. Unknown GUID: NOT_FOUND."""
        return self._ask(
            operations.UPDATE_MEDIA_FILE,
            {"input": UpdateMediaFileInput(guid=guid, documents=documents, revision=revision)},
        )

    def delete_media_file(self, guid: str) -> str:
        """Deletes a media file that is in no batch and no collection and has no MMIF, else CONFLICT; its GUID."""
        return self._ask(operations.DELETE_MEDIA_FILE, {"guid": guid})

    def delete_media_files(
        self,
        *,
        guids: Sequence[str] | None = None,
        filter: MediaFileFilter | None = None,
        dry_run: bool = False,
    ) -> BulkResult:
        """Deletes media files that are in no batch and no collection and have no MMIF. With dryRun: which it
        would delete.
        """
        return self._ask(operations.DELETE_MEDIA_FILES, {"guids": guids, "filter": filter, "dryRun": dry_run})

    def mmifs(
        self,
        *,
        filter: MmifFilter | None = None,
        sort: MmifSort | None = None,
        descending: bool | None = None,
    ) -> Pages[Mmif]:
        """All MMIF, newest first."""
        return self._pages(operations.MMIFS, {"filter": filter, "sort": sort, "descending": descending})

    def mmif(self, id: str) -> Mmif:
        """What apps found in a media file so far."""
        return self._ask(operations.MMIF, {"id": id})

    def pipeline_runs(
        self,
        *,
        filter: PipelineRunFilter | None = None,
        sort: PipelineRunSort | None = None,
        descending: bool | None = None,
    ) -> Pages[PipelineRun]:
        """The pipeline runs of all batch runs, newest first."""
        return self._pages(
            operations.PIPELINE_RUNS, {"filter": filter, "sort": sort, "descending": descending}
        )

    def pipeline_run(self, id: str) -> PipelineRun:
        """One media file on its way through the pipeline of a batch run."""
        return self._ask(operations.PIPELINE_RUN, {"id": id})

    def newest_mmifs(self, batch_run_id: str) -> Pages[NewestMmif]:
        """One for each media file; `first` is at most 500."""
        return self._pages(operations.NEWEST_MMIFS, {"batchRunId": batch_run_id})

    def cancel_pipeline_run(self, id: str) -> PipelineRun:
        """Ends this file and no other. One that has ended stays as it is. It counts as no failure of its batch
        run, which ends by itself once nothing else of it waits or runs.
        """
        return self._ask(operations.CANCEL_PIPELINE_RUN, {"id": id})

    def pause_pipeline_run(self, id: str) -> PipelineRun:
        """Nothing new of this file starts, what is in flight goes on; its status stays, and `paused` is true.
        One that has ended stays as it is.
        """
        return self._ask(operations.PAUSE_PIPELINE_RUN, {"id": id})

    def resume_pipeline_run(self, id: str) -> PipelineRun:
        """Goes on after a pause of its own; that of its batch run is another. One that has ended stays as it
        is.
        """
        return self._ask(operations.RESUME_PIPELINE_RUN, {"id": id})

    def retry_pipeline_run(self, id: str, *, from_step: int | None = None) -> PipelineRun:
        """What failed or was canceled goes on from its last good MMIF, with a fresh retry budget, and its
        batch run with it. Nothing to retry: CONFLICT. With `fromStep` it goes back to that step, also when
        it has finished: on from the output of the step before, for 1 from the MMIF that it was started
        with. A step that it had not come to is BAD_USER_INPUT. Earlier results stay.
        """
        return self._ask(operations.RETRY_PIPELINE_RUN, {"id": id, "fromStep": from_step})

    def cancel_pipeline_runs(
        self,
        *,
        ids: Sequence[str] | None = None,
        filter: PipelineRunFilter | None = None,
        dry_run: bool = False,
    ) -> BulkResult:
        """Ends many files, and no others. With dryRun: what it would do, in numbers."""
        return self._ask(operations.CANCEL_PIPELINE_RUNS, {"ids": ids, "filter": filter, "dryRun": dry_run})

    def pause_pipeline_runs(
        self,
        *,
        ids: Sequence[str] | None = None,
        filter: PipelineRunFilter | None = None,
        dry_run: bool = False,
    ) -> BulkResult:
        """Nothing new of many files starts. With dryRun: what it would do, in numbers."""
        return self._ask(operations.PAUSE_PIPELINE_RUNS, {"ids": ids, "filter": filter, "dryRun": dry_run})

    def resume_pipeline_runs(
        self,
        *,
        ids: Sequence[str] | None = None,
        filter: PipelineRunFilter | None = None,
        dry_run: bool = False,
    ) -> BulkResult:
        """Files that are paused themselves go on. With dryRun: what it would do, in numbers."""
        return self._ask(operations.RESUME_PIPELINE_RUNS, {"ids": ids, "filter": filter, "dryRun": dry_run})

    def retry_pipeline_runs(
        self,
        *,
        ids: Sequence[str] | None = None,
        filter: PipelineRunFilter | None = None,
        from_step: int | None = None,
        dry_run: bool = False,
    ) -> BulkResult:
        """Files that failed or were canceled go on from their last good MMIF, with a fresh retry budget, or,
        with `fromStep`, go back to that step, also those that have finished: see retryPipelineRun. With
        dryRun: what it would do, in numbers.
        """
        return self._ask(
            operations.RETRY_PIPELINE_RUNS,
            {"ids": ids, "filter": filter, "fromStep": from_step, "dryRun": dry_run},
        )

    def watch_pipeline_runs(
        self, batch_run_id: str, *, after: str | None = None
    ) -> Generator[PipelineRunPage]:
        """The pipeline runs of a batch run, in pages of at most 500. Without `after`: every run's present
        state first, also when the batch run has ended; with it: what changed since. Then the changes,
        newest state each. Every page's cursor resumes after that page, over a reconnect and on another
        server too: nothing is missed. An empty page every 20 s says that the feed lives. Completes with the
        batch run. A cursor that can't be read: BAD_USER_INPUT.
        """
        return self._watch(operations.WATCH_PIPELINE_RUNS, {"batchRunId": batch_run_id, "after": after})

    def pipelines(
        self,
        *,
        filter: PipelineFilter | None = None,
        sort: PipelineSort | None = None,
        descending: bool | None = None,
    ) -> Pages[Pipeline]:
        """All pipelines."""
        return self._pages(operations.PIPELINES, {"filter": filter, "sort": sort, "descending": descending})

    def pipeline(self, id: str) -> Pipeline:
        """Apps in order, through which media files go."""
        return self._ask(operations.PIPELINE, {"id": id})

    def pipeline_versions(self, id: str) -> list[PipelineVersion]:
        """All its versions, newest first."""
        return self._ask(operations.PIPELINE_VERSIONS, {"id": id})

    def pipeline_diff(self, id: str, older: int, *, newer: int | None = None) -> PipelineDiff:
        """What differs between two versions; `to` is this one unless another is named."""
        return self._ask(operations.PIPELINE_DIFF, {"id": id, "older": older, "newer": newer})

    def pipeline_document(self, id: str, *, format: DocumentFormat | None = None) -> str:
        """As text that importPipeline takes."""
        return self._ask(operations.PIPELINE_DOCUMENT, {"id": id, "format": format})

    def pipeline_version_documents(
        self, id: str, *, format: DocumentFormat | None = None
    ) -> list[PipelineVersionDocument]:
        """All its versions, newest first."""
        return self._ask(operations.PIPELINE_VERSION_DOCUMENTS, {"id": id, "format": format})

    def create_pipeline(
        self, name: str, steps: Sequence[PipelineStepInput], *, description: str | UnsetType | None = UNSET
    ) -> Pipeline:
        """Checks parameters and the apps' inputs and outputs against their metadata."""
        return self._ask(
            operations.CREATE_PIPELINE,
            {"input": CreatePipelineInput(name=name, description=description, steps=steps)},
        )

    def update_pipeline(
        self,
        id: str,
        *,
        name: str | UnsetType | None = UNSET,
        description: str | UnsetType | None = UNSET,
        steps: Sequence[PipelineStepInput] | UnsetType | None = UNSET,
        note: str | UnsetType | None = UNSET,
        expected_version: int | UnsetType | None = UNSET,
        archived: bool | UnsetType | None = UNSET,
    ) -> Pipeline:
        """Other steps make a new version: runs that were started stay on theirs."""
        return self._ask(
            operations.UPDATE_PIPELINE,
            {
                "id": id,
                "input": UpdatePipelineInput(
                    name=name,
                    description=description,
                    steps=steps,
                    note=note,
                    expected_version=expected_version,
                    archived=archived,
                ),
            },
        )

    def delete_pipeline(self, id: str) -> str:
        """Gives the ID back. CONFLICT for one that has run or that a batch is to be started on: archive it."""
        return self._ask(operations.DELETE_PIPELINE, {"id": id})

    def import_pipeline(
        self,
        text: str,
        *,
        format: DocumentFormat | UnsetType | None = UNSET,
        name: str | UnsetType | None = UNSET,
        apps: Sequence[ChosenAppInput] | UnsetType = UNSET,
        as_new_version: bool | UnsetType = UNSET,
        dry_run: bool | UnsetType = UNSET,
    ) -> PipelineImport:
        """A pipeline from text: what Pipeline.document gives, or a recipe of clams-kitchen. All or nothing."""
        return self._ask(
            operations.IMPORT_PIPELINE,
            {
                "input": ImportPipelineInput(
                    text=text,
                    format=format,
                    name=name,
                    apps=apps,
                    as_new_version=as_new_version,
                    dry_run=dry_run,
                )
            },
        )

    def delete_pipelines(
        self, *, ids: Sequence[str] | None = None, filter: PipelineFilter | None = None, dry_run: bool = False
    ) -> BulkResult:
        """Deletes pipelines that have not run and on which no batch is to be started. With dryRun: which it
        would delete.
        """
        return self._ask(operations.DELETE_PIPELINES, {"ids": ids, "filter": filter, "dryRun": dry_run})

    def archive_pipelines(
        self,
        *,
        ids: Sequence[str] | None = None,
        filter: PipelineFilter | None = None,
        archived: bool = True,
        dry_run: bool = False,
    ) -> BulkResult:
        """Pipelines that can't be started any more, or, with `archived: false`, can again. With dryRun: which
        it would change.
        """
        return self._ask(
            operations.ARCHIVE_PIPELINES,
            {"ids": ids, "filter": filter, "archived": archived, "dryRun": dry_run},
        )
