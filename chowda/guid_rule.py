"""How the name of a media file tells its GUID. Each archive has a rule of its own: CHOWDA_GUID_RULE."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Self
from urllib.parse import unquote, urlsplit

from chowda.errors import ConfigurationError

AAPB = "aapb"
STEM = "stem"
GROUP = "guid"
BOM = "\ufeff"

_AAPB_NAME = re.compile(r"cpb[-_/]aacip[-_/].+\.mp[34]", re.ASCII)
_AAPB_PREFIX = "cpb-aacip-"


@dataclass(frozen=True, slots=True)
class GuidRule:
    """`told` is the setting: aapb, stem, or a regular expression with a group named guid."""

    told: str
    pattern: re.Pattern[str] | None = None

    @classmethod
    def parse(cls, told: str) -> Self:
        """Raises ConfigurationError for what is none of the three."""
        if told in {AAPB, STEM}:
            return cls(told)
        try:
            pattern = re.compile(told)
        except re.error as exc:
            raise ConfigurationError(
                f"{told!r} is neither {AAPB}, {STEM} nor a regular expression ({exc})."
            ) from exc
        if GROUP not in pattern.groupindex:
            raise ConfigurationError(
                f"{told!r} is neither {AAPB} nor {STEM}, and as a regular expression it has no group named "
                f"{GROUP}: write the part that is the GUID as (?P<{GROUP}>…)."
            )
        return cls(told, pattern)

    def guid_of_name(self, name: str) -> str | None:
        """The GUID of a file of this name, or None where the name holds none.

        aapb is the rule of the American Archive of Public Broadcasting: cpb-aacip_507-0r9m32nr3f_dupe.mp4 is of
        cpb-aacip-507-0r9m32nr3f. stem takes all that stands before the last dot. A regular expression is
        searched for anywhere in the name.
        """
        name = name.strip(BOM + " \t\r\n")
        if self.pattern is not None:
            found = self.pattern.search(name)
            return (found[GROUP] or "").strip() or None if found else None
        if self.told == STEM:
            return PurePosixPath(name).stem.strip() or None
        if not _AAPB_NAME.fullmatch(name):
            return None
        rest = re.split(r"[_.]", name[len(_AAPB_PREFIX) : -len(".mp4")], maxsplit=1)[0]
        return _AAPB_PREFIX + rest if rest else None

    def guid_of_location(self, location: str) -> str | None:
        """The GUID of the file at this place, a path or a URI: its last part is the file's name.

        The American Archive also keeps files as …/cpb/aacip/NAME; there the directories belong to the name.
        """
        segments = _path_of(location).rstrip("/").split("/")
        guid = self.guid_of_name(segments[-1])
        if guid is None and self.told == AAPB and len(segments) >= 3:
            return self.guid_of_name("/".join(segments[-3:]))
        return guid


def _path_of(location: str) -> str:
    """Of an http(s) address what stands in it decoded; of anything else all but file://."""
    if not location.startswith(("http://", "https://")):
        return location.removeprefix("file://")
    try:
        return unquote(urlsplit(location).path)
    except ValueError:  # an address that is none, such as http://[
        return location
