"""File names for MMIF, in zip archives and in directories of the client."""

from __future__ import annotations

import hashlib
import re

_UNSAFE = re.compile(r"[^A-Za-z0-9_.-]|^[.-]|^$")
NAME_CHARACTERS = 200
"With the suffix, this stays below the 255 bytes that file systems allow."
FOLDER_CHARACTERS = 80


def mmif_file_name(guid: str) -> str:
    """The file name of a media file's MMIF, e.g. `cpb-aacip-….mmif`; different for each GUID.

    Characters that are special in a path or a shell become `_`. A name that was changed or cut ends in the beginning
    of the GUID's hash.
    """
    name = _UNSAFE.sub("_", guid)[:NAME_CHARACTERS]
    if name == guid:
        return f"{name}.mmif"
    return f"{name}-{hashlib.sha256(guid.encode()).hexdigest()[:10]}.mmif"


def folder_name(name: str, id: str) -> str:
    """A unique folder name for a batch or run, from its name and its ID, e.g. `spring-batch-2s`."""
    return f"{_UNSAFE.sub('_', name)[:FOLDER_CHARACTERS]}-{id}"
