"""The rule that gives a media file's GUID from its file name. Each archive sets its own in CHOWDA_GUID_RULE."""

from __future__ import annotations

import re
import unicodedata
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
_AAPB_SPELLING = re.compile(r"^cpb[-_/]aacip[-_/](?=.)")


@dataclass(frozen=True, slots=True)
class GuidRule:
    """`text` is the setting: aapb, stem, or a regular expression with a group named guid."""

    text: str
    pattern: re.Pattern[str] | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises ConfigurationError for a text that is none of the three."""
        if text in {AAPB, STEM}:
            return cls(text)
        try:
            pattern = re.compile(text)
        except re.error as exc:
            raise ConfigurationError(
                f"{text!r} is neither {AAPB}, {STEM} nor a regular expression ({exc})."
            ) from exc
        if GROUP not in pattern.groupindex:
            raise ConfigurationError(
                f"{text!r} is neither {AAPB} nor {STEM}, and as a regular expression it has no group named "
                f"{GROUP}. Write the part that is the GUID as (?P<{GROUP}>…)."
            )
        return cls(text, pattern)

    def guid_of_name(self, name: str) -> str | None:
        """The GUID in a file name; None if the name has none.

        aapb is the rule of the American Archive of Public Broadcasting: cpb-aacip_507-0r9m32nr3f_dupe.mp4 has the
        GUID cpb-aacip-507-0r9m32nr3f. stem takes the name without its last extension. A regular expression may match
        anywhere in the name.
        """
        name = name.strip(BOM + " \t\r\n")
        if self.pattern is not None:
            found = self.pattern.search(name)
            return (found[GROUP] or "").strip() or None if found else None
        if self.text == STEM:
            return PurePosixPath(name).stem.strip() or None
        if not _AAPB_NAME.fullmatch(name):
            return None
        rest = re.split(r"[_.]", name[len(_AAPB_PREFIX) : -len(".mp4")], maxsplit=1)[0]
        return _AAPB_PREFIX + rest if rest else None

    def canonical(self, guid: str) -> str:
        """The one spelling of a GUID: in Unicode's composed form (NFC), and with the rule aapb with cpb-aacip-.

        The American Archive also writes cpb-aacip/507-0r9m32nr3f and cpb-aacip_507-0r9m32nr3f.
        """
        composed = guid if guid.isascii() else unicodedata.normalize("NFC", guid)
        return _AAPB_SPELLING.sub(_AAPB_PREFIX, composed) if self.text == AAPB else composed

    def guid_of_location(self, location: str) -> str | None:
        """The GUID in the last segment of a path or URI; None if it has none.

        The American Archive also stores files as …/cpb/aacip/NAME, where the two directories belong to the name.
        """
        segments = _path_of(location).rstrip("/").split("/")
        guid = self.guid_of_name(segments[-1])
        if guid is None and self.text == AAPB and len(segments) >= 3:
            return self.guid_of_name("/".join(segments[-3:]))
        return guid


AS_WRITTEN = GuidRule(STEM)
"A rule that normalizes a GUID to NFC and changes nothing else."


def _path_of(location: str) -> str:
    """The decoded path of an http(s) address; otherwise the location without file://."""
    if not location.startswith(("http://", "https://")):
        return location.removeprefix("file://")
    try:
        return unquote(urlsplit(location).path)
    except ValueError:  # not a valid address, such as http://[
        return location
