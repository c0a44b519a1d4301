"""The states of a call in flight and the transitions between them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from chowda.workers.in_flight_call import CallState, InFlightCall

ANSWERED, SETTLED, LOST = "mark_answered", "mark_slot_settled", "mark_lost"


def call_after(events: Sequence[str]) -> InFlightCall:
    claim: Any = SimpleNamespace(expected_seconds=None)
    call = InFlightCall(claim)
    for event in events:
        getattr(call, event)()
    return call


@pytest.mark.parametrize(
    ("events", "state"),
    [
        ([], CallState.CALLING),
        ([ANSWERED], CallState.ANSWERED),
        ([ANSWERED, SETTLED], CallState.SETTLED),
        ([SETTLED, ANSWERED], CallState.SETTLED),
        ([LOST], CallState.LOST),
        ([LOST, SETTLED, ANSWERED], CallState.LOST),
        ([LOST, ANSWERED], CallState.LOST),
        ([ANSWERED, LOST], CallState.LOST_ANSWERED),
        ([ANSWERED, LOST, SETTLED], CallState.LOST),
        ([ANSWERED, SETTLED, LOST], CallState.LOST),
        (["end"], CallState.ENDED),
        ([ANSWERED, LOST, "end"], CallState.ENDED),
        (["end", LOST, SETTLED], CallState.ENDED),
    ],
)
async def test_events_lead_to_this_state(events: Sequence[str], state: CallState) -> None:
    call = call_after(events)
    assert call.state is state
    assert call.is_lost is (state in (CallState.LOST, CallState.LOST_ANSWERED))


@pytest.mark.parametrize("events", [[ANSWERED], [ANSWERED, LOST], ["end"]])
async def test_a_second_answer_is_refused(events: Sequence[str]) -> None:
    call = call_after(events)
    with pytest.raises(RuntimeError):
        call.mark_answered()


async def test_waiters_continue_when_the_state_changes() -> None:
    call = call_after([])
    left_calling = asyncio.create_task(call.wait_while_calling())
    await asyncio.sleep(0)
    assert not left_calling.done()
    call.mark_answered()
    assert await left_calling is CallState.ANSWERED

    settled = asyncio.create_task(call.wait_until_slot_settled())
    await asyncio.sleep(0)
    call.mark_lost()
    await asyncio.sleep(0)
    assert not settled.done(), "a lost call waits too, while its slot is being reused"
    call.mark_slot_settled()
    await settled
