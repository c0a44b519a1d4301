"""The app's metadata, for GET / and for the app directory (which reads them with the SDK alone)."""

from __future__ import annotations

import os
import sys

from clams.app import ClamsApp
from clams.appmetadata import AppMetadata
from labels import LABELS
from mmif import AnnotationTypes, DocumentTypes

# The SDK takes the version from a git tag or from this variable (images set it when they are built).
if not os.environ.get("CLAMS_APP_VERSION"):
    os.environ["CLAMS_APP_VERSION"] = "v1.0"


def appmetadata() -> AppMetadata:
    metadata = AppMetadata(
        name="Scenes with Text by Layout",
        description=(
            "Finds colour bars, slates and chyrons (names in the lower third) in a video, by the layout of "
            "the picture alone: columns of flat colour, still pages of text on an even ground, lines of text "
            "that stay in the lower part of a picture. Uses no trained model. Each scene is a TimeFrame whose"
            " targets are the sampled TimePoints and whose representative is the clearest of them."
        ),
        app_license="Apache 2.0",
        identifier="http://chowda.example/apps/scenes-with-text",
        url="http://chowda.example/apps/scenes-with-text",
    )
    metadata.add_input(DocumentTypes.VideoDocument, required=True)
    metadata.add_output(AnnotationTypes.TimeFrame, timeUnit="milliseconds", labelset=list(LABELS))
    metadata.add_output(AnnotationTypes.TimePoint, timeUnit="milliseconds", labelset=list(LABELS))
    metadata.add_parameter(
        name="sampleRate",
        type="integer",
        default=500,
        description="Milliseconds between the pictures that are looked at, at least 1. What is shorter "
        "than about two of them is missed.",
    )
    metadata.add_parameter(
        name="minFrameDuration",
        type="integer",
        default=1000,
        description="Milliseconds from the first to the last TimePoint of a scene, below which it is left "
        "out.",
    )
    # No `choices`: the SDK refuses every value of a multivalued parameter that has them. The app checks.
    metadata.add_parameter(
        name="labels",
        type="string",
        multivalued=True,
        default=list(LABELS),
        description=f"The kinds of scenes to write down, one or more of: {', '.join(LABELS)}.",
    )
    return metadata


if __name__ == "__main__":
    told = appmetadata()
    for parameter in ClamsApp.universal_parameters:
        told.add_parameter(**parameter)
    sys.stdout.write(told.jsonify(pretty=True))
