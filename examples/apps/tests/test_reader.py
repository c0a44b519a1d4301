"""How single texts become the rows of a page."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import numpy as np
from reader import Corners, Reader, rows

PICTURE = np.zeros((10, 10, 3), np.uint8)


class Engine:
    """Stands in for RapidOCR: answers the given texts below each other, and notices when two are in it."""

    def __init__(self, texts: list[str], scores: list[float]) -> None:
        self._texts, self._scores = texts, scores
        self._free = threading.Lock()
        self.crowded = False

    def __call__(self, _: Any) -> SimpleNamespace:
        if self._free.acquire(blocking=False):
            time.sleep(0.02)
            self._free.release()
        else:
            self.crowded = True
        boxes = [part(0, 30 * row, 90, 30 * row + 20, "")[0] for row in range(len(self._texts))]
        return SimpleNamespace(boxes=boxes, txts=self._texts, scores=self._scores)


def reader_with(engine: Engine) -> Reader:
    reader = Reader()
    reader._engine = engine  # type: ignore[assignment]
    return reader


def part(left: int, top: int, right: int, bottom: int, text: str) -> tuple[Corners, str, float]:
    corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32)
    return corners, text, 1.0


def test_what_stands_side_by_side_is_one_row_from_left_to_right() -> None:
    found = rows(
        [
            part(300, 52, 400, 70, "WBX-2041"),
            part(20, 90, 90, 110, "DATE"),
            part(20, 50, 90, 72, "TAPE"),
            part(300, 88, 420, 112, "03/14/1987"),
        ]
    )
    assert [[text for _, text, _ in row] for row in found] == [["TAPE", "WBX-2041"], ["DATE", "03/14/1987"]]


def test_lines_that_overlap_a_little_stay_two_rows() -> None:
    found = rows([part(20, 50, 200, 80, "one"), part(20, 74, 200, 104, "two")])
    assert [[text for _, text, _ in row] for row in found] == [["one"], ["two"]]


def test_dots_a_single_letter_and_what_is_read_with_doubt_are_left_out() -> None:
    engine = Engine(["H", "\u25cf\u25cf", "Reel", "17", "Tape"], [0.99, 0.99, 0.9, 0.95, 0.79])
    assert [line.text for line in reader_with(engine).read(PICTURE, 0.8)] == ["Reel", "17"]


def test_the_engine_is_used_by_one_request_at_a_time() -> None:
    engine = Engine(["Reel 17"], [0.99])
    reader = reader_with(engine)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: reader.read(PICTURE, 0.5), range(8)))
    assert all([line.text for line in lines] == ["Reel 17"] for lines in answers)
    assert not engine.crowded
