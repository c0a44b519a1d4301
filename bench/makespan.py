"""The makespan of a batch, compared with the minimum for its slots."""

from __future__ import annotations

from bench.stack import Row, Stack

FILES = 60
APPS = [(0.2, 2), (0.6, 4), (0.1, 1)]
"Seconds per call, and concurrent calls."


def measure() -> list[Row]:
    """First call to last response, compared with the lower bound max(n·t/c) + Σt - max t: no slot is ever idle."""
    with Stack() as stack:
        apps = [stack.app(f"app{number}", seconds=seconds) for number, (seconds, _) in enumerate(APPS, 1)]
        app_ids = [stack.register(app, slots) for app, (_, slots) in zip(apps, APPS, strict=True)]
        guids = [f"cpb-aacip-{number:06d}" for number in range(FILES)]
        stack.add_files(guids)
        run_id = stack.start(stack.batch("makespan", stack.pipeline("three", app_ids), guids))
        status = stack.wait(run_id)
        assert status["counts"]["finished"] == FILES, status
        calls = [call for app in apps for call in app.calls()]
    makespan = max(call["ended"] for call in calls) - min(call["started"] for call in calls)
    times = [seconds for seconds, _ in APPS]
    bound = max(FILES * seconds / slots for seconds, slots in APPS) + sum(times) - max(times)
    return [
        Row(
            f"Makespan of {FILES} files through three apps",
            f"{makespan:.2f} s",
            f"bound {bound:.2f} s",
            makespan / bound,
            1.10,
        )
    ]
