"""What only the new files together can tell: whatever does not fit is switched off, until all of it fits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from adce_async.config.files.autonomous import AutonomousConfig
from adce_async.config.files.base import KeyPath
from adce_async.config.files.inventory import InventoryConfig
from adce_async.config.files.reconciliation import ReconciliationConfig
from adce_async.config.files.scraper_config import ScraperConfig
from adce_async.config.reading.crosscheck import Files, Known, cross_problems
from adce_async.migration.inventory import InventoryMigration
from adce_async.migration.name_map import Shipped
from adce_async.migration.report import Row
from adce_async.migration.scrapers import Scrapers

_ROUNDS = 100


def switch_off_misfits(inventory: InventoryMigration, scrapers: Scrapers, shipped: Shipped) -> None:
    """Switch off what refers to something that is not there; each round may leave others without their parent."""
    for _ in range(_ROUNDS):
        found = dict(_misfits(inventory, scrapers, shipped))
        if not found:
            break
        for (file, section), why in found.items():
            if file == "scraper_config":
                scrapers.document.remove(section)
                scrapers.declared.pop(section[-1], None)
                scrapers.rows = [_off(row, row.what == ".".join(section), why) for row in scrapers.rows]
            elif len(section) == 2:
                _leave_out(inventory, section[1], why)
            else:
                inventory.switch_off(section[1], section[3], why)
    for name in ("sources", "scrapers"):
        scrapers.document.data.setdefault(name, {})


def _misfits(
    inventory: InventoryMigration, scrapers: Scrapers, shipped: Shipped
) -> Iterator[tuple[tuple[str, KeyPath], str]]:
    """(file, the entry that does not fit) -> why."""
    known = Known(shipped.sources, frozenset(shipped.scrapers), hosted=shipped.sources)
    files = Files(
        AutonomousConfig(),
        ScraperConfig.model_validate(scrapers.document.data),
        ReconciliationConfig(),
        InventoryConfig.model_validate(inventory.out.document.data),
    )
    for file, path, message in cross_problems(files, known):
        yield (file, path[: 4 if file == "data_inventory" else 2]), message


def _leave_out(inventory: InventoryMigration, source: str, why: str) -> None:
    """A whole source that nobody declares."""
    out = inventory.out
    held = out.document.data["expected_coverage"].pop(source, None) or {}
    names = sorted(held.get("data_types") or {})
    out.document.tail += [f"Not taken: {source} ({', '.join(names)}): {why}"]
    out.names = {old: new for old, new in out.names.items() if new[0] != source}
    out.rows = [_off(row, row.what.startswith((f"{source}.", f"expected_coverage.{source}.")), why) for row in out.rows]


def _off(row: Row, is_it: bool, why: str) -> Row:
    return replace(row, outcome="off", new="", why=why) if is_it else row
