"""ESPN: the listing of a day and the summary of a game, from the JSON API behind its own pages.

    scoreboard?dates=D  ->  events[].id  ->  summary?event=ID   (box score, plays and win probability in one body)

The API is undocumented, unlicensed and needs no key; no limit is published, so ask slowly. Since August 2026 its
wall (Akamai) refuses by User-Agent: browsers' and bare tokens get 403, `Name/1.0 (+https://project.url)` passes.
There is no ETag and no Last-Modified.

What a 200 may hide: an error envelope (`{"code": 404}`, `{"error": {...}}`), the listing of another day (without
`dates` it is "today, or the last or next day with games"), a game that has not begun or is under way (the keys of
a summary do not tell, only its status does), a postponed game with state "post".
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from adce_async.errors import (
    BlockedError,
    NotFoundError,
    NotYetError,
    PermanentError,
    RefusedError,
    ScrapeError,
    TransientError,
)
from adce_async.model.coverage import Discovery, Item, ItemState
from adce_async.model.days import EASTERN, from_iso
from adce_async.model.seasons import season_of_end_year
from adce_async.scraping.base import Page, Scraper, Want
from adce_async.scraping.blocked import judging
from adce_async.scraping.declarative import dig

_API = "https://site.api.espn.com/apis/site/v2/sports/basketball/nba"

SOURCE: dict[str, Any] = {
    "name": "espn",
    "description": "ESPN's JSON API: day listings, box scores, play-by-play",
    "terms": "undocumented and unlicensed; its use is the owner's decision",
    "hosts": ["site.api.espn.com", "sports.core.api.espn.com"],
}
SCRAPERS: dict[str, dict[str, Any]] = {
    "espn_scoreboard": {
        "source": "espn",
        "uses": "adce_async.sources.espn:EspnScoreboard",
        "url": f"{_API}/scoreboard",
        "params": {"dates": "{date_compact}", "limit": "1000"},
    },
    "espn_summary": {
        "source": "espn",
        "uses": "adce_async.sources.espn:EspnSummary",
        "url": f"{_API}/summary",
        "params": {"event": "{game_id}"},
    },
}

_NBA = "s:40~l:46"
"""Sport 40, league 46: how each `uid` of the NBA begins."""
_NIGHT_ENDS = dt.time(7)
"""`dates` is not strictly the Eastern day: a game that tips at 05:30 ET is listed under the day before."""
_END_OF_GAME = 5
"""Plays at the end of a game among which its last one is looked for."""


class EspnScoreboard(Scraper):
    """The games of one US Eastern day (field `date`). A day without games, or with unfinished ones, is accepted."""

    version: ClassVar[str] = "1"

    def check(self, page: Page, want: Want) -> None:
        """The listing of the day asked for, whole, of the NBA."""
        with judging(page, html_due=False):
            body = _envelope(page)
            league = dig(body, "leagues.0")
            if dig(league, "slug") != "nba" and dig(league, "uid") != _NBA:
                raise RefusedError(f"leagues.0: expected the NBA, found {dig(league, 'slug')!r}")
            events = dig(body, "events")
            if not isinstance(events, list):
                raise RefusedError("events: expected a list, found none")
            day = dt.date.fromisoformat(want.fields["date"])
            if (stated := dig(body, "day.date")) is not None:
                _expect("day.date", day.isoformat(), stated)
            for event in events:
                _check_event(event, day)
            if not events:
                _check_empty(league, day)

    def discover(self, page: Page, want: Want) -> Discovery:
        """Each game with its `game_id`, `date` (as asked), `season`, `season_type`, `home` and `away`.

        `season_type` is ESPN's: 1 preseason, 2 regular season (the All-Star game and the cup final too),
        3 playoffs, 5 play-in.
        """
        games = {str(event["id"]): event for event in page.json()["events"]}
        return Discovery(tuple(_item(game_id, event, want) for game_id, event in games.items()))


class EspnSummary(Scraper):
    """All about one finished game (field `game_id`); what must be in it depends on the data type asked for."""

    version: ClassVar[str] = "1"

    def check(self, page: Page, want: Want) -> None:
        """The game asked for, final, with the part that the data type names."""
        with judging(page, html_due=False):
            body = _envelope(page)
            game_id = want.fields["game_id"]
            _expect("header.id", game_id, dig(body, "header.id"))
            game = dig(body, "header.competitions.0")
            _expect("header.competitions.0.id", game_id, dig(game, "id"))
            if (league := dig(body, "header.league.uid")) is not None:
                _expect("header.league.uid", _NBA, league)
            _refuse_unfinished(game)
            scores = _final_scores(game)
            part = want.data_type.lower()
            if "play_by_play" in part or "pbp" in part:
                _check_plays(body, scores)
            elif "win_prob" in part:
                _expect_rows(body, "winprobability")
            elif "team" in part:
                _check_teams(body)
            elif "box" in part or "player" in part:
                _check_players(body)


def _envelope(page: Page) -> dict[str, Any]:
    """The body as an object. Raises what an error envelope in it stands for, whatever its HTTP status was."""
    body = page.json()
    if not isinstance(body, dict):
        raise RefusedError("expected a JSON object")
    error = body["error"] if isinstance(body.get("error"), dict) else body
    if error is body and ("events" in body or "header" in body or "code" not in body):
        return body
    raise _envelope_error(error.get("code"), f"ESPN says {error.get('code')}: {error.get('message')}")


def _envelope_error(code: object, reason: str) -> ScrapeError:
    match code:
        case 404 | 410:
            return NotFoundError(reason)
        case 403 | 429:
            return BlockedError(reason)
        case int() if code >= 500:
            return TransientError(reason)
        case _:
            return RefusedError(reason)


def _check_event(event: Any, day: dt.date) -> None:
    game_id = dig(event, "id")
    if not str(game_id).isdecimal():
        raise RefusedError(f"an event without an id: found {game_id!r}")
    uid = dig(event, "uid")
    if uid is not None and not str(uid).startswith(f"{_NBA}~"):
        raise RefusedError(f"event {game_id}: expected a game of the NBA, found uid {uid!r}")
    if not isinstance(dig(event, "season.year"), int):
        raise RefusedError(f"event {game_id}: no season.year")
    if not _statuses(event):
        raise RefusedError(f"event {game_id}: no status")
    try:
        tip = dt.datetime.fromtimestamp(from_iso(str(dig(event, "date"))), EASTERN)
    except (ValueError, OverflowError) as error:
        raise RefusedError(f"event {game_id}: {error}") from error
    early = tip.date() == day + dt.timedelta(days=1) and tip.time() < _NIGHT_ENDS
    if tip.date() != day and not early:
        raise RefusedError(f"event {game_id}: expected a game of {day}, found {tip:%Y-%m-%d %H:%M} Eastern time")


def _check_empty(league: Any, day: dt.date) -> None:
    """An empty listing must not contradict its own calendar, which names the days of its season with games."""
    calendar = dig(league, "calendar")
    if not dig(league, "calendarIsWhitelist") or not isinstance(calendar, list):
        return
    if any(isinstance(one, str) and one.startswith(day.isoformat()) for one in calendar):
        raise RefusedError(f"events: none, but its own calendar has games on {day}")


def _item(game_id: str, event: Any, want: Want) -> Item:
    fields = {
        "game_id": game_id,
        "date": want.fields["date"],
        "season": season_of_end_year(event["season"]["year"]),
        "season_type": dig(event, "season.type"),
    }
    for competitor in _rows(event, "competitions.0.competitors"):
        fields[str(dig(competitor, "homeAway"))] = dig(competitor, "team.abbreviation")
    known = ("game_id", "date", "season", "season_type", "home", "away")
    return Item({name: str(fields[name]) for name in known if fields.get(name)}, _agreed(_statuses(event)))


def _statuses(event: Any) -> list[Mapping[str, Any]]:
    """The status of an event, which stands in it once or twice."""
    found = [dig(event, "competitions.0.status.type"), dig(event, "status.type")]
    return [status for status in found if isinstance(status, dict) and status.get("name")]


def _agreed(statuses: Iterable[Mapping[str, Any]]) -> ItemState:
    """The state that all statuses agree on; while they do not, nothing is settled."""
    states = {_state(status) for status in statuses}
    return states.pop() if len(states) == 1 else ItemState.LIVE


def _state(status: Mapping[str, Any]) -> ItemState:
    """How far a game has got. Final is only what says so three times; "post" alone may be a postponed game.

    An unknown status with state "post" (forfeit, suspended, ...) counts as under way: it is asked again.
    """
    name, state = status.get("name"), status.get("state")
    if name == "STATUS_FINAL" and state == "post" and status.get("completed") is True:
        return ItemState.FINAL
    if name == "STATUS_POSTPONED":
        return ItemState.POSTPONED
    if name in ("STATUS_CANCELED", "STATUS_CANCELLED"):
        return ItemState.CANCELLED
    return ItemState.SCHEDULED if state == "pre" else ItemState.LIVE


def _refuse_unfinished(game: Any) -> None:
    status = dig(game, "status.type")
    if not isinstance(status, dict):
        raise RefusedError("header.competitions.0.status: not there")
    what = f"{status.get('name')}: {status.get('detail') or status.get('description') or 'no detail'}"
    match _state(status):
        case ItemState.FINAL:
            return
        case ItemState.CANCELLED:
            raise PermanentError(f"the game is never played: {what}")
        case ItemState.POSTPONED:
            # it may be played later under the same id: not found for a week, then parked
            raise NotFoundError(f"the game was not played: {what}")
        case _:
            raise NotYetError(f"not final: {what}")


def _final_scores(game: Any) -> dict[str, str]:
    """The score of `home` and of `away`."""
    scores = {str(dig(one, "homeAway")): str(dig(one, "score")) for one in _rows(game, "competitors")}
    if set(scores) != {"home", "away"} or not all(score.isdecimal() for score in scores.values()):
        raise RefusedError(f"header.competitions.0.competitors: expected two scores, found {scores}")
    return scores


def _check_players(body: dict[str, Any]) -> None:
    teams = _expect_rows(body, "boxscore.players")
    if len(teams) != 2:
        raise RefusedError(f"boxscore.players: expected 2 teams, found {len(teams)}")
    for number in range(2):
        athletes = _expect_rows(body, f"boxscore.players.{number}.statistics.0.athletes")
        if not any(dig(athlete, "stats") for athlete in athletes):
            raise RefusedError(f"boxscore.players.{number}: {len(athletes)} players, none with statistics")


def _check_teams(body: dict[str, Any]) -> None:
    for number in range(2):
        _expect_rows(body, f"boxscore.teams.{number}.statistics")


def _check_plays(body: dict[str, Any], scores: Mapping[str, str]) -> None:
    plays = _rows(body, "plays")
    if not plays:
        raise RefusedError("plays: no play-by-play recorded")
    if not any(_ends_game(play, scores) for play in plays[-_END_OF_GAME:]):
        raise NotYetError(f"plays: {len(plays)} of them, which do not reach the end of the game")


def _ends_game(play: Any, scores: Mapping[str, str]) -> bool:
    """The last play says so, or (in old games) stands in the fourth period or later with the final score."""
    if dig(play, "type.text") == "End Game":
        return True
    period = dig(play, "period.number")
    reached = {"home": str(dig(play, "homeScore")), "away": str(dig(play, "awayScore"))}
    return isinstance(period, int) and period >= 4 and reached == scores


def _expect(what: str, expected: str, found: object) -> None:
    if found is None or str(found) != expected:
        raise RefusedError(f"{what}: expected {expected!r}, found {found!r:.100}")


def _expect_rows(body: Any, path: str) -> list[Any]:
    if not (rows := _rows(body, path)):
        raise RefusedError(f"{path}: expected rows, found none")
    return rows


def _rows(document: Any, path: str) -> list[Any]:
    """The list at `path`; empty if there is none."""
    rows = dig(document, path)
    return rows if isinstance(rows, list) else []
