"""The progress bar of files that are fetched or sent."""

from __future__ import annotations

from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn


class TransferBar:
    """Files done of files known, and bytes; on stderr, and nothing where that is no terminal."""

    def __init__(self, noun: str, shown: bool) -> None:
        console = Console(stderr=True)
        self._progress = Progress(
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn(noun),
            TextColumn("{task.fields[received]}"),
            console=console,
            disable=not shown or not console.is_terminal,
            transient=True,
        )
        self._task = self._progress.add_task("", total=0, received="")
        self._found = 0
        self._received_bytes = 0

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def found(self) -> None:
        self._found += 1
        self._progress.update(self._task, total=self._found)

    def received(self, size_bytes: int) -> None:
        self._received_bytes += size_bytes
        self._progress.update(self._task, received=f"{self._received_bytes / 1e6:,.1f} MB")

    def ended(self) -> None:
        self._progress.advance(self._task)
