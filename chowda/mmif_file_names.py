"""What a media file's MMIF is called as a file, in a zip and in a directory of the client."""

from __future__ import annotations

import hashlib
import re

_AWKWARD = re.compile(r"[^A-Za-z0-9_.-]|^[.-]|^$")
NAME_CHARACTERS = 200
"With what is put behind it below the 255 bytes that file systems take."
FOLDER_CHARACTERS = 80


def mmif_file_name(guid: str) -> str:
    """`cpb-aacip-….mmif`; the same GUID always has the same name, and two GUIDs never share one.

    Characters that a path or a shell could take for something else become `_`; a name that was changed so, or
    cut, ends in a part of the GUID's hash.
    """
    name = _AWKWARD.sub("_", guid)[:NAME_CHARACTERS]
    if name == guid:
        return f"{name}.mmif"
    return f"{name}-{hashlib.sha256(guid.encode()).hexdigest()[:10]}.mmif"


def folder_name(name: str, id: str) -> str:
    """Of what has a name that need not be unique and an ID that is, e.g. `spring-batch-2s`."""
    return f"{_AWKWARD.sub('_', name)[:FOLDER_CHARACTERS]}-{id}"
