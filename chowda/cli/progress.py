"""Progress bars on stderr. Without a terminal they show nothing."""

from __future__ import annotations

from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn

from chowda.cli.output import size


class TransferBar:
    """Shows the files that are done and found, and the bytes."""

    def __init__(self, noun: str, shown: bool = True) -> None:
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
        self._files = 0
        self._received_bytes = 0

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def file_found(self) -> None:
        self._files += 1
        self._progress.update(self._task, total=self._files)

    def bytes_received(self, size_bytes: int) -> None:
        self._received_bytes += size_bytes
        self._progress.update(self._task, received=size(self._received_bytes))

    def file_done(self) -> None:
        self._progress.advance(self._task)


class ImportBar:
    """Shows the bytes that are sent, then the rows that the server has read."""

    def __init__(self, size_bytes: int | None) -> None:
        console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[amount]}"),
            console=console,
            disable=not console.is_terminal,
            transient=True,
        )
        self._sending = self._progress.add_task("Sending", total=size_bytes, amount="")
        self._reading: TaskID | None = None
        self._sent_bytes = 0
        self._sent_lines = 0

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def chunk_sent(self, chunk: bytes) -> None:
        self._sent_bytes += len(chunk)
        self._sent_lines += chunk.count(b"\n")
        self._progress.update(self._sending, completed=self._sent_bytes, amount=size(self._sent_bytes))

    def rows_read(self, rows: int) -> None:
        if self._reading is None:
            self._reading = self._progress.add_task("Importing", total=self._sent_lines, amount="")
        self._progress.update(self._reading, completed=rows, amount=f"{rows:,} rows")


class CountBar:
    """Shows a count without a total."""

    def __init__(self, noun: str) -> None:
        console = Console(stderr=True)
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn(f"{{task.completed:,.0f}} {noun}"),
            console=console,
            disable=not console.is_terminal,
            transient=True,
        )
        self._task = self._progress.add_task("", total=None)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def advance(self) -> None:
        self._progress.advance(self._task)
