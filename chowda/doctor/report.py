"""`chowda doctor`: the examination of the database that the settings name, told on a terminal or as JSON."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from chowda.config import Settings
from chowda.db.database import Database
from chowda.db.migrate import head_revision
from chowda.doctor.check import Terms
from chowda.doctor.examination import Examination, Finding, find_lost_bytes
from chowda.doctor.leases_and_slots import ALL_CHECKS
from chowda.errors import StepFailure
from chowda.models import Restore
from chowda.standalone.embedded_postgres import running_dsn
from chowda.storage.mmif_store import MmifStore

MENDED = {check.name: check.mended for check in ALL_CHECKS}
SHOWN = 20
MOMENT_POLLS = 2
"So many slow looks of the workers are waited for before something is held to be off."


class Bars:
    """A bar per table that is gone through; on a terminal alone."""

    def __init__(self) -> None:
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed:,.0f} of {task.total:,.0f}"),
            console=Console(stderr=True),
            transient=True,
            disable=not Console(stderr=True).is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Bars:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def show(self, what: str, done: int, total: int) -> None:
        if what not in self._tasks:
            self._tasks[what] = self._bars.add_task(what, total=total)
        self._bars.update(self._tasks[what], completed=done, total=total)


def run(
    settings: Settings,
    *,
    fix: bool,
    read_bytes: bool,
    restored: bool,
    write_json: Callable[[object], None] | None,
) -> int:
    """The exit status: 0 if all is well, or is well now. Raises ConfigurationError where nothing can be examined.

    `write_json`: writes the findings as JSON; without it they are printed for a person.
    """
    database_url = settings.database_url or running_dsn(settings.data_dir)
    store = MmifStore.from_url(settings.store_url)
    with Bars() as bars:
        findings = asyncio.run(_examine(settings, database_url, store, fix, read_bytes, restored, bars))
    left = [finding for finding in findings if finding.is_left]
    if write_json is not None:
        write_json({"healthy": not left, "findings": findings})
    else:
        if restored:
            typer.echo("Noted as restored: whoever follows a run begins anew with how it stands.")
        for line in lines(findings, fix):
            typer.echo(line)
    return 1 if left else 0


async def _examine(
    settings: Settings,
    database_url: str,
    store: MmifStore,
    fix: bool,
    read_bytes: bool,
    restored: bool,
    bars: Bars,
) -> list[Finding]:
    database = Database(database_url, name="chowda-doctor", pool_size=2)
    try:
        examination = Examination(database, Terms(settings.lease_seconds), progress=bars.show)
        await examination.require_revision(head_revision())
        if restored:
            async with database.session() as session:
                session.add(Restore())
        found = await examination.find(MOMENT_POLLS * settings.poll_seconds)
        findings = examination.findings(found)
        if fix and found:
            still = await examination.mend(found)
            for finding in findings:
                if finding.mendable:
                    finding.mended = finding.count - len(still[finding.check])
        findings += await _stored(database, store, read_bytes, bars)
    finally:
        await database.close()
    return findings


async def _stored(database: Database, store: MmifStore, read_bytes: bool, bars: Bars) -> list[Finding]:
    try:
        lost = await find_lost_bytes(database, store, read_bytes, bars.show)
    except StepFailure as exc:
        return [
            Finding(
                "no-store",
                "MMIF store that does not answer",
                1,
                [],
                False,
                f"{exc.message} See to that first.",
            )
        ]
    return [lost] if lost is not None else []


def lines(findings: list[Finding], fix: bool) -> list[str]:
    """The findings for a person."""
    if not findings:
        return ["All is well."]
    told = []
    for finding in findings:
        told.append(f"{finding.what[0].upper()}{finding.what[1:]}: {finding.count:,}")
        told += [f"  {row.id}: {row.says}" for row in finding.rows[:SHOWN]]
        if finding.count > SHOWN:
            told.append(f"  … and {finding.count - SHOWN:,} more; --json has them all")
        if finding.mended:
            told.append(f"  -> {finding.mended:,} {MENDED[finding.check]}.")
        if fix and finding.mendable and finding.is_left:
            told.append(
                "  -> The others could not be mended just now, or wait for a worker. Try again in a minute."
            )
        elif not finding.mendable:
            told.append(f"  -> It can't be mended from here. {finding.advice}")
    if not fix and any(finding.mendable for finding in findings):
        told.append("`chowda doctor --fix` mends what can be mended.")
    return told
