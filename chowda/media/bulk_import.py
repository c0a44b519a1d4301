"""Bulk import of media files: copies the rows into temporary tables and checks and saves them with set-based SQL.

The number of statements does not depend on the number of rows. A media file is imported whole or not at all: if one
of its rows is bad, its other rows are bad too.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chowda.media.delimited_text import BadRow
from chowda.media.files import DOCUMENTS_LIMIT
from chowda.media.import_rows import MediaRow, MediaRows

CHUNK_ROWS = 5_000
"Read together in a thread. Progress is reported after each chunk."

COLUMNS = (
    "line",
    "guid",
    "type",
    "location",
    "mime",
    "duration_seconds",
    "size_bytes",
    "checksum",
    "collections",
)

MEMORY = text("SET LOCAL work_mem = '64MB'")
STAGE = text("""
    CREATE TEMPORARY TABLE import_rows (
        line integer, guid text, type text, location text, mime text, duration_seconds float8, size_bytes bigint,
        checksum text, collections text[]
    ) ON COMMIT DROP
""")
STAGE_BAD = text("CREATE TEMPORARY TABLE import_bad (line integer, guid text, reason text) ON COMMIT DROP")
ADD_BAD = text("""
    INSERT INTO import_bad SELECT * FROM unnest(
        CAST(:lines AS integer[]), CAST(:guids AS text[]), CAST(:reasons AS text[])
    )
""")

# Rows of one document, which may differ in the collection, become one row per GUID and document. It has the first
# line, and the details of all its rows.
DOCUMENTS = text("""
    CREATE TEMPORARY TABLE import_documents ON COMMIT DROP AS
    SELECT guid, type, location, coalesce(mime, '') AS mime, min(line) AS line,
           min(duration_seconds) AS duration_seconds, min(size_bytes) AS size_bytes, min(checksum) AS checksum,
           coalesce(min(duration_seconds) <> max(duration_seconds), false)
               OR coalesce(min(size_bytes) <> max(size_bytes), false)
               OR coalesce(min(checksum) <> max(checksum), false) AS contradicts
    FROM import_rows GROUP BY guid, type, location, coalesce(mime, '')
""")
CONTRADICTIONS = text("""
    INSERT INTO import_bad
    SELECT r.line, r.guid, format(
        'The duration, size or checksum differs from line %s, which has the same document.', d.line
    )
    FROM import_documents d JOIN import_rows r USING (guid, type, location)
    WHERE d.contradicts AND d.mime = coalesce(r.mime, '') AND r.line > d.line
""")
TOO_MANY = text("""
    INSERT INTO import_bad
    SELECT min(line), guid,
           format('The media file has %s documents; at most %s are allowed.', count(*), CAST(:most AS integer))
    FROM import_documents GROUP BY guid HAVING count(*) > :most
""")

# Sorted by GUID, as in addMediaFiles, so that two imports of the same files lock them in one order.
ADD_FILES = text("""
    CREATE TEMPORARY TABLE import_files ON COMMIT DROP AS
    SELECT guid, min(line) AS line, CAST(NULL AS bigint) AS id, CAST('' AS text) AS verdict
    FROM import_documents d
    WHERE NOT EXISTS (SELECT FROM import_bad b WHERE b.guid = d.guid) GROUP BY guid
""")
INSERT_FILES = text("""
    WITH added AS (
        INSERT INTO media_files (guid) SELECT guid FROM import_files ORDER BY guid COLLATE "C"
        ON CONFLICT (guid) DO NOTHING RETURNING guid, id
    )
    UPDATE import_files i SET id = added.id, verdict = 'added' FROM added WHERE added.guid = i.guid
""")
FIND_FILES = text("""
    UPDATE import_files i SET id = f.id, verdict = 'unchanged' FROM media_files f
    WHERE i.id IS NULL AND f.guid = i.guid
""")
LOCK_FILES = text("""
    SELECT count(*) FROM (
        SELECT f.id FROM media_files f JOIN import_files i ON i.id = f.id
        WHERE i.verdict = 'unchanged' ORDER BY f.guid COLLATE "C" FOR NO KEY UPDATE OF f
    ) AS locked
