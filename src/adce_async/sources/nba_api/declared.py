"""The source and its scrapers, as entries of scraper_config.yaml."""

from __future__ import annotations

from typing import Any

from adce_async.sources.nba_api.endpoints import CAPTURED, DOCUMENTED, ENDPOINTS, Endpoint

_STATS = "https://stats.nba.com/stats"
_CDN = "https://cdn.nba.com/static/json"

SOURCE: dict[str, Any] = {
    "name": "nba_api",
    "description": "The league's own statistics: schedules, box scores, play-by-play, tracking, season tables",
    "terms": (
        "undocumented and unlicensed for this use: the decision is the operator's. stats.nba.com has no robots.txt of"
        " its own, cdn.nba.com none at all; that of www.nba.com forbids /api/*. Clouds are mostly kept out"
    ),
    "hosts": ["stats.nba.com", "cdn.nba.com"],
    "headers": {
        "Accept": "application/json, text/plain, */*",
        "Accept-Language": "en-US,en;q=0.5",
        "Referer": "https://www.nba.com/",
        "Cache-Control": "no-cache",
        "Pragma": "no-cache",
    },
    "connect_timeout_seconds": 5,
    "read_timeout_seconds": 30,
    "max_concurrent": 1,
}


def _stats(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "uses": f"adce_async.sources.nba_api:{endpoint.uses}",
        "url": f"{_STATS}/{endpoint.path}",
        "params": dict(endpoint.params),
        "description": endpoint.description,
        "evidence": endpoint.evidence,
        "retired": endpoint.retired,
    }


def _cdn(file: str, uses: str, description: str) -> dict[str, Any]:
    return {
        "uses": f"adce_async.sources.nba_api:{uses}",
        "url": f"{_CDN}/{file}",
        "description": description,
        "evidence": CAPTURED,
    }


SCRAPERS: dict[str, dict[str, Any]] = {f"nba_api_{name}": _stats(endpoint) for name, endpoint in ENDPOINTS.items()} | {
    "nba_api_cup_standings": {
        "url": f"{_STATS}/iststandings",
        "params": {"LeagueID": "00", "Season": "{season}", "Section": "group"},
        "format": "json",
        "check": {"equals": {"leagueId": "00", "seasonYear": "{season}"}, "min_rows": {"teams": 1}},
        "description": "Group standings of the NBA Cup, from 2023-24 on",
        "evidence": DOCUMENTED,
    },
    "nba_api_shot_chart_short": _stats(ENDPOINTS["shot_chart"])
    | {
        "params": {
            name: value
            for name, value in ENDPOINTS["shot_chart"].params.items()
            if name not in ("LastNGames", "Month", "OpponentTeamID", "Period")
        },
        "retired": "lacks filters that are documented as required; nba_api_shot_chart sends them",
    },
    "nba_api_cdn_schedule": _cdn(
        "staticData/scheduleLeagueV2.json", "NbaSchedule", "All games of the current season, no other"
    ),
    "nba_api_cdn_schedule_1": _cdn(
        "staticData/scheduleLeagueV2_1.json", "NbaSchedule", "The same, at its second address"
    ),
    "nba_api_cdn_schedule_2": _cdn(
        "staticData/scheduleLeagueV2_2.json", "NbaSchedule", "The same, at its third address"
    ),
    "nba_api_cdn_scoreboard": _cdn(
        "liveData/scoreboard/todaysScoreboard_00.json", "NbaCdnScoreboard", "The games of today, with live scores"
    ),
    "nba_api_cdn_box_score": _cdn(
        "liveData/boxscore/boxscore_{game_id}.json", "NbaCdnBoxScore", "Players and teams, from 2019-20 on"
    ),
    "nba_api_cdn_play_by_play": _cdn(
        "liveData/playbyplay/playbyplay_{game_id}.json", "NbaCdnPlayByPlay", "Each play, from 2019-20 on"
    ),
}
