"""metrics: what CloudWatch would cost, and the dashboards and rules that come with the program."""

from __future__ import annotations

import importlib.resources
from pathlib import Path
from typing import Any

import click

from adce_async.cli import render
from adce_async.cli.common import load_all
from adce_async.cli.options import Globals
from adce_async.config.reading.documents import parse_value
from adce_async.errors import FixMeError
from adce_async.model.coverage import GapKind, Priority
from adce_async.planning.cloud_template import ALARM, DASHBOARD, count
from adce_async.planning.cloudwatch import Cost, monthly, series_count
from adce_async.scraping.registry import Catalog
from adce_async.service_policies import cloudwatch_rules

FILES = ("grafana.json", "prometheus-rules.yml", "prometheus.yml", "cloudwatch.yaml")
"""What comes with the program."""
TEMPLATE = "cloudwatch.yaml"


def cost(given: Globals, *, as_json: bool) -> None:
    """Say what a month would cost, whether figures are told to CloudWatch now or not."""
    loaded = load_all(given)
    rules = cloudwatch_rules(loaded.settings.service.metrics.cloudwatch)
    series = series_count(members(loaded.catalog), breakdown=rules.breakdown)
    made = template()
    found = monthly(series, rules.every, rules.prices, alarms=count(made, ALARM), dashboards=count(made, DASHBOARD))
    if as_json:
        render.show_json(_as_dict(found, enabled=rules.enabled))
        return
    rows = [
        (what, f"{number:,}", f"{price:.5f}".rstrip("0").rstrip("."), f"{dollars:.2f}")
        for what, number, price, dollars in found.lines()
    ]
    rows.append(("all", "", "", f"{found.total:.2f}"))
    render.table(("a month", "at most", "USD each", "USD"), rows, right=("at most", "USD each", "USD"))
    off = "" if rules.enabled else " metrics.cloudwatch.enabled is off: nothing is sent."
    render.text(
        f"Prices as of {found.prices.as_of} (metrics.cloudwatch.prices), free allowances not counted. A metric is "
        "charged for the hours in which something is told of it; alarms and dashboard only once "
        f"`adce cloudwatch apply` has made them.{off}"
    )


def members(catalog: Catalog) -> dict[str, int]:
    """How many values each dimension has at most."""
    scrapers = {declared.data_type.scraper for declared in (*catalog.declared, *catalog.live_only)}
    return {
        "Scraper": len(scrapers), "Source": len(catalog.sources), "Priority": len(Priority), "Kind": len(GapKind)
    }  # fmt: skip


def template() -> dict[str, Any]:
    """The template of dashboard and alarms in CloudWatch."""
    return dict(parse_value(shipped(TEMPLATE)))


def shipped(name: str) -> str:
    """The text of one of `FILES`."""
    return (importlib.resources.files("adce_async.shipped") / "dashboards" / name).read_text(encoding="utf-8")


def dashboards(folder: Path, *, force: bool) -> None:
    """Write `FILES` into `folder`; what is there and different stays, unless `force`. Raises FixMeError."""
    different = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            path, text = folder / name, shipped(name)
            if not path.exists() or force:
                path.write_text(text, encoding="utf-8")
                click.echo(f"wrote {path}")
            elif path.read_text(encoding="utf-8", errors="replace") == text:
                click.echo(f"{path}: is as it should be")
            else:
                different.append(path)
                click.echo(f"{path}: is different, and stays as it is")
    except OSError as error:
        raise FixMeError(
            f"{error.filename or folder}: can't be written: {error.strerror}; choose another one"
        ) from error
    if different:
        raise FixMeError(f"{len(different)} files were left as they are; --force replaces them")


def _as_dict(found: Cost, *, enabled: bool) -> dict[str, object]:
    return {
        "enabled": enabled,
        "prices_as_of": found.prices.as_of,
        "currency": "USD",
        "lines": [
            {"what": what, "count": number, "price": price, "month": round(dollars, 4)}
            for what, number, price, dollars in found.lines()
        ],
        "month": round(found.total, 4),
    }
