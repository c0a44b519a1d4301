"""Settings, read once at start from CHOWDA_* environment variables. Imports nothing of ours but errors and
what a setting is written in."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit, urlunsplit

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from chowda.errors import ConfigurationError
from chowda.guid_rule import AAPB, GuidRule

ORPHANS_LEAST_DAYS = 7
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})


def default_data_dir() -> Path:
    """/var/lib/chowda for root, else below XDG_DATA_HOME (~/.local/share)."""
    if os.geteuid() == 0:
        return Path("/var/lib/chowda")
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share") / "chowda"


class Settings(BaseSettings):
    """What a Chowda process is told. Frozen; every field can be set as CHOWDA_<NAME>."""

    model_config = SettingsConfigDict(env_prefix="CHOWDA_", frozen=True, extra="forbid")

    data_dir: Annotated[Path, Field(default_factory=default_data_dir)]
    "Where the embedded Postgres, the MMIF store and work files live."
    database_url: str | None = None
    "postgresql://…; unset: the embedded Postgres of `chowda up`. Direct, not through a pooler."
    broker_url: str | None = None
    "postgresql://, amqp:// or redis://; unset: the database."
    mmif_store_url: str | None = None
    "file:///dir or s3://bucket/prefix; unset: the directory mmif in data_dir."
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    public_url: str | None = None
    "What Mmif.url starts with; unset: the address of the request."
    allowed_origins: tuple[str, ...] = ()
    "Other web origins that may open a WebSocket."
    threads: Annotated[int, Field(ge=1, le=1000)] = 32
    "Steps in flight per worker process."
    lease_seconds: Annotated[float, Field(ge=0.5)] = 30.0
    "How long a worker may be silent before its steps are given to others."
    poll_seconds: Annotated[float, Field(gt=0)] = 5.0
    "The slow poll that stands behind lost notifications."
    flush_seconds: Annotated[float, Field(gt=0)] = 0.2
    "How often a process sends the notifications that it has gathered."
    app_look_seconds: Annotated[float, Field(ge=0)] = 300.0
    "How often each app is asked what it is: does it answer, and in which version? 0: never."
    mmif_limit_bytes: Annotated[int, Field(ge=1024)] = 2 * 1024**3
    "An answer or an upload larger than this is refused."
    check_media: bool = False
    "Paths mean the same here as where the apps run: a step whose media file is not there fails before the call."
    keep_attempts_days: Annotated[int | None, Field(ge=0)] = 90
    "How long the attempts of steps that have ended are kept; 0: for ever."
    keep_events_days: Annotated[int | None, Field(ge=0)] = 730
    "How long it is kept who did what; 0: for ever."
    keep_orphans_days: Annotated[int | None, Field(ge=0)] = 30
    "How long the store keeps MMIF that no row names; 0: for ever."
    guid_rule: str = AAPB
    "How a file's name tells its GUID: aapb, stem (all before the last dot), or a regular expression with (?P<guid>…)."
    log_level: str = "INFO"

    @field_validator("host")
    @classmethod
    def _loopback_alone(cls, host: str) -> str:
        if host not in LOOPBACK_HOSTS:
            raise ValueError(
                f"{host!r} is not a loopback address. Chowda has no sign-in yet, so it listens on this "
                "machine alone: use 127.0.0.1, and reach it from elsewhere through an SSH tunnel"
            )
        return host

    @field_validator("keep_orphans_days")
    @classmethod
    def _longer_than_any_outage(cls, days: int | None) -> int | None:
        if days is not None and 0 < days < ORPHANS_LEAST_DAYS:
            raise ValueError(
                f"{days} is too short: a worker may hold a result whose bytes are stored and whose row is not, for as "
                f"long as the database is away. Use at least {ORPHANS_LEAST_DAYS}, or 0 to keep them for ever"
            )
        return days

    @field_validator("guid_rule")
    @classmethod
    def _readable_rule(cls, guid_rule: str) -> str:
        try:
            GuidRule.parse(guid_rule)
        except ConfigurationError as exc:
            raise ValueError(exc.message) from exc
        return guid_rule

    @property
    def store_url(self) -> str:
        return self.mmif_store_url or (self.data_dir / "mmif").resolve().as_uri()

    @property
    def work_dir(self) -> Path:
        """Where MMIF on its way between app and store is kept; same file system as a local store."""
        return self.data_dir / "work"

    def require_database_url(self) -> str:
        if not self.database_url:
            raise ConfigurationError(
                "CHOWDA_DATABASE_URL is not set. Set it to postgresql://user@host/database, or use "
                "`chowda up`, which brings a Postgres of its own."
            )
        return self.database_url

    def masked(self) -> dict[str, object]:
        """The settings in force, secrets replaced by ***."""
        shown = self.model_dump(mode="json")
        for name in ("database_url", "broker_url", "mmif_store_url"):
            if shown[name]:
                shown[name] = mask_url(shown[name])
        return shown


def mask_url(url: str) -> str:
    """The URL with password and query values replaced: safe for a log."""
    parts = urlsplit(url)
    netloc = parts.netloc
    if "@" in netloc:
        userinfo, _, host = netloc.rpartition("@")
        user, colon, _ = userinfo.partition(":")
        netloc = f"{user}:***@{host}" if colon else netloc
    query = "&".join(
        pair
        if pair.partition("=")[0] in {"host", "port", "options", "sslmode"}
        else f"{pair.partition('=')[0]}=***"
        for pair in parts.query.split("&")
        if pair
    )
    return urlunsplit((parts.scheme, netloc, parts.path, query, ""))


def load_settings(**overrides: object) -> Settings:
    """Settings from the environment and these overrides (None: not given).

    Raises ConfigurationError, which names each setting that is wrong.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as exc:
        lines = [
            f"CHOWDA_{'_'.join(str(part) for part in error['loc']).upper()}: "
            f"{error['msg'].removeprefix('Value error, ')}"
            for error in exc.errors()
        ]
        raise ConfigurationError("\n".join(lines)) from None
