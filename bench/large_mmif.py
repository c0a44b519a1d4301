"""An MMIF of 100 MB through a step: the worker's memory, and the time compared with a plain POST and save."""

from __future__ import annotations

import json
import os
import threading
import time
from datetime import datetime
from pathlib import Path

import httpx

from bench.stack import Row, Stack, anonymous_bytes

SIZE_BYTES = 100_000_000
GUID = "cpb-aacip-000001"
ROUNDS = 3


def measure() -> list[Row]:
    with Stack() as stack:
        app = stack.app("large")
        app_id = stack.register(app, 1)
        stack.add_files([GUID])
        large = stack.data_dir / "large.mmif"
        _write(large)
        with large.open("rb") as body:
            stack.http.post(
                "/mmif", params={"guid": GUID}, content=body, headers={"Content-Type": "application/json"}
            ).raise_for_status()
        pipeline_id = stack.pipeline("one", [app_id])
        batch_id = stack.batch("large", pipeline_id, [GUID])
        bare, ours, grown = [], [], 0
        pid = stack.workers[0].pid
        for _ in range(ROUNDS):
            bare.append(_bare(app.url, large, stack.data_dir / "answer.mmif"))
            before = anonymous_bytes(pid)
            peak = _Peak(pid)
            run_id = stack.start(batch_id, fromBlankMmif=False)
            status = stack.wait(run_id)
            assert status["status"] == "FINISHED", status
            ours.append(_step_seconds(stack, run_id))
            grown = max(grown, peak.stop() - before)
            time.sleep(1)
    # Each round's result is the input of the next, so the MMIF grows by a view per round. Hence the minimum.
    return [
        Row(
            "100 MB MMIF through a step: worker's anonymous memory",
            f"+{grown / 2**20:.0f} MiB",
            "64 MiB",
            grown / (64 * 2**20),
            1.0,
        ),
        Row(
            "100 MB MMIF through a step: time",
            f"{min(ours):.2f} s",
            f"plain POST and save {min(bare):.2f} s",
            min(ours) / min(bare),
            1.5,
        ),
    ]


def _step_seconds(stack: Stack, run_id: str) -> float:
    """Return the time from the claim to the commit of the result, by the database's clock."""
    found = stack.ask(
        "query($id: ID!) { batchRun(id: $id) { pipelineRuns { edges { node { steps { startedAt endedAt } } } } } }",
        id=run_id,
    )
    [edge] = found["batchRun"]["pipelineRuns"]["edges"]
    [step] = edge["node"]["steps"]
    return (
        datetime.fromisoformat(step["endedAt"]) - datetime.fromisoformat(step["startedAt"])
    ).total_seconds()


class _Peak:
    """Samples the anonymous memory of a process until `stop`, which returns the maximum."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._peak = 0
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def _watch(self) -> None:
        while not self._stopped.wait(0.02):
            self._peak = max(self._peak, anonymous_bytes(self._pid))

    def stop(self) -> int:
        self._stopped.set()
        self._thread.join()
        return self._peak


def _bare(url: str, path: Path, answer: Path) -> float:
    """Return the seconds to post the file and save the response durably."""

    def body() -> object:
        with path.open("rb") as source:
            while chunk := source.read(2**18):
                yield chunk

    began = time.perf_counter()
    headers = {"Content-Length": str(path.stat().st_size), "Content-Type": "application/json"}
    with (
        httpx.stream("POST", url, content=body(), headers=headers, timeout=600) as response,
        answer.open("wb") as out,
    ):
        response.raise_for_status()
        for chunk in response.iter_bytes():
            out.write(chunk)
        out.flush()
        os.fsync(out.fileno())
    return time.perf_counter() - began


def _write(path: Path) -> None:
    """Write a realistic MMIF of SIZE_BYTES: one document, one view, very many annotations."""
    annotation = json.dumps(
        {
            "@type": "http://mmif.clams.ai/vocabulary/TimeFrame/v5",
            "properties": {
                "id": "v_0:tf_0000000",
                "start": 1234567,
                "end": 2345678,
                "label": "slate",
                "note": "x" * 80,
            },
        }
    )
    head = (
        '{"metadata": {"mmif": "http://mmif.clams.ai/1.0.5"}, "documents": [{"@type": '
        '"http://mmif.clams.ai/vocabulary/VideoDocument/v1", "properties": {"id": "d1", "mime": "video", '
        f'"location": "file:///data/{GUID}.mp4"}}}}], "views": [{{"id": "v_0", "metadata": {{"app": '
        '"http://apps.clams.ai/earlier/v1", "timestamp": "2026-01-01T00:00:00Z", "contains": {}}, "annotations": ['
    )
    with path.open("w") as out:
        out.write(head)
        count = (SIZE_BYTES - len(head)) // (len(annotation) + 2)
        for start in range(0, count, 10_000):
            out.write(", ".join([annotation] * min(10_000, count - start)))
            if start + 10_000 < count:
                out.write(", ")
        out.write("]}]}")
