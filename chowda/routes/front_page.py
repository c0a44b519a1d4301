"""GET /: what this is and where everything lies. The page needs nothing from anywhere else."""

from __future__ import annotations

from html import escape
from importlib.metadata import version

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from chowda.routes.services import public_address

router = APIRouter()

ADDRESSES = (
    (
        "/graphql",
        "GraphQL: POST and GET; subscriptions over WebSocket (graphql-transport-ws) or multipart HTTP",
    ),
    ("/mmif/ID", "GET: a MMIF document, as JSON"),
    ("/mmif?guid=GUID", "POST: a MMIF made elsewhere becomes the newest of that media file"),
    ("/batch-runs/ID/mmif.zip", "GET: the newest MMIF of each file of a batch run"),
    ("/batches/ID/mmif.zip", "GET: the newest MMIF that apps made of each file of a batch"),
    ("/mmif.zip?batch=ID&mmif=ID", "GET: the same of several batches, and chosen MMIFs"),
    ("/media-files/import", "POST: media files as CSV or JSON Lines"),
    ("/healthz", "Whether the API process lives"),
    ("/readyz", "Whether it can work: database, MMIF store, change feed"),
    ("/metrics", "Numbers for Prometheus"),
)

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Chowda</title>
<style>
:root {{ color-scheme: light dark }}
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 46rem; margin: 3rem auto; padding: 0 1rem }}
code {{ font-family: ui-monospace, monospace; overflow-wrap: anywhere }}
dt {{ margin-top: .8rem }}
dd {{ margin: 0 }}
</style>
</head>
<body>
<main>
<h1>Chowda</h1>
<p>Chowda runs batches of media files through pipelines of CLAMS apps and shows everyone, live, how far each
has come. This is version {version}; its API is at <code>{address}</code>.</p>
<dl>
{addresses}
</dl>
<p>From a terminal: <code>chowda --help</code>.</p>
</main>
</body>
</html>
"""
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


@router.get("/")
async def front_page(request: Request) -> HTMLResponse:
    addresses = "\n".join(
        f"<dt><code>{escape(path)}</code></dt><dd>{escape(about)}</dd>" for path, about in ADDRESSES
    )
    page = PAGE.format(
        version=escape(version("chowda")), address=escape(public_address(request)), addresses=addresses
    )
    return HTMLResponse(page, headers={"Content-Security-Policy": POLICY})
