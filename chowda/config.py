"""Settings: read once at start from CHOWDA_* environment variables."""

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
    """/var/lib/chowda for root, otherwise chowda in XDG_DATA_HOME (~/.local/share)."""
    if os.geteuid() == 0:
        return Path("/var/lib/chowda")
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share") / "chowda"


class Settings(BaseSettings):
    """The settings of a Chowda process. Each field is set by the environment variable CHOWDA_<NAME>."""

    model_config = SettingsConfigDict(env_prefix="CHOWDA_", frozen=True, extra="forbid")

    data_dir: Annotated[Path, Field(default_factory=default_data_dir)]
    "The directory of the embedded Postgres, the MMIF store, logs and temporary files."
    database_url: str | None = None
    "postgresql://…, a direct connection, not one through a pooler. Unset: the embedded Postgres of `chowda up`."
    broker_url: str | None = None
    "postgresql://…, amqp://… or redis://…. Unset: the database."
    mmif_store_url: str | None = None
    "file:///directory or s3://bucket/prefix. Unset: the directory mmif in data_dir."
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    public_url: str | None = None
    "The address with which Mmif.url begins. Unset: the address of the request."
    allowed_origins: tuple[str, ...] = ()
    "Other web origins that may open a WebSocket."
    threads: Annotated[int, Field(ge=1, le=1000)] = 32
    "How many steps a worker process runs at the same time."
    lease_seconds: Annotated[float, Field(ge=0.5)] = 30.0
    "A worker that sends no heartbeat for this long counts as dead, and its steps are requeued."
    poll_seconds: Annotated[float, Field(gt=0)] = 5.0
    "How often the database is polled, in case a notification was lost."
    flush_seconds: Annotated[float, Field(gt=0)] = 0.2
    "How often a process sends the notifications that it has collected."
    app_look_seconds: Annotated[float, Field(ge=0)] = 300.0
    "How often the metadata of each app is fetched, to check its health and its version. 0: never."
    mmif_limit_bytes: Annotated[int, Field(ge=1024)] = 2 * 1024**3
    "An app's response or an upload that is larger than this is refused."
    check_media: bool = False
    "Whether a step fails before the call if its media file does not exist. Needs the same paths here and in the apps."
    keep_attempts_days: Annotated[int | None, Field(ge=0)] = 90
    "How long attempts of finished steps are kept. 0: forever."
    keep_events_days: Annotated[int | None, Field(ge=0)] = 730
    "How long the audit log is kept. 0: forever."
    keep_orphans_days: Annotated[int | None, Field(ge=0)] = 30
    "How long MMIF that no row refers to stays in the store. 0: forever."
    guid_rule: str = AAPB
    "How the name of a file gives its GUID: aapb, stem (all before the last dot), or a regex with (?P<guid>…)."
    log_level: str = "INFO"

    @field_validator("host")
    @classmethod
    def _only_loopback(cls, host: str) -> str:
        if host not in LOOPBACK_HOSTS:
            raise ValueError(
                f"{host!r} is not a loopback address. Chowda has no sign-in yet, so it only listens on this "
                "machine: use 127.0.0.1, and connect from other machines through an SSH tunnel"
            )
        return host

    @field_validator("keep_orphans_days")
    @classmethod
    def _longer_than_any_outage(cls, days: int | None) -> int | None:
        if days is not None and 0 < days < ORPHANS_LEAST_DAYS:
            raise ValueError(
                f"{days} is too short: during an outage of the database, a worker may have stored MMIF whose row is "
                f"not written yet. Use at least {ORPHANS_LEAST_DAYS}, or 0 to keep such MMIF forever"
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
        """For MMIF in transit between app and store; on the same file system as a local store."""
        return self.data_dir / "work"

    def require_database_url(self) -> str:
        if not self.database_url:
            raise ConfigurationError(
                "CHOWDA_DATABASE_URL is not set. Set it to postgresql://user@host/database, or use "
                "`chowda up`, which starts a Postgres server of its own."
            )
        return self.database_url

    def masked(self) -> dict[str, object]:
        """The current settings, with *** for secrets."""
        settings = self.model_dump(mode="json")
        for name in ("database_url", "broker_url", "mmif_store_url"):
            if settings[name]:
                settings[name] = mask_url(settings[name])
        return settings


def mask_url(url: str) -> str:
    """The URL with *** for its password and query values, safe to log."""
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
    """Settings from the environment; overrides that are not None take precedence.

    Raises ConfigurationError, which names each invalid setting.
    """
    chosen = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(**chosen)  # type: ignore[arg-type]
    except ValidationError as exc:
        lines = [
            f"CHOWDA_{'_'.join(str(part) for part in error['loc']).upper()}: "
            f"{error['msg'].removeprefix('Value error, ')}"
            for error in exc.errors()
        ]
        raise ConfigurationError("\n".join(lines)) from None
