"""The doctor: each kind of damage is found in a real run, told, and mended where it can be."""

from __future__ import annotations

import asyncio
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from engine import batch_run, broken_invariants, ended, register, start
from factories import (
    claim_step,
    end_runs,
    fail_step,
    finish_file,
    finish_step,
    start_run,
    step_run_ids,
)
from fake_clams import FakeClams
from sqlalchemy import text

from chowda.audit import AuditLog
from chowda.cli.output import write_json
from chowda.config import Settings
from chowda.db.database import Database
from chowda.doctor.check import Terms
from chowda.doctor.examination import Examination, find_lost_bytes
from chowda.doctor.report import run as run_doctor
from chowda.engine import leases
from chowda.errors import ConfigurationError
from chowda.ids import Kind, opaque
from chowda.pubsub.notifier import Notifier
from chowda.runs import counters
from chowda.standalone.embedded_postgres import EmbeddedPostgres, running_dsn
from chowda.storage.mmif_store import MmifStore
from chowda.workers.process import running_worker

LEASE_SECONDS = 30.0


@dataclass(frozen=True)
class Live:
    """A batch run of three files through two apps: one finished, one in its second step, one waits."""

    batch_run_id: int
    steps: list[int]
    app_id: int
    "Of the first step."


@pytest.fixture
async def live(database: Database) -> Live:
    run = await start_run(database, files=3, steps=2)
    first = await step_run_ids(database, run.id)
    await finish_file(database, first[0])
    await finish_step(database, await claim_step(database, first[1]))
    async with database.session() as session:
        app_id = await session.scalar(
            text("SELECT clams_app_id FROM step_runs WHERE id = :id"), {"id": first[0]}
        )
        await counters.roll_up(session)
    return Live(run.id, first, int(app_id))


@pytest.fixture
def examination(database: Database) -> Examination:
    return Examination(database, Terms(LEASE_SECONDS))


async def examine(examination: Examination) -> dict[str, dict[int, str]]:
    return await examination.find(0.01)


async def damage(database: Database, *statements: str, **parameters: Any) -> None:
    """Planted past the triggers that would count it."""
    async with database.session() as session:
        await session.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in statements:
            used = {name: value for name, value in parameters.items() if f":{name}" in statement}
            await session.execute(text(statement), used)


async def value(database: Database, statement: str, **parameters: Any) -> Any:
    async with database.session() as session:
        return await session.scalar(text(statement), parameters)


async def test_a_healthy_database_has_nothing_off(live: Live, examination: Examination) -> None:
    assert await examine(examination) == {}


MENDED = {
    "contradicted-run": [
        "UPDATE pipeline_runs SET status = 'FINISHED', ended_at = now() WHERE id = :third",
        "UPDATE run_counters SET waiting = waiting - 1, finished = finished + 1"
        " WHERE batch_run_id = :run AND position = 0",
    ],
    "never-ready": ["UPDATE step_runs SET ready_at = NULL WHERE id = :third * 1000 + 1"],
    "postponed": [
        "UPDATE step_runs SET sent_until = now() + interval '9 hours' WHERE id = :third * 1000 + 1"
    ],
    "wrong-counts": ["UPDATE run_counters SET waiting = waiting + 1, failed = 2 WHERE batch_run_id = :run"],
    "left-open": ["UPDATE batch_runs SET status = 'FINISHED', ended_at = now() WHERE id = :run"],
    "few-slots": ["DELETE FROM app_slots WHERE clams_app_id = :app"],
    "stuck-slot": ["UPDATE app_slots SET until = now() + interval '9 hours' WHERE clams_app_id = :app"],
    "stuck-circuit": ["UPDATE clams_apps SET circuit_opened_at = now() WHERE id = :app"],
    "no-such-worker": [
        "UPDATE step_runs SET status = 'RUNNING', attempts = 1, fence = 1, worker = 'gone', ready_at = now(),"
        " started_at = now() - interval '1 hour', lease_until = now() + interval '1 minute'"
        " WHERE id = :third * 1000 + 1",
        "UPDATE pipeline_runs SET status = 'RUNNING', started_at = now() WHERE id = :third",
        "UPDATE run_counters SET waiting = waiting - 1, running = running + 1"
        " WHERE batch_run_id = :run AND position < 2",
    ],
    "expired-lease": [
        "UPDATE step_runs SET status = 'RUNNING', attempts = 1, fence = 1, worker = 'gone', ready_at = now(),"
        " started_at = now(), lease_until = now() - interval '1 hour' WHERE id = :third * 1000 + 1",
        "UPDATE pipeline_runs SET status = 'RUNNING', started_at = now() WHERE id = :third",
        "UPDATE run_counters SET waiting = waiting - 1, running = running + 1"
        " WHERE batch_run_id = :run AND position < 2",
    ],
    "foreign-stamp": ["UPDATE pipeline_runs SET changed_xid = '999999999' WHERE id = :third"],
    "foreign-event": ["UPDATE events SET xid = '999999999'"],
}


