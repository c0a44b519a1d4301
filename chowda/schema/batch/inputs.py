"""Inputs of the mutations of batches."""

from __future__ import annotations

import strawberry

from chowda.schema.media_file.filter import MediaFileFilterInput


@strawberry.input
class CreateBatchInput:
    name: str
    description: str | None = strawberry.UNSET
    pipeline_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The default pipeline of the batch."
    )
    guids: list[str] = strawberry.field(
        description="Unknown or repeated GUIDs refuse the whole batch. The message lists ten of them, extensions.guids "
        "all."
    )


@strawberry.input
class CreateBatchFromInput:
    name: str
    description: str | None = strawberry.UNSET
    pipeline_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The default pipeline of the batch."
    )
    guids: list[str] = strawberry.field(
        default_factory=list,
        description="Unknown or repeated GUIDs refuse the whole batch. The message lists ten of them, extensions.guids "
        "all.",
    )
    guid_text: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="GUIDs as pasted text or as CSV. The query readGuids shows mistakes in the text beforehand.",
    )
    collection_ids: list[strawberry.ID] = strawberry.field(default_factory=list)
    media_files: MediaFileFilterInput | None = strawberry.field(
        default=strawberry.UNSET, description="All media files that this filter finds."
    )
    mmif_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list,
        description="The media files of these MMIF, each with its MMIF as input. CONFLICT, with the names, for two "
        "MMIF of one media file.",
    )
    batch_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list,
        description="The media files of these batches, with their input MMIF. CONFLICT, with the names, for two inputs "
        "of one media file.",
    )


@strawberry.input
class CreateBatchesFromCollectionsInput:
    collection_ids: list[strawberry.ID]
    pipeline_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The default pipeline of the batches."
    )


@strawberry.input
class UpdateBatchInput:
    id: strawberry.ID
    name: str | None = strawberry.field(
        default=strawberry.UNSET, description="Leave it out to keep the present name."
    )
    description: str | None = strawberry.field(
        default=strawberry.UNSET,
        description='Leave it out to keep the present description. "" removes it.',
    )
    pipeline_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Leave it out to keep the present default pipeline."
    )


@strawberry.input
class AddMmifsToBatchInput:
    batch_id: strawberry.ID
    mmif_ids: list[strawberry.ID]
    replace: bool = strawberry.field(
        default=False,
        description="true: replace other input MMIF of the files. false: CONFLICT, with the names, if a file has "
        "another input MMIF.",
    )


@strawberry.input
class ImportBatchDefinitionInput:
    text: str = strawberry.field(
        description="A batch definition of clams-kitchen: a CSV whose first column is asset_id. At most 16 MiB."
    )
    name: str = strawberry.field(description="The name of the batch.")
    description: str | None = strawberry.UNSET
    pipeline_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The default pipeline of the batch."
    )
