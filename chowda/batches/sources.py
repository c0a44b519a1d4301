"""What a batch is made of: GUIDs, collections, MMIF, other batches. All of it set by set, in a fixed number of
statements, however many media files there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chowda import ids
from chowda.errors import BadUserInput, Conflict
from chowda.guid_rule import AS_WRITTEN, GuidRule
from chowda.ids import Kind
from chowda.media.files import NAMED_IN_MESSAGE, listed
from chowda.media.guid_lookup import stored_guids
from chowda.media.guid_parsing import GuidTextFormat, guids_in
from chowda.text_checks import storable

UNKNOWN = text("""
    SELECT guid FROM unnest(CAST(:guids AS text[])) AS guid
    WHERE NOT EXISTS (SELECT FROM media_files f WHERE f.guid = guid.guid)
""")

# Media files and the MMIF that each is to start from; a file may come from several sources.
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

TWO_INPUTS = text(f"""
    SELECT f.guid, array_agg(DISTINCT m.mmif_id ORDER BY m.mmif_id) FROM ({MEMBERS}) AS m
    JOIN media_files f ON f.id = m.media_file_id
    WHERE m.mmif_id IS NOT NULL GROUP BY f.guid HAVING count(DISTINCT m.mmif_id) > 1 ORDER BY f.guid
""")

# One that is in the batch already keeps its input, unless another one is given.
ADD_MEMBERS = text(f"""
    INSERT INTO batch_media_files AS b (batch_id, media_file_id, input_mmif_id)
    SELECT CAST(:batch_id AS bigint), media_file_id, max(mmif_id) FROM ({MEMBERS}) AS m
    GROUP BY media_file_id ORDER BY media_file_id
    ON CONFLICT (batch_id, media_file_id) DO UPDATE SET input_mmif_id = excluded.input_mmif_id
    WHERE excluded.input_mmif_id IS NOT NULL
""")

COUNT = text("""
    UPDATE batches SET media_file_count = (SELECT count(*) FROM batch_media_files WHERE batch_id = :batch_id)
    WHERE id = :batch_id RETURNING media_file_count
""")

OTHER_INPUTS = text("""
    SELECT f.guid FROM mmifs m
    JOIN batch_media_files b ON b.batch_id = :batch_id AND b.media_file_id = m.media_file_id
    JOIN media_files f ON f.id = m.media_file_id
    WHERE m.id = ANY(:mmif_ids) AND b.input_mmif_id <> m.id ORDER BY f.guid
