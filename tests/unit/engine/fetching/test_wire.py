from __future__ import annotations

import asyncio
import errno
import gzip
import ssl
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from aiohttp.http_exceptions import BadHttpMessage, BadStatusLine, ContentLengthError, LineTooLong
from multidict import CIMultiDict
from tests.unit.engine.judged import limiter, now
from tests.unit.engine.wire import client, reply, serving

from adce_async.engine.fetching.asker import Alone
from adce_async.engine.fetching.codings import CodingError
from adce_async.engine.fetching.wire import ErrorsInOurWords, Flight, SourceHttp, read, stream, to_raise
from adce_async.errors import PermanentError, ScrapeError, StoreError, TransientError, UnreachableError

HTTP = SourceHttp("ant", frozenset({"ant.test"}))
SECRET = "token=s3cret"


def meant_by(error: BaseException) -> ScrapeError:
    """`error` as it comes out, 2.5 s after the request went out and with 3 bytes of a body."""
    flight = Flight(Alone(), sent_at=10.0)
    with (
        pytest.raises(ScrapeError) as caught,
        ErrorsInOurWords(HTTP, "ant.test", bytearray(b"abc"), flight, lambda: 12.5),
    ):
        raise error
    assert caught.value.__cause__ is error
    return caught.value


def refused(number: int = errno.ECONNREFUSED) -> Any:
    key: Any = SimpleNamespace(host="ant.test", port=443, is_ssl=True, ssl=True)
    return aiohttp.ClientConnectorError(key, OSError(number, "Connection refused"))


@pytest.mark.parametrize(
    ("error", "kind", "text"),
    [
        (aiohttp.ConnectionTimeoutError(SECRET), UnreachableError, "no connection to ant.test within 10 s"),
        (refused(), UnreachableError, "no connection to ant.test: Connection refused"),
        (aiohttp.ServerTimeoutError(SECRET), TransientError, "ant.test was silent for 30 s, after 2.5 s and 3 bytes"),
        (
            aiohttp.ServerDisconnectedError(SECRET),
            TransientError,
            "ant.test closed the connection without an answer, after 2.5 s and 3 bytes",
        ),
        (
            aiohttp.ClientPayloadError(SECRET),
            TransientError,
            "the body from ant.test broke off after 2.5 s and 3 bytes",
        ),
        (aiohttp.InvalidURL(SECRET), PermanentError, "ant.test: an address that can't be asked for"),
        (
            BadStatusLine(SECRET),
            TransientError,
            "ant.test answers with what is no HTTP: a bad status line, after 2.5 s and 3 bytes",
        ),
        (
            ConnectionResetError(errno.ECONNRESET, "Connection reset by peer"),
            TransientError,
            "the connection to ant.test broke after 2.5 s and 3 bytes: Connection reset by peer",
        ),
        (
            aiohttp.ClientError(SECRET),
            TransientError,
            "the connection to ant.test broke after 2.5 s and 3 bytes (ClientError)",
        ),
    ],
)
def test_an_error_of_the_client_is_one_of_ours_in_our_words(error, kind: type[ScrapeError], text: str) -> None:
    ours = meant_by(error)
    assert (type(ours), str(ours)) == (kind, text)


def test_what_was_wrong_with_a_body_is_said_from_what_led_to_it() -> None:
    error = aiohttp.ClientPayloadError(SECRET)
    error.__cause__ = ContentLengthError(SECRET)
    assert str(meant_by(error)).endswith("3 bytes: less than was announced")


@pytest.mark.parametrize(
    ("cause", "text", "setting"),
    [
        (LineTooLong(b"x", 1), "a header or status line longer than 131072 bytes", "max_header_bytes"),
        (BadHttpMessage("Too many headers received"), "more than 500 header lines", "max_headers"),
    ],
)
def test_what_is_larger_than_we_take_is_permanent_and_names_the_setting(cause, text: str, setting: str) -> None:
    error = aiohttp.ClientError(SECRET)
    error.__context__ = cause
    ours = meant_by(error)
    assert isinstance(ours, PermanentError)
    assert str(ours) == f"{text} from ant.test; {to_raise(setting, HTTP)}"
    assert f"raise {setting} of sources.ant" in str(ours)


def test_a_certificate_that_is_not_valid_is_no_connection() -> None:
    why = ssl.SSLCertVerificationError(1, SECRET)
    why.verify_message = "certificate has expired"
    key: Any = SimpleNamespace(host="ant.test", port=443, is_ssl=True, ssl=True)
    ours = meant_by(aiohttp.ClientConnectorCertificateError(key, why))
    assert isinstance(ours, UnreachableError)
    assert str(ours).endswith("its certificate is not valid: certificate has expired")


