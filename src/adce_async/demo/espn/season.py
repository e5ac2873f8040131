"""What ESPN has of a season: teams, standings, rosters, the calendar."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from adce_async.demo.espn.parts import minutes, slug_of, team_of
from adce_async.demo.league import TEAMS, League, Team
from adce_async.demo.plays import roster
from adce_async.demo.season import Record, best, finished, records
from adce_async.demo.site import moment
from adce_async.model.days import EASTERN, iso
from adce_async.model.seasons import season_of_end_year, season_range

CORE = "http://sports.core.api.espn.com/v2/sports/basketball/leagues/nba"
_CONFERENCES = {"East": ("5", "Eastern Conference"), "West": ("6", "Western Conference")}


def teams(year: int) -> dict[str, Any]:
    """`teams`: those of the current season."""
    listed = [{"team": _team(team) | {"alternateColor": "ffffff", "isAllStar": False}} for team in TEAMS]
    league = {
        "id": "46",
        "uid": "s:40~l:46",
        "name": "National Basketball Association",
        "abbreviation": "NBA",
        "shortName": "NBA",
        "slug": "nba",
        "teams": listed,
        "year": year,
        "season": {"year": year, "displayName": season_of_end_year(year)},
    }
    sport = {"id": "40", "uid": "s:40", "name": "Basketball", "slug": "basketball", "leagues": [league]}
    return {"sports": [sport]}


def team(found: Team, year: int) -> dict[str, Any]:
    """`teams/{id}`."""
    about = _team(found) | {"alternateColor": "ffffff", "record": {"items": []}, "nextEvent": []}
    return {"team": about | {"standingSummary": f"in the {found.division}", "season": {"year": year}}}


def _team(found: Team) -> dict[str, Any]:
    code = found.espn.lower()
    logo = {"href": f"https://a.espncdn.com/i/teamlogos/nba/500/{code}.png", "alt": "", "width": 500, "height": 500}
    link = {
        "language": "en-US",
        "rel": ["clubhouse", "desktop", "team"],
        "href": f"https://www.espn.com/nba/team/_/name/{code}/{slug_of(found)}",
        **dict.fromkeys(("text", "shortText"), "Clubhouse"),
        **dict.fromkeys(("isExternal", "isPremium", "isHidden"), False),
    }
    return team_of(found) | {
        "slug": slug_of(found),
        "shortDisplayName": found.name,
        "nickname": found.location,
        "isActive": True,
        "logos": [logo | {"rel": ["full", "default"]}],
        "links": [link],
    }


def team_named(name: str) -> Team | None:
    """The team with this id, abbreviation or slug."""
    return next((one for one in TEAMS if name.lower() in (one.espn_id, one.espn.lower(), slug_of(one))), None)


def athletes(league: League, found: Team, year: int, now: float) -> dict[str, Any]:
    """`teams/{id}/roster`."""
    players = [
        {
            "id": player.espn_id,
            "uid": f"s:40~l:46~a:{player.espn_id}",
            "firstName": player.first,
            "lastName": player.last,
            "fullName": player.name,
            "displayName": player.name,
            "shortName": player.short,
            "jersey": player.jersey,
            "position": {"name": player.position, "displayName": player.position, "abbreviation": player.position[0]},
            "injuries": [],
            "status": {"id": "1", "name": "Active", "type": "active", "abbreviation": "Active"},
        }
        for player in roster(league.seed, found)
    ]
    about = {name: value for name, value in team_of(found).items() if name != "uid"}
    return {
        "timestamp": iso(moment(league, now)),
        "status": "success",
        "season": {"year": year, "type": 2, "name": "Regular Season", "displayName": season_of_end_year(year)},
        "athletes": players,
        "coach": [],
        "team": about | {"recordSummary": "", "seasonSummary": season_of_end_year(year), "standingSummary": ""},
    }


def calendar(league: League, year: int) -> dict[str, Any]:
    """`seasons/{year}/types/2/calendar/ondays` of the core API: the days with regular-season games."""
    days = dict.fromkeys(game.day for game in league.season(year) if not game.is_playoff)
    return {
        "$ref": f"{CORE}/seasons/{year}/types/2/calendar/ondays?lang=en&region=us",
        "eventDate": {"type": "ondays", "dates": [morning(day) for day in days]},
        "sections": [],
    }


def morning(day: dt.date) -> str:
    """How ESPN's calendars name a day: the instant at which it begins on the west coast."""
    return minutes(dt.datetime.combine(day, dt.time(3), EASTERN).timestamp())


