"""What workers and brokers do, in random order: dispatch, deliver, claim, finish, fail, die."""

from __future__ import annotations

from typing import Any

from random_world import LEASE_SECONDS, POLICIES, World
from sqlalchemy import text

from chowda.apps.call_limit import CALL_LIMIT_NOW
from chowda.engine import fair_dispatch, leases, step_outcome
from chowda.engine.claim import Claim, try_claim
from chowda.engine.slot_reuse import Sent, reuse_slot
from chowda.enums import ProgressSource
from chowda.errors import StepErrorCode, StepFailure
from chowda.pipelines import retry_policy
from chowda.runs import batch_runs, counters

CODES = tuple(StepErrorCode)

# Reads a step, and the MMIF that it has to start from.
STEP = text("""
    SELECT s.*, b.status AS batch_run_status, s.ready_at <= now() AS due, (
        SELECT m.sha256 FROM mmifs m WHERE m.id = coalesce(
            (SELECT before.mmif_id FROM step_runs before WHERE before.id = s.id - 1
             AND before.pipeline_run_id = s.pipeline_run_id),
            p.mmif_id)
    ) AS input
    FROM step_runs s JOIN batch_runs b ON b.id = s.batch_run_id JOIN pipeline_runs p ON p.id = s.pipeline_run_id
    WHERE s.id = :id
""")

# Reads the limit of an app and its taken slots.
SLOTS = text(f"""
    SELECT {CALL_LIMIT_NOW} AS call_limit, (
        SELECT count(*) FROM app_slots t WHERE t.clams_app_id = a.id AND t.until > now()) AS taken
    FROM clams_apps a WHERE a.id = :id
""")

# Ends the lease of a step, and that of its slot.
EXPIRE_STEP = text("""
    UPDATE step_runs SET lease_until = now() - interval '1 s'
    WHERE id = :id AND fence = :fence AND status = 'RUNNING'
""")
EXPIRE_SLOT = text("UPDATE app_slots SET until = now() WHERE step_run_id = :id AND fence = :fence")

# Makes retries, trial calls and lost messages due.
PASS_TIME = (
    """UPDATE step_runs SET ready_at = least(ready_at, now()), sent_until = NULL WHERE id IN (
        SELECT id FROM step_runs WHERE status = 'WAITING' AND ready_at IS NOT NULL ORDER BY id
        FOR UPDATE SKIP LOCKED)""",
    "UPDATE clams_apps SET circuit_trial_at = now() - interval '1 ms' WHERE circuit_trial_at > now()",
    "UPDATE app_slots SET until = now() WHERE until > now() + interval '20 s' AND until < now() + interval '90 s'",
)


