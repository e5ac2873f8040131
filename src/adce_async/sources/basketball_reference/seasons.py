"""Pages of a season: its players' numbers in eight tables, standings, playoffs, awards, leaders, draft, ...

All are alike: an address, a title with the season, and rows that must be there. `KINDS` says which, by the end of the
address. Newer pages have the playoffs in a second table (`..._post`), older ones hide tables in comments, some have
been renamed (`per_poss_stats`, `per_poss`): rows are found by the names of their tables, never by their place. What
marks a row is a link to a player or a team: columns come and go (1955 has no steals, 1974 no 3-pointers).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from adce_async.errors import FixMeError, RefusedError
from adce_async.model.coverage import Discovery, Item
from adce_async.scraping.base import Page, Scraper, Want
from adce_async.scraping.blocked import judging
from adce_async.scraping.html import uncommented
from adce_async.sources.basketball_reference.pages import (
    expect_heading,
    filled,
    heading_of,
    last_day,
    league_of,
    linked_player,
    not_there,
    refuse_other_page,
    table,
    teams_of,
    with_league,
)

_SEASON = "{season} {league}"
_PLAYER = 'a[href*="/players/"]'
_LEAST_PLAYERS = 10
"""Players of a day with one game; a season has 160 (1946-47) to 740."""
_LEAST_TEAMS = 7
"""The smallest league was the ABA of 1975-76 when three of its teams had folded; the NBA had 8 once."""
_TEAM_TABLES = ", ".join(f'table[id*="{part}"] tbody a[href*="/teams/"]' for part in ("standings", "-team"))


def _rows(mark: str, *tables: str) -> str:
    """A selector of what `mark` selects in the bodies of the tables with these ids."""
    return ", ".join(f'table[id="{name}"] tbody {mark}' for name in tables)


@dataclass(frozen=True, slots=True)
class Kind:
    """What a page must be and hold. Templates have the fields of the address."""

    rows: str
    """CSS selector of what is counted; where too few are found, again with the comments brought to light."""
    least: int = _LEAST_PLAYERS
    title: str = _SEASON
    """Must occur in the title; where `whole`, must be all of it."""
    whole: bool = False
    also: str = ""
    """Another path that the canonical link may have, as a regular expression."""


KINDS: Mapping[str, Kind] = {
    "_totals.html": Kind(_rows(_PLAYER, "totals_stats", "totals")),
    "_per_game.html": Kind(_rows(_PLAYER, "per_game_stats", "per_game")),
    "_per_minute.html": Kind(_rows(_PLAYER, "per_minute_stats", "per_minute")),
    "_per_poss.html": Kind(_rows(_PLAYER, "per_poss", "per_poss_stats")),
    "_advanced.html": Kind(_rows(_PLAYER, "advanced", "advanced_stats")),
    "_play-by-play.html": Kind(_rows(_PLAYER, "pbp_stats", "pbp")),
    "_shooting.html": Kind(_rows(_PLAYER, "shooting", "shooting_stats")),
    "_adj_shooting.html": Kind(_rows(_PLAYER, "adj-shooting", "adj_shooting", "adj_shooting_stats")),
    # the season statistics of rookies name the same address
    "_rookies.html": Kind(_rows(_PLAYER, "rookies"), 1, title="{season} {league} Rookies", whole=True),
    "_leaders.html": Kind('[id^="leaders_"] a[href*="/players/"]'),
    "_coaches.html": Kind(_rows('a[href*="/coaches/"]', "NBA_coaches", "BAA_coaches", "ABA_coaches"), _LEAST_TEAMS),
    "_ratings.html": Kind(_rows('a[href*="/teams/"]', "ratings"), _LEAST_TEAMS),
    "_transactions.html": Kind("ul.page_index > li > p, table#transactions tbody tr", 1),
    "/leagues/{league}_{season_end}.html": Kind(_TEAM_TABLES, _LEAST_TEAMS),
    "_standings.html": Kind(_TEAM_TABLES, _LEAST_TEAMS),
    # the standings, totals and leaders of the playoffs name this address, too
    "/playoffs/{league}_{season_end}.html": Kind(
        _rows('a[href*="/teams/"]', "all_playoffs"), 2, title="{season_end} {league} Playoffs Summary"
    ),
    "/awards_{season_end}.html": Kind(f"table tbody {_PLAYER}", 5),
    "/draft/{league}_{season_start}.html": Kind(_rows(_PLAYER, "stats"), 5, title="{season_start} {league} Draft"),
    # newer ones say that they are the box score: /allstar/202502162NBA.html
    "/allstar/{league}_{season_end}.html": Kind(
        f"table tbody {_PLAYER}",
        title="{season_end} {league} All-Star Game",
        also=r"/allstar/{season_end}[0-9]{{5}}{league}\.html",
    ),
}


class BasketballReferenceSeason(Scraper):
    """A page of a season; what it must hold follows from the end of its address (`KINDS`).

    With a field `league: ABA`: of the ABA.
    """

    version: ClassVar[str] = "1"

    def __init__(self, name: str, source: str, url: str = "", params: Mapping[str, str] | None = None) -> None:
        """Raises FixMeError if no kind of page has such an address."""
        super().__init__(name, source, url, params)
        ends = [end for end in KINDS if url.endswith(end)]
        if not ends:
            raise FixMeError(f"url: {url!r} is no page of a season; expected one that ends in {', '.join(KINDS)}")
        self.kind = KINDS[max(ends, key=len)]  # `_adj_shooting.html` ends as `_shooting.html` does

    def url_fields(self, fields: Mapping[str, str]) -> dict[str, str]:
        """Adds `league`: BAA up to 1948-49, NBA since; of a draft by its own year, the summer before the season."""
        values = super().url_fields(fields)
        if "{season_start}" in self.url and "season_start" in values:
            values = {"league": league_of(int(values["season_start"]))} | values
        return with_league(values)

    def check(self, page: Page, want: Want) -> None:
        """The season asked for, whole, with enough rows in the right table."""
        with judging(page):
            kind, values = self.kind, self.url_fields(want.fields)
            refuse_other_page(page, *filled(urlsplit(self.url).path, values), also="".join(filled(kind.also, values)))
            for title in filled(kind.title, values):
                expect_heading(page, title)
                if kind.whole and (heading := heading_of(page)) != title:
                    raise RefusedError(f"title: expected {title!r}, found {heading!r}")
            found = len(self._rows(page))
            if found < kind.least:
                message = f"expected at least {kind.least} of {kind.rows}, found {found}"
                raise not_there(page, message, last_day(want.fields))

    def _rows(self, page: Page) -> list[LexborNode]:
        """What `kind.rows` selects in the page; if that is too little, with the comments brought to light."""
        found = _filled_rows(page.html, self.kind.rows)
        return found if len(found) >= self.kind.least else _filled_rows(uncommented(page), self.kind.rows)


class BasketballReferencePlayers(BasketballReferenceSeason):
    """A table of a season's players, which names them."""

    def discover(self, page: Page, want: Want) -> Discovery:
        """Each player once, with `player_slug` and `season`."""
        season = {"season": want.fields["season"]} if "season" in want.fields else {}
        slugs = dict.fromkeys(linked_player(link) for link in self._rows(page))
        return Discovery(tuple(Item({"player_slug": slug} | season) for slug in slugs if slug))

    def table_reader(self, data_type: str) -> str:
        """See `Scraper.table_reader`: totals are, numbers per game are not."""
        return (
            "adce_async.sources.basketball_reference.tables:season_totals" if self.url.endswith("_totals.html") else ""
        )


class BasketballReferenceTeams(BasketballReferenceSeason):
    """A page with all teams of a season: its summary, its standings."""

    def discover(self, page: Page, want: Want) -> Discovery:
        """Each team with `team` and `season`; and the league, as `playoffs` once they have begun, as `decided` once
        there is a champion: pages of what comes late in a season derive from these, and are not asked for earlier.
        """
        values = self.url_fields(want.fields)
        if "season" not in values:
            return Discovery()
        season = {"season": values["season"]}
        teams = teams_of(page.html, values["season_end"]) or teams_of(uncommented(page), values["season_end"])
        items = [Item({"team": team} | season) for team in teams]
        series = table(page, "all_playoffs")
        if series and series.css_first('a[href*="/playoffs/"]'):
            items.append(Item({"playoffs": values["league"]} | season))
        lines = page.html.css("#meta p")
        if any("Champion" in line.text() and line.css_first('a[href*="/teams/"]') for line in lines):
            items.append(Item({"decided": values["league"]} | season))
        return Discovery(tuple(items))


def _filled_rows(tree: LexborHTMLParser, selector: str) -> list[LexborNode]:
    return [node for node in tree.css(selector) if node.text(strip=True)]
