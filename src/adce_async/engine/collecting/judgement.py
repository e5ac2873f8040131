"""A body as its scraper's `check` sees it, and beyond that: the invariants over the facts that it states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog

from adce_async.engine.collecting.discovering import discover
from adce_async.error_text import error_text
from adce_async.errors import QueueError, RefusedError, ScrapeError
from adce_async.model.coverage import Discovery
from adce_async.model.game_results import final_results, pack
from adce_async.planning.verify import broken
from adce_async.ports import Judgement, Verifications
from adce_async.scraping.base import Page, Scraper, Want

log = structlog.get_logger("adce.judgement")

MAX_LINES = 5
"""Broken invariants that a reason names; a schedule of a season could break a thousand."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A body that is what was asked for: what it names (None: nothing), and what was judged of it, still untagged."""

    found: Discovery | None
    judgement: Judgement


def states_facts(scraper: Scraper) -> bool:
    """True if its bodies can state facts; for all others nothing has to be read, and nothing kept."""
    return type(scraper).facts is not Scraper.facts


def judge_accepted(scraper: Scraper, page: Page, want: Want, tag: str = "") -> Judgement:
    """The judgement of a body that `check` has accepted. Parses: large bodies belong into a thread."""
    if not states_facts(scraper):
        return Judgement(tag)
    try:
        facts = scraper.facts(page, want)
        lines = [line for game in facts for line in broken(game)]
        return Judgement(tag, _contradiction(lines), pack(final_results(facts)))
    except Exception:
        log.exception("a bug in facts", scraper=scraper.name, key=want.key)
        return Judgement(tag)


def judge(scraper: Scraper, page: Page, want: Want, tag: str) -> Judgement:
    """The judgement of a stored body. A refusal is named by its class, which tells what kind of trouble it is."""
    try:
        scraper.check(page, want)
    except ScrapeError as error:
        return Judgement(tag, f"{type(error).__name__}: {error.reason}")
    except Exception as error:
        log.exception("a bug in check", scraper=scraper.name, key=want.key)
        return Judgement(tag, f"a bug in scraper {scraper.name}: {error_text(error)}")
    return judge_accepted(scraper, page, want, tag)


def check_each(
    scraper: Scraper, page: Page, wants: Sequence[Want], min_bytes: Mapping[str, int]
) -> list[Accepted | Exception]:
    """Of each key what was accepted, or why it was refused; ends with what is a bug, if one comes up. Parses.

    `min_bytes`: by data type (`source.name`).
    """
    results: list[Accepted | Exception] = []
    for want in wants:
        least = min_bytes.get(f"{scraper.source}.{want.data_type}", 0)
        try:
            if page.size < least:
                raise RefusedError(f"{page.size} bytes, at least {least} expected (min_bytes)")
            scraper.check(page, want)
            results.append(Accepted(discover(scraper, page, want), judge_accepted(scraper, page, want)))
        except ScrapeError as error:
            results.append(error)
        except Exception as error:  # noqa: BLE001 - whoever asked raises it, once what came before it is stored
            return [*results, error]
    return results


async def keep(verifications: Verifications | None, judged: Mapping[str, Judgement]) -> None:
    """Remember what was judged of objects as they were stored. That they are stored counts: the rest costs time."""
    try:
        if verifications is not None:
            await verifications.save(judged)
    except QueueError as error:
        log.warning("judgements are lost", keys=list(judged), error=str(error), next="`adce verify` judges them again")


def _contradiction(lines: list[str]) -> str:
    if not lines:
        return ""
    more = f"; and {len(lines) - MAX_LINES} more" if len(lines) > MAX_LINES else ""
    return f"contradicts itself: {'; '.join(lines[:MAX_LINES])}{more}"