class WorkerActions(World):
    """Each action takes two numbers: `which` selects its object, and `how` its variant."""

    async def dispatch(self, which: int, how: int) -> None:
        async with self.database.session() as session:
            sent = await fair_dispatch.take(session, LEASE_SECONDS)
        if self.is_single:
            for step_run_id in sent:
                assert _can_begin(await self.read_one(STEP, step_run_id)), "sent a step that can't begin"
        self.messages += sent

    async def begin(self, which: int, how: int) -> None:
        """Dispatches steps and delivers their messages at once."""
        async with self.database.session() as session:
            sent = await fair_dispatch.take(session, LEASE_SECONDS)
        for step_run_id in sent:
            await self._claim(step_run_id)

    async def deliver(self, which: int, how: int) -> None:
        if how % 4 == 0 and self.step_ids:  # a message from an earlier time
            await self._claim(self.step_ids[which % len(self.step_ids)])
        elif self.messages:
            await self._claim(self.messages[-1 - which % len(self.messages)])

    async def set_initial_mmif(self, which: int, how: int) -> None:
        if claim := self.pick_claim(which):
            sha256, size_bytes = self.new_result()
            async with self.database.session() as session:
                if claim.mmif_sha256 is None:
                    await step_outcome.set_initial_mmif(session, claim, sha256, size_bytes)

    async def reuse_slot(self, which: int, how: int) -> None:
        if claim := self.pick_claim(which):
            async with self.database.session() as session:
                following = await reuse_slot(session, claim, "w", LEASE_SECONDS, follow=how % 4 > 0)
            match following:
                case Claim():
                    self.claims.append(following)
                    if self.is_single:
                        step = await self.read_one(STEP, following.step_run_id)
                        assert following.mmif_sha256 == step.input, "the slot's next step has another MMIF"
                        await self._check_slots(following)
                case Sent():
                    self.messages.append(following.step_run_id)

    async def finish(self, which: int, how: int) -> None:
        if claim := self.pick_claim(which):
            before = await self.read_one(STEP, claim.step_run_id)
            async with self.database.session() as session:
                committed = await step_outcome.finish(session, claim, *self.new_result())
            if committed:
                self.finished[claim.step_run_id, claim.fence] += 1
            assert not self.is_single or committed == _is_owner(claim, before)

    async def fail(self, which: int, how: int) -> None:
        if claim := self.pick_claim(which):
            code = CODES[how % len(CODES)]
            before = await self.read_one(STEP, claim.step_run_id)
            async with self.database.session() as session:
                committed = await step_outcome.fail(session, claim, StepFailure(code, "it went wrong"))
            if not self.is_single:
                return
            assert committed == _is_owner(claim, before)
            if committed:
                policy = POLICIES[claim.position - 1]
                retried = retry_policy.delay_seconds(code, before.failures + 1, None, policy) is not None
                after = await self.read_one(STEP, claim.step_run_id)
                assert after.status == ("WAITING" if retried else "FAILED")

    async def expire_lease(self, which: int, how: int) -> None:
        """A worker dies, freezes or loses its connection. It may still come back."""
        if claim := self.pick_claim(which):
            key = {"id": claim.step_run_id, "fence": claim.fence}
            async with self.database.session() as session:
                await session.execute(EXPIRE_STEP, key)
                await session.execute(EXPIRE_SLOT, key)
            if how % 2:
                await self.requeue_expired(which, how)

    async def requeue_expired(self, which: int, how: int) -> None:
        async with self.database.session() as session:
            await leases.requeue_expired(session)

    async def release(self, which: int, how: int) -> None:
        released = self.claims[-1 - which % 4 :]
        async with self.database.session() as session:
            await leases.release(session, [claim.lease_key for claim in released])

    async def heartbeat(self, which: int, how: int) -> None:
        keys = [claim.lease_key for claim in self.claims[-4:]]
        async with self.database.session() as session:
            await leases.extend(session, keys, LEASE_SECONDS)
        async with self.database.session() as session:
            await leases.report_progress(session, dict.fromkeys(keys, (how * 7.5, ProgressSource.REPORTED)))

    async def pass_time(self, which: int, how: int) -> None:
        async with self.database.session() as session:
            for statement in PASS_TIME:
                await session.execute(text(statement))

    async def maintain(self, which: int, how: int) -> None:
        async with self.database.session() as session:
            await counters.roll_up(session)
        async with self.database.session() as session:
            await batch_runs.end_batch_runs(session, self.run_ids)
        if self.is_single:
            async with self.database.session() as session:
                counts = await counters.read(session, await batch_runs.active_ids(session))
            assert all(of[0].waiting + of[0].running for of in counts.values()), "a batch run did not end"

    async def _claim(self, step_run_id: int) -> None:
        before = await self.read_one(STEP, step_run_id)
        async with self.database.session() as session:
            claim = await try_claim(session, step_run_id, "w", LEASE_SECONDS)
        if claim is None:
            return
        self.claims.append(claim)
        if self.is_single:
            assert _can_begin(before), "claimed a step that can't begin"
            assert claim.mmif_sha256 == before.input, "claimed with another MMIF than the newest valid one"
            await self._check_slots(claim)

    async def _check_slots(self, claim: Claim) -> None:
        slots = await self.read_one(SLOTS, claim.clams_app_id)
        assert slots.taken <= slots.call_limit, "the app has more calls than its limit"


def _can_begin(step: Any) -> bool:
    return bool(
        step.status == "WAITING"
        and step.due
        and not step.paused
        and step.batch_run_status in ("WAITING", "RUNNING")
    )


def _is_owner(claim: Claim, step: Any) -> bool:
    return bool(step.status == "RUNNING" and step.fence == claim.fence)
