"""What ESPN has, and where.

    scoreboard?dates=D  ->  events[].id  ->  summary?event=ID   (box score, plays and win probability in one body)
    teams               ->  team.id      ->  teams/ID, teams/ID/roster, teams/ID/schedule

`site.api.espn.com` serves whole documents, `sports.core.api.espn.com` collections of references, in pages. A season
is called by the year in which it ends. Nothing is published of limits, so ask slowly. There is no ETag and no
Last-Modified. What is `documented` was read off sportsdataverse-py (its endpoint tables and test bodies) and hoopR.
"""

from __future__ import annotations

from typing import Any

_SITE = "https://site.api.espn.com/apis/site/v2/sports/basketball/nba"
_STANDINGS = "https://site.api.espn.com/apis/v2/sports/basketball/nba/standings"
_CORE = "https://sports.core.api.espn.com/v2/sports/basketball/leagues/nba"
_GAME = _CORE + "/events/{game_id}/competitions/{game_id}"

SOURCE: dict[str, Any] = {
    "name": "espn",
    "description": "Scores, box scores, play-by-play, standings and rosters as JSON, from 2002 on; no key is needed",
    "terms": (
        "The API is undocumented and has no licence for this use; the decision is the operator's. robots.txt of"
        " site.api.espn.com answered 403 to some and named only AI crawlers to others; it is asked for and obeyed."
        " Since August 2026 browser-like user agents and bare tokens are refused; an honest one with an address in"
        " it, Name/1.0 (+https://project), is let in."
    ),
    "hosts": ["site.api.espn.com", "sports.core.api.espn.com", "cdn.espn.com"],
}


def _scraper(uses: str, evidence: str, description: str, url: str, **params: str) -> dict[str, Any]:
    return {
        "source": "espn",
        "uses": f"adce_async.sources.espn:{uses}",
        "evidence": evidence,
        "description": description,
        "url": url,
        "params": params,
    }


SCRAPERS: dict[str, dict[str, Any]] = {
    "espn_scoreboard": _scraper(
        "EspnScoreboard",
        "captured",
        "The games of one US Eastern day, with their scores",
        f"{_SITE}/scoreboard",
        dates="{date_compact}",
        limit="1000",
    ),
    "espn_summary": _scraper(
        "EspnSummary",
        "captured",
        "All about one finished game: box score, team statistics, plays, win probability",
        f"{_SITE}/summary",
        event="{game_id}",
    ),
    "espn_cdn_box_score": _scraper(
        "EspnCdnGame",
        "documented",
        "The box score of one finished game, by way of the content network",
        "https://cdn.espn.com/core/nba/boxscore",
        xhr="1",
        gameId="{game_id}",
    ),
    "espn_calendar": _scraper(
        "EspnCalendar",
        "documented",
        "The days of one regular season that have games",
        f"{_CORE}/seasons/{{season_end}}/types/2/calendar/ondays",
    ),
    "espn_teams": _scraper("EspnTeams", "captured", "The teams of the current season", f"{_SITE}/teams"),
    "espn_team": _scraper(
        "EspnTeam", "documented", "One team: its record, its next game, its franchise", f"{_SITE}/teams/{{team_id}}"
    ),
    "espn_roster": _scraper(
        "EspnRoster", "documented", "The players of one team as of now", f"{_SITE}/teams/{{team_id}}/roster"
    ),
    "espn_team_schedule": _scraper(
        "EspnTeamSchedule",
        "captured",
        "The games of one team in the current part of the current season",
        f"{_SITE}/teams/{{team_id}}/schedule",
    ),
    "espn_team_season_schedule": _scraper(
        "EspnTeamSchedule",
        "documented",
        "The games of one team in one part of one season",
        f"{_SITE}/teams/{{team_id}}/schedule",
        season="{season_end}",
        seasontype="{season_type}",
    ),
    "espn_standings": _scraper("EspnStandings", "captured", "The standings of the current season", _STANDINGS),
    "espn_season_standings": _scraper(
        "EspnStandings", "documented", "The standings of one season", _STANDINGS, season="{season_end}"
    ),
    "espn_injuries": _scraper("EspnInjuries", "documented", "Who is injured as of now, by team", f"{_SITE}/injuries"),
    "espn_transactions": _scraper(
        "EspnTransactions",
        "documented",
        "Trades, signings and waivers of the current year",
        f"{_SITE}/transactions",
        limit="1000",
    ),
    "espn_news": _scraper("EspnNews", "documented", "The latest news items", f"{_SITE}/news", limit="50"),
    "espn_core_events": _scraper(
        "EspnCoreEvents", "captured", "References to the games of one day", f"{_CORE}/events", dates="{date_compact}"
    ),
    "espn_core_odds": _scraper(
        "EspnCoreGamePart", "documented", "What bookmakers offered on one game", f"{_GAME}/odds", limit="1000"
    ),
    "espn_core_officials": _scraper(
        "EspnCoreGamePart", "documented", "The referees of one game", f"{_GAME}/officials", limit="1000"
    ),
    "espn_core_seasons": _scraper(
        "EspnCoreCollection", "documented", "References to all seasons", f"{_CORE}/seasons", limit="1000"
    ),
    "espn_core_season": _scraper(
        "EspnCoreThing", "documented", "One season: its days, its parts", f"{_CORE}/seasons/{{season_end}}"
    ),
    "espn_core_season_teams": _scraper(
        "EspnCoreCollection",
        "documented",
        "References to the teams of one season",
        f"{_CORE}/seasons/{{season_end}}/teams",
        limit="1000",
    ),
    "espn_core_season_coaches": _scraper(
        "EspnCoreCollection",
        "documented",
        "References to the head coaches of one season",
        f"{_CORE}/seasons/{{season_end}}/coaches",
        limit="1000",
    ),
    "espn_core_coach": _scraper(
        "EspnCoreThing", "documented", "One head coach and his record", f"{_CORE}/coaches/{{coach_id}}"
    ),
    "espn_core_athletes": _scraper(
        "EspnCoreCollection",
        "documented",
        "References to all active players",
        f"{_CORE}/athletes",
        active="true",
        limit="1000",
    ),
    "espn_core_athlete": _scraper(
        "EspnCoreThing", "documented", "One player: birth, draft, position, team", f"{_CORE}/athletes/{{player_id}}"
    ),
}
