"""Queries of media files."""

from __future__ import annotations

import strawberry

from chowda.batches import guids as batch_guids
from chowda.media import files as media_files
from chowda.schema.connection import Connection
from chowda.schema.context import Info
from chowda.schema.enums import GuidTextFormat
from chowda.schema.loaders import Loaders
from chowda.schema.media_file.dataloaders import build_media_files
from chowda.schema.media_file.file_import import GuidReading
from chowda.schema.media_file.filter import MediaFileFilterInput, MediaFileSort
from chowda.schema.media_file.list import MEDIA_FILES
from chowda.schema.media_file.type import MediaFile
from chowda.schema.paging import Paging


@strawberry.type
class MediaFileQueries:
    @strawberry.field
    async def media_file(self, info: Info, guid: str) -> MediaFile | None:
        async with info.context.database.session() as session:
            guids = await info.context.stored_guids(session, [guid])
            rows = list((await media_files.find_media_files(session, guids)).values())
            found = await build_media_files(session, Loaders.of(info), rows)
        return next(iter(found.values()), None)

    @strawberry.field(description="All media files, newest first.")
    async def media_files(
        self,
        info: Info,
        first: int | None = strawberry.UNSET,
        after: str | None = strawberry.UNSET,
        last: int | None = strawberry.UNSET,
        before: str | None = strawberry.UNSET,
        filter: MediaFileFilterInput | None = strawberry.UNSET,
        sort: MediaFileSort = MediaFileSort.CREATED,
        descending: bool = True,
    ) -> Connection[MediaFile]:
        conditions = (filter or MediaFileFilterInput()).to_filter()
        query = Paging(first, after, last, before).query(MEDIA_FILES.spec, conditions, sort.name, descending)
        return await MEDIA_FILES.connect(Loaders.of(info), query)

    @strawberry.field(
        description="Reads GUIDs from a pasted text, a text file or a CSV, and reports which are found, unknown and "
        "repeated. Quotes, brackets and byte order marks are ignored. Without `format`, the text is a CSV if its first "
        "line has a column guid or asset_id."
    )
    async def read_guids(
        self, info: Info, text: str, format: GuidTextFormat | None = strawberry.UNSET
    ) -> GuidReading:
        async with info.context.database.session() as session:
            reading = await batch_guids.read_guids(session, text, info.context.guid_rule, format or None)
        return GuidReading(found=reading.found, unknown=reading.unknown, repeated=reading.repeated)
