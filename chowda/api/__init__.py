"""The HTTP API: the FastAPI app, its server and its endpoints."""
