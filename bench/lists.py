"""Every page of the web client with years of data: 100,000 media files, 1,000 batches, a million pipeline runs.

Each page is one query over HTTP, as the web client sends it. The same page is measured with a thousand pipeline runs:
the time must not depend on the amount of data.
"""

from __future__ import annotations

import statistics
import time
from contextlib import ExitStack

from bench.large_tables import Amount, fill
from bench.stack import Row, Stack

# Pages are equally full with FEW and with MANY, so that their times are comparable.
FEW = Amount(1_000, 70, 1_000, active_files=310, one_failed_in=2, one_runs_in=2)
MANY = Amount(100_000, 1_000, 1_000_000, active_files=20_000, one_failed_in=50, one_runs_in=100)
ROUNDS = 15
TARGET_SECONDS = 0.05
TARGET_RATIO = 1.5

COUNTS = "counts { total waiting running finished failed canceled }"
RUN = f"id status percent createdAt startedAt endedAt {COUNTS} batch {{ id name }} pipeline {{ id name }} "
RUN += f"steps {{ position percent app {{ name }} {COUNTS} }}"
CALL = "number worker startedAt endedAt underWay error { code } "
CALL += "stepRun { position app { name } pipelineRun { id mediaFile { guid } } }"
FILE_RUN = "id status percent endedAt mediaFile { guid } batchRun { id batch { name } } "
FILE_RUN += "steps { position status app { name } error { code message } }"
PAGE_INFO = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount { count exact }"


def connection(noun: str, arguments: str, node: str) -> str:
    return f"{{ {noun}{f'({arguments})' if arguments else ''} {{ {PAGE_INFO} edges {{ cursor node {{ {node} }} }} }} }}"


NEWEST_BATCH = "newest-batch"
"A placeholder for the ID of the newest batch, whose files fill a page with FEW and with MANY."
FILE = "guid createdAt documents { type mime location } newestMmif { id createdAt appIdentifier }"
PAGES = {
    "batch runs": connection("batchRuns", "", RUN),
    "batch runs that failed, by end time": connection(
        "batchRuns", "filter: {status: [FAILED]}, sort: ENDED", RUN
    ),
    "batches with their last runs": connection(
        "batches",
        "",
        f"id name mediaFileCount createdAt pipeline {{ name }} lastRun {{ status percent {COUNTS} }}",
    ),
    "batches by name": connection("batches", "sort: NAME, descending: false", "id name mediaFileCount"),
    "batches by text": connection("batches", 'filter: {text: "A"}', "id name mediaFileCount"),
    "media files": connection("mediaFiles", "", FILE),
    "batches with files of a collection": connection(
        "batches", 'filter: {collections: ["coll-5"]}', "id name mediaFileCount"
    ),
    "batches with their contents": connection(
        "batches",
        "first: 20",
        "id percentFinished percentSuccessful notStarted(first: 5) { nodes { guid } } "
        "outputMmifs(first: 5) { nodes { id size mediaFile { guid } } }",
    ),
    "batch runs with files of a collection": connection(
        "batchRuns", 'filter: {collections: ["coll-5"]}', RUN
    ),
    "media files by GUID": connection("mediaFiles", "sort: GUID, descending: false", FILE),
    "media files by text": connection("mediaFiles", 'filter: {text: "7-"}', FILE),
    "media files of a batch": connection("mediaFiles", f'filter: {{batches: ["{NEWEST_BATCH}"]}}', FILE),
    "media files of a collection": connection("mediaFiles", 'filter: {collections: ["coll-5"]}', FILE),
    "media files without an app's output": connection(
        "mediaFiles", 'filter: {noOutputOf: {app: "app-1"}}', FILE
    ),
    "media files with an older output": connection(
        "mediaFiles", 'filter: {noOutputOf: {app: "app-2", olderThan: "v8.10"}}', FILE
    ),
    "audio files": connection("mediaFiles", 'filter: {mimes: ["audio/"]}', FILE),
    "media files with their runs": connection(
        "mediaFiles", "first: 20", "guid pipelineRuns(first: 5) { nodes { id status batchRun { id } } }"
    ),
    "pipeline runs": connection("pipelineRuns", "", FILE_RUN),
    "pipeline runs by end time": connection("pipelineRuns", "sort: ENDED", FILE_RUN),
    "pipeline runs that failed": connection("pipelineRuns", "filter: {status: [FAILED]}", FILE_RUN),
    "running pipeline runs": connection("pipelineRuns", "filter: {status: [RUNNING]}", FILE_RUN),
    "waiting pipeline runs": connection("pipelineRuns", "filter: {status: [WAITING]}", FILE_RUN),
    "pipeline runs by error code": connection(
        "pipelineRuns", "filter: {errorCodes: [NO_NEW_VIEW]}", FILE_RUN
    ),
    "pipeline runs by text": connection("pipelineRuns", 'filter: {text: "7-"}', FILE_RUN),
    "pipeline runs of a collection": connection(
        "pipelineRuns", 'filter: {collections: ["coll-5"]}', FILE_RUN
    ),
    "pipeline runs of an app": connection("pipelineRuns", 'filter: {apps: ["app-3"]}', FILE_RUN),
    "MMIF": connection("mmifs", "", "id size origin appIdentifier mediaFile { guid } createdAt"),
    "MMIF by size": connection("mmifs", "sort: SIZE", "id size origin appIdentifier mediaFile { guid }"),
    "MMIF of an app": connection("mmifs", 'filter: {apps: ["app-5"]}', "id size mediaFile { guid }"),
    "a running batch run": f"{{ batchRuns(first: 1) {{ nodes {{ {RUN} cursor pipelineRuns {{ {PAGE_INFO} "
    f"edges {{ node {{ {FILE_RUN} }} }} }} }} }} }}",
    "calls of a batch run": f"{{ batchRuns(first: 1) {{ nodes {{ attempts {{ {PAGE_INFO} nodes {{ {CALL} }} }} }} "
    f"}} }}",
    "collections": connection("collections", "", "id name mediaFileCount"),
    "apps": connection("apps", "", "id name identifier version maxConcurrency"),
    "pipelines": connection("pipelines", "", "id name steps { position app { name } }"),
}


