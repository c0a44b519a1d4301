"""The HTTP routes: GraphQL's endpoint, and what stands beside it."""

from chowda.routes import health, media_import, metrics, mmif, mmif_upload, mmif_zips, web_client

routers = (
    health.router,
    media_import.router,
    metrics.router,
    mmif.router,
    mmif_upload.router,
    mmif_zips.router,
    web_client.router,
)

__all__ = ["routers"]
