"""Inputs of the mutations of apps."""

from __future__ import annotations

import strawberry

from chowda.apps import registry
from chowda.schema.enums import AppRuntime
from chowda.schema.optional_values import value_or_none


@strawberry.input
class RegisterAppInput:
    name: str | None = strawberry.field(
        default=strawberry.UNSET, description="Unique. By default the name in the app's metadata."
    )
    runtime: AppRuntime = strawberry.field(
        default=AppRuntime.WEB_SERVICE, description="Only WEB_SERVICE is supported yet."
    )
    endpoint: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The URL of a WEB_SERVICE: http:// or https://, without credentials and query.",
    )
    image: str | None = strawberry.field(
        default=strawberry.UNSET, description="The container image of a KUBERNETES_JOB."
    )
    command: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="The command line of a COMMAND."
    )
    max_concurrency: int = strawberry.field(
        default=1,
        description="How many calls Chowda may run at once, 1 to 1000. Choose more than 1 only if the app's developers "
        "say that it handles several files safely at once: many apps do not.",
    )
    timeout_seconds: int = strawberry.field(
        default=86400, description="A call that takes longer than this has failed."
    )


@strawberry.input
class UpdateAppInput:
    """A field that is left out or null stays as it is."""

    name: str | None = strawberry.field(default=strawberry.UNSET, description="Unique.")
    endpoint: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The new URL, e.g. of an app that was imported without one. Chowda reads the metadata there: it "
        "accepts another version of this app, and refuses another app.",
    )
    max_concurrency: int | None = strawberry.field(
        default=strawberry.UNSET,
        description="1 to 1000. Running calls continue. If there are more of them than the new limit, no call starts "
        "until there are fewer.",
    )
    timeout_seconds: int | None = strawberry.field(
        default=strawberry.UNSET, description="Applies to calls that start from now on."
    )
    one_at_a_time: bool | None = strawberry.field(
        default=strawberry.UNSET,
        description="false: Chowda again runs as many calls at once as maxConcurrency allows.",
    )
    active: bool | None = strawberry.field(
        default=strawberry.UNSET,
        description="false: running calls continue and no call starts. Runs that need the app wait, and show the "
        "reason, until it is true again.",
    )


@strawberry.input
class UpdateAppsInput:
    """The same fields as in UpdateAppInput, for each of the apps."""

    max_concurrency: int | None = strawberry.UNSET
    timeout_seconds: int | None = strawberry.UNSET
    one_at_a_time: bool | None = strawberry.UNSET
    active: bool | None = strawberry.UNSET

    def change(self) -> registry.AppChange:
        """Raises BadUserInput for a value that no app can have."""
        return registry.check_change(
            name=None,
            max_concurrency=value_or_none(self.max_concurrency),
            timeout_seconds=value_or_none(self.timeout_seconds),
            one_at_a_time=value_or_none(self.one_at_a_time),
            active=value_or_none(self.active),
            address=None,
        )
