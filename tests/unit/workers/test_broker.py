"""CHOWDA_BROKER_URL selects the broker. Error messages show no password."""

from __future__ import annotations

from pathlib import Path

import pytest

from chowda.config import Settings
from chowda.errors import ConfigurationError
from chowda.workers.broker import make_broker


@pytest.mark.parametrize(
    "url",
    [
        "amqp://chowda:s3cr/et@host:5672/",
        "redis://:s3cr/et@host:6379/0",
        "postgresql://chowda:s3cr/et@host:port/chowda",
        "amqp://chowda:s3cret@host:port/",
        "redis://[chowda:s3cret@host",
        "chowda:s3cret@host",
        "s3cret",
        "kafka://chowda:s3cret@host",
    ],
)
def test_invalid_broker_url_is_refused_without_showing_it(url: str, tmp_path: Path) -> None:
    settings = Settings(database_url="postgresql://db/chowda", broker_url=url, data_dir=tmp_path)
    with pytest.raises(ConfigurationError, match=r"^CHOWDA_BROKER_URL ") as caught:
        make_broker(settings)
    assert "s3cr" not in caught.value.message
