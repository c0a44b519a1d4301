"""A chaos run: load and random faults for some time; then it heals everything and checks the results."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from broker_servers import BrokerServer
from chaos.app_process import AppProcess
from chaos.faults import Fault, Undo, cluster_faults
from chaos.findings import Findings, check
from chaos.load import Load
from chaos.subscriber import Subscriber
from cluster import Cluster

CALL_SECONDS = (1.5, 0.15, 0.02)
"Duration of a call for each app. Calls of the first are long enough to be interrupted by most faults."
MAX_CONCURRENCY = 6
BETWEEN_FAULTS_SECONDS = (0.2, 1.5)
SETTLE_SECONDS = 240.0
"Limit for the unfinished runs after the last fault: retries wait up to minutes."


@dataclass(frozen=True)
class Outcome:
    faults: Counter[str]
    actions: Counter[str]
    "Of the user."
    findings: Findings
    unfinished: list[str]
    "Batch runs."
    connections: int
    silences: int


def run_chaos(
    data_dir: Path,
    directory: Path,
    seconds: float,
    seed: int,
    broker: BrokerServer | None = None,
    report: Callable[[str], None] = lambda line: None,
) -> Outcome:
    """Call it from the main thread.

    `data_dir` is a Postgres data directory with Chowda's tables; `directory` receives the store and the logs.
    """
    settings = {} if broker is None else {"broker_url": broker.url}
    with ExitStack() as stack:
        cluster = stack.enter_context(Cluster(data_dir, directory, apis=2, workers=3, **settings))
        apps = []
        for number, call_seconds in enumerate(CALL_SECONDS, start=1):
            apps.append(AppProcess(f"chaos{number}", call_seconds))
            stack.callback(apps[-1].kill)
        load = Load(cluster, apps, MAX_CONCURRENCY, random.Random(seed))
        subscriber = Subscriber(cluster, load)
        load.start()
        try:
            faults = _inject_faults(
                cluster_faults(cluster, apps, broker), seconds, random.Random(seed), report
            )
        finally:
            load.stop()
        report("healing everything and waiting for unfinished runs")
        if broker is not None:
            broker.start()
        for app in apps:
            app.start()
        cluster.heal()
        unfinished = load.settle(SETTLE_SECONDS)
        subscriber.finish(60)
        findings = check(cluster, apps, load.user, subscriber.seen)
        return Outcome(
            faults, load.user.actions, findings, unfinished, subscriber.connections, subscriber.silences
        )


def _inject_faults(
    faults: list[Fault], seconds: float, rng: random.Random, report: Callable[[str], None]
) -> Counter[str]:
    """Inject and undo faults until the time is over; returns how often each was injected."""
    counts: Counter[str] = Counter()
    pending: list[tuple[float, Undo]] = []
    bag: list[Fault] = []
    end = time.monotonic() + seconds
    next_fault = time.monotonic()
    while (now := time.monotonic()) < end:
        for due, undo in list(pending):
            if due <= now:
                pending.remove((due, undo))
                undo()
        if now >= next_fault:
            if not bag:
                bag = [fault for fault in faults for _ in range(fault.weight)]
                rng.shuffle(bag)
            fault = bag.pop()
            report(fault.name)
            pending.append((now + fault.seconds * rng.uniform(0.7, 1.3), fault.inject(rng)))
            counts[fault.name] += 1
            next_fault = time.monotonic() + rng.uniform(*BETWEEN_FAULTS_SECONDS)
        time.sleep(0.05)
    for _, undo in pending:
        undo()
    return counts
