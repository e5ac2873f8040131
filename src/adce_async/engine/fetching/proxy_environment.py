"""The proxy that the environment names (`HTTPS_PROXY`, `NO_PROXY`, ...; the system's own settings on macOS).

aiohttp's `trust_env` finds the same, but asks two threads before each request, and adds passwords of ~/.netrc
to requests that nobody meant to log in with.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass  # noqa: TID251 - they read settings, they request nothing

import aiohttp

from adce_async.engine.fetching.urls import split

_OURSELVES = frozenset({"localhost", "127.0.0.1", "::1"})
"""A mirror on this machine is reached without a proxy, whatever the environment says."""


def proxy_for(url: str) -> tuple[str | None, Mapping[str, str] | None]:
    """The proxy's URL and the headers that it wants, for an absolute http(s) `url`; None without one."""
    parts = split(url)
    return _lookup(parts.scheme, parts.netloc.rpartition("@")[2])


@functools.lru_cache(maxsize=256)
def _lookup(scheme: str, host: str) -> tuple[str | None, Mapping[str, str] | None]:
    if urlsplit(f"//{host}").hostname in _OURSELVES:
        return None, None
    proxies = getproxies()
    proxy = proxies.get(scheme) or proxies.get("all")
    if not proxy or proxy_bypass(host):
        return None, None
    parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    address = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    if parts.username is None:
        return address, None
    login = aiohttp.encode_basic_auth(unquote(parts.username), unquote(parts.password or ""))
    return address, {"Proxy-Authorization": login}
