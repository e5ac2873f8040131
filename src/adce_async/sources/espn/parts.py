"""What checks of all of ESPN's answers have in common: error envelopes, leagues, teams, states of games.

What a 200 may hide: an error envelope (`{"code": 404}`, `{"error": {...}}`), another league, another season, another
day, a postponed game with state "post".
"""

from __future__ import annotations

import abc
from collections.abc import Iterable, Mapping
from typing import Any

from adce_async.errors import (
    BlockedError,
    NotFoundError,
    NotYetError,
    PermanentError,
    RefusedError,
    ScrapeError,
    TransientError,
)
from adce_async.model.coverage import ItemState
from adce_async.model.seasons import end_year
from adce_async.scraping.base import Page, Scraper, Want
from adce_async.scraping.blocked import judging
from adce_async.scraping.declarative import dig

NBA = "s:40~l:46"
"""Sport 40, league 46: how each `uid` of the NBA begins."""


class EspnPage(Scraper):
    """A JSON document of ESPN's; subclasses judge what is in it."""

    def check(self, page: Page, want: Want) -> None:
        """An object that is no error envelope, and what `judge` says."""
        with judging(page, html_due=False):
            self.judge(envelope(page), want)

    @abc.abstractmethod
    def judge(self, body: dict[str, Any], want: Want) -> None:
        """Return if `body` is what was asked for, else raise the ScrapeError that fits."""


def envelope(page: Page) -> dict[str, Any]:
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


def expect(what: str, expected: str, found: object) -> None:
    """Raise RefusedError unless `found` is there and is `expected`, as text."""
    if found is None or str(found) != expected:
        raise RefusedError(f"{what}: expected {expected!r}, found {found!r:.100}")


def expect_rows(body: Any, path: str) -> list[Any]:
    """The list at `path`. Raises RefusedError if there is none, or nothing in it."""
    if not (found := rows(body, path)):
        raise RefusedError(f"{path}: expected rows, found none")
    return found


def expect_nba(what: str, uid: object) -> None:
    """Raise RefusedError if `uid` is that of another league; one that is not there says nothing."""
    if uid is not None and str(uid) != NBA and not str(uid).startswith(f"{NBA}~"):
        raise RefusedError(f"{what}: expected one of the NBA ({NBA}), found uid {uid!r:.100}")


def expect_season(what: str, want: Want, found: object) -> None:
    """Raise RefusedError if `found`, a year, is not the one in which the season asked for ends.

    Nothing is compared for a key without a season, nor with a body that does not say its own.
    """
    season = want.fields.get("season")
    if season is not None and found is not None and str(found) != str(end_year(season)):
        raise RefusedError(f"{what}: expected {end_year(season)} for {season}, found {found!r:.100}")


def expect_one_page(body: Any) -> None:
    """Raise RefusedError if the body is only the first page of a collection."""
    pages = dig(body, "pageCount")
    if isinstance(pages, int) and pages > 1:
        raise RefusedError(f"pageCount: page {dig(body, 'pageIndex')} of {pages}, which is not all of it")


def expect_team(what: str, team_id: str, team: Any) -> None:
    """Raise RefusedError unless `team` is the one asked for, by its id, its abbreviation or its slug."""
    names = {str(dig(team, name)).upper() for name in ("id", "abbreviation", "slug")}
    if team_id.upper() not in names:
        raise RefusedError(f"{what}: expected team {team_id}, found {dig(team, 'abbreviation') or dig(team, 'id')!r}")


def rows(document: Any, path: str) -> list[Any]:
    """The list at `path`; empty if there is none."""
    found = dig(document, path)
    return found if isinstance(found, list) else []


def statuses(event: Any) -> list[Mapping[str, Any]]:
    """The status of an event, which stands in it once or twice."""
    found = [dig(event, "competitions.0.status.type"), dig(event, "status.type")]
    return [status for status in found if isinstance(status, dict) and status.get("name")]


def agreed(of: Iterable[Mapping[str, Any]]) -> ItemState:
    """The state that all statuses agree on; while they do not, nothing is settled."""
    states = {state(status) for status in of}
    return states.pop() if len(states) == 1 else ItemState.LIVE


def state(status: Mapping[str, Any]) -> ItemState:
    """How far a game has got. Final is only what says so three times; "post" alone may be a postponed game.

    An unknown status with state "post" (forfeit, suspended, ...) counts as under way: it is asked again.
    """
    name, word = status.get("name"), status.get("state")
    if name == "STATUS_FINAL" and word == "post" and status.get("completed") is True:
        return ItemState.FINAL
    if name == "STATUS_POSTPONED":
        return ItemState.POSTPONED
    if name in ("STATUS_CANCELED", "STATUS_CANCELLED"):
        return ItemState.CANCELLED
    return ItemState.SCHEDULED if word == "pre" else ItemState.LIVE


def refuse_unfinished(status: Any, what: str) -> None:
    """Raise unless a game is over by its status: NotYetError, NotFoundError (postponed), PermanentError (cancelled)."""
    if not isinstance(status, dict):
        raise RefusedError(f"{what}: not there")
    said = f"{status.get('name')}: {status.get('detail') or status.get('description') or 'no detail'}"
    match state(status):
        case ItemState.FINAL:
            return
        case ItemState.CANCELLED:
            raise PermanentError(f"the game is never played: {said}")
        case ItemState.POSTPONED:  # it may be played later under the same id: not found for a week, then parked
            raise NotFoundError(f"the game was not played: {said}")
        case _:
            raise NotYetError(f"not final: {said}")