@pytest.mark.parametrize("name", MENDED)
async def test_damage_is_found_and_mended(
    name: str, live: Live, database: Database, examination: Examination
) -> None:
    async with database.session() as session:
        await AuditLog(Notifier(database, 1)).record(session, "test", Kind.BATCH_RUN, live.batch_run_id)
    third = live.steps[2] // 1000
    await damage(database, *MENDED[name], third=third, run=live.batch_run_id, app=live.app_id)
    found = await examine(examination)
    assert set(found) == {name}
    still = await examination.mend(found)
    left = {name: rows for name, rows in still.items() if rows}
    if name == "no-such-worker":  # its lease has ended now: workers give it back, and so would the doctor
        assert left == {}
        assert await value(
            database, "SELECT lease_until <= now() FROM step_runs WHERE id = :id", id=live.steps[2]
        ) or await value(
            database, "SELECT status = 'WAITING' FROM step_runs WHERE id = :id", id=live.steps[2]
        )
    assert left == {}
    assert await examine(examination) == {}
    assert await broken_invariants(database) == []


@pytest.mark.parametrize(
    ("name", "statements"),
    [
        ("no-result", ["UPDATE mmifs SET step_run_id = NULL WHERE step_run_id = :first"]),
        (
            "doubled-result",
            [
                "INSERT INTO mmifs (media_file_id, sha256, size_bytes, origin, step_run_id)"
                " SELECT media_file_id, sha256, size_bytes, origin, step_run_id FROM mmifs WHERE step_run_id = :first"
            ],
        ),
        (
            "too-early",
            [
                "UPDATE step_runs SET status = 'WAITING', ended_at = NULL, ready_at = now() WHERE id = :first",
                "UPDATE pipeline_runs SET status = 'RUNNING', ended_at = NULL WHERE id = :first / 1000",
                "UPDATE run_counters SET finished = finished - 1, waiting = waiting + 1"
                " WHERE batch_run_id = :run AND position = 1",
                "UPDATE run_counters SET finished = finished - 1, running = running + 1"
                " WHERE batch_run_id = :run AND position = 0",
            ],
        ),
        ("broken-reference", ["UPDATE step_runs SET clams_app_id = 999 WHERE id = :first"]),
        (
            "no-such-step",
            [
                "INSERT INTO mmifs (media_file_id, sha256, size_bytes, origin, step_run_id)"
                " SELECT media_file_id, sha256, size_bytes, origin, 999999001 FROM mmifs WHERE step_run_id = :first"
            ],
        ),
    ],
)
async def test_what_cannot_be_mended_is_found_told_and_left_alone(
    name: str, statements: list[str], live: Live, database: Database, examination: Examination
) -> None:
    await damage(database, *statements, first=live.steps[0], run=live.batch_run_id)
    found = await examine(examination)
    assert set(found) == {name}
    [finding] = examination.findings(found)
    assert (finding.count, finding.mendable) == (1, False)
    assert finding.advice
    await examination.mend(found)
    assert set(await examine(examination)) == {name}


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM batch_runs WHERE id = :run",
        "DELETE FROM pipeline_runs WHERE id = :first / 1000",
        "DELETE FROM step_runs WHERE id = :first + 1",
    ],
)
async def test_rows_that_belong_to_nothing_are_found(
    statement: str, live: Live, database: Database, examination: Examination
) -> None:
    await damage(database, statement, first=live.steps[0], run=live.batch_run_id)
    assert "broken-reference" in await examine(examination)


