"""What all commands share: settings, catalogue, event loop."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import sys
import threading
import time
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, TypeVar

import click

from adce_async.app import builtins
from adce_async.cli import logs
from adce_async.cli.options import THREAD_NAME, Globals
from adce_async.clock import SystemClock
from adce_async.config.files.inventory import InventoryConfig
from adce_async.config.files.keys import leaves
from adce_async.config.files.scraper_config import ScraperConfig
from adce_async.config.reading.load import load
from adce_async.config.reading.load import load_readable as readable
from adce_async.config.settings import Settings
from adce_async.errors import ConfigError
from adce_async.model.days import eastern_day
from adce_async.policies import Configured, configured
from adce_async.redaction import SECRETS
from adce_async.scraping.registry import Builtins, Catalog, build

T = TypeVar("T")


Loaded = Configured
"""What commands work with."""


def today() -> dt.date:
    """The current day in US Eastern time."""
    return eastern_day(SystemClock().now())


def load_all(
    given: Globals, *, day: dt.date | None = None, quiet: bool = False, all_warnings: bool = False, **flags: object
) -> Loaded:
    """Settings and catalogue; logs go to stderr from here on. Raises ConfigError.

    `day`: as of which; None: today.
    `quiet`: a progress bar owns the terminal, so only warnings are logged unless a level was asked for.
    `all_warnings`: also of configuration files that are not there.
    """
    loaded = read_all(given, day or today(), **flags)
    _log_to_stderr(loaded.settings, quiet=quiet)
    for warning in loaded.settings.warnings:
        if all_warnings or "every value is the default" not in warning.message:
            click.echo(f"warning: {warning}", err=True)
    return loaded


def load_readable(given: Globals, *, quiet: bool = False) -> Loaded:
    """As `load_all`, for commands that ask or stop a service that runs: what is broken is one warning, and left out.

    The service itself goes on by what it has read before, see `Settings.left_out`. Raises ConfigError for options.
    """
    try:
        return load_all(given, quiet=quiet)
    except ConfigError as error:
        problems = error.problems
    known = builtins()
    settings = readable(
        given.overrides(),
        os.environ,
        builtin_scrapers=known.scrapers.keys(),
        builtin_sources=known.sources.keys(),
    )
    settings = replace(settings, left_out=tuple(problems))
    _learn_secrets(settings, known)
    catalog = catalog_of_readable(settings, known, today())
    _log_to_stderr(settings, quiet=quiet)
    more = f" (and {len(problems) - 1} more: `adce config check`)" if len(problems) > 1 else ""
    click.echo(f"warning: {problems[0]}{more}; a service that runs goes on by what it has read before", err=True)
    return configured(settings, catalog, today())


def catalog_of_readable(settings: Settings, known: Builtins, day: dt.date) -> Catalog:
    """The catalogue of what could be read; where that does not fit together, one in which nothing is declared."""
    try:
        return build(settings, known, day)
    except ConfigError:
        return build(replace(settings, scraping=ScraperConfig(), inventory=InventoryConfig()), known, day)


def _log_to_stderr(settings: Settings, *, quiet: bool) -> None:
    said = settings.service.logging
    level = said.level
    if quiet and settings.origins.get("autonomous_config.logging.level", "default") == "default":
        level = "WARNING"
    logs.configure(level, said.format, said.levels, said.repeats_per_minute)


TLS_KEY = ("tls", "key")
"""The path of a file, which the operator has to see where it is wrong."""


def read_all(given: Globals, day: dt.date, **flags: object) -> Loaded:
    """Settings and catalogue as of `day`. Raises ConfigError."""
    known = builtins()
    settings = load(
        given.overrides(**flags),
        os.environ,
        builtin_scrapers=known.scrapers.keys(),
        builtin_sources=known.sources.keys(),
    )
    _learn_secrets(settings, known)
    return configured(settings, build(settings, known, day), day)


def _learn_secrets(settings: Settings, known: Builtins) -> None:
    """What the configuration and the sources' own files hold is said in no text from here on."""
    for name in ("autonomous_config", "scraper_config", "reconciliation_config"):
        for path, value in leaves(settings.models[name]):
            if isinstance(value, str) and path[-2:] != TLS_KEY:
                SECRETS.learn_named({path[-1]: value})
    SECRETS.learn_url(settings.paths.mirror or "")
    for needed in known.credentials.values():
        for secret in needed.secrets():
            SECRETS.learn(secret)


LEAVE_SECONDS = 1.0
"""Threads that no longer have anything to do for us may take so long to end; the process does not wait for others."""


def collect_seldom() -> None:
    """Garbage is looked for rarely, and not among what is loaded by now."""
    import gc

    gc.collect()
    gc.freeze()  # what is loaded by now stays: no need to look through it again and again
    gc.enable()
    gc.set_threshold(10_000, 5, 400)  # rare, small looks: each body is thousands of objects, and nothing runs meanwhile


def run_async(main: Coroutine[Any, Any, T]) -> T:
    """Run `main` on a uvloop event loop.

    Returns (or raises) at the latest LEAVE_SECONDS after `main` has, whatever its threads do: nobody can end a thread
    that parses a hostile page. If one is left, `left_running` says so, and the process must not wait for it.
    """
    if sys.platform == "win32":
        return asyncio.run(main)
    import uvloop

    collect_seldom()
    runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)
    threads = ThreadPoolExecutor(thread_name_prefix=THREAD_NAME)
    runner.get_loop().set_default_executor(threads)
    results: list[T] = []

    async def run() -> None:
        # not as the result of its asyncio.Task: `signal` takes the `repr` of the runner's handler, and with it of that
        results.append(await main)

    try:
        runner.run(run())
        return results[0]
    finally:
        threads.shutdown(wait=False, cancel_futures=True)
        until = time.monotonic() + LEAVE_SECONDS
        for thread in left_running():
            thread.join(max(0.0, until - time.monotonic()))
        if not left_running():
            runner.close()


def left_running() -> list[threading.Thread]:
    """Threads for which the interpreter would wait before it ends."""
    return [thread for thread in threading.enumerate() if thread.name.startswith(THREAD_NAME)]
