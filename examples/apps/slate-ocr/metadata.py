"""The app's metadata, for GET / and for the app directory (which reads them with the SDK alone)."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from clams.app import ClamsApp
from clams.appmetadata import AppMetadata
from mmif import AnnotationTypes, DocumentTypes

# The SDK takes the version from a git tag or from this variable (images set it when they are built).
if not os.environ.get("CLAMS_APP_VERSION"):
    os.environ["CLAMS_APP_VERSION"] = "v1.0"

FRAME_TYPES = ("slate", "chyron")


def analyzer_version() -> str:
    wanted = (Path(__file__).parent / "requirements.txt").read_text("utf-8")
    found = re.search(r"^rapidocr==(\S+)$", wanted, re.MULTILINE)
    if not found:
        raise ValueError("requirements.txt must pin rapidocr with ==: its version decides which models read")
    return found[1]


def appmetadata() -> AppMetadata:
    metadata = AppMetadata(
        name="Slate OCR",
        description=(
            "Reads the text in slates and other scenes with text, with RapidOCR (PP-OCRv6 models). For each "
            "picture of a TimeFrame (see tfSamplingMode; by default its representatives) there is one "
            "TextDocument with the text's rows as lines, aligned with the TimeFrame and with the TimePoint "
            "of the picture. Pictures without readable text have none."
        ),
        app_license="Apache 2.0",
        analyzer_version=analyzer_version(),
        analyzer_license="Apache 2.0",
        identifier="http://chowda.example/apps/slate-ocr",
        url="http://chowda.example/apps/slate-ocr",
    )
    metadata.add_input(DocumentTypes.VideoDocument, required=True)
    metadata.add_input(AnnotationTypes.TimeFrame, required=True, label="*")
    metadata.add_output(DocumentTypes.TextDocument)
    metadata.add_output(AnnotationTypes.Alignment)
    metadata.add_parameter(
        name="frameType",
        type="string",
        multivalued=True,
        default=list(FRAME_TYPES),
        description="The labels of the TimeFrames to read.",
    )
    metadata.add_parameter(
        name="minConfidence",
        type="number",
        default=0.8,
        description="Text that is read with less confidence than this (0 to 1) is left out. What the engine "
        "reads into pictures without text mostly has less than 0.7, slates have more than 0.9.",
    )
    return metadata


if __name__ == "__main__":
    told = appmetadata()
    for parameter in ClamsApp.universal_parameters:
        told.add_parameter(**parameter)
    sys.stdout.write(told.jsonify(pretty=True))
