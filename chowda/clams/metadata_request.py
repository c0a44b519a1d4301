"""Requests an app's metadata from its endpoint."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from chowda.clams import http_client
from chowda.clams.endpoint import check_endpoint, display_endpoint
from chowda.clams.http_client import failure_reason, redirect_target
from chowda.clams.metadata import AppMetadata, read_metadata
from chowda.clams.response_body import BodyEndedEarly, UnknownEncoding, body_chunks
from chowda.errors import AppUnreachable, BadUserInput

METADATA_LIMIT_BYTES = 4 * 1024**2


async def fetch_metadata(endpoint: str, *, timeout: float = 30.0) -> tuple[AppMetadata, dict[str, Any]]:
    """Return the metadata of the app at this endpoint, parsed and as the app sent it.

    Raises BadUserInput if the endpoint is not valid or the answer is not the metadata of a CLAMS app, and
    AppUnreachable if there is no answer within `timeout` seconds or one with an error status.
    """
    endpoint = check_endpoint(endpoint)
    name = display_endpoint(endpoint)
    try:
        async with (
            asyncio.timeout(timeout),
            http_client.exchange("GET", endpoint, {"Accept": "application/json"}) as response,
        ):
            _check_status(response, name)
            content = await _read_limited(response, name)
    except TimeoutError:
        raise AppUnreachable(
            f"{name} did not answer within {timeout:g} s. Is the app running, and is the address right?"
        ) from None
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError) as exc:
        raise AppUnreachable(
            f"{name} can't be reached: {failure_reason(exc)}. Is the app running, and is the address right?"
        ) from exc
    except (httpx.TransportError, UnknownEncoding, BodyEndedEarly) as exc:
        raise AppUnreachable(
            f"{name} accepted the connection, but sent no valid HTTP answer: {failure_reason(exc)}."
        ) from exc
    try:
        return read_metadata(content)
    except BadUserInput as exc:
        raise BadUserInput(f"{name} does not answer as a CLAMS app. {exc.message}") from None


def _check_status(response: httpx.Response, name: str) -> None:
    if response.has_redirect_location:
        raise AppUnreachable(
            f"{name} redirects to {redirect_target(response)}, which is not followed. Register that address."
        )
    if not response.is_success:
        raise AppUnreachable(
            f"{name} answered {response.status_code} {response.reason_phrase}".rstrip()
            + " to the request for its metadata."
        )


async def _read_limited(response: httpx.Response, name: str) -> bytes:
    content = bytearray()
    async for chunk in body_chunks(response):
        content += chunk
        if len(content) > METADATA_LIMIT_BYTES:
            raise BadUserInput(
                f"{name} does not answer as a CLAMS app: its metadata is larger than "
                f"{METADATA_LIMIT_BYTES // 1024**2} MB."
            )
    return bytes(content)
