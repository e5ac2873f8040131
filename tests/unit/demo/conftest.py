"""Keeps looptime from making an event loop that nobody closes."""

from __future__ import annotations

import asyncio

import pytest


@pytest.fixture(scope="session", autouse=True)
def _no_stray_event_loop() -> None:
    """looptime asks for the event loop of synchronous tests, too; Python 3.11 makes one unless it was told that
    there is none."""
    asyncio.set_event_loop(None)