def test_what_is_not_the_clients_goes_on_as_it_is() -> None:
    for error in (ValueError("ours"), StoreError("the lake")):
        with pytest.raises(type(error)) as caught, ErrorsInOurWords(HTTP, "", bytearray(), Flight(Alone()), now):
            raise error
        assert caught.value is error


# --- bodies -----------------------------------------------------------------------------------------------------------


class Answer:
    """A response whose body comes in chunks; how many were taken."""

    def __init__(self, *chunks: bytes) -> None:
        self.content = self
        self.headers = CIMultiDict[str]()
        self.taken = 0
        self._chunks = chunks

    async def readany(self) -> bytes:
        self.taken += 1
        return self._chunks[self.taken - 1] if self.taken <= len(self._chunks) else b""


@pytest.mark.parametrize(("limit", "whole", "body"), [(6, True, b"abcdef"), (5, False, b"abcde"), (2, False, b"ab")])
async def test_no_more_than_the_limit_is_read(limit: int, whole: bool, body: bytes) -> None:
    answer, found = Answer(b"abc", b"def"), bytearray()
    assert await read(answer, found, limit) is whole  # type: ignore[arg-type]
    assert found == body
    assert limit > 2 or answer.taken == 1  # the rest is not asked for


async def test_a_body_that_goes_to_a_file_is_whole_there(tmp_path: Path) -> None:
    chunks = [b"x" * 700_000] * 3
    assert await stream(Answer(*chunks), tmp_path / "body", 3_000_000) == 2_100_000  # type: ignore[arg-type]
    assert (tmp_path / "body").read_bytes() == b"".join(chunks)


async def test_what_is_packed_is_measured_and_written_as_it_is(tmp_path: Path) -> None:
    packed = gzip.compress(b"x" * 5_000_000)
    for limit, most in ((5_000_000, 5_000_000), (300_000, 600_000)):
        answer = Answer(packed[:99], packed[99:])
        answer.headers["Content-Encoding"] = "gzip"
        assert min(5_000_000, limit + 1) <= await stream(answer, tmp_path / str(limit), limit) <= most  # type: ignore[arg-type]
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    beside = asyncio.get_running_loop().create_task(others())
    bomb, found = Answer(packed), bytearray()
    bomb.headers["Content-Encoding"] = "gzip"
    assert await read(bomb, found, 10_000_000)  # type: ignore[arg-type]
    beside.cancel()
    assert (len(found), turns > 15) == (5_000_000, True)  # nobody waits for all of it
    half = Answer(packed[:-9])
    half.headers["Content-Encoding"] = "gzip"
    with pytest.raises(CodingError, match="broke off in the middle of its gzip"):
        await read(half, bytearray(), 10_000_000)  # type: ignore[arg-type]


async def test_an_empty_one_is_a_file_too(tmp_path: Path) -> None:
    assert await stream(Answer(), tmp_path / "body", 10) == 0  # type: ignore[arg-type]
    assert (tmp_path / "body").read_bytes() == b""


async def test_one_that_is_too_large_ends_as_soon_as_it_is(tmp_path: Path) -> None:
    answer = Answer(b"abc", b"def", b"ghi")
    assert await stream(answer, tmp_path / "body", 5) == 6  # type: ignore[arg-type]
    assert answer.taken == 2


async def test_a_file_that_cannot_be_written_is_trouble_of_the_lake(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="writing a large body: No such file or directory"):
        await stream(Answer(b"abc"), tmp_path / "gone" / "body", 5)  # type: ignore[arg-type]


# --- when it went out -------------------------------------------------------------------------------------------------


async def test_a_token_counts_as_sent_once_its_connection_exists() -> None:
    async with serving(lambda _: reply(200, b"x")) as server, client(server) as (http, limits):
        await http.fetch("ant", "https://ant.test/a")
        assert limits.requests_total == 1
    async with client(server) as (http, limits):  # nobody listens any more
        with pytest.raises(UnreachableError):
            await http.fetch("ant", "https://ant.test/a")
        assert limits.requests_total == 0


async def test_what_cannot_be_counted_is_not_sent() -> None:
    class Full:
        def record(self, _source: str, _at: float) -> None:
            raise StoreError("the journal is full")

    async with serving(lambda _: reply(200, b"x")) as server, client(server) as (http, limits):
        limits._journal = limiter(journal=Full())._journal
        with pytest.raises(StoreError, match="the journal is full"):
            await http.fetch("ant", "https://ant.test/a")
        await asyncio.sleep(0.01)
        assert server.targets == []
