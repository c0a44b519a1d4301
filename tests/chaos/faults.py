"""The faults of a chaos run. Each injects a failure and returns a function that undoes it."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from broker_servers import BrokerServer
from chaos.app_process import AppProcess
from cluster import LEASE_SECONDS, Cluster

Undo = Callable[[], None]

MISBEHAVIOURS = (
    *("busy", "drop", "reset", "ends_early", "error_view", "text_error", "not_json", "not_mmif", "garbage"),
    *("lost_view", "no_new_view", "empty_body", "gzip_bomb", "deep", "huge_header", "wrong_documents"),
)


@dataclass(frozen=True, slots=True)
class Fault:
    """`inject` returns a function that undoes the fault, which the run calls after about `seconds`."""

    name: str
    inject: Callable[[random.Random], Undo]
    seconds: float
    weight: int = 1


def nothing() -> None:
    """Undoes a fault that needs no repair."""


def cluster_faults(cluster: Cluster, apps: list[AppProcess], broker: BrokerServer | None) -> list[Fault]:
    """Return all faults of this cluster. Without a broker server the database carries the messages."""

    def kill_worker(rng: random.Random) -> Undo:
        worker = rng.choice(cluster.workers)
        worker.kill()
        return worker.ensure_running

    def freeze_worker(rng: random.Random) -> Undo:
        worker = rng.choice(cluster.workers)
        if not worker.alive:
            return nothing
        worker.freeze()
        return worker.thaw

    def restart_worker(rng: random.Random) -> Undo:
        worker = rng.choice(cluster.workers)
        if not worker.alive:
            return nothing
        worker.thaw()
        worker.terminate()
        return worker.ensure_running

    def kill_api(rng: random.Random) -> Undo:
        api = rng.choice(cluster.apis)
        api.kill()
        return api.ensure_running

    def freeze_api(rng: random.Random) -> Undo:
        api = rng.choice(cluster.apis)
        if not api.alive:
            return nothing
        api.freeze()
        return api.thaw

    def kill_postgres(_: random.Random) -> Undo:
        cluster.postgres.thaw()
        if cluster.postgres.alive:
            cluster.postgres.kill()
        return cluster.postgres.ensure_running

    def restart_postgres(_: random.Random) -> Undo:
        cluster.postgres.stop()
        return cluster.postgres.ensure_running

    def freeze_postgres(_: random.Random) -> Undo:
        if not cluster.postgres.alive:
            return nothing
        cluster.postgres.freeze()
        return cluster.postgres.thaw

    def terminate_connections(application_name: str) -> Callable[[random.Random], Undo]:
        def inject(_: random.Random) -> Undo:
            if cluster.postgres.alive and not cluster.postgres.frozen:
                cluster.postgres.terminate_connections(application_name)
            return nothing

        return inject

    def kill_app(rng: random.Random) -> Undo:
        app = rng.choice(apps)
        app.kill()
        return app.start

    def freeze_app(rng: random.Random) -> Undo:
        app = rng.choice(apps)
        app.freeze()
        return app.thaw

    def misbehaving_app(rng: random.Random) -> Undo:
        rng.choice(apps).misbehave(rng.choice(MISBEHAVIOURS), rng.randint(1, 2))
        return nothing

    faults = [
        Fault("worker killed", kill_worker, 1, weight=3),
        Fault("worker frozen for longer than its lease", freeze_worker, LEASE_SECONDS * 1.5, weight=2),
        Fault("worker stopped and started again", restart_worker, 2, weight=2),
        Fault("API killed", kill_api, 1, weight=2),
        Fault("API frozen", freeze_api, 3),
        Fault("Postgres killed", kill_postgres, 1),
        Fault("Postgres restarted", restart_postgres, 1),
        Fault("Postgres frozen", freeze_postgres, 4),
        Fault("all connections to Postgres terminated", terminate_connections("chowda-%"), 0, weight=2),
        Fault("LISTEN connections terminated", terminate_connections("chowda-hub"), 0, weight=2),
        Fault("app killed", kill_app, 2, weight=2),
        Fault("app frozen", freeze_app, 3),
        Fault("app sends wrong answers", misbehaving_app, 0, weight=4),
    ]
    if broker is not None:
        faults += _broker_faults(broker)
    return faults


def _broker_faults(broker: BrokerServer) -> list[Fault]:
    def kill(_: random.Random) -> Undo:
        broker.kill()
        return broker.start

    def empty(_: random.Random) -> Undo:
        if broker.answers():
            broker.empty()
        return nothing

    def freeze(_: random.Random) -> Undo:
        if not broker.running:
            return nothing
        broker.freeze()
        return broker.thaw

    return [
        Fault("broker killed", kill, 2),
        Fault("broker emptied", empty, 0),
        Fault("broker frozen", freeze, 3),
    ]
