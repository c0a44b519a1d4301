"""The types of documents and annotations that apps take and give."""

from __future__ import annotations

from typing import cast

import strawberry

from chowda.clams.metadata import TypeSpec
from chowda.clams.type_check import alternatives_of, is_required
from chowda.clams.vocabulary import type_name
from chowda.schema.scalars import JSON


@strawberry.type(description="A type of documents or annotations, as an app's metadata has it.")
class AppType:
    name: str = strawberry.field(
        description="Short, e.g. TimeFrame: types of one name are the same, whatever the vocabulary's version."
    )
    uri: str
    properties: JSON = strawberry.field(
        description="An object. They are not compared when a pipeline is checked."
    )
    description: str | None

    @classmethod
    def of(cls, spec: TypeSpec) -> AppType:
        return cls(
            name=type_name(spec.type),
            uri=spec.type,
            properties=cast(JSON, spec.properties),
            description=spec.description,
        )


@strawberry.type(description="What an app takes.")
class AppInput:
    one_of: list[AppType] = strawberry.field(description="Any one of these will do.")
    required: bool

    @classmethod
    def of(cls, wanted: TypeSpec | list[TypeSpec]) -> AppInput:
        alternatives = alternatives_of(wanted)
        return cls(one_of=[AppType.of(spec) for spec in alternatives], required=is_required(alternatives))
