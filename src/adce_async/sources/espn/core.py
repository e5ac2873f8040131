"""`sports.core.api.espn.com`: collections of references in pages, and the things that they refer to.

    {"count": 3, "pageIndex": 1, "pageSize": 25, "pageCount": 1, "items": [{"$ref": "http://.../officials/1"}, ...]}

Each reference repeats the address that was asked for, so it tells what a collection is of.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, ClassVar
from urllib.parse import urlsplit

from adce_async.errors import NotFoundError, NotYetError, RefusedError
from adce_async.model.coverage import Discovery, Item
from adce_async.model.seasons import end_year
from adce_async.scraping.base import Page, Want
from adce_async.scraping.declarative import dig
from adce_async.sources.espn.parts import (
    EspnPage,
    expect,
    expect_nba,
    expect_one_page,
    expect_rows,
    expect_season,
    refuse_unfinished,
    rows,
)

_LAST_QUARTER = 4
_ITEM_FIELDS = {"teams": "team_id", "athletes": "player_id", "coaches": "coach_id"}
"""Last part of a collection's address -> the field that its members' ids are."""


class EspnCoreCollection(EspnPage):
    """References to all members of a collection, which is never empty."""

    version: ClassVar[str] = "1"

    def judge(self, body: dict[str, Any], want: Want) -> None:
        """The whole collection asked for: each item refers to something under the address of the request."""
        if not isinstance(body.get("items"), list):
            raise RefusedError("items: expected a list, found none")
        self.expect_whole(body, want)
        path = self._path(want)
        for item in body["items"]:
            reference = _reference(item)
            if reference.rpartition("/")[0] != path:
                raise RefusedError(f"items: expected members of {path}, found {reference!r:.200}")
        if not body["items"]:
            self.judge_empty()

    def expect_whole(self, body: dict[str, Any], want: Want) -> None:
        """Raise RefusedError unless all members are there, which is what their `count` says."""
        expect_one_page(body)
        count, found = body.get("count"), len(body["items"])
        if isinstance(count, int) and count != found:
            raise RefusedError(f"count: {count} members, found {found}")

    def judge_empty(self) -> None:
        """What an empty collection means."""
        raise RefusedError("items: none, where some are due")

    def discover(self, page: Page, want: Want) -> Discovery | None:
        """The `team_id`, `player_id` or `coach_id` of each member; None for other collections."""
        path = self._path(want)
        field = _ITEM_FIELDS.get(path.rpartition("/")[2])
        if field is None:
            return None
        ids = (_reference(item).rpartition("/")[2] for item in rows(page.json(), "items"))
        return Discovery(tuple(Item({field: one}) for one in dict.fromkeys(ids)))

    def _path(self, want: Want) -> str:
        return urlsplit(self.url_for(want.fields)).path


class EspnCoreEvents(EspnCoreCollection):
    """References to the games of one day (field `date`). A day without games is accepted.

    Only newer bodies say which day they are of; of older ones nothing but the league can be told.
    """

    version: ClassVar[str] = "1"

    def judge(self, body: dict[str, Any], want: Want) -> None:
        """The collection, of the day asked for where it says its day."""
        super().judge(body, want)
        days = rows(body.get("$meta"), "parameters.dates")
        compact = self.url_fields(want.fields).get("date_compact")
        if days and compact is not None and compact not in days:
            raise RefusedError(f"$meta.parameters.dates: expected {compact!r}, found {days!r:.100}")

    def judge_empty(self) -> None:
        """There are days without games."""


class EspnCoreGamePart(EspnCoreCollection):
    """Something of one game (field `game_id`) that not every game has: odds, officials."""

    version: ClassVar[str] = "1"

    def judge_empty(self) -> None:
        """None yet, or none ever: asked again while the game is new."""
        raise NotFoundError("items: none recorded for this game")


class EspnCorePages(EspnCoreGamePart):
    """A page (field `page`; the first without it) of what one game (field `game_id`) has much of: plays, probabilities.

    A field `limit` (members a page) must be what the body was made with.
    """

    version: ClassVar[str] = "1"
    blank_fields = True
    open_params: Mapping[str, str] = MappingProxyType({"limit": "limit"})

    def url_fields(self, fields: Mapping[str, str]) -> dict[str, str]:
        """The first page, if none is named."""
        return {"page": "1"} | super().url_fields(fields)

    def params_for(self, fields: Mapping[str, str]) -> dict[str, str]:
        """With the `limit` of the key."""
        return super().params_for(fields) | ({"limit": fields["limit"]} if "limit" in fields else {})

    def expect_whole(self, body: dict[str, Any], want: Want) -> None:
        """The page asked for, with as many members as are due on it; the last one of plays reaches the last quarter."""
        page = int(want.fields.get("page", "1"))
        expect("pageIndex", str(page), body.get("pageIndex"))
        if "limit" in want.fields:
            expect("pageSize", want.fields["limit"], body.get("pageSize"))
        count, size = body.get("count"), body.get("pageSize")
        if not isinstance(count, int) or not isinstance(size, int):
            raise RefusedError(f"count and pageSize: expected numbers, found {count!r:.50} and {size!r:.50}")
        due, found = max(0, min(size, count - (page - 1) * size)), len(body["items"])
        if found != due:
            raise RefusedError(f"items: expected {due} on page {page} of {count} by {size}, found {found}")
        periods = [number for item in body["items"] if isinstance(number := dig(item, "period.number"), int)]
        if page * size >= count and periods and max(periods) < _LAST_QUARTER:
            raise NotYetError(f"items: the last of {count} plays is in period {max(periods)}")


class EspnCoreThing(EspnPage):
    """One thing: a season, a player, a coach, a part of a game."""

    version: ClassVar[str] = "1"

    def judge(self, body: dict[str, Any], want: Want) -> None:
        """The one asked for, by its own address."""
        path = urlsplit(self.url_for(want.fields)).path
        if (reference := _reference(body)) != path:
            raise RefusedError(f"$ref: expected {path!r}, found {reference!r:.200}")
        expect_nba("uid", body.get("uid"))


class EspnCoreStatus(EspnCoreThing):
    """How far one game has got; only the final state is kept."""

    version: ClassVar[str] = "1"

    def judge(self, body: dict[str, Any], want: Want) -> None:
        """The status of the game asked for, final."""
        super().judge(body, want)
        refuse_unfinished(body.get("type"), "type")


class EspnCalendar(EspnPage):
    """The days of one regular season (field `season`) that have games."""

    version: ClassVar[str] = "1"

    def judge(self, body: dict[str, Any], want: Want) -> None:
        """Days of the NBA, all within the season asked for."""
        reference = _reference(body)
        if reference and "/leagues/nba/" not in reference:
            raise RefusedError(f"$ref: expected a calendar of the NBA, found {reference!r:.200}")
        before, seasons, after = reference.partition("/seasons/")
        if seasons:
            expect_season(f"{before}{seasons}", want, after.partition("/")[0])
        days = list(_days(expect_rows(body, "eventDate.dates")))
        if (season := want.fields.get("season")) is not None:
            first, last = dt.date(end_year(season) - 1, 8, 1), dt.date(end_year(season), 10, 31)  # the bubble of 2020
            if strange := [day for day in days if not first <= day <= last]:
                raise RefusedError(f"eventDate.dates: expected days of {season}, found {strange[0]}")


def _reference(item: Any) -> str:
    """The path of an item's `$ref`; empty without one. (Its host is sometimes an internal one.)"""
    found = item.get("$ref") if isinstance(item, dict) else None
    return urlsplit(found).path.rstrip("/") if isinstance(found, str) else ""


def _days(texts: list[Any]) -> Iterator[dt.date]:
    for text in texts:
        try:
            yield dt.date.fromisoformat(str(text)[:10])
        except ValueError as error:
            raise RefusedError(f"eventDate.dates: {error}") from error