""")
# Finds the files whose documents, or details of documents, differ. An empty cell does not count as a difference.
# Grouped instead of joined: the planner does not know the number of rows, and a wrong join order costs minutes.
COMPARE = text("""
    WITH documents AS (
        SELECT i.guid, d.type, d.location, coalesce(d.mime, '') AS mime, true AS saved,
               d.duration_seconds, d.size_bytes, d.checksum
        FROM import_files i JOIN media_documents d ON d.media_file_id = i.id WHERE i.verdict = 'unchanged'
        UNION ALL
        SELECT d.guid, d.type, d.location, d.mime, false, d.duration_seconds, d.size_bytes, d.checksum
        FROM import_documents d JOIN import_files i USING (guid) WHERE i.verdict = 'unchanged'
    ), pairs AS (
        SELECT guid, count(*) FILTER (WHERE saved) = 1 AND count(*) FILTER (WHERE NOT saved) = 1 AS same,
               max(duration_seconds) FILTER (WHERE saved) IS NOT DISTINCT FROM
                   coalesce(max(duration_seconds) FILTER (WHERE NOT saved), max(duration_seconds))
               AND max(size_bytes) FILTER (WHERE saved) IS NOT DISTINCT FROM
                   coalesce(max(size_bytes) FILTER (WHERE NOT saved), max(size_bytes))
               AND max(checksum) FILTER (WHERE saved) IS NOT DISTINCT FROM
                   coalesce(max(checksum) FILTER (WHERE NOT saved), max(checksum)) AS same_details
        FROM documents GROUP BY guid, type, location, mime
    ), files AS (
        SELECT guid, CASE WHEN NOT bool_and(same) THEN 'documents' ELSE 'details' END AS verdict
        FROM pairs GROUP BY guid HAVING NOT bool_and(same AND same_details)
    )
    UPDATE import_files i SET verdict = files.verdict FROM files WHERE files.guid = i.guid
""")
REFUSE = text("""
    WITH refused AS (DELETE FROM import_files WHERE verdict IN ('documents', 'details') RETURNING guid, id, verdict)
    INSERT INTO import_bad
    SELECT r.line, r.guid, CASE f.verdict
        WHEN 'documents' THEN format(
            'The media file already exists with other documents: %s. To replace them, import with update.',
            (
                SELECT string_agg(location, ', ' ORDER BY position) FROM (
                    SELECT position, left(location, 200) AS location FROM media_documents
                    WHERE media_file_id = f.id ORDER BY position LIMIT 3
                ) AS first
            ))
        ELSE 'The media file already exists with another duration, size or checksum. '
             'To replace them, import with update.' END
    FROM refused f JOIN import_rows r USING (guid)
""")
# A document that stays keeps the details that the row leaves out.
KEEP_DETAILS = text("""
    UPDATE import_documents t SET
        duration_seconds = coalesce(t.duration_seconds, d.duration_seconds),
        size_bytes = coalesce(t.size_bytes, d.size_bytes), checksum = coalesce(t.checksum, d.checksum)
    FROM import_files i JOIN media_documents d ON d.media_file_id = i.id
    WHERE i.verdict IN ('documents', 'details') AND t.guid = i.guid AND t.type = d.type
      AND t.location = d.location AND t.mime = coalesce(d.mime, '')
""")
DROP_DOCUMENTS = text("""
    DELETE FROM media_documents d USING import_files i
    WHERE d.media_file_id = i.id AND i.verdict IN ('documents', 'details')
""")
RAISE_REVISIONS = text("""
    UPDATE media_files f SET revision = revision + 1 FROM import_files i
    WHERE f.id = i.id AND i.verdict IN ('documents', 'details')
""")
ADD_DOCUMENTS = text("""
    INSERT INTO media_documents (
        media_file_id, position, type, location, mime, duration_seconds, size_bytes, checksum
    )
    SELECT i.id, row_number() OVER (PARTITION BY i.id ORDER BY d.line, d.type, d.location, d.mime), d.type,
           d.location, nullif(d.mime, ''), d.duration_seconds, d.size_bytes, d.checksum
    FROM import_files i JOIN import_documents d USING (guid)
    WHERE i.verdict <> 'unchanged' ORDER BY i.line, d.line
""")

NAMES = text("""
    CREATE TEMPORARY TABLE import_members ON COMMIT DROP AS
    SELECT DISTINCT name, i.id AS media_file_id
    FROM import_rows r JOIN import_files i USING (guid), unnest(r.collections) AS name
""")
ADD_COLLECTIONS = text("""
    INSERT INTO collections (name) SELECT DISTINCT name FROM import_members ORDER BY name
    ON CONFLICT (name) DO NOTHING RETURNING name
""")
LOCK_COLLECTIONS = text("""
    SELECT id FROM collections WHERE name IN (SELECT name FROM import_members) ORDER BY id FOR NO KEY UPDATE
""")
ADD_MEMBERS = text("""
    WITH added AS (
        INSERT INTO collection_media_files (collection_id, media_file_id)
        SELECT c.id, m.media_file_id FROM import_members m JOIN collections c USING (name)
        ORDER BY 1, 2 ON CONFLICT DO NOTHING RETURNING collection_id
    ), counted AS (
        UPDATE collections c SET media_file_count = media_file_count + n.more
        FROM (SELECT collection_id, count(*) AS more FROM added GROUP BY 1) AS n WHERE c.id = n.collection_id
    )
    SELECT count(*) FROM added
""")
ALL_BAD = text("""
    WITH wait AS (
        SELECT r.line, r.guid, format('Line %s of the same media file is bad. Fix that line first.', b.line) AS reason
        FROM import_rows r JOIN (SELECT guid, min(line) AS line FROM import_bad GROUP BY guid) AS b USING (guid)
        WHERE NOT EXISTS (SELECT FROM import_bad x WHERE x.line = r.line AND x.guid = r.guid)
    )
    SELECT DISTINCT ON (line, guid) line, reason, guid FROM (
        SELECT line, reason, guid FROM import_bad UNION ALL SELECT line, reason, guid FROM wait
    ) AS bad ORDER BY line, guid, reason
