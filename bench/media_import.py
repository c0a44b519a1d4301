"""An import of 100,000 rows over HTTP, compared with a COPY of the same rows into the same two tables."""

from __future__ import annotations

import json
import time

import psycopg

from bench.stack import Row, Stack

ROWS = 100_000
LIMIT_SECONDS = 30.0
RATIO = 10.0
"The limit for the cost of parsing, validation and collections, none of which COPY has."


def measure() -> list[Row]:
    rows = [
        (f"cpb-aacip-{n:06d}", f"file:///data/cpb-aacip-{n:06d}.mp4", 1800.5 + n, 10**9 + n, f"md5:{n:032x}")
        for n in range(ROWS)
    ]
    header = "guid,location,duration_seconds,size_bytes,checksum,collection\n"
    body = (header + "".join(f"{','.join(map(str, row))},spring\n" for row in rows)).encode()
    with Stack(workers=0) as stack:
        bare = _bare_copy(stack.postgres.dsn, rows)
        first, result = _import(stack, body)
        assert (result["added"], result["badRows"]) == (ROWS, 0), result
        again, result = _import(stack, body)
        assert (result["unchanged"], result["added"], result["updated"]) == (ROWS, 0, 0), result
    return [
        Row(
            f"import of {ROWS:,} rows",
            f"{first:.2f} s",
            f"{LIMIT_SECONDS:g} s",
            first / LIMIT_SECONDS,
            1.0,
        ),
        Row(f"import of {ROWS:,} rows", f"{first:.2f} s", f"plain COPY {bare:.2f} s", first / bare, RATIO),
        Row(
            f"second import of the same {ROWS:,} rows",
            f"{again:.2f} s",
            f"first import {first:.2f} s",
            again / first,
            1.5,
        ),
    ]


def _import(stack: Stack, body: bytes) -> tuple[float, dict[str, object]]:
    began = time.perf_counter()
    answer = stack.http.post("/media-files/import", content=body, headers={"Content-Type": "text/csv"})
    answer.raise_for_status()
    took = time.perf_counter() - began
    return took, json.loads(answer.text.splitlines()[-1])["result"]


def _bare_copy(dsn: str, rows: list[tuple[str, str, float, int, str]]) -> float:
    """Copy into media_files and media_documents, with their indexes and checks, and roll back."""
    began = time.perf_counter()
    with psycopg.connect(dsn) as connection, connection.cursor() as cursor:
        with cursor.copy("COPY media_files (guid) FROM STDIN") as copy:
            for row in rows:
                copy.write_row((row[0],))
        cursor.execute("SELECT min(id) FROM media_files")
        [first] = cursor.fetchone() or (0,)
        columns = "media_file_id, position, type, location, duration_seconds, size_bytes, checksum"
        with cursor.copy(f"COPY media_documents ({columns}) FROM STDIN") as copy:
            for number, (_, *rest) in enumerate(rows):
                copy.write_row((first + number, 1, "VIDEO", *rest))
        took = time.perf_counter() - began
        connection.rollback()
    return took
