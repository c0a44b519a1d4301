"""How the load of a chaos run asks APIs of which any may be dead, frozen or without its database."""

from __future__ import annotations

import random
from typing import Any

import httpx
from cluster import Api, Chowda, eventually

LONGEST_SECONDS = 5.0


class Unanswered(Exception):
    """No answer came: nothing is known of what was asked, and it may still be done."""


class Refused(Exception):
    """The answer is no, and the reason is what is asked."""


class Asking:
    def __init__(self, chowda: Chowda, chance: random.Random) -> None:
        self._chowda = chowda
        self._chance = chance

    def surely(self, query: str, patience_seconds: float = 120, **variables: Any) -> Any:
        """Asks until there is an answer."""

        def ask() -> Any:
            try:
                return self.ask(query, **variables)
            except Unanswered:
                return None

        return eventually(ask, "an answer of the API", patience_seconds)

    def ask(self, query: str, **variables: Any) -> Any:
        """The one field that is asked for, of the first API that gives it. Raises Unanswered, Refused."""
        told = Unanswered()
        for api in self._chowda.apis:
            try:
                return _ask(api, query, variables)
            except Unanswered as exc:
                told = exc
        raise told

    def ask_once(self, query: str, **variables: Any) -> Any:
        """The same of one API alone, for what may not be done twice."""
        return _ask(self._chance.choice(self._chowda.apis), query, variables)


def _ask(api: Api, query: str, variables: dict[str, Any]) -> Any:
    try:
        answer = httpx.post(
            f"{api.url}/graphql", json={"query": query, "variables": variables}, timeout=LONGEST_SECONDS
        ).json()
    except (httpx.HTTPError, ValueError) as exc:
        raise Unanswered(type(exc).__name__) from exc
    if answer.get("errors"):
        [error] = answer["errors"]
        told = Unanswered if error["extensions"]["code"] == "INTERNAL" else Refused
        raise told(error["message"])
    return next(iter(answer["data"].values()))
