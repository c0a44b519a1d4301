"""How single texts become the rows of a page."""

from __future__ import annotations

import numpy as np
from reader import Corners, rows


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
