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
    try:
        url = url_file(settings).read_text().strip()
    except OSError:
        return None
    return run_async(_get(url + path))


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
