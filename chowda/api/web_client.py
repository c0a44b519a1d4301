"""The web client, as it was built into this package: its pages, what they load, and the playground.

A path that nothing else answers is one of the client's own if a browser asks for a page there: the client shows what
is at that address, also after a reload.
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
    "The web client was left out when this Chowda was installed: run `make web` in its checkout, or install a wheel "
    "that was built without CHOWDA_WEB_CLIENT=off. GraphQL answers at /graphql.\n"
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
"""GraphiQL's editor makes style elements while it runs, and its styles hold their fonts. So the playground is a
document of its own."""

MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
    ".woff2": "font/woff2",
}
COMPRESSED = (("br", ".br"), ("gzip", ".gz"))
"As the build leaves them beside a file, the smallest first."

REVALIDATED = "no-cache"
IMMUTABLE = "public, max-age=31536000, immutable"
"The name of such a file holds a hash of what is in it."

router = APIRouter()


def asks_for_page(connection: HTTPConnection) -> bool:
    """It is a browser that opens an address."""
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
    # A worker is held by the policy that its script comes with, not by that of the page.
    return _file(
        request.scope,
        f"assets/{name}",
        {"Cache-Control": IMMUTABLE, "Content-Security-Policy": _written(POLICY)},
    )


async def elsewhere(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers what no route takes."""
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
    return _file(scope, name, {"Cache-Control": REVALIDATED, "Content-Security-Policy": _written(policy)})


def _file(scope: Scope, name: str, headers: dict[str, str]) -> Response:
    """The file in the smallest form that the client takes."""
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
    """Not in ranges, whatever is asked for: a wrong wish for one would be refused in another's words."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(name, value) for name, value in scope["headers"] if name != b"range"]
        await super().__call__({**scope, "headers": headers}, receive, send)


def _written(policy: dict[str, str]) -> str:
    return "; ".join(f"{name} {sources}" for name, sources in policy.items())
