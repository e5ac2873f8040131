"""scraper_config.yaml: which sources there are, and which scrapers fetch what from them."""

from __future__ import annotations

from pydantic import Field

from adce_async.config.files.base import Model
from adce_async.config.files.fields import (
    BySource,
    Note,
)
from adce_async.config.files.scraper import ScraperEntry, ScraperName
from adce_async.config.files.source import SourceConfig


class ScraperConfig(Model):
    """scraper_config.yaml."""

    version: Note = None
    """For people; nothing reads it."""
    last_updated: Note = None
    """For people; nothing reads it."""
    metadata: Note = None
    """For people; nothing reads it."""
    sources: BySource[SourceConfig] = Field(default_factory=dict)
    """The sources, by name; names in any case."""
    scrapers: dict[ScraperName, ScraperEntry] = Field(default_factory=dict)
    """The scrapers, by name."""
