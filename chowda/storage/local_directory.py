"""Writes the durable files of a local MMIF store.

obstore's local store does not fsync, so Chowda writes the files itself: first the content reaches the disk, then the
name, then the folder. A file is written in `.incoming` and gets its final name when it is complete.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

STALE_SECONDS = 24 * 3600
"Older files in `.incoming` were left by a dead process."


class LocalDirectory:
    """A directory of files. Its methods block, may be called concurrently by threads and processes, raise OSError."""

    def __init__(self, root: Path) -> None:
        root.mkdir(parents=True, exist_ok=True)
        self.root = root.resolve()
        self._incoming = self.root / ".incoming"
        self._incoming.mkdir(exist_ok=True)
        self._durable_folders: set[str] = set()
        self._remove_leftovers()

    def put(
        self, source: Path | bytes, key: str, sha256: str, size_bytes: int, refresh_seconds: float
    ) -> bool:
        """Writes `source`, which has this hash and size, to the path `key` unless a file with the same bytes exists.

        Renews the time of an existing file that is older than `refresh_seconds`. Returns whether an old or different
        file existed. A source file on the same file system is hard-linked, not copied.
        """
        if isinstance(source, Path):
            expect_size(source, size_bytes)
        target = self.root / key
        self._make_durable(target.parent)
        found = _stat(target)
        exists = found is not None and found.st_size == size_bytes and _sha256(target) == sha256
        old = found is not None and time.time() - found.st_mtime > refresh_seconds
        if not exists:
            with self._staged() as staged:
                _write(source, staged)
                staged.replace(target)
        if old or not exists:
            with contextlib.suppress(FileNotFoundError):  # removed in the meantime
                os.utime(target)
        # Also if it existed: the rename by another process may not have reached the disk yet.
        _sync(target.parent)
        return old or (found is not None and not exists)

    def check_writable(self) -> None:
        """Raises OSError if no file can be created."""
        descriptor, name = tempfile.mkstemp(dir=self._incoming)
        os.close(descriptor)
        Path(name).unlink()

    @contextlib.contextmanager
    def _staged(self) -> Iterator[Path]:
        staged = self._incoming / secrets.token_hex(16)
        try:
            yield staged
        finally:
            # Also after `replace`, which does nothing between two hard links to the same file.
            staged.unlink(missing_ok=True)

    def _make_durable(self, folder: Path) -> None:
        if folder.name not in self._durable_folders:
            folder.mkdir(exist_ok=True)
            _sync(self.root)
            self._durable_folders.add(folder.name)

    def _remove_leftovers(self) -> None:
        for leftover in self._incoming.iterdir():
            with contextlib.suppress(FileNotFoundError):
                # ctime, because a hard link has the mtime of its source.
                if time.time() - leftover.stat().st_ctime > STALE_SECONDS:
                    leftover.unlink()


def expect_size(path: Path, size_bytes: int) -> None:
    """Raises OSError if the file has another size."""
    found_bytes = path.stat().st_size
    if found_bytes != size_bytes:
        raise OSError(f"{path.name} has {found_bytes:,} bytes instead of {size_bytes:,}")


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def _sha256(path: Path) -> str | None:
    """The hash of the file; None if it was removed in the meantime."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return None


def _write(source: Path | bytes, staged: Path) -> None:
    if isinstance(source, Path):
        try:
            staged.hardlink_to(source)
        except OSError:  # another file system, a file of another user, or no support for hard links
            shutil.copyfile(source, staged)
        descriptor = os.open(staged, os.O_RDONLY)
    else:
        descriptor = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    try:
        if isinstance(source, bytes):
            _write_all(descriptor, source)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_all(descriptor: int, data: bytes) -> None:
    """Writes all bytes: os.write may write only some of them."""
    with memoryview(data) as view:
        done = 0
        while done < len(view):
            done += os.write(descriptor, view[done:])


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
