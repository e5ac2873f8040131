"""Crawlee with its own best settings: plain HTTP crawler, memory storage, no logs; see the package's docstring.

With `durable` as fifth argument its request queue lies on disk, as it does by default.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from datetime import timedelta
from pathlib import Path

import orjson
import uvloop
from crawlee import ConcurrencySettings, Request, service_locator
from crawlee.configuration import Configuration
from crawlee.crawlers import HttpCrawler, HttpCrawlingContext
from crawlee.storage_clients import FileSystemStorageClient, MemoryStorageClient

URL, COUNT, FOLDER, CONCURRENCY = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])


async def crawl() -> None:
    """The work."""
    beside = str(Path(FOLDER) / "crawlee")
    service_locator.set_configuration(
        Configuration(log_level="WARNING", available_memory_ratio=0.9, storage_dir=beside)
    )
    service_locator.set_storage_client(FileSystemStorageClient() if "durable" in sys.argv else MemoryStorageClient())
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
        number = context.request.url.rpartition("/")[2].removesuffix(".json")
        if orjson.loads(body)["id"] != number:
            raise ValueError(number)
        Path(f"{FOLDER}/{number}.json").write_bytes(body)  # noqa: ASYNC240 - as everybody would
        stored += 1

    await crawler.run([Request.from_url(f"{URL}/items/{number}.json") for number in range(1, COUNT + 1)])
    if stored != COUNT:
        sys.exit(f"stored {stored} of {COUNT}")


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    logging.getLogger("crawlee").setLevel(logging.WARNING)
    began, cpu = time.perf_counter(), time.process_time()
    uvloop.run(crawl())
    print(json.dumps({"wall": time.perf_counter() - began, "cpu": time.process_time() - cpu}))
