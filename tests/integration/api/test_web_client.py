"""How the built web client is served; what it does in a browser is tested in web-client/e2e."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from running_api import RunningApi, running_api

from chowda.api import web_client

PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
SCRIPT = b"export const built = true"


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApi]:
    """Without a database: pages and what they load need none."""
    with running_api("postgresql://none@127.0.0.1:9/none", tmp_path_factory.mktemp("web-client")) as running:
        yield running


@pytest.fixture
def web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A client as the build leaves it."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("the pages")
    (tmp_path / "playground.html").write_text("the playground")
    (tmp_path / "favicon.svg").write_text("<svg/>")
    (tmp_path / "sources.sha256").write_text("of the sources")
    script = tmp_path / "assets/main-3fa1.js"
    script.write_bytes(SCRIPT)
    script.with_name("main-3fa1.js.gz").write_bytes(gzip.compress(SCRIPT))
    monkeypatch.setattr(web_client, "WEB", tmp_path)
    return tmp_path


@pytest.mark.parametrize("path", ["/", "/batches/batch-1", "/media-files/a%2Fb", "/some/thing?status=FAILED"])
@pytest.mark.usefixtures("web")
def test_every_client_path_serves_the_page(api: RunningApi, path: str) -> None:
    answer = httpx.get(api.url + path, headers=PAGE)
    assert (answer.status_code, answer.text) == (200, "the pages")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    again = httpx.get(api.url + path, headers={**PAGE, "If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("wish", ["", "bytes=0-3", "bytes=9-2", "nonsense"])
@pytest.mark.usefixtures("web")
def test_page_ignores_range(api: RunningApi, wish: str) -> None:
    answer = httpx.get(api.url + "/", headers={**PAGE, "Range": wish})
    assert (answer.status_code, answer.text) == (200, "the pages")
    assert answer.headers["accept-ranges"] == "none"


@pytest.mark.usefixtures("web")
def test_policy_allows_only_own_resources(api: RunningApi) -> None:
    headers = httpx.get(api.url + "/", headers=PAGE).headers
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert {policy[name] for name in ("script-src", "style-src", "connect-src", "worker-src")} == {"'self'"}
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.usefixtures("web")
def test_browser_gets_the_playground_at_graphql(api: RunningApi) -> None:
    answer = httpx.get(api.url + "/graphql", headers=PAGE)
    assert answer.text == "the playground"
    assert "script-src 'self';" in answer.headers["content-security-policy"]
    asked = httpx.get(api.url + "/graphql", params={"query": "{ __typename }"}, headers=PAGE)
    assert asked.json() == {"data": {"__typename": "Query"}}
    assert httpx.get(api.url + "/graphql").status_code == 400


@pytest.mark.usefixtures("web")
def test_assets_are_immutable_and_compressed(api: RunningApi) -> None:
    url = api.url + "/assets/main-3fa1.js"
    compressed = httpx.get(url, headers={"Accept-Encoding": "gzip, deflate, br"})
    assert (compressed.content, compressed.headers["content-encoding"]) == (SCRIPT, "gzip")
    plain = httpx.get(url, headers={"Accept-Encoding": "identity"})
    assert plain.content == SCRIPT
    assert "content-encoding" not in plain.headers
    for answer in (compressed, plain):
        assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["vary"] == "Accept-Encoding"
        # A worker is held by the policy that its own script comes with.
        assert "script-src 'self';" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    "path", ["/assets/none.js", "/assets/..%2fsources.sha256", "/sources.sha256", "/index.html"]
)
@pytest.mark.usefixtures("web")
def test_unknown_asset_is_not_found(api: RunningApi, path: str) -> None:
    answer = httpx.get(api.url + path)
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "NOT_FOUND"


def test_missing_web_client_is_reported_in_one_line(
    api: RunningApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_client, "WEB", tmp_path)
    for path in ("/", "/graphql", "/batches"):
        answer = httpx.get(api.url + path, headers=PAGE)
        assert answer.status_code == 404
        assert answer.text.count("\n") == 1
        assert "make web" in answer.text
