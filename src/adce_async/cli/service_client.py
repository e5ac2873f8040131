"""Asking the running service, if there is one."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp

from adce_async.cli.common import run_async
from adce_async.config.settings import Settings
from adce_async.policies import url_file

SECONDS = 2.0


def ask(settings: Settings, path: str) -> dict[str, Any] | None:
    """The JSON document at `path` of the running service; None if none runs (or none that answers)."""
    url = url_of(settings)
    return None if url is None else run_async(_get(url + path))


def url_of(settings: Settings) -> str | None:
    """Where the service answers (or did, if it has ended without a word); None if it does not say."""
    try:
        return url_file(settings).read_text(errors="replace").strip() or None
    except OSError:
        return None


async def _get(url: str) -> dict[str, Any] | None:
    try:
        async with (
            asyncio.timeout(SECONDS),
            aiohttp.ClientSession() as session,
            session.get(url) as answer,
        ):
            return dict(await answer.json())
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return None
