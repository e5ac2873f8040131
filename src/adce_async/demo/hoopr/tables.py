"""The rows of hoopR's tables: ESPN's summaries of a season, flattened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from adce_async.demo.espn.parts import minutes, slug_of
from adce_async.demo.espn.summary import clock_text, wording
from adce_async.demo.league import Game, Team
from adce_async.demo.plays import ACTIVE, STARTERS, Kind, Line, Play, final_box, plays_of, roster, total
from adce_async.model.days import iso

Row = dict[str, Any]


def schedule(games: Sequence[Game]) -> list[Row]:
    """`nba_schedule`: a row for each game."""
    return [
        {
            "id": int(game.event_id),
            "uid": f"s:40~l:46~e:{game.event_id}",
            "date": minutes(game.tip_off),
            "attendance": game.attendance,
            "neutral_site": False,
            "venue_full_name": f"{game.home.location} Arena",
            "status_type_name": "STATUS_FINAL",
            "status_type_completed": True,
            "status_period": len(game.home_periods),
            **_side("home", game.home, game.home_points, game.away_points),
            **_side("away", game.away, game.away_points, game.home_points),
            "season": game.season_end,
            "season_type": _season_type(game),
            "game_id": int(game.event_id),
            "game_date": game.day,
            "game_date_time": _when(game),
            "PBP": True,
            "team_box": True,
            "player_box": True,
        }
        for game in games
    ]


def _side(name: str, team: Team, points: int, against: int) -> Row:
    return {
        f"{name}_id": int(team.espn_id),
        f"{name}_location": team.location,
        f"{name}_name": team.name,
        f"{name}_abbreviation": team.espn,
        f"{name}_display_name": team.full_name,
        f"{name}_score": points,
        f"{name}_winner": points > against,
    }


def _season_type(game: Game) -> int:
    return 3 if game.is_playoff else 2


def _when(game: Game) -> str:
    return iso(game.tip_off)


def _about(game: Game) -> Row:
    """How the rows of a game begin in all boxes."""
    return {
        "game_id": int(game.event_id),
        "season": game.season_end,
        "season_type": _season_type(game),
        "game_date": game.day,
        "game_date_time": _when(game),
    }


def team_box(games: Sequence[Game]) -> list[Row]:
    """`team_box`: two rows for each game."""
    return [row for game in games for row in _team_rows(game)]


def _sides(game: Game) -> Iterator[tuple[Team, Team, bool]]:
    """Both teams with their opponents, the visitors first."""
    yield game.away, game.home, False
    yield game.home, game.away, True


def _team(prefix: str, team: Team) -> Row:
    return {
        f"{prefix}_id": int(team.espn_id),
        f"{prefix}_uid": f"s:40~l:46~t:{team.espn_id}",
        f"{prefix}_slug": slug_of(team),
        f"{prefix}_location": team.location,
        f"{prefix}_name": team.name,
        f"{prefix}_abbreviation": team.espn,
        f"{prefix}_display_name": team.full_name,
        f"{prefix}_short_display_name": team.name,
        f"{prefix}_color": team.color,
    }


def _team_rows(game: Game) -> Iterator[Row]:
    for team, other, is_home in _sides(game):
        line = total(final_box(game, is_home=is_home).values())
        points, against = (game.home_points, game.away_points) if is_home else (game.away_points, game.home_points)
        yield {
            **_about(game),
            **_team("team", team),
            "team_home_away": "home" if is_home else "away",
            "team_score": points,
            "team_winner": points > against,
            **_shooting(line),
            "assists": line.ast,
            "blocks": line.blk,
            "defensive_rebounds": line.drb,
            "offensive_rebounds": line.orb,
            "total_rebounds": line.trb,
            "fouls": line.pf,
            "steals": line.stl,
            "turnovers": line.tov,
            "total_turnovers": line.tov,
            **_team("opponent_team", other),
            "opponent_team_score": against,
        }


def _shooting(line: Line) -> Row:
    found: Row = {}
    for name, made, tried in (
        ("field_goal", line.fg, line.fga),
        ("three_point_field_goal", line.fg3, line.fg3a),
        ("free_throw", line.ft, line.fta),
    ):
        found |= {f"{name}_pct": round(100 * made / tried, 1) if tried else 0.0}
        found |= {f"{name}s_made": made, f"{name}s_attempted": tried}
    return found


def player_box(games: Sequence[Game]) -> list[Row]:
    """`player_box`: a row for each player and game; of those who did not play the numbers are not there."""
    return [row for game in games for row in _player_rows(game)]


def _player_rows(game: Game) -> Iterator[Row]:
    for team, other, is_home in _sides(game):
        box = final_box(game, is_home=is_home)
        for number, player in enumerate(roster(game.seed, team)):
            line = box.get(player)
            yield {
                **_about(game),
                "athlete_id": int(player.espn_id),
                "athlete_display_name": player.name,
                "team_id": int(team.espn_id),
                "team_abbreviation": team.espn,
                **_numbers(line),
                "starter": number < STARTERS,
                "did_not_play": number >= ACTIVE,
                "athlete_jersey": player.jersey,
                "athlete_position_name": player.position,
                "home_away": "home" if is_home else "away",
                "opponent_team_id": int(other.espn_id),
                "opponent_team_abbreviation": other.espn,
            }


def _numbers(line: Line | None) -> Row:
    of = line or Line()
    numbers = {
        "minutes": float(of.seconds // 60),
        **{name: count for name, count in _shooting(of).items() if not name.endswith("_pct")},
        "offensive_rebounds": of.orb,
        "defensive_rebounds": of.drb,
        "rebounds": of.trb,
        "assists": of.ast,
        "steals": of.stl,
        "blocks": of.blk,
        "turnovers": of.tov,
        "fouls": of.pf,
        "plus_minus": f"{of.plus_minus:+d}",
        "points": of.pts,
    }
    return numbers if line is not None else dict.fromkeys(numbers)


def plays(games: Sequence[Game]) -> list[Row]:
    """`play_by_play`: a row for each play."""
    return [_play(game, play, number) for game in games for number, play in enumerate(plays_of(game), start=4)]


def _play(game: Game, play: Play, number: int) -> Row:
    kind_id, kind, text = wording(game, play)
    team = None if play.is_home is None else game.home if play.is_home else game.away
    period_minutes, period_seconds = divmod(int(play.clock), 60)
    return {
        "game_play_number": number - 3,
        "id": int(f"{game.event_id}{number}"),
        "sequence_number": str(number),
        "type_id": int(kind_id),
        "type_text": kind,
        "text": text,
        "away_score": play.away_score,
        "home_score": play.home_score,
        "period_number": play.period,
        "qtr": play.period,
        "clock_display_value": clock_text(play.clock),
        "clock_minutes": period_minutes,
        "clock_seconds": float(period_seconds),
        "scoring_play": play.made,
        "score_value": play.points,
        "shooting_play": play.kind in (Kind.MAKE, Kind.MISS, Kind.FREE_THROW),
        "team_id": int(team.espn_id) if team else None,
        "athlete_id_1": int(play.player.espn_id) if play.player else None,
        "athlete_id_2": int(play.other.espn_id) if play.other else None,
        "game_id": int(game.event_id),
        "season": game.season_end,
        "season_type": _season_type(game),
        "home_team_id": int(game.home.espn_id),
        "home_team_abbrev": game.home.espn,
        "away_team_id": int(game.away.espn_id),
        "away_team_abbrev": game.away.espn,
        "game_date": game.day,
        "game_date_time": _when(game),
    }


def schedule_crosswalk(games: Sequence[Game]) -> list[Row]:
    """`nba_schedule_crosswalk`: ESPN's ids and nba.com's."""
    return [
        {
            "season": game.season_end,
            "espn_game_id": int(game.event_id),
            "nba_game_id": game.nba_id,
            "game_date": game.day,
            "home_abbreviation": game.home.espn,
            "away_abbreviation": game.away.espn,
        }
        for game in games
    ]
