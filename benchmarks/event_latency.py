"""An object that somebody removes from a lake in S3 under a service at rest: seconds until its source is asked."""

from __future__ import annotations

import asyncio
import json
import math
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aiobotocore.session import AioSession
from tests.s3_server import PROGRAM, S3Server, running

from benchmarks.gap_file import last_request
from benchmarks.harness import Figure, SkippedError, arguments, configure, folder, say, serving
from benchmarks.idle import wait, wait_for_complete

BOUND = "from the removal to the request p99 under 0.25 s: S3, its notification, the queue, the pass, the claim"
ITEMS = 200


def client(server: S3Server, service: str) -> Any:
    """To be entered."""
    return AioSession().create_client(service, endpoint_url=server.url, region_name="us-east-1")


async def prepare(server: S3Server, bucket: str) -> str:
    """A queue that is told of all changes under `raw/`; its URL."""
    async with client(server, "s3") as s3, client(server, "sqs") as sqs:
        url = str((await sqs.create_queue(QueueName="changes"))["QueueUrl"])
        answer = await sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        rules = {"Key": {"FilterRules": [{"Name": "prefix", "Value": "raw/ant/"}]}}
        events = ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]
        queue = {"QueueArn": answer["Attributes"]["QueueArn"], "Events": events, "Filter": rules}
        await s3.put_bucket_notification_configuration(
            Bucket=bucket, NotificationConfiguration={"QueueConfigurations": [queue]}
        )
        return url


async def remove(server: S3Server, bucket: str, mirror: str, tries: int) -> list[float]:
    """Remove one object after another; seconds until each was asked for."""
    seen = []
    async with client(server, "s3") as s3:
        for number in range(tries):
            await asyncio.sleep(0.5 + 0.037 * (number % 10))
            began = time.monotonic()
            await s3.delete_object(Bucket=bucket, Key=f"raw/ant/{number % ITEMS + 1}.json")
            seen.append(await asyncio.to_thread(until_asked, mirror, began))
    return seen


def until_asked(mirror: str, began: float) -> float:
    """Seconds from `began` to the first request after it; negative if none comes."""
    while last_request(mirror) < began and time.monotonic() < began + 15:
        wait(0.01)
    return last_request(mirror) - began


@contextmanager
def service(root: Path, mirror: str, bucket: str) -> Iterator[subprocess.Popen[str]]:
    """`adce run` on a lake in S3."""
    command = [sys.executable, "-m", "adce_async", *arguments(root, mirror), "--log-level", "INFO"]
    command[command.index("--lake") + 1] = f"s3://{bucket}/raw"
    process = subprocess.Popen([*command, "run"], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=60)


def run(*, quick: bool = False) -> list[Figure]:
    """Of each removal; the 99th of a hundred."""
    if not PROGRAM.exists():
        raise SkippedError(f"no S3 server at {PROGRAM}: `make setup` installs one")
    tries = 10 if quick else 100
    with running() as server, folder() as root, serving("-m", "benchmarks.audit_server", "{}") as mirror:
        os.environ |= server.environment
        bucket = server.new_bucket()
        queue = asyncio.run(prepare(server, bucket))
        configure(root, {"ant": ITEMS}, reconciliation_interval_minutes=60)
        (root / "config/reconciliation_config.yaml").write_text(json.dumps({"events": {"queue_url": queue}}))
        with service(root, mirror, bucket) as process:
            wait_for_complete(process)
            wait(2.0)
            seen = sorted(asyncio.run(remove(server, bucket, mirror, tries)))
    say(f"event_latency: {', '.join(f'{seconds:.3f}' for seconds in seen)} s")
    p99 = seen[math.ceil(0.99 * len(seen)) - 1]
    return [
        Figure("from the removal to the request", p99, "s", "bound", 0.25, at_most=1.0, note=f"p99 of {tries}"),
        Figure("the same", statistics.median(seen), "s", "bound", 0.25, note="median"),
    ]