def standings(league: League, year: int, now: float) -> dict[str, Any]:
    """`standings` (at `/apis/v2/`): a table for each conference."""
    of_all = records(finished(league, year, now))
    children = []
    for conference, (number, name) in _CONFERENCES.items():
        of = [record for record in of_all if record.team.conference == conference]
        table = {
            "id": "0",
            "name": "overall",
            "displayName": "Standings",
            "links": [],
            "season": year,
            "seasonType": 2,
            "seasonDisplayName": season_of_end_year(year),
            "entries": [_entry(record, place, best(of)) for place, record in enumerate(of, start=1)],
        }
        group = {"uid": f"s:40~l:46~g:{number}", "id": number, "name": name, "abbreviation": conference}
        children.append(group | {"isConference": True, "standings": table})
    return {
        "uid": "s:40~l:46~g:7",
        "id": "7",
        "name": "National Basketball Association",
        "abbreviation": "NBA",
        "shortName": "NBA",
        "children": children,
        "isConference": False,
        "links": [],
        "seasons": [_season(year)],
    }


def _season(year: int) -> Mapping[str, Any]:
    first, last = season_range(season_of_end_year(year))
    dates = {"startDate": f"{first}T07:00Z", "endDate": f"{last}T06:59Z"}
    kind = {"id": "2", "name": "Regular Season", "abbreviation": "reg", **dates, "hasStandings": True}
    return {"year": year, **dates, "displayName": season_of_end_year(year), "types": [kind]}


def _entry(record: Record, place: int, leader: Record) -> dict[str, Any]:
    of = record.team
    names = ("id", "uid", "location", "name", "abbreviation", "displayName")
    about = {name: team_of(of)[name] for name in names}
    about |= {"shortDisplayName": of.name, "isActive": True, "logos": [], "links": []}
    return {"team": about, "stats": [*_numbers(record, place, leader), *_summaries(record)]}


def _numbers(record: Record, place: int, leader: Record) -> list[dict[str, Any]]:
    team, games = record.team, len(record.games) or 1
    difference, behind = record.points - record.against, record.behind(leader)
    streak = f"{'W' if record.streak > 0 else 'L'}{abs(record.streak)}"
    divisional = record.tally(lambda game: record.opponent(game).division == team.division)
    rows = (
        ("avgPointsAgainst", "OPP PPG", record.against / games, f"{record.against / games:.1f}"),
        ("avgPointsFor", "PPG", record.points / games, f"{record.points / games:.1f}"),
        ("differential", "DIFF", difference / games, f"{difference / games:+.1f}"),
        ("divisionWinPercent", "DPCT", divisional[0] / (sum(divisional) or 1), ""),
        ("gamesBehind", "GB", behind, f"{behind:g}" if behind else "-"),
        ("losses", "L", float(record.losses), str(record.losses)),
        ("playoffSeed", "SEED", float(place), str(place)),
        ("pointDifferential", "DIFF", float(difference), f"{difference:+d}"),
        ("pointsAgainst", "PA", float(record.against), str(record.against)),
        ("pointsFor", "PF", float(record.points), str(record.points)),
        ("streak", "STRK", float(record.streak), streak),
        ("winPercent", "PCT", record.share, f"{record.share:.3f}".removeprefix("0")),
        ("wins", "W", float(record.wins), str(record.wins)),
    )
    return [
        {
            "name": name,
            "displayName": name,
            "shortDisplayName": short,
            "description": name,
            "abbreviation": short,
            "type": name.lower(),
            "value": value,
            "displayValue": text,
        }
        for name, short, value, text in rows
    ]


def _summaries(record: Record) -> list[dict[str, Any]]:
    team = record.team
    rows = (
        ("0", "overall", "total", record.text()),
        ("33", "Home", "home", record.text(lambda game: game.home is team)),
        ("34", "Road", "road", record.text(lambda game: game.away is team)),
        ("60", "vs. Div.", "vsdiv", record.text(lambda game: record.opponent(game).division == team.division)),
        ("61", "vs. Conf.", "vsconf", record.text(lambda game: record.opponent(game).conference == team.conference)),
        ("901", "Last Ten Games", "lasttengames", record.text(lambda game: game in record.games[-10:])),
    )
    return [
        {
            "id": number,
            "name": name,
            "displayName": name,
            "shortDisplayName": name,
            "description": name,
            "type": kind,
            "summary": text,
            "displayValue": text,
        }
        for number, name, kind, text in rows
    ]
