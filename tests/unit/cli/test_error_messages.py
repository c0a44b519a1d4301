from __future__ import annotations

import pytest

from chowda.bulk import Unchanged
from chowda.cli.error_messages import LIST_COMMANDS, REFERENCES, error_message
from chowda.client.errors import error_from_server
from chowda.errors import Conflict, Hint, NotFound
from chowda.ids import Kind


def received(exc: Conflict | NotFound) -> Conflict | NotFound:
    """The error as a client raises it."""
    return error_from_server(exc.code, exc.message, exc.extensions)  # type: ignore[return-value]


@pytest.mark.parametrize("hint", Hint)
def test_a_hint_names_the_option_or_command(hint: Hint) -> None:
    error = Conflict("The pipeline 'x' can't be deleted.", hint=hint)

    assert error_message(received(error)) == (
        f"The pipeline 'x' can't be deleted. {hint.action} ({REFERENCES[hint]})."
    )


def test_the_api_names_its_own_arguments_in_a_hint() -> None:
    error = Conflict("There is nothing to retry.", {"id": "prun-1"}, hint=Hint.CHOOSE_FIRST_STEP)

    assert error.message == (
        "There is nothing to retry. To run it again, choose the step to start from (fromStep)."
    )
    assert error.extensions == {
        "id": "prun-1",
        "summary": "There is nothing to retry.",
        "hint": "CHOOSE_FIRST_STEP",
    }


def test_a_bulk_result_has_the_hint_without_names_of_the_api() -> None:
    error = Conflict("There is nothing to retry.", hint=Hint.CHOOSE_FIRST_STEP)

    assert Unchanged.from_error("prun-1", error).message == (
        "There is nothing to retry. To run it again, choose the step to start from."
    )


def test_an_unknown_hint_shows_the_message_of_the_server() -> None:
    error = Conflict("It is locked. Unlock it (unlock).", {"summary": "It is locked.", "hint": "UNLOCK"})

    assert error_message(received(error)) == "It is locked. Unlock it (unlock)."


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in {Kind.STEP_RUN, Kind.EVENT}])
def test_a_missing_item_names_the_command_that_lists_what_exists(kind: Kind) -> None:
    error = NotFound(f"There is no {kind.noun} with the ID 'x'.", {"id": "x", "kind": kind.name})

    assert error_message(received(error)) == (
        f"There is no {kind.noun} with the ID 'x'. `{LIST_COMMANDS[kind.name]}` lists what exists."
    )
