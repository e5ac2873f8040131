"""From a folder of old files to the text of new ones, and an account of everything that the old ones said."""

from __future__ import annotations

from typing import Any

from adce_async.config.settings import INVENTORY
from adce_async.migration.comments import Comments
from adce_async.migration.consistency import switch_off_misfits
from adce_async.migration.document import Document
from adce_async.migration.folder import Folder, OldFile
from adce_async.migration.gaps import migrate_gaps
from adce_async.migration.inventory import Inventory, InventoryMigration, patterns_of
from adce_async.migration.name_map import Shipped
from adce_async.migration.report import Migration, Row
from adce_async.migration.scrapers import Scrapers, migrate_scrapers
from adce_async.migration.service import KeyOutcome, carry
from adce_async.migration.specifics import SourceRequirements, specifics

AUTONOMOUS, SCRAPERS, RECONCILIATION = "autonomous_config", "scraper_config", "reconciliation_config"


def migrate(folder: Folder, shipped: Shipped) -> Migration:
    """The new files of `folder`; nothing is written. With problems in a YAML file there are none."""
    done = Migration(problems=list(folder.problems))
    if done.problems:
        return done
    files = folder.files
    asked: dict[str, SourceRequirements] = {}
    outcomes: dict[Any, KeyOutcome] = {}
    if RECONCILIATION in files:
        asked, outcomes = specifics(files[RECONCILIATION].layer.data, shipped)
    scrapers = Scrapers()
    if SCRAPERS in files:
        patterns = patterns_of(files[INVENTORY].layer.data) if INVENTORY in files else {}
        scrapers = migrate_scrapers(files[SCRAPERS], shipped, _named(files), patterns)
    known = shipped.sources | scrapers.sources()
    work = InventoryMigration(files.get(INVENTORY), shipped, scrapers, asked)
    inventory = work.run()
    switch_off_misfits(work, scrapers, shipped)
    for name in (AUTONOMOUS, RECONCILIATION):
        if name in files:
            document, rows = carry(files[name], known, outcomes if name == RECONCILIATION else None)
            _add(done, f"config/{name}.yaml", document, files[name], rows)
    if SCRAPERS in files:
        _add(done, f"config/{SCRAPERS}.yaml", scrapers.document, files[SCRAPERS], scrapers.rows)
    if INVENTORY in files or asked:
        _add(done, f"inventory/{INVENTORY}.yaml", inventory.document, files.get(INVENTORY), inventory.rows)
    if folder.gaps is not None:
        text, rows, problems = migrate_gaps(folder.gaps, inventory, _scrapers_of(inventory))
        done.rows += rows
        done.problems += problems
        if text is not None:
            done.files["inventory/gaps.json"] = text
    return done


def _add(done: Migration, path: str, document: Document, old: OldFile | None, rows: list[Row]) -> None:
    done.files[path] = document.render(Comments(old.text if old else ""))
    done.rows += rows


def _named(files: dict[str, OldFile]) -> frozenset[str]:
    """Sources that the inventory and the limits speak of."""
    names: set[str] = set()
    for file, path in ((INVENTORY, ("expected_coverage",)), (AUTONOMOUS, ("rate_limiting", "source_limits"))):
        node: Any = files[file].layer.data if file in files else {}
        for part in path:
            node = node.get(part) if isinstance(node, dict) else None
        names |= {str(name).lower() for name in node} if isinstance(node, dict) else set()
    return frozenset(names)


def _scrapers_of(inventory: Inventory) -> dict[tuple[str, str], str]:
    """The data types that are switched on, with their scrapers."""
    coverage = inventory.document.data.get("expected_coverage") or {}
    return {
        (source, name): str(one.get("scraper"))
        for source, held in coverage.items()
        for name, one in (held.get("data_types") or {}).items()
        if isinstance(one, dict) and one.get("enabled") is not False
    }