async def test_a_batch_run_that_cannot_end_for_wrong_counts_ends_once_they_are_right(
    live: Live, database: Database, examination: Examination
) -> None:
    await finish_step(database, await claim_step(database, live.steps[1] + 1))
    await finish_file(database, live.steps[2])
    await damage(
        database,
        "UPDATE run_counters SET waiting = waiting + 1 WHERE batch_run_id = :run AND position = 0",
        run=live.batch_run_id,
    )
    found = await examine(examination)
    assert set(found) == {"wrong-counts", "cannot-end"}
    assert not any((await examination.mend(found)).values())
    assert (await batch_run(database, live.batch_run_id)).status == "FINISHED"


async def test_a_run_whose_earlier_step_failed_does_not_wait_for_ever(
    live: Live, database: Database, examination: Examination
) -> None:
    await fail_step(database, await claim_step(database, live.steps[2]))
    await damage(
        database,
        "UPDATE step_runs SET status = 'WAITING', ended_at = NULL WHERE id = :id + 1",
        "UPDATE pipeline_runs SET status = 'RUNNING', ended_at = NULL WHERE id = :id / 1000",
        id=live.steps[2],
    )
    found = await examine(examination)
    assert {"contradicted-run", "wrong-counts"} <= set(found)
    assert not any((await examination.mend(found)).values())
    assert (
        await value(database, "SELECT status FROM step_runs WHERE id = :id", id=live.steps[2] + 1)
        == "CANCELED"
    )
    assert await examine(examination) == {}


async def test_what_a_canceled_batch_run_left_open_is_canceled(
    live: Live, database: Database, examination: Examination
) -> None:
    await damage(
        database,
        "UPDATE batch_runs SET status = 'CANCELED', ended_at = now() WHERE id = :run",
        run=live.batch_run_id,
    )
    assert not any((await examination.mend(await examine(examination))).values())
    assert await value(database, "SELECT count(*) FROM step_runs WHERE status IN ('WAITING', 'RUNNING')") == 0
    assert (await batch_run(database, live.batch_run_id)).status == "CANCELED"
    assert await examine(examination) == {}


async def test_workers_with_longer_leases_than_the_doctor_knows_of_are_left_alone(
    live: Live, database: Database, examination: Examination
) -> None:
    async with database.session() as session:
        await leases.register_worker(session, "slow and steady", 4, 20 * LEASE_SECONDS)
    await damage(
        database,
        *(each.replace("gone", "slow and steady") for each in MENDED["no-such-worker"]),
        "UPDATE step_runs SET lease_until = now() + interval '10 minutes' WHERE status = 'RUNNING'",
        "UPDATE app_slots SET until = now() + interval '10 minutes' WHERE clams_app_id = :app",
        third=live.steps[2] // 1000,
        run=live.batch_run_id,
        app=live.app_id,
    )
    assert await examine(examination) == {}


async def test_what_is_over_after_a_moment_is_no_finding(
    live: Live, database: Database, examination: Examination
) -> None:
    """A batch run that is about to be ended, as the housekeeper does."""
    await finish_step(database, await claim_step(database, live.steps[1] + 1))
    await finish_file(database, live.steps[2])
    looking = asyncio.create_task(examination.find(1.0))
    await asyncio.sleep(0.3)
    await end_runs(database, live.batch_run_id)
    assert await looking == {}


async def test_counts_are_mended_while_they_change(
    live: Live, database: Database, examination: Examination
) -> None:
    await damage(
        database,
        "UPDATE run_counters SET waiting = waiting + 7 WHERE batch_run_id = :run",
        run=live.batch_run_id,
    )
    found = await examine(examination)
    await asyncio.gather(
        examination.mend(found), examination.mend(found), finish_file(database, live.steps[2])
    )
    assert await broken_invariants(database) == []


