"""What botocore reads of its own files for each session (a tenth of a second), read once for the process."""

from __future__ import annotations

import functools

from botocore.loaders import JSONFileLoader, Loader

GENERAL = ("endpoints", "partitions", "sdk-default-configuration", "_retry")
SERVICES = ("s3", "sqs", "cloudwatch")


def keep() -> None:
    """From now on each file is read when it is first asked for, and never again."""
    once = functools.cache(JSONFileLoader().load_file)
    JSONFileLoader.load_file = lambda _self, path: once(path)


def read() -> None:
    """Read those that the program needs."""
    loader = Loader()
    for name in GENERAL:
        loader.load_data(name)
    for service in SERVICES:
        for kind in ("service-2", "endpoint-rule-set-1"):
            loader.load_service_model(service, kind)
