"""App health, from periodic probes and from call results.

A CLAMS app has no health endpoint, and one that is processing a file may not answer anything else. So silence
means "busy or away", never "dead". A probe requests the app's metadata, so it also notices another version.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from chowda.clams.metadata import AppMetadata
from chowda.clams.metadata_request import fetch_metadata
from chowda.errors import AppUnreachable, BadUserInput, StepErrorCode
from chowda.models import ClamsApp, ProbeOutcome


class HealthStatus(StrEnum):
    """By the latest result of a probe or a call."""

    NO_ENDPOINT = "NO_ENDPOINT"  # imported from its metadata, without an endpoint
    UNKNOWN = "UNKNOWN"  # no probe or call yet
    ANSWERING = "ANSWERING"  # it answered
    BUSY_OR_AWAY = "BUSY_OR_AWAY"  # no answer in time, or an answer that it is busy
    FAILING = "FAILING"  # refused, broken, or something else answers there


BUSY = frozenset({StepErrorCode.APP_TIMEOUT, StepErrorCode.APP_BUSY})


@dataclass(frozen=True, slots=True)
class Drift:
    """The endpoint returns other metadata than those that Chowda has saved."""

    identifier: str
    version: str | None
    since: datetime
    message: str


@dataclass(frozen=True, slots=True)
class Health:
    status: HealthStatus
    message: str
    probed_at: datetime | None
    last_answer_at: datetime | None
    last_failure_at: datetime | None
    drift: Drift | None


@dataclass(frozen=True, slots=True)
class Due:
    """An app that is due for a probe."""

    clams_app_id: int
    endpoint: str


@dataclass(frozen=True, slots=True)
class Probe:
    """The result of a probe: metadata and description if the app answered, else a message."""

    outcome: ProbeOutcome
    message: str | None = None
    metadata: AppMetadata | None = None
    described: Mapping[str, Any] | None = None


# The first process takes an app and the others skip it, so each app is probed once over all processes.
TAKE_DUE = text("""
    WITH due AS (
        SELECT h.clams_app_id, a.endpoint FROM app_health h JOIN clams_apps a ON a.id = h.clams_app_id
        WHERE a.active AND a.endpoint IS NOT NULL
          AND (h.probed_at IS NULL OR h.probed_at <= now() - make_interval(secs => :every_seconds))
        ORDER BY h.probed_at NULLS FIRST LIMIT :most FOR NO KEY UPDATE OF h SKIP LOCKED
    )
    UPDATE app_health h SET probed_at = now() FROM due WHERE h.clams_app_id = due.clams_app_id
    RETURNING h.clams_app_id, due.endpoint
""")

ANSWERED = text("""
    INSERT INTO app_health AS h
        (clams_app_id, probed_at, outcome, answered_at, seen_identifier, seen_version, drifted_at)
    VALUES (:id, now(), 'ANSWERED', now(), :identifier, :version, CASE WHEN :drifted THEN now() END)
    ON CONFLICT (clams_app_id) DO UPDATE SET probed_at = now(), outcome = 'ANSWERED', message = NULL,
        answered_at = now(), seen_identifier = excluded.seen_identifier, seen_version = excluded.seen_version,
        drifted_at = CASE WHEN :drifted THEN coalesce(h.drifted_at, now()) END
""")

NO_ANSWER = text("""
    INSERT INTO app_health (clams_app_id, probed_at, outcome, message, failed_at)
    VALUES (:id, now(), :outcome, :message, now())
    ON CONFLICT (clams_app_id) DO UPDATE SET probed_at = now(), outcome = excluded.outcome,
        message = excluded.message, failed_at = now()
""")

READ = text("""
    SELECT a.id, a.identifier, a.version, a.endpoint, a.failure, a.failed_at AS call_failed_at,
           t.answered_at AS call_answered_at, h.outcome, h.message, h.probed_at, h.answered_at, h.failed_at,
           h.seen_identifier, h.seen_version, h.drifted_at
    FROM clams_apps a LEFT JOIN app_health h ON h.clams_app_id = a.id
    LEFT JOIN app_timings t ON t.clams_app_id = a.id
    WHERE a.id = ANY(:ids)
