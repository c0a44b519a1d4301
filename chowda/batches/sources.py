"""The sources of a batch: GUIDs, collections, media files, MMIFs and other batches.

The number of statements does not depend on the number of media files.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chowda import ids
from chowda.batches.guids import GuidReading, sort_guids
from chowda.errors import BadUserInput, Conflict
from chowda.guid_rule import AS_WRITTEN, GuidRule
from chowda.ids import Kind
from chowda.media.files import NAMED_IN_MESSAGE, listed
from chowda.media.guid_lookup import stored_guids
from chowda.media.guid_parsing import guids_in

# The media files of all sources, with the input MMIF of each. A file may come from several sources.
MEMBERS = """
    SELECT id AS media_file_id, CAST(NULL AS bigint) AS mmif_id FROM media_files WHERE guid = ANY(:guids)
    UNION ALL
    SELECT id, NULL FROM media_files WHERE id = ANY(:media_file_ids)
    UNION ALL
    SELECT media_file_id, NULL FROM collection_media_files WHERE collection_id = ANY(:collection_ids)
    UNION ALL
    SELECT media_file_id, id FROM mmifs WHERE id = ANY(:mmif_ids)
    UNION ALL
    SELECT media_file_id, input_mmif_id FROM batch_media_files WHERE batch_id = ANY(:batch_ids)
"""

# Finds the media files that would get more than one input MMIF.
TWO_INPUTS = text(f"""
    SELECT f.guid, array_agg(DISTINCT m.mmif_id ORDER BY m.mmif_id) FROM ({MEMBERS}) AS m
    JOIN media_files f ON f.id = m.media_file_id
    WHERE m.mmif_id IS NOT NULL GROUP BY f.guid HAVING count(DISTINCT m.mmif_id) > 1 ORDER BY f.guid
""")

# Adds the media files of all sources. A file that the batch has already keeps its input MMIF unless it gets a new one.
ADD_MEMBERS = text(f"""
    INSERT INTO batch_media_files AS b (batch_id, media_file_id, input_mmif_id)
    SELECT CAST(:batch_id AS bigint), media_file_id, max(mmif_id) FROM ({MEMBERS}) AS m
    GROUP BY media_file_id ORDER BY media_file_id
    ON CONFLICT (batch_id, media_file_id) DO UPDATE SET input_mmif_id = excluded.input_mmif_id
    WHERE excluded.input_mmif_id IS NOT NULL
""")

# Counts the media files of the batch and stores the number.
UPDATE_COUNT = text("""
    UPDATE batches SET media_file_count = (SELECT count(*) FROM batch_media_files WHERE batch_id = :batch_id)
    WHERE id = :batch_id RETURNING media_file_count
""")

# Finds the media files whose input MMIF would be replaced.
OTHER_INPUTS = text("""
    SELECT f.guid FROM mmifs m
    JOIN batch_media_files b ON b.batch_id = :batch_id AND b.media_file_id = m.media_file_id
    JOIN media_files f ON f.id = m.media_file_id
    WHERE m.id = ANY(:mmif_ids) AND b.input_mmif_id <> m.id ORDER BY f.guid
""")

# Finds which keys exist.
EXISTING = {
    Kind.COLLECTION: text("SELECT id FROM collections WHERE id = ANY(:ids)"),
    Kind.MMIF: text("SELECT id FROM mmifs WHERE id = ANY(:ids)"),
    Kind.BATCH: text("SELECT id FROM batches WHERE id = ANY(:ids)"),
}


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the media files of a batch come from. A file from several sources is added once; a repeated GUID is an
    error."""

    guids: Sequence[str] = ()
    guid_text: str | None = None
    "A pasted block or a CSV: see chowda.media.guid_parsing."
    guid_rule: GuidRule = AS_WRITTEN
    "Normalizes the GUIDs in `guid_text`."
    collection_ids: Sequence[int] = ()
    media_file_ids: Sequence[int] = ()
    "Keys that exist, such as the result of a filter."
    mmif_ids: Sequence[int] = ()
    "Adds the media files of these MMIFs, each with the MMIF as its input."
    batch_ids: Sequence[int] = ()
    "Adds the media files of these batches, with their inputs."

    @property
    def parameters(self) -> dict[str, object]:
        return {
            "guids": list(self.guids),
            "collection_ids": list(self.collection_ids),
            "media_file_ids": list(self.media_file_ids),
            "mmif_ids": list(self.mmif_ids),
            "batch_ids": list(self.batch_ids),
        }


