"""Keys of the system before this one that nobody needs any more: read, said once with the reason, and dropped.

They are no fields of the models, which never see them: `reading.retiring` takes them out before anything is validated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from adce_async.config.files.base import KeyPath
from adce_async.config.files.keys import matches
from adce_async.config.files.seasons import LEAGUES

V = TypeVar("V")

_ADAPTIVE = "a 429 or 503 always cools the whole source"
_RETRY_AFTER = "Retry-After is always honoured"
_SAMPLE = "a sample would show gaps where there are none, so the lake is always listed in full"
_FULL = "the lake is always listed in full: a sample would show gaps where there are none"
_LISTED = "what is listed follows from the inventory's patterns"
_TARGETS = "targets steer nothing; /status has the real figures"
_NO_PROGRAMS = "no programs are started: a schedule starts a reconciliation pass"
_PER_TYPE = "set 'freshness_days', 'completeness_threshold' and 'gap_days_critical' at the data types"
_BY_CALENDAR = "seasons follow the calendar: the current one is HIGH, the one before MEDIUM"
_ADDRESS = "say the whole address in 'url'"
_SEASONS = "the inventory says which seasons are wanted"
_EXPANDED = "what is expected follows from the dimensions"
_FILE = "the file is {} in the folder of --config-dir"

RETIRED: Mapping[str, Mapping[str, str]] = {
    "autonomous_config": {
        "test_mode.skip_reconciliation": "in test mode there are no reconciliation passes",
        "test_mode.skip_task_queue_check": "in test mode the queue is worked on",
        "test_mode.clear_queue_on_start": "tasks that are no gaps any more leave the queue by themselves",
        "test_mode.allow_execution": "use 'dry_run' to execute nothing",
        "use_aws_inventory": "set 's3.use_aws_inventory' in reconciliation_config.yaml",
        "fallback_to_sample": _SAMPLE,
        "performance": _TARGETS,
        "integration.dims.update_on_cycle_complete": "the metrics file is written after each pass",
        "integration.dims.metrics_to_track": "the metrics file always holds all figures",
        "integration.scraper_config": _FILE.format("scraper_config.yaml"),
        "integration.reconciliation_config": _FILE.format("reconciliation_config.yaml"),
        "integration": "'metrics' says where figures go, and all files lie in the folder of --config-dir",
        "rate_limiting.global_limits.adaptive": _ADAPTIVE,
        "rate_limiting.global_limits.retry_after_header": _RETRY_AFTER,
        "rate_limiting.source_limits.*.adaptive": _ADAPTIVE,
        "rate_limiting.source_limits.*.retry_after_header": _RETRY_AFTER,
        "scheduled_tasks.*.script": _NO_PROGRAMS,
        "scheduled_tasks.*.args": _NO_PROGRAMS,
        "scheduled_tasks.*.priority": "each gap has its own priority",
        "scheduled_tasks.*.post_execution": "a pass updates the queue, the reports and the metrics file by itself",
        "resource_limits.max_cpu_percent": "let the service manager enforce it (CPUQuota=)",
    },
    "scraper_config": {
        "global": "autonomous_config.yaml holds what concerns the whole service",
        "sources.*.retry.base_delay": "set 'retry_delay_seconds' in autonomous_config.yaml",
        "sources.*.retry.max_delay": "set 'retry_max_delay_seconds' in autonomous_config.yaml",
        "sources.*.retry.exponential_backoff": "set 'exponential_backoff' in autonomous_config.yaml",
        "sources.*.retry.jitter": "waits are always random, so that retries do not come in step",
        "sources.*.retry.retry_on_429_multiplier": "a 429 cools the whole source",
        "sources.*.rate_limit.adaptive": _ADAPTIVE,
        "sources.*.rate_limit.retry_after_header": _RETRY_AFTER,
        "scrapers.*.rate_limit.adaptive": _ADAPTIVE,
        "scrapers.*.rate_limit.retry_after_header": _RETRY_AFTER,
        "scrapers.*.base_url": _ADDRESS,
        "scrapers.*.url_pattern": _ADDRESS,
        "scrapers.*.user_agent": "set 'user_agent' at the source",
        "scrapers.*.retry": "set 'retry.max_attempts' at the source",
        "scrapers.*.max_concurrent": "set 'max_concurrent' at the source",
        "scrapers.*.storage": "the lake of reconciliation_config.yaml holds everything",
        "scrapers.*.monitoring": "the service counts for all scrapers, see /status",
        "scrapers.*.custom_settings": "a class keeps its own settings",
        "scrapers.*.accepted_parameters": "no programs are started",
        "scrapers.*.table_id": "name it in 'check.required', as a CSS selector",
        "scrapers.*.data_type": "the inventory says which data types use a scraper",
        "scrapers.*.tier": "set 'tier' at the data type",
        "scrapers.*.priority": "set 'priority' at the data type",
        "scrapers.*.start_year": _SEASONS,
        "scrapers.*.end_year": _SEASONS,
        "scrapers.*.test_mode": "set 'test_mode' in autonomous_config.yaml",
        "scrapers.*.endpoints": "one scraper has one address",
    },
    "reconciliation_config": {
        "prefixes": _LISTED,
        "s3.prefixes": _LISTED,
        "s3.sample_rate": _FULL,
        "s3.fallback_to_sample": _FULL,
        "s3.cache_ttl_hours": "each pass lists the lake anew",
        "s3.parallel_workers": "one listing is faster than several at once",
        "gap_detection.high_priority_seasons": _BY_CALENDAR,
        "gap_detection.medium_priority_seasons": _BY_CALENDAR,
        "gap_detection.completeness_thresholds": "set 'completeness_threshold' at the data types",
        "gap_detection.espn_specific": _PER_TYPE,
        "gap_detection.hoopr_specific": _PER_TYPE,
        "gap_detection.basketball_reference_specific": _PER_TYPE,
        "task_queue.output_file": "set 'task_queue_file' in autonomous_config.yaml",
        "reconciliation_loop": "set 'reconciliation_interval_minutes' in autonomous_config.yaml",
        "performance": _TARGETS,
        "integration": "set 'metrics' in autonomous_config.yaml",
        "dry_run": "set 'dry_run' in autonomous_config.yaml, or say --dry-run",
        "logging": "set 'logging' in autonomous_config.yaml",
        "notifications": "set 'alerts' in autonomous_config.yaml",
    },
    "data_inventory": {
        "expected_game_counts": "what is expected follows from the schedules",
        "expected_file_counts": _EXPANDED,
        "quality_requirements": "set 'min_bytes' at the data types; the scrapers' checks know what a good body is",
        "priority_rules": "see 'gap_detection' in reconciliation_config.yaml, and 'required' at the data types",
        "reconciliation_config": "see reconciliation_config.yaml",
        **{f"expected_coverage.*.seasons.{league}": "only seasons of the NBA are collected" for league in LEAGUES[1:]},
    },
}
"""File without its ending -> dotted key (`*`: any name) -> why it has no effect any more, and what to do instead."""

RetiredValue = tuple[Callable[[str], bool], str]
RETIRED_VALUES: Mapping[str, Mapping[str, RetiredValue]] = {
    "autonomous_config": {
        "logging.format": (
            lambda text: "%(" in text,
            "format strings are not used; 'console' is taken, or say 'json'",
        ),
    },
    "scraper_config": {},
    "reconciliation_config": {},
    "data_inventory": {
        "expected_coverage.*.data_types.*.priority": (
            lambda text: text.upper() in ("IMMEDIATE", "EXECUTE"),
            "has no effect any more: age and season decide, or say CRITICAL, HIGH, MEDIUM or LOW",
        ),
    },
}
"""The same for single values: dotted key -> (which texts, what is done instead)."""


def entry_of(table: Mapping[str, V], path: KeyPath) -> tuple[str, V] | None:
    """The entry of `table` (by dotted key) that is for exactly `path`: (its key, what it says)."""
    return next(((key, said) for key, said in table.items() if matches(tuple(key.split(".")), path)), None)


def is_retired(file: str, path: KeyPath) -> bool:
    """True if the key at `path` of `file`, or a section around it, is retired."""
    return any(entry_of(RETIRED[file], path[:length]) for length in range(1, len(path) + 1))
