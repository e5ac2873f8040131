"""What a body names, as its scraper says it: what comes of foreign code is looked at, thing by thing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import orjson

from adce_async.errors import ScrapeError
from adce_async.model.coverage import Discovery, Item, ItemState
from adce_async.model.keys import shown
from adce_async.planning.refusals import Refusals
from adce_async.scraping.base import Page, Scraper, Want


def discover(scraper: Scraper, page: Page, want: Want) -> Discovery | None:
    """`scraper.discover`, with what is no item, or could not be kept, among its `refused`.

    Raises what the scraper raises, and ScrapeError if it names things in a form of its own.
    """
    found: object = scraper.discover(page, want)
    if found is None:
        return None
    if not isinstance(found, Discovery):
        raise ScrapeError(f"a bug in scraper {scraper.name}: discover gave {shown(found)}; expected a Discovery")
    refused = Refusals()
    refused.update(found.refused)
    items = []
    for item in found.items:
        try:
            items.append(_sound(item))
        except (TypeError, ValueError) as error:  # (what can't be written as JSON is a TypeError)
            refused.add(f"{shown(getattr(item, 'fields', item))}: {error}")
    return replace(found, items=tuple(items), refused=refused.lines)


def _sound(item: object) -> Item:
    """`item`, if it is one. Raises TypeError or ValueError that says why not."""
    if not isinstance(item, Item) or not isinstance(item.fields, Mapping):
        raise TypeError("expected an Item with its fields")
    orjson.dumps(dict(item.fields))
    return item if type(item.state) is ItemState else replace(item, state=ItemState(item.state))
