"""What goes wrong in a chaos run: each fault does its damage, and says how it is undone and after how long."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from broker_servers import BrokerServer
from chaos.apps import AppProcess
from cluster import LEASE_SECONDS, Chowda

Undo = Callable[[], None]

MISBEHAVIOURS = (
    *("busy", "drop", "reset", "ends_early", "error_view", "text_error", "not_json", "not_mmif", "garbage"),
    *("lost_view", "no_new_view", "empty_body", "gzip_bomb", "deep", "huge_header", "wrong_documents"),
)


@dataclass(frozen=True, slots=True)
class Fault:
    """`strike` gets the run's own randomness; what it gives undoes it after about `seconds`."""

    name: str
    strike: Callable[[random.Random], Undo]
    seconds: float
    weight: int = 1


def nothing() -> None:
    """What mends itself."""


def faults_of(chowda: Chowda, apps: list[AppProcess], broker: BrokerServer | None) -> list[Fault]:
    """Every way to hurt this Chowda; without a broker of its own, the database carries the messages too."""

    def kill_worker(chance: random.Random) -> Undo:
        worker = chance.choice(chowda.workers)
        worker.kill()
        return worker.revive

    def freeze_worker(chance: random.Random) -> Undo:
        worker = chance.choice(chowda.workers)
        if not worker.alive:
            return nothing
        worker.freeze()
        return worker.thaw

    def restart_worker(chance: random.Random) -> Undo:
        worker = chance.choice(chowda.workers)
        if not worker.alive:
            return nothing
        worker.thaw()
        worker.tell_to_end()
        return worker.revive

    def kill_api(chance: random.Random) -> Undo:
        api = chance.choice(chowda.apis)
        api.kill()
        return api.revive

    def freeze_api(chance: random.Random) -> Undo:
        api = chance.choice(chowda.apis)
        if not api.alive:
            return nothing
        api.freeze()
        return api.thaw

    def kill_postgres(_: random.Random) -> Undo:
        chowda.postgres.thaw()
        if chowda.postgres.alive:
            chowda.postgres.kill()
        return chowda.postgres.revive

    def restart_postgres(_: random.Random) -> Undo:
        chowda.postgres.stop()
        return chowda.postgres.revive

    def freeze_postgres(_: random.Random) -> Undo:
        if not chowda.postgres.alive:
            return nothing
        chowda.postgres.freeze()
        return chowda.postgres.thaw

    def cut(application_name: str) -> Callable[[random.Random], Undo]:
        def strike(_: random.Random) -> Undo:
            if chowda.postgres.alive and not chowda.postgres.frozen:
                chowda.postgres.cut(application_name)
            return nothing

        return strike

    def kill_app(chance: random.Random) -> Undo:
        app = chance.choice(apps)
        app.kill()
        return app.start

    def freeze_app(chance: random.Random) -> Undo:
        app = chance.choice(apps)
        app.freeze()
        return app.thaw

    def misbehaving_app(chance: random.Random) -> Undo:
        chance.choice(apps).misbehave(chance.choice(MISBEHAVIOURS), chance.randint(1, 2))
        return nothing

    found = [
        Fault("worker killed", kill_worker, 1, weight=3),
        Fault("worker frozen for longer than its lease", freeze_worker, LEASE_SECONDS * 1.5, weight=2),
        Fault("worker told to end, and started again", restart_worker, 2, weight=2),
        Fault("API killed", kill_api, 1, weight=2),
        Fault("API frozen", freeze_api, 3),
        Fault("Postgres killed", kill_postgres, 1),
        Fault("Postgres restarted", restart_postgres, 1),
        Fault("Postgres frozen", freeze_postgres, 4),
        Fault("all connections to Postgres cut", cut("chowda-%"), 0, weight=2),
        Fault("LISTEN connections cut", cut("chowda-hub"), 0, weight=2),
        Fault("app killed", kill_app, 2, weight=2),
        Fault("app frozen", freeze_app, 3),
        Fault("app answers wrongly", misbehaving_app, 0, weight=4),
    ]
    if broker is not None:
        found += _faults_of_broker(broker)
    return found


def _faults_of_broker(broker: BrokerServer) -> list[Fault]:
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
