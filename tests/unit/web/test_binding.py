"""A port with TLS, a unix socket, and what is said when a place can't be used."""

from __future__ import annotations

import asyncio
import socket
import ssl
import stat
import subprocess
from pathlib import Path

import aiohttp
import pytest

from adce_async.errors import FixMeError
from adce_async.web.binding import Place, listening


class Echo(asyncio.Protocol):
    """Answers like a server, once."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
        self.transport.close()


@pytest.fixture
def certificate(tmp_path: Path) -> Place:
    made = Place(certificate=tmp_path / "cert.pem", key=tmp_path / "key.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", str(made.key), "-out", str(made.certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    return made


async def body(url: str, **session: object) -> str:
    async with aiohttp.ClientSession(**session) as client, client.get(url) as answer:
        return await answer.text()


async def test_tls_is_spoken_where_it_is_configured(certificate: Place) -> None:
    trust = ssl.create_default_context(cafile=str(certificate.certificate))
    async with listening(Echo, certificate) as url:
        assert url.startswith("https://127.0.0.1:")
        assert await body(url, connector=aiohttp.TCPConnector(ssl=trust)) == "ok"
        with pytest.raises(aiohttp.ClientError):
            await body(url.replace("https", "http"))
    with pytest.raises(aiohttp.ClientConnectorError):
        await body(url)


async def test_files_that_are_none_are_named(certificate: Place, tmp_path: Path) -> None:
    assert certificate.key is not None
    certificate.key.chmod(0o644)
    with pytest.raises(FixMeError, match=r"tls.key: .*everybody can read it"):
        async with listening(Echo, certificate):
            pass
    certificate.key.chmod(0o600)
    certificate.key.write_text("no key")
    with pytest.raises(FixMeError, match=r"health_check.tls: .*PEM form"):
        async with listening(Echo, certificate):
            pass
    with pytest.raises(FixMeError, match=r"health_check.tls: .*nothing.pem"):
        async with listening(Echo, Place(certificate=certificate.certificate, key=tmp_path / "nothing.pem")):
            pass


async def test_a_socket_is_its_owners_and_is_gone_afterwards(tmp_path: Path) -> None:
    path = tmp_path / "adce.sock"
    with socket.socket(socket.AF_UNIX) as left:  # by kill -9
        left.bind(str(path))
    async with listening(Echo, Place(unix=path)) as url:
        assert url == f"unix:{path}"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert await body("http://localhost/", connector=aiohttp.UnixConnector(str(path))) == "ok"
    assert not path.exists()


async def test_a_socket_of_somebody_else_and_a_file_stay(tmp_path: Path) -> None:
    path, file = tmp_path / "adce.sock", tmp_path / "file"
    file.write_text("mine")
    with socket.socket(socket.AF_UNIX) as theirs:
        theirs.bind(str(path))
        theirs.listen()
        with pytest.raises(FixMeError, match="somebody answers there"):
            async with listening(Echo, Place(unix=path)):
                pass
    with pytest.raises(FixMeError, match="is a file"):
        async with listening(Echo, Place(unix=file)):
            pass
    with pytest.raises(FixMeError, match=r"health_check.socket: .*can't be used"):
        async with listening(Echo, Place(unix=tmp_path / "nowhere" / "adce.sock")):
            pass
    assert file.read_text() == "mine"


def test_who_can_come_from_elsewhere() -> None:
    assert Place("127.0.0.1").is_local
    assert Place("::1").is_local
    assert Place("localhost").is_local
    assert Place("0.0.0.0", unix=Path("x")).is_local
    assert not Place("0.0.0.0").is_local
    assert not Place("some.name").is_local