""")
VERDICTS = text("SELECT verdict, count(*) AS files FROM import_files GROUP BY verdict")


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """`atomic`: save nothing if any row is bad. `update`: replace the documents of files that exist."""

    atomic: bool = False
    update: bool = False


@dataclass(slots=True)
class Imported:
    """The result. Counts are media files, except `rows`. `kept` is False if an atomic import saved nothing."""

    rows: int = 0
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    added_to_collections: int = 0
    collections_created: list[str] = field(default_factory=list)
    bad_rows: list[BadRow] = field(default_factory=list)
    ignored_columns: list[str] = field(default_factory=list)
    "See MediaRows."
    kept: bool = True

    @property
    def counts(self) -> dict[str, Any]:
        """For the audit log."""
        return {
            "rows": self.rows,
            "badRows": len(self.bad_rows),
            "added": self.added,
            "updated": self.updated,
            "unchanged": self.unchanged,
        }


async def import_rows(
    session: AsyncSession,
    rows: MediaRows,
    options: ImportOptions,
    progress: Callable[[int], None] = lambda rows: None,
) -> Imported:
    """Read the rows in a thread and save the good ones. `progress` is called with the number of rows read.

    Repeating an import changes nothing. Creates collections that do not exist. Raises what `rows` raises.
    """
    result = Imported()
    async with session.begin_nested() as savepoint:
        await session.execute(MEMORY)
        await session.execute(STAGE)
        await session.execute(STAGE_BAD)
        await _copy(session, rows, result, progress)
        result.ignored_columns = rows.ignored_columns
        await _index(session, "import_rows")
        await session.execute(DOCUMENTS)
        await _index(session, "import_documents")
        await session.execute(CONTRADICTIONS)
        await session.execute(TOO_MANY, {"most": DOCUMENTS_LIMIT})
        await _save_files(session, options)
        result.bad_rows = [BadRow(*row) for row in await session.execute(ALL_BAD)]
        if options.atomic and result.bad_rows:
            result.kept = False
            await savepoint.rollback()
            return result
        await session.execute(ADD_DOCUMENTS)
        await _save_collections(session, result)
        counts: dict[str, int] = {row.verdict: row.files for row in await session.execute(VERDICTS)}
        result.added = counts.get("added", 0)
        result.updated = counts.get("documents", 0) + counts.get("details", 0)
        result.unchanged = counts.get("unchanged", 0)
        for table in ("rows", "bad", "documents", "files", "members"):
            await session.execute(text(f"DROP TABLE import_{table}"))
    return result


async def _copy(
    session: AsyncSession,
    rows: MediaRows,
    result: Imported,
    progress: Callable[[int], None],
) -> None:
    bad: list[BadRow] = []

    async def records() -> AsyncIterator[tuple[Any, ...]]:
        while chunk := await asyncio.to_thread(list, islice(rows, CHUNK_ROWS)):
            result.rows += len(chunk)
            for row in chunk:
                if isinstance(row, BadRow):
                    bad.append(row)
                else:
                    yield _record(row)
            progress(result.rows)

    raw: Any = (await (await session.connection()).get_raw_connection()).driver_connection
    await raw.copy_records_to_table("import_rows", records=records(), columns=COLUMNS)
    await session.execute(
        ADD_BAD,
        {
            "lines": [row.line for row in bad],
            "guids": [row.guid for row in bad],
            "reasons": [row.reason for row in bad],
        },
    )


def _record(row: MediaRow) -> tuple[Any, ...]:
    document = row.document
    return (
        row.line,
        row.guid,
        document.type.value,
        document.location,
        document.mime,
        document.duration_seconds,
        document.size_bytes,
        document.checksum,
        list(row.collections),
    )


async def _save_files(session: AsyncSession, options: ImportOptions) -> None:
    """Fill import_files with the files that have no bad row, each with its key and its outcome."""
    await session.execute(ADD_FILES)
    await _index(session, "import_files")
    await session.execute(INSERT_FILES)
    await session.execute(FIND_FILES)
    await session.execute(text("ANALYZE import_files"))
    if options.update:
        await session.execute(LOCK_FILES)
    await session.execute(COMPARE)
    if not options.update:
        await session.execute(REFUSE)
        return
    for statement in (KEEP_DETAILS, DROP_DOCUMENTS, RAISE_REVISIONS):
        await session.execute(statement)


async def _index(session: AsyncSession, table: str) -> None:
    """Index by GUID and analyze: autovacuum does not analyze temporary tables."""
    await session.execute(text(f"CREATE INDEX ON {table} (guid)"))
    await session.execute(text(f"ANALYZE {table}"))


async def _save_collections(session: AsyncSession, result: Imported) -> None:
    await session.execute(NAMES)
    result.collections_created = list(await session.scalars(ADD_COLLECTIONS))
    await session.execute(LOCK_COLLECTIONS)
    result.added_to_collections = await session.scalar(ADD_MEMBERS) or 0
