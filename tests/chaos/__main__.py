"""`make chaos SECONDS=600`: batches under random kills of workers, API, Postgres, broker, connections and apps."""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest
from broker_servers import BrokerServer, RabbitmqServer, RedisServer
from chaos.storm import Outcome, storm
from postgres_fixture import fastest_parent, temporary_data_dir
from rich.console import Console
from rich.table import Table

from chowda.config import Settings
from chowda.db.migrate import migrate
from chowda.standalone.embedded_postgres import EmbeddedPostgres

BROKERS: dict[str, type[BrokerServer] | None] = {
    "postgres": None,
    "redis": RedisServer,
    "rabbitmq": RabbitmqServer,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600, help="how long the storm lasts [%(default)s]")
    parser.add_argument("--broker", choices=BROKERS, default="redis", help="[%(default)s]")
    parser.add_argument("--seed", type=int, help="which faults strike when; by default at random")
    parser.add_argument("--keep", action="store_true", help="keep the logs of all processes, and say where")
    arguments = parser.parse_args()
    seed = random.randrange(2**31) if arguments.seed is None else arguments.seed
    console = Console()
    with ExitStack() as stack:
        try:
            kind = BROKERS[arguments.broker]
            broker = stack.enter_context(kind()) if kind is not None else None
        except (pytest.skip.Exception, pytest.fail.Exception) as exc:
            parser.exit(2, f"{exc.msg}. Or without it: make chaos CHAOS='--broker postgres'\n")
        data_dir = stack.enter_context(temporary_data_dir(fastest_parent()))
        directory = Path(tempfile.mkdtemp(prefix="chowda-chaos-"))
        if not arguments.keep:
            stack.callback(shutil.rmtree, directory, ignore_errors=True)
        with EmbeddedPostgres(data_dir) as server:
            migrate(Settings(database_url=server.dsn))
        status = stack.enter_context(console.status(f"a storm of {arguments.seconds:g} s, seed {seed}"))
        outcome = storm(
            data_dir,
            directory,
            arguments.seconds,
            seed,
            broker,
            lambda line: status.update(f"seed {seed}: {line}"),
        )
        status.stop()
    show(console, outcome, seed)
    if arguments.keep:
        console.print(f"Logs: {directory}")
    return 0 if outcome.verdict.good and not outcome.left else 1


def show(console: Console, outcome: Outcome, seed: int) -> None:
    verdict = outcome.verdict
    faults = Table("Fault", "Times", title=f"Chaos, seed {seed}")
    for name, times in sorted(outcome.faults.items()):
        faults.add_row(name, str(times))
    faults.add_section()
    faults.add_row("all", str(outcome.faults.total()))
    console.print(faults)
    deeds = Table("The person", "Times")
    for name, times in sorted(outcome.deeds.items()):
        deeds.add_row(name, str(times))
    console.print(deeds)
    attempts = ", ".join(f"{code} {times}" for code, times in verdict.codes.most_common())
    results = Table("What", "How many", title="What became of it")
    for what, number in (
        ("steps", verdict.steps),
        (f"attempts ({attempts})", verdict.attempts),
        ("results", verdict.results),
        ("connections of the subscriber", outcome.connections),
        ("of these, silent for too long", outcome.silences),
        ("lost", verdict.lost),
        ("doubled", verdict.doubled),
        ("stuck", verdict.stuck),
        ("missed by the subscriber", verdict.missed),
        ("files canceled by the person", verdict.canceled),
        ("canceled without or against their word", verdict.disobeyed),
    ):
        results.add_row(what, f"{number:,}")
    console.print(results)


if __name__ == "__main__":
    sys.exit(main())
