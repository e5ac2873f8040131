"""A folder with miniature files in the form of the system before this one, and what migrating it gives."""

from __future__ import annotations

import functools
import json
import textwrap
from pathlib import Path
from typing import Any

import pytest

from adce_async.app import builtins
from adce_async.cli.main import _main
from adce_async.cli.migrate import shipped
from adce_async.config.reading.load import load
from adce_async.config.settings import Overrides
from adce_async.errors import ConfigError
from adce_async.migration.folder import look_into
from adce_async.migration.migrate import migrate
from adce_async.migration.name_map import Shipped
from adce_async.migration.report import Migration, Row

AUTONOMOUS = """
# How it ran
# (made by hand)

enabled: true
reconciliation_interval_hours: 2 # twice as rarely

# Old switches
use_aws_inventory: true
task_queue_file: inventory/gaps.json
rate_limiting:
  source_limits:
    # our best source
    espn:
      requests_per_minute: 50 # a promise
    nobody:
      requests_per_minute: 1
task_processing:
  priority_weighting:
    age_weight: 0.25
alerts:
  channels:
    slack:
      enabled: false
      webhook_url: "https://hooks.test/T0/SECRET"
logging:
  level: DEBUG
  format: "%(asctime)s - %(message)s"
"""
RECONCILIATION = """
s3:
  bucket: my-old-lake
  sample_rate: 0.1
  prefixes: [nba_pbp]
gap_detection:
  critical_threshold_days: 5
  espn_specific:
    enabled: true
    required_data_types: [play_by_play, schedules]
    freshness_threshold_hours: 48
    completeness_target_pct: 90.0
    critical_gap_days: 3
    scraper_name: espn_incremental_simple
"""
SCRAPERS = """
scrapers:
  espn_incremental_simple: # nightly
    base_url: https://site.api.espn.com/apis/site/v2/sports/basketball/nba
    rate_limit: {requests_per_second: 0.25, burst_size: 2}
    storage: {s3_bucket: my-old-lake}
  load_into_db:
    base_url: null
    rate_limit: {requests_per_second: 0.0, burst_size: 5}
    retry: {max_attempts: 3}
  basketball_reference_play_by_play_data:
    base_url: https://www.basketball-reference.com
    data_type: play_by_play_data
    rate_limit: {requests_per_second: 0.5, burst_size: 5}
    storage: {s3_prefix: "basketball_reference/nba/play_by_play/{season}/{game_id}/pbp.json"}
  basketball_reference_g_league_awards:
    base_url: https://www.basketball-reference.com
    data_type: g_league_awards
    storage: {}
  curling_results:
    base_url: https://curling.test/stats
    url_pattern: /seasons/{year}.html
    table_id: results
    timeout: 12
    rate_limit: {requests_per_second: 0.1}
  strange_feed:
    base_url: https://feed.test
    storage: {}
global:
  aws: {region: us-east-1}
"""
INVENTORY = """
expected_coverage:
  basketball_reference:
    seasons: {nba: "2020-2021", gleague: "2002-2025"}
    data_types:
      # == first tier ==
      play_by_play_data:
        required: true
        priority: "IMMEDIATE"
        tier: 1
        freshness_days: 7 # weekly
        path_patterns:
          - "basketball_reference/nba/play_by_play/{season}/{game_id}/pbp.json"
        description: "Plays"
      player_advanced_totals:
        path_patterns: ["basketball_reference/advanced_totals/{year}/player_advanced_totals.json"]
      g_league_awards:
        required: true
        path_patterns: ["basketball_reference/gleague/awards/{award_type}/all_years.json"]
      palm_reading:
        path_patterns: ["palms/{player1}_{player2}.json"]
  hoopr:
    seasons: [2004, 2005, 2006-2008]
    data_types:
      play_by_play:
        path_patterns: ["hoopr_parquet/play_by_play/nba_data_{year}.parquet"]
  curling:
    seasons: ["2020-2021"]
    data_types:
      results:
        path_patterns: ["curling/{year}.html"]
      throws:
        path_patterns: ["curling/throws/{throw}.html"]
quality_requirements:
  min_file_size_bytes: 100
expected_game_counts: {total_max: 1335}
"""
GAPS = {
    "generated_at": "2025-10-22T10:00:00",
    "tasks": [
        {"id": "task_000001", "priority": "HIGH", "gap_type": "season_incomplete", "source": "basketball_reference",
         "data_type": "play_by_play_data", "scraper": "basketball_reference_async_scraper", "season": "2020-21",
         "missing_files": 3, "status": "pending"},
        {"id": "task_000002", "priority": "low", "source": "basketball_reference", "data_type": "g_league_awards"},
        {"id": "task_000003", "priority": "CRITICAL", "source": "hoopr", "data_type": "play_by_play",
         "scraper": "hoopr_incremental_scraper", "season": "2004-05"},
    ],
}  # fmt: skip


@functools.cache
def known() -> Shipped:
    return shipped()


class OldFolder:
    """The files of the system before this one below `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else textwrap.dedent(text).lstrip("\n").encode())
        return path

    def whole(self) -> OldFolder:
        self.write("config/autonomous_config.yaml", AUTONOMOUS)
        self.write("config/reconciliation_config.yaml", RECONCILIATION)
        self.write("config/scraper_config.yaml", SCRAPERS)
        self.write("inventory/data_inventory.yaml", INVENTORY)
        self.write("inventory/gaps.json", json.dumps(GAPS))
        return self

    def migrate(self) -> Migration:
        return migrate(look_into(self.root), known())

    def rows(self) -> dict[str, Row]:
        return {row.what: row for row in self.migrate().rows}

    def problems(self) -> list[str]:
        """What is wrong with the new files."""
        new, builtin = self.root / "adce", builtins()
        try:
            load(
                Overrides(config_dir=new / "config", inventory_dir=new / "inventory"),
                {},
                builtin_scrapers=builtin.scrapers,
                builtin_sources=builtin.sources,
            )
        except ConfigError as error:
            return [str(problem) for problem in error.problems]
        return []

    def check(self, *command: str) -> int:
        """A command on the new files."""
        new = self.root / "adce"
        return _main([
            "--config-dir", str(new / "config"), "--inventory-dir", str(new / "inventory"),
            "--state-dir", str(self.root / "state"), "--lake", str(self.root / "lake"), *(command or ("config", "check")),
        ])  # fmt: skip


@pytest.fixture
def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OldFolder:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "old").mkdir()
    return OldFolder(tmp_path / "old")


def run(*arguments: Any) -> int:
    """The command line, in this process."""
    return _main([str(each) for each in arguments])
