"""The final scores that the good objects of a lake state, held against each other."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence

import structlog

from adce_async.model.coverage import StoredObject
from adce_async.model.days import eastern_day
from adce_async.model.dimensions import Declared, ListDimension
from adce_async.model.game_results import unpack
from adce_async.planning.key_lookup import key_fields
from adce_async.planning.verify import Discrepancy, Ledger
from adce_async.ports import Verifications
from adce_async.scraping.base import Scraper

log = structlog.get_logger("adce.verifier")

_JUDGE_AGAIN = "`adce verify --all` judges it again"
_PARTS = frozenset({"date", "date_compact", "month", "year", "day"})
"""Fields whose values, if they are written down, name a part of a season."""


async def discrepancies(
    declared: Sequence[Declared],
    scrapers: Mapping[str, Scraper],
    verifications: Verifications,
    stored: Mapping[str, StoredObject],
    now: float,
    whole: Collection[tuple[str, str]] = (),
) -> list[Discrepancy]:
    """What does not go together. `declared`: schedules before the objects of their games.

    `whole`: the data types, with a season, whose expected objects are all there and good.
    """
    ledger = Ledger()
    for each in declared:
        scraper = scrapers.get(each.data_type.scraper)
        facts = await verifications.facts(each.data_type.pattern.prefix)
        if facts and scraper is not None:
            await asyncio.to_thread(_enter, ledger, each, scraper, facts, stored)
    return ledger.discrepancies(today=eastern_day(now), whole=lambda listing, season: (listing, season) in whole)


def lists_seasons(declared: Declared, scraper: Scraper) -> bool:
    """True if the objects of a data type, taken together, claim to list all games of a season.

    Not so if only some days or months of it are declared.
    """
    parts = any(isinstance(one, ListDimension) and one.field in _PARTS for one in declared.dimensions)
    return scraper.lists_seasons and declared.by_season and not parts


def _enter(
    ledger: Ledger,
    declared: Declared,
    scraper: Scraper,
    facts: Mapping[str, tuple[str, str]],
    stored: Mapping[str, StoredObject],
) -> None:
    """Enter what the objects of one data type state."""
    listing = declared.data_type.qualified if lists_seasons(declared, scraper) else ""
    for key, (tag, text) in facts.items():
        found = stored.get(key)
        if found is None or tag != scraper.cache_tag(found.etag):
            continue
        fields = key_fields(declared, key)
        if fields is None:
            continue
        try:
            found_results = unpack(text)
        except ValueError as error:
            log.warning("what an object states is remembered wrongly", key=key, why=str(error), next=_JUDGE_AGAIN)
            continue
        ledger.add(declared.data_type.source, key, found_results, listing=listing, season=fields.get("season"))
