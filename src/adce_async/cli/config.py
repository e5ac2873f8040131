"""config check, config show, config schema, config document."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import click
import orjson

from adce_async.cli import render
from adce_async.cli.common import Loaded, load_all
from adce_async.cli.options import Globals
from adce_async.clock import SystemClock
from adce_async.config.saying.document import markdown
from adce_async.config.saying.limits import describe_limits
from adce_async.config.saying.schema import schema as schema_of_files
from adce_async.config.saying.show import rows as all_rows
from adce_async.config.settings import INVENTORY, Settings
from adce_async.model.days import iso
from adce_async.policies import make_limits
from adce_async.scraping.registry import Catalog
from adce_async.service_policies import schedules


def check(given: Globals, as_json: bool) -> None:
    """Validate all four files; exit 2 with everything that is wrong."""
    loaded = load_all(given, all_warnings=True)
    catalog, settings = loaded.catalog, loaded.settings
    lacking = [*_lacking(catalog), *_not_there(settings)]
    if as_json:
        counts = {
            "sources": len(catalog.sources),
            "scrapers": len(catalog.scrapers),
            "data_types": len(catalog.declared),
        }
        warnings = [*map(str, settings.warnings), *lacking]
        said = {"limits": _limits(loaded), "watched": _watched(catalog)}
        render.show_json({"valid": True, **counts, **said, "warnings": warnings})
        return
    for line in lacking:
        click.echo(f"warning: {line}", err=True)
    for line in _limits(loaded):
        click.echo(line)
    if watched := _watched(catalog):
        live = settings.service.live_games
        looks = f"every {live.on_seconds:g} s while a game is on, {live.due_seconds:g} s while one is due"
        click.echo(f"watched while games are on: {', '.join(watched)}; {looks} (live_games)")
    for line in _watching(settings, SystemClock().now()):
        click.echo(line)
    click.echo(
        f"valid: {len(catalog.sources)} sources, {len(catalog.scrapers)} scrapers, {len(catalog.declared)} data types"
    )


def _lacking(catalog: Catalog) -> Iterator[str]:
    """A line for each source of which something is expected, and that would not let us in."""
    for name, needed in catalog.credentials.items():
        types = sum(declared.data_type.source == name for declared in catalog.declared)
        if types and (problem := needed.problem()):
            yield f"{name}: {types} data type{'s are' if types > 1 else ' is'} expected of it, but {problem}"


def _not_there(settings: Settings) -> Iterator[str]:
    """A line for each file and program that a setting names and that is not on this machine."""
    health, command = settings.service.health_check, settings.service.alerts.channels.command
    named: dict[str, str | None] = {
        "health_check.token_file": health.token_file,
        "health_check.read_token_file": health.read_token_file,
        "health_check.tls.certificate": health.tls.certificate if health.tls else None,
        "health_check.tls.key": health.tls.key if health.tls else None,
    }
    for key, path in named.items():
        if path is not None and not Path(path).expanduser().is_file():
            yield f"{key}: there is no such file on this machine: {path}"
    if health.socket is not None and not Path(health.socket).parent.is_dir():
        yield f"health_check.socket: there is no such folder on this machine: {Path(health.socket).parent}"
    if command.enabled and shutil.which(command.argv[0]) is None:
        yield f"alerts.channels.command.argv: there is no such program on this machine: {command.argv[0]}"


def _watching(settings: Settings, now: float) -> Iterator[str]:
    """When the service does something by itself, and whom it tells."""
    for schedule in schedules(settings.service.scheduled_tasks):
        following = schedule.next_after(now)
        what = ", ".join(sorted(schedule.data_types)) or "everything"
        yield f"schedule {schedule.name}: a pass at {'no time' if following is None else iso(following)}, for {what}"
    for window in settings.service.maintenance.windows if settings.service.maintenance.enabled else ():
        when = f"{window.day or 'every day'} {window.start_time}-{window.end_time} {window.timezone}"
        exception = ", CRITICAL tasks let through" if window.allow_critical else ""
        yield f"maintenance: {when}: {', '.join(window.sources) or 'all sources'}{exception}"
    alerts = settings.service.alerts
    channels = [name for name, channel in alerts.channels if channel.enabled and alerts.enabled]
    if channels:
        yield f"alerts go to the log, {', '.join(channels)}: {len(alerts.alert_on)} conditions (alerts.alert_on)"
    cloudwatch = settings.service.metrics.cloudwatch
    if cloudwatch.enabled:
        every = f"every {cloudwatch.interval_seconds:g} s"
        yield f"figures go to CloudWatch as {cloudwatch.namespace}, {every}; `adce metrics cost` (metrics.cloudwatch)"
    if settings.service.guardrails.enabled and settings.service.guardrails.safe_mode != "never":
        yield f"safe mode: {settings.service.guardrails.safe_mode} (guardrails.safe_mode)"


def _watched(catalog: Catalog) -> list[str]:
    """The listings that are looked at while games are on."""
    return sorted(each.data_type.qualified for each in (*catalog.declared, *catalog.live_only) if each.data_type.live)


def _limits(loaded: Loaded) -> list[str]:
    sources = loaded.catalog.sources
    obeying = {name for name, source in sources.items() if source.config.respect_robots}
    stated = {name: source.limits.stated for name, source in sources.items()}
    together, of_sources = make_limits(loaded.settings, loaded.catalog)
    return describe_limits(loaded.settings.service.rate_limiting, together, of_sources, stated, obeying)


def show(given: Globals, as_json: bool, everything: bool) -> None:
    """What is not as it would be by default, with who set it; what the inventory declares is counted only.

    `everything`: each value of all four files.
    """
    settings = load_all(given).settings
    rows = all_rows(settings)
    listed = [row for row in rows if everything or (row.differs and not row.path.startswith(f"{INVENTORY}."))]
    if as_json:
        values = [{"key": row.path, "value": row.value, "default": row.default, "set_by": row.origin} for row in listed]
        render.show_json({"values": values, "not_listed": len(rows) - len(listed)})
        return
    shown = ((row.path, _written(row.value), _written(row.default), row.origin) for row in listed)
    columns = ("key", "value", "default", "set by")
    render.table(columns, shown, fold={"value", "set by"}, spare=("set by", "default"), see="adce config show --json")
    if not everything:
        declared = len(settings.inventory.active())
        click.echo(
            f"{len(listed)} values are not their defaults; {len(rows) - len(listed)} more with --all, "
            f"those of the {declared} data types of the inventory among them"
        )


def _written(value: object) -> str | None:
    """A value as the files have it."""
    if isinstance(value, float):
        return f"{value:g}"
    return value if value is None or isinstance(value, str) else orjson.dumps(value).decode()


def schema() -> None:
    """JSON Schema of the four files, for editors."""
    render.show_json(schema_of_files())


def document() -> None:
    """docs/configuration.md."""
    click.echo(markdown(), nl=False)
