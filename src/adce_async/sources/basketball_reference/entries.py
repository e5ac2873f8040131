"""The source and its scrapers, as configuration entries.

`evidence`: captured where a body of the address was seen, documented where its form is known from others who read it
(libraries, published copies of pages). What robots.txt disallows (game logs, splits, on-off, lineups, shooting of a
player) is not asked for; the check of the game logs still judges those that are in old lakes.
"""

from __future__ import annotations

from typing import Any

from adce_async.sources.basketball_reference.pages import NAME, SITE

SOURCE: dict[str, Any] = {
    "name": NAME,
    "description": "Basketball-Reference: schedules, games, seasons, players and teams of NBA, BAA and ABA since 1946",
    "terms": "robots.txt is obeyed; no competing database; credit Sports Reference; its use is the owner's decision",
    "hosts": ["www.basketball-reference.com"],
}


def _entry(uses: str, path: str, description: str, *, captured: bool = False, **more: Any) -> dict[str, Any]:
    return {
        "source": NAME,
        "uses": f"adce_async.sources.basketball_reference:BasketballReference{uses}",
        "url": SITE + path,
        "evidence": "captured" if captured else "documented",
        "description": description,
        **more,
    }


_DAY = {"month": "{month}", "day": "{day}", "year": "{year}"}
_SEASON = "/leagues/{league}_{season_end}"

_GAMES = {
    "schedule": _entry(
        "Schedule", f"{_SEASON}_games-{{month}}.html", "Games of a month, playoffs included", captured=True
    ),
    "season_schedule": _entry("Schedule", f"{_SEASON}_games.html", "Games of the month in which a season begins"),
    "day_index": _entry("DayIndex", "/boxscores/", "Games of a day with quarters", params=_DAY, captured=True),
    "daily_leaders": _entry(
        "DailyLeaders", "/friv/dailyleaders.fcgi", "Lines of all players of a day", params=_DAY, captured=True
    ),
    "box_score": _entry("BoxScore", "/boxscores/{game_id}.html", "Box score of a game", captured=True),
    "play_by_play": _entry(
        "PlayByPlay", "/boxscores/pbp/{game_id}.html", "Play-by-play of a game, from 1996-97 on", captured=True
    ),
    "shot_chart": _entry("ShotChart", "/boxscores/shot-chart/{game_id}.html", "Shots of a game, from 2000-01 on"),
    "plus_minus": _entry(
        "PlusMinus", "/boxscores/plus-minus/{game_id}.html", "Who was on the floor when, from 1996-97 on"
    ),
}
_PLAYERS = {
    "season_totals": _entry("Players", f"{_SEASON}_totals.html", "Totals of all players of a season", captured=True),
    "season_per_game": _entry("Players", f"{_SEASON}_per_game.html", "Numbers per game of all players", captured=True),
    "season_per_minute": _entry(
        "Season", f"{_SEASON}_per_minute.html", "Numbers per 36 minutes of all players, from 1951-52 on"
    ),
    "season_per_poss": _entry(
        "Season", f"{_SEASON}_per_poss.html", "Numbers per 100 possessions of all players, from 1973-74 on"
    ),
    "season_advanced": _entry("Season", f"{_SEASON}_advanced.html", "Advanced numbers of all players", captured=True),
    "season_play_by_play": _entry(
        "Season", f"{_SEASON}_play-by-play.html", "What play-by-play tells of all players, from 1996-97 on"
    ),
    "season_shooting": _entry(
        "Season", f"{_SEASON}_shooting.html", "Shooting by distance of all players, from 1996-97 on"
    ),
    "season_adj_shooting": _entry(
        "Season", f"{_SEASON}_adj_shooting.html", "Shooting of all players, held against the league's"
    ),
    "rookies": _entry("Season", f"{_SEASON}_rookies.html", "Rookies of a season"),
    "season_leaders": _entry("Season", f"{_SEASON}_leaders.html", "The first twenty of a season in each category"),
    "player": _entry("Player", "/players/{initial}/{player_slug}.html", "A player's whole career", captured=True),
    "player_game_log": _entry(
        "GameLog",
        "/players/{initial}/{player_slug}/gamelog/{season_end}/",
        "Games of a player in a season",
        captured=True,
        retired="robots.txt disallows it (*/gamelog/); box scores have the same lines",
    ),
}
_LEAGUE = {
    "season_summary": _entry("Teams", f"{_SEASON}.html", "Standings and team tables of a season", captured=True),
    "standings": _entry("Teams", f"{_SEASON}_standings.html", "Standings, with records by month, division and margin"),
    "team_ratings": _entry("Season", f"{_SEASON}_ratings.html", "Ratings of all teams of a season"),
    "coaches": _entry("Season", f"{_SEASON}_coaches.html", "Coaches of a season"),
    "transactions": _entry("Season", f"{_SEASON}_transactions.html", "Trades, signings and waivers of a season"),
    "playoffs": _entry(
        "Season", "/playoffs/{league}_{season_end}.html", "Series and team tables of the playoffs", captured=True
    ),
    "playoffs_games": _entry(
        "PlayoffsGames", "/playoffs/{league}_{season_end}_games.html", "Games of the playoffs of a season"
    ),
    "awards": _entry("Season", "/awards/awards_{season_end}.html", "Voting for the awards of a season"),
    "all_star": _entry("Season", "/allstar/{league}_{season_end}.html", "The All-Star game of a season"),
    "draft": _entry("Season", "/draft/{league}_{season_start}.html", "The draft of the summer before a season"),
    "team": _entry("Team", "/teams/{team}/{season_end}.html", "Roster and tables of a team's season", captured=True),
    "team_schedule": _entry(
        "TeamSchedule", "/teams/{team}/{season_end}_games.html", "Games of a team in a season", captured=True
    ),
    "franchise": _entry("Franchise", "/teams/{team}/", "All seasons of a franchise"),
}
SCRAPERS: dict[str, dict[str, Any]] = {
    f"{NAME}_{data_type}": entry for data_type, entry in (_GAMES | _PLAYERS | _LEAGUE).items()
}
