"""What people do, in random order: start, cancel, pause, resume and retry batch runs and single files."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from random_world import World
from sqlalchemy import select, text

from chowda.errors import BadUserInput, Conflict
from chowda.models import PipelineRun, StepRun
from chowda.runs import batch_runs, pipeline_runs
from chowda.runs.start import Start, start_batch

RUNS_LIMIT = 3
ACTIVE = ("WAITING", "RUNNING", "PAUSED")

# Reads a pipeline run with its steps.
FILE = text("""
    SELECT p.id, p.batch_run_id, p.status, p.mmif_id, p.ended_at, b.ended_at AS batch_run_ended_at,
        (SELECT array_agg(s.status ORDER BY s.id) FROM step_runs s WHERE s.pipeline_run_id = p.id) AS steps,
        (SELECT bool_or(s.paused) FROM step_runs s WHERE s.pipeline_run_id = p.id AND s.ended_at IS NULL) AS paused
    FROM pipeline_runs p JOIN batch_runs b ON b.id = p.batch_run_id WHERE p.id = :id
""")

# Reads the pipeline runs of a batch run with their steps.
FILES_OF_RUN = text("""
    SELECT p.id, p.status, array_agg(s.status ORDER BY s.id) AS steps, bool_or(s.paused) AS paused
    FROM pipeline_runs p JOIN step_runs s ON s.pipeline_run_id = p.id WHERE p.batch_run_id = :id GROUP BY p.id
