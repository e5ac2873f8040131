"""The configuration under which the service meets the demo's world: its limits, its week of games."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping

from adce_async.demo.worlds import DemoWorld
from adce_async.model.limits import Limits

SEASON = "2024-25"
SOON_DAYS = 5 / 86_400
"""Freshness of the schedules: what was not final is asked for again after 5 seconds."""


def demo_config(world: DemoWorld) -> Mapping[str, str]:
    """The four files by relative path (JSON is YAML)."""
    documents: Mapping[str, object] = {
        "config/autonomous_config.yaml": _autonomous(world),
        "config/scraper_config.yaml": {"sources": {}, "scrapers": {}},
        "config/reconciliation_config.yaml": {},
        "inventory/data_inventory.yaml": _inventory(world),
    }
    return {name: json.dumps(document, indent=2) for name, document in documents.items()}


def _autonomous(world: DemoWorld) -> object:
    return {
        "retry_delay_seconds": 1,
        "retry_max_delay_seconds": 5,
        "task_timeout_seconds": 20,
        "rate_limiting": {
            "source_limits": {source: _spoken(limits) for source, limits in world.limits.items()},
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


def _inventory(world: DemoWorld) -> object:
    games = {"game_id": {"from": "schedule", "where": "final"}}
    return {
        "expected_coverage": {
            "espn": {
                "seasons": [SEASON],
                "data_types": {
                    "schedule": {
                        "scraper": "espn_scoreboard",
                        "path_pattern": "espn_schedules/{season}/{date}.json",
                        "dimensions": {"date": [day.isoformat() for day in _days(world)]},
                        "freshness_days": SOON_DAYS,
                    },
                    "box_score": {
                        "scraper": "espn_summary",
                        "path_pattern": "espn_box_scores/{season}/{game_id}.json",
                        "dimensions": games,
                        "required": True,
                        "min_bytes": 2000,
                    },
                    "play_by_play": {
                        "scraper": "espn_summary",
                        "path_pattern": "espn_play_by_play/{season}/{game_id}.json",
                        "dimensions": games,
                        "required": True,
                    },
                },
            },
            "basketball_reference": {
                "seasons": [SEASON],
                "data_types": {
                    "schedule": {
                        "scraper": "basketball_reference_schedule",
                        "path_pattern": "basketball_reference/schedules/{season}/{month}.html",
                        "dimensions": {"month": ["december"]},
                        "freshness_days": SOON_DAYS,
                    },
                    "box_score": {
                        "scraper": "basketball_reference_box_score",
                        "path_pattern": "basketball_reference/box_scores/{season}/{game_id}.html",
                        "dimensions": games,
                        "required": True,
                    },
                    "play_by_play": {
                        "scraper": "basketball_reference_play_by_play",
                        "path_pattern": "basketball_reference/play_by_play/{season}/{game_id}.html",
                        "dimensions": games,
                    },
                },
            },
        }
    }


def _days(world: DemoWorld) -> Iterator[dt.date]:
    for number in range((world.last_day - world.first_day).days + 1):
        yield world.first_day + dt.timedelta(days=number)
