"""Durable files below one directory: what a local MMIF store writes.

obstore's local store knows no fsync, so the writing is done here: contents reach the disk first, then the
name, then the folder. Nothing half-written ever has its final name; files on their way lie in `.incoming`.
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
"A file in `.incoming` that is older was left by a process that died."


class LocalDirectory:
    """Blocking; called in threads, also by several processes at once. Raises OSError."""

    def __init__(self, root: Path) -> None:
        root.mkdir(parents=True, exist_ok=True)
        self.root = root.resolve()
        self._incoming = self.root / ".incoming"
        self._incoming.mkdir(exist_ok=True)
        self._durable_folders: set[str] = set()
        self._sweep()

    def place(
        self, source: Path | bytes, key: str, sha256: str, size_bytes: int, refresh_seconds: float
    ) -> bool:
        """Bring `source`, of which hash and size are given, under the name `key`; a file that is there and is the same
        is left alone, but for its time if that is older than `refresh_seconds`. True: something else or something
        old was there.

        A file on the same file system gets a second name (hard link) and isn't copied.
        """
        if isinstance(source, Path):
            expect_size(source, size_bytes)
        target = self.root / key
        self._make_durable(target.parent)
        found = _found(target)
        there = found is not None and found.st_size == size_bytes and _sha256(target) == sha256
        old = found is not None and time.time() - found.st_mtime > refresh_seconds
        if not there:
            with self._staged() as staged:
                _write(source, staged)
                staged.replace(target)
        if old or not there:
            with contextlib.suppress(FileNotFoundError):  # removed since it was looked at
                os.utime(target)
        # Also when it was there: another's rename may not have reached the disk yet.
        _sync(target.parent)
        return old or (found is not None and not there)

    def probe(self) -> None:
        """That a file can be made here."""
        descriptor, name = tempfile.mkstemp(dir=self._incoming)
        os.close(descriptor)
        Path(name).unlink()

    @contextlib.contextmanager
    def _staged(self) -> Iterator[Path]:
        staged = self._incoming / secrets.token_hex(16)
        try:
            yield staged
        finally:
            # Needed after a rename as well: between two names of one file it does nothing.
            staged.unlink(missing_ok=True)

    def _make_durable(self, folder: Path) -> None:
        if folder.name not in self._durable_folders:
            folder.mkdir(exist_ok=True)
            _sync(self.root)
            self._durable_folders.add(folder.name)

    def _sweep(self) -> None:
        for leftover in self._incoming.iterdir():
            with contextlib.suppress(FileNotFoundError):
                # ctime: a hard link keeps the mtime of the file that it was made from.
                if time.time() - leftover.stat().st_ctime > STALE_SECONDS:
                    leftover.unlink()


def expect_size(path: Path, size_bytes: int) -> None:
    """Raises OSError if the file has another."""
    found_bytes = path.stat().st_size
    if found_bytes != size_bytes:
        raise OSError(f"{path.name} has {found_bytes:,} bytes where {size_bytes:,} were announced")


def _found(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def _sha256(path: Path) -> str | None:
    """None: it has just been removed."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return None


def _write(source: Path | bytes, staged: Path) -> None:
    if isinstance(source, Path):
        try:
            staged.hardlink_to(source)
        except OSError:  # another file system, another's file, or no links here
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
    """os.write may take less than all of it."""
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
