"""/metrics for Prometheus. Each scrape reads the database with a few small queries."""

from __future__ import annotations

from collections.abc import Iterable

import structlog
from fastapi import APIRouter, Request, Response
from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chowda.api.services import services_of
from chowda.runs.counters import COLUMNS, STATES

router = APIRouter()
log = structlog.get_logger(__name__)

PARTS = text(f"""
    SELECT position = 0, {", ".join(f"coalesce(sum({state}), 0)::bigint" for state in STATES)} FROM (
        SELECT position, {COLUMNS} FROM run_counters UNION ALL SELECT position, {COLUMNS} FROM run_counter_deltas
    ) AS parts GROUP BY 1
""")
BATCH_RUNS = text("SELECT status, count(*) FROM batch_runs GROUP BY status")
SLOTS = text("""
    SELECT a.name, count(*) FILTER (WHERE s.until > now()), count(*)
    FROM app_slots s JOIN clams_apps a ON a.id = s.clams_app_id GROUP BY a.name
""")
WORKERS = text("SELECT count(*), coalesce(sum(threads), 0) FROM workers WHERE until > now()")


class Metrics:
    """The metrics that this process counts itself, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.requests = Counter(
            "chowda_http_requests",
            "HTTP requests and WebSocket handshakes.",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self.seconds = Histogram(
            "chowda_http_response_start_seconds",
            "From the request to the headers of its answer.",
            ["route"],
            registry=self.registry,
        )


class _Read:
    """A collector of metric families that were just read."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = list(families)

    def collect(self) -> Iterable[Metric]:
        return self._families


@router.get("/metrics")
async def get_metrics(request: Request) -> Response:
    """Answers also when the database is unavailable: then chowda_database_up is 0."""
    services = services_of(request)
    metrics: Metrics = request.app.state.metrics
    families = [
        _gauge("chowda_subscribers", "Subscriptions that are open in this process.", services.hub.watchers)
    ]
    try:
        async with services.database.session() as session:
            families += await _read(session)
    except Exception as exc:
        log.warning("metrics.database_away", error=type(exc).__name__)
        families.append(_gauge("chowda_database_up", "Whether the database answers.", 0))
    else:
        families.append(_gauge("chowda_database_up", "Whether the database answers.", 1))
    read = CollectorRegistry()
    read.register(_Read(families))
    body = generate_latest(metrics.registry) + generate_latest(read)
    return Response(body, headers={"Content-Type": CONTENT_TYPE_LATEST})


async def _read(session: AsyncSession) -> list[GaugeMetricFamily]:
    runs = GaugeMetricFamily("chowda_pipeline_runs", "Pipeline runs by state.", labels=["status"])
    steps = GaugeMetricFamily("chowda_step_runs", "Step runs by state.", labels=["status"])
    counts = {is_run: values for is_run, *values in await session.execute(PARTS)}
    for family, is_run in ((runs, True), (steps, False)):
        for state, count in zip(STATES, counts.get(is_run, [0] * len(STATES)), strict=True):
            family.add_metric([state.upper()], count)

    batch_runs = GaugeMetricFamily("chowda_batch_runs", "Batch runs by state.", labels=["status"])
    for status, count in await session.execute(BATCH_RUNS):
        batch_runs.add_metric([status], count)

    in_use = GaugeMetricFamily("chowda_app_slots_in_use", "Calls that Chowda holds.", labels=["app"])
    slots = GaugeMetricFamily("chowda_app_slots", "Calls that Chowda may hold at once.", labels=["app"])
    for app, used, total in await session.execute(SLOTS):
        in_use.add_metric([app], used)
        slots.add_metric([app], total)

    workers, threads = (await session.execute(WORKERS)).one()
    return [
        runs,
        steps,
        batch_runs,
        in_use,
        slots,
        _gauge("chowda_workers", "Live worker processes.", workers),
        _gauge("chowda_worker_threads", "Steps that they can run at once.", threads),
    ]


def _gauge(name: str, about: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, about, value=value)