""")


async def take_due(session: AsyncSession, every_seconds: float, most: int) -> list[Due]:
    """Take up to `most` apps whose last probe is older than `every_seconds`, oldest first, and mark them probed."""
    rows = await session.execute(TAKE_DUE, {"every_seconds": every_seconds, "most": most})
    return [Due(row.clams_app_id, row.endpoint) for row in rows]


async def probe(endpoint: str, patience_seconds: float) -> Probe:
    """Request the app's metadata. Call it outside of any session, since it may take seconds."""
    try:
        async with asyncio.timeout(patience_seconds):
            metadata, described = await fetch_metadata(endpoint, timeout=patience_seconds * 2)
    except TimeoutError:
        return Probe(
            ProbeOutcome.SILENT,
            f"The app did not answer within {patience_seconds:g} s: it is busy with a file, or away.",
        )
    except (AppUnreachable, BadUserInput) as exc:
        return Probe(ProbeOutcome.FAILED, exc.message)
    return Probe(ProbeOutcome.ANSWERED, metadata=metadata, described=described)


async def note(session: AsyncSession, due: Due, seen: Probe) -> bool:
    """Save the result of a probe. Returns False and saves nothing if the app has another endpoint by now."""
    app = await session.scalar(
        select(ClamsApp).where(ClamsApp.id == due.clams_app_id, ClamsApp.endpoint == due.endpoint)
    )
    if app is None:
        return False
    if seen.metadata is None:
        await session.execute(
            NO_ANSWER, {"id": app.id, "outcome": seen.outcome.value, "message": seen.message}
        )
    else:
        await note_answer(session, app.id, seen.metadata, drifted=app.description != seen.described)
    return True


async def note_answer(
    session: AsyncSession, clams_app_id: int, metadata: AppMetadata, *, drifted: bool = False
) -> None:
    """Save that the app just returned its metadata. `drifted`: they differ from the saved ones."""
    await session.execute(
        ANSWERED,
        {
            "id": clams_app_id,
            "identifier": metadata.identifier,
            "version": metadata.app_version,
            "drifted": drifted,
        },
    )


async def read(session: AsyncSession, clams_app_ids: Sequence[int]) -> dict[int, Health]:
    rows = await session.execute(READ, {"ids": list(clams_app_ids)})
    return {row.id: _health(row) for row in rows}


def _health(row: Any) -> Health:
    answered = _latest(row.answered_at, row.call_answered_at)
    failed = _latest(row.failed_at, row.call_failed_at)
    status, message = _status(row, answered, failed)
    return Health(status, message, row.probed_at, answered, failed, _drift(row))


def _latest(*times: datetime | None) -> datetime | None:
    return max((time for time in times if time is not None), default=None)


def _status(row: Any, answered: datetime | None, failed: datetime | None) -> tuple[HealthStatus, str]:
    if row.endpoint is None:
        return (
            HealthStatus.NO_ENDPOINT,
            "The app has no endpoint yet. Set one to run it.",
        )
    if failed is not None and (answered is None or failed > answered):
        if failed == row.call_failed_at:
            busy = (row.failure or "").partition(":")[0] in BUSY
            message = f"The last call failed. {row.failure}"
        else:
            busy = row.outcome == ProbeOutcome.SILENT
            message = row.message or "The app did not answer."
        return (HealthStatus.BUSY_OR_AWAY if busy else HealthStatus.FAILING), message
    if answered is not None:
        return HealthStatus.ANSWERING, "The app answers."
    return HealthStatus.UNKNOWN, "The app has not been probed or called yet."


def _drift(row: Any) -> Drift | None:
    if row.drifted_at is None or row.seen_identifier is None:
        return None
    if row.seen_identifier != row.identifier:
        what = f"{row.seen_identifier} answers at this endpoint, not {row.identifier}"
    elif row.seen_version != row.version:
        what = f"Version {row.seen_version} answers at this endpoint, not {row.version}"
    else:
        what = "The app's metadata changed under the same version"
    message = f"{what}. Refresh the app to use the new metadata."
    return Drift(row.seen_identifier, row.seen_version, row.drifted_at, message)
