"""What else `site.api.espn.com` has: teams, rosters, standings, injuries, transactions, news.

All but standings of a season asked for are as of now, whatever season the key is of: a body of another season is
refused, so that the table of one season never stands under the name of another.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from adce_async.errors import RefusedError
from adce_async.model.coverage import Discovery, Item
from adce_async.scraping.base import Page, Want
from adce_async.scraping.declarative import dig
from adce_async.sources.espn.parts import (
    NBA,
    EspnPage,
    expect,
    expect_nba,
    expect_one_page,
    expect_rows,
    expect_season,
    expect_team,
    rows,
)

_TEAMS = "sports.0.leagues.0.teams"


class EspnTeams(EspnPage):
    """The teams of the current season."""

    version: ClassVar[str] = "1"

    def judge(self, body: dict[str, Any], want: Want) -> None:
        """Teams of the NBA, each with an id, of the season asked for."""
        league = dig(body, "sports.0.leagues.0")
        expect_nba("sports.0.leagues.0", dig(league, "uid"))
        expect_season("sports.0.leagues.0.season.year", want, dig(league, "season.year"))
        for team in expect_rows(body, _TEAMS):
            if not str(dig(team, "team.id")).isdecimal():
                raise RefusedError(f"{_TEAMS}: a team without an id, named {dig(team, 'team.displayName')!r:.100}")
            expect_nba(f"team {dig(team, 'team.id')}", dig(team, "team.uid"))

    def discover(self, page: Page, want: Want) -> Discovery:
        """Each team with its `team_id` and `team`, ESPN's code."""
        teams = [dig(one, "team") for one in rows(page.json(), _TEAMS)]
        return Discovery(tuple(Item({"team_id": str(team["id"]), "team": _code(team)}) for team in teams))


class EspnTeam(EspnPage):
    """One team (field `team_id`: its id, abbreviation or slug) as of now."""

    version: ClassVar[str] = "1"

    def judge(self, body: dict[str, Any], want: Want) -> None:
        """The team asked for, of the NBA. (Rosters and schedules hold a `team` as well, without its uid.)"""
        expect_team("team", want.fields["team_id"], dig(body, "team"))
        expect("team.uid", f"{NBA}~t:{dig(body, 'team.id')}", dig(body, "team.uid"))


class EspnRoster(EspnPage):
    """The players of one team (field `team_id`) as of now."""

    version: ClassVar[str] = "1"

    def judge(self, body: dict[str, Any], want: Want) -> None:
        """The team and the season asked for, with players of the NBA."""
        expect_team("team", want.fields["team_id"], dig(body, "team"))
        expect_season("season.year", want, dig(body, "season.year"))
        for athlete in expect_rows(body, "athletes"):
            if not str(dig(athlete, "id")).isdecimal():
                raise RefusedError(f"athletes: one without an id, named {dig(athlete, 'fullName')!r:.100}")
            expect_nba(f"athlete {dig(athlete, 'id')}", dig(athlete, "uid"))

    def discover(self, page: Page, want: Want) -> Discovery:
        """Each player with `player_id` and `team_id`."""
        team_id = str(dig(page.json(), "team.id") or want.fields["team_id"])
        athletes = rows(page.json(), "athletes")
        return Discovery(tuple(Item({"player_id": str(one["id"]), "team_id": team_id}) for one in athletes))


class EspnStandings(EspnPage):
    """The standings of a season, by conference (or however the league was divided then)."""

    version: ClassVar[str] = "1"

    def judge(self, body: dict[str, Any], want: Want) -> None:
        """Tables of the NBA and of the season asked for, with teams in each."""
        tables = list(_tables(body))
        if not tables and "fullViewLink" in body:
            raise RefusedError("only a stub with a link: the tables are at /apis/v2/, not at /apis/site/v2/")
        if not tables:
            raise RefusedError("no standings in it")
        expect_nba("standings", body.get("uid"))
        for table in tables:
            expect_season(f"standings of {table.get('id')}: season", want, table.get("season"))
            for entry in expect_rows(table, "entries"):
                expect_nba(f"team {dig(entry, 'team.displayName')}", dig(entry, "team.uid"))
                expect_rows(entry, "stats")


class EspnInjuries(EspnPage):
    """Who is injured as of now, by team."""

    version: ClassVar[str] = "1"

    def judge(self, body: dict[str, Any], want: Want) -> None:
        """A list, of the NBA and of the season asked for; nobody injured is an answer, too."""
        teams = dig(body, "injuries")
        if not isinstance(teams, list) or dig(body, "season.year") is None:
            raise RefusedError("injuries: expected a list and its season")
        expect_season("season.year", want, dig(body, "season.year"))
        for team in teams:
            if not isinstance(dig(team, "injuries"), list):
                raise RefusedError(f"injuries of {dig(team, 'displayName')!r:.100}: expected a list, found none")
            for injury in team["injuries"]:
                expect_nba(f"injury {dig(injury, 'id')}", dig(injury, "athlete.team.uid"))


class EspnTransactions(EspnPage):
    """Trades, signings and waivers of the current calendar year."""

    version: ClassVar[str] = "1"

    def judge(self, body: dict[str, Any], want: Want) -> None:
        """All of them, each with a day and a text, of NBA teams."""
        expect_season("season.year", want, dig(body, "season.year"))
        expect_one_page(body)
        for one in expect_rows(body, "transactions"):
            if not (dig(one, "date") and dig(one, "description")):
                raise RefusedError("transactions: one without a date and a description")
            links = [str(dig(link, "href")) for link in rows(one, "team.links")]
            if links and not any("/nba/" in link for link in links):
                raise RefusedError(f"transactions: expected teams of the NBA, found {dig(one, 'team.displayName')!r}")


class EspnNews(EspnPage):
    """The latest news items."""

    version: ClassVar[str] = "1"

    def judge(self, body: dict[str, Any], want: Want) -> None:
        """Articles about the NBA, by the heading over them."""
        heading = str(dig(body, "header"))
        if "NBA" not in heading.split():
            raise RefusedError(f"header: expected 'NBA News', found {heading!r:.100}")
        for article in expect_rows(body, "articles"):
            if not dig(article, "headline"):
                raise RefusedError("articles: one without a headline")


def _tables(group: Any) -> Iterator[dict[str, Any]]:
    """The tables of a group and of the groups in it: conferences, divisions."""
    if isinstance(table := dig(group, "standings"), dict):
        yield table
    for child in rows(group, "children"):
        yield from _tables(child)


def _code(team: Any) -> str:
    return str(dig(team, "abbreviation") or team["id"])
