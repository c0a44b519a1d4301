"""The check of the steps of a pipeline before it is created."""

from __future__ import annotations

import strawberry

from chowda.clams.type_check import InputSource
from chowda.clams.vocabulary import type_names
from chowda.pipelines import validation


@strawberry.type(description="A problem of a step, because of which the pipeline cannot be created.")
class StepProblem:
    message: str = strawberry.field(description="For people.")
    parameter: str | None = strawberry.field(
        description="The parameter that is wrong. Null: the problem concerns the whole step."
    )


@strawberry.type(description="An input of a step, and what produces it.")
class StepInput:
    one_of: list[str] = strawberry.field(
        description="Short names of types, e.g. TimeFrame. Any one of them satisfies the input."
    )
    required: bool
    from_documents: bool = strawberry.field(description="The documents of the media file may satisfy it.")
    from_steps: list[int] = strawberry.field(
        description="The positions of the earlier steps that produce it."
    )

    @classmethod
    def of(cls, source: InputSource) -> StepInput:
        return cls(
            one_of=type_names(source.one_of),
            required=source.required,
            from_documents=source.from_documents,
            from_steps=list(source.from_steps),
        )


@strawberry.type(description="The check of one step of a pipeline that is to be created.")
class StepCheck:
    position: int = strawberry.field(description="Counts from 1.")
    inputs: list[StepInput]
    problems: list[StepProblem] = strawberry.field(
        description="All problems of the step. Empty: the step is valid."
    )

    @classmethod
    def of(cls, check: validation.StepCheck) -> StepCheck:
        return cls(
            position=check.position,
            inputs=[StepInput.of(source) for source in check.inputs],
            problems=[
                StepProblem(message=problem.message, parameter=problem.parameter)
                for problem in check.problems
            ],
        )
