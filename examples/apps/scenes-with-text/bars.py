"""Tells colour bars from other pictures by their columns: SMPTE, EBU and their kin, whatever the colours.

What bars have in common: in the upper half no column changes from top to bottom; from left to right the
colour jumps between a few flat plateaus of about one width; most plateaus are strongly coloured, and their
hues differ.
"""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

Colours = NDArray[np.uint8]  # height x width x 3, RGB

WIDTH = 140  # columns looked at; tape noise averages out
UPPER_SHARE = 0.55  # below it SMPTE bars change
COLUMN_SPREAD = 14.0  # standard deviation down a column, of 255: flat
PLATEAU_STEP = 24.0  # of 255, in any channel, between neighbouring plateaus
PLATEAUS = (6, 10)  # SMPTE has seven, EBU eight
WIDEST_PLATEAU = 2.2  # times the median width
STRONG_COLOUR = 60.0  # largest less smallest channel, of 255
HUES_FEWEST = 5
HUE_STEP = 20.0  # degrees


def score(picture: Colours) -> float:
    """How surely the picture shows bars: 0 where it does not, else the share of columns that are flat."""
    rows = round(picture.shape[0] * WIDTH / picture.shape[1])
    small = cv2.resize(picture, (WIDTH, rows), interpolation=cv2.INTER_AREA)
    upper = small[round(rows * 0.04) : round(rows * UPPER_SHARE)].astype(np.float32)
    spread = upper.std(axis=0).max(axis=1)
    flat = float((spread <= COLUMN_SPREAD).mean())
    plateaus = _plateaus(np.median(upper, axis=0))
    if flat < 0.8 or not PLATEAUS[0] <= len(plateaus) <= PLATEAUS[1]:
        return 0.0
    widths = np.array([width for width, _ in plateaus])
    inner = widths[1:-1]  # the picture's edges may be cut off or black
    if inner.max() > WIDEST_PLATEAU * np.median(widths) or inner.min() < np.median(widths) / WIDEST_PLATEAU:
        return 0.0
    if _hues(np.array([colour for _, colour in plateaus])) < HUES_FEWEST:
        return 0.0
    return flat


def _plateaus(columns: NDArray[np.float32]) -> list[tuple[int, NDArray[np.float32]]]:
    """Width in columns and mean colour of each run of alike columns; slivers at the jumps are left out."""
    jumps = np.flatnonzero(np.abs(np.diff(columns, axis=0)).max(axis=1) >= PLATEAU_STEP / 2) + 1
    edges = [0, *jumps.tolist(), len(columns)]
    runs = [columns[a:b] for a, b in pairwise(edges) if b - a >= 0.03 * WIDTH]
    merged: list[NDArray[np.float32]] = []
    for run in runs:
        if merged and np.abs(merged[-1].mean(axis=0) - run.mean(axis=0)).max() < PLATEAU_STEP:
            merged[-1] = np.concatenate([merged[-1], run])
        else:
            merged.append(run)
    return [(len(run), run.mean(axis=0)) for run in merged]


def _hues(colours: NDArray[np.float32]) -> int:
    """How many clearly different hues there are among the strong colours."""
    strong = colours[np.ptp(colours, axis=1) >= STRONG_COLOUR]
    if not len(strong):
        return 0
    hsv = cv2.cvtColor(strong[None].astype(np.float32) / 255, cv2.COLOR_RGB2HSV)[0]
    seen: list[float] = []
    for hue in hsv[:, 0].tolist():
        if all(min(abs(hue - other), 360 - abs(hue - other)) >= HUE_STEP for other in seen):
            seen.append(hue)
    return len(seen)
