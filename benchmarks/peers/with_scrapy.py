"""Scrapy with its own best settings: no delay, no throttle, no cookies, no retries; see the package."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import scrapy
import work
from scrapy.crawler import CrawlerProcess
from scrapy.http import Request, Response

CONCURRENCY, NAMES = work.CONCURRENCY, work.ids()
SETTINGS: dict[str, Any] = {
    "LOG_LEVEL": "WARNING",
    "CONCURRENT_REQUESTS": CONCURRENCY,
    "CONCURRENT_REQUESTS_PER_DOMAIN": CONCURRENCY,
    "DOWNLOAD_DELAY": 0,
    "AUTOTHROTTLE_ENABLED": False,
    "ROBOTSTXT_OBEY": False,
    "COOKIES_ENABLED": False,
    "RETRY_ENABLED": False,
    "REDIRECT_ENABLED": False,
    "TELNETCONSOLE_ENABLED": False,
    "HTTPCACHE_ENABLED": False,
    "LOGSTATS_INTERVAL": 0,
    "TWISTED_REACTOR": "twisted.internet.asyncioreactor.AsyncioSelectorReactor",
    "ASYNCIO_EVENT_LOOP": "uvloop.Loop",
}


if work.DURABLE:  # its request queue lies on disk
    SETTINGS["JOBDIR"] = str(Path(work.FOLDER) / "scrapy")


class Items(scrapy.Spider):
    """Fetches all items."""

    name = "items"
    stored = 0

    async def start(self) -> AsyncIterator[Request]:
        """All requests; none is seen twice, so that no filter has to look."""
        for name in NAMES:
            yield Request(work.address(name), dont_filter=True, cb_kwargs={"name": name})

    def parse(self, response: Response, name: str) -> None:
        """Check and write one."""
        work.store(name, response.body)
        Items.stored += 1


if __name__ == "__main__":
    process = CrawlerProcess(SETTINGS)
    began, cpu = time.perf_counter(), time.process_time()
    process.crawl(Items)
    process.start()
    if Items.stored != len(NAMES):
        sys.exit(f"stored {Items.stored} of {len(NAMES)}")
    print(json.dumps({"wall": time.perf_counter() - began, "cpu": time.process_time() - cpu}))
