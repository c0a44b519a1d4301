"""What is wrong with the steps of a pipeline before it is made."""

from __future__ import annotations

import strawberry

from chowda.clams.type_check import InputSource
from chowda.clams.vocabulary import type_names
from chowda.pipelines import validation


@strawberry.type(description="What keeps a pipeline from being made of a step.")
class StepProblem:
    message: str = strawberry.field(description="For a person.")
    parameter: str | None = strawberry.field(
        description="The one that it concerns. Null: the step as a whole."
    )


@strawberry.type(description="What a step takes, and where it comes from.")
class StepInput:
    one_of: list[str] = strawberry.field(description="Short names of types, e.g. TimeFrame; any one will do.")
    required: bool
    from_documents: bool = strawberry.field(description="Media documents may give it.")
    from_steps: list[int] = strawberry.field(description="Earlier steps that give it.")

    @classmethod
    def of(cls, source: InputSource) -> StepInput:
        return cls(
            one_of=type_names(source.one_of),
            required=source.required,
            from_documents=source.from_documents,
            from_steps=list(source.from_steps),
        )


@strawberry.type(description="What there is to say of a step of a pipeline that is being made.")
class StepCheck:
    position: int = strawberry.field(description="Counts from 1.")
    inputs: list[StepInput]
    problems: list[StepProblem] = strawberry.field(description="All of them; none: it can be made so.")

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
