"""The final scores that the good objects of a lake state, held against each other."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import structlog

from adce_async.model.coverage import StoredObject
from adce_async.model.days import eastern_day
from adce_async.model.dimensions import Declared, ListDimension
from adce_async.model.results import unpack
from adce_async.planning.owners import key_fields
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
) -> list[Discrepancy]:
    """What does not go together. `declared`: schedules before the objects of their games."""
    ledger = Ledger()
    schedules: list[Declared] = []
    for each in declared:
        scraper = scrapers.get(each.data_type.scraper)
        facts = await verifications.facts(each.data_type.pattern.prefix)
        if facts and scraper is not None and await asyncio.to_thread(_enter, ledger, each, scraper, facts, stored):
            schedules.append(each)

    def whole(source: str, season: str) -> bool:
        return any(each.data_type.source == source and _covers(each, season) for each in schedules)

    return ledger.discrepancies(today=eastern_day(now), whole=whole)


def _enter(
    ledger: Ledger,
    declared: Declared,
    scraper: Scraper,
    facts: Mapping[str, tuple[str, str]],
    stored: Mapping[str, StoredObject],
) -> bool:
    """Enter what the objects of one data type state; True if it is one of schedules."""
    schedule = False
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
        lists = ledger.add(declared.data_type.source, key, found_results, season=fields.get("season"))
        schedule = schedule or lists
    return schedule


def _covers(declared: Declared, season: str) -> bool:
    """True if the schedules of that season are declared as a whole, not just some days or months of it."""
    parts = any(isinstance(one, ListDimension) and one.field in _PARTS for one in declared.dimensions)
    return not parts and (not declared.by_season or season in declared.seasons)
