"""Fixtures of the unit tests: a server that says what a test has written down."""

from __future__ import annotations

from scripted_server import scripted_of_session, server

__all__ = ["scripted_of_session", "server"]
