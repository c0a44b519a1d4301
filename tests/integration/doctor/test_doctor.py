"""`chowda doctor`: each kind of damage to a real run is found, reported, and fixed if there is a fix."""

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
from chowda.doctor.check import Thresholds
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
    """A batch run of three files through two apps: one is finished, one in its second step, one waiting."""

    batch_run_id: int
    steps: list[int]
    app_id: int
    "The app of the first step."


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
    return Examination(database, Thresholds(LEASE_SECONDS))


async def examine(examination: Examination) -> dict[str, dict[int, str]]:
    return await examination.find(0.01)


async def damage(database: Database, *statements: str, **parameters: Any) -> None:
    """Changes rows without the triggers that would update the counters."""
    async with database.session() as session:
        await session.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in statements:
            used = {name: value for name, value in parameters.items() if f":{name}" in statement}
            await session.execute(text(statement), used)


async def value(database: Database, statement: str, **parameters: Any) -> Any:
    async with database.session() as session:
        return await session.scalar(text(statement), parameters)


async def test_healthy_database_has_no_findings(live: Live, examination: Examination) -> None:
    assert await examine(examination) == {}


FIXABLE = {
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


@pytest.mark.parametrize("name", FIXABLE)
async def test_damage_is_found_and_fixed(
    name: str, live: Live, database: Database, examination: Examination
) -> None:
    async with database.session() as session:
        await AuditLog(Notifier(database, 1)).record(session, "test", Kind.BATCH_RUN, live.batch_run_id)
    third = live.steps[2] // 1000
    await damage(database, *FIXABLE[name], third=third, run=live.batch_run_id, app=live.app_id)
    found = await examine(examination)
    assert set(found) == {name}
    after_fix = await examination.fix(found)
    remaining = {name: rows for name, rows in after_fix.items() if rows}
    if name == "no-such-worker":  # its lease has expired now: a worker requeues it, or the doctor
        assert remaining == {}
        assert await value(
            database, "SELECT lease_until <= now() FROM step_runs WHERE id = :id", id=live.steps[2]
        ) or await value(
            database, "SELECT status = 'WAITING' FROM step_runs WHERE id = :id", id=live.steps[2]
        )
    assert remaining == {}
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
async def test_damage_without_a_fix_is_reported_and_not_changed(
    name: str, statements: list[str], live: Live, database: Database, examination: Examination
) -> None:
    await damage(database, *statements, first=live.steps[0], run=live.batch_run_id)
    found = await examine(examination)
    assert set(found) == {name}
    [finding] = examination.findings(found)
    assert (finding.count, finding.fixable) == (1, False)
    assert finding.advice
    await examination.fix(found)
    assert set(await examine(examination)) == {name}


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM batch_runs WHERE id = :run",
        "DELETE FROM pipeline_runs WHERE id = :first / 1000",
        "DELETE FROM step_runs WHERE id = :first + 1",
    ],
)
async def test_rows_without_a_parent_are_found(
    statement: str, live: Live, database: Database, examination: Examination
) -> None:
    await damage(database, statement, first=live.steps[0], run=live.batch_run_id)
    assert "broken-reference" in await examine(examination)


