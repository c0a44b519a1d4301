"""`chowda events`: who did what."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chowda.cli.command import asks
from chowda.cli.options import Listing, Period
from chowda.cli.output import Column, console, text, visible, write_csv, write_json, write_list
from chowda.errors import BadUserInput

if TYPE_CHECKING:
    from rich.text import Text

    from chowda.client import Chowda, Event

INTERRUPTED = 130


@asks
def events(
    chowda: Chowda,
    period: Period,
    listing: Listing,
    actor: Annotated[str | None, typer.Option(help="Whose account did it.")] = None,
    action: Annotated[str | None, typer.Option(help="What was done, e.g. cancelBatchRun.")] = None,
    subject: Annotated[str | None, typer.Option(metavar="ID", help="On what: an ID or a GUID.")] = None,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Then show what people do, as they do it, until Ctrl-C.")
    ] = False,
) -> None:
    """List who did what, when and on what, newest first.

    With --follow the oldest comes first, and --json is an object a line.

    Example: chowda events --action cancelBatchRun --since 2026-01-31 --follow
    """
    found = chowda.events(actor=actor, action=action, subject=subject, since=period.since, until=period.until)
    if not follow:
        write_list(found, _columns(), listing, "Nobody has done anything of the kind.")
        return
    if period.until is not None or listing.everything:
        raise BadUserInput("--follow goes on from now: without --until and --all.")
    cursor = chowda.events_cursor()
    shown = found.first(listing.limit)
    _write(list(reversed(shown)), listing, header=True)
    try:
        for page in chowda.watch_events(after=cursor):
            new = [
                event
                for event in page.events
                if actor in {None, event.actor}
                and action in {None, event.action}
                and subject in {None, event.subject_id}
            ]
            _write(new, listing, header=False)
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None


def _write(events: Sequence[Event], listing: Listing, *, header: bool) -> None:
    if listing.as_json:
        for event in events:
            write_json(event)
    elif listing.as_csv:
        write_csv(events, _columns(), header=header)
        sys.stdout.flush()
    else:
        for event in events:
            console().print(_line(event), soft_wrap=True)


def _line(event: Event) -> Text:
    from rich.text import Text

    return Text.assemble(
        (f"{event.at.astimezone():%Y-%m-%d %H:%M:%S}  ", "dim"),
        f"{visible(event.actor_claim or event.actor)}  ",
        (event.action, "bold"),
        *(f"  {visible(words)}" for words in (event.subject_id, event.subject_name) if words),
        (f"  {visible(_told(event.details))}", "dim"),
    )


def _told(details: Any) -> str:
    """As an object of JSON, without its braces."""
    return json.dumps(details, ensure_ascii=False).removeprefix("{").removesuffix("}")


def _columns() -> list[Column[Event]]:
    return [
        Column("at", lambda event: event.at),
        Column("actor", lambda event: event.actor),
        Column("claim", lambda event: event.actor_claim, least=100),
        Column("action", lambda event: event.action),
        Column("kind", lambda event: event.subject_kind, least=120),
        Column("subject", lambda event: event.subject_id),
        Column("name", lambda event: event.subject_name, wide=True),
        Column(
            "details",
            lambda event: json.dumps(event.details),
            lambda event: text(_told(event.details)),
            wide=True,
            least=100,
        ),
    ]
