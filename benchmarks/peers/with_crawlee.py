"""Crawlee with its own best settings: plain HTTP crawler, memory storage, no logs; see the package's docstring.

With `durable` among the options its request queue lies on disk, as it does by default.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from datetime import timedelta
from pathlib import Path

import uvloop
import work
from crawlee import ConcurrencySettings, Request, service_locator
from crawlee.configuration import Configuration
from crawlee.crawlers import HttpCrawler, HttpCrawlingContext
from crawlee.storage_clients import FileSystemStorageClient, MemoryStorageClient

CONCURRENCY = work.CONCURRENCY


async def crawl(names: list[str]) -> None:
    """The work."""
    beside = str(Path(work.FOLDER) / "crawlee")
    service_locator.set_configuration(
        Configuration(log_level="WARNING", available_memory_ratio=0.9, storage_dir=beside)
    )
    service_locator.set_storage_client(FileSystemStorageClient() if work.DURABLE else MemoryStorageClient())
    stored = 0
    crawler = HttpCrawler(
        concurrency_settings=ConcurrencySettings(
            min_concurrency=CONCURRENCY, max_concurrency=CONCURRENCY, desired_concurrency=CONCURRENCY
        ),
        max_request_retries=0,
        use_session_pool=False,
        retry_on_blocked=False,
        configure_logging=False,
        statistics_log_format="inline",
        request_handler_timeout=timedelta(seconds=60),
    )

    @crawler.router.default_handler
    async def handle(context: HttpCrawlingContext) -> None:
        nonlocal stored
        body = await context.http_response.read()
        work.store(by_url[context.request.url], body)
        stored += 1

    by_url = {work.address(name): name for name in names}
    await crawler.run([Request.from_url(url) for url in by_url])
    if stored != len(names):
        sys.exit(f"stored {stored} of {len(names)}")


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    logging.getLogger("crawlee").setLevel(logging.WARNING)
    names = work.ids()
    began, cpu = time.perf_counter(), time.process_time()
    uvloop.run(crawl(names))
    print(json.dumps({"wall": time.perf_counter() - began, "cpu": time.process_time() - cpu}))
