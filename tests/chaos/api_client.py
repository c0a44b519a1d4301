"""A GraphQL client for APIs that may be dead, frozen or without a database at any time."""

from __future__ import annotations

import random
from typing import Any

import httpx
from cluster import Api, Cluster, eventually

TIMEOUT_SECONDS = 5.0


class NoAnswer(Exception):
    """No API answered. The operation may have been executed, or may still be."""


class Refused(Exception):
    """The API rejected the operation."""


class ApiClient:
    def __init__(self, cluster: Cluster, rng: random.Random) -> None:
        self._cluster = cluster
        self._rng = rng

    def execute_until_answered(self, query: str, timeout_seconds: float = 120, **variables: Any) -> Any:
        """Repeat `execute` until an API answers. Raises AssertionError after the timeout."""

        def execute() -> Any:
            try:
                return self.execute(query, **variables)
            except NoAnswer:
                return None

        return eventually(execute, "an answer of the API", timeout_seconds)

    def execute(self, query: str, **variables: Any) -> Any:
        """Return the only field of the query, from the first API that answers. Raises NoAnswer, Refused."""
        failure = NoAnswer()
        for api in self._cluster.apis:
            try:
                return _execute(api, query, variables)
            except NoAnswer as exc:
                failure = exc
        raise failure

    def execute_once(self, query: str, **variables: Any) -> Any:
        """Send it to a single API, for operations that must not be repeated."""
        return _execute(self._rng.choice(self._cluster.apis), query, variables)


def _execute(api: Api, query: str, variables: dict[str, Any]) -> Any:
    try:
        answer = httpx.post(
            f"{api.url}/graphql", json={"query": query, "variables": variables}, timeout=TIMEOUT_SECONDS
        ).json()
    except (httpx.HTTPError, ValueError) as exc:
        raise NoAnswer(type(exc).__name__) from exc
    if answer.get("errors"):
        [error] = answer["errors"]
        error_type = NoAnswer if error["extensions"]["code"] == "INTERNAL" else Refused
        raise error_type(error["message"])
    return next(iter(answer["data"].values()))
