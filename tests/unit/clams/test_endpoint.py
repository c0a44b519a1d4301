"""Endpoints of apps are checked and normalized."""

from __future__ import annotations

import pytest

from chowda.clams.endpoint import check_endpoint
from chowda.errors import BadUserInput


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "localhost:5000",
        "ftp://host/",
        "file:///etc/passwd",
        "http://",
        "http:///x",
        "http://host:99999",
        "http://[::1",
        "http://a\nb",
        "http://xn--a/",
    ],
)
def test_other_urls_are_refused(endpoint: str) -> None:
    with pytest.raises(BadUserInput, match="endpoint"):
        check_endpoint(endpoint)


@pytest.mark.parametrize(
    "endpoint", ["http://me:s3cret@host:5000", "https://s3cret@host", "ftp://me:s3cret@host"]
)
def test_credentials_are_refused_and_not_repeated(endpoint: str) -> None:
    with pytest.raises(BadUserInput, match="user name or password") as caught:
        check_endpoint(endpoint)
    assert "s3cret" not in caught.value.message


def test_endpoint_is_normalized() -> None:
    assert check_endpoint(" http://HOST:80/ ") == check_endpoint("http://host") == "http://host"
    assert check_endpoint("https://host:443/apps/ocr/") == "https://host/apps/ocr/"
