"""Schedules: of a month, of the first month, of the playoffs, of a team.

A row has the id of its game, also of a future one: the Eastern date, `0` and the home team. A game is final when its
row has both scores and links to the box score.

Only the page with the first games of the playoffs has the line "Playoffs"; which games of other pages belong to the
regular season follows from the calendar. Play-in games and finals of the cup are named in the remarks.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar
from urllib.parse import urlsplit

from selectolax.lexbor import LexborNode

from adce_async.errors import RefusedError
from adce_async.model.coverage import Discovery, Item, ItemState
from adce_async.model.facts import GameFacts
from adce_async.model.seasons import end_year, is_recorded, season_months, season_of_day, season_range
from adce_async.scraping.base import Page, Scraper, Want
from adce_async.scraping.blocked import judging
from adce_async.sources.basketball_reference.pages import (
    MONTHS,
    cell,
    day_of_game,
    expect_heading,
    filled,
    heading_of,
    linked_game,
    linked_team,
    number,
    refuse_other_page,
    side,
    table,
    text,
    with_league,
)

_LAST_WITHOUT_PLAYS = 1996
"""End year of the last season without play-by-play; up to it games may lack a box score for good."""
_LEAST_TEAM_GAMES = 10
"""The shortest season of a team: the San Diego Sails of the ABA folded after 11 games."""


@dataclass(frozen=True, slots=True)
class _Game:
    """A row of a schedule."""

    game_id: str
    day: dt.date
    away: str
    away_points: int | None
    home_points: int | None
    state: ItemState
    season_type: str

    @property
    def home(self) -> str:
        return self.game_id[9:]


class BasketballReferenceSchedule(Scraper):
    """The games of one month (field `month`: `october`, in 2019-20 `october-2019`) of a season, playoffs included.

    Without a field `month`: of the month in which the season begins. With `league: ABA`: of the ABA.
    """

    version: ClassVar[str] = "3"

    def __init__(self, name: str, source: str, url: str = "", params: Mapping[str, str] | None = None) -> None:
        super().__init__(name, source, url, params)
        self.lists_seasons = "{month}" in url

    def url_fields(self, fields: Mapping[str, str]) -> dict[str, str]:
        """Adds `league`: BAA up to 1948-49, NBA since."""
        return with_league(super().url_fields(fields))

    def check(self, page: Page, want: Want) -> None:
        """The season and the month asked for, whole."""
        with judging(page):
            values = self.url_fields(want.fields)
            own = filled(urlsplit(self.url).path, values, ("season", *(["month"] if "{month}" in self.url else [])))
            refuse_other_page(page, *filled("/leagues/{league}_{season_end}_games.html", values), *own)
            expect_heading(page, *filled("{season}", values))
            games = page.once(_games)
            for game in games:
                _check_day(game, values)
            if "season" in values and "{month}" not in self.url:
                _check_first_month(games[0].day, values["season"], values["league"])

    def discover(self, page: Page, want: Want) -> Discovery:
        """Each game with its `game_id`, `date`, `season`, `season_type` (as in `GameFacts`), `home` and `away`."""
        return Discovery(tuple(_item(game, want) for game in page.once(_games)))

    def facts(self, page: Page, want: Want) -> tuple[GameFacts, ...]:
        """The final scores."""
        return _finals(page.once(_games))

    def table_reader(self, data_type: str) -> str:
        """See `Scraper.table_reader`."""
        return "adce_async.sources.basketball_reference.tables:listing"


class BasketballReferencePlayoffsGames(BasketballReferenceSchedule):
    """All playoff games of a season. Its canonical link is that of the playoffs' summary, so the title must tell."""

    version: ClassVar[str] = "2"

    def check(self, page: Page, want: Want) -> None:
        """The playoffs asked for, with their games."""
        with judging(page):
            values = self.url_fields(want.fields)
            summary = filled("/playoffs/{league}_{season_end}.html", values)
            refuse_other_page(page, *summary, *filled("/playoffs/{league}_{season_end}_games.html", values))
            expect_heading(page, *filled("{season_end} {league} Playoffs Schedule", values))
            for game in page.once(_games):
                _check_day(game, values)

    def discover(self, page: Page, want: Want) -> Discovery:
        """As of a month, all of them `playoffs`."""
        items = super().discover(page, want).items
        return Discovery(tuple(replace(item, fields={**item.fields, "season_type": "playoffs"}) for item in items))

    def facts(self, page: Page, want: Want) -> tuple[GameFacts, ...]:
        """The final scores."""
        return _finals(page.once(_games), "playoffs")


