"""Which GUIDs of a text belong to media files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chowda.guid_rule import GuidRule
from chowda.media.guid_lookup import stored_guids
from chowda.media.guid_parsing import GuidTextFormat, guids_in
from chowda.text_checks import storable

# Finds the GUIDs that no media file has.
UNKNOWN = text("""
    SELECT guid FROM unnest(CAST(:guids AS text[])) AS guid
    WHERE NOT EXISTS (SELECT FROM media_files f WHERE f.guid = guid.guid)
""")


@dataclass(frozen=True, slots=True)
class GuidReading:
    """The GUIDs of a text, each once and in its order. `found` are those of media files, repeated ones included."""

    found: list[str]
    unknown: list[str]
    repeated: list[str]


async def read_guids(
    session: AsyncSession, guid_text: str, rule: GuidRule, form: GuidTextFormat | None = None
) -> GuidReading:
    """Reads a pasted block, a text file or a CSV. The first line of a CSV may be a header.

    Raises BadUserInput for a text that can't be read.
    """
    parsed = guids_in(guid_text, form)
    guids = await stored_guids(session, parsed.guids, rule)
    reading = await sort_guids(session, guids)
    if parsed.header and guids and guids[0] in reading.unknown:
        return await sort_guids(session, guids[1:])
    return reading


async def sort_guids(session: AsyncSession, guids: Sequence[str]) -> GuidReading:
    """Sorts GUIDs into found, unknown and repeated ones."""
    counts = Counter(guids)
    valid = [guid for guid in counts if storable(guid)]
    unknown = set(await session.scalars(UNKNOWN, {"guids": valid})) | (set(counts) - set(valid))
    return GuidReading(
        found=[guid for guid in counts if guid not in unknown],
        unknown=[guid for guid in counts if guid in unknown],
        repeated=[guid for guid, count in counts.items() if count > 1 and guid not in unknown],
    )
