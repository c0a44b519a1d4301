"""The apps as services: progress, several requests at once, both of the SDK's servers, their end."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
from conftest import OCR_APP, SCENES_APP, Media, Served, alike, frames, scratch_of, serve, texts
from mmif import Mmif
from progress import Board

LINUX = pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="looks at processes through /proc")


@pytest.fixture(params=["development", "production"])
def either_server(request: pytest.FixtureRequest, scenes_app: Served, tmp_path: Path) -> Iterator[Served]:
    """The first app under Flask's own server, then under gunicorn with several processes."""
    if request.param == "development":
        yield scenes_app
    else:
        with serve(SCENES_APP, tmp_path / "log", "--production") as served:
            yield served


def test_running_request_reports_progress(either_server: Served, media: Media) -> None:
    guid = next(iter(media.items))
    done = threading.Event()
    seen: list[float] = []

    def ask() -> None:
        while not done.is_set():
            percent = either_server.percent("run/1")  # asked in whatever process happens to answer
            if not done.is_set():
                seen.append(percent)
            time.sleep(0.02)

    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(ask)
        try:
            response = either_server.post(media.mmif(guid), request_id="run/1", sampleRate=80)
        finally:
            done.set()
        asking.result()
    assert response.status_code == 200
    assert frames(Mmif(response.text))
    between = [percent for percent in seen if 0 < percent < 100]
    assert len(set(between)) >= 3, seen
    assert between == sorted(between)
    last = seen.index(between[-1])
    assert 0 not in seen[seen.index(between[0]) : last], "a process did not know what another one does"


def test_an_id_that_is_not_running_has_no_percent_yet(scenes_app: Served, media: Media) -> None:
    assert scenes_app.percent("never-heard-of") == 0
    assert scenes_app.post(media.mmif(next(iter(media.items))), request_id="over").status_code == 200
    assert scenes_app.percent("over") == 0
    assert scenes_app.percent("..%2F..%2Fetc%2Fpasswd") == 0


def test_requests_for_different_videos_at_once_each_get_their_own_answer(
    scenes_app: Served, ocr_app: Served, media: Media, with_scenes: dict[str, str]
) -> None:
    guids = list(media.items)[:2] * 2

    def both(guid: str) -> tuple[float, float, Mmif, Mmif]:
        together.wait()
        begun = time.monotonic()
        found = scenes_app.run(media.mmif(guid))
        text = ocr_app.run(with_scenes[guid], frameType="chyron")
        return begun, time.monotonic(), found, text

    together = threading.Barrier(len(guids))
    with ThreadPoolExecutor(len(guids)) as pool:
        answers = list(pool.map(both, guids))
    assert max(begun for begun, *_ in answers) < min(ended for _, ended, *_ in answers), "not at once"
    for guid, (_, _, found, text) in zip(guids, answers, strict=True):
        sent = json.loads(media.mmif(guid))["documents"]
        assert [json.loads(found.documents[0].serialize())] == sent
        assert [json.loads(text.documents[0].serialize())] == sent
        segments = media.items[guid]["segments"]
        assert [label for label, _, _ in frames(found)] == [segment["label"] for segment in segments]
        written = [segment["lines"] for segment in media.segments(guid, "chyron")]
        assert [alike(lines) for _, lines in texts(text)] == [alike(lines) for lines in written]


def test_requests_that_find_nothing_keep_their_warning_while_others_run(
    scenes_app: Served, media: Media
) -> None:
    without = next(guid for guid in media.items if not media.segments(guid, "slate"))
    other = next(guid for guid in media.items if media.segments(guid, "slate"))

    def ask(guid: str) -> Mmif:
        return scenes_app.run(media.mmif(guid), labels="slate")

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(ask, [without, other] * 2))
    for nothing, something in zip(answers[::2], answers[1::2], strict=True):
        assert [view.metadata.warnings for view in nothing.views] == [["UserWarning: found no slate in d1"]]
        assert [view.metadata.warnings for view in something.views] == [[]]


def test_the_second_app_works_in_production_too_and_ends_when_told_to(
    media: Media, with_scenes: dict[str, str], tmp_path: Path
) -> None:
    guid = next(iter(media.items))
    log = tmp_path / "log"
    with serve(OCR_APP, log, "--production") as served:
        mmif = served.run(with_scenes[guid], frameType="chyron")
        expected = [segment["lines"] for segment in media.segments(guid, "chyron")]
        assert [alike(lines) for _, lines in texts(mmif)] == [alike(lines) for lines in expected]
        assert served.percent("none") == 0
        ends_and_leaves_nothing(served, log)


def children_of(task: Path) -> str:
    """The processes that this thread has started; none of a thread that has ended meanwhile."""
    try:
        return (task / "children").read_text()
    except FileNotFoundError:
        return ""


@LINUX
def test_the_first_app_is_one_process_and_ends_when_told_to(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with serve(SCENES_APP, log) as served:
        tasks = Path(f"/proc/{served.process.pid}/task").iterdir()
        assert [task.name for task in tasks if children_of(task)] == []
        ends_and_leaves_nothing(served, log)


@LINUX
def test_it_listens_on_loopback_unless_told_otherwise(scenes_app: Served) -> None:
    port = int(scenes_app.url.rsplit(":", 1)[1])
    listening = set()
    for table in Path("/proc/net").glob("tcp*"):
        rows = [row.split() for row in table.read_text().splitlines()[1:]]
        listening |= {row[1] for row in rows if row[3] == "0A" and row[1].endswith(f":{port:04X}")}
    assert listening == {f"0100007F:{port:04X}"}


@pytest.mark.parametrize("app", ["scenes_app", "ocr_app"])
def test_app_returns_its_metadata(app: str, request: pytest.FixtureRequest) -> None:
    served: Served = request.getfixturevalue(app)
    metadata: dict[str, Any] = requests.get(served.url, timeout=5).json()
    name = {"scenes_app": "scenes-with-text", "ocr_app": "slate-ocr"}[app]
    assert metadata["identifier"] == f"http://chowda.example/apps/{name}/v1.0"
    assert metadata["mmif_version"] == "1.2.0"
    types = [kind["@type"].rsplit("/", 2)[1] for kind in metadata["input"]]
    assert types == {"scenes_app": ["VideoDocument"], "ocr_app": ["VideoDocument", "TimeFrame"]}[app]
    for parameter in metadata["parameters"]:
        assert not (parameter["multivalued"] and parameter.get("choices")), "the SDK refuses all values of it"


def ends_and_leaves_nothing(served: Served, log: Path) -> None:
    served.process.send_signal(signal.SIGTERM)
    assert served.process.wait(30) in (0, -signal.SIGTERM)
    with pytest.raises(requests.ConnectionError):
        requests.get(served.url, timeout=5)
    assert list(scratch_of(log).iterdir()) == []


def test_percents_are_shared_with_forked_processes_and_kept_apart_by_id() -> None:
    board = Board()
    board.write("mine", 10)
    child = os.fork()
    if child == 0:
        board.write("mine", 40)
        board.write("yours", 70.5)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert (board.read("mine"), board.read("yours"), board.read("unknown")) == (40, 70.5, 0)
    board.forget("mine")
    assert (board.read("mine"), board.read("yours")) == (0, 70.5)
