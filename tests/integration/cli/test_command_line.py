"""The commands against the whole API, without workers."""

from __future__ import annotations

import csv
import io
import json
import struct
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import Command
from fake_clams import FakeClams
from postgres_fixture import TemplateDatabase
from running_api import RunningApi, running_api

ROWS = """\
guid,location,type,mime,collection
line-1,file:///d/1.mp4,,video/mp4,{name}
line-2,file:///d/2.mp4,,,{name}
,file:///d/3.xyz,,,
line-4,file:///d/4,,,
line-5,file:///d/5.mp3,,,
"""


@pytest.fixture(scope="module")
def shared_api(migrated: TemplateDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApi]:
    """One API for all tests of this file. Each test uses names of its own."""
    with migrated.clone() as url, running_api(url, tmp_path_factory.mktemp("api")) as running:
        yield running


@pytest.fixture(scope="module")
def apps() -> Iterator[tuple[FakeClams, FakeClams]]:
    with FakeClams(name="one") as one, FakeClams(name="two") as two:
        yield one, two


@pytest.fixture
def chowda(
    shared_api: RunningApi, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    monkeypatch.setenv("CHOWDA_URL", shared_api.url)
    return Command(monkeypatch, capsys)


@pytest.fixture
def registered(chowda: Command, apps: tuple[FakeClams, FakeClams]) -> None:
    for app in apps:
        assert chowda("apps", "register", app.url).status == 0


def media(chowda: Command, *guids: str) -> None:
    rows = "".join(f"{json.dumps({'guid': guid, 'location': f'file:///d/{guid}.mp4'})}\n" for guid in guids)
    chowda.stdin(rows)
    assert chowda("media", "import", "-").status == 0


def column(text: str, name: str) -> list[str]:
    return [row[name] for row in csv.DictReader(io.StringIO(text))]


def test_an_import_keeps_the_good_rows_or_with_atomic_none(chowda: Command, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("\ufeff" + ROWS.format(name="import"))

    refused = chowda("media", "import", str(path), "--atomic")
    assert (refused.status, refused.out) == (1, "Nothing was imported: 2 rows of 5 are bad.\n")
    assert chowda("media", "show", "line-1").status == 2

    kept = chowda("media", "import", str(path))
    assert (kept.status, kept.out) == (1, "3 media files added, 2 bad rows.\n")
    first, second = kept.err.splitlines()
    assert first.startswith("line 4: The row has no GUID")
    assert second.startswith("line 5: ")
    listed = chowda("media", "list", "--collection", "import", "--csv", "--sort", "guid", "--ascending")
    assert column(listed.out, "guid") == ["line-1", "line-2"]
    assert column(listed.out, "locations") == ["file:///d/1.mp4", "file:///d/2.mp4"]

    again = chowda("media", "import", str(path), "--json").json
    assert (again["added"], again["unchanged"], again["kept"]) == (0, 3, True)
    assert [row["line"] for row in again["badRows"]] == [4, 5]


def test_standard_input_is_imported_and_a_table_without_guids_refused(
    chowda: Command, tmp_path: Path
) -> None:
    chowda.stdin("guid,location\nstdin-1,file:///d/1.mp4\n")
    assert chowda("media", "import", "-", "--collection", "stdin").out == "1 media file added.\n"
    assert chowda("collections", "show", "stdin", "--json").json["mediaFileCount"] == 1

    missing = chowda("media", "import", str(tmp_path / "none.csv"))
    assert (missing.status, missing.err) == (
        2,
        f"{tmp_path}/none.csv can't be read: No such file or directory.\n",
    )
    chowda.stdin("colour\nred\n")
    refused = chowda("media", "import", "-")
    assert refused.status == 2
    assert "guid" in refused.err


def test_a_directory_is_scanned_and_its_files_added(chowda: Command, tmp_path: Path) -> None:
    for name in ("cpb-aacip-scan1.mp3", "notes.mp3"):
        with wave.open(str(tmp_path / name), "wb") as sound:  # the content determines the type, not the name
            sound.setparams((1, 2, 8000, 0, "NONE", ""))
            sound.writeframes(struct.pack("<h", 0) * 16_000)

    found = chowda("media", "scan", str(tmp_path), "--location-prefix", "file:///media", "--csv")
    assert found.status == 1
    assert found.err == f"{tmp_path}/notes.mp3: its name has no GUID (CHOWDA_GUID_RULE)\n"
    assert column(found.out, "duration_seconds") == ["2.0", "2.0"]
    assert column(found.out, "type") == ["AUDIO", "AUDIO"]

    added = chowda("media", "scan", str(tmp_path), "--location-prefix", "file:///media", "--add")
    assert (added.status, added.out) == (1, "1 media file added, 1 bad row.\n")
    assert added.err.startswith(f"{tmp_path}/notes.mp3: The row has no GUID")
    [document] = chowda("media", "show", "cpb-aacip-scan1", "--json").json["documents"]
    assert (document["location"], document["durationSeconds"]) == ("file:///media/cpb-aacip-scan1.mp3", 2.0)


def test_media_files_are_added_changed_and_deleted(chowda: Command) -> None:
    assert chowda("media", "add", "one-1", "file:///d/1.mp4", "--duration", "60").status == 0
    assert chowda("media", "add", "one-2", "file:///d/2").err.endswith("Set it with --type.\n")
    assert chowda("media", "update", "one-1", "baapb://1.video", "--type", "video").status == 0
    assert "baapb://1.video" in chowda("media", "show", "one-1").out

    deleted = chowda("media", "delete", "one-1", "one-9")
    assert (deleted.status, deleted.out) == (2, "Deleted 1 media file. Unchanged: 1 media file.\n")
    assert deleted.err == "one-9: There is no media file with the GUID 'one-9'.\n"


def test_collections_take_guids_as_arguments_and_from_files(chowda: Command, tmp_path: Path) -> None:
    media(chowda, "coll-1", "coll-2", "coll-3")
    path = tmp_path / "guids.txt"
    path.write_text("\ufeffcoll-1, coll-2\n coll-2;coll-9")

    refused = chowda("collections", "create", "evening", "--from", str(path))
    assert refused.status == 2
    assert refused.err.startswith("Duplicate GUIDs, used once: coll-2.\n")
    assert f"{path} has 1 GUID without a media file: coll-9." in refused.err
    chowda.stdin("coll-1 coll-2")
    assert "has 2 media files" in chowda("collections", "create", "evening", "--from", "-").out
    assert chowda("collections", "add", "evening", "coll-3", "--dry-run").out == "Adds 1 media file.\n"
    assert chowda("collections", "add", "evening", "coll-3").status == 0
    assert chowda("collections", "remove", "evening", "coll-1").status == 0
    assert chowda("collections", "edit", "evening", "--name", "late").status == 0
    assert chowda("collections", "list", "--guid", "coll-3", "--json").json[0]["mediaFileCount"] == 2
    assert chowda("collections", "delete", "late").out == "Deleted 1 collection.\n"


def test_batches_are_created_from_every_source(chowda: Command, registered: None, tmp_path: Path) -> None:
    media(chowda, "batch-1", "batch-2", "batch-3")
    chowda("collections", "create", "spring days", "batch-2", "batch-3")
    guids = tmp_path / "guids.csv"
    guids.write_text("asset_id,title\nbatch-1,x\nbatch-9,y\n")

    created = chowda(
        *("batches", "create", "spring", "--from", str(guids), "--skip-unknown"),
        *("--collection", "spring days", "--json"),
    )
    assert created.json["mediaFileCount"] == 3
    assert chowda("batches", "duplicate", "spring", "summer", "--json").json["mediaFileCount"] == 3
    assert chowda("batches", "combine", "year", "spring", "summer", "--json").json["mediaFileCount"] == 3
    [of_collection] = chowda("batches", "per-collection", "spring days", "--json").json
    assert (of_collection["name"], of_collection["mediaFileCount"]) == ("spring days", 2)
    definition = tmp_path / "kitchen.csv"
    definition.write_text("asset_id,title\nbatch-1,x\n")
    imported = chowda("batches", "import", str(definition))
    assert imported.out.startswith("The batch 'kitchen' (")
    assert imported.err == "Ignored columns: title.\n"
    listed = chowda("batches", "list", "--guid", "batch-1", "--csv", "--sort", "name", "--ascending")
    assert column(listed.out, "name") == ["kitchen", "spring", "summer", "year"]
    assert column(chowda("batches", "not-started", "spring", "--csv").out, "guid") == [
        "batch-1",
        "batch-2",
        "batch-3",
    ]
    assert chowda("batches", "delete", "--text", "kitchen", "--dry-run").out == "Deletes 1 batch.\n"
    assert chowda("batches", "delete", "kitchen", "summer").status == 0


def test_pipelines_are_created_edited_compared_and_exchanged(
    chowda: Command, registered: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unknown = chowda("pipelines", "create", "slates", "--step", "one", "--set", "1.colour=red")
    assert (unknown.status, "has no parameter 'colour'" in unknown.err) == (2, True)
    created = chowda(
        "pipelines", "create", "slates", "--step", "one", "--step", "two", "--set", "1.pretty=true"
    )
    assert "version 1." in created.out
    document = chowda("pipelines", "export", "slates").out
    path = tmp_path / "slates.yaml"
    path.write_text(document.replace("pretty: true", "pretty: false"))

    edited = chowda("pipelines", "edit", "slates", "--file", str(path), "--note", "plain")
    assert "version 2." in edited.out
    differences = chowda("pipelines", "diff", "slates", "--csv")
    assert column(differences.out, "what") == ["Step 1 (one): pretty is now false (before: true)."]
    assert column(chowda("pipelines", "versions", "slates", "--csv").out, "note") == ["plain", ""]
    editor = tmp_path / "editor.sh"
    editor.write_text('#!/bin/sh\nsed -i "s/pretty: false/pretty: true/" "$1"\n')
    editor.chmod(0o755)
    monkeypatch.setenv("EDITOR", str(editor))
    assert "version 3." in chowda("pipelines", "edit", "slates").out
    first = chowda("pipelines", "export", "slates", "--version", "1", "--format", "json")
    assert json.loads(first.out)["steps"][0]["parameters"] == {"pretty": True}

    refused = chowda("pipelines", "import", str(path))
    assert (refused.status, "--as-new-version" in refused.err) == (2, True)
    assert chowda("pipelines", "import", str(path), "--name", "slates two").status == 0
    path.write_text(document.replace("/two/", "/three/"))
    wrong = chowda("pipelines", "import", str(path), "--name", "slates three", "--dry-run")
    assert wrong.status == 2
    assert "three" in wrong.err
    chosen = chowda("pipelines", "import", str(path), "--name", "slates three", "--app", "2=two")
    assert chosen.status == 0

    assert chowda("pipelines", "archive", "slates two", "slates three").out == "Archived 2 pipelines.\n"
    archived = chowda("pipelines", "list", "--archived", "--text", "slates", "--csv")
    assert column(archived.out, "name") == ["slates three", "slates two"]
    assert chowda("pipelines", "unarchive", "slates two").status == 0
    assert chowda("pipelines", "delete", "slates two", "slates three").status == 0


def test_errors_name_the_commands_that_help(chowda: Command, registered: None, tmp_path: Path) -> None:
    media(chowda, "hint-1")
    chowda("pipelines", "create", "hints", "--step", "one")
    chowda("pipelines", "archive", "hints")
    assert chowda("batches", "create", "hints", "hint-1").status == 0

    without = chowda("run", "--batch", "hints")
    assert (without.status, without.err) == (
        2,
        "The batch 'hints' has no pipeline of its own. Choose one (--pipeline).\n",
    )
    archived = chowda("run", "--batch", "hints", "--pipeline", "hints")
    assert archived.err == (
        "The pipeline 'hints' is archived. Unarchive it first (`chowda pipelines unarchive`).\n"
    )
    path = tmp_path / "hints.mmif"
    path.write_text("{}")
    unknown = chowda("mmif", "put", "hint-9", str(path))
    assert unknown.err == (
        "There is no media file with the GUID 'hint-9'. Add it first (`chowda media add`). "
        "`chowda media list` lists what exists.\n"
    )
    chowda("pipelines", "unarchive", "hints")
    assert chowda("run", "--batch", "hints", "--pipeline", "hints").status == 0
    used = chowda("pipelines", "delete", "hints")
    assert (used.status, used.err.splitlines()[1]) == (2, "To archive pipelines: chowda pipelines archive")
    assert "Archive it instead.\n" in used.err


def test_a_recipe_of_clams_kitchen_is_imported(chowda: Command, registered: None, tmp_path: Path) -> None:
    recipe = {
        "id": "kitchen",
        "clams_apps": [{"endpoint": json.loads(chowda("apps", "show", "one", "--json").out)["endpoint"]}],
        "clams_params": [{"pretty": "true"}],
        "media_required": True,
    }
    path = tmp_path / "recipe.json"
    path.write_text(json.dumps(recipe))

    imported = chowda("pipelines", "import", str(path))

    assert imported.out.startswith("Imported (CREATED) the pipeline 'kitchen' (")
    assert imported.err == "Ignored keys: media_required.\n"
    [step] = chowda("pipelines", "show", "kitchen", "--json").json["steps"]
    assert step["parameters"] == {"pretty": True}


def test_apps_are_changed(
    chowda: Command, registered: None, apps: tuple[FakeClams, FakeClams], tmp_path: Path
) -> None:
    assert chowda("apps", "update", "one", "two", "--timeout", "7200").out == "Changed 2 apps.\n"
    assert chowda("apps", "show", "two", "--json").json["timeoutSeconds"] == 7200
    assert chowda("apps", "update", "one").err.startswith("Nothing to change.")
    assert chowda("apps", "deactivate", "--text", "one").status == 0
    assert column(chowda("apps", "list", "--text", "one", "--csv").out, "active") == ["false"]
    assert chowda("apps", "activate", "one").status == 0
    assert column(chowda("apps", "health", "two", "--csv").out, "health") == ["ANSWERING"]
    assert chowda("apps", "refresh", "one").status == 0
    assert column(chowda("apps", "history", "one", "--csv").out, "version") == ["v1.0"]

    description = tmp_path / "metadata.json"
    description.write_text("{}")
    refused = chowda("apps", "import", str(description), "--csv")
    assert (refused.status, column(refused.out, "outcome")) == (1, ["REFUSED"])


def test_events_are_listed(chowda: Command, shared_api: RunningApi) -> None:
    media(chowda, "event-1")
    chowda("collections", "create", "events")

    events = chowda("events", "--action", "createCollection", "--json").json
    assert events[0]["subjectName"] == "events"
    listed = chowda("events", "--subject", events[0]["subjectId"], "--csv")
    assert column(listed.out, "action") == ["createCollection"]
    refused = chowda("events", "--follow", "--all")
    assert (refused.status, refused.err) == (2, "--follow can't be combined with --until or --all.\n")
