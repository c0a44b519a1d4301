"""Find the stored spelling of GUIDs: what looks the same, or names the same file, is one GUID."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from chowda.guid_rule import GuidRule
from chowda.models import MediaFile
from chowda.text_checks import storable


async def stored_guids(session: AsyncSession, guids: Sequence[str], rule: GuidRule) -> list[str]:
    """Each GUID as it is, if a media file has exactly that one, else in canonical form. In the same order.

    The exact spelling wins, since media files added by earlier versions may have other spellings.
    """
    canonical = {guid: rule.canonical(guid) for guid in guids}
    changed = [guid for guid, form in canonical.items() if guid != form and storable(guid)]
    if changed:
        exact = select(MediaFile.guid).where(text("media_files.guid = ANY(:guids)"))
        canonical |= {guid: guid for guid in await session.scalars(exact, {"guids": changed})}
    return [canonical[guid] for guid in guids]
