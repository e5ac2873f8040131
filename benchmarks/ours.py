"""The service's own parts, for jobs that run in a process of their own."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from adce_async.app import Parts, builtins, open_parts
from adce_async.cli import logs
from adce_async.clock import SystemClock
from adce_async.config.reading.load import load
from adce_async.config.settings import Overrides
from adce_async.model.days import eastern_day
from adce_async.policies import configured
from adce_async.scraping.registry import build

KNOWN = builtins()
"""Loaded with this module: the clocks of benchmarks start after their imports."""


@contextlib.asynccontextmanager
async def parts_at(root: str, mirror: str) -> AsyncIterator[Parts]:
    """The parts over a folder of `harness.configure`, as the command line opens them; logs warnings only."""
    folder = Path(root)
    logs.configure("WARNING", "console")
    overrides = Overrides(
        config_dir=folder / "config",
        inventory_dir=folder / "inventory",
        lake=(folder / "lake").as_uri(),
        mirror=mirror,
    )
    settings = load(overrides, {}, builtin_scrapers=KNOWN.scrapers.keys(), builtin_sources=KNOWN.sources.keys())
    day = eastern_day(SystemClock().now())
    loaded = configured(settings, build(settings, KNOWN, day), day)
    async with open_parts(loaded.rules, loaded.resources, loaded.catalog) as parts:
        yield parts
