from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from running_api import RunningApi, running_api
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin, Subprotocol

TRANSPORT_WS = Subprotocol("graphql-transport-ws")
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def api(postgres_free_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApi]:
    """Without a database: what is refused at the door needs none."""
    with running_api(
        postgres_free_url,
        tmp_path_factory.mktemp("guard"),
        public_url="https://chowda.example.org/",
        allowed_origins=("https://viewer.example.org",),
    ) as running:
        yield running


@pytest.fixture(scope="module")
def postgres_free_url() -> str:
    return "postgresql://none@127.0.0.1:9/none"


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "LOCALHOST:{port}", "[::1]:{port}", "127.0.0.1:9999", "chowda.example.org"],
)
def test_own_host_names_are_accepted_on_any_port(api: RunningApi, host: str) -> None:
    answer = httpx.get(api.url + "/healthz", headers={"Host": host.format(port=api.port)})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "evil.example:8000", "[::1", "a@b", ""]
)
@pytest.mark.parametrize("path", ["/", "/healthz", "/graphql", "/mmif/mmif-1"])
def test_other_host_name_is_refused_with_advice(api: RunningApi, host: str, path: str) -> None:
    answer = httpx.get(api.url + path, headers={"Host": host})
    assert answer.status_code == 403
    assert "FORBIDDEN" in answer.text
    assert "CHOWDA_PUBLIC_URL" in answer.text


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", "http://localhost"])
@pytest.mark.parametrize("path", ["/graphql", "/mmif?guid=x"])
def test_pages_of_other_origins_cannot_change_anything(api: RunningApi, origin: str, path: str) -> None:
    answer = httpx.post(api.url + path, content=b"{}", headers={**JSON, "Origin": origin})
    assert answer.status_code == 403
    assert "CHOWDA_ALLOWED_ORIGINS" in answer.text
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    "origin", ["http://127.0.0.1:{port}", "https://chowda.example.org", "https://viewer.example.org"]
)
def test_pages_of_own_and_allowed_origins_are_accepted(api: RunningApi, origin: str) -> None:
    headers = {**JSON, "Origin": origin.format(port=api.port)}
    assert httpx.post(api.url + "/graphql", content=b"{}", headers=headers).status_code == 400


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Host": "evil.example"}],
    ids=["origin", "null", "host"],
)
async def test_websockets_of_other_origins_are_refused(api: RunningApi, headers: dict[str, str]) -> None:
    origin = Origin(headers["Origin"]) if "Origin" in headers else None
    more = {name: value for name, value in headers.items() if name != "Origin"}
    with pytest.raises(InvalidStatus) as refused:
        if "Host" in more:
            uri = api.websocket_url.replace("127.0.0.1", "evil.example")
            await connect(uri, host="127.0.0.1", port=api.port, subprotocols=[TRANSPORT_WS])
        else:
            await connect(api.websocket_url, origin=origin, subprotocols=[TRANSPORT_WS])
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("origin", [None, "http://127.0.0.1:{port}", "https://viewer.example.org"])
async def test_websockets_of_programs_and_allowed_origins_are_accepted(
    api: RunningApi, origin: str | None
) -> None:
    given = Origin(origin.format(port=api.port)) if origin else None
    async with connect(api.websocket_url, origin=given, subprotocols=[TRANSPORT_WS]) as websocket:
        assert websocket.subprotocol == TRANSPORT_WS


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json", "/nothing"])
def test_no_page_loads_from_a_cdn(api: RunningApi, path: str) -> None:
    answer = httpx.get(api.url + path)
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "NOT_FOUND"


def test_unknown_method_is_refused_as_json(api: RunningApi) -> None:
    answer = httpx.delete(api.url + "/healthz")
    assert answer.status_code == 405
    assert answer.json()["error"]["message"] == "DELETE is not allowed at /healthz."


def test_api_without_database_is_alive_and_not_ready(api: RunningApi) -> None:
    assert httpx.get(api.url + "/healthz").json() == {"status": "ok"}
    answer = httpx.get(api.url + "/readyz")
    assert answer.status_code == 503
    checks = answer.json()["checks"]
    assert checks["mmifStore"] == "ok"
    assert checks["database"] != "ok"
    assert checks["hub"] != "ok"
    assert "127.0.0.1:9" not in answer.text


def test_error_without_database_shows_no_address(api: RunningApi) -> None:
    answer = httpx.get(api.url + "/mmif/mmif-1")
    assert answer.status_code == 503
    error = answer.json()["error"]
    assert error["code"] == "INTERNAL"
    for inside in ("Traceback", "SELECT", "asyncpg", "127.0.0.1", "site-packages"):
        assert inside not in answer.text


def test_metrics_answer_without_a_database(api: RunningApi) -> None:
    text = httpx.get(api.url + "/metrics").text
    assert "chowda_database_up 0.0" in text
    assert "chowda_http_requests_total" in text


def test_unknown_paths_and_methods_do_not_become_labels(api: RunningApi) -> None:
    httpx.get(api.url + "/some/strange/path")
    httpx.request("STRANGE", api.url + "/healthz")
    text = httpx.get(api.url + "/metrics").text
    assert "strange" not in text.lower()
    assert 'method="other"' in text