class BasketballReferenceTeamSchedule(Scraper):
    """The games of one team (field `team`) in a season, those of the playoffs in a table of their own."""

    version: ClassVar[str] = "1"

    def check(self, page: Page, want: Want) -> None:
        """The team and the season asked for, with their games."""
        with judging(page):
            values = self.url_fields(want.fields)
            refuse_other_page(page, *filled(urlsplit(self.url).path, values, ("season", "team")))
            expect_heading(page, "Schedule", *filled("{season}", values))
            games = _team_rows(page, "games")
            if len(games) < _LEAST_TEAM_GAMES:
                raise RefusedError(f"table#games: expected at least {_LEAST_TEAM_GAMES} games, found {len(games)}")

    def facts(self, page: Page, want: Want) -> tuple[GameFacts, ...]:
        """The final scores; which of the games outside the playoffs were play-in games is not said."""
        team = want.fields.get("team")
        if not team:
            return ()
        rows = [(row, "") for row in _team_rows(page, "games")]
        rows += [(row, "playoffs") for row in _team_rows(page, "games_playoffs")]
        games = (_team_game(row, team, season_type) for row, season_type in rows)
        return tuple(game for game in games if game is not None)


def _games(page: Page) -> list[_Game]:
    """The games of `table#schedule`. Raises RefusedError if there are none, or if a row can't be read."""
    found = table(page, "schedule")
    if found is None:
        raise RefusedError("table#schedule: not there")
    rows: list[tuple[LexborNode, str]] = []
    phase = ""
    for row in found.css("tbody > tr"):
        if "thead" in (row.attributes.get("class") or ""):
            phase = _phase_begun(row) or phase
        elif cell(row, "date_game"):
            rows.append((row, phase))
    if not rows:
        raise RefusedError("table#schedule: no games in it")
    is_aba = heading_of(page).split(" Schedule")[0].endswith("ABA")
    return [_game(row, after, divided=bool(phase), is_aba=is_aba) for row, after in rows]


def _phase_begun(row: LexborNode) -> str:
    line = row.text(strip=True).lower()
    if line.startswith("play-in"):
        return "play_in"
    return "playoffs" if line.startswith("playoffs") else ""


def _game(row: LexborNode, after: str, *, divided: bool, is_aba: bool) -> _Game:
    """A row below the line `after` (empty: above all of them) on a page that is `divided` by one, or not."""
    named = cell(row, "date_game")
    game_id = (named.attributes.get("csk") if named else None) or linked_game(row)
    day = day_of_game(game_id)
    visitor = cell(row, "visitor_team_name")
    away = ((visitor.attributes.get("csk") if visitor else None) or "").partition(".")[0]
    season_type = _by_remarks(_remarks(row)) or after or ("regular" if divided else _by_calendar(day))
    if is_aba and season_type == "regular":
        season_type = ""  # "regular" means the NBA's: its games are counted
    return _Game(
        game_id,
        day,
        away if len(away) == 3 else linked_team(visitor),
        number(cell(row, "visitor_pts")),
        number(cell(row, "home_pts")),
        _state(row, game_id, day),
        season_type,
    )


def _state(row: LexborNode, game_id: str, day: dt.date) -> ItemState:
    """Final is a game with two scores and a link to its box score; of old games the scores will do."""
    scored = number(cell(row, "visitor_pts")) is not None and number(cell(row, "home_pts")) is not None
    linked = linked_game(cell(row, "box_score_text")) == game_id
    if scored and (linked or end_year(season_of_day(day)) <= _LAST_WITHOUT_PLAYS):
        return ItemState.FINAL
    remarks = _remarks(row)
    if "postponed" in remarks:
        return ItemState.POSTPONED
    if "cancel" in remarks:
        return ItemState.CANCELLED
    return ItemState.SCHEDULED


