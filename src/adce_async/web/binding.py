"""Where the server listens: a TCP port, with TLS or without, or a unix socket. What can't be used is said clearly."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import ipaddress
import socket
import ssl
import stat
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

from adce_async.errors import FixMeError

HANDSHAKE_SECONDS = 5.0
"""So long a client may take to agree on a cipher."""


class AddressTakenError(FixMeError):
    """Somebody else listens there."""


@dataclass(frozen=True, slots=True)
class Place:
    """`unix`: a socket instead of host and port; `certificate`, `key`: files in PEM form, both or none."""

    host: str = "127.0.0.1"
    port: int = 0
    unix: Path | None = None
    certificate: Path | None = None
    key: Path | None = None

    @property
    def is_local(self) -> bool:
        """True if nobody on another machine can connect."""
        if self.unix is not None or self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


@contextlib.asynccontextmanager
async def listening(make: Callable[[], asyncio.Protocol], place: Place) -> AsyncIterator[str]:
    """Accept connections while the block runs; yields the URL (`unix:PATH` for a socket). Raises FixMeError."""
    if place.unix is not None:
        async with _on_socket(make, place.unix) as url:
            yield url
        return
    loop, tls = asyncio.get_running_loop(), _context(place)
    try:
        server = await loop.create_server(
            make, place.host, place.port, ssl=tls, ssl_handshake_timeout=HANDSHAKE_SECONDS if tls else None
        )
    except OSError as error:
        kind = AddressTakenError if error.errno == errno.EADDRINUSE else FixMeError
        raise kind(
            f"health_check.port: {place.host}:{place.port} can't be used: {error.strerror or error}; "
            "free it or set another one (ADCE_HEALTH_CHECK__PORT, 0 for any)"
        ) from error
    try:
        name = f"[{place.host}]" if ":" in place.host else place.host
        yield f"{'https' if tls else 'http'}://{name}:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


def _context(place: Place) -> ssl.SSLContext | None:
    if place.certificate is None or place.key is None:
        return None
    try:
        if place.key.stat().st_mode & stat.S_IROTH:
            raise FixMeError(f"health_check.tls.key: {place.key}: everybody can read it; expected mode 600 (chmod 600)")
        made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        made.load_cert_chain(place.certificate, place.key, password=lambda: "")  # (never asks on the terminal)
    except (OSError, ValueError) as error:  # SSLError is an OSError
        raise FixMeError(
            f"health_check.tls: {place.certificate}, {place.key}: can't be used: {error}; expected a certificate and "
            "its key without a password, in PEM form"
        ) from error
    return made


@contextlib.asynccontextmanager
async def _on_socket(make: Callable[[], asyncio.Protocol], path: Path) -> AsyncIterator[str]:
    listener = _bound(path)
    try:
        server = await asyncio.get_running_loop().create_unix_server(make, sock=listener)
    except BaseException:
        listener.close()
        raise
    try:
        yield f"unix:{path}"
    finally:
        server.close()
        _remove(path)


def _bound(path: Path) -> socket.socket:
    """For its owner alone: nobody can connect before somebody listens."""
    _remove_stale(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.bind(str(path))
        path.chmod(0o600)
    except OSError as error:
        listener.close()
        raise FixMeError(
            f"health_check.socket: {path} can't be used: {error.strerror or error}; expected a path in a folder that "
            "is there and writable, of at most 100 characters"
        ) from error
    return listener


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()


def _remove_stale(path: Path) -> None:
    """A socket that nobody listens on is what kill -9 left; anything else is not ours to remove. Raises FixMeError."""
    if not path.is_socket():
        if path.exists():
            raise FixMeError(f"health_check.socket: {path}: is a file; expected a path that is free")
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            _remove(path)
            return
        except OSError:  # somebody else's: it is said below
            pass
    raise FixMeError(f"health_check.socket: {path}: somebody answers there; stop it or choose another path")
