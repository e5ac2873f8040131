"""A listing is exact or fails, whatever its server does; first over a server that does what it is told, then a real one."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from tests.s3_server import S3Server
from tests.unit.adapters.s3.test_list_page import content, page

from adce_async.adapters.s3 import lister as listing
from adce_async.adapters.s3.client import Aws
from adce_async.adapters.s3.lister import TRIES, Lister
from adce_async.errors import StoreError, StoreUnreachableError
from adce_async.model.aws import AwsSettings

pytestmark = pytest.mark.looptime(False)
KEYS = [f"raw/{number:04}" for number in range(95)]
Trouble = Callable[[web.Request, bytes], "web.StreamResponse | None"]


def busy(_request: web.Request, _body: bytes) -> web.StreamResponse:
    error = "<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"
    return web.Response(status=503, text=error, content_type="application/xml")


def denied(_request: web.Request, _body: bytes) -> web.StreamResponse:
    error = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
    return web.Response(status=403, text=error, content_type="application/xml")


def reset(request: web.Request, _body: bytes) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


def cut(_request: web.Request, body: bytes) -> web.StreamResponse:
    return web.Response(body=body[: len(body) // 2], content_type="application/xml")


def failed(_request: web.Request, _body: bytes) -> web.StreamResponse:
    return web.Response(text="<Error><Code>InternalError</Code></Error>", content_type="application/xml")


def first_again(_request: web.Request, _body: bytes) -> web.StreamResponse:
    return web.Response(body=page(*map(content, KEYS[:10]), more="true"), content_type="application/xml")


def empty(_request: web.Request, _body: bytes) -> web.StreamResponse:
    return web.Response(body=page(more="true"), content_type="application/xml")


class Server:
    """Ten keys a page; `troubles`: what becomes of the n-th request (from 0)."""

    def __init__(self, **troubles: Trouble) -> None:
        self.troubles = {int(name.removeprefix("on_")): trouble for name, trouble in troubles.items()}
        self.always: Trouble | None = None
        self.asked: list[str] = []

    async def answer(self, request: web.Request) -> web.StreamResponse:
        number = len(self.asked)
        after = request.query.get("continuation-token") or request.query.get("start-after", "")
        prefix = request.query.get("prefix", "")
        self.asked.append(after)
        rest = [key for key in KEYS if key > after and key.startswith(prefix)]
        following = f"<NextContinuationToken>{rest[9]}</NextContinuationToken>" if len(rest) > 10 else ""
        body = page(*map(content, rest[:10]), more="true" if following else "false", head=following)
        trouble = self.troubles.get(number, self.always)
        answer = trouble(request, body) if trouble else None
        return answer or web.Response(body=body, content_type="application/xml")

    @asynccontextmanager
    async def lister(self, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Lister]:
        """What lists it."""
        async with self.aws(monkeypatch) as aws:
            yield Lister(await aws.s3(), "lake")

    @asynccontextmanager
    async def aws(self, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Aws]:
        """What speaks to it."""
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAOFNOBODYATALL123")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-of-nobody-at-all")
        monkeypatch.setattr(listing, "FIRST_PAUSE", 0.001)
        monkeypatch.setattr(listing, "LONGEST_PAUSE", 0.001)
        app = web.Application()
        app.router.add_get("/{bucket}", self.answer)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        assert site._server is not None
        port = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
        try:
            async with Aws(AwsSettings(endpoint_url=f"http://127.0.0.1:{port}", attempts=1)) as aws:
                yield aws
        finally:
            await runner.cleanup()


async def listed(lister: Lister, prefix: str = "raw/", start_after: str = "") -> list[str]:
    return [key async for found in lister.pages(prefix, start_after) for key in found.keys]


async def test_all_pages_each_asked_for_by_the_last_key_of_the_one_before(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server()
    async with server.lister(monkeypatch) as lister:
        assert await listed(lister) == KEYS
    assert server.asked == ["", *KEYS[9:90:10]]


async def test_it_goes_on_where_another_has_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Server().lister(monkeypatch) as lister:
        assert await listed(lister, start_after="raw/0041") == KEYS[42:]
        assert await listed(lister, start_after="raw/0094") == []


async def test_only_what_begins_with_the_prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Server().lister(monkeypatch) as lister:
        assert await listed(lister, "raw/002") == KEYS[20:30]
        assert await listed(lister, "other/") == []


@pytest.mark.parametrize("trouble", [busy, reset, cut, failed, first_again, empty])
async def test_a_page_that_fails_comes_with_another_try(trouble: Trouble, monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(on_1=trouble, on_4=trouble, on_5=trouble)
    async with server.lister(monkeypatch) as lister:
        assert await listed(lister) == KEYS
    assert len(server.asked) == 10 + 3


@pytest.mark.parametrize("trouble", [busy, reset, cut, failed, first_again, empty])
async def test_a_page_that_never_comes_is_no_end(trouble: Trouble, monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server()
    async with server.lister(monkeypatch) as lister:
        pages = lister.pages("raw/")
        assert [*(await anext(pages)).keys] == KEYS[:10]
        server.always = trouble
        with pytest.raises(StoreError, match="s3://lake/raw/"):
            await anext(pages)
    assert len(server.asked) >= 1 + TRIES  # aiohttp tries once more by itself where a connection breaks


async def test_part_of_a_page_that_came_before_brings_only_what_is_new(monkeypatch: pytest.MonkeyPatch) -> None:
    def overlapping(_request: web.Request, _body: bytes) -> web.StreamResponse:
        return web.Response(body=page(*map(content, KEYS[5:15]), more="true"), content_type="application/xml")

    async with Server(on_1=overlapping).lister(monkeypatch) as lister:
        assert await listed(lister) == KEYS


async def test_what_is_denied_is_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(on_0=denied)
    async with server.lister(monkeypatch) as lister:
        with pytest.raises(StoreError, match=r"listing: AccessDenied .*let these credentials") as caught:
            await listed(lister)
    assert not isinstance(caught.value, StoreUnreachableError)
    assert len(server.asked) == 1


async def test_without_a_network_it_fails_at_once(s3_server: S3Server) -> None:
    async with Aws(AwsSettings(endpoint_url="http://127.0.0.1:9", attempts=1)) as aws:
        with pytest.raises(StoreUnreachableError):
            await listed(Lister(await aws.s3(), "lake"))


async def test_a_real_server_with_keys_of_all_kinds(s3_server: S3Server) -> None:
    bucket = s3_server.new_bucket()
    keys = ["x/a b+c.json", "x/a%20b", "x/&<>\"'.json", "x/ü.json", "x/deep/er/é", *(f"x/{n}" for n in range(20))]
    async with Aws(AwsSettings()) as aws:
        s3 = await aws.s3()
        await asyncio.gather(*(s3.put_object(Bucket=bucket, Key=key, Body=b"1") for key in (*keys, "y/other")))
        lister = Lister(s3, bucket, page_size=7)
        assert await listed(lister, "x/") == sorted(keys)
        (first, *_) = [found async for found in lister.pages("x/")]
        assert first.sizes == [1] * 7
        assert first.etags == ["c4ca4238a0b923820dcc509a6f75849b"] * 7
        plain = await s3.list_objects_v2(Bucket=bucket, Prefix="y/")
        assert [each["Key"] for each in plain["Contents"]] == ["y/other"], "others get what the client makes of it"
        with contextlib.suppress(KeyError):
            assert plain["RawPage"] is None
