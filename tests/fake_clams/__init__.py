"""A fake CLAMS app: a real HTTP server that answers as apps do, or fails in any of the ways that apps fail.

In a test:

    with FakeClams(name="a", seconds=0.1) as app:
        app.behave("busy", calls=[1], retry_after="0")
        ...
        assert [call.kind for call in app.calls] == ["busy", "good"]

`FakeClams(capacity=0)` lets calls wait until `app.release_calls()` or `app.release_all_calls()`.
`refuse_connections` and `accept_connections` close and open the port.

As a process, `python -m tests.fake_clams --port 0 --name a --seconds 0.2` prints its address. Control it by /control:
GET returns the calls so far, POST {"set": {"seconds": 1}, "behave": [{"kind": "busy", "times": 1}],
"refuse_seconds": 2} changes settings, DELETE resets behaviours and calls. `KINDS` lists the kinds of answers.
"""

from .answers import KINDS
from .app import TIME_FRAME, VIDEO, FakeClams
from .behaviour import Behaviour, Call

__all__ = ["KINDS", "TIME_FRAME", "VIDEO", "Behaviour", "Call", "FakeClams"]
