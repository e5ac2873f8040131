"""Pages of one player, one team, one franchise; and the game logs, which may not be asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from urllib.parse import urlsplit

from adce_async.errors import RefusedError
from adce_async.scraping.base import Page, Scraper, Want
from adce_async.scraping.blocked import judging
from adce_async.scraping.html import canonical_of
from adce_async.sources.basketball_reference.pages import (
    expect_heading,
    filled,
    heading_of,
    last_day,
    not_there,
    refuse_other_page,
    table,
    teams_of,
)


class BasketballReferencePlayer(Scraper):
    """A player's page (field `player_slug`). Of a rookie before his first game it has hardly a table."""

    version: ClassVar[str] = "1"

    def url_fields(self, fields: Mapping[str, str]) -> dict[str, str]:
        """Adds `initial`, the first letter of the slug."""
        values = super().url_fields(fields)
        slug = values.get("player_slug", "")
        return ({"initial": slug[0]} if slug else {}) | values

    def check(self, page: Page, want: Want) -> None:
        """The player asked for. His high-school page names the same address; its title tells."""
        with judging(page):
            path = urlsplit(self.url).path
            refuse_other_page(page, *filled(path, self.url_fields(want.fields), ("player_slug",)))
            expect_heading(page, " Stats")
            if " - " in (heading := heading_of(page)):
                raise RefusedError(f"title: expected all of a player's numbers, found {heading!r}")


class BasketballReferenceTeam(Scraper):
    """A team's page of a season (fields `team` and `season`): roster, totals, players."""

    version: ClassVar[str] = "1"

    def check(self, page: Page, want: Want) -> None:
        """The team and the season asked for, with a roster."""
        with judging(page):
            values = self.url_fields(want.fields)
            refuse_other_page(page, *filled(urlsplit(self.url).path, values, ("season", "team")))
            expect_heading(page, *filled("{season}", values))
            roster = table(page, "roster")
            if roster is None or not roster.css('tbody a[href*="/players/"]'):
                raise not_there(page, "table#roster: no players in it", last_day(want.fields))


class BasketballReferenceFranchise(Scraper):
    """All seasons of a franchise (field `team`: any code that it has had)."""

    version: ClassVar[str] = "1"

    def check(self, page: Page, want: Want) -> None:
        """The franchise that the team asked for belongs to: Brooklyn's page is called NJN, and lists BRK."""
        with judging(page):
            refuse_other_page(page, also=r"/teams/[A-Z]{3}/")
            seasons = table(page, urlsplit(canonical_of(page)).path.strip("/").rpartition("/")[2])
            teams = teams_of(seasons) if seasons else []
            if not teams or want.fields.get("team", teams[0]) not in teams:
                expected = want.fields.get("team", "a team")
                raise RefusedError(f"expected seasons of {expected}, found {teams or 'none'}")


class BasketballReferenceGameLog(BasketballReferencePlayer):
    """A player's game log of a season (fields `player_slug` and `season`); robots.txt disallows to ask for it."""

    version: ClassVar[str] = "1"

    def check(self, page: Page, want: Want) -> None:
        """The player and the season asked for, with his games."""
        with judging(page):
            values = self.url_fields(want.fields)
            path = filled(urlsplit(self.url).path, values, ("player_slug", "season"))
            refuse_other_page(page, *path, *(one.rstrip("/") for one in path))
            expect_heading(page, "Game Log", *filled("{season}", values))
            found = table(page, "player_game_log_reg", "pgl_basic", "player_game_log_post", "pgl_basic_playoffs")
            if found is None or not found.css('tbody a[href*="/boxscores/"]'):
                raise RefusedError("no games in it")
