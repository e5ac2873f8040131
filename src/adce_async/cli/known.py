"""sources, scrapers: what is known."""

from __future__ import annotations

import click

from adce_async.cli import render
from adce_async.cli.common import Loaded, json_option, load_all
from adce_async.cli.main import Globals
from adce_async.cli.running import ask
from adce_async.model.limits import Limits


@click.command()
@json_option
@click.pass_obj
def sources(given: Globals, as_json: bool) -> None:
    """The sources with their hosts and the limits that hold; while the service runs, also how they are doing."""
    loaded = load_all(given)
    live = ask(loaded.settings, "/rate-limits") or {}
    rows = [_source(loaded, name) | {"now": live.get(name)} for name in sorted(loaded.catalog.sources)]
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
    )
    if live:
        click.echo()
        render.live_table({name: dict(row) for name, row in live.items()})


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
        "said_by": [where for where, _ in source.limits.speakers] or ["default"],
        "scrapers": sorted(n for n, scraper in loaded.catalog.scrapers.items() if scraper.source == name),
    }


@click.command()
@json_option
@click.pass_obj
def scrapers(given: Globals, as_json: bool) -> None:
    """The scrapers, with their URLs and the data types that they fill."""
    loaded = load_all(given)
    rows = [_scraper(loaded, name) for name in sorted(loaded.catalog.scrapers)]
    if as_json:
        render.show_json({"scrapers": rows})
        return
    render.table(
        ("scraper", "source", "url", "fills", "fields"),
        ((row["name"], row["source"], row["url"], _joined(row["data_types"]), _joined(row["fields"])) for row in rows),
    )


def _scraper(loaded: Loaded, name: str) -> dict[str, object]:
    scraper = loaded.catalog.scrapers[name]
    served = loaded.catalog.data_types_of(name)
    return {
        "name": name,
        "source": scraper.source,
        "url": scraper.url,
        "params": scraper.params,
        "version": scraper.version,
        "class": f"{type(scraper).__module__}:{type(scraper).__qualname__}",
        "data_types": [d.data_type.qualified for d in served],
        "fields": sorted({field for d in served for field in d.data_type.pattern.fields}),
        "key_patterns": [d.data_type.pattern.text for d in served],
    }
