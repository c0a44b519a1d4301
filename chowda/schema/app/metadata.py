"""The metadata of CLAMS apps: parameters, inputs and outputs, and the history of what an app declared."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import cast

import strawberry
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from chowda import models
from chowda.clams.metadata import Parameter, TypeSpec
from chowda.clams.type_check import alternatives_of, is_required
from chowda.clams.vocabulary import type_name
from chowda.schema.enums import described
from chowda.schema.scalars import JSON


class AppParameterType(StrEnum):
    INTEGER = "integer"
    NUMBER = "number"
    STRING = "string"
    BOOLEAN = "boolean"
    MAP = "map"


described(
    AppParameterType,
    "The type of a parameter's values.",
    INTEGER="A whole number.",
    NUMBER="A number, whole or not.",
    STRING="Text.",
    BOOLEAN="true or false.",
    MAP='An object whose values are text. Chowda sends it to the app as "key:value", once for each key.',
)


@strawberry.type(description="A parameter of an app.")
class AppParameter:
    name: str
    type: AppParameterType
    multivalued: bool = strawberry.field(
        description="The parameter takes a list of values. A single value counts as a list of one."
    )
    choices: list[JSON] | None = strawberry.field(
        description="The allowed values. Null: every value of the type."
    )
    default: JSON | None = strawberry.field(
        description="The value that the app uses if a step sets none. Null: there is no default."
    )
    description: str | None
    required: bool = strawberry.field(
        description="The parameter has no default, so each step must set a value."
    )

    @classmethod
    def of(cls, parameter: Parameter) -> AppParameter:
        return cls(
            name=parameter.name,
            type=AppParameterType(parameter.type),
            multivalued=parameter.accepts_several,
            choices=cast("list[JSON] | None", parameter.choices),
            default=cast("JSON | None", parameter.default),
            description=parameter.description,
            required=parameter.required,
        )


@strawberry.type(description="A type of documents or annotations, as the app's metadata declares it.")
class AppType:
    name: str = strawberry.field(
        description="The short name, e.g. TimeFrame. Two types with the same name are the same type, in any version of "
        "the vocabulary."
    )
    uri: str
    properties: JSON = strawberry.field(
        description="An object. The check of a pipeline does not compare properties."
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


@strawberry.type(description="An input of an app.")
class AppInput:
    one_of: list[AppType] = strawberry.field(description="Any one of these types satisfies the input.")
    required: bool

    @classmethod
    def of(cls, wanted: TypeSpec | list[TypeSpec]) -> AppInput:
        alternatives = alternatives_of(wanted)
        return cls(one_of=[AppType.of(spec) for spec in alternatives], required=is_required(alternatives))


@strawberry.type(description="The metadata that an app declared from one time on, until it declared another.")
class AppDescription:
    identifier: str
    version: str | None
    metadata: JSON = strawberry.field(
        description="The metadata as the app, or the imported file, declared it."
    )
    created_at: datetime = strawberry.field(description="When Chowda first read this metadata.")

    @classmethod
    def of(cls, row: models.AppMetadata) -> AppDescription:
        return cls(
            identifier=row.identifier,
            version=row.version,
            metadata=cast(JSON, row.description),
            created_at=row.created_at,
        )


async def read_metadata(session: AsyncSession, app_ids: Sequence[int]) -> dict[int, JSON]:
    """The metadata of apps. It is large, so it is read only if a field needs it."""
    rows = await session.execute(
        select(models.ClamsApp.id, models.ClamsApp.description).where(text("clams_apps.id = ANY(:ids)")),
        {"ids": list(app_ids)},
    )
    return {key: cast(JSON, metadata) for key, metadata in rows}
