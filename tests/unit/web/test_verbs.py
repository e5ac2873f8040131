"""POST: who may, what is understood, and what is refused."""

from __future__ import annotations

import contextlib
import gzip
import io
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from tests.unit.web.test_server import View

from adce_async.web.server import Site, WebLimits, serving
from adce_async.web.verbs import UnknownError

TOKEN = {"Authorization": "Bearer s3cret-of-the-test"}


class Actions:
    def __init__(self) -> None:
        self.done: list[tuple[Any, ...]] = []

    def __getattr__(self, name: str) -> Any:
        async def do(*args: Any) -> dict[str, object]:
            if args[0] == "nobody":
                raise UnknownError("source: there is no 'nobody'; expected one of ant")
            self.done.append((name, *args[:-1]))
            return {"done": name}

        return do


@contextlib.asynccontextmanager
async def service(token: str | None = "s3cret-of-the-test") -> AsyncIterator[tuple[Actions, Any]]:
    actions = Actions()
    async with (
        serving(Site(View(), actions=actions), "127.0.0.1", 0, WebLimits(token=token)) as url,
        aiohttp.ClientSession(url) as session,
    ):

        async def post(path: str, headers: dict[str, str] = TOKEN, **more: Any) -> tuple[int, Any]:
            async with session.post(path, headers=headers, **more) as response:
                return response.status, await response.json(content_type=None)

        yield actions, post


@pytest.mark.parametrize(
    ("path", "body", "done"),
    [
        ("/reconcile", None, ("reconcile",)),
        ("/pause", None, ("pause", None)),
        ("/pause", {"source": "ant"}, ("pause", "ant")),
        ("/pause?source=ant", None, ("pause", "ant")),
        ("/resume", {}, ("resume", None)),
        ("/parked/retry", {"keys": ["a", "b"]}, ("retry_parked", ["a", "b"], None, None)),
        ("/parked/retry", {"source": "ant", "reason": "404"}, ("retry_parked", [], "ant", "404")),
        ("/parked/retry", {"all": True}, ("retry_parked", [], None, None)),
        ("/cooldowns/lift", {"source": "ant"}, ("lift", "ant")),
        ("/reload", None, ("reload",)),
        ("/log-level", {"level": "debug"}, ("log_level", "DEBUG", None)),
        ("/log-level", {"level": "debug", "component": "pool"}, ("log_level", "DEBUG", "pool")),
        ("/safe-mode", {"on": False}, ("safe_mode", False)),
    ],
)
async def test_each_verb_does_what_it_says(path: str, body: object, done: tuple[object, ...]) -> None:
    async with service() as (actions, post):
        sent = {} if body is None else {"json": body}
        assert await post(path, **sent) == (200, {"done": done[0]})
        assert actions.done == [done]


async def test_without_the_token_nothing_changes() -> None:
    async with service() as (actions, post):
        for headers in ({}, {"Authorization": "Bearer wrong"}):
            for path in (
                "/reconcile",
                "/pause",
                "/resume",
                "/parked/retry",
                "/cooldowns/lift",
                "/reload",
                "/log-level",
                "/safe-mode",
            ):
                status, document = await post(path, headers)
                assert (status, document["title"]) == (403, "Forbidden")
        assert actions.done == []
    async with service(token=None) as (actions, post):
        status, document = await post("/pause")
        assert status == 403
        assert "ADCE_TOKEN" in document["detail"]
        assert actions.done == []


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "zstd"])
async def test_a_body_that_is_packed_changes_nothing(encoding: str) -> None:
    whole = gzip.compress(b'{"source": "ant"}')
    async with service() as (actions, post):
        for body in (whole, whole[:10], b"abcde", b""):
            headers = {**TOKEN, "Content-Encoding": encoding, "Connection": "close"}
            status, document = await post("/pause", headers, data=body)
            assert (status, document["status"]) in [(415, 415), (400, 400)]  # one that the library does not know
        assert actions.done == []


@pytest.mark.parametrize(
    ("path", "sent", "expected"),
    [
        ("/pause", {"data": b"{"}, "no JSON"),
        ("/pause", {"json": ["ant"]}, "expected a JSON object"),
        ("/pause", {"json": {"sauce": "ant"}}, "sauce: no such field here; expected source"),
        ("/pause", {"json": {"source": 7}}, "source: expected a text"),
        ("/reconcile", {"json": {"now": True}}, "now: no such field"),
        ("/parked/retry", {}, "expected {"),
        ("/parked/retry", {"json": {"keys": "a"}}, "keys: expected a list"),
        ("/parked/retry", {"json": {"keys": [1]}}, "keys: expected a list"),
        ("/log-level", {"json": {"level": "LOUD"}}, "level: expected one of DEBUG"),
        ("/safe-mode", {"json": {"on": "yes"}}, 'expected {"on": true}'),
        ("/safe-mode", {}, 'expected {"on": true}'),
        ("/cooldowns/lift", {}, 'expected {"source": ...}'),
    ],
)
async def test_what_is_not_understood_says_what_was_expected(path: str, sent: Any, expected: str) -> None:
    async with service() as (actions, post):
        status, document = await post(path, **sent)
        assert status == 400
        assert expected in document["detail"]
        assert actions.done == []


async def test_a_source_that_is_not_there_and_a_body_that_is_too_large() -> None:
    async with service() as (_, post):
        status, document = await post("/pause", json={"source": "nobody"})
        assert status == 404
        assert "expected one of ant" in document["detail"]
        assert (await post("/pause", data=io.BytesIO(b" " * 2_000_000)))[0] == 413
