"""URLs as texts: whatever a source's own URLs look like, it gets them back byte for byte."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import NamedTuple
from urllib.parse import quote, urlencode, urljoin, urlsplit

from adce_async.errors import PermanentError
from adce_async.redaction import redact

_PLAIN = re.compile(
    r"(https?)://(([a-z0-9][a-z0-9.-]*)(?::([1-9][0-9]{0,3}|[1-5][0-9]{4}))?)(/[^?#\s]*)?(?:\?([^#\s]*))?", re.ASCII
)
"""A URL with a host in lower case and a port, without login and fragment."""
_SIGNED = re.compile(
    r"(?:^|[?&])(?:x-(?:amz|goog|ms)-\w|sig(?:nature)?=|awsaccesskeyid=|googleaccessid=|key-pair-id=)", re.IGNORECASE
)
"""Parameters of addresses that are signed for minutes."""
_PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))


class Parts(NamedTuple):
    """An absolute http(s) URL in parts. `netloc` is as written, `host` in lower case."""

    scheme: str
    netloc: str
    host: str
    port: int | None
    path: str
    query: str
    has_login: bool = False


@functools.lru_cache(maxsize=256)
def split(url: str) -> Parts:
    """The parts of an absolute http(s) URL. Raises PermanentError for anything else.

    The last ones are remembered: a request looks at its URL several times.
    """
    plain = _PLAIN.fullmatch(url)  # nearly all, at a fifth of the time
    if plain is not None:
        scheme, netloc, host, port_text, path, query = plain.groups("")
        return Parts(scheme, netloc, host, int(port_text) if port_text else None, path, query)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise PermanentError(f"not a URL: {shown(url)!r}") from error
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0:
        raise PermanentError(f"not an absolute http or https URL: {shown(url)!r}")
    has_login = parts.username is not None or parts.password is not None
    return Parts(parts.scheme, parts.netloc, parts.hostname, port, parts.path, parts.query, has_login)


def complete(url: str, params: Mapping[str, str] | None = None) -> str:
    """`url` with `params` added to its query, without a fragment, and safe to put on the wire.

    Only what can't be sent at all is encoded (spaces, control characters, non-ASCII); the rest stays as it is.

    >>> complete("https://a.test/x%2Fy?b=1,2#top", {"c": "d e"})
    'https://a.test/x%2Fy?b=1,2&c=d+e'
    >>> complete("https://a.test/é x")
    'https://a.test/%C3%A9%20x'
    """
    url = url.partition("#")[0]
    if not (url.isascii() and url.isprintable()) or " " in url:
        url = quote(url.encode("utf-8", "surrogateescape"), safe=_PRINTABLE)  # a Location may hold any bytes
    if not params:
        return url
    return f"{url}{'&' if '?' in url else '?'}{urlencode(params)}"


def join(url: str, location: str) -> str:
    """Where a redirect from `url` leads. Raises PermanentError if that is no URL."""
    try:
        return complete(urljoin(url, location.strip()))
    except ValueError as error:
        raise PermanentError(f"a redirect to what is no URL: {shown(location)!r}") from error


def shown(url: str) -> str:
    """`url` for people and logs: without a login, and without what its query says.

    >>> shown("https://me:pw@a.test/b?c=d#e"), shown("https://a.test/b")
    ('https://a.test/b?...', 'https://a.test/b')
    """
    bare, mark, _ = url.partition("#")[0].partition("?")
    scheme, slashes, rest = bare.rpartition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{slashes}{host.rpartition('@')[2]}{slash}{path}"[:300] + ("?..." if mark else "")


def kept(url: str) -> str:
    """`url` as it may be kept with an object: without secret parameters, and without a query that is a signature.

    >>> kept("https://a.test/b?GameID=1&api_key=x"), kept("https://a.test/b?X-Amz-Signature=x&X-Amz-Date=y")
    ('https://a.test/b?GameID=1&api_key=***', 'https://a.test/b')
    """
    bare, _, query = url.partition("?")
    return redact(bare if query and _SIGNED.search(query) else url)


def origin(url: str) -> str:
    """Scheme, host and port, in lower case.

    >>> origin("HTTPS://A.test:8443/x?y")
    'https://a.test:8443'
    """
    parts = split(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2].lower()}"


def path_of(url: str) -> str:
    """Path and query."""
    parts = split(url)
    return f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"


def check_host(url: str, hosts: AbstractSet[str], source: str) -> str:
    """The host of `url`. Raises PermanentError unless it is one of `hosts` (`name` or `name:port`, lower case)."""
    parts = split(url)
    host = parts.host
    if parts.has_login:
        raise PermanentError(f"a URL of {source} with a user or password in it: host {host}")
    if host not in hosts and f"{host}:{parts.port}" not in hosts:
        raise PermanentError(f"{host} is not a host of {source}, which has {', '.join(sorted(hosts)) or 'none'}")
    return host


def on_wire(url: str, mirror: str | None) -> str:
    """Where `url` is really asked for: `MIRROR/HOST/PATH?QUERY` if there is a mirror.

    >>> on_wire("https://a.test/x%20y?z=1,2", "http://127.0.0.1:9000/")
    'http://127.0.0.1:9000/a.test/x%20y?z=1,2'
    """
    if mirror is None:
        return url
    parts = split(url)
    return f"{mirror.rstrip('/')}/{parts.netloc}{path_of(url)}"
