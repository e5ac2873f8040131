"""What the demo's lake should hold: a week of all five sources.

Key layouts and scrapers are those that are shipped; there are fewer data types, and a week instead of whole seasons.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from adce_async.demo.worlds import DemoWorld

SEASON = "2024-25"
SOON_DAYS = 5 / 86_400
"""Freshness of what is not final, or not there, at first: it is asked for again after 5 seconds."""

Entry = dict[str, Any]


def inventory(world: DemoWorld) -> Any:
    """data_inventory.yaml as a document."""
    days = {"date": [day.isoformat() for day in _days(world)]}
    sources = {
        "espn": _espn(days),
        "basketball_reference": _basketball_reference(f"{world.last_day:%B}".lower()),
        "nba_api": _nba_api(days),
        "hoopr": _hoopr(),
        "kaggle": _kaggle(),
    }
    return {"expected_coverage": {name: {"seasons": [SEASON], "data_types": types} for name, types in sources.items()}}


def _days(world: DemoWorld) -> Iterator[dt.date]:
    for number in range((world.last_day - world.first_day).days + 1):
        yield world.first_day + dt.timedelta(days=number)


def _entry(scraper: str, pattern: str, dimensions: Mapping[str, Any] | None = None, **more: Any) -> Entry:
    return {"scraper": scraper, "path_pattern": pattern, "dimensions": dict(dimensions or {}), **more}


_GAMES = {"game_id": {"from": "schedule", "where": "final"}}
_DAILY: Mapping[str, Any] = {"freshness_days": 1}
_WEEKLY: Mapping[str, Any] = {"freshness_days": 7}
_MONTHLY: Mapping[str, Any] = {"freshness_days": 30}


def _espn(days: Mapping[str, Any]) -> dict[str, Entry]:
    of_game, teams = {"min_bytes": 2000}, {"team_id": {"from": "teams"}}
    return {
        "schedule": _entry(
            "espn_scoreboard", "espn_schedules/{date_compact}.json", days,
            freshness_days=SOON_DAYS, required=True, min_bytes=1000,
        ),
        "box_score": _entry("espn_summary", "espn_box_scores/{game_id}.json", _GAMES, required=True, **of_game),
        "play_by_play": _entry("espn_summary", "espn_play_by_play/{game_id}.json", _GAMES, required=True, **of_game),
        "team_stats": _entry("espn_summary", "espn_team_stats/{game_id}.json", _GAMES, **of_game),
        "win_probability": _entry("espn_summary", "espn_win_probability/{game_id}.json", _GAMES, **of_game),
        "calendar": _entry("espn_calendar", "espn_calendars/{season}.json", **_WEEKLY),
        "teams": _entry("espn_teams", "espn_teams/{season}.json", min_bytes=10000, **_MONTHLY),
        "roster": _entry("espn_roster", "espn_rosters/{season}/{team_id}.json", teams, **_DAILY),
        "standings": _entry("espn_standings", "espn_standings/{season}.json", min_bytes=10000, **_DAILY),
    }  # fmt: skip


def _basketball_reference(month: str) -> dict[str, Entry]:
    def page(name: str, path: str, dimensions: Mapping[str, Any] | None = None, **more: Any) -> Entry:
        return _entry(f"basketball_reference_{name}", f"basketball_reference/{path}.html", dimensions, **more)

    return {
        "schedule": page("schedule", "schedules/{season}/{month}", {"month": [month]}, required=True, **_DAILY),
        "box_score": page("box_score", "box_scores/{season}/{game_id}", _GAMES, required=True),
        "play_by_play": page("play_by_play", "nba/play_by_play/{season}/{game_id}/pbp", _GAMES, required=True),
        "season_totals": page("season_totals", "season_totals/{season_end}/player_season_totals", **_WEEKLY),
        "season_advanced": page("season_advanced", "advanced_totals/{season_end}/player_advanced_totals", **_WEEKLY),
        "season_summary": page("season_summary", "nba/season_summary/{season}/season", **_DAILY),
        "standings": page("standings", "nba/standings/{season}/standings", **_WEEKLY),
    }


def _nba_api(days: Mapping[str, Any]) -> dict[str, Entry]:
    def table(name: str, path: str, dimensions: Mapping[str, Any] | None = None, **more: Any) -> Entry:
        return _entry(f"nba_api_{name}", f"nba_api/{path}.json", dimensions, **more)

    games = {"game_id": {"from": "schedule", "where": "final", "field": "record_id"}}
    of_game = {"required": True, "min_bytes": 2000}
    log = "{season}/{season_type}"
    regular = {"season_type": ["regular"]}
    return {
        "schedule": table("schedule", "schedule/{season}", required=True, **_DAILY),
        "scoreboard": table("scoreboard", "scoreboard/{season}/{date}", days, **_DAILY),
        "box_score": _entry(
            "nba_api_box_score", "nba_api_comprehensive/boxscores_traditional/traditional_{game_id}.json", games,
            **of_game,
        ),
        "play_by_play": _entry(
            "nba_api_play_by_play", "nba_api_playbyplay/play_by_play_{game_id}.json", games, **of_game
        ),
        "team_game_log": table("game_log", f"team_game_log/{log}", {**regular, "player_or_team": ["T"]}, **_DAILY),
        "player_game_log": table("game_log", f"player_game_log/{log}", {**regular, "player_or_team": ["P"]}, **_DAILY),
        "standings": table("standings", "standings/{season}", regular, **_DAILY),
        "player_index": table("player_index", "player_index/{season}", **_WEEKLY),
        "all_players": table("all_players", "all_players/{season}", **_WEEKLY),
        "cdn_schedule": table("cdn_schedule", "cdn/schedule/{season}", **_DAILY),
        "cdn_box_score": table(
            "cdn_box_score", "cdn/box_score/{season}/{game_id}", games, freshness_days=SOON_DAYS, min_bytes=2000
        ),
        "cdn_play_by_play": table("cdn_play_by_play", "cdn/play_by_play/{season}/{game_id}", games, min_bytes=2000),
    }  # fmt: skip


def _hoopr() -> dict[str, Entry]:
    return {
        name: _entry(f"hoopr_{name}", f"hoopr_parquet/{name}/nba_data_{{season_end}}.parquet", required=True, **_DAILY)
        for name in ("schedules", "play_by_play", "team_box", "player_box")
    }


def _kaggle() -> dict[str, Entry]:
    def data_set(name: str, ref: str, file: str = "") -> dict[str, Entry]:
        owner, _, slug = ref.partition("/")
        of: Entry = {"owner": [owner], "slug": [slug]}
        version: Entry = {"version": {"from": f"{name}_version"}}
        view = _entry("kaggle_view", f"kaggle/{ref}/view.json", of, **_WEEKLY)
        if not file:
            return {
                f"{name}_version": view,
                name: _entry("kaggle_dataset", f"kaggle/{ref}/v{{version}}.zip", of | version),
            }
        files = {**of, "file": [file], **version}
        return {
            f"{name}_version": view,
            f"{name}_files": _entry("kaggle_file", f"kaggle/{ref}/v{{version}}/{{file}}", files),
        }

    return {
        **data_set("basketball", "wyattowalsh/basketball"),
        **data_set("season_tables", "sumitrodatta/nba-aba-baa-stats"),
        **data_set("historical", "eoinamoore/historical-nba-data-and-player-box-scores", "LeagueSchedule24_25.csv"),
    }
