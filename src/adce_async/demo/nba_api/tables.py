"""Tables of stats.nba.com in their V1 shape: the log of games, the players, the standings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from adce_async.demo.league import TEAMS, Game, League, Team
from adce_async.demo.nba_api.parts import player_slug, share, table, team_slug
from adce_async.demo.plays import Line, Player, final_box, roster, total
from adce_async.demo.season import Record, best, finished, records, totals
from adce_async.demo.site import GameState, state_of
from adce_async.model.seasons import end_year

_TEAM = ("SEASON_ID", "TEAM_ID", "TEAM_ABBREVIATION", "TEAM_NAME", "GAME_ID", "GAME_DATE", "MATCHUP", "WL")
_LINE = (
    "MIN", "FGM", "FGA", "FG_PCT", "FG3M", "FG3A", "FG3_PCT", "FTM", "FTA", "FT_PCT", "OREB", "DREB", "REB", "AST",
    "STL", "BLK", "TOV", "PF", "PTS", "PLUS_MINUS",
)  # fmt: skip
_TEAM_LOG = (*_TEAM, *_LINE, "VIDEO_AVAILABLE")
_PLAYER_LOG = (_TEAM[0], "PLAYER_ID", "PLAYER_NAME", *_TEAM[1:], *_LINE, "FANTASY_PTS", "VIDEO_AVAILABLE")
_INDEX = (
    "PERSON_ID", "PLAYER_LAST_NAME", "PLAYER_FIRST_NAME", "PLAYER_SLUG", "TEAM_ID", "TEAM_SLUG", "IS_DEFUNCT",
    "TEAM_CITY", "TEAM_NAME", "TEAM_ABBREVIATION", "JERSEY_NUMBER", "POSITION", "HEIGHT", "WEIGHT", "COLLEGE",
    "COUNTRY", "DRAFT_YEAR", "DRAFT_ROUND", "DRAFT_NUMBER", "ROSTER_STATUS", "FROM_YEAR", "TO_YEAR", "PTS", "REB",
    "AST", "STATS_TIMEFRAME",
)  # fmt: skip
_ALL_PLAYERS = (
    "PERSON_ID", "DISPLAY_LAST_COMMA_FIRST", "DISPLAY_FIRST_LAST", "ROSTERSTATUS", "FROM_YEAR", "TO_YEAR",
    "PLAYERCODE", "PLAYER_SLUG", "TEAM_ID", "TEAM_CITY", "TEAM_NAME", "TEAM_ABBREVIATION", "TEAM_CODE", "TEAM_SLUG",
    "GAMES_PLAYED_FLAG", "OTHERLEAGUE_EXPERIENCE_CH",
)  # fmt: skip
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DIVISIONS = ("Atlantic", "Central", "Southeast", "Northwest", "Pacific", "Southwest")

Query = Mapping[str, str]


def game_log(league: League, query: Query, now: float) -> dict[str, Any]:
    """`leaguegamelog`: a row for each team, or each player, of each game that is over."""
    season = query["Season"]
    playoffs, by_player = query["SeasonType"] == "Playoffs", query["PlayerOrTeam"] == "P"
    games = [
        game
        for game in league.season(end_year(season))
        if game.is_playoff is playoffs and state_of(game, now) is GameState.OVER
    ]
    if query["Direction"] == "DESC":
        games.reverse()
    rows = (row for game in games for row in _logged(game, by_player=by_player))
    said = {
        "LeagueID": query["LeagueID"],
        "Season": season,
        "SeasonType": query["SeasonType"],
        "PlayerOrTeam": query["PlayerOrTeam"],
        "Counter": int(query["Counter"]),
        "Sorter": query["Sorter"],
        "Direction": query["Direction"],
        "DateFrom": None,
        "DateTo": None,
    }
    return table("LeagueGameLog", "leaguegamelog", said, _PLAYER_LOG if by_player else _TEAM_LOG, rows)


def _logged(game: Game, *, by_player: bool) -> Iterator[dict[str, Any]]:
    for is_home in (False, True):
        ours, theirs = (game.home, game.away) if is_home else (game.away, game.home)
        box = final_box(game, is_home=is_home)
        won = (game.home_points > game.away_points) is is_home
        about = {
            "SEASON_ID": f"{4 if game.is_playoff else 2}{game.season_end - 1}",
            "TEAM_ID": ours.nba_id,
            "TEAM_ABBREVIATION": ours.nba,
            "TEAM_NAME": ours.full_name,
            "GAME_ID": game.nba_id,
            "GAME_DATE": game.day.isoformat(),
            "MATCHUP": f"{ours.nba} {'vs.' if is_home else '@'} {theirs.nba}",
            "WL": "W" if won else "L",
            "VIDEO_AVAILABLE": 0,
        }
        if not by_player:
            margin = (game.home_points - game.away_points) * (1 if is_home else -1)
            yield about | _line(total(box.values())) | {"PLUS_MINUS": margin}
            continue
        for player, line in box.items():
            who = {"PLAYER_ID": player.nba_id, "PLAYER_NAME": player.name}
            points = line.pts + 1.2 * line.trb + 1.5 * line.ast + 3 * (line.blk + line.stl) - line.tov
            yield about | who | _line(line) | {"FANTASY_PTS": round(points, 1)}


def _line(line: Line) -> dict[str, Any]:
    values = (
        line.seconds // 60, line.fg, line.fga, share(line.fg, line.fga), line.fg3, line.fg3a,
        share(line.fg3, line.fg3a), line.ft, line.fta, share(line.ft, line.fta), line.orb, line.drb, line.trb, line.ast,
        line.stl, line.blk, line.tov, line.pf, line.pts, line.plus_minus,
    )  # fmt: skip
    return dict(zip(_LINE, values, strict=True))


def all_players(league: League, query: Query, _now: float) -> dict[str, Any]:
    """`commonallplayers`: everybody who ever played, which in this league is everybody on a roster."""
    year = str(end_year(query["Season"]) - 1)
    rows = (
        {
            "PERSON_ID": player.nba_id,
            "DISPLAY_LAST_COMMA_FIRST": f"{player.last}, {player.first}",
            "DISPLAY_FIRST_LAST": player.name,
            "ROSTERSTATUS": 1,
            "FROM_YEAR": year,
            "TO_YEAR": year,
            **dict.fromkeys(("PLAYERCODE", "PLAYER_SLUG"), player_slug(player).replace("-", "_")),
            "TEAM_ID": team.nba_id,
            "TEAM_CITY": team.location,
            "TEAM_NAME": team.name,
            "TEAM_ABBREVIATION": team.nba,
            **dict.fromkeys(("TEAM_CODE", "TEAM_SLUG"), team_slug(team)),
            "GAMES_PLAYED_FLAG": "Y",
            "OTHERLEAGUE_EXPERIENCE_CH": "00",
        }
        for team, player in _everybody(league)
    )
    said = {"LeagueID": query["LeagueID"], "Season": query["Season"], "IsOnlyCurrentSeason": 0}
    return table("CommonAllPlayers", "commonallplayers", said, _ALL_PLAYERS, rows)


def player_index(league: League, query: Query, now: float) -> dict[str, Any]:
    """`playerindex`: the players of a season, with their points, rebounds and assists a game."""
    year = end_year(query["Season"])
    of = totals(finished(league, year, now))
    rows = (_indexed(team, player, year) | _averages(player, of) for team, player in _everybody(league))
    said = {
        "LeagueID": query["LeagueID"],
        "Season": query["Season"],
        **dict.fromkeys(("Historical", "TeamID", "Active", "AllStar"), 0),
        **dict.fromkeys(("Country", "College", "DraftYear", "DraftPick", "Height", "Weight")),
        "PlayerPosition": "",
    }
    return table("PlayerIndex", "playerindex", said, _INDEX, rows)


def _everybody(league: League) -> Iterator[tuple[Team, Player]]:
    return ((team, player) for team in TEAMS for player in roster(league.seed, team))


def _indexed(team: Team, player: Player, year: int) -> dict[str, Any]:
    return {
        "PERSON_ID": player.nba_id,
        "PLAYER_LAST_NAME": player.last,
        "PLAYER_FIRST_NAME": player.first,
        "PLAYER_SLUG": player_slug(player),
        "TEAM_ID": team.nba_id,
        "TEAM_SLUG": team_slug(team),
        "IS_DEFUNCT": 0,
        "TEAM_CITY": team.location,
        "TEAM_NAME": team.name,
        "TEAM_ABBREVIATION": team.nba,
        "JERSEY_NUMBER": player.jersey,
        "POSITION": player.position[0],
        "HEIGHT": "6-6",
        "WEIGHT": "215",
        "COLLEGE": "None",
        "COUNTRY": "USA",
        **dict.fromkeys(("DRAFT_YEAR", "DRAFT_ROUND", "DRAFT_NUMBER")),
        "ROSTER_STATUS": 1.0,
        **dict.fromkeys(("FROM_YEAR", "TO_YEAR"), str(year - 1)),
        "STATS_TIMEFRAME": "Season",
    }


def _averages(player: Player, of: Mapping[Player, Any]) -> dict[str, float | None]:
    known = of.get(player)
    if known is None:
        return dict.fromkeys(("PTS", "REB", "AST"))
    line = known.line
    values = (line.pts, line.trb, line.ast)
    return {name: round(value / known.games, 1) for name, value in zip(("PTS", "REB", "AST"), values, strict=True)}


def standings(league: League, query: Query, now: float) -> dict[str, Any]:
    """`leaguestandingsv3`. What this league does not keep (clinching, leads at half) is empty or 0-0."""
    year = end_year(query["Season"])
    of_all = records(finished(league, year, now))
    rows = [_standing(record, of_all, year) for record in of_all]
    said = {"LeagueID": query["LeagueID"], "SeasonYear": query["Season"], "SeasonType": query["SeasonType"]}
    begun = any(record.games for record in of_all)
    return table("Standings", "leaguestandings", said, list(rows[0]), rows if begun else ())


def _standing(record: Record, of_all: tuple[Record, ...], year: int) -> dict[str, Any]:
    team = record.team
    conference = [one for one in of_all if one.team.conference == team.conference]
    division = [one for one in conference if one.team.division == team.division]
    streak, games = record.streak, len(record.games) or 1

    def met(name: str, value: str) -> str:
        return record.text(lambda game: getattr(record.opponent(game), name) == value)

    def in_month(number: int) -> str:
        return record.text(lambda game: game.day.month == number)

    return {
        "LeagueID": "00", "SeasonID": f"2{year - 1}", "TeamID": team.nba_id, "TeamCity": team.location,
        "TeamName": team.name, "TeamSlug": team_slug(team), "Conference": team.conference,
        "ConferenceRecord": met("conference", team.conference), "PlayoffRank": conference.index(record) + 1,
        "ClinchIndicator": "", "Division": team.division, "DivisionRecord": met("division", team.division),
        "DivisionRank": division.index(record) + 1, "WINS": record.wins, "LOSSES": record.losses,
        "WinPCT": round(record.share, 3), "LeagueRank": None, "Record": record.text(),
        "HOME": record.text(lambda game: game.home is team), "ROAD": record.text(lambda game: game.away is team),
        "L10": record.text(lambda game: game in record.games[-10:]), "Last10Home": "0-0", "Last10Road": "0-0",
        "OT": record.text(lambda game: len(game.home_periods) > 4),
        "ThreePTSOrLess": record.text(lambda game: abs(game.home_points - game.away_points) <= 3),
        "TenPTSOrMore": record.text(lambda game: abs(game.home_points - game.away_points) >= 10),
        "LongHomeStreak": 0, "strLongHomeStreak": "", "LongRoadStreak": 0, "strLongRoadStreak": "",
        "LongWinStreak": max(streak, 0), "LongLossStreak": max(-streak, 0), "CurrentHomeStreak": 0,
        "strCurrentHomeStreak": "", "CurrentRoadStreak": 0, "strCurrentRoadStreak": "", "CurrentStreak": streak,
        "strCurrentStreak": f"{'W' if streak > 0 else 'L'} {abs(streak)}",
        "ConferenceGamesBack": record.behind(best(conference)), "DivisionGamesBack": record.behind(best(division)),
        "ClinchedConferenceTitle": None, "ClinchedDivisionTitle": None, "ClinchedPlayoffBirth": None,
        "ClinchedPlayIn": 0, "EliminatedConference": None, "EliminatedDivision": None,
        **dict.fromkeys(("AheadAtHalf", "BehindAtHalf", "TiedAtHalf", "AheadAtThird", "BehindAtThird"), "0-0"),
        "TiedAtThird": "0-0",
        "Score100PTS": record.text(lambda game: _points(record, game) >= 100),
        "OppScore100PTS": record.text(lambda game: _points(record, game, theirs=True) >= 100),
        **dict.fromkeys(("OppOver500", "LeadInFGPCT", "LeadInReb", "FewerTurnovers"), "0-0"),
        "PointsPG": round(record.points / games, 1), "OppPointsPG": round(record.against / games, 1),
        "DiffPointsPG": round((record.points - record.against) / games, 1),
        "vsEast": met("conference", "East"), **{f"vs{name}": met("division", name) for name in _DIVISIONS[:3]},
        "vsWest": met("conference", "West"), **{f"vs{name}": met("division", name) for name in _DIVISIONS[3:]},
        **{name: in_month(number) for number, name in enumerate(_MONTHS, start=1)},
        "Score_80_Plus": record.text(lambda game: _points(record, game) >= 80),
        "Opp_Score_80_Plus": record.text(lambda game: _points(record, game, theirs=True) >= 80),
        "Score_Below_80": record.text(lambda game: _points(record, game) < 80),
        "Opp_Score_Below_80": record.text(lambda game: _points(record, game, theirs=True) < 80),
        "TotalPoints": record.points, "OppTotalPoints": record.against,
        "DiffTotalPoints": record.points - record.against, "LeagueGamesBack": record.behind(best(of_all)),
        "PlayoffSeeding": None, "ClinchedPostSeason": 0, "NEUTRAL": "0-0",
    }  # fmt: skip


def _points(record: Record, game: Game, *, theirs: bool = False) -> int:
    return game.home_points if (game.home is record.team) is not theirs else game.away_points
