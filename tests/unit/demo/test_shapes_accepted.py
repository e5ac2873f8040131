"""What is generated is what the scrapers accept: their `check` and `discover`, over the sites' own answers."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from adce_async.demo.basketball_reference.site import BasketballReference
from adce_async.demo.delivery import spoiled
from adce_async.demo.espn.site import Espn
from adce_async.demo.faults import Fault
from adce_async.demo.league import Game, League
from adce_async.demo.site import Request, Site
from adce_async.errors import BlockedError, NotFoundError, NotYetError, RefusedError, ScrapeError
from adce_async.model.coverage import Discovery, ItemState
from adce_async.scraping.base import Page, Want
from adce_async.sources.basketball_reference import (
    BasketballReferenceBoxScore,
    BasketballReferencePlayByPlay,
    BasketballReferenceSchedule,
)
from adce_async.sources.espn import EspnScoreboard, EspnSummary

LEAGUE = League(7, dt.date(2024, 11, 20), dt.date(2025, 4, 25))
SITES: dict[str, Site] = {
    "site.api.espn.com": Espn(LEAGUE),
    "www.basketball-reference.com": BasketballReference(LEAGUE),
}
API = "/apis/site/v2/sports/basketball/nba"
GAMES = [*LEAGUE.games(dt.date(2024, 12, 15)), *LEAGUE.games(dt.date(2025, 4, 20))]
OVERTIME = next(game for day in LEAGUE.days() for game in LEAGUE.games(day) if len(game.home_periods) > 4)


def page(host: str, path: str, /, fault: str = "", **changes: Any) -> Page:
    """What a client gets for a path, as the engine would hand it to a scraper."""
    path, _, query = path.partition("?")
    ask = Request(host, path, dict([query.split("=")] if query else []), **changes)
    answer = SITES[host].answer(ask)
    if fault:
        source = "espn" if "espn" in host else "basketball_reference"
        answer = spoiled(answer, Fault(fault), source, ask, SITES[host])
    return Page(f"https://{host}{path}", answer.body, answer.status, {"content-type": answer.content_type})


def espn(path: str, **changes: Any) -> Page:
    return page("site.api.espn.com", API + path, **changes)


def bbref(path: str, **changes: Any) -> Page:
    return page("www.basketball-reference.com", path, **changes)


def scraper(kind: Any) -> Any:
    source = "espn" if kind.__name__.startswith("Espn") else "basketball_reference"
    url = "https://www.basketball-reference.com/leagues/{league}_{season_end}_games-{month}.html"
    return kind("x", source, url if kind is BasketballReferenceSchedule else "")


def states(found: Discovery) -> list[ItemState]:
    return [item.state for item in found.items]


def wanted(data_type: str, **fields: str) -> Want:
    return Want("some/key", data_type, {"season": "2024-25", **fields})


@pytest.mark.parametrize("day", [dt.date(2024, 12, 15), dt.date(2025, 4, 20), OVERTIME.day], ids=str)
def test_a_scoreboard_is_accepted_and_its_games_are_found(day: dt.date) -> None:
    listing, want = espn(f"/scoreboard?dates={day:%Y%m%d}"), wanted("espn.schedule", date=day.isoformat())
    scraper(EspnScoreboard).check(listing, want)
    found = scraper(EspnScoreboard).discover(listing, want)
    assert [item.fields["game_id"] for item in found.items] == [game.event_id for game in LEAGUE.games(day)]
    assert [item.fields["home"] for item in found.items] == [game.home.espn for game in LEAGUE.games(day)]
    assert set(states(found)) == {ItemState.FINAL}
    held = scraper(EspnScoreboard).discover(espn(f"/scoreboard?dates={day:%Y%m%d}", held=True), want)
    assert states(held) == [ItemState.FINAL] * 5 + [ItemState.LIVE]


def test_a_day_without_games_is_accepted() -> None:
    want = wanted("espn.schedule", date="2024-11-19")
    scraper(EspnScoreboard).check(espn("/scoreboard?dates=20241119"), want)
    assert scraper(EspnScoreboard).discover(espn("/scoreboard?dates=20241119"), want).items == ()


@pytest.mark.parametrize("data_type", ["espn.box_score", "espn.play_by_play", "espn.team_box", "espn.win_probability"])
@pytest.mark.parametrize("game", [GAMES[0], GAMES[-1], OVERTIME], ids=lambda game: game.event_id)
def test_a_summary_is_accepted_for_all_that_it_holds(game: Game, data_type: str) -> None:
    want = wanted(data_type, game_id=game.event_id)
    scraper(EspnSummary).check(espn(f"/summary?event={game.event_id}"), want)
    for changes in ({"held": True}, {"now": 0.0}):
        with pytest.raises(NotYetError):
            scraper(EspnSummary).check(espn(f"/summary?event={game.event_id}", **changes), want)
    with pytest.raises(RefusedError):
        scraper(EspnSummary).check(espn(f"/summary?event={GAMES[1].event_id}"), want)


@pytest.mark.parametrize("month", ["november", "december", "april"])
def test_a_month_is_accepted_and_its_games_are_found(month: str) -> None:
    listing, want = bbref(f"/leagues/NBA_2025_games-{month}.html"), wanted("basketball_reference.schedule", month=month)
    scraper(BasketballReferenceSchedule).check(listing, want)
    found = scraper(BasketballReferenceSchedule).discover(listing, want)
    games = [game for day in LEAGUE.days() if f"{day:%B}".lower() == month for game in LEAGUE.games(day)]
    assert [item.fields["game_id"] for item in found.items] == [game.bbref_id for game in games]
    assert [item.fields["away"] for item in found.items] == [game.away.bbref for game in games]
    assert set(states(found)) == {ItemState.FINAL}
    held = scraper(BasketballReferenceSchedule).discover(
        bbref(f"/leagues/NBA_2025_games-{month}.html", held=True), want
    )
    assert states(held)[-2:] == [ItemState.FINAL, ItemState.SCHEDULED]


@pytest.mark.parametrize("game", [*GAMES[:3], GAMES[-1], OVERTIME], ids=lambda game: game.bbref_id)
def test_the_pages_of_a_game_are_accepted(game: Game) -> None:
    for kind, path in ((BasketballReferenceBoxScore, "/boxscores"), (BasketballReferencePlayByPlay, "/boxscores/pbp")):
        want = wanted("basketball_reference.x", game_id=game.bbref_id)
        scraper(kind).check(bbref(f"{path}/{game.bbref_id}.html"), want)
        with pytest.raises(RefusedError):
            scraper(kind).check(bbref(f"{path}/{GAMES[5].bbref_id}.html"), want)
        with pytest.raises(NotFoundError):
            scraper(kind).check(bbref(f"{path}/{game.bbref_id}.html", held=True), want)


@pytest.mark.parametrize(
    ("fault", "error"),
    [("block_page_200", BlockedError), ("truncated_body", (RefusedError, ScrapeError)), ("status_404", NotFoundError)],
)
def test_spoiled_answers_are_never_accepted(fault: str, error: type[Exception]) -> None:
    game = GAMES[0]
    pages = [
        (EspnScoreboard, espn("/scoreboard?dates=20241215", fault=fault), {"date": "2024-12-15"}),
        (EspnSummary, espn(f"/summary?event={game.event_id}", fault=fault), {"game_id": game.event_id}),
        (
            BasketballReferenceSchedule,
            bbref("/leagues/NBA_2025_games-december.html", fault=fault),
            {"month": "december"},
        ),
        (
            BasketballReferenceBoxScore,
            bbref(f"/boxscores/{game.bbref_id}.html", fault=fault),
            {"game_id": game.bbref_id},
        ),
    ]
    for kind, body, fields in pages:
        with pytest.raises(error):
            scraper(kind).check(body, wanted("x.box_score", **fields))
