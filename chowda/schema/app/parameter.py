"""The parameters of an app."""

from __future__ import annotations

from enum import StrEnum
from typing import cast

import strawberry

from chowda.clams.metadata import Parameter
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
    "What the values of a parameter are.",
    INTEGER="A whole number.",
    NUMBER="A number, whole or not.",
    STRING="Text.",
    BOOLEAN="true or false.",
    MAP='An object with text as its values; apps get it as "key:value", several times.',
)


@strawberry.type(description="A parameter that an app takes.")
class AppParameter:
    name: str
    type: AppParameterType
    multivalued: bool = strawberry.field(
        description="It takes a list of values; one value stands for a list of one."
    )
    choices: list[JSON] | None = strawberry.field(
        description="The values that there are to choose from, if not any."
    )
    default: JSON | None = strawberry.field(
        description="What counts where no value is given; null: there is none."
    )
    description: str | None
    required: bool = strawberry.field(description="It has no default: a step must give it a value.")

    @classmethod
    def of(cls, parameter: Parameter) -> AppParameter:
        return cls(
            name=parameter.name,
            type=AppParameterType(parameter.type),
            multivalued=parameter.takes_many,
            choices=cast("list[JSON] | None", parameter.choices),
            default=cast("JSON | None", parameter.default),
            description=parameter.description,
            required=parameter.required,
        )
