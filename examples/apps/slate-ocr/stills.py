"""Which pictures of a TimeFrame are to be read, and taking them out of the video."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from mmif import Annotation, Document, Mmif
from mmif.utils import timeunit_helper
from mmif.utils import video_document_helper as vdh
from mmif.utils.video_document_helper import SamplingMode
from numpy.typing import NDArray

AT_ONCE = 16  # pictures held in memory


class Moment(NamedTuple):
    """A time in the video and the TimePoint that names it, None where there is none."""

    at_ms: int
    point: str | None


class Video:
    """A video document that can be looked into without leaving a trace on it.

    The SDK notes what it learns of a file on the document, and writes that into the last view when it
    serializes, whose ever view that is: so it is given a copy.
    """

    def __init__(self, document: Document) -> None:
        self.id: str = document.id
        self._copy = Document(document.serialize())

    def to_ms(self, time: Any, unit: str) -> int:
        return int(timeunit_helper.convert(time, unit, "milliseconds", self._frames_per_second()) + 0.5)

    def frame_ms(self) -> float:
        return 1000 / self._frames_per_second()

    def _frames_per_second(self) -> float:
        return float(vdh.get_framerate(self._copy)) or 25.0  # some files don't tell theirs

    def pictures(self, moments: list[Moment]) -> Iterator[tuple[Moment, NDArray[Any]]]:
        """The moments that have a picture, each with it (BGR). Raises FileNotFoundError, RuntimeError."""
        for first in range(0, len(moments), AT_ONCE):
            some = moments[first : first + AT_ONCE]
            taken = vdh.extract_images_from_timepoints(self._copy, [moment.at_ms for moment in some])
            for moment, picture in zip(some, taken, strict=True):
                if picture is not None:
                    yield moment, picture


def document_id(mmif: Mmif, frame: Annotation) -> str | None:
    """The document that a TimeFrame is of: its own property, or that of its first target."""
    own = frame.get_property("document")
    if own:
        return str(own)
    targets = frame.get_property("targets")
    return str(mmif[targets[0]].get_property("document")) if targets else None


def moments(mmif: Mmif, frame: Annotation, video: Video, mode: SamplingMode) -> list[Moment]:
    """What to look at of a TimeFrame, as the SDK's parameter tfSamplingMode words it.

    One difference: a TimeFrame without representatives (most apps write none) is not passed over in the
    mode `representatives`, but looked at in its middle.
    """
    representatives = frame.get_property("representatives") or []
    targets = frame.get_property("targets") or []
    if mode is SamplingMode.ALL:
        if targets:
            return [_moment(mmif, video, point) for point in targets]
        start, end = _bounds(mmif, frame, video)
        return [Moment(at, None) for at in vdh.sample_timepoints(start, end, video.frame_ms())]
    if representatives and mode is SamplingMode.SINGLE:
        return [_moment(mmif, video, representatives[len(representatives) // 2])]
    if representatives:
        return [_moment(mmif, video, point) for point in representatives]
    start, end = _bounds(mmif, frame, video)
    return [Moment((start + end) // 2, None)]


def _moment(mmif: Mmif, video: Video, point: str) -> Moment:
    annotation = mmif[point]
    at_ms = video.to_ms(annotation.get_property("timePoint"), annotation.get_property("timeUnit"))
    return Moment(at_ms, annotation.id)


def _bounds(mmif: Mmif, frame: Annotation, video: Video) -> tuple[int, int]:
    unit = frame.get_property("timeUnit")
    return video.to_ms(mmif.get_start(frame), unit), video.to_ms(mmif.get_end(frame), unit)
