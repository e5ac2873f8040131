"""What the rest of the service gets: every value of the four files, with where each comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from adce_async.config.files.autonomous import AutonomousConfig
from adce_async.config.files.base import Model
from adce_async.config.files.inventory import InventoryConfig
from adce_async.config.files.reconciliation import ReconciliationConfig
from adce_async.config.files.scraper_config import ScraperConfig
from adce_async.errors import Problem

DEFAULT = "default"
INVENTORY = "data_inventory"
CONFIG_DIR = Path("config")
INVENTORY_DIR = Path("inventory")

MODELS: Mapping[str, type[Model]] = {
    "autonomous_config": AutonomousConfig,
    "scraper_config": ScraperConfig,
    "reconciliation_config": ReconciliationConfig,
    "data_inventory": InventoryConfig,
}
"""The files without their ending, and what they hold."""


@dataclass(frozen=True, slots=True)
class Overrides:
    """What the command line says. `settings`: dotted key of autonomous_config.yaml -> value set by a flag.

    None: not given. A `config_dir` that was given has to exist.
    """

    config_dir: Path | None = None
    inventory_dir: Path | None = None
    state_dir: Path | None = None
    lake: str | None = None
    mirror: str | None = None
    log_level: str | None = None
    log_format: str | None = None
    settings: Mapping[str, object] = field(default_factory=dict)


def folder_of(url: str) -> Path | None:
    """The folder that the URL of a lake names; None if it names something else.

    >>> str(folder_of("file:///data/my%20lake")), folder_of("s3://bucket/nba")
    ('/data/my lake', None)
    """
    return Path(unquote(urlsplit(url).path)) if url.startswith("file:") else None


@dataclass(frozen=True, slots=True)
class Paths:
    """Where everything is. Relative paths are relative to the current directory."""

    config_dir: Path
    inventory_dir: Path
    state_dir: Path
    state_db: Path
    """Queue and history."""
    gaps_file: Path
    coverage_file: Path
    metrics_file: Path
    lake: str
    """Always a URL without a slash at its end: `file:///absolute/folder` (percent-encoded) or `s3://bucket/prefix`."""
    mirror: str | None
    """`http://host:port` without a slash at its end."""

    @property
    def lake_folder(self) -> Path | None:
        """The lake, if it is a folder; None: it is in S3."""
        return folder_of(self.lake)

    @property
    def state_lock(self) -> Path:
        """Who works on the state holds it."""
        return self.state_db.parent / "adce.lock"

    @property
    def journal(self) -> Path:
        """When the sources were asked."""
        return self.state_db.with_suffix(".grants")

    @property
    def url_file(self) -> Path:
        """Where a running service says under which URL it answers."""
        return self.state_db.with_suffix(".url")

    @property
    def pid_file(self) -> Path:
        """Where the service writes down who it is."""
        return self.state_db.with_suffix(".pid")

    @property
    def log_file(self) -> Path:
        """Where the service that `start` has started logs, if the settings name no file."""
        return self.state_db.with_suffix(".log")

    @property
    def events_aside(self) -> Path:
        """What was told of the lake and could not be read."""
        return self.state_db.parent / "events-set-aside.jsonl"

    @property
    def errors_file(self) -> Path:
        """What such a service says before it logs, or if it can't."""
        return self.state_db.with_suffix(".err")


@dataclass(frozen=True, slots=True)
class Settings:
    """One consistent set; replaced whole when a file changes."""

    service: AutonomousConfig
    scraping: ScraperConfig
    reconciliation: ReconciliationConfig
    inventory: InventoryConfig
    paths: Paths
    origins: Mapping[str, str]
    """`autonomous_config.health_check.port` -> `default`, `config/autonomous_config.yaml:31`,
    `environment ADCE_HEALTH_CHECK__PORT` or `command line`; every leaf is in it."""
    warnings: tuple[Problem, ...]
    """What works but is probably not meant so."""
    files: tuple[Path, ...]
    """The four files, whether they are there or not: whoever watches them wants to see one appear."""
    left_out: tuple[Problem, ...] = ()
    """What is wrong, and was left out (`load.load_readable`). Nothing may be started by such a set."""

    def says(self, file: Path) -> bool:
        """True if one of the values comes from `file`."""
        return any(origin.startswith(f"{file}:") for origin in self.origins.values())

    def problem(self, key: str, message: str) -> Problem:
        """What is wrong with a value, at its place; `key`: dotted, with the file in front, as in `origins`."""
        name, _, below = key.partition(".")
        file, _, line = self.origins.get(key, DEFAULT).rpartition(":")
        return (
            Problem(file, int(line), below, message)
            if line.isdecimal()
            else Problem(f"{name}.yaml", None, below, message)
        )

    @property
    def models(self) -> Mapping[str, Model]:
        """The files without their ending, and what they say."""
        held = (self.service, self.scraping, self.reconciliation, self.inventory)
        return dict(zip(MODELS, held, strict=True))
