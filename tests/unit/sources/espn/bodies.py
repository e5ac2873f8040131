"""ESPN's bodies as far as its checks look at them: small, and whole."""

from __future__ import annotations

import orjson

from adce_async.scraping.base import Page, Want

FINAL = {"name": "STATUS_FINAL", "state": "post", "completed": True, "detail": "Final"}
LIVE = {"name": "STATUS_IN_PROGRESS", "state": "in", "completed": False, "detail": "8:41 - 4th Quarter"}
PRE = {"name": "STATUS_SCHEDULED", "state": "pre", "completed": False, "detail": "Sat, May 31st"}
POSTPONED = {"name": "STATUS_POSTPONED", "state": "post", "completed": False, "detail": "Postponed"}
CANCELED = {"name": "STATUS_CANCELED", "state": "post", "completed": False, "detail": "Canceled"}


def as_page(document: object) -> Page:
    return Page("https://site.api.espn.com/x", document if isinstance(document, bytes) else orjson.dumps(document))


def listing_of(date: str) -> Want:
    return Want(f"espn_schedules/{date}.json", "schedule", {"date": date})


def game(game_id: str, data_type: str = "box_score") -> Want:
    return Want(f"{data_type}/{game_id}.json", data_type, {"season": "2024-25", "game_id": game_id})


def side(where: str, team_id: str, code: str, score: object = "0", quarters: tuple[int, ...] = ()) -> dict:
    lines = [{"value": float(points), "displayValue": str(points)} for points in quarters]
    team = {"id": team_id, "abbreviation": code}
    return {"id": team_id, "homeAway": where, "team": team, "score": score, "linescores": lines}


LAKERS = side("home", "13", "LAL", "110", (30, 20, 30, 30))
PELICANS = side("away", "3", "NO", "104", (24, 30, 30, 20))


def event(
    game_id="401", date="2024-12-16T02:30Z", status=FINAL, year=2025, sides=(LAKERS, PELICANS), **changed
) -> dict:
    return {
        "id": game_id,
        "uid": f"s:40~l:46~e:{game_id}",
        "date": date,
        "season": {"year": year, "type": 2},
        "competitions": [{"id": game_id, "competitors": list(sides), "status": {"type": status}}],
        "status": {"type": status},
    } | changed


def scoreboard(*events: dict, calendar=("2024-12-15T08:00Z",), **changed) -> dict:
    league = {"slug": "nba", "uid": "s:40~l:46", "calendarIsWhitelist": True, "calendar": list(calendar)}
    return {"leagues": [league], "events": list(events)} | changed


def players(team_id: str, *points: str) -> dict:
    idle = {"athlete": {"id": "9"}, "stats": [], "didNotPlay": True}
    lines = [{"athlete": {"id": str(n)}, "stats": ["32", "6-9", one]} for n, one in enumerate(points)]
    return {"team": {"id": team_id}, "statistics": [{"labels": ["MIN", "FG", "PTS"], "athletes": [*lines, idle]}]}


def summary(game_id="401", status=FINAL, **changed) -> dict:
    competition = {
        "id": game_id,
        "date": "2024-12-16T02:30Z",
        "status": {"type": status},
        "competitors": [LAKERS, PELICANS],
    }
    return {
        "header": {
            "id": game_id,
            "season": {"year": 2025, "type": 2},
            "league": {"uid": "s:40~l:46"},
            "competitions": [competition],
        },
        "boxscore": {
            "players": [players("3", "60", "44"), players("13", "100", "10")],
            "teams": [{"statistics": [{"name": "assists"}]} for _ in range(2)],
        },
        "plays": [play("Jumpball", 1, 0, 0), play("Jump Shot", 4, 110, 104), play("End Game", 4, 110, 104)],
        "winprobability": [{"homeWinPercentage": 1.0}],
    } | changed


def play(kind: str, period: int, home: object, away: object) -> dict:
    return {"type": {"text": kind}, "period": {"number": period}, "homeScore": home, "awayScore": away}
