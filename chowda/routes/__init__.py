"""The HTTP routes: GraphQL's endpoint, and what stands beside it."""

from chowda.routes import front_page, health, media_import, metrics, mmif, mmif_upload, mmif_zips

routers = (
    front_page.router,
    health.router,
    media_import.router,
    metrics.router,
    mmif.router,
    mmif_upload.router,
    mmif_zips.router,
)

__all__ = ["routers"]
