"""A CLAMS app that is not one: a real HTTP server that answers believably, or fails in any way that apps do.

In a test:

    with FakeClams(name="a", seconds=0.1) as app:
        app.behave("busy", calls=[1], retry_after="0")
        ...
        assert [call.kind for call in app.calls] == ["busy", "good"]

`FakeClams(capacity=0)` holds calls back until `app.in_loop(app.let_go())`; `refuse` and `listen` close and open
the port.

As a process, `python -m tests.fake_clams --port 0 --name a --seconds 0.2` prints its address. /control steers it:
GET tells what happened, POST {"set": {"seconds": 1}, "behave": [{"kind": "busy", "times": 1}],
"refuse_seconds": 2} changes it, DELETE forgets behaviours and calls. `KINDS` are the ways of answering.
"""

from .answers import KINDS
from .app import TIME_FRAME, VIDEO, FakeClams
from .behaviour import Behaviour, Call

__all__ = ["KINDS", "TIME_FRAME", "VIDEO", "Behaviour", "Call", "FakeClams"]
