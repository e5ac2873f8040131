"""What only several files together can tell: names that nobody declares, fields that nobody fills."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from adce_async.config.files.autonomous import AutonomousConfig
from adce_async.config.files.base import KeyPath
from adce_async.config.files.data_type import DataTypeConfig
from adce_async.config.files.inventory import InventoryConfig
from adce_async.config.files.limits import BUILTIN_LIMITS
from adce_async.config.files.reconciliation import ReconciliationConfig
from adce_async.config.files.scraper_config import ScraperConfig
from adce_async.config.reading.collisions import collisions
from adce_async.config.reading.references import reference_problems
from adce_async.config.reading.suggestions import did_you_mean
from adce_async.model.score_rules import SOURCE_MULTIPLIERS
from adce_async.model.seasons import given_by, url_fields

Finding = tuple[str, KeyPath, str]
"""(file without its ending, key, message)."""


@dataclass(frozen=True, slots=True)
class Known:
    """Names that exist although the models do not hold them: built in, or declared where they could not be read."""

    sources: frozenset[str] = frozenset()
    scrapers: frozenset[str] = frozenset()
    data_types: frozenset[str] = frozenset()
    hosted: frozenset[str] = frozenset()
    """Sources that are built in with their hosts."""
    doubtful: frozenset[str] = frozenset()
    """Sources whose declaration could not be read whole."""


@dataclass(frozen=True, slots=True)
class Files:
    """All four files, read."""

    service: AutonomousConfig
    scraping: ScraperConfig
    reconciliation: ReconciliationConfig
    inventory: InventoryConfig


def cross_problems(files: Files, known: Known) -> Iterator[Finding]:
    """Everything that does not fit together."""
    sources = known.sources | files.scraping.sources.keys()
    of_scrapers = {scraper.source for scraper in files.scraping.scrapers.values()}
    for name, config in files.scraping.sources.items():
        if not config.hosts and name not in known.hosted | known.doubtful | of_scrapers:
            message = f"no source '{name}' is known, and it has no 'hosts' to be one of your own"
            yield "scraper_config", ("sources", name), message + did_you_mean(name, known.hosted)
    scrapers = known.scrapers | files.scraping.scrapers.keys()
    yield from _scraper_problems(files.scraping, sources, known)
    for source in files.inventory.expected_coverage:
        if source not in sources:
            message = f"no source '{source}' is declared under 'sources' of scraper_config.yaml"
            yield "data_inventory", ("expected_coverage", source), message + did_you_mean(source, sources)
    patterns: dict[str, str] = {}
    for qualified, (source, data_type) in files.inventory.active().items():
        key: KeyPath = ("expected_coverage", source, "data_types", qualified.split(".", 1)[1])
        found = _fit(source, data_type, files, scrapers, sources)
        yield from (("data_inventory", (*key, *at), text) for at, text in found)
        other = patterns.setdefault(data_type.pattern.text, qualified)
        if other != qualified:
            message = f"'{other}' has the same pattern; expected each key to belong to one data type"
            yield "data_inventory", (*key, "path_pattern"), message
    for qualified, message in collisions(files.inventory.active()):
        source, _, name = qualified.partition(".")
        yield "data_inventory", ("expected_coverage", source, "data_types", name, "path_pattern"), message
    for key, message in reference_problems(files.inventory, known.data_types):
        yield "data_inventory", key, message


def _scraper_problems(scraping: ScraperConfig, sources: Collection[str], known: Known) -> Iterator[Finding]:
    for name, scraper in scraping.scrapers.items():
        key = ("scrapers", name)
        if scraper.source not in sources:
            message = f"no source '{scraper.source}' is declared under 'sources'{did_you_mean(scraper.source, sources)}"
            yield "scraper_config", (*key, "source"), message
            continue
        source = scraping.sources.get(scraper.source)
        hosts = source.hosts if source else ()
        if scraper.url is None or scraper.source in known.doubtful or (not hosts and scraper.source in known.hosted):
            continue
        host = urlsplit(scraper.url).hostname or ""
        if host not in hosts:
            message = f"'{host}' is not among the hosts of source '{scraper.source}'; expected it under its 'hosts'"
            yield "scraper_config", (*key, "url"), message


def _fit(
    source: str,
    data_type: DataTypeConfig,
    files: Files,
    scrapers: Collection[str],
    sources: Collection[str],
) -> Iterator[tuple[KeyPath, str]]:
    """Whether a data type and its scraper fit: same source, and every `{field}` filled."""
    name = data_type.scraper or ""
    if name not in scrapers:
        yield ("scraper",), f"no scraper '{name}' is declared in scraper_config.yaml{did_you_mean(name, scrapers)}"
        return
    scraper = files.scraping.scrapers.get(name)
    if scraper is None:
        return
    if scraper.source != source and scraper.source in sources:  # an unknown one is said where it stands
        yield ("scraper",), f"'{name}' belongs to source '{scraper.source}'; expected a scraper of '{source}'"
    if not scraper.enabled:
        yield ("scraper",), f"'{name}' is not enabled; expected 'enabled: true' there, or 'enabled: false' here"
    if scraper.uses is not None or any(one.derived_from for one in data_type.dimensions.values()):
        return  # a class may add fields of its own, and so may what a schedule names
    example = dict.fromkeys((*data_type.pattern.fields, *data_type.dimensions), "1")
    if files.inventory.expected_coverage[source].seasons:
        example["season"] = "2024-25"
    if "date" in example:
        example["date"] = "2024-12-15"
    filled = url_fields(example)
    for key, wanted in scraper.templates():
        for missing in sorted(wanted - filled.keys()):
            where = ".".join(("scrapers", name, *key))
            yield ("dimensions",), f"nothing gives {{{missing}}} in '{where}' a value{did_you_mean(missing, filled)}"


def _unused(qualified: str, data_type: DataTypeConfig, files: Files) -> Iterator[Finding]:
    """Dimensions that neither the key nor what is asked depends on. (A class may want whatever it likes.)"""
    scraper = files.scraping.scrapers.get(data_type.scraper or "")
    if scraper is None or scraper.uses is not None:
        return
    used = {*data_type.pattern.fields, *(field for _, fields in scraper.templates() for field in fields)}
    source, _, name = qualified.partition(".")
    for field in data_type.dimensions.keys() - {*used, *map(given_by, used)}:
        key = ("expected_coverage", source, "data_types", name, "dimensions", field)
        yield "data_inventory", key, f"neither 'path_pattern' nor '{data_type.scraper}' uses {{{field}}}"


def cross_warnings(files: Files, known: Known) -> Iterator[Finding]:
    """What is probably not meant so."""
    sources = known.sources | files.scraping.sources.keys() | files.inventory.expected_coverage.keys()
    limited = sources | BUILTIN_LIMITS.keys()
    for name in files.service.rate_limiting.source_limits:
        if name not in limited:
            message = f"no source '{name}' is known, so these limits bind nothing{did_you_mean(name, limited)}"
            yield "autonomous_config", ("rate_limiting", "source_limits", name), message
    weighted = limited | SOURCE_MULTIPLIERS.keys() | {"default"}
    for name in files.service.priority_weighting.source_multipliers:
        if name not in weighted:
            message = f"no source '{name}' is known, so this multiplier has no effect{did_you_mean(name, weighted)}"
            yield "autonomous_config", ("priority_weighting", "source_multipliers", name), message
    inventory = {
        f"{source}.{name}"
        for source, coverage in files.inventory.expected_coverage.items()
        for name in coverage.data_types
    }
    for name, task in files.service.scheduled_tasks.tasks.items():
        for what in task.data_types:
            if what.lower() not in inventory | sources:
                message = f"nothing is declared as '{what}'{did_you_mean(what, inventory | sources)}"
                yield "autonomous_config", ("scheduled_tasks", name, "data_types"), message
    for number, window in enumerate(files.service.maintenance.windows):
        for name in window.sources:
            if name not in sources:
                message = f"no source '{name}' is known, so nothing of it is closed{did_you_mean(name, sources)}"
                yield "autonomous_config", ("maintenance", "windows", str(number), "sources"), message
    lake, bucket = files.reconciliation.lake, files.reconciliation.s3.bucket
    if lake and bucket and lake.rstrip("/") != f"s3://{bucket}":
        yield "reconciliation_config", ("s3", "bucket"), f"has no effect beside 'lake: {lake}'"
    for qualified, (_, data_type) in files.inventory.active().items():
        yield from _unused(qualified, data_type, files)
