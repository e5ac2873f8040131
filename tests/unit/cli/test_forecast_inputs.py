"""What `adce plan` finds of the limits, of what the sources said and of how long they take."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from adce_async.adapters.grant_journal import FileGrantJournal
from adce_async.app import State, builtins, open_state
from adce_async.cli.common import Loaded, today
from adce_async.cli.forecast_inputs import gather_inputs
from adce_async.clock import SystemClock
from adce_async.config.reading.load import load
from adce_async.config.settings import Overrides
from adce_async.engine.fetching.robots import name_of
from adce_async.model.coverage import GapKind, Priority
from adce_async.model.task import AttemptRecord, Task
from adce_async.planning.simulation import Conditions
from adce_async.planning.throttle import Remembered
from adce_async.policies import configured
from adce_async.scraping.registry import build

NOW = 1_750_000_000.0


def task(key: str, *, source: str = "ant", scraper: str = "") -> Task:
    fields = {"id": key}
    scraper = scraper or f"{source}_items"
    return Task(key, source, scraper, "items", None, fields, GapKind.MISSING, Priority.HIGH, NOW, NOW)


TASKS = [task("a1"), task("a2", scraper="ant_pages"), task("b1", source="bee"), task("x", source="gone")]


def attempt(seconds: float, scraper: str = "ant_items", verdict: str = "stored", at: float = 0.0) -> AttemptRecord:
    """One that ended `at` seconds after NOW."""
    return AttemptRecord("k", scraper.split("_", maxsplit=1)[0], scraper, verdict, "", NOW + at, seconds, 10)


@pytest.fixture
def loaded(tmp_path: Path) -> Loaded:
    documents = {
        "autonomous_config.yaml": {
            "max_concurrent_scrapers": 3,
            "rate_limiting": {"global_limits": {"requests_per_hour": 999}},
        },
        "scraper_config.yaml": {
            "sources": {
                "ant": {
                    "hosts": ["a.test", "pages.a.test"],
                    "rate_limit": {"requests": 10, "per": "60seconds"},
                    "max_concurrent": 2,
                },
                "bee": {"hosts": ["b.test"], "respect_robots": False, "rate_limit": {"requests": 1, "per": "1second"}},
            },
            "scrapers": {
                f"{of}_{what}": {"source": of, "url": url, "format": "json", "check": {"required": ["rows"]}}
                for of, what, url in (
                    ("ant", "items", "https://a.test/{id}.json"),
                    ("ant", "pages", "https://pages.a.test/{id}.json"),
                    ("bee", "items", "https://b.test/{id}.json"),
                )
            },
        },
    }
    for name, document in documents.items():
        (tmp_path / name).write_text(json.dumps(document))
    known = builtins()
    given = Overrides(config_dir=tmp_path, inventory_dir=tmp_path / "inventory", state_dir=tmp_path / "state")
    settings = load(given, {}, builtin_scrapers=known.scrapers.keys(), builtin_sources=known.sources.keys())
    return configured(settings, build(settings, known, today()), today())


async def looked(loaded: Loaded, *texts: tuple[str, str], attempts: tuple[AttemptRecord, ...] = ()) -> Conditions:
    async with open_state(loaded.resources, SystemClock(), exclusive=True) as state:
        await told(state, *texts)
        await state.history.record(attempts)
        return await gather_inputs(loaded, loaded.rules, state, TASKS, NOW)


async def told(state: State, *texts: tuple[str, str]) -> None:
    for name, text in texts:
        await state.texts.set_text(name, text)


async def test_a_first_run_asks_each_host_for_its_robots_txt(loaded: Loaded) -> None:
    conditions = await looked(loaded)
    assert conditions.robots == {"a1": "https://a.test", "a2": "https://pages.a.test"}
    assert conditions.slots == 3
    assert conditions.upstreams["ant"].most == 2
    assert conditions.upstreams["ant"].pacing is not None
    assert conditions.upstreams["ant"].past == ()
    assert not conditions.seconds


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ({"at": NOW - 3600, "text": "User-agent: *\nCrawl-delay: 7"}, False),
        ({"at": NOW - 90_000, "text": ""}, True),
        ({"at": NOW + 3600, "text": ""}, True),
        ({"text": ""}, True),
        ([], True),
        ("", True),
    ],
)
async def test_a_fresh_robots_txt_is_not_asked_for_and_its_delay_counts(loaded, text: object, asked: bool) -> None:
    conditions = await looked(loaded, (name_of("ant", "https://a.test"), json.dumps(text) if text else "{"))
    assert ("a1" in conditions.robots) == asked
    assert conditions.robots["a2"] == "https://pages.a.test"
    assert conditions.upstreams["ant"].limits.min_delay == (0.0 if asked else 7.0)


async def test_what_was_sent_before_counts(loaded: Loaded) -> None:
    path = loaded.settings.paths.state_db.with_suffix(".grants")
    journal = FileGrantJournal(path)
    for at in (NOW - 30, NOW - 20, NOW + 5):  # the clock was set back
        journal.record("ant", at)
    journal.record("_global", NOW - 30)
    before = path.read_bytes()
    conditions = await looked(loaded)
    assert conditions.upstreams["ant"].past == [-30.0, -20.0, 0.0]
    assert conditions.upstreams["bee"].past == ()
    assert conditions.overall.past == [-30.0]
    assert path.read_bytes() == before  # it was open elsewhere all the time
    journal.close()


async def test_a_damaged_journal_is_left_to_who_owns_it(loaded: Loaded) -> None:
    path = loaded.settings.paths.state_db.with_suffix(".grants")
    path.parent.mkdir()
    path.write_bytes(b"?" * 5000)
    assert (await looked(loaded)).upstreams["ant"].past == ()
    assert path.read_bytes() == b"?" * 5000


async def test_refusals_are_remembered(loaded: Loaded) -> None:
    known = Remembered(NOW + 40, "429", NOW + 40, 60.0, 1, 0.5)
    text = json.dumps({name: getattr(known, name) for name in Remembered.__slots__})
    conditions = await looked(loaded, ("throttle ant", text), ("throttle bee", "{}"))
    throttled = conditions.upstreams["ant"].throttle
    assert throttled is not None
    assert throttled.until == pytest.approx(40.0)
    assert throttled.factor(40.0) == pytest.approx(0.5)
    assert conditions.upstreams["bee"].throttle is None


async def test_times_are_those_of_attempts_that_came_to_something(loaded: Loaded) -> None:
    attempts = (attempt(0.5), attempt(0.3), attempt(0.2, verdict="retry"), attempt(2.0, "bee_items", "unchanged"))
    assert (await looked(loaded, attempts=attempts)).seconds == pytest.approx(
        {"ant_items": 0.4, "ant_pages": 0.4, "bee_items": 2.0}  # nothing is known of the pages: as the items
    )


async def test_without_backoff_there_is_no_pacing(loaded: Loaded) -> None:
    rules = loaded.settings.service.rate_limiting
    off = rules.model_copy(update={"backoff": rules.backoff.model_copy(update={"enabled": False})})
    service = loaded.settings.service.model_copy(update={"rate_limiting": off})
    settings = replace(loaded.settings, service=service)
    conditions = await looked(configured(settings, loaded.catalog, today()))
    assert {upstream.pacing for upstream in conditions.upstreams.values()} == {None}
