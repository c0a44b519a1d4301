"""ZIP archives of batch outputs and of selected MMIFs."""

from __future__ import annotations

import io
import zipfile

import httpx
from factories import (
    add_app,
    add_files,
    add_pipeline,
    finish_file,
    step_run_ids,
)
from running_api import RunningApi
from sqlalchemy import text

from chowda.batches.service import (
    NewBatch,
    create_batch,
)
from chowda.db.database import Database
from chowda.ids import Kind, opaque
from chowda.runs.start import Start, start_batch


async def add_output(api: RunningApi, database: Database, name: str) -> tuple[str, str]:
    """A batch of the file spring-000001 with an output whose bytes are `name`. Returns the IDs of batch and MMIF."""
    pipeline = await add_pipeline(database, [await add_app(database, name)], name)
    async with database.session() as session:
        batch = await create_batch(session, NewBatch("a/b: tapes", None, pipeline.id, ["spring-000001"]))
        run = await start_batch(session, Start(batch.id))
    [step] = await step_run_ids(database, run.id)
    await finish_file(database, step)
    sha256, size_bytes = await api.services.store.put_bytes(name.encode())
    async with database.session() as session:
        mmif_id = await session.scalar(
            text(
                "UPDATE mmifs SET sha256 = :sha256, size_bytes = :size WHERE step_run_id = :step RETURNING id"
            ),
            {"sha256": sha256, "size": size_bytes, "step": step},
        )
    return opaque(Kind.BATCH, batch.id), opaque(Kind.MMIF, int(mmif_id or 0))


async def test_zips_of_one_batch_several_batches_and_selected_mmifs(
    api: RunningApi, database: Database
) -> None:
    await add_files(database, 1, "spring")
    first, selected = await add_output(api, database, "one")
    second, _ = await add_output(api, database, "two")
    async with httpx.AsyncClient(base_url=api.url) as client:

        async def fetch(address: str) -> dict[str, bytes]:
            response = await client.get(address)
            assert (response.status_code, response.headers["content-type"]) == (200, "application/zip")
            with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
                return {name: archive.read(name) for name in archive.namelist()}

        assert await fetch(f"/batches/{first}/mmif.zip") == {"spring-000001.mmif": b"one"}
        assert await fetch(f"/mmif.zip?batch={first}&batch={second}&mmif={selected}&mmif={selected}") == {
            f"a_b__tapes-{first}/spring-000001.mmif": b"one",
            f"a_b__tapes-{second}/spring-000001.mmif": b"two",
            "spring-000001.mmif": b"one",
        }
        for address, status in (
            ("/mmif.zip", 400),
            ("/mmif.zip?run=1", 400),
            ("/mmif.zip?mmif=mmif-zz", 404),
            ("/mmif.zip?batch=batch-zz", 404),
            ("/batches/batch-zz/mmif.zip", 404),
        ):
            assert (await client.get(address)).status_code == status