async def test_batch_run_that_cannot_end_because_of_wrong_counts_is_ended(
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
    assert not any((await examination.fix(found)).values())
    assert (await batch_run(database, live.batch_run_id)).status == "FINISHED"


async def test_steps_after_a_failed_step_are_canceled(
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
    assert not any((await examination.fix(found)).values())
    assert (
        await value(database, "SELECT status FROM step_runs WHERE id = :id", id=live.steps[2] + 1)
        == "CANCELED"
    )
    assert await examine(examination) == {}


async def test_open_runs_of_a_canceled_batch_run_are_canceled(
    live: Live, database: Database, examination: Examination
) -> None:
    await damage(
        database,
        "UPDATE batch_runs SET status = 'CANCELED', ended_at = now() WHERE id = :run",
        run=live.batch_run_id,
    )
    assert not any((await examination.fix(await examine(examination))).values())
    assert await value(database, "SELECT count(*) FROM step_runs WHERE status IN ('WAITING', 'RUNNING')") == 0
    assert (await batch_run(database, live.batch_run_id)).status == "CANCELED"
    assert await examine(examination) == {}


async def test_leases_of_workers_with_a_longer_lease_setting_are_no_finding(
    live: Live, database: Database, examination: Examination
) -> None:
    async with database.session() as session:
        await leases.register_worker(session, "slow and steady", 4, 20 * LEASE_SECONDS)
    await damage(
        database,
        *(each.replace("gone", "slow and steady") for each in FIXABLE["no-such-worker"]),
        "UPDATE step_runs SET lease_until = now() + interval '10 minutes' WHERE status = 'RUNNING'",
        "UPDATE app_slots SET until = now() + interval '10 minutes' WHERE clams_app_id = :app",
        third=live.steps[2] // 1000,
        run=live.batch_run_id,
        app=live.app_id,
    )
    assert await examine(examination) == {}


async def test_inconsistency_that_ends_during_the_pause_is_no_finding(
    live: Live, database: Database, examination: Examination
) -> None:
    """A batch run that the maintainer is about to end."""
    await finish_step(database, await claim_step(database, live.steps[1] + 1))
    await finish_file(database, live.steps[2])
    examining = asyncio.create_task(examination.find(1.0))
    await asyncio.sleep(0.3)
    await end_runs(database, live.batch_run_id)
    assert await examining == {}


async def test_counts_are_fixed_while_they_change(
    live: Live, database: Database, examination: Examination
) -> None:
    await damage(
        database,
        "UPDATE run_counters SET waiting = waiting + 7 WHERE batch_run_id = :run",
        run=live.batch_run_id,
    )
    found = await examine(examination)
    await asyncio.gather(examination.fix(found), examination.fix(found), finish_file(database, live.steps[2]))
    assert await broken_invariants(database) == []


async def test_running_batch_is_healthy(database: Database, database_url: str, tmp_path: Path) -> None:
    """While a worker claims, finishes and retries steps and rolls up counters."""
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
        examinations = 0
        with running_worker(settings):
            examination = Examination(database, Thresholds(settings.lease_seconds))
            while (await batch_run(database, run_id)).ended_at is None:
                assert await examination.find(1.0) == {}
                assert await broken_invariants(database) == []
                examinations += 1
            await ended(database, run_id)
        assert examinations > 1
    found = await find_lost_bytes(database, MmifStore.from_url(settings.store_url), read_bytes=True)
    assert found is None


async def test_running_dsn_finds_an_embedded_database_while_it_runs(
    postgres_server: EmbeddedPostgres, tmp_path: Path
) -> None:
    assert running_dsn(postgres_server.data_dir) == postgres_server.dsn
    with pytest.raises(ConfigurationError, match="is not the data directory of a Chowda"):
        running_dsn(tmp_path)
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres/password").write_text("hush-hush")
    with pytest.raises(ConfigurationError, match="No Chowda runs on") as refused:
        running_dsn(tmp_path)
    assert "hush-hush" not in str(refused.value)


async def test_missing_short_and_damaged_mmif_is_reported_with_advice(
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
    assert [("is missing" in row.detail, "has 5 bytes" in row.detail) for row in finding.rows] == [
        (True, False),
        (False, True),
    ]
    assert f"step 1 of {opaque(Kind.PIPELINE_RUN, live.steps[0] // 1000)}" in finding.rows[0].detail
    finding = await find_lost_bytes(database, store, read_bytes=True)
    assert finding is not None
    assert "damaged" in finding.rows[2].detail


async def test_command_reports_problems_and_fixes_them(
    database: Database, database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await start_run(database, files=2, steps=1)
    settings = Settings(database_url=database_url, data_dir=tmp_path, poll_seconds=0.05)

    async def doctor(**changes: Any) -> tuple[int, str]:
        options = {"fix": False, "read_bytes": False, "restored": False, "write_json": None} | changes
        status = await asyncio.to_thread(run_doctor, settings, **options)
        return status, capsys.readouterr().out

    assert await doctor() == (0, "No problems found.\n")
    await damage(database, "DELETE FROM app_slots")
    status, output = await doctor()
    assert status == 1
    assert output == (
        "Apps with fewer slots than their maximum of concurrent calls: 1\n"
        f"  {opaque(Kind.APP, 1)}: run-app1: 0 of 1\n"
        "`chowda doctor --fix` fixes what can be fixed automatically.\n"
    )
    status, output = await doctor(fix=True, write_json=write_json)
    assert status == 0
    assert json.loads(output)["healthy"] is True
    assert [(f["check"], f["count"], f["mended"]) for f in json.loads(output)["findings"]] == [
        ("few-slots", 1, 1)
    ]
    assert await doctor() == (0, "No problems found.\n")
    status, output = await doctor(restored=True)
    assert status == 0
    assert output.startswith("Restore recorded")
    await damage(database, "UPDATE alembic_version SET version_num = '0001'")
    with pytest.raises(Exception, match="chowda migrate"):
        await doctor()
