"""Subscriptions that reconnect after a lost connection, without losing or repeating an event."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Any, TypeVar

from chowda.client.errors import BadUserInput, LimitExceeded, ServerFailed, ServerUnreachable
from chowda.client.operation import Operation, decode
from chowda.client.session import Session

T = TypeVar("T")

SILENCE_SECONDS = 60
"The server sends a page of a feed at least every 20 s, if need be an empty one."
BACKOFF_SECONDS = (0.5, 1, 2, 4, 5)
"The last pause repeats."

log = logging.getLogger(__name__)


def log_lost(reason: str) -> None:
    log.warning("Connection lost, reconnecting: %s", reason)


async def resumable_subscription(
    session: Session,
    operation: Operation[T],
    variables: Mapping[str, Any],
    on_lost: Callable[[str], object] = log_lost,
    *,
    retry_first: bool = False,
) -> AsyncGenerator[T]:
    """The events of a subscription until the server completes it.

    Reconnects when the connection breaks, after it calls `on_lost` with the reason. A feed, which takes a cursor
    (`after`), continues after the last page that was consumed; any other subscription starts with the current state.
    A cursor that the server no longer accepts, because its database was replaced, is dropped.

    Raises errors that reconnecting can't fix. Before the first event it raises all errors, unless `retry_first`.
    """
    variables = dict(variables)
    is_feed = "after" in variables
    retries = retry_first
    attempts = 0
    while True:
        try:
            async with contextlib.aclosing(session.subscribe(operation, variables)) as events:
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
                    event = decode(operation.result_type, operation.extract(data, variables))
                    retries, attempts = True, 0
                    yield event
                    if is_feed:
                        variables["after"] = event.cursor
        except (ServerUnreachable, ServerFailed, LimitExceeded) as exc:
            if not retries:
                raise
            reason = exc.reason if isinstance(exc, ServerUnreachable) else exc.message
        except BadUserInput as exc:
            if not retries or variables.get("after") is None:
                raise
            variables["after"] = None
            reason = exc.message
        on_lost(reason)
        await asyncio.sleep(BACKOFF_SECONDS[min(attempts, len(BACKOFF_SECONDS) - 1)])
        attempts += 1
