"""Says what each sampled picture of a video is (bars, slate, chyron or none), and joins equals in time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import bars
import cv2
import numpy as np
import text_lines
from labels import BARS, CHYRON, LABELS, SLATE
from numpy.typing import NDArray
from text_lines import Mask, TextLine

# A slate is a still page of text on an even ground.
SLATE_LINES = 3
SLATE_SPAN = 0.25  # of the picture's height, from the first line's top to the last line's bottom
SLATE_GROUND = 0.6  # of the picture without its text that is of about one brightness
STILL = 4.0  # mean difference in grey levels to a neighbouring sample, of 255

# A chyron is a few lines that stand still, low in a picture whose upper part is not a page of text.
CHYRON_TOP = 0.6  # of the picture's height; its lines' middles are below
CHYRON_LINES = 4
CHYRON_WIDTH = 0.08  # of the picture's width, the widest line
CHYRON_GROUND = 0.7  # of the strip around the lines that is of about one brightness, as a band is
CHYRON_STAYS = 0.5  # of the strokes that are in the same place in a neighbouring sample

EVEN = 28  # grey levels around the most frequent one that count as one brightness
APART_MS = 400  # still and moving parts are distinguished by comparing pictures at least so far apart
ALIKE = 0.5  # of the strokes of two pictures: below it, one text has followed another


class Sample(NamedTuple):
    """A picture of the video and its time. `picture` is height x width x 3, RGB."""

    at_ms: int
    picture: NDArray[np.uint8]


@dataclass(frozen=True)
class Look:
    """What is kept of a sample to compare it with its neighbours; the colours are gone."""

    at_ms: int
    bars: float
    lines: list[TextLine]
    strokes: Mask
    small: NDArray[np.uint8]  # 45 x 80, grey
    page_ground: float
    band_ground: float


@dataclass(frozen=True)
class Judged:
    """A sample's time and, for each of LABELS, a score from 0 (not that) to 1."""

    at_ms: int
    scores: dict[str, float]
    print: NDArray[np.uint8] | None  # the strokes of a slate or chyron, 90 x 160, to tell texts apart

    @property
    def label(self) -> str | None:
        best = max(LABELS, key=lambda label: self.scores[label])
        return best if self.scores[best] > 0 else None


@dataclass(frozen=True)
class Scene:
    """Neighbouring samples that show the same. `samples` is never empty; the times are theirs."""

    label: str
    samples: list[Judged]

    @property
    def start_ms(self) -> int:
        return self.samples[0].at_ms

    @property
    def end_ms(self) -> int:
        return self.samples[-1].at_ms

    @property
    def scores(self) -> dict[str, float]:
        """The mean of the samples' scores."""
        return {
            label: sum(sample.scores[label] for sample in self.samples) / len(self.samples)
            for label in LABELS
        }

    def representative(self) -> Judged:
        """The sample with the best score; among equals the one nearest to the middle."""
        middle = (self.start_ms + self.end_ms) / 2
        return max(self.samples, key=lambda one: (round(one.scores[self.label], 2), -abs(one.at_ms - middle)))


def look(sample: Sample) -> Look:
    """Measures one picture."""
    grey = np.asarray(cv2.cvtColor(sample.picture, cv2.COLOR_RGB2GRAY), np.uint8)
    lines, strokes = text_lines.find(grey)
    low = _low(lines, grey.shape[0])
    around = _strip(low, grey.shape[0]) if low else None
    return Look(
        at_ms=sample.at_ms,
        bars=bars.score(sample.picture),
        lines=lines,
        strokes=strokes,
        small=np.asarray(cv2.resize(grey, (80, 45), interpolation=cv2.INTER_AREA), np.uint8),
        page_ground=_evenness(grey, strokes),
        band_ground=_evenness(grey[around], strokes[around]) if around else 0.0,
    )


def judge(samples: Iterable[Sample]) -> Iterator[Judged]:
    """Scores each sample by itself and by what is shown APART_MS before and after it.

    Holds no more looks than lie in that time, however long the video is.
    """
    window: list[Look] = []
    turn = 0  # of the window: the first that has not been judged
    for sample in samples:
        window.append(look(sample))
        while window[-1].at_ms - window[turn].at_ms >= APART_MS:
            yield _judged(window, turn)
            turn += 1
            while window[1].at_ms <= window[turn].at_ms - APART_MS:
                window.pop(0)
                turn -= 1
    for index in range(turn, len(window)):
        yield _judged(window, index)


