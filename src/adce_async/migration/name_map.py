"""What the old names mean: which of our scrapers and data types does the work, or why none does."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlsplit

T = TypeVar("T")

TYPES: Mapping[str, tuple[str, str]] = {
    "basketball_reference.advanced_box_scores_four_factors": ("four_factors", "box_score"),
    "basketball_reference.referee_data": ("officials", "box_score"),
    "basketball_reference.strength_of_schedule": ("strength_of_schedule", "season_summary"),
    "basketball_reference.similar_players_comparables": ("similar_players", "player"),
    "basketball_reference.awards_and_honors": ("awards", "awards"),
    "basketball_reference.plus_minus_data_detailed": ("plus_minus", "plus_minus"),
    "basketball_reference.adjusted_shooting_stats_era_adjusted": ("season_adj_shooting", "season_adj_shooting"),
    "hoopr.team_stats": ("team_box", "team_box"),
}
"""Old data type -> (its name with us, the data type of ours that is declared like it), where neither the pattern of its
keys nor its name tells."""

_NBA_HAS = "the site has no such page; nba_api.{} has it from nba.com"
_DISALLOWED = "the site's robots.txt disallows these pages; "
TYPES_OFF: tuple[tuple[str, str], ...] = (
    ("basketball_reference.player_game_logs*", _DISALLOWED + "box scores have the same lines"),
    ("basketball_reference.player_tracking*", _NBA_HAS.format("player_tracking")),
    ("basketball_reference.lineup_data*", _DISALLOWED + "nba_api.lineups has units from nba.com"),
    ("basketball_reference.on_off*", _DISALLOWED + "plus_minus tells who was on the floor"),
    ("basketball_reference.shooting_splits*", _DISALLOWED + "nba_api.player_shooting has shots from nba.com"),
    ("basketball_reference.matchup_data*", _NBA_HAS.format("box_score_matchups")),
    ("basketball_reference.synergy*", _NBA_HAS.format("synergy_offense")),
    ("basketball_reference.defensive_tracking*", _NBA_HAS.format("player_defense")),
    ("basketball_reference.hustle*", _NBA_HAS.format("player_hustle")),
    ("basketball_reference.clutch*", _NBA_HAS.format("player_clutch")),
    ("basketball_reference.streaks*", "a search tool of the site, not a page; follows from box scores"),
    ("basketball_reference.advanced_player_comparisons", "a search tool of the site, not a page"),
    ("basketball_reference.projection*", "no source publishes it"),
    ("basketball_reference.rest_and_fatigue*", "no source publishes it; follows from the schedules"),
    ("basketball_reference.travel_and_timezone*", "no source publishes it; follows from the schedules"),
    ("basketball_reference.miscellaneous_records*", "a search tool of the site, not a page"),
    ("basketball_reference.g_league*", "no source of the G League comes with the program"),
)
"""Old data types (patterns) that no source offers, and why."""

ESPN_GAMES = ("espn_scoreboard", "espn_summary")
NBA_GAMES = ("nba_api_schedule", "nba_api_play_by_play", "nba_api_box_score")
HOOPR = ("hoopr_schedules", "hoopr_play_by_play")
HOOPR_ALL = (*HOOPR, "hoopr_team_box", "hoopr_player_box")
SCRAPERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("scrape_failed_games*", ESPN_GAMES),
    ("scrape_missing_games*", ESPN_GAMES),
    ("espn_missing_pbp*", ESPN_GAMES),
    ("espn_incremental*", ESPN_GAMES),
    ("espn_async_scraper", ESPN_GAMES),
    ("espn", ESPN_GAMES),
    ("scrape_bref_tier1*", ("basketball_reference_box_score",)),
    ("bbref_tier_1_agent", ("basketball_reference_box_score", "basketball_reference_play_by_play")),
    (
        "basketball_reference_incremental*",
        ("basketball_reference_season_totals", "basketball_reference_season_advanced"),
    ),
    ("basketball_reference_box_score*", ("basketball_reference_box_score",)),
    ("basketball_reference_daily_box_scores", ("basketball_reference_box_score",)),
    ("basketball_reference_daily_pbp", ("basketball_reference_play_by_play",)),
    ("basketball_reference_pbp_backfill", ("basketball_reference_play_by_play",)),
    ("basketball_reference_pbp_discovery", ("basketball_reference_schedule",)),
    (
        "basketball_reference_async_scraper",
        ("basketball_reference_schedule", "basketball_reference_season_totals", "basketball_reference_play_by_play"),
    ),
    (
        "basketball_reference",
        ("basketball_reference_schedule", "basketball_reference_box_score", "basketball_reference_play_by_play"),
    ),
    ("*nba_api_game_advanced", ("nba_api_box_score_advanced",)),
    ("*nba_api_player_dashboards", ("nba_api_player_stats",)),
    ("*nba_api_player_tracking", ("nba_api_tracking",)),
    ("*nba_api_team_dashboards", ("nba_api_team_dashboard",)),
    ("scrape_nba_lineups", ("nba_api_lineups",)),
    ("nba_api_reverse", NBA_GAMES),
    ("nba_api_incremental*", NBA_GAMES),
    ("nba_api_async_scraper", NBA_GAMES),
    ("phase_1_7_nba_stats_agent", NBA_GAMES),
    ("nba_api", NBA_GAMES),
    ("*hoopr_complete*", HOOPR_ALL),
    ("phase_9_2_hoopr_agent", HOOPR_ALL),
    ("*hoopr_missing_games", HOOPR),
    ("scrape_missing_hoopr_games", HOOPR),
    ("hoopr_incremental*", HOOPR),
    ("hoopr", HOOPR),
    ("download_kaggle*", ("kaggle_dataset",)),
    ("scrape_kaggle*", ("kaggle_dataset",)),
)
"""Old scraper (pattern; the first that fits) -> those of ours that fetch the same."""

_STORED = "works on what is stored, asks no source; outside of this service"
_OUR_OWN = "the service does it by itself: "
SCRAPERS_OFF: tuple[tuple[str, str], ...] = (
    ("test_*", "a test, not a scraper"),
    ("adaptive_rate_limiter", _OUR_OWN + "limits are part of it"),
    ("smart_retry_strategies", _OUR_OWN + "retries are part of it"),
    ("provenance_tracker", _OUR_OWN + "each object keeps where it came from"),
    ("structured_output_framework", _OUR_OWN + "bodies are stored as received"),
    ("analyze_*coverage", _OUR_OWN + "`adce coverage`"),
    ("identify_missing_games", _OUR_OWN + "`adce coverage`, `adce plan`"),
    ("fill_historical_gaps", _OUR_OWN + "declared seasons are filled"),
    ("phase_1c_historical_agent", _OUR_OWN + "declared seasons are filled"),
    ("build_master_game_list*", _OUR_OWN + "stored schedules name the games"),
    ("master_data_collection_agent", _OUR_OWN + "the queue is worked on in order of its scores"),
    ("intelligent_extraction", _OUR_OWN + "the queue is worked on in order of its scores"),
    ("game_id_decoder", _OUR_OWN + "stored schedules name the games"),
    ("validate_*", _OUR_OWN + "`adce verify`"),
    ("verify_with_nba_stats", _OUR_OWN + "`adce verify` holds sources against each other"),
    ("phase_1_0_quality_agent", _OUR_OWN + "`adce verify`"),
    ("phase_1_*_agent", _STORED),
    ("create_*", _STORED),
    ("build_*", _STORED),
    ("load_*", _STORED),
    ("integrate_*", _STORED),
    ("extract_*", _STORED),
    ("merge_*", _STORED),
    ("process_*", _STORED),
    ("partition_*", _STORED),
    ("complete_schema_update", _STORED),
    ("glue_*", _STORED),
)
"""Old entries (patterns) that were no scrapers, and why nothing stands for them."""

_SHARED_HOSTS = ("github.com", "raw.githubusercontent.com", "www.kaggle.com")
"""Hosts of ours that serve others, too; there the address tells."""
_MORE_HOSTS: Mapping[str, str] = {"www.espn.com": "espn", "www.nba.com": "nba_api"}


@dataclass(frozen=True, slots=True)
class ShippedScraper:
    """What has to be known of one of ours. `url`: None if it has none."""

    source: str
    url: str | None = None
    retired: str = ""


@dataclass(frozen=True, slots=True)
class Shipped:
    """What comes with the program. `inventory`: the one shipped, as it is written."""

    hosts: Mapping[str, str]
    """Host -> source."""
    scrapers: Mapping[str, ShippedScraper]
    inventory: Mapping[str, object]

    @property
    def sources(self) -> frozenset[str]:
        """Names of the sources."""
        return frozenset(self.hosts.values())

    def source_of(self, url: str) -> str | None:
        """The source of ours that is asked under `url`, if any."""
        try:
            parts = urlsplit(url)
            host = parts.hostname or ""
        except ValueError:
            return None
        if host in _SHARED_HOSTS and not re.match(r"/(sportsdataverse|api/v1)\b", parts.path):
            return None
        return self.hosts.get(host) or _MORE_HOSTS.get(host)


def first_fit(name: str, table: tuple[tuple[str, T], ...]) -> T | None:
    """What stands beside the first pattern that `name` fits."""
    return next((value for pattern, value in table if fnmatch.fnmatchcase(name.lower(), pattern)), None)
