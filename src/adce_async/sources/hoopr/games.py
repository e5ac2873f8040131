"""One game as hoopR keeps it: made of ESPN's summary, with its plays flattened and the header spread over the top.

    {"gameId": 401607495, "plays": [...], "boxscore": {...}, "teamInfo": {...}, "season": {"year": 2024}, ...}

Games of 2001-02 have no plays. It says nothing that ESPN's own summary does not.
"""

from __future__ import annotations

from typing import Any, ClassVar

from adce_async.errors import NotYetError, RefusedError
from adce_async.model.seasons import end_year
from adce_async.scraping.base import Page, Scraper, Want
from adce_async.scraping.blocked import judging
from adce_async.scraping.declarative import dig


class HooprGame(Scraper):
    """One finished game (field `game_id`, ESPN's)."""

    version: ClassVar[str] = "1"

    def check(self, page: Page, want: Want) -> None:
        """The game and the season asked for, final, with the box score of two teams."""
        with judging(page, html_due=False):
            body = page.json()
            game_id = want.fields["game_id"]
            for path in ("gameId", "teamInfo.id"):
                if str(found := dig(body, path)) != game_id:
                    raise RefusedError(f"{path}: expected {game_id}, found {found!r:.100}")
            season, year = want.fields.get("season"), dig(body, "season.year")
            if season is not None and str(year) != str(end_year(season)):
                raise RefusedError(f"season.year: expected {end_year(season)}, found {year!r:.100}")
            _refuse_unfinished(dig(body, "teamInfo.status.type"))
            for part in ("teams", "players"):
                sides = dig(body, f"boxscore.{part}")
                if not isinstance(sides, list) or len(sides) != 2:
                    raise RefusedError(f"boxscore.{part}: expected 2 teams")
            if not isinstance(dig(body, "plays"), list):
                raise RefusedError("plays: expected a list, found none")


def _refuse_unfinished(status: Any) -> None:
    """Final is only what says so three times; "post" alone may be a postponed game."""
    told = (dig(status, "name"), dig(status, "state"), dig(status, "completed"))
    if told != ("STATUS_FINAL", "post", True):
        raise NotYetError(f"not final: {told[0]}: {dig(status, 'detail') or 'no detail'}")
