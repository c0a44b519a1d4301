"""The data directory, with postgres/, logs/, mmif/ and work/."""

from __future__ import annotations

import os
from pathlib import Path


def make_data_dir(path: Path) -> Path:
    """Creates the directory and its missing parents. Returns the absolute path without symbolic links.

    New directories have mode 0700. For root they have mode 0711, because the embedded Postgres runs under another
    account and must be able to pass through them.
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
