"""Asking the running service, if there is one."""

from __future__ import annotations

import asyncio
import contextlib
import os
import ssl
from typing import Any

import aiohttp

from adce_async.cli.common import run_async
from adce_async.config.settings import Settings
from adce_async.errors import FixMeError
from adce_async.resources import web_read_token, web_token
from adce_async.service_policies import web_rules

SECONDS = 2.0


def ask(settings: Settings, path: str) -> dict[str, Any] | None:
    """The JSON document at `path` of the running service; None if none runs (or none that answers)."""
    url = url_of(settings)
    return None if url is None else run_async(_get(settings, url, path))


def url_of(settings: Settings) -> str | None:
    """Where the service answers (or did, if it has ended without a word), `unix:PATH` for a socket.

    None if it does not say.
    """
    try:
        return settings.paths.url_file.read_text(errors="replace").strip() or None
    except OSError:
        return None


async def _get(settings: Settings, url: str, path: str) -> dict[str, Any] | None:
    try:
        connector = _connector(settings, url)
        base = "http://localhost" if url.startswith("unix:") else url
        async with (
            asyncio.timeout(SECONDS),
            aiohttp.ClientSession(connector=connector, headers=_headers(settings)) as session,
            session.get(base + path) as answer,
        ):
            return dict(await answer.json())
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError):
        return None


def _headers(settings: Settings) -> dict[str, str]:
    """With a token where one is needed to look; without one it is said by the answer that there is none."""
    said = settings.service.health_check
    if said.public:
        return {}
    with contextlib.suppress(FixMeError):
        token = web_read_token(said.read_token_file, os.environ) or web_token(said.token_file, os.environ)
        return {"Authorization": f"Bearer {token}"} if token else {}
    return {}


def _connector(settings: Settings, url: str) -> aiohttp.BaseConnector:
    """Of the service's own certificate we know the file; under which name it is called here says nothing."""
    if url.startswith("unix:"):
        return aiohttp.UnixConnector(url.removeprefix("unix:"))
    place = web_rules(settings.service.health_check, settings.paths.url_file).place
    if not url.startswith("https:") or place is None or place.certificate is None:
        return aiohttp.TCPConnector()
    context = ssl.create_default_context(cafile=str(place.certificate))
    context.check_hostname = False
    return aiohttp.TCPConnector(ssl=context)
