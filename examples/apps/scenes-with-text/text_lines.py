"""Finds lines of text in a picture by the look of their strokes; reads nothing.

Glyphs are small marks that are brighter (or darker) than what surrounds them. Several of about one height,
side by side, are a line of text if most stand on one base line, if they differ from each other (lit windows,
fence posts and blinds repeat one mark), and if the ground between them is even (in leaves, fur and gravel it
is not). So text that lies directly on a busy picture, without a band behind it, is not found.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]  # height x width
Mask = NDArray[np.bool_]

# Sizes are shares of the picture's height, so that they hold for every resolution.
GLYPH_HEIGHT = (0.016, 0.14)
GLYPH_WIDEST = 3.0  # times its height; letters run together in soft pictures
STROKE_CONTRAST = 45  # grey levels between a stroke and its surroundings, of 255
GAP_WIDEST = 1.3  # times the line's height: a word space, generously
GLYPHS_FEWEST = 4
SAME_MARK = 0.75  # of two neighbours' ink that is in the same place, at one size; half of a row's like that: a pattern
BASE_LINE = 0.7  # of the glyphs stand on it; p, q, commas and what was joined to its neighbour do not
BASE_LINE_SLACK = 0.12  # of the line's height
GROUND_SPREAD = 0.3  # of the contrast to the strokes, between the 15th and the 85th percentile of the ground


@dataclass(frozen=True)
class TextLine:
    """Where a line stands, in pixels of the picture it was found in."""

    left: int
    top: int
    right: int
    bottom: int
    glyphs: int

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2

    def covered_by(self, other: TextLine) -> float:
        """The share of this line's area that the other one covers."""
        wide = min(self.right, other.right) - max(self.left, other.left)
        tall = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(0, wide) * max(0, tall) / (self.width * self.height)


def strokes(grey: Grey) -> tuple[Mask, Mask]:
    """The bright and the dark marks that are thinner than a tenth of the picture's height."""
    size = max(3, round(grey.shape[0] * 0.05)) | 1
    around = cv2.getStructuringElement(cv2.MORPH_RECT, (size, size))
    bright = cv2.morphologyEx(grey, cv2.MORPH_TOPHAT, around) >= STROKE_CONTRAST
    dark = cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT, around) >= STROKE_CONTRAST
    return bright, dark


def find(grey: Grey) -> tuple[list[TextLine], Mask]:
    """The lines from top to bottom, and the mask of the strokes that belong to them.

    What is enclosed by bright letters looks like dark ones, and the other way round: where two lines cover
    each other, the wider one is the text.
    """
    mask = np.zeros(grey.shape, np.bool_)
    kept: list[TextLine] = []
    found = [
        (line, marks)
        for marks in strokes(grey)
        for line in _lines(marks)
        if _on_even_ground(grey, marks, line)
    ]
    for line, marks in sorted(found, key=lambda pair: pair[0].width, reverse=True):
        if any(line.covered_by(other) >= 0.3 for other in kept):
            continue
        kept.append(line)
        here = np.s_[line.top : line.bottom, line.left : line.right]
        mask[here] |= marks[here]
    return sorted(kept, key=lambda line: line.middle), mask


def _lines(marks: Mask) -> list[TextLine]:
    height = marks.shape[0]
    _, _, stats, _ = cv2.connectedComponentsWithStats(marks.astype(np.uint8), connectivity=8)
    boxes = stats[1:]  # the first is the background
    tall = boxes[:, cv2.CC_STAT_HEIGHT]
    wide = boxes[:, cv2.CC_STAT_WIDTH]
    least, most = (share * height for share in GLYPH_HEIGHT)
    glyphs = boxes[(tall >= least) & (tall <= most) & (wide <= GLYPH_WIDEST * tall)]
    rows = _rows(glyphs[np.argsort(glyphs[:, cv2.CC_STAT_LEFT], kind="stable")])
    return [line for row in rows if (line := _line(row, marks)) is not None]


def _rows(glyphs: NDArray[np.int32]) -> list[list[NDArray[np.int32]]]:
    """Joins glyphs, given from left to right, with the row whose end they continue."""
    rows: list[list[NDArray[np.int32]]] = []
    for glyph in glyphs:
        left, top, _, tall = (int(n) for n in glyph[:4])
        best: list[NDArray[np.int32]] | None = None
        nearest = float("inf")
        for row in rows:
            last = row[-1]
            last_top, last_tall = int(last[cv2.CC_STAT_TOP]), int(last[cv2.CC_STAT_HEIGHT])
            gap = left - int(last[cv2.CC_STAT_LEFT] + last[cv2.CC_STAT_WIDTH])
            shared = min(top + tall, last_top + last_tall) - max(top, last_top)
            smaller, larger = min(tall, last_tall), max(tall, last_tall)
            fits = gap <= GAP_WIDEST * larger and shared >= 0.5 * smaller and larger <= 2.5 * smaller
            if fits and gap < nearest:
                best, nearest = row, gap
        if best is None:
            rows.append([glyph])
        else:
            best.append(glyph)
    return rows


def _line(row: list[NDArray[np.int32]], marks: Mask) -> TextLine | None:
    """The row as a line of text, or None where it is too short, only repeats one mark or has no base line."""
    if len(row) < GLYPHS_FEWEST or _sameness(row, marks) >= SAME_MARK:
        return None
    boxes = np.array(row)
    bottoms = boxes[:, cv2.CC_STAT_TOP] + boxes[:, cv2.CC_STAT_HEIGHT]
    left, top = int(boxes[:, cv2.CC_STAT_LEFT].min()), int(boxes[:, cv2.CC_STAT_TOP].min())
    right = int((boxes[:, cv2.CC_STAT_LEFT] + boxes[:, cv2.CC_STAT_WIDTH]).max())
    line = TextLine(left, top, right, int(bottoms.max()), len(row))
    slack = max(1.5, BASE_LINE_SLACK * line.height)
    standing = np.abs(bottoms - np.median(bottoms)) <= slack
    return line if standing.mean() >= BASE_LINE else None


def _sameness(row: list[NDArray[np.int32]], marks: Mask) -> float:
    """How much of their ink neighbours have in common when drawn at one size: the median over the row."""
    shapes = []
    for left, top, wide, tall, _ in row:
        glyph = marks[top : top + tall, left : left + wide].astype(np.float32)
        shapes.append(cv2.resize(glyph, (12, 12), interpolation=cv2.INTER_AREA))
    common = [np.minimum(a, b).sum() / np.maximum(a, b).sum() for a, b in pairwise(shapes)]
    return float(np.median(common))


def _on_even_ground(grey: Grey, marks: Mask, line: TextLine) -> bool:
    here = np.s_[line.top : line.bottom, line.left : line.right]
    inked = marks[here]
    # The pixels next to a stroke are neither: a soft picture mixes the two there.
    ground = grey[here][~cv2.dilate(inked.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(np.bool_)]
    if not ground.size:
        return False
    low, middle, high = np.percentile(ground, (15, 50, 85))
    contrast = abs(float(np.median(grey[here][inked])) - middle)
    return bool(high - low <= GROUND_SPREAD * contrast)
