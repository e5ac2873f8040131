"""Listing 172,905 keys of a bucket, from a server that is not the measure: ours beside the plain paginator."""

from __future__ import annotations

import asyncio
import os
import statistics
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aiobotocore.session import AioSession

from adce_async.adapters.s3.client import Aws
from adce_async.adapters.s3.fast_lister import FastLister
from adce_async.adapters.s3.lister import Lister
from adce_async.model.aws import AwsSettings
from benchmarks.harness import Figure, child, rss_mb, say, serving

BOUND = "172,905 keys, nothing holds the loop for more than 50 ms; beside aiobotocore's own paginator as it comes"
KEYS, QUICK = 172_905, 20_000
WAYS = ("paginator", "ours", "ours with obstore")


class _Lag:
    """The longest time for which the loop was held, in CPU time of its thread: what others take is no hold."""

    def __init__(self) -> None:
        self.worst = 0.0

    @contextmanager
    def watched(self) -> Any:
        """Within the block."""
        task = asyncio.get_running_loop().create_task(self._watch())
        try:
            yield
        finally:
            task.cancel()

    async def _watch(self) -> None:
        while True:
            before = time.thread_time()
            await asyncio.sleep(0.001)
            self.worst = max(self.worst, time.thread_time() - before)


async def _paginator(url: str) -> AsyncIterator[Sequence[tuple[str, int, float]]]:
    async with AioSession().create_client("s3", endpoint_url=url, region_name="us-east-1") as client:
        async for page in client.get_paginator("list_objects_v2").paginate(Bucket="lake"):
            yield [(each["Key"], each["Size"], each["LastModified"].timestamp()) for each in page.get("Contents", ())]


async def _ours(url: str, *, fast: bool) -> AsyncIterator[Sequence[tuple[str, int, float]]]:
    async with Aws(AwsSettings(endpoint_url=url)) as aws:
        plain = Lister(await aws.s3(), "lake")
        lister = FastLister(aws, "lake", plain) if fast else plain
        async for page in lister.pages():
            yield list(zip(page.keys, page.sizes, page.modified, strict=True))


async def listing(way: str, url: str) -> dict[str, float]:
    """One listing; seconds, CPU seconds, MB that it adds at its peak, and the longest hold of the loop."""
    os.environ |= {"AWS_ACCESS_KEY_ID": "AKIAOFNOBODY", "AWS_SECRET_ACCESS_KEY": "nobodys"}
    pages = _paginator(url) if way == "paginator" else _ours(url, fast=way != "ours")
    lag, count, check = _Lag(), 0, 0
    before, began, cpu = rss_mb(), time.perf_counter(), time.process_time()
    first = await anext(pages)  # what is made before the first page is not listing
    count, check = len(first), sum(size for _, size, _ in first)
    with lag.watched():
        async for page in pages:
            count += len(page)
            check += sum(size for _, size, _ in page)
    return {
        "seconds": time.perf_counter() - began, "cpu": time.process_time() - cpu, "mb": _peak_mb() - before,
        "hold_ms": lag.worst * 1000, "keys": count, "bytes": check,
    }  # fmt: skip


def _peak_mb() -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) * 1024 / 1e6


def run(*, quick: bool = False) -> list[Figure]:
    """Medians of alternating rounds; the worst hold of all."""
    keys = QUICK if quick else KEYS
    found: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
    with serving("-m", "benchmarks.s3_list_server", str(keys)) as url:
        for _ in range(1 if quick else 3):
            for way in WAYS:
                found[way].append(child(listing, way, url))
    say(f"{found}")
    assert len({(one["keys"], one["bytes"]) for rounds in found.values() for one in rounds}) == 1, "they list the same"
    figures: list[Figure] = []
    for way in WAYS[1:]:
        for name, unit, most in (("seconds", "s", 0.5), ("cpu", "CPU s", 0.5), ("mb", "MB", None)):
            mine, its = (statistics.median(one[name] for one in found[each]) for each in (way, "paginator"))
            figures.append(Figure(f"{way}: {name}", mine, unit, "paginator", its, at_most=most, note="median"))
        worst = max(one["hold_ms"] for one in found[way])
        figures.append(Figure(f"{way}: longest hold", worst, "ms", "bound", 50.0, at_most=1.0, note="worst"))
    return figures
