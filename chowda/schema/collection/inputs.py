"""Inputs of the mutations of collections."""

from __future__ import annotations

import strawberry


@strawberry.input
class CreateCollectionInput:
    name: str = strawberry.field(description="Unique. CONFLICT if another collection has the name.")
    description: str | None = strawberry.UNSET
    guids: list[str] = strawberry.field(
        default_factory=list,
        description="Unknown GUIDs refuse the call. The message lists ten of them, extensions.guids all.",
    )


@strawberry.input
class UpdateCollectionInput:
    id: strawberry.ID
    name: str | None = strawberry.field(
        default=strawberry.UNSET, description="Leave it out to keep the present name."
    )
    description: str | None = strawberry.field(
        default=strawberry.UNSET,
        description='Leave it out to keep the present description. "" removes it.',
    )
