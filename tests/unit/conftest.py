"""Fixtures of the unit tests: a server that says what a test has written down."""

from __future__ import annotations

from scripted_server import server, session_server

__all__ = ["server", "session_server"]
