"""What a plan starts from: what is left of the limits, what the sources said, how long they take. It only reads."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import replace

import orjson

from adce_async.cli.common import Loaded
from adce_async.engine.fetching import urls
from adce_async.engine.fetching.robots import name_of, remembered_delay
from adce_async.engine.fetching.throttle_memory import name_of as throttle_name
from adce_async.model.task import Task
from adce_async.planning.attempt_times import usual_seconds
from adce_async.planning.simulation import Conditions, Upstream
from adce_async.planning.throttle import Remembered, Throttle
from adce_async.policies import EngineRules
from adce_async.resources import GLOBAL, State, known_grants
from adce_async.scraping.base import Scraper

ATTEMPTS = 5000
"""The last attempts, by which times are measured."""


async def gather_inputs(
    loaded: Loaded, rules: EngineRules, state: State, tasks: Sequence[Task], now: float
) -> Conditions:
    """Where a run by `rules` would begin at `now` that has `tasks` to do."""
    grants = known_grants(loaded.resources)
    past = {name: [min(0.0, at - now) for at in times] for name, times in grants.items()}
    hosts = _hosts(loaded, tasks)
    upstreams, unknown = {}, set()
    for name, source in rules.sources.items():
        delay = 0.0
        for host in {host for of, host in hosts.values() if of == name and host}:
            known = await _crawl_delay(state, name, host, now)
            delay = max(delay, known or 0.0)
            if known is None:
                unknown.add((name, host))
        upstreams[name] = Upstream(
            replace(source.limits, min_delay=max(source.limits.min_delay, delay)),
            source.pacing,
            past.get(name, ()),
            await _throttle(state, name, now),
            source.most,
        )
    return Conditions(
        upstreams,
        Upstream(rules.overall, past=past.get(GLOBAL, ())),
        rules.pool.size,
        rules.pool.strict,
        _seconds(loaded, usual_seconds(await state.history.recent(ATTEMPTS)), tasks),
        {key: host for key, (source, host) in hosts.items() if (source, host) in unknown},
        rules.pool.windows,
    )


def _seconds(loaded: Loaded, known: Mapping[str, float], tasks: Sequence[Task]) -> dict[str, float]:
    """What attempts at `tasks` take, by scraper; as those of its source's others where there were none."""
    seconds = dict(known)
    for source, name in {(task.source, task.scraper) for task in tasks}:
        its = [each.name for each in loaded.catalog.scrapers.values() if each.source == source]
        others = [known[other] for other in its if other in known]
        if name not in known and others:
            seconds[name] = sum(others) / len(others)
    return seconds


def _hosts(loaded: Loaded, tasks: Sequence[Task]) -> Mapping[str, tuple[str, str]]:
    """Source and host (as `https://a.test`) of each task's request, by key; '' where none is asked for robots.txt."""
    alike: dict[tuple[str, str], tuple[str, str] | None] = {}
    found = {}
    for task in tasks:
        of = (task.source, task.scraper)
        if of not in alike:
            host = _host_of_all(loaded, *of)
            alike[of] = None if host is None else (task.source, host)
        found[task.key] = alike[of] or (task.source, _own_host(loaded.catalog.scrapers[task.scraper], task))
    return found


def _host_of_all(loaded: Loaded, source_name: str, scraper_name: str) -> str | None:
    """The host of all requests of a scraper if its pattern alone tells, '' as above; None if each task has its own."""
    scraper, source = loaded.catalog.scrapers.get(scraper_name), loaded.catalog.sources.get(source_name)
    if scraper is None or source is None or not source.config.respect_robots:
        return ""
    with contextlib.suppress(Exception):  # a scraper's own code
        host = urls.origin(scraper.url)
        own = type(scraper).url_for is not Scraper.url_for or "url_for" in vars(scraper)
        return None if own or "{" in host or not host else host
    return ""


def _own_host(scraper: Scraper, task: Task) -> str:
    with contextlib.suppress(Exception):  # a scraper's own code: the attempt will say what is wrong with it
        return urls.origin(scraper.url_for(task.fields))
    return ""


async def _crawl_delay(state: State, source: str, host: str, now: float) -> float | None:
    """What the fresh robots.txt of `host` asks for, in seconds; None if none is known."""
    return remembered_delay(await state.texts.get_text(name_of(source, host)) or "", now)


async def _throttle(state: State, source: str, now: float) -> Throttle | None:
    """What is left of refusals, on a clock that starts at `now`."""
    with contextlib.suppress(ValueError, TypeError, KeyError):
        text = await state.texts.get_text(throttle_name(source))
        if text:
            throttle = Throttle()
            throttle.restore(Remembered.of(orjson.loads(text)), now=0.0, wall=now)
            return throttle
    return None
