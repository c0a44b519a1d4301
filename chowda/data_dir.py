"""The directory that holds what Chowda keeps: postgres/, logs/, mmif/, work/."""

from __future__ import annotations

import os
from pathlib import Path


def make_data_dir(path: Path) -> Path:
    """Makes it and the directories above it that are missing; gives the absolute path without links.

    For root they can be passed by everyone but listed by nobody else (0711), since the embedded Postgres
    runs under another account; for others they are closed (0700).
    """
    path = path.resolve()
    root = os.geteuid() == 0
    for directory in (*reversed(path.parents), path):
        if not directory.exists():
            directory.mkdir(exist_ok=True)
            directory.chmod(0o711 if root else 0o700)
    if root:
        path.chmod(path.stat().st_mode & 0o7777 | 0o111)
    return path