def join(judged: Iterable[Judged], labels: Sequence[str], min_duration_ms: int) -> list[Scene]:
    """The scenes of the wanted labels that last long enough, in the order of time.

    One sample in which nothing is recognised is bridged: a flash or a bad frame does not cut a slate in two.
    Where the text changes, a new scene begins.
    """
    scenes: list[Scene] = []
    latest = 0
    for index, sample in enumerate(judged):
        if sample.label is None:
            continue
        scene = scenes[-1] if scenes else None
        near = index - latest <= 2
        if scene and near and scene.label == sample.label and _alike(scene.samples[-1], sample):
            scene.samples.append(sample)
        else:
            scenes.append(Scene(sample.label, [sample]))
        latest = index
    return [
        scene
        for scene in scenes
        if scene.label in labels and scene.end_ms - scene.start_ms >= min_duration_ms
    ]


def _judged(window: list[Look], index: int) -> Judged:
    one = window[index]
    before = [other for other in window[:index] if one.at_ms - other.at_ms >= APART_MS][-1:]
    after = [other for other in window[index + 1 :] if other.at_ms - one.at_ms >= APART_MS][:1]
    neighbours = before + after
    scores = {BARS: one.bars, SLATE: _slate(one, neighbours), CHYRON: _chyron(one, neighbours)}
    if not any((scores[SLATE], scores[CHYRON])):
        return Judged(one.at_ms, scores, None)
    share = cv2.resize(one.strokes.astype(np.float32), (160, 90), interpolation=cv2.INTER_AREA)
    return Judged(one.at_ms, scores, np.asarray(share * 255, np.uint8))


def _slate(one: Look, neighbours: list[Look]) -> float:
    height = one.strokes.shape[0]
    lines = one.lines
    if len(lines) < SLATE_LINES or one.page_ground < SLATE_GROUND:
        return 0.0
    span = max(line.bottom for line in lines) - min(line.top for line in lines)
    if span < SLATE_SPAN * height or lines[0].middle >= CHYRON_TOP * height:
        return 0.0
    moved = [float(cv2.absdiff(one.small, other.small).mean()) for other in neighbours]
    return one.page_ground if moved and min(moved) <= STILL else 0.0


def _chyron(one: Look, neighbours: list[Look]) -> float:
    height, width = one.strokes.shape
    low = _low(one.lines, height)
    if not 1 <= len(low) <= CHYRON_LINES or len(one.lines) - len(low) >= SLATE_LINES:
        return 0.0
    if max(line.width for line in low) < CHYRON_WIDTH * width or one.band_ground < CHYRON_GROUND:
        return 0.0
    here = one.strokes[_strip(low, height)]
    stays = [float((here & other.strokes[_strip(low, height)]).sum() / here.sum()) for other in neighbours]
    return min(one.band_ground, max(stays)) if stays and max(stays) >= CHYRON_STAYS else 0.0


def _low(lines: list[TextLine], height: int) -> list[TextLine]:
    return [line for line in lines if line.middle >= CHYRON_TOP * height]


def _strip(lines: list[TextLine], height: int) -> tuple[slice, slice]:
    """The part of the picture around lines, with a margin of 2 % of its height."""
    margin = round(height * 0.02)
    top, left = (max(0, min(getattr(line, side) for line in lines) - margin) for side in ("top", "left"))
    bottom, right = (max(getattr(line, side) for line in lines) + margin for side in ("bottom", "right"))
    return slice(top, bottom), slice(left, right)


def _evenness(grey: NDArray[np.uint8], strokes: Mask) -> float:
    """The share of what is not text that is within EVEN grey levels of the most frequent brightness."""
    ground = grey[~cv2.dilate(strokes.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(np.bool_)]
    if not ground.size:
        return 0.0
    counts = np.bincount(ground, minlength=256)
    around = np.convolve(counts, np.ones(2 * EVEN + 1, np.int64), "same")
    return float(around.max() / ground.size)


def _alike(one: Judged, other: Judged) -> bool:
    """Whether two pictures show the same text; pictures without any are alike."""
    if one.print is None or other.print is None:
        return one.print is other.print
    union = np.maximum(one.print, other.print).sum(dtype=np.int64)
    return bool(np.minimum(one.print, other.print).sum(dtype=np.int64) >= ALIKE * union)