def _remarks(row: LexborNode) -> str:
    return f"{text(cell(row, 'game_remarks'))} {text(cell(row, 'notes'))}".lower()


def _by_remarks(remarks: str) -> str:
    if "play-in" in remarks:
        return "play_in"
    cup = "in-season tournament" in remarks or "nba cup" in remarks
    last = "championship" in remarks or ("final" in remarks and "semi" not in remarks and "quarter" not in remarks)
    return "cup_final" if cup and last else ""


def _by_calendar(day: dt.date) -> str:
    """Of a game on a page without the line "Playoffs": they never began before March, and in March with that line.

    Up to 1974, and in 1980 and 1981, no regular-season game was played in April; in 1999 and 2021 some were in May; in
    2020 the season was played to its end from July 30 to August 14.
    """
    year = end_year(season_of_day(day))
    if year == 2020:
        return "regular" if day < dt.date(2020, 8, 15) else "playoffs"
    if day.month >= 10 or day.month <= 3:
        return "regular"
    if day.month == 4:
        return "playoffs" if year <= 1974 or year in (1980, 1981) else "regular"
    return "regular" if day.month == 5 and year in (1999, 2021) else "playoffs"


def _check_day(game: _Game, values: Mapping[str, str]) -> None:
    month, season = MONTHS[game.day.month - 1], values.get("season")
    twice = season is not None and [label.partition("-")[0] for label, _ in season_months(season)].count(month) > 1
    names = {f"{month}-{game.day.year}"} if twice else {month, f"{month}-{game.day.year}"}
    if (asked := values.get("month")) is not None and asked not in names:
        raise RefusedError(f"expected games of {asked}, found {game.game_id}")
    if season is not None and season_of_day(game.day) != season:
        raise RefusedError(f"expected games of {season}, found {game.game_id}")


def _check_first_month(day: dt.date, season: str, league: str) -> None:
    """All months have the same title and canonical link: only their games tell them apart; 2019-20 has two Octobers."""
    first = season_range(season, league)[0]
    months = (first.month,) if is_recorded(season) else (10, 11)
    if day.year != first.year or day.month not in months:
        raise RefusedError(f"expected the first games of {season}, found {day}")


def _item(game: _Game, want: Want) -> Item:
    fields = {
        "game_id": game.game_id,
        "date": game.day.isoformat(),
        "season": want.fields.get("season") or season_of_day(game.day),
        "season_type": game.season_type,
        "home": game.home,
        "away": game.away,
    }
    scored = game.state is ItemState.SCHEDULED and None not in (game.away_points, game.home_points)
    return Item({name: value for name, value in fields.items() if value}, game.state, scored=scored)


def _finals(games: Iterable[_Game], season_type: str = "") -> tuple[GameFacts, ...]:
    return tuple(
        GameFacts(
            game.game_id,
            game.day.isoformat(),
            side(game.home, game.home_points),
            side(game.away, game.away_points),
            final=True,
            season_type=season_type or game.season_type,
        )
        for game in games
        if game.state is ItemState.FINAL and game.away
    )


def _team_rows(page: Page, name: str) -> list[LexborNode]:
    found = table(page, name)
    rows = found.css("tbody > tr:not(.thead)") if found else []
    return [row for row in rows if cell(row, "date_game", "date")]


def _team_game(row: LexborNode, team: str, season_type: str) -> GameFacts | None:
    """What a row of a team's schedule says; None for a game without a result."""
    game_id = linked_game(row)
    own, other = number(cell(row, "pts", "team_game_score")), number(cell(row, "opp_pts", "opp_team_game_score"))
    opponent = linked_team(cell(row, "opp_name", "opp_name_abbr"))
    if not game_id or own is None or other is None or not opponent:
        return None
    sides = (side(team, own), side(opponent, other))
    home, away = sides if game_id[9:] == team else reversed(sides)
    date = day_of_game(game_id).isoformat()
    return GameFacts(game_id, date, home, away, final=True, season_type=season_type)
