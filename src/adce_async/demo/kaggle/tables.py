"""The rows of the data sets on Kaggle. All fields become text, as in any CSV."""

from __future__ import annotations

import datetime as dt
from typing import Any

from adce_async.demo.league import TEAMS, Game, League
from adce_async.demo.nba_api.parts import player_slug, share
from adce_async.demo.plays import roster
from adce_async.demo.season import records, totals
from adce_async.model.days import EASTERN

Row = dict[str, Any]


def teams(_league: League, _games: tuple[Game, ...]) -> list[Row]:
    """`team.csv`."""
    return [
        {
            "id": team.nba_id,
            "full_name": team.full_name,
            "abbreviation": team.nba,
            "nickname": team.name,
            "city": team.location,
            "state": "",
            "year_founded": 1946.0,
        }
        for team in TEAMS
    ]


def players(league: League, _games: tuple[Game, ...]) -> list[Row]:
    """`common_player_info.csv`."""
    return [
        {
            "person_id": player.nba_id,
            "first_name": player.first,
            "last_name": player.last,
            "display_first_last": player.name,
            "display_last_comma_first": f"{player.last}, {player.first}",
            "display_fi_last": player.short,
            "player_slug": player_slug(player),
            "jersey": player.jersey,
            "position": player.position,
            "rosterstatus": "Active",
            "team_id": team.nba_id,
            "team_name": team.name,
            "team_abbreviation": team.nba,
            "team_city": team.location,
        }
        for team in TEAMS
        for player in roster(league.seed, team)
    ]


def _bare(game: Game) -> int:
    """The id without its leading zeros, as these files have it."""
    return int(game.nba_id)


def schedule(league: League, _games: tuple[Game, ...]) -> list[Row]:
    """`LeagueSchedule24_25.csv`: all games, finished or not."""
    found = []
    for game in (game for day in league.days() for game in league.games(day)):
        at = dt.datetime.fromtimestamp(game.tip_off, EASTERN)
        row = {
            "gameId": _bare(game),
            "gameDateTimeEst": f"{at:%Y-%m-%d %H:%M:%S}+00:00",
            "gameDay": f"{game.day:%a}",
            "arenaCity": game.home.location,
            "arenaState": "",
            "arenaName": f"{game.home.location} Arena",
            **dict.fromkeys(("gameLabel", "gameSubLabel", "gameSubtype"), ""),
            "gameSequence": game.slot + 1,
            **dict.fromkeys(("seriesGameNumber", "seriesText"), ""),
            "weekNumber": 1,
            "hometeamId": game.home.nba_id,
            "awayteamId": game.away.nba_id,
        }
        found.append(row)
    return found


def games(_league: League, games: tuple[Game, ...]) -> list[Row]:
    """`Games.csv`: the games that were played, with their results."""
    return [
        {
            "gameId": _bare(game),
            "gameDate": f"{game.day}",
            "hometeamCity": game.home.location,
            "hometeamName": game.home.name,
            "hometeamId": game.home.nba_id,
            "awayteamCity": game.away.location,
            "awayteamName": game.away.name,
            "awayteamId": game.away.nba_id,
            "homeScore": game.home_points,
            "awayScore": game.away_points,
            "winner": (game.home if game.home_points > game.away_points else game.away).nba_id,
            "gameType": "Regular Season",
            "attendance": game.attendance,
        }
        for game in games
    ]


def team_summaries(_league: League, games: tuple[Game, ...]) -> list[Row]:
    """`Team Summaries.csv`."""
    found = []
    for record in records(games):
        played = len(record.games) or 1
        row = {
            "season": games[0].season_end if games else "",
            "lg": "NBA",
            "team": record.team.bbref_name,
            "abbreviation": record.team.bbref,
            "playoffs": "FALSE",
            "w": record.wins,
            "l": record.losses,
            "mov": round((record.points - record.against) / played, 2),
            "arena": f"{record.team.location} Arena",
        }
        found.append(row)
    return found


def player_totals(_league: League, games: tuple[Game, ...]) -> list[Row]:
    """`Player Totals.csv`."""
    return [
        {
            "season": games[0].season_end,
            "lg": "NBA",
            "player": player.name,
            "player_id": player.bbref_id,
            "team": of.team.bbref,
            "pos": player.position[0],
            "g": of.games,
            "gs": of.starts,
            "mp": of.line.seconds // 60,
            "fg": of.line.fg,
            "fga": of.line.fga,
            "fg_percent": share(of.line.fg, of.line.fga),
            "x3p": of.line.fg3,
            "x3pa": of.line.fg3a,
            "ft": of.line.ft,
            "fta": of.line.fta,
            "orb": of.line.orb,
            "drb": of.line.drb,
            "trb": of.line.trb,
            "ast": of.line.ast,
            "stl": of.line.stl,
            "blk": of.line.blk,
            "tov": of.line.tov,
            "pf": of.line.pf,
            "pts": of.line.pts,
        }
        for player, of in totals(games).items()
    ]
