from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from rich.console import Console, RenderableType

from chowda.cli.lookup import not_found_message
from chowda.cli.render import failure_text, run_details, step_bars
from chowda.cli.watch import FAILURES_SHOWN, LiveDisplay
from chowda.client import (
    ENDED,
    AppName,
    BatchName,
    BatchRunState,
    Failure,
    PipelineName,
    RunCounts,
    RunStatus,
    StepProgress,
)


def counts(total: int = 30, **fields: int) -> RunCounts:
    nothing = {"waiting": 0, "running": 0, "finished": 0, "failed": 0, "canceled": 0}
    return RunCounts(**{"total": total, **nothing, **fields})


def step(position: int, name: str, percent: float, of: RunCounts) -> StepProgress:
    app = AppName(id=f"app-{position}", name=name, identifier=f"http://apps.clams.ai/{name}/v1")
    return StepProgress(position=position, app=app, percent=percent, counts=of)


def state(status: RunStatus = RunStatus.RUNNING, **fields: object) -> BatchRunState:
    at = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    defaults = {
        "id": "brun-2s",
        "batch": BatchName(id="batch-1", name="spring"),
        "pipeline": PipelineName(id="pipe-1", name="slates", version=1),
        "status": status,
        "percent": 25.0,
        "priority": 0,
        "counts": counts(finished=3, failed=1, running=4),
        "steps": [
            step(1, "scenes-with-text", 41.9, counts(finished=12, failed=1)),
            step(2, "slate-ocr", 10, counts(finished=3)),
        ],
        "created_at": at,
        "started_at": at,
        "ended_at": datetime(2026, 3, 1, 12, 2, 13, tzinfo=UTC) if status in ENDED else None,
        "as_of": at,
        "stale": False,
        "cursor": "c0",
    }
    return BatchRunState(**{**defaults, **fields})  # type: ignore[arg-type]


def rendered(renderable: RenderableType, width: int = 80) -> list[str]:
    console = Console(file=io.StringIO(), width=width, record=True)
    console.print(renderable)
    return [line.rstrip() for line in console.export_text().splitlines()]


def failure(number: int = 1, message: str = "The app says no.") -> Failure:
    return Failure(
        pipeline_run_id=f"prun-{number}",
        guid=f"cpb-aacip-{number}",
        position=1,
        app="swt",
        code="APP_ERROR",
        message=message,
    )


def test_each_step_has_a_line_with_percent_done_and_failed() -> None:
    first, second = rendered(step_bars(state(), 80))

    assert first.startswith("1 scenes-with-text ")
    assert first.endswith(" 41 % done 12/30, failed 1")
    assert second.startswith("2 slate-ocr ")
    assert second.endswith(" 10 % done 3/30")


@pytest.mark.parametrize("width", [60, 80, 120])
def test_large_numbers_and_long_names_fit_the_width(width: int) -> None:
    large = counts(100_000, finished=99_999, failed=1000, canceled=12)
    long = step(1, "swt-detection-with-a-long-name", 100, large)

    (line,) = rendered(step_bars(state(steps=[long]), width), width)

    assert line.startswith("1 sw")
    assert line.endswith("100 % done 99999/100000, failed 1000, canceled 12")


def test_a_percentage_is_truncated_so_that_100_means_ended() -> None:
    nearly = step(1, "swt", 99.99, counts())

    assert " 99 % " in rendered(step_bars(state(steps=[nearly]), 80))[0]


def test_a_failure_names_file_step_code_and_message() -> None:
    assert rendered(failure_text(failure())) == [
        "failed  cpb-aacip-1  1 swt  APP_ERROR  The app says no.  prun-1"
    ]


def test_a_message_of_an_app_can_not_control_the_terminal() -> None:
    (line,) = rendered(failure_text(failure(message="\x1b[2J[bold]no\x07[/bold]\nfailed  cpb-aacip-2")), 100)

    assert line.endswith("APP_ERROR   [2J[bold]no [/bold] failed  cpb-aacip-2  prun-1")


def test_the_details_of_a_run_end_with_its_failures() -> None:
    lines = rendered(run_details(state(RunStatus.FAILED), [failure(1), failure(2)], 80))

    assert lines[0] == "brun-2s  spring through slates  FAILED"
    assert lines[3] == "FAILED  files: done 3/30, failed 1, took 2:13"
    assert [line.split()[1] for line in lines[4:]] == ["cpb-aacip-1", "cpb-aacip-2"]


def live(width: int = 80) -> tuple[LiveDisplay, Console]:
    console = Console(file=io.StringIO(), width=width, record=True, force_terminal=True)
    return LiveDisplay(console), console


def test_the_live_display_shows_steps_files_and_since_when_it_is_stale() -> None:
    display, _ = live()
    display.show_state(state(started_at=datetime.now(UTC)))
    display.show_lost(datetime(2026, 3, 1, 13, 14, 15, tzinfo=UTC), "refused")

    lines = rendered(display.render())

    assert lines[0] == "brun-2s  spring through slates  RUNNING"
    assert lines[3].startswith("files: done 3/30, failed 1, running 4  0:0")
    assert lines[4] == "Stale since 13:14:15. Reconnecting. (refused)"

    display.show_restored()
    assert len(rendered(display.render())) == 4


def test_the_live_display_estimates_from_the_start_of_the_run() -> None:
    display, _ = live()
    hour_ago = datetime.fromtimestamp(datetime.now(UTC).timestamp() - 3600, UTC)

    display.show_state(state(percent=50.0, started_at=hour_ago))

    assert rendered(display.render())[3].endswith("1:00:00 so far, about 1 h left")


def test_the_live_display_lists_at_most_a_hundred_failures() -> None:
    display, console = live()
    with display:
        display.show_state(state())
        for number in range(FAILURES_SHOWN + 5):
            display.show_failure(failure(number))

    text = console.export_text()
    assert text.count("APP_ERROR") == FAILURES_SHOWN
    assert text.count("more files, counted below") == 1


def test_an_unknown_name_suggests_similar_names() -> None:
    assert not_found_message("batch", "SPRNIG", ["Spring", "autumn"]) == (
        "There is no batch named 'SPRNIG'. Did you mean 'Spring'?"
    )
    assert not_found_message("batch", "xyz", ["spring", "autumn"]) == (
        "There is no batch named 'xyz'. There are: 'autumn', 'spring'."
    )
    assert not_found_message("pipeline", "xyz", []) == (
        "There is no pipeline named 'xyz', and no other pipeline either."
    )
    many = not_found_message("batch", "xyz", [f"batch {number:02}" for number in range(25)])
    assert many.endswith("'batch 09' and 15 more.")
