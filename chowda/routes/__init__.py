"""The HTTP routes: GraphQL's endpoint, and what stands beside it."""

from chowda.routes import front_page, health, metrics, mmif, mmif_upload

routers = (front_page.router, health.router, metrics.router, mmif.router, mmif_upload.router)

__all__ = ["routers"]