async def validated(session: AsyncSession, sources: Sources) -> Sources:
    """Returns the sources with the GUIDs of `guid_text` moved to `guids`.

    Raises BadUserInput for unknown or repeated GUIDs, with all of them in `extensions`; NotFound for unknown IDs; and
    Conflict if a file would get more than one input MMIF.
    """
    guids = list(sources.guids)
    if sources.guid_text is not None:
        parsed = guids_in(sources.guid_text)
        guids += await stored_guids(session, parsed.guids, sources.guid_rule)
    reading = await sort_guids(session, guids)
    if reading.unknown or reading.repeated:
        raise _bad_guids(reading)
    for kind, keys in (
        (Kind.COLLECTION, sources.collection_ids),
        (Kind.MMIF, sources.mmif_ids),
        (Kind.BATCH, sources.batch_ids),
    ):
        await _require(session, kind, keys)
    sources = replace(sources, guids=reading.found, guid_text=None)
    await refuse_two_inputs(session, sources)
    return sources


def _bad_guids(reading: GuidReading) -> BadUserInput:
    reasons = []
    if reading.unknown:
        reasons.append(f"{_guids(reading.unknown)} unknown: {listed(reading.unknown)}")
    if reading.repeated:
        reasons.append(f"{_guids(reading.repeated)} repeated: {listed(reading.repeated)}")
    return BadUserInput(
        f"The batch was not created: {'; '.join(reasons)}.", {"guids": reading.unknown + reading.repeated}
    )


def _guids(guids: Sequence[str]) -> str:
    return "1 GUID is" if len(guids) == 1 else f"{len(guids):,} GUIDs are"


async def _require(session: AsyncSession, kind: Kind, keys: Sequence[int]) -> None:
    if keys:
        existing = set(await session.scalars(EXISTING[kind], {"ids": list(keys)}))
        missing = [key for key in keys if key not in existing]
        if missing:
            raise ids.not_found(kind, ids.opaque(kind, missing[0]))


async def refuse_two_inputs(session: AsyncSession, sources: Sources) -> None:
    """Raises Conflict, with the GUIDs, if a media file would get more than one input MMIF."""
    if not sources.mmif_ids and not sources.batch_ids:
        return
    rows = (await session.execute(TWO_INPUTS, sources.parameters)).all()
    if rows:
        examples = "; ".join(
            f"{guid} has {' and '.join(ids.opaque(Kind.MMIF, key) for key in keys[:3])}"
            for guid, keys in rows[:NAMED_IN_MESSAGE]
        )
        raise Conflict(
            f"{len(rows):,} media {'file has' if len(rows) == 1 else 'files have'} more than one input MMIF: "
            f"{examples}{'; …' if len(rows) > NAMED_IN_MESSAGE else ''}. Choose one for each.",
            {"guids": [guid for guid, _ in rows]},
        )


async def add_members(session: AsyncSession, batch_id: int, sources: Sources) -> int:
    """Adds validated sources to a batch whose row is locked. Returns its new number of media files."""
    await session.execute(ADD_MEMBERS, {"batch_id": batch_id, **sources.parameters})
    return int(await session.scalar(UPDATE_COUNT, {"batch_id": batch_id}) or 0)


async def refuse_other_inputs(session: AsyncSession, batch_id: int, mmif_ids: Sequence[int]) -> None:
    """Raises Conflict, with the GUIDs, if a media file of the batch has another input MMIF."""
    others = list(await session.scalars(OTHER_INPUTS, {"batch_id": batch_id, "mmif_ids": list(mmif_ids)}))
    if others:
        raise Conflict(
            f"{len(others):,} media {'file has' if len(others) == 1 else 'files have'} another input MMIF in the "
            f"batch: {listed(others)}. Nothing was changed. To replace it, set replace to true.",
            {"guids": others},
        )


async def require_mmifs(session: AsyncSession, mmif_ids: Sequence[int]) -> None:
    await _require(session, Kind.MMIF, mmif_ids)