async def test_a_batch_under_way_is_healthy(database: Database, database_url: str, tmp_path: Path) -> None:
    """With a worker that claims, finishes, retries and rolls up counters meanwhile."""
    settings = Settings(
        database_url=database_url,
        data_dir=tmp_path,
        threads=8,
        lease_seconds=5,
        poll_seconds=0.5,
        flush_seconds=0.05,
    )
    with FakeClams("busy", seconds=0.02) as first, FakeClams("second", seconds=0.02) as second:
        first.behave("busy", calls=[3, 7, 12], retry_after="0")
        apps = [await register(database, app, max_concurrency=4) for app in (first, second)]
        run_id = await start(database, apps, files=60)
        looks = 0
        with running_worker(settings):
            examination = Examination(database, Terms(settings.lease_seconds))
            while (await batch_run(database, run_id)).ended_at is None:
                assert await examination.find(1.0) == {}
                assert await broken_invariants(database) == []
                looks += 1
            await ended(database, run_id)
        assert looks > 1
    found = await find_lost_bytes(database, MmifStore.from_url(settings.store_url), read_bytes=True)
    assert found is None


async def test_an_embedded_database_is_reached_by_its_data_directory_while_it_runs(
    postgres_server: EmbeddedPostgres, tmp_path: Path
) -> None:
    assert running_dsn(postgres_server.data_dir) == postgres_server.dsn
    with pytest.raises(ConfigurationError, match="There is no Chowda in"):
        running_dsn(tmp_path)
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres/password").write_text("hush-hush")
    with pytest.raises(ConfigurationError, match="No Chowda runs on") as refused:
        running_dsn(tmp_path)
    assert "hush-hush" not in str(refused.value)


async def test_missing_short_and_damaged_mmif_is_told_with_what_to_do(
    live: Live, database: Database, tmp_path: Path
) -> None:
    store = MmifStore.from_url(tmp_path.as_uri())
    contents = [f"content {number}".encode() for number in range(3)]
    for number, content in enumerate(contents):
        sha256, size = await store.put_bytes(content)
        async with database.session() as session:
            await session.execute(
                text(
                    "UPDATE mmifs SET sha256 = :sha256, size_bytes = :size"
                    " WHERE id = (SELECT id FROM mmifs ORDER BY id OFFSET :number LIMIT 1)"
                ),
                {"sha256": sha256, "size": size, "number": number},
            )
    assert await find_lost_bytes(database, store, read_bytes=True) is None

    paths = [tmp_path / h[:2] / f"{h}.mmif" for h in (hashlib.sha256(c).hexdigest() for c in contents)]
    paths[0].unlink()
    paths[1].write_bytes(b"short")
    paths[2].write_bytes(contents[2][::-1])
    finding = await find_lost_bytes(database, store, read_bytes=False)
    assert finding is not None
    assert [("is not there" in row.says, "has 5 bytes" in row.says) for row in finding.rows] == [
        (True, False),
        (False, True),
    ]
    assert f"step 1 of {opaque(Kind.PIPELINE_RUN, live.steps[0] // 1000)}" in finding.rows[0].says
    finding = await find_lost_bytes(database, store, read_bytes=True)
    assert finding is not None
    assert "damaged" in finding.rows[2].says


async def test_the_command_says_what_is_off_and_mends_it(
    database: Database, database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await start_run(database, files=2, steps=1)
    settings = Settings(database_url=database_url, data_dir=tmp_path, poll_seconds=0.05)

    async def doctor(**asked: Any) -> tuple[int, str]:
        options = {"fix": False, "read_bytes": False, "restored": False, "write_json": None} | asked
        status = await asyncio.to_thread(run_doctor, settings, **options)
        return status, capsys.readouterr().out

    assert await doctor() == (0, "All is well.\n")
    await damage(database, "DELETE FROM app_slots")
    status, told = await doctor()
    assert status == 1
    assert told == (
        "Apps with fewer slots than they may have calls at once: 1\n"
        f"  {opaque(Kind.APP, 1)}: run-app1: 0 of 1\n"
        "`chowda doctor --fix` mends what can be mended.\n"
    )
    status, told = await doctor(fix=True, write_json=write_json)
    assert status == 0
    assert json.loads(told)["healthy"] is True
    assert [(f["check"], f["count"], f["mended"]) for f in json.loads(told)["findings"]] == [
        ("few-slots", 1, 1)
    ]
    assert await doctor() == (0, "All is well.\n")
    status, told = await doctor(restored=True)
    assert status == 0
    assert told.startswith("Noted as restored")
    await damage(database, "UPDATE alembic_version SET version_num = '0001'")
    with pytest.raises(Exception, match="chowda migrate"):
        await doctor()
