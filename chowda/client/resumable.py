"""Subscriptions that go on over lost connections, without missing or repeating anything."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Any, TypeVar

from chowda.client.errors import BadUserInput, LimitExceeded, ServerFailed, ServerUnreachable
from chowda.client.operation import Operation, read
from chowda.client.session import Session

T = TypeVar("T")

SILENCE_SECONDS = 60
"A feed sends a page every 20 s, if need be an empty one."
BACKOFF_SECONDS = (0.5, 1, 2, 4, 5)

log = logging.getLogger(__name__)


def log_lost(reason: str) -> None:
    log.warning("The connection is lost, and tried again: %s", reason)


async def resumed(
    session: Session,
    operation: Operation[T],
    variables: Mapping[str, Any],
    on_lost: Callable[[str], object] = log_lost,
    *,
    patient: bool = False,
) -> AsyncGenerator[T]:
    """The events of a subscription until the server has completed it.

    When the connection breaks (`on_lost` is told why) it is made anew, at last every five seconds: a feed, which
    takes a cursor, goes on after the last page that was taken, and everything else begins with the present state. A
    cursor that the server can no longer read, because its database is another one than before, is given up for
    none. Raises what trying again can't help, and before the first event whatever goes wrong, unless it is `patient`.
    """
    asked = dict(variables)
    is_feed = "after" in asked
    heard = patient
    tries = 0
    while True:
        try:
            async with contextlib.aclosing(session.subscribe(operation, asked)) as events:
                while True:
                    try:
                        async with asyncio.timeout(SILENCE_SECONDS if is_feed else None):
                            data = await anext(events, None)
                    except TimeoutError as exc:
                        raise ServerUnreachable(
                            f"The server has been silent for {SILENCE_SECONDS} s."
                        ) from exc
                    if data is None:
                        return
                    event = read(operation.kind, operation.found(data, variables))
                    heard, tries = True, 0
                    yield event
                    if is_feed:
                        asked["after"] = event.cursor
        except (ServerUnreachable, ServerFailed, LimitExceeded) as exc:
            if not heard:
                raise
            reason = exc.reason if isinstance(exc, ServerUnreachable) else exc.message
        except BadUserInput as exc:
            if not heard or asked.get("after") is None:
                raise
            asked["after"] = None
            reason = exc.message
        on_lost(reason)
        await asyncio.sleep(BACKOFF_SECONDS[min(tries, len(BACKOFF_SECONDS) - 1)])
        tries += 1
