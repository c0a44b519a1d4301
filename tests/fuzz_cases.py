"""The number of cases for each fuzz test."""

from __future__ import annotations

from hypothesis import settings

APP_ANSWERS = 400
GRAPHQL_OPERATIONS = 200
GRAPHQL_REQUESTS = 150
IDS = 200
CURSORS = 40
ROUTES = 150
"For `make test`; together they take less than a minute. `make fuzz` tries ten times as many, and new ones each time."


def cases(count: int) -> settings:
    """Return a decorator that sets the number of cases, ten times as many in `make fuzz`."""
    fuzzing = settings.get_current_profile_name() == "fuzz"
    return settings(max_examples=count * 10 if fuzzing else count)
