from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.unit.engine.wire import client, reply, serving

from adce_async.engine.fetching import proxy_environment as proxies
from adce_async.engine.fetching.proxy_environment import proxy_for


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    proxies._lookup.cache_clear()
    yield monkeypatch
    proxies._lookup.cache_clear()


def test_without_variables_there_is_none() -> None:
    assert proxy_for("https://ant.test/") == (None, None)


def test_each_scheme_has_its_own(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("HTTPS_PROXY", "http://one:3128")
    environment.setenv("all_proxy", "two:3128")
    environment.setenv("no_proxy", "bee.test,127.0.0.1")
    assert proxy_for("https://ant.test/x") == ("http://one:3128", None)
    assert proxy_for("http://ant.test/x") == ("http://two:3128", None)
    assert proxy_for("https://www.bee.test:443/") == (None, None)
    assert proxy_for("http://127.0.0.1:9000/") == (None, None)


def test_a_login_goes_into_a_header(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("HTTPS_PROXY", "http://me:p%40ss@one:3128")
    assert proxy_for("https://ant.test/") == ("http://one:3128", {"Proxy-Authorization": "Basic bWU6cEBzcw=="})


async def test_requests_go_there(environment: pytest.MonkeyPatch) -> None:
    async with serving(lambda _: reply(200, b"by proxy")) as server, client(server, mirror=False) as (http, limiter):
        environment.setenv("http_proxy", server.url.replace("//", "//me:pw@"))
        page = await http.fetch("ant", "http://ant.test/a%2Fb?c")
        assert (page.url, page.body) == ("http://ant.test/a%2Fb?c", b"by proxy")
    assert server.targets == ["http://ant.test/a%2Fb?c"]
    assert server.requests[0].headers["proxy-authorization"] == "Basic bWU6cHc="
    assert limiter.requests_total == 1


@pytest.mark.parametrize("host", ["127.0.0.1:9000", "localhost", "[::1]:9000"])
def test_a_mirror_on_this_machine_is_reached_directly(environment: pytest.MonkeyPatch, host: str) -> None:
    environment.setenv("http_proxy", "http://one:3128")
    assert proxy_for(f"http://{host}/ant.test/x") == (None, None)
    assert proxy_for("http://ant.test/x") != (None, None)
