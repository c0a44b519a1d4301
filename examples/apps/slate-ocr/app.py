"""Reads the text in slates and chyrons that another app found; see metadata.py for what goes in and out."""

from __future__ import annotations

import argparse
import logging
import os
from typing import Any

import progress
import stills
from clams import ClamsApp, Restifier
from mmif import Annotation, AnnotationTypes, DocumentTypes, Mmif, View
from mmif.utils.video_document_helper import SamplingMode
from reader import Line, Reader
from stills import Moment, Video


class SlateOcr(ClamsApp):
    """Holds the engine and nothing of a request: several may run at once in one process."""

    def __init__(self) -> None:
        super().__init__()
        self._reader = Reader()

    def _appmetadata(self) -> None:
        """metadata.py has it."""

    def _annotate(self, mmif: Mmif, **parameters: Any) -> Mmif:
        min_confidence = parameters["minConfidence"]
        if not 0 <= min_confidence <= 1:
            raise ValueError(f"minConfidence is {min_confidence:g}; use a number from 0 to 1")
        documents = mmif.get_documents_by_type(DocumentTypes.VideoDocument)
        if not documents:
            raise ValueError("the MMIF has no VideoDocument; this app reads pictures of videos")
        videos = {document.id: Video(document) for document in documents}
        mode = SamplingMode(parameters["tfSamplingMode"])
        wanted = wanted_frames(mmif, parameters["frameType"])
        work = [
            (frame, video, stills.moments(mmif, frame, video, mode))
            for frame in wanted
            if (video := videos.get(stills.document_id(mmif, frame) or "")) is not None
        ]
        report, done, of = progress.reporter(), 0, sum(len(moments) for _, _, moments in work)
        view = mmif.new_view()
        self.sign_view(view, parameters)
        for frame, video, moments in work:
            for moment, picture in video.pictures(moments):
                lines = self._reader.read(picture, min_confidence)
                if lines:
                    write(view, video, frame, moment, lines)
                done += 1
                report(done / of)
        if not view.annotations:
            # Said here rather than left to the SDK, which would catch the warning of another thread.
            kinds = " or ".join(parameters["frameType"])
            said = f"read no text: {len(wanted)} TimeFrames are labelled {kinds}, {done} pictures were read"
            view.metadata.add_warnings(UserWarning(said))
        return mmif


def wanted_frames(mmif: Mmif, labels: list[str]) -> list[Annotation]:
    """The TimeFrames with one of the labels, of all earlier views."""
    return [
        frame
        for view in mmif.get_all_views_contain(AnnotationTypes.TimeFrame)
        for frame in view.get_annotations(AnnotationTypes.TimeFrame)
        if frame.get_property("label") in labels
    ]


def write(view: View, video: Video, frame: Annotation, moment: Moment, lines: list[Line]) -> None:
    """One TextDocument, and what it was read from."""
    # No language: the models read several and don't say which it was.
    text = view.new_textdocument("\n".join(line.text for line in lines), lang="", document=video.id)
    text.add_property("confidence", round(sum(line.confidence for line in lines) / len(lines), 3))
    sources = [frame.id]
    if moment.point is not None:
        text.add_property("origins", [moment.point])
        text.add_property("origination", "transcription")
        sources.append(moment.point)
    for source in sources:
        view.new_annotation(AnnotationTypes.Alignment, source=source, target=text.id)


def get_app() -> SlateOcr:
    return SlateOcr()


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
    app = get_app()
    # In debug mode there would be a second process, and a console that is open to every client.
    server = Restifier(app, port=arguments.port, debug=False)
    server.host = arguments.host
    progress.serve(server.flask_app)
    if arguments.production:
        # Two processes, since each loads the models (about 350 MB). They stay: their memory does not grow,
        # and loading takes longer than reading; besides, each look at the progress would end one.
        os.environ.setdefault("CLAMS_GUNICORN_WORKERS", "2")
        server.serve_production(max_requests=0, threads=8)
    else:
        app.logger.setLevel(logging.INFO)
        server.run()
