"""`chowda events`: the audit log."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chowda.cli.command import DEFAULT_URL, INTERRUPTED, Url, connect, option_groups
from chowda.cli.options import ListOptions, Period
from chowda.cli.output import Column, cell, console, printable, write_csv, write_json, write_list
from chowda.errors import BadUserInput

if TYPE_CHECKING:
    from rich.text import Text

    from chowda.client import Event


@option_groups
def events(
    period: Period,
    options: ListOptions,
    actor: Annotated[str | None, typer.Option(help="Events of this account.")] = None,
    action: Annotated[str | None, typer.Option(help="Events of this action, e.g. cancelBatchRun.")] = None,
    subject: Annotated[
        str | None, typer.Option(metavar="ID", help="Events about this item (ID or GUID).")
    ] = None,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Keep showing new events until Ctrl-C.")
    ] = False,
    url: Url = DEFAULT_URL,
) -> None:
    """List events, newest first: who did what, when, and to which item.

    With --follow the oldest event comes first, and --json writes one object per line.

    Example: chowda events --action cancelBatchRun --since 2026-01-31 --follow
    """
    with connect(url) as chowda:
        past = chowda.events(
            actor=actor, action=action, subject=subject, since=period.since, until=period.until
        )
        if not follow:
            write_list(past, _columns(), options, "No events found.")
            return
        if period.until is not None or options.everything:
            raise BadUserInput("--follow can't be combined with --until or --all.")
        cursor = chowda.events_cursor()
        newest = past.first(options.limit)
        _write(list(reversed(newest)), options, header=True)
        try:
            for page in chowda.watch_events(after=cursor):
                new = [
                    event
                    for event in page.events
                    if actor in {None, event.actor}
                    and action in {None, event.action}
                    and subject in {None, event.subject_id}
                ]
                _write(new, options, header=False)
        except KeyboardInterrupt:
            raise typer.Exit(INTERRUPTED) from None


def _write(events: Sequence[Event], options: ListOptions, *, header: bool) -> None:
    if options.as_json:
        for event in events:
            write_json(event)
    elif options.as_csv:
        write_csv(events, _columns(), header=header)
        sys.stdout.flush()
    else:
        for event in events:
            console().print(_line(event), soft_wrap=True)


def _line(event: Event) -> Text:
    from rich.text import Text

    return Text.assemble(
        (f"{event.at.astimezone():%Y-%m-%d %H:%M:%S}  ", "dim"),
        f"{printable(event.actor_claim or event.actor)}  ",
        (event.action, "bold"),
        *(f"  {printable(text)}" for text in (event.subject_id, event.subject_name) if text),
        (f"  {printable(_details_text(event.details))}", "dim"),
    )


def _details_text(details: Any) -> str:
    """A JSON object without its braces."""
    return json.dumps(details, ensure_ascii=False).removeprefix("{").removesuffix("}")


def _columns() -> list[Column[Event]]:
    return [
        Column("at", lambda event: event.at),
        Column("actor", lambda event: event.actor),
        Column("claim", lambda event: event.actor_claim, min_width=100),
        Column("action", lambda event: event.action),
        Column("kind", lambda event: event.subject_kind, min_width=120),
        Column("subject", lambda event: event.subject_id),
        Column("name", lambda event: event.subject_name, wide=True),
        Column(
            "details",
            lambda event: json.dumps(event.details),
            lambda event: cell(_details_text(event.details)),
            wide=True,
            min_width=100,
        ),
    ]
