"""With obstore or without it, a listing is the same; where obstore can't say it exactly, it is listed without it."""

from __future__ import annotations

import asyncio
import importlib.util

import pytest
from aiohttp import web
from tests.s3_server import S3Server
from tests.unit.adapters.s3.test_list_page import content, page
from tests.unit.adapters.s3.test_lister import KEYS, Server, Trouble, cut, denied, failed, first_again

from adce_async.adapters.s3.client import Aws
from adce_async.adapters.s3.fast_lister import FastLister, lister
from adce_async.adapters.s3.list_page import Page
from adce_async.adapters.s3.lister import Lister
from adce_async.errors import StoreError
from adce_async.model.aws import AwsSettings

pytestmark = pytest.mark.looptime(False)

PLAIN = ["x/a b+c.json", "x/a%20b", "x/&<>\"'.json", "x/ü.json", "x/deep/er/é", *(f"x/{n:02}" for n in range(20))]


async def collected(
    one: Lister | FastLister, prefix: str = "", start_after: str = ""
) -> list[tuple[str, int, str, float]]:
    pages = [found async for found in one.pages(prefix, start_after)]
    assert all(isinstance(found, Page) and found.keys for found in pages)
    return [row for each in pages for row in zip(each.keys, each.sizes, each.etags, each.modified, strict=True)]


async def both(server: S3Server, keys: list[str], prefix: str, start_after: str = "", body: bytes = b"1") -> list[str]:
    """What both list, and each for itself."""
    bucket = server.new_bucket()
    async with Aws(AwsSettings()) as aws:
        s3 = await aws.s3()
        await asyncio.gather(*(s3.put_object(Bucket=bucket, Key=key, Body=body) for key in keys))
        plain = Lister(s3, bucket, page_size=7)
        quick = FastLister(aws, bucket, plain)
        one, other = [await collected(each, prefix, start_after) for each in (plain, quick)]
    assert one == other
    return [row[0] for row in one]


@pytest.mark.parametrize("start_after", ["", "x/05", "x/zzz"])
async def test_the_same_pages(start_after: str, s3_server: S3Server) -> None:
    expected = sorted(key for key in PLAIN if key > start_after)
    assert await both(s3_server, [*PLAIN, "xy/other", "w"], "x/", start_after) == expected


async def test_a_whole_bucket_and_an_empty_one(s3_server: S3Server) -> None:
    assert await both(s3_server, PLAIN, "") == sorted(PLAIN)
    assert await both(s3_server, [], "") == []
    assert await both(s3_server, PLAIN, "nothing/") == []


@pytest.mark.parametrize("odd", ["x/07//a", "x/07/", "x/07/../a", "x/./a", "x/07/."])
async def test_keys_that_obstore_can_not_say(odd: str, s3_server: S3Server) -> None:
    keys = [*PLAIN, odd]
    assert await both(s3_server, keys, "x/") == sorted(keys)


async def test_markers_of_folders(s3_server: S3Server) -> None:
    keys = ["x/", "x/a/", "x/a/1", "x/a.b", "x/dir/"]
    assert await both(s3_server, keys, "x/", body=b"") == sorted(keys)


async def test_a_prefix_that_ends_within_a_part(s3_server: S3Server) -> None:
    assert await both(s3_server, PLAIN, "x/0") == [f"x/0{n}" for n in range(10)]


@pytest.mark.parametrize("trouble", [cut, failed, first_again])
async def test_troubles_change_nothing(trouble: Trouble, monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(on_2=trouble, on_3=trouble)
    async with server.aws(monkeypatch) as aws:
        quick = FastLister(aws, "lake", Lister(await aws.s3(), "lake"))
        assert [row[0] for row in await collected(quick, "raw/")] == KEYS


async def test_an_end_that_is_none_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def early_end(_request: web.Request, _body: bytes) -> web.StreamResponse:
        return web.Response(body=page(*map(content, KEYS[10:20])), content_type="application/xml")

    server = Server(on_1=early_end)
    async with server.aws(monkeypatch) as aws:
        quick = FastLister(aws, "lake", Lister(await aws.s3(), "lake"))
        assert [row[0] for row in await collected(quick, "raw/")] == KEYS


async def test_what_fails_without_obstore_fails_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server()
    server.always = denied
    async with server.aws(monkeypatch) as aws:
        quick = FastLister(aws, "lake", Lister(await aws.s3(), "lake"))
        with pytest.raises(StoreError, match="AccessDenied"):
            await collected(quick)


async def test_obstore_is_used_where_it_is_installed(s3_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    async with Aws(AwsSettings()) as aws:
        plain = Lister(await aws.s3(), "lake")
        assert isinstance(lister(aws, "lake", plain), FastLister)
        monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
        assert lister(aws, "lake", plain) is plain
