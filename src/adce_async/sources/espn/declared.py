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


def _core(uses: str, description: str, path: str, **params: str) -> dict[str, Any]:
    return _scraper(uses, "documented", description, f"{_CORE}/{path}", **params)


_PAGES = {"limit": "300", "page": "{page}"}
_OF_GAME = "events/{game_id}/competitions/{game_id}"
_OF_TEAM = f"{_OF_GAME}/competitors/{{team_id}}"

_MORE: dict[str, dict[str, Any]] = {
    "espn_core_plays": _core("EspnCorePages", "A page of the plays of one game", f"{_OF_GAME}/plays", **_PAGES),
    "espn_core_probabilities": _core(
        "EspnCorePages", "A page of the win probabilities of one game", f"{_OF_GAME}/probabilities", **_PAGES
    ),
    "espn_core_event": _core("EspnCoreThing", "One game: its teams, where all else of it is", "events/{game_id}"),
    "espn_core_competition": _core("EspnCoreThing", "One game as a competition", _OF_GAME),
    "espn_core_status": _core("EspnCoreStatus", "The final status of one game", f"{_OF_GAME}/status"),
    "espn_core_situation": _core("EspnCoreThing", "Last play, fouls and timeouts of one game", f"{_OF_GAME}/situation"),
    "espn_core_predictor": _core("EspnCoreThing", "What was foreseen of one game", f"{_OF_GAME}/predictor"),
    "espn_core_broadcasts": _core("EspnCoreGamePart", "Who showed one game", f"{_OF_GAME}/broadcasts", limit="1000"),
    "espn_core_competitors": _core("EspnCoreCollection", "The two teams of one game", f"{_OF_GAME}/competitors"),
    "espn_core_competitor": _core("EspnCoreThing", "One team in one game", _OF_TEAM),
    "espn_core_game_roster": _core("EspnCoreThing", "The players of one team in one game", f"{_OF_TEAM}/roster"),
    "espn_core_game_statistics": _core("EspnCoreThing", "What one team did in one game", f"{_OF_TEAM}/statistics"),
    "espn_core_game_score": _core("EspnCoreThing", "The score of one team in one game", f"{_OF_TEAM}/score"),
    "espn_core_season_types": _core("EspnCoreCollection", "The parts of one season", "seasons/{season_end}/types"),
    "espn_core_season_type": _core("EspnCoreThing", "One part of a season", "seasons/{season_end}/types/{season_type}"),
    "espn_core_season_team": _core("EspnCoreThing", "One team of a season", "seasons/{season_end}/teams/{team_id}"),
    "espn_core_season_athlete": _core(
        "EspnCoreThing", "One player in a season", "seasons/{season_end}/athletes/{player_id}"
    ),
    "espn_core_teams": _core("EspnCoreCollection", "References to all teams", "teams", limit="1000"),
    "espn_core_team": _core("EspnCoreThing", "One team as of now", "teams/{team_id}"),
    "espn_core_franchises": _core("EspnCoreCollection", "References to all franchises", "franchises", limit="1000"),
    "espn_core_franchise": _core("EspnCoreThing", "One franchise", "franchises/{franchise_id}"),
    "espn_core_venues": _core("EspnCoreCollection", "References to all arenas", "venues", limit="1000"),
    "espn_core_venue": _core("EspnCoreThing", "One arena", "venues/{venue_id}"),
    "espn_core_positions": _core("EspnCoreCollection", "References to all positions", "positions", limit="1000"),
    "espn_core_position": _core("EspnCoreThing", "One position", "positions/{position_id}"),
}
"""What the core API has beside what the inventory asks for."""

SCRAPERS: dict[str, dict[str, Any]] = _MORE | {
    "espn_scoreboard": _scraper(
        "EspnScoreboard",
        "captured",
        "The games of one US Eastern day, with their scores",
        f"{_SITE}/scoreboard",
        dates="{date_compact}",
        limit="1000",
    ),
    "espn_scoreboard_span": _scraper(
        "EspnScoreboardSpan",
        "documented",
        "The games of several days: 20241201-20241207, a month 202412, a year 2024",
        f"{_SITE}/scoreboard",
        dates="{days}",
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
    "espn_cdn_play_by_play": _scraper(
        "EspnCdnGame",
        "documented",
        "The plays of one finished game, by way of the content network",
        "https://cdn.espn.com/core/nba/playbyplay",
        xhr="1",
        gameId="{game_id}",
    ),
    "espn_cdn_game": _scraper(
        "EspnCdnGame",
        "documented",
        "All about one finished game, by way of the content network",
        "https://cdn.espn.com/core/nba/game",
        xhr="1",
        gameId="{game_id}",
    ),
    "espn_cdn_scoreboard": _scraper(
        "EspnCdnScoreboard",
        "documented",
        "The games of one US Eastern day, by way of the content network",
        "https://cdn.espn.com/core/nba/scoreboard",
        xhr="1",
        date="{date_compact}",
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
    "espn_team_year_schedule": _scraper(
        "EspnTeamSchedule",
        "documented",
        "The games of one team in one season, of the part that it has got to",
        f"{_SITE}/teams/{{team_id}}/schedule",
        season="{season_end}",
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
