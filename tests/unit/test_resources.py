"""The limiters as `app` opens them: what earlier processes sent and were told is not forgotten, damaged or not."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from adce_async.app import Parts, builtins, open_parts
from adce_async.cli.common import today
from adce_async.config.reading.load import load
from adce_async.config.settings import Overrides
from adce_async.engine.fetching.limiter import RateLimiter
from adce_async.errors import FixMeError
from adce_async.model.task import AttemptRecord
from adce_async.policies import Configured, configured
from adce_async.resources import JOURNAL, open_state, web_token
from adce_async.scraping.registry import build
from adce_async.testing.clock import FakeClock

CLOCK = FakeClock()
FREE = {"requests_per_hour": 100_000, "burst_size": 100_000}


def loaded(folder: Path, **rate_limit: object) -> Configured:
    (folder / "config").mkdir(exist_ok=True)
    (folder / "inventory").mkdir(exist_ok=True)
    service = {"rate_limiting": {"global_limits": FREE, "backoff": {"enabled": False}}}
    (folder / "config/autonomous_config.yaml").write_text(json.dumps(service))
    sources = {"sources": {"ant": {"hosts": ["ant.test"], "rate_limit": rate_limit}}}
    (folder / "config/scraper_config.yaml").write_text(json.dumps(sources))
    known = builtins()
    given = Overrides(config_dir=folder / "config", inventory_dir=folder / "inventory", lake=(folder / "lake").as_uri())
    settings = load(given, {}, builtin_scrapers=known.scrapers.keys(), builtin_sources=known.sources.keys())
    return configured(settings, build(settings, known, today()), today())


@contextlib.asynccontextmanager
async def opened(folder: Path, attempts: tuple[AttemptRecord, ...] = (), **rate_limit: object) -> AsyncIterator[Parts]:
    """A process of its own; `attempts` are added to the history first."""
    made = loaded(folder, **rate_limit)
    if attempts:
        async with open_state(made.resources, CLOCK, exclusive=True) as state:
            await state.history.record(attempts)
    async with open_parts(made.rules, made.resources, made.catalog, CLOCK) as parts:
        yield parts


def used(limiter: RateLimiter) -> dict[str, Any]:
    return {name: window["used"] for name, window in limiter.snapshot()["windows"].items()}


def attempt(source: str, seconds_ago: float) -> AttemptRecord:
    return AttemptRecord("k", source, f"{source}_items", "stored", "", CLOCK.now() - seconds_ago, 0.1, 10)


@pytest.mark.parametrize("limit", [60, 11_000, 12_500])
async def test_no_limit_is_too_high_to_be_remembered(tmp_path: Path, limit: int) -> None:
    allowed = {"requests_per_hour": limit, "burst_size": limit}
    async with opened(tmp_path, **allowed) as first:
        for _ in range(limit):
            await first.limiters["ant"].acquire()
    async with opened(tmp_path, **allowed) as second:
        assert used(second.limiters["ant"]) == used(second.overall) == {"hour": limit}
        assert second.limiters["ant"].delay() > 3000
        assert JOURNAL not in second.recovered
    # two lines a request, its source's and the global one's: what was sent counts, not what is allowed
    assert (tmp_path / "inventory/adce.grants").stat().st_size < limit * 2 * 40


async def test_a_limit_that_was_raised_finds_what_was_sent_before(tmp_path: Path) -> None:
    async with opened(tmp_path, requests_per_hour=11_000, burst_size=11_000) as first:
        for _ in range(11_000):
            await first.limiters["ant"].acquire()
    async with opened(tmp_path, requests_per_hour=10, burst_size=10):
        pass  # less is kept now: the 1,000 that are forgotten were sent all the same
    async with opened(tmp_path, requests_per_hour=11_000, burst_size=11_000) as third:
        assert used(third.limiters["ant"]) == {"hour": 11_000}


async def test_what_a_damaged_journal_knew_is_estimated(tmp_path: Path) -> None:
    limits = {"requests_per_hour": 1000, "requests_per_minute": 20}
    async with opened(tmp_path, **limits):
        pass
    path = tmp_path / "inventory/adce.grants"
    path.write_bytes(path.read_bytes() + b"?\n")
    past = (attempt("ant", 1800.0), attempt("ant", 1000.0), attempt("ant", 4000.0), attempt("espn", 5.0))
    async with opened(tmp_path, past, **limits) as parts:
        assert "adce.grants was damaged" in parts.recovered[JOURNAL]
        assert "set aside as adce.grants.broken" in parts.recovered[JOURNAL]
        assert "counted from the history of attempts" in parts.recovered[JOURNAL]
        # two requests an attempt, and five attempts may have been under way
        assert used(parts.limiters["ant"]) == {"minute": 10, "hour": 14}
        assert used(parts.limiters["espn"])["hour"] == 12
        assert used(parts.overall) == {"hour": 10 + 3 * 2}
    async with opened(tmp_path, **limits) as again:
        assert JOURNAL not in again.recovered
        assert used(again.limiters["ant"])["hour"] == 14


async def test_without_any_history_the_shortest_window_counts_as_full(tmp_path: Path) -> None:
    limits = {"requests_per_hour": 1000, "requests_per_minute": 20}
    async with opened(tmp_path, **limits):
        pass
    (tmp_path / "inventory/adce.grants").write_bytes(b"")
    for name in ("adce.db-wal", "adce.db-shm"):
        (tmp_path / "inventory" / name).unlink(missing_ok=True)
    (tmp_path / "inventory/adce.db").write_bytes(b"garbage " * 5000)
    async with opened(tmp_path, **limits) as parts:
        assert used(parts.limiters["ant"]) == {"minute": 20, "hour": 20}
        assert parts.limiters["ant"].delay() >= 60


async def test_the_second_is_told_what_it_was_told_to_say(tmp_path: Path) -> None:
    resources = loaded(tmp_path, requests_per_minute=1).resources
    async with open_state(resources, CLOCK, exclusive=True):
        with pytest.raises(FixMeError, match=r"works on the state in .*inventory; try later"):
            async with open_state(resources, CLOCK, exclusive=True, advice="try later"):
                pass


@pytest.mark.parametrize(("mode", "text", "expected"), [(0o600, "s3cret-token\n", "s3cret-token"), (0o400, "x", "x")])
def test_the_token_is_of_the_environment_or_of_a_file(tmp_path, mode, text, expected) -> None:
    file = tmp_path / "token"
    file.write_text(text)
    file.chmod(mode)
    assert web_token(str(file), {}) == expected
    assert web_token(str(file), {"ADCE_TOKEN": " from-the-environment "}) == "from-the-environment"
    assert web_token(None, {"ADCE_TOKEN": " "}) is None


def test_a_token_file_that_keeps_no_secret_is_refused(tmp_path) -> None:
    file = tmp_path / "token"
    with pytest.raises(FixMeError, match=r"token_file: .*can't be read"):
        web_token(str(file), {})
    file.write_text("s3cret")
    file.chmod(0o644)
    with pytest.raises(FixMeError, match="others can read it"):
        web_token(str(file), {})
    file.write_text("")
    file.chmod(0o600)
    with pytest.raises(FixMeError, match="is empty"):
        web_token(str(file), {})
