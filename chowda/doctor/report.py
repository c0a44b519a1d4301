"""The report of `chowda doctor`, as text or JSON."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from chowda.config import Settings
from chowda.db.database import Database
from chowda.db.migrate import head_revision
from chowda.doctor.check import Thresholds
from chowda.doctor.examination import Examination, Finding, find_lost_bytes
from chowda.doctor.leases_and_slots import ALL_CHECKS
from chowda.errors import StepFailure
from chowda.models import Restore
from chowda.standalone.embedded_postgres import running_dsn
from chowda.storage.mmif_store import MmifStore

FIXED = {check.name: check.fixed for check in ALL_CHECKS}
SHOWN_ROWS = 20
PAUSE_POLLS = 2
"The pause between the two examinations, in poll intervals of the workers."


class ProgressBars:
    """A progress bar for each table that is scanned, if stderr is a terminal."""

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

    def __enter__(self) -> ProgressBars:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def show(self, name: str, done: int, total: int) -> None:
        if name not in self._tasks:
            self._tasks[name] = self._bars.add_task(name, total=total)
        self._bars.update(self._tasks[name], completed=done, total=total)


def run(
    settings: Settings,
    *,
    fix: bool,
    read_bytes: bool,
    restored: bool,
    write_json: Callable[[object], None] | None,
) -> int:
    """Examines the database and the store. Returns the exit status: 0 if no problem remains.

    `write_json` writes the findings as JSON; without it they are printed as text. Raises ConfigurationError if the
    database can't be examined.
    """
    database_url = settings.database_url or running_dsn(settings.data_dir)
    store = MmifStore.from_url(settings.store_url)
    with ProgressBars() as bars:
        findings = asyncio.run(_examine(settings, database_url, store, fix, read_bytes, restored, bars))
    remaining = [finding for finding in findings if finding.remains]
    if write_json is not None:
        write_json({"healthy": not remaining, "findings": findings})
    else:
        if restored:
            typer.echo("Restore recorded. Subscribers start again with the current state.")
        for line in lines(findings, fix):
            typer.echo(line)
    return 1 if remaining else 0


async def _examine(
    settings: Settings,
    database_url: str,
    store: MmifStore,
    fix: bool,
    read_bytes: bool,
    restored: bool,
    bars: ProgressBars,
) -> list[Finding]:
    database = Database(database_url, name="chowda-doctor", pool_size=2)
    try:
        examination = Examination(database, Thresholds(settings.lease_seconds), progress=bars.show)
        await examination.require_revision(head_revision())
        if restored:
            async with database.session() as session:
                session.add(Restore())
        found = await examination.find(PAUSE_POLLS * settings.poll_seconds)
        findings = examination.findings(found)
        if fix and found:
            remaining = await examination.fix(found)
            for finding in findings:
                if finding.fixable:
                    finding.fixed = finding.count - len(remaining[finding.check])
        findings += await _examine_store(database, store, read_bytes, bars)
    finally:
        await database.close()
    return findings


async def _examine_store(
    database: Database, store: MmifStore, read_bytes: bool, bars: ProgressBars
) -> list[Finding]:
    try:
        lost = await find_lost_bytes(database, store, read_bytes, bars.show)
    except StepFailure as exc:
        return [
            Finding(
                check="no-store",
                description="MMIF store that does not respond",
                count=1,
                rows=[],
                fixable=False,
                advice=f"{exc.message} Fix this first.",
            )
        ]
    return [lost] if lost is not None else []


def lines(findings: list[Finding], fix: bool) -> list[str]:
    """The findings as text."""
    if not findings:
        return ["No problems found."]
    text = []
    for finding in findings:
        text.append(f"{finding.description[0].upper()}{finding.description[1:]}: {finding.count:,}")
        text += [f"  {row.id}: {row.detail}" for row in finding.rows[:SHOWN_ROWS]]
        if finding.count > SHOWN_ROWS:
            text.append(f"  … and {finding.count - SHOWN_ROWS:,} more. Use --json to list them all.")
        if finding.fixed:
            text.append(f"  -> {finding.fixed:,} {FIXED[finding.check]}.")
        if fix and finding.fixable and finding.remains:
            text.append(
                "  -> The others could not be fixed yet, or wait for a worker. Try again in a minute."
            )
        elif not finding.fixable:
            text.append(f"  -> It can't be fixed automatically. {finding.advice}")
    if not fix and any(finding.fixable for finding in findings):
        text.append("`chowda doctor --fix` fixes what can be fixed automatically.")
    return text
