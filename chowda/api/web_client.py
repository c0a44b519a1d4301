"""The web client that was built into this package: its pages, their assets, and the playground.

A browser that opens a path without a route gets the client's page, which shows what is at that address. So a
reload works on every page.
"""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, Request
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

WEB = Path(__file__).parents[1] / "web"

NOT_BUILT = (
    "This installation of Chowda has no web client. Run `make web` in its checkout, or install a wheel that was "
    "built without CHOWDA_WEB_CLIENT=off. GraphQL answers at /graphql.\n"
)

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "font-src": "'self'",
    "img-src": "'self'",
    "connect-src": "'self'",
    "worker-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
}
PLAYGROUND_POLICY = POLICY | {"style-src": "'self' 'unsafe-inline'", "font-src": "'self' data:"}
"""GraphiQL's editor creates style elements while it runs, and its styles embed fonts. So the playground is a
separate document."""

MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
    ".woff2": "font/woff2",
}
COMPRESSED = (("br", ".br"), ("gzip", ".gz"))
"The variants that the build writes beside a file, the smallest first."

REVALIDATED = "no-cache"
IMMUTABLE = "public, max-age=31536000, immutable"
"For files whose name contains a hash of their content."

router = APIRouter()


def asks_for_page(connection: HTTPConnection) -> bool:
    """Whether a browser opens this URL as a page."""
    return connection.scope.get("method") in {"GET", "HEAD"} and "text/html" in connection.headers.get(
        "accept", ""
    )


@router.api_route("/", methods=["GET", "HEAD"])
async def front_page(request: Request) -> Response:
    return page(request.scope, "index.html", POLICY)


@router.api_route("/favicon.svg", methods=["GET", "HEAD"])
async def favicon(request: Request) -> Response:
    return _file(request.scope, "favicon.svg", {"Cache-Control": REVALIDATED})


@router.api_route("/assets/{name}", methods=["GET", "HEAD"])
async def asset(request: Request, name: str) -> Response:
    # The policy of a worker is that of its script, not that of the page.
    return _file(
        request.scope,
        f"assets/{name}",
        {"Cache-Control": IMMUTABLE, "Content-Security-Policy": _header(POLICY)},
    )


async def elsewhere(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers every path without a route."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close"})
        return
    if not asks_for_page(HTTPConnection(scope)):
        raise HTTPException(404)
    await page(scope, "index.html", POLICY)(scope, receive, send)


def playground(scope: Scope) -> Response:
    return page(scope, "playground.html", PLAYGROUND_POLICY)


def page(scope: Scope, name: str, policy: dict[str, str]) -> Response:
    if not (WEB / name).is_file():
        return PlainTextResponse(NOT_BUILT, 404)
    return _file(scope, name, {"Cache-Control": REVALIDATED, "Content-Security-Policy": _header(policy)})


def _file(scope: Scope, name: str, headers: dict[str, str]) -> Response:
    """The file in the smallest encoding that the client accepts."""
    path = WEB / name
    media_type = MEDIA_TYPES.get(path.suffix)
    if media_type is None or not path.is_file():
        raise HTTPException(404)
    headers = headers | {"Vary": "Accept-Encoding", "Accept-Ranges": "none"}
    request = Headers(scope=scope)
    accepted = {coding.partition(";")[0].strip() for coding in request.get("accept-encoding", "").split(",")}
    for coding, suffix in COMPRESSED:
        compressed = path.with_name(path.name + suffix)
        if coding in accepted and compressed.is_file():
            path, headers = compressed, headers | {"Content-Encoding": coding}
            break
    response = WholeFile(path, headers=headers, media_type=media_type, stat_result=path.stat())
    if response.headers["etag"] in request.get("if-none-match", ""):
        return Response(status_code=304, headers={**headers, "ETag": response.headers["etag"]})
    return response


class WholeFile(FileResponse):
    """Ignores Range: Starlette would refuse a malformed one with a message of its own."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(name, value) for name, value in scope["headers"] if name != b"range"]
        await super().__call__({**scope, "headers": headers}, receive, send)


def _header(policy: dict[str, str]) -> str:
    return "; ".join(f"{name} {sources}" for name, sources in policy.items())
