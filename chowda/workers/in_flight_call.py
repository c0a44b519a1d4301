"""A call in flight: from the claim of its step until the heartbeat stops extending its lease."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from enum import Enum, auto

from chowda.engine.claim import Claim
from chowda.workers.call_progress import CallProgress


class CallState(Enum):
    """Three questions decide what to do with a call: has the app returned a result, is its slot settled (reused,
    freed, or left to the commit), and does the step still belong to this worker? These combinations occur:

    | state         | app returned a result | slot settled | step is ours |
    | ------------- | --------------------- | ------------ | ------------ |
    | CALLING       | no                    | no           | yes          |
    | ANSWERED      | yes                   | no           | yes          |
    | SETTLED       | yes                   | yes          | yes          |
    | LOST_ANSWERED | yes                   | no           | no           |
    | LOST          | no, or yes            | yes          | no           |
    | ENDED         | the call is over: committed, failed, abandoned or given up |

    A failed call stays CALLING until its failure is committed. A call that is lost before the app answers has its
    slot settled at once: its thread moves on, and the slot stays taken until the app answers.
    """

    CALLING = auto()
    ANSWERED = auto()
    SETTLED = auto()
    LOST_ANSWERED = auto()
    LOST = auto()
    ENDED = auto()


# Each transition lists the states it may come from. Where it changes nothing, the event came too late to matter.
_ANSWER: Mapping[CallState, CallState] = {
    CallState.CALLING: CallState.ANSWERED,
    CallState.SETTLED: CallState.SETTLED,  # the runner was cancelled meanwhile
    CallState.LOST: CallState.LOST,
}
_SETTLE_SLOT: Mapping[CallState, CallState] = {
    CallState.CALLING: CallState.SETTLED,  # the runner was cancelled: the commit frees the slot
    CallState.ANSWERED: CallState.SETTLED,
    CallState.LOST_ANSWERED: CallState.LOST,
    CallState.LOST: CallState.LOST,
    CallState.ENDED: CallState.ENDED,
}
_LOSE: Mapping[CallState, CallState] = {
    CallState.CALLING: CallState.LOST,
    CallState.ANSWERED: CallState.LOST_ANSWERED,
    CallState.SETTLED: CallState.LOST,
    CallState.LOST_ANSWERED: CallState.LOST_ANSWERED,
    CallState.LOST: CallState.LOST,
    CallState.ENDED: CallState.ENDED,
}
_END: Mapping[CallState, CallState] = dict.fromkeys(CallState, CallState.ENDED)


class InFlightCall:
    """Change and await its state on the event loop of the runner; any thread may read it."""

    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        self.progress = CallProgress(claim.expected_seconds)
        self._state = CallState.CALLING
        self._changed = asyncio.Event()

    @property
    def state(self) -> CallState:
        return self._state

    @property
    def is_lost(self) -> bool:
        """Whether the step was canceled or requeued: this worker must not commit it."""
        return self._state in (CallState.LOST, CallState.LOST_ANSWERED)

    def mark_answered(self) -> None:
        """The app returned a result and is free for its next file."""
        self._move(_ANSWER)

    def mark_slot_settled(self) -> None:
        """The slot was reused or freed, or the commit will free it."""
        self._move(_SETTLE_SLOT)

    def mark_lost(self) -> None:
        """The step no longer belongs to this worker."""
        self._move(_LOSE)

    def end(self) -> None:
        self._move(_END)

    async def wait_while_calling(self) -> CallState:
        """Wait while the app works on a step of this worker; returns the state after that."""
        while self._state is CallState.CALLING:
            await self._changed.wait()
        return self._state

    async def wait_until_slot_settled(self) -> None:
        """Wait, after the app's answer, until the slot is settled: a commit before that would free the slot."""
        while self._state in (CallState.ANSWERED, CallState.LOST_ANSWERED):
            await self._changed.wait()

    def _move(self, transition: Mapping[CallState, CallState]) -> None:
        if self._state not in transition:
            raise RuntimeError(f"A call that is {self._state.name} cannot make this transition")
        self._state = transition[self._state]
        self._changed.set()
        self._changed = asyncio.Event()
