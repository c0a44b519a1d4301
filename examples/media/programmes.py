"""What the three example videos show: the script that is drawn, and the truth that tests compare with."""

from __future__ import annotations

from dataclasses import asdict, dataclass

WIDTH, HEIGHT = 640, 360
FRAMES_PER_SECOND = 25


@dataclass(frozen=True)
class Slate:
    """A title card as tape libraries know it. `look` names one of the ways pictures.py can draw it."""

    title: str
    date: str
    tape: str
    lines: tuple[str, ...]  # everything that can be read on it, from top to bottom
    look: str


@dataclass(frozen=True)
class LowerThird:
    """Who is speaking: a name and an office over the lower part of a scene.

    Times are milliseconds from the beginning of its segment.
    """

    start_ms: int
    end_ms: int
    name: str
    role: str


@dataclass(frozen=True)
class Segment:
    """A stretch of video. `kind` is bars, black, slate or the name of a moving scene."""

    kind: str
    duration_ms: int
    slate: Slate | None = None
    lower_thirds: tuple[LowerThird, ...] = ()


@dataclass(frozen=True)
class Programme:
    """One video. The GUID has the American Archive's form; no organisation has the number 000."""

    guid: str
    segments: tuple[Segment, ...]

    @property
    def duration_ms(self) -> int:
        return sum(segment.duration_ms for segment in self.segments)

    def truth(self) -> list[dict[str, object]]:
        """What can be found in it, as media.json words it: label (bars, slate, chyron, as the apps name
        them), startMs, endMs, and for slates and chyrons the lines of text."""
        found: list[dict[str, object]] = []
        at = 0
        for segment in self.segments:
            end = at + segment.duration_ms
            if segment.kind == "bars":
                found.append({"label": "bars", "startMs": at, "endMs": end})
            if segment.slate:
                found.append(
                    {
                        "label": "slate",
                        "startMs": at,
                        "endMs": end,
                        "title": segment.slate.title,
                        "date": segment.slate.date,
                        "tape": segment.slate.tape,
                        "lines": list(segment.slate.lines),
                    }
                )
            found += [
                {
                    "label": "chyron",
                    "startMs": at + third.start_ms,
                    "endMs": at + third.end_ms,
                    "lines": [third.name, third.role],
                }
                for third in segment.lower_thirds
            ]
            at = end
        return found

    def recipe(self) -> dict[str, object]:
        """Everything that decides what the video shows, for telling whether a file is still up to date."""
        return asdict(self) | {"width": WIDTH, "height": HEIGHT, "fps": FRAMES_PER_SECOND}


# The first has everything. The second has no bars, the third no slate: so it shows, too, when an app finds
# something where it is not. The scenes hold what deceives a careless detector: fence posts (columns of one
# colour), lit windows (bright marks in rows on black), a scene in the dark.
PROGRAMMES = (
    Programme(
        guid="cpb-aacip-000-example001",
        segments=(
            Segment("bars", 4000),
            Segment("black", 600),
            Segment(
                "slate",
                4000,
                slate=Slate(
                    title="HARBOR LIGHTS MAGAZINE",
                    date="03/14/1987",
                    tape="WBX-2041",
                    lines=(
                        "HARBOR LIGHTS MAGAZINE",
                        "Episode: The Ferry Workers",
                        "Date: 03/14/1987",
                        "Tape: WBX-2041",
                        "Length: 28:46",
                    ),
                    look="ledger",
                ),
            ),
            Segment(
                "meadow",
                6400,
                lower_thirds=(LowerThird(1500, 5500, "Ruth Calloway", "Ferry Pilot, Port Marion"),),
            ),
            Segment("night", 4000),
        ),
    ),
    Programme(
        guid="cpb-aacip-000-example002",
        segments=(
            Segment("black", 1000),
            Segment(
                "slate",
                3600,
                slate=Slate(
                    title="VALLEY FARM REPORT",
                    date="11/02/1979",
                    tape="KQR-5518",
                    lines=(
                        "VALLEY FARM REPORT",
                        "Program 227",
                        "Recorded 11/02/1979",
                        "Tape KQR-5518",
                    ),
                    look="centred",
                ),
            ),
            Segment("studio", 6000, lower_thirds=(LowerThird(1000, 4600, "Samuel Ortega", "County Agent"),)),
            Segment(
                "meadow",
                6000,
                lower_thirds=(LowerThird(1600, 5000, "Helen Brandt", "Dairy Farmer, Elm Creek"),),
            ),
        ),
    ),
    Programme(
        guid="cpb-aacip-000-example003",
        segments=(
            Segment("bars", 3000),
            Segment("black", 1000),
            Segment("night", 5000),
            Segment(
                "studio",
                6000,
                lower_thirds=(LowerThird(1400, 5000, "Dolores Whitfield", "Mayor of Pinecrest"),),
            ),
        ),
    ),
)
