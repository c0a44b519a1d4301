"""The endpoint of an app: the URL at which it answers."""

from __future__ import annotations

from urllib.parse import urlsplit

import httpx

from chowda.errors import BadUserInput


def check_endpoint(endpoint: str) -> str:
    """Return the endpoint in normal form: host in lower case, no default port, no slash after the host.

    A slash at the end of a path stays, because a proxy may serve different things at /ocr and /ocr/.
    Raises BadUserInput for anything but an http or https URL without credentials.
    """
    try:
        url = httpx.URL(endpoint.strip())
        host, port = url.host, urlsplit(endpoint.strip()).port
    except (httpx.InvalidURL, ValueError):
        raise BadUserInput("The endpoint is not a URL. Example: http://host:5000.") from None
    if url.userinfo:
        raise BadUserInput(
            f"The endpoint at {host} contains a user name or password, which every user would see. "
            "Remove it, and make the app available without a login."
        )
    if url.scheme not in ("http", "https") or not host or port == 0:
        raise BadUserInput(
            f"The endpoint {display_endpoint(endpoint)!r} is not an http or https URL with a host."
        )
    if url.fragment:
        raise BadUserInput(f"The endpoint {display_endpoint(endpoint)!r} has a fragment (#…). Remove it.")
    return str(url).rstrip("/") if url.raw_path == b"/" else str(url)


def display_endpoint(endpoint: str) -> str:
    """Return the endpoint for a message: without credentials and query."""
    parts = urlsplit(endpoint)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"[:300]