def measure() -> list[Row]:
    with ExitStack() as both:
        few, many = (both.enter_context(Stack(workers=0)) for _ in range(2))
        fill(few.postgres.dsn, FEW)
        began = time.perf_counter()
        fill(many.postgres.dsn, MANY)
        filled = time.perf_counter() - began
        rows = [Row("filling a database with a million runs", f"{filled:.0f} s", "240 s", filled / 240, 1.0)]
        for name, (with_few, with_many) in compare(few, many).items():
            measured = f"{with_many * 1000:.0f} ms"
            rows += [
                Row(f"page: {name}", measured, "50 ms", with_many / TARGET_SECONDS, 1.0),
                Row(
                    f"page: {name}, compared with 1,000 runs",
                    measured,
                    f"{with_few * 1000:.0f} ms",
                    with_many / with_few,
                    TARGET_RATIO,
                ),
            ]
        return rows


def compare(few: Stack, many: Stack) -> dict[str, tuple[float, float]]:
    """Return for each page the median seconds with few and with many. Alternates, so that both have the same load."""
    taken: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in PAGES}
    newest = {
        stack: stack.ask("{ batches(first: 1) { nodes { id } } }")["batches"]["nodes"][0]["id"]
        for stack in (few, many)
    }
    for number in range(ROUNDS + 2):
        for name, query in PAGES.items():
            for stack, times in zip((few, many), taken[name], strict=True):
                began = time.perf_counter()
                stack.ask(query.replace(NEWEST_BATCH, newest[stack]))
                if number > 1:  # the first rounds fill the caches
                    times.append(time.perf_counter() - began)
    return {name: (statistics.median(few), statistics.median(many)) for name, (few, many) in taken.items()}
