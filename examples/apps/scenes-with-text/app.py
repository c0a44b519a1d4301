"""Finds bars, slates and chyrons in videos; see metadata.py for what goes in and out, scenes.py for how."""

from __future__ import annotations

import argparse
import logging
from typing import Any

import cv2
import frames
import progress
import scenes
from clams import ClamsApp, Restifier
from labels import LABELS
from mmif import AnnotationTypes, Document, DocumentTypes, Mmif, View
from scenes import Scene


class ScenesWithText(ClamsApp):
    """Holds nothing of a request: several may run at once in one process."""

    def _appmetadata(self) -> None:
        """metadata.py has it."""

    def _annotate(self, mmif: Mmif, **parameters: Any) -> Mmif:
        every_ms = _at_least("sampleRate", parameters["sampleRate"], 1)
        min_duration_ms = _at_least("minFrameDuration", parameters["minFrameDuration"], 0)
        labels = parameters["labels"]
        if unknown := [label for label in labels if label not in LABELS]:
            raise ValueError(
                f"labels has {', '.join(map(repr, unknown))}; use one or more of {', '.join(LABELS)}"
            )
        videos = mmif.get_documents_by_type(DocumentTypes.VideoDocument)
        if not videos:
            raise ValueError("the MMIF has no VideoDocument; this app looks for scenes in videos")
        report = progress.reporter()
        for done, video in enumerate(videos):
            share = _part(report, done, len(videos))
            judged = scenes.judge(frames.samples(video, every_ms, share))
            found = scenes.join(judged, labels, min_duration_ms)
            view = mmif.new_view()
            self.sign_view(view, parameters)
            if found:
                write(view, video, found)
            else:
                # Said here rather than left to the SDK, which would catch the warning of another thread.
                view.metadata.add_warnings(UserWarning(f"found no {' or '.join(labels)} in {video.id}"))
        return mmif


def write(view: View, video: Document, found: list[Scene]) -> None:
    """Each scene as TimePoints and a TimeFrame over them, which lasts from the first to the last."""
    for kind in (AnnotationTypes.TimePoint, AnnotationTypes.TimeFrame):
        view.new_contain(kind, document=video.id, timeUnit="milliseconds", labelset=list(LABELS))
    for scene in found:
        points = {}
        for sample in scene.samples:
            points[sample.at_ms] = view.new_annotation(
                AnnotationTypes.TimePoint,
                timePoint=sample.at_ms,
                label=scene.label,
                classification=_rounded(sample.scores),
            ).id
        view.new_annotation(
            AnnotationTypes.TimeFrame,
            label=scene.label,
            classification=_rounded(scene.scores),
            targets=list(points.values()),
            representatives=[points[scene.representative().at_ms]],
        )


def _rounded(scores: dict[str, float]) -> dict[str, float]:
    return {label: round(score, 3) for label, score in scores.items()}


def _at_least(name: str, value: int, least: int) -> int:
    if value < least:
        raise ValueError(f"{name} is {value}; use {least} or more")
    return value


def _part(report: progress.Report, done: int, of: int) -> progress.Report:
    return lambda share: report((done + share) / of)


def get_app() -> ScenesWithText:
    return ScenesWithText()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=5000, help="port to listen on (default: 5000)")
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        help="address to listen on; a container needs 0.0.0.0 (default: loopback)",
    )
    parser.add_argument("--production", action="store_true", help="run under gunicorn, in several processes")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)  # several requests share the machine; one picture is too small to be shared out
    app = get_app()
    # In debug mode there would be a second process, and a console that is open to every client.
    server = Restifier(app, port=arguments.port, debug=False)
    server.host = arguments.host
    progress.serve(server.flask_app)
    if arguments.production:
        # Worker processes stay: their memory does not grow, and each request for the progress would end one.
        server.serve_production(max_requests=0, threads=8)
    else:
        app.logger.setLevel(logging.INFO)
        server.run()