""")

THERE = {
    Kind.COLLECTION: text("SELECT id FROM collections WHERE id = ANY(:ids)"),
    Kind.MMIF: text("SELECT id FROM mmifs WHERE id = ANY(:ids)"),
    Kind.BATCH: text("SELECT id FROM batches WHERE id = ANY(:ids)"),
}


@dataclass(frozen=True, slots=True)
class Sources:
    """Media files are taken once, however often they are named; but a GUID that stands twice is a mistake."""

    guids: Sequence[str] = ()
    guid_text: str | None = None
    "As people paste it: see chowda.media.guid_parsing."
    guid_rule: GuidRule = AS_WRITTEN
    "For the spelling of the GUIDs in `guid_text`."
    collection_ids: Sequence[int] = ()
    media_file_ids: Sequence[int] = ()
    "Of those that are there, e.g. that a filter has found."
    mmif_ids: Sequence[int] = ()
    "Their files, each with its MMIF as input."
    batch_ids: Sequence[int] = ()
    "Their files, with their inputs."

    @property
    def parameters(self) -> dict[str, object]:
        return {
            "guids": list(self.guids),
            "collection_ids": list(self.collection_ids),
            "media_file_ids": list(self.media_file_ids),
            "mmif_ids": list(self.mmif_ids),
            "batch_ids": list(self.batch_ids),
        }


@dataclass(frozen=True, slots=True)
class GuidReading:
    """What a text holds. `found` in its order, each once; `unknown` and `repeated` likewise."""

    found: list[str]
    unknown: list[str]
    repeated: list[str]


async def read_guids(
    session: AsyncSession, text: str, rule: GuidRule, form: GuidTextFormat | None = None
) -> GuidReading:
    """The GUIDs of a pasted block, a text file or a CSV. The first line of a CSV may be a header or not."""
    parsed = guids_in(text, form)
    guids = await stored_guids(session, parsed.guids, rule)
    reading = await sort_guids(session, guids)
    if parsed.header and guids and guids[0] in reading.unknown:
        return await sort_guids(session, guids[1:])
    return reading


async def sort_guids(session: AsyncSession, guids: Sequence[str]) -> GuidReading:
    times = Counter(guids)
    asked = [guid for guid in times if storable(guid)]
    unknown = set(await session.scalars(UNKNOWN, {"guids": asked})) | (set(times) - set(asked))
    return GuidReading(
        found=[guid for guid in times if guid not in unknown],
        unknown=[guid for guid in times if guid in unknown],
        repeated=[guid for guid, count in times.items() if count > 1 and guid not in unknown],
    )


async def checked(session: AsyncSession, sources: Sources) -> Sources:
    """The same, with all GUIDs in `guids`. Refuses unknown or repeated GUIDs, all of them in `extensions`,
    unknown IDs, and two MMIFs for one file."""
    guids = list(sources.guids)
    if sources.guid_text is not None:
        parsed = guids_in(sources.guid_text)
        guids += await stored_guids(session, parsed.guids, sources.guid_rule)
    reading = await sort_guids(session, guids)
    if reading.unknown or reading.repeated:
        raise _wrong_guids(reading)
    for kind, keys in (
        (Kind.COLLECTION, sources.collection_ids),
        (Kind.MMIF, sources.mmif_ids),
        (Kind.BATCH, sources.batch_ids),
    ):
        await _require(session, kind, keys)
    sources = replace(sources, guids=reading.found, guid_text=None)
    await refuse_two_inputs(session, sources)
    return sources


def _wrong_guids(reading: GuidReading) -> BadUserInput:
    reasons = []
    if reading.unknown:
        reasons.append(f"{len(reading.unknown):,} of its GUIDs are unknown: {listed(reading.unknown)}")
    if reading.repeated:
        reasons.append(f"{len(reading.repeated):,} stand in it more than once: {listed(reading.repeated)}")
    return BadUserInput(
        f"The batch was not made: {'; '.join(reasons)}.",
        {"guids": reading.unknown + reading.repeated},
    )


async def _require(session: AsyncSession, kind: Kind, keys: Sequence[int]) -> None:
    if keys:
        there = set(await session.scalars(THERE[kind], {"ids": list(keys)}))
        missing = [key for key in keys if key not in there]
        if missing:
            raise ids.not_found(kind, ids.opaque(kind, missing[0]))


async def refuse_two_inputs(session: AsyncSession, sources: Sources) -> None:
    """Conflict where a file would have two MMIFs as input, by name."""
    if not sources.mmif_ids and not sources.batch_ids:
        return
    twice = (await session.execute(TWO_INPUTS, sources.parameters)).all()
    if twice:
        shown = "; ".join(
            f"{guid} has {' and '.join(ids.opaque(Kind.MMIF, key) for key in keys[:3])}"
            for guid, keys in twice[:NAMED_IN_MESSAGE]
        )
        raise Conflict(
            f"{len(twice):,} media {'file has' if len(twice) == 1 else 'files have'} more than one MMIF to start "
            f"from: {shown}{'; …' if len(twice) > NAMED_IN_MESSAGE else ''}. Choose one for each.",
            {"guids": [guid for guid, _ in twice]},
        )


async def add_members(session: AsyncSession, batch_id: int, sources: Sources) -> int:
    """Puts checked sources into a batch; how many media files it has then. The batch's row must be held."""
    await session.execute(ADD_MEMBERS, {"batch_id": batch_id, **sources.parameters})
    return int(await session.scalar(COUNT, {"batch_id": batch_id}) or 0)


async def refuse_other_inputs(session: AsyncSession, batch_id: int, mmif_ids: Sequence[int]) -> None:
    """Conflict where a file of the batch has another input already."""
    others = list(await session.scalars(OTHER_INPUTS, {"batch_id": batch_id, "mmif_ids": list(mmif_ids)}))
    if others:
        raise Conflict(
            f"{len(others):,} media {'file' if len(others) == 1 else 'files'} of the batch would start from another "
            f"MMIF than now: {listed(others)}. Nothing was changed; say replace if that is what you want.",
            {"guids": others},
        )


async def require_mmifs(session: AsyncSession, mmif_ids: Sequence[int]) -> None:
    await _require(session, Kind.MMIF, mmif_ids)
