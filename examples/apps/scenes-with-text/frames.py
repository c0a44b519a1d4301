"""Takes still pictures out of a video document at even distances."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import av
from mmif import Document
from mmif.utils import video_document_helper as vdh
from scenes import Sample

WIDEST = 640  # pixels; wider pictures are made smaller, strokes of text are still several pixels wide


def samples(document: Document, every_ms: int, report: Callable[[float], None]) -> Iterator[Sample]:
    """The pictures at 0, `every_ms`, 2 `every_ms` … or the first ones after that, with their true times.

    `report` takes the share of the video that has been read, 0 to 1.
    Raises FileNotFoundError for a location where nothing is, RuntimeError for what is no readable video.
    """
    # A copy, because opening adds the frame rate to the document, and it would end up in a view.
    container = vdh.open_container(Document(document.serialize()))
    try:
        stream = container.streams.video[0]
        length_ms = _length_ms(container, stream)
        due_ms = 0
        for frame in container.decode(stream):
            if frame.time is None:
                continue
            at_ms = round(frame.time * 1000)
            if at_ms < due_ms:
                continue
            due_ms = (at_ms // every_ms + 1) * every_ms
            yield Sample(at_ms, _picture(frame))
            if length_ms:
                report(min(1.0, at_ms / length_ms))
    except av.error.FFmpegError as error:
        path = document.location_path()
        raise RuntimeError(f"video {document.id} ({path}) can't be decoded: {error}") from error
    finally:
        container.close()


def _picture(frame: av.VideoFrame) -> Any:
    if frame.width <= WIDEST:
        return frame.to_ndarray(format="rgb24")
    height = round(frame.height * WIDEST / frame.width / 2) * 2
    return frame.reformat(width=WIDEST, height=height, format="rgb24").to_ndarray()


def _length_ms(container: av.container.InputContainer, stream: av.VideoStream) -> float:
    """0 where the file doesn't say."""
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base * 1000)
    return container.duration / 1000 if container.duration is not None else 0.0
