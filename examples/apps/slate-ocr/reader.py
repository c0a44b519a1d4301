"""Reads the text in a picture with RapidOCR, whose models lie in its wheel: no network is needed, ever."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

# From 1.29 on, onnxruntime reports each use to its maker unless this is set before the import. What an
# archive reads must stay private.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import rapidocr

MODELS = Path(rapidocr.__file__).parent / "models"
DETECTION = MODELS / "PP-OCRv6_det_small.onnx"
RECOGNITION = MODELS / "PP-OCRv6_rec_small.onnx"
# Letters and digits in a row. With fewer it is no text: discs are read as dots, a piece of fence as an H.
FEWEST_LETTERS = 2

Corners = NDArray[np.float32]  # 4 x 2: x and y of a text's corners, from its upper left one, clockwise


class Line(NamedTuple):
    """A row of the picture's text; the confidence is that of its least certain part, 0 to 1."""

    text: str
    confidence: float


class Reader:
    """Loads the models when first used, then reads one picture at a time, for any thread.

    The engine keeps what it works on in its own fields, so two threads must not be in it at once; another
    process (the app in production has several) has its own.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._engine: rapidocr.RapidOCR | None = None

    def read(self, picture: NDArray[np.uint8], min_confidence: float) -> list[Line]:
        """The rows of text from top to bottom. `picture` is height x width x 3, BGR as OpenCV has it."""
        with self._lock:
            if self._engine is None:
                self._engine = _engine()
            result: Any = self._engine(picture)  # of another type for each mode; in ours it has these three
        if result.boxes is None:
            return []
        parts = [
            (np.asarray(box, np.float32), text, float(score))
            for box, text, score in zip(result.boxes, result.txts, result.scores, strict=True)
            if score >= min_confidence and text.strip()
        ]
        lines = [_line(row) for row in rows(parts)]
        return [line for line in lines if sum(map(str.isalnum, line.text)) >= FEWEST_LETTERS]


def rows(parts: list[tuple[Corners, str, float]]) -> list[list[tuple[Corners, str, float]]]:
    """Puts what stands side by side into one row, left to right, and the rows from top to bottom.

    A slate is often a table: "TAPE" at the left and its number far to the right are found as two texts.
    """
    found: list[list[tuple[Corners, str, float]]] = []
    for part in sorted(parts, key=lambda part: float(part[0][:, 1].mean())):
        top, bottom = float(part[0][:, 1].min()), float(part[0][:, 1].max())
        if found:
            last = np.concatenate([corners for corners, _, _ in found[-1]])
            shared = min(bottom, float(last[:, 1].max())) - max(top, float(last[:, 1].min()))
            if shared > 0.5 * min(bottom - top, float(np.ptp(last[:, 1]))):
                found[-1].append(part)
                continue
        found.append([part])
    return [sorted(row, key=lambda part: float(part[0][:, 0].min())) for row in found]


def _line(row: list[tuple[Corners, str, float]]) -> Line:
    return Line(" ".join(text.strip() for _, text, _ in row), min(score for _, _, score in row))


def _engine() -> rapidocr.RapidOCR:
    # Given no path, RapidOCR takes a model of the wanted kind from its folder, or from the network.
    for model in (DETECTION, RECOGNITION):
        if not model.is_file():
            raise FileNotFoundError(f"{model} is missing; reinstall rapidocr, whose wheel has it")
    return rapidocr.RapidOCR(
        params={
            "Global.log_level": "error",
            "Global.text_score": 0.0,  # the app's own parameter decides
            "Global.use_cls": False,  # would look for text that stands on its head
            "Det.model_path": str(DETECTION),
            # Pictures are looked over at this many pixels' height (RapidOCR makes it 736, at twice the
            # time); the text that is found is read at full size.
            "Det.limit_side_len": 480,
            "Rec.model_path": str(RECOGNITION),
            # One thread each: several requests share the machine, and by default each would take all of it.
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )
