"""The configuration under which the service meets the demo's world: its limits, its week of games."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Mapping

from adce_async.demo.inventory import inventory
from adce_async.demo.worlds import DemoWorld
from adce_async.model.limits import Limits

GUARD_MILLISECONDS = 50
"""How far from a limit the client stays. The servers are a process on the same machine, which may be busy."""
ACCOUNT = {"KAGGLE_USERNAME": "demo", "KAGGLE_KEY": "made up"}


@contextlib.contextmanager
def made_up_account() -> Iterator[None]:
    """Within the block, the environment of this process has the account that the demo's Kaggle wants, and no other."""
    before = {name: os.environ.get(name) for name in ACCOUNT}
    os.environ.update(ACCOUNT)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def demo_config(world: DemoWorld, lake: str) -> Mapping[str, str]:
    """The four files by relative path (JSON is YAML); whoever looks at `lake` later finds it by them."""
    documents: Mapping[str, object] = {
        "config/autonomous_config.yaml": _autonomous(world),
        "config/scraper_config.yaml": {"sources": {}, "scrapers": {}},
        "config/reconciliation_config.yaml": {"lake": lake},
        "inventory/data_inventory.yaml": inventory(world),
    }
    return {name: json.dumps(document, indent=2) for name, document in documents.items()}


def _autonomous(world: DemoWorld) -> object:
    return {
        "retry_delay_seconds": 1,
        "retry_max_delay_seconds": 5,
        "task_timeout_seconds": 20,
        "rate_limiting": {
            "source_limits": {source: _spoken(limits) for source, limits in world.limits.items()},
            "guard_milliseconds": GUARD_MILLISECONDS,
            "cooldown_initial_seconds": 2,
            "backoff": {"enabled": False},
        },
    }


def _spoken(limits: Limits) -> object:
    (window,) = limits.windows
    return {
        "requests": window.limit,
        "per": window.seconds,
        "burst_size": limits.burst,
        **({"min_delay_seconds": limits.min_delay} if limits.min_delay else {}),
    }
