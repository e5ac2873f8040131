"""What a real scraper gets from a simulated site: the shipped scrapers scrape, the sites answer, no network between."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from adce_async.app import builtins
from adce_async.demo.basketball_reference.site import BasketballReference
from adce_async.demo.delivery import spoiled
from adce_async.demo.espn.site import Espn
from adce_async.demo.faults import Fault
from adce_async.demo.hoopr.site import Hoopr
from adce_async.demo.kaggle.site import Kaggle
from adce_async.demo.league import League
from adce_async.demo.nba_api.site import Nba
from adce_async.demo.site import Request, Response, Site
from adce_async.demo.worlds import HOSTS
from adce_async.engine.fetching.statuses import error_for
from adce_async.model.coverage import GapKind, Priority
from adce_async.model.task import Task
from adce_async.scraping.base import Page, Scraper, Want
from adce_async.scraping.registry import make_scraper

BUILTINS = builtins()


def scraper(name: str) -> Scraper:
    return make_scraper(name, BUILTINS.scrapers[name])


class Sources:
    """All five, of one league."""

    def __init__(self, league: League, **options: Any) -> None:
        """`options`: of each `Request`."""
        self.sites: dict[str, Site] = {
            "espn": Espn(league),
            "basketball_reference": BasketballReference(league),
            "nba_api": Nba(league),
            "hoopr": Hoopr(league),
            "kaggle": Kaggle(league),
        }
        self.options = options
        self.fault = ""
        self.asked: list[Request] = []

    def get(self, url: str, params: Mapping[str, str], headers: Mapping[str, str]) -> Response:
        """The last answer of a chain of redirects; `fault` spoils it. A token is not taken to another host."""
        parts = urlsplit(url)
        query = dict(parse_qsl(parts.query, keep_blank_values=True)) | dict(params)
        names = {name.lower(): value for name, value in headers.items()}
        ask = Request(parts.netloc, unquote(parts.path), query, names, **self.options)
        self.asked.append(ask)
        site = self.sites[HOSTS[parts.netloc]]
        answer = site.answer(ask)
        if answer.status in (301, 302):
            target = answer.headers["location"]
            kept = headers if urlsplit(target).netloc == parts.netloc else {}
            return self.get(target, {}, kept)
        return spoiled(answer, Fault(self.fault), HOSTS[parts.netloc], ask, site) if self.fault else answer

    async def fetch(self, name: str, data_type: str = "x", **fields: str) -> tuple[Scraper, Page, Want]:
        """What scraper `name` saves for a key of these fields, checked. Raises what fetching or checking raises."""
        found = scraper(name)
        context = _Context(self, found, Want("a/key", data_type, fields))
        task = Task("a/key", found.source, name, data_type, None, fields, GapKind.MISSING, Priority.LOW, 0.0, 0.0)
        await found.scrape(task, context)
        (page,) = context.saved
        return found, page, context.want


class _Context:
    """`ScrapeContext`."""

    def __init__(self, sources: Sources, found: Scraper, want: Want) -> None:
        self.sources, self.scraper, self.want = sources, found, want
        self.saved: list[Page] = []

    async def fetch(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        stream: bool = False,
    ) -> Page:
        own = BUILTINS.sources[self.scraper.source].headers
        answer = self.sources.get(url, params or {}, {**own, **(headers or {})})
        if answer.status != 200:
            raise error_for(answer.status, answer.headers, answer.body, "host", 0.0)
        return Page(url, answer.body, 200, {"content-type": answer.content_type, **answer.headers})

    async def save(self, page: Page, key: str | None = None) -> None:
        self.scraper.check(page, self.want)
        self.saved.append(page)
