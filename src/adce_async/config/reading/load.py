"""From files, environment and command line to `Settings`; all problems at once, each with its place."""

from __future__ import annotations

import importlib.resources
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from adce_async.config.files.inventory import InventoryConfig
from adce_async.config.reading.assemble import assemble
from adce_async.config.reading.crosscheck import Known
from adce_async.config.reading.documents import parse_value, read_layer
from adce_async.config.reading.salvage import read_sections
from adce_async.config.settings import Overrides, Settings
from adce_async.errors import ConfigError, Problem


def shipped_inventory() -> InventoryConfig:
    """The inventory that comes with the package, whatever the user's own one says."""
    return InventoryConfig.model_validate(shipped_inventory_data())


def shipped_inventory_data() -> dict[str, Any]:
    """The same as it is written."""
    path = Path(str(importlib.resources.files("adce_async.shipped") / "data_inventory.yaml"))
    layer, problems = read_layer(path)
    if layer is None or problems:
        raise ConfigError(problems or [Problem(str(path), None, "", "not there; expected it in the installation")])
    return layer.data


def load(
    overrides: Overrides,
    environ: Mapping[str, str],
    *,
    builtin_scrapers: Collection[str] = (),
    builtin_sources: Collection[str] = (),
) -> Settings:
    """The settings, or ConfigError with everything that is wrong in all files, the environment and the options.

    `builtin_scrapers`, `builtin_sources`: names that exist without being declared in scraper_config.yaml.
    """
    known = _known(builtin_scrapers, builtin_sources)
    return assemble(overrides, environ, read=read_layer, parse=parse_value, known=known)


def load_readable(
    overrides: Overrides,
    environ: Mapping[str, str],
    *,
    builtin_scrapers: Collection[str] = (),
    builtin_sources: Collection[str] = (),
) -> Settings:
    """As `load`, without what is wrong in files and environment, which is `Settings.left_out` then.

    For who asks or stops a service that runs by what it has read before. Raises ConfigError for the command line.
    """
    known = _known(builtin_scrapers, builtin_sources)
    return assemble(overrides, environ, read=read_sections, parse=parse_value, known=known, salvage=True)


def _known(scrapers: Collection[str], sources: Collection[str]) -> Known:
    lower = frozenset(name.lower() for name in sources)
    return Known(sources=lower, scrapers=frozenset(scrapers), hosted=lower)
