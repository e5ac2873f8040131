"""sources, scrapers: what is known."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode, urlsplit

import click

from adce_async.cli import render
from adce_async.cli.common import Loaded, load_all, run_async
from adce_async.cli.options import FAILURE, Globals
from adce_async.cli.service_client import ask
from adce_async.clock import SystemClock
from adce_async.config.files.data_type import Dimension
from adce_async.config.files.inventory import InventoryConfig
from adce_async.config.files.scraper import ScraperEntry
from adce_async.config.reading.load import shipped_inventory
from adce_async.engine.fetching.robots import name_of, remembered_trouble
from adce_async.errors import AdceError
from adce_async.model.counted_values import CountedValues
from adce_async.model.keys import PathPattern
from adce_async.model.limits import Limits
from adce_async.resources import open_state
from adce_async.scraping.base import Scraper
from adce_async.scraping.declarative import DeclarativeScraper
from adce_async.scraping.url_lookup import scrapers_for_url


def sources(given: Globals, as_json: bool) -> None:
    """The sources with their hosts and the limits that hold; while the service runs, also how they are doing."""
    loaded = load_all(given)
    live = ask(loaded.settings, "/rate-limits") or {}
    troubles = run_async(_robots_troubles(loaded))
    rows = [
        _source(loaded, name) | {"robots_txt": troubles.get(name, []), "now": live.get(name)}
        for name in sorted(loaded.catalog.sources)
    ]
    if as_json:
        render.show_json({"sources": rows})
        return
    render.table(
        ("source", "hosts", "limits", "burst", "min delay", "robots.txt", "said by"),
        (
            (
                row["name"],
                _joined(row["hosts"]),
                describe(loaded.catalog.sources[str(row["name"])].limits.limits),
                row["burst"],
                f"{row['min_delay_seconds']:g} s",
                "obeyed" if row["respect_robots"] else "ignored",
                _joined(row["said_by"]),
            )
            for row in rows
        ),
        spare=("limits", "hosts", "min delay", "burst", "robots.txt", "said by"),
        fold={"hosts"},
        see="adce sources --json",
    )
    for name, texts in sorted(troubles.items()):
        for text in texts:
            click.echo(f"{name}: {text}")
    if live:
        click.echo()
        render.live_table({name: dict(row) for name, row in live.items()})


async def _robots_troubles(loaded: Loaded) -> dict[str, list[str]]:
    """By source: whose robots.txt could not be had when it was asked for last, and what that means."""
    if not loaded.settings.paths.state_db.exists():
        return {}
    clock = SystemClock()
    found: dict[str, list[str]] = {}
    async with contextlib.AsyncExitStack() as stack:
        try:
            state = await stack.enter_async_context(open_state(loaded.resources, clock, exclusive=False))
        except AdceError:  # the limits can be shown all the same
            return found
        for name, source in loaded.catalog.sources.items():
            for host in source.config.hosts if source.config.respect_robots else ():
                kept = await state.texts.get_text(name_of(name, f"https://{host}"))
                if text := remembered_trouble(kept or "", host, clock.now()):
                    found.setdefault(name, []).append(text)
    return found


def _joined(values: object) -> str:
    return ", ".join(map(str, values)) if isinstance(values, list) else str(values)


def describe(limits: Limits) -> str:
    """Windows in words: `60/minute, 3000/hour`."""
    return ", ".join(f"{window.limit}/{window.name}" for window in limits.windows) or "none"


def _source(loaded: Loaded, name: str) -> dict[str, object]:
    source = loaded.catalog.sources[name]
    limits = source.limits.limits
    return {
        "name": name,
        "hosts": sorted(source.config.hosts),
        "limits": [{"requests": window.limit, "per_seconds": window.seconds} for window in limits.windows],
        "burst": limits.burst,
        "min_delay_seconds": limits.min_delay,
        "respect_robots": source.config.respect_robots,
        "said_by": [where for where, _ in source.limits.stated] or ["default"],
        "scrapers": sorted(n for n, scraper in loaded.catalog.scrapers.items() if scraper.source == name),
    }


def scrapers(given: Globals, as_json: bool, url: str | None) -> int:
    """The scrapers: what they ask, what they fill, how it is known and how it is checked."""
    loaded = load_all(given)
    rows = describe_scrapers(loaded)
    if url is not None:
        found = scrapers_for_url(url, loaded.catalog.scrapers.values())
        by_name = {row["name"]: row for row in rows}
        rows = [by_name[match.scraper.name] | {"fields_of_url": dict(match.fields)} for match in found]
    if as_json:
        types = [{"source": row["source"], **each} for row in rows for each in _list(row["data_types_filled"])]
        render.show_json({"scrapers": rows, "data_types": types, "sources": sorted({str(r["source"]) for r in rows})})
        return 0
    if url is not None and not rows:
        click.echo(f"no scraper owns {url}; `adce scrapers new NAME --url URL` begins one", err=True)
        return FAILURE
    render.table(
        ("scraper", "source", "evidence", "url", "fills"),
        map(_line, rows),
        spare=("fills", "evidence", "source"),
        fold={"url", "fills"},
        see="adce scrapers --json",
    )
    return 0


def _line(row: Mapping[str, object]) -> tuple[object, ...]:
    evidence = "retired" if row["retired"] else row["evidence"]
    return row["name"], row["source"], evidence, row["url_pattern"], _joined(row["data_types"])


def _list(value: object) -> list[dict[str, object]]:
    return value if isinstance(value, list) else []


def describe_scrapers(loaded: Loaded) -> list[dict[str, object]]:
    """A row for each scraper, by source and name. Data types are the configured ones, else those that are shipped."""
    shipped = shipped_inventory()
    return [
        _scraper(loaded, name, shipped)
        for name, scraper in sorted(loaded.catalog.scrapers.items(), key=lambda each: (each[1].source, each[0]))
    ]


def _scraper(loaded: Loaded, name: str, shipped: InventoryConfig) -> dict[str, object]:
    scraper, entry = loaded.catalog.scrapers[name], loaded.catalog.entries[name]
    types = list(_data_types(name, loaded.settings.inventory)) or list(_data_types(name, shipped))
    patterns = [str(each["key_pattern"]) for each in types]
    query = urlencode(scraper.params, safe="{}")
    return {
        "name": name,
        "source": scraper.source,
        "description": entry.description,
        "evidence": entry.evidence or "unsaid",
        "retired": entry.retired or None,
        "host": urlsplit(scraper.url).hostname,
        "url": scraper.url,
        "params": scraper.params,
        "url_pattern": f"{scraper.url}{'&' if '?' in scraper.url else '?'}{query}" if query else scraper.url,
        "format": _format(scraper),
        "check": _check(scraper, entry),
        "class": f"{type(scraper).__module__}:{type(scraper).__qualname__}",
        "version": scraper.version,
        "stream": scraper.stream,
        "data_types": [str(each["name"]) for each in types],
        "data_types_filled": types,
        "key_pattern": patterns[0] if patterns else None,
        "key_patterns": patterns,
        "fields": sorted({field for pattern in patterns for field in PathPattern(pattern).fields}),
        "dimensions": {name: said for each in types for name, said in _dict(each["dimensions"]).items()},
        "freshness_days": min((days for each in types if (days := each["freshness_days"]) is not None), default=None),
        "required": any(each["required"] for each in types),
    }


def _dict(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _data_types(scraper: str, inventory: InventoryConfig) -> Iterator[dict[str, Any]]:
    """What the inventory has this scraper fill; what is switched off, too."""
    for source, of_source in inventory.expected_coverage.items():
        for name, config in of_source.data_types.items():
            if config.scraper == scraper and config.path_pattern:
                yield {
                    "name": f"{source}.{name}",
                    "scraper": scraper,
                    "description": config.description,
                    "enabled": of_source.enabled and config.enabled,
                    "key_pattern": config.path_pattern,
                    "dimensions": {field: _said(each) for field, each in config.dimensions.items()},
                    "seasons": list(config.seasons or of_source.seasons),
                    "freshness_days": config.freshness_days,
                    "required": config.required,
                    "min_bytes": config.min_bytes,
                }


def _said(dimension: Dimension) -> object:
    """A dimension as people write it."""
    if dimension.derived_from:
        return {"from": dimension.derived_from, "where": dimension.where} | (
            {"field": dimension.field} if dimension.field else {}
        )
    if dimension.calendar:
        return {"calendar": dimension.calendar}
    values: Sequence[str] = dimension.values
    return values.written if isinstance(values, CountedValues) else list(values)


def _format(scraper: Scraper) -> str | None:
    return scraper.format if isinstance(scraper, DeclarativeScraper) else None


def _check(scraper: Scraper, entry: ScraperEntry) -> object:
    """The rules of a declared check; of a class, what its documentation says in its first line."""
    if isinstance(scraper, DeclarativeScraper):
        return entry.check.model_dump(exclude_defaults=True) if entry.check else {}
    said = inspect.getdoc(type(scraper).check) or inspect.getdoc(type(scraper)) or ""
    return said.splitlines()[0] if said else ""
