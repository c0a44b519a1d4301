"""`make chaos SECONDS=600`: runs batches under random faults of workers, APIs, Postgres, broker and apps."""

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
from chaos.chaos_run import Outcome, run_chaos
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
    parser.add_argument("--seconds", type=float, default=600, help="duration of the faults [%(default)s]")
    parser.add_argument("--broker", choices=BROKERS, default="redis", help="[%(default)s]")
    parser.add_argument("--seed", type=int, help="order of the faults; random by default")
    parser.add_argument(
        "--keep", action="store_true", help="keep the logs of all processes and print their directory"
    )
    arguments = parser.parse_args()
    seed = random.randrange(2**31) if arguments.seed is None else arguments.seed
    console = Console()
    with ExitStack() as stack:
        try:
            kind = BROKERS[arguments.broker]
            broker = stack.enter_context(kind()) if kind is not None else None
        except (pytest.skip.Exception, pytest.fail.Exception) as exc:
            parser.exit(2, f"{exc.msg}. Without that broker: make chaos CHAOS='--broker postgres'\n")
        data_dir = stack.enter_context(temporary_data_dir(fastest_parent()))
        directory = Path(tempfile.mkdtemp(prefix="chowda-chaos-"))
        if not arguments.keep:
            stack.callback(shutil.rmtree, directory, ignore_errors=True)
        with EmbeddedPostgres(data_dir) as server:
            migrate(Settings(database_url=server.dsn))
        status = stack.enter_context(console.status(f"faults for {arguments.seconds:g} s, seed {seed}"))
        outcome = run_chaos(
            data_dir,
            directory,
            arguments.seconds,
            seed,
            broker,
            lambda line: status.update(f"seed {seed}: {line}"),
        )
        status.stop()
    print_outcome(console, outcome, seed)
    if arguments.keep:
        console.print(f"Logs: {directory}")
    return 0 if outcome.findings.ok and not outcome.unfinished else 1


def print_outcome(console: Console, outcome: Outcome, seed: int) -> None:
    findings = outcome.findings
    faults = Table("Fault", "Count", title=f"Chaos, seed {seed}")
    for name, times in sorted(outcome.faults.items()):
        faults.add_row(name, str(times))
    faults.add_section()
    faults.add_row("all", str(outcome.faults.total()))
    console.print(faults)
    actions = Table("User action", "Count")
    for name, times in sorted(outcome.actions.items()):
        actions.add_row(name, str(times))
    console.print(actions)
    attempts = ", ".join(f"{code} {times}" for code, times in findings.codes.most_common())
    results = Table("Result", "Count", title="Results")
    for label, number in (
        ("steps", findings.steps),
        (f"attempts ({attempts})", findings.attempts),
        ("results", findings.results),
        ("connections of the subscriber", outcome.connections),
        ("silent connections of the subscriber", outcome.silences),
        ("lost", findings.lost),
        ("duplicated", findings.duplicated),
        ("stuck", findings.stuck),
        ("missed by the subscriber", findings.missed),
        ("files canceled by the user", findings.canceled),
        ("files wrongly canceled or continued", findings.wrongly_canceled),
    ):
        results.add_row(label, f"{number:,}")
    console.print(results)


if __name__ == "__main__":
    sys.exit(main())