""")


@dataclass(frozen=True)
class FileState:
    status: str
    steps: list[str]
    paused: bool


@dataclass(frozen=True)
class RunState:
    """A batch run, with its files by key."""

    status: str
    has_started: bool
    files: dict[int, FileState]


def _expected(before: RunState, change: str) -> RunState:
    """The state of a batch run after a change, if nothing else changes it."""
    active_status = "RUNNING" if before.has_started else "WAITING"
    match change:
        case "cancel" if before.status in ACTIVE:
            files = {
                id: file
                if file.status not in ACTIVE
                else FileState("CANCELED", _canceled(file.steps), file.paused)
                for id, file in before.files.items()
            }
            return replace(before, status="CANCELED", files=files)
        case "pause" if before.status in ACTIVE:
            return replace(before, status="PAUSED")
        case "resume" if before.status == "PAUSED":
            return replace(before, status=active_status)
    return before


def _canceled(steps: list[str]) -> list[str]:
    return [status if status == "FINISHED" else "CANCELED" for status in steps]


def _retried(steps: list[str], from_step: int | None) -> list[str]:
    finished = steps.count("FINISHED")
    kept = min(finished, (from_step or finished + 1) - 1)
    return ["FINISHED"] * kept + ["WAITING"] * (len(steps) - kept)


async def set_priority(session: Any, batch_run_id: int) -> None:
    await batch_runs.set_batch_run_priority(session, batch_run_id, 1)


RUN_CHANGES: list[Callable[[Any, int], Awaitable[object]]] = [
    batch_runs.cancel_batch_run,
    batch_runs.pause_batch_run,
    batch_runs.resume_batch_run,
    batch_runs.resume_batch_run,
    set_priority,
]
FILE_CHANGES: list[Callable[[Any, int], Awaitable[object]]] = [
    pipeline_runs.cancel_pipeline_run,
    pipeline_runs.pause_pipeline_run,
    pipeline_runs.pause_pipeline_run,
    pipeline_runs.resume_pipeline_run,
]


class UserActions(World):
    """Each action takes two numbers: `which` selects its object, and `how` its variant."""

    async def start(self, which: int, how: int) -> None:
        if len(self.run_ids) >= RUNS_LIMIT:
            return
        start = Start(self.batch_ids[which % 2], from_blank_mmif=how % 2 == 0, priority=which % 3 - 1)
        async with self.database.session() as session:
            run_id = (await start_batch(session, start)).id
        async with self.database.session() as session:
            files = select(PipelineRun.id).where(PipelineRun.batch_run_id == run_id).order_by(PipelineRun.id)
            self.file_ids += await session.scalars(files)
            steps = select(StepRun.id).where(StepRun.batch_run_id == run_id).order_by(StepRun.id)
            self.step_ids += await session.scalars(steps)
        self.run_ids.append(run_id)
        self.cursors[run_id] = None

    async def change_run(self, which: int, how: int) -> None:
        """Half of the changes are retries."""
        if not self.run_ids:
            return
        run_id = self.run_ids[which % len(self.run_ids)]
        variant = how % (2 * len(RUN_CHANGES))
        if variant >= len(RUN_CHANGES):
            await self._retry_run(run_id, (None, None, 1, 2, 3)[variant - len(RUN_CHANGES)])
            return
        change = RUN_CHANGES[variant]
        before = await self._run_state(run_id)
        async with self.database.session() as session:
            await change(session, run_id)
        if not self.is_single:
            return
        after = await self._run_state(run_id)
        assert after == _expected(before, change.__name__.split("_")[0])
        async with self.database.session() as session:
            await change(session, run_id)
        assert await self._run_state(run_id) == after, "the change is not idempotent"

    async def change_file(self, which: int, how: int) -> None:
        """Half of the changes are retries."""
        if not self.file_ids:
            return
        file_id = self.file_ids[which % len(self.file_ids)]
        variant = how % (2 * len(FILE_CHANGES))
        if variant >= len(FILE_CHANGES):
            await self._retry_file(file_id, (None, 1, 2, 3)[variant - len(FILE_CHANGES)])
            return
        change = FILE_CHANGES[variant]
        before = await self.read_one(FILE, file_id)
        async with self.database.session() as session:
            await change(session, file_id)
        if self.is_single:
            await self._check_file_change(before, change.__name__.split("_")[0])

    async def cancel_and_retry_file(self, which: int, how: int) -> None:
        """A person sends a file back to an earlier step."""
        if self.file_ids:
            file_id = self.file_ids[which % len(self.file_ids)]
            async with self.database.session() as session:
                await pipeline_runs.cancel_pipeline_run(session, file_id)
            await self._retry_file(file_id, (None, 1, 2, 3)[how % 4])

    async def _retry_run(self, run_id: int, from_step: int | None) -> None:
        before = await self._run_state(run_id)
        error = await self._error_of(batch_runs.retry_batch_run, run_id, from_step)
        if not self.is_single:
            return
        after = await self._run_state(run_id)
        to_retry = [file for file in before.files.values() if file.status in ("FAILED", "CANCELED")]
        if not to_retry:
            assert (error, after) == (Conflict, before)
        elif from_step is not None and all(from_step > file.steps.count("FINISHED") + 1 for file in to_retry):
            assert (error, after) == (BadUserInput, before)
        else:
            assert error is None
            assert after.status in ACTIVE
            for id, file in before.files.items():
                if file not in to_retry:
                    assert after.files[id] == file, "the retry has changed a file that had not failed"
                else:
                    assert after.files[id].steps == _retried(file.steps, from_step)

    async def _retry_file(self, file_id: int, from_step: int | None) -> None:
        before = await self.read_one(FILE, file_id)
        error = await self._error_of(pipeline_runs.retry_pipeline_run, file_id, from_step)
        if not self.is_single:
            return
        after = await self.read_one(FILE, file_id)
        if before.ended_at is None or (before.status == "FINISHED" and from_step is None):
            assert (error, after) == (Conflict, before)
        elif from_step is not None and from_step > before.steps.count("FINISHED") + 1:
            assert (error, after) == (BadUserInput, before)
        else:
            assert error is None
            assert after.steps == _retried(before.steps, from_step)
            assert (after.ended_at, after.batch_run_ended_at, after.paused) == (None, None, False)

    async def _error_of(
        self, retry: Callable[[Any, int, int | None], Awaitable[object]], id: int, from_step: int | None
    ) -> type[Exception] | None:
        try:
            async with self.database.session() as session:
                await retry(session, id, from_step)
        except (Conflict, BadUserInput) as exc:
            return type(exc)
        return None

    async def _check_file_change(self, before: Any, change: str) -> None:
        after = await self.read_one(FILE, before.id)
        if before.ended_at is not None:
            assert after == before, f"{change} has changed a file that had ended"
        elif change == "cancel":
            assert (after.status, after.steps) == ("CANCELED", _canceled(before.steps))
        else:
            expected = (before.status, before.steps, change == "pause")
            assert (after.status, after.steps, after.paused) == expected

    async def _run_state(self, run_id: int) -> RunState:
        async with self.database.session() as session:
            run = (
                await session.execute(
                    text(
                        "SELECT status, started_at IS NOT NULL AS has_started FROM batch_runs WHERE id = :id"
                    ),
                    {"id": run_id},
                )
            ).one()
            files = await session.execute(FILES_OF_RUN, {"id": run_id})
            return RunState(
                run.status,
                run.has_started,
                {row.id: FileState(row.status, row.steps, row.paused) for row in files},
            )
