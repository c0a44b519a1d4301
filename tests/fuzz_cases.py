"""How many cases each fuzz test tries."""

from __future__ import annotations

from hypothesis import settings

APP_ANSWERS = 400
GRAPHQL_OPERATIONS = 200
GRAPHQL_REQUESTS = 150
IDS = 200
CURSORS = 40
ROUTES = 150
"In CI, together well below a minute. `make fuzz` tries ten times as many, other ones each time."


def cases(count: int) -> settings:
    """A decorator: so many in CI, ten times as many under the profile of `make fuzz`."""
    fuzzing = settings.get_current_profile_name() == "fuzz"
    return settings(max_examples=count * 10 if fuzzing else count)
