"""What is known: sources, scrapers and data types, from the configuration and from packages.

A module with `SOURCE` (a `sources:` entry under its `name`) and `SCRAPERS` (`scrapers:` entries) brings a source
along; those of other packages are found by the entry-point group `adce_async.sources`. What a configuration file
says of the same name wins.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import importlib
import importlib.metadata
import inspect
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from adce_async import __version__
from adce_async.config.effective_limits import EffectiveLimits, effective_limits
from adce_async.config.files.data_type import DataTypeConfig
from adce_async.config.files.data_type import Dimension as DimensionConfig
from adce_async.config.files.inventory import SourceInventory
from adce_async.config.files.limits import BUILTIN_LIMITS
from adce_async.config.files.scraper import ScraperEntry
from adce_async.config.files.seasons import resolve_seasons
from adce_async.config.files.source import SourceConfig
from adce_async.config.settings import Settings
from adce_async.error_text import error_text
from adce_async.errors import ConfigError, FixMeError, Problem
from adce_async.model.coverage import DataType
from adce_async.model.days import DAY, HOUR
from adce_async.model.dimensions import (
    Calendar,
    CalendarDimension,
    Declared,
    DerivedDimension,
    Dimension,
    ListDimension,
    parents_first,
    without_strange_seasons,
)
from adce_async.planning.live import mark_live
from adce_async.scraping.base import Scraper
from adce_async.scraping.credentials import Credentials
from adce_async.scraping.declarative import CheckRules, DeclarativeScraper

_FIELD = re.compile(r"\{[^}]*\}")
ENTRY_POINTS = "adce_async.sources"
DEFAULT_USER_AGENT = f"adce-async/{__version__} (+https://github.com/adce-async/adce-async)"


@dataclass(frozen=True, slots=True)
class Builtins:
    """Sources and scrapers that modules bring along, as configuration entries by name."""

    sources: Mapping[str, SourceConfig] = field(default_factory=dict)
    scrapers: Mapping[str, ScraperEntry] = field(default_factory=dict)
    credentials: Mapping[str, Credentials] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Source:
    """One upstream as configured, with the limits that hold and who spoke for them."""

    name: str
    config: SourceConfig
    limits: EffectiveLimits


@dataclass(frozen=True, slots=True)
class Catalog:
    """Everything that is known and switched on. `declared`: parents first.

    `live_only`: what is looked at while games are on, and nothing is expected of.
    """

    sources: Mapping[str, Source]
    scrapers: Mapping[str, Scraper]
    entries: Mapping[str, ScraperEntry]
    declared: tuple[Declared, ...]
    credentials: Mapping[str, Credentials] = field(default_factory=dict)
    """Of the sources that need some."""
    live_only: tuple[Declared, ...] = ()

    def data_types_of(self, scraper: str) -> tuple[Declared, ...]:
        """The data types that a scraper serves."""
        return tuple(d for d in self.declared if d.data_type.scraper == scraper)


def load_builtins(modules: Iterable[str]) -> Builtins:
    """The sources of `modules` and of all installed entry points."""
    found = dict.fromkeys(modules)
    found |= dict.fromkeys(point.value for point in importlib.metadata.entry_points(group=ENTRY_POINTS))
    sources: dict[str, SourceConfig] = {}
    scrapers: dict[str, ScraperEntry] = {}
    credentials: dict[str, Credentials] = {}
    for name in found:
        try:
            module = importlib.import_module(name)
            entry: dict[str, Any] = dict(module.SOURCE)
            source = str(entry.pop("name")).lower()
            sources[source] = SourceConfig.model_validate(entry)
            if needed := getattr(module, "CREDENTIALS", None):
                credentials[source] = needed
            for scraper, spec in module.SCRAPERS.items():
                scrapers[scraper] = ScraperEntry.model_validate({"source": source, **spec})
        except Exception as error:
            advice = "expected SOURCE (with a name) and SCRAPERS; mend or uninstall what brings it"
            raise FixMeError(
                f"{name}: an installed source that can't be used: {error_text(error)}; {advice}"
            ) from error
    return Builtins(sources, scrapers, credentials)


def build(settings: Settings, builtins: Builtins, today: dt.date) -> Catalog:
    """The catalogue for `settings`. Raises ConfigError with everything that does not fit together."""
    problems: list[Problem] = []
    entries = {**builtins.scrapers, **settings.scraping.scrapers}
    sources = {
        name: Source(name, config, _limits(name, settings, builtins))
        for name, config in _sources(settings, builtins).items()
        if config.enabled
    }
    scrapers: dict[str, Scraper] = {}
    for name, entry in entries.items():
        if not entry.enabled or entry.source not in sources:
            continue
        try:
            scrapers[name] = make_scraper(name, entry)
        except FixMeError as error:
            problems.append(_unusable(name, settings, error))
    problems += _retired(settings, entries)
    problems += _dead_addresses(settings, builtins)
    declared: list[Declared] = []
    for source, inventory in settings.inventory.expected_coverage.items():
        if source in sources and inventory.enabled:
            declared.extend(_declare(source, inventory, scrapers, entries, today))
    problems += _nameless(declared, scrapers, settings)
    if problems:
        raise ConfigError(problems)
    needed = {name: each for name, each in builtins.credentials.items() if name in sources}
    marked = _marked(declared, scrapers, settings)
    expected = tuple(each for each in marked if not each.data_type.live_for)
    live_only = tuple(each for each in marked if each.data_type.live_for and each.data_type.live)
    in_order = without_strange_seasons(parents_first(expected))
    return Catalog(sources, scrapers, entries, in_order, needed, live_only)


def _marked(declared: Sequence[Declared], scrapers: Mapping[str, Scraper], settings: Settings) -> tuple[Declared, ...]:
    """`declared`, with what is watched while games are on."""
    rules, types = settings.service.live_games, settings.inventory.active()
    if not rules.enabled:
        return tuple(declared)

    def is_live(data_type: DataType) -> bool:
        said = types[data_type.qualified][1].live
        return (scrapers[data_type.scraper].live or bool(data_type.live_for)) if said is None else said

    live = {each.data_type.qualified for each in declared if is_live(each.data_type)}
    return mark_live(declared, live, rules.recollect_after_hours * HOUR or None)


def _unusable(name: str, settings: Settings, error: FixMeError) -> Problem:
    """The class of a scraper can't be used."""
    if name not in settings.scraping.scrapers:
        return Problem(f"scraper {name} of its package", None, "", str(error))
    return settings.problem(f"scraper_config.scrapers.{name}.uses", str(error).removeprefix("uses: "))


def _limits(source: str, settings: Settings, builtins: Builtins) -> EffectiveLimits:
    """Who brings a source along speaks for it, too."""
    packaged = [
        (f"{kind} {name} of its package", entry.rate_limit)
        for kind, entries in (("source", {source: builtins.sources.get(source)}), ("scraper", _of(source, builtins)))
        for name, entry in entries.items()
        if entry is not None and entry.rate_limit is not None
    ]
    return effective_limits(source, settings.service, settings.scraping, BUILTIN_LIMITS.get(source), packaged)


def _of(source: str, builtins: Builtins) -> dict[str, ScraperEntry]:
    return {name: entry for name, entry in builtins.scrapers.items() if entry.source == source}


def _retired(settings: Settings, entries: Mapping[str, ScraperEntry]) -> Iterable[Problem]:
    """Data types that would ask what is known to be dead."""
    for qualified, (source, config) in settings.inventory.active().items():
        entry = entries.get(config.scraper or "")
        if entry is not None and entry.retired:
            key = f"data_inventory.expected_coverage.{source}.data_types.{qualified.partition('.')[2]}.scraper"
            yield settings.problem(key, f"'{config.scraper}' is retired: {entry.retired}")


def _nameless(declared: Sequence[Declared], scrapers: Mapping[str, Scraper], settings: Settings) -> Iterable[Problem]:
    """Dimensions that would stay empty for ever: their parent's scraper names nothing."""
    by_name = {each.data_type.qualified: each.data_type for each in declared}
    for each in declared:
        for dimension in each.dimensions:
            above = by_name.get(dimension.parent) if isinstance(dimension, DerivedDimension) else None
            if above is not None and type(scrapers[above.scraper]).discover is Scraper.discover:
                held = f"data_inventory.expected_coverage.{each.data_type.source}.data_types.{each.data_type.name}"
                names = f"'{above.qualified}' names nothing: its scraper '{above.scraper}' has no 'discover'"
                yield settings.problem(f"{held}.dimensions.{dimension.field}.from", f"{names}; expected a class")


def _dead_addresses(settings: Settings, builtins: Builtins) -> Iterable[Problem]:
    """Scrapers of the user that would ask an address of which it is known that nothing good comes."""
    known = [entry for entry in builtins.scrapers.values() if entry.url]
    alive = {_address(entry.url or "") for entry in known if not entry.retired}
    dead = {at: entry.retired for entry in known if entry.retired and (at := _address(entry.url or "")) not in alive}
    for name, entry in settings.scraping.scrapers.items():
        reason = dead.get(_address(entry.url)) if entry.url and entry.enabled else None
        if reason and not entry.retired:
            yield settings.problem(f"scraper_config.scrapers.{name}.url", f"asks what is retired: {reason}")


def _address(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.netloc.lower()}{_FIELD.sub('{}', parts.path)}"


def _sources(settings: Settings, builtins: Builtins) -> dict[str, SourceConfig]:
    """What files say of a source that is built in goes over what it brings along, key by key."""
    merged = dict(builtins.sources)
    for name, config in settings.scraping.sources.items():
        known = merged.get(name)
        said = {key: getattr(config, key) for key in config.model_fields_set}
        merged[name] = known.model_copy(update=said) if known is not None else config
    return merged


def make_scraper(name: str, entry: ScraperEntry) -> Scraper:
    """An instance of what an entry describes. Raises FixMeError if its class can't be used."""
    scraper: Scraper
    if entry.uses is None:
        scraper = DeclarativeScraper(
            name, entry.source, entry.url or "", entry.params, format=entry.format, check=check_rules(entry)
        )
    else:
        scraper = load_class(entry.uses)(name, entry.source, entry.url or "", entry.params)
    scraper.stream = scraper.stream or entry.stream
    return scraper


def load_class(path: str) -> type[Scraper]:
    """The scraper class at `package.module:Class`. Raises FixMeError that says what is wrong with it."""
    module_name, _, class_name = path.partition(":")
    try:
        found = getattr(importlib.import_module(module_name), class_name)
    except Exception as error:  # whatever a module does while it is imported
        raise FixMeError(
            f"uses: {path!r} can't be loaded: {error_text(error)}; expected package.module:Class"
        ) from error
    if not (isinstance(found, type) and issubclass(found, Scraper)):
        raise FixMeError(f"uses: {path!r} is no Scraper; derive it from adce_async.scraping.base.Scraper")
    if missing := getattr(found, "__abstractmethods__", None):
        raise FixMeError(f"uses: {path!r} lacks {', '.join(sorted(missing))}")
    for name in ("check", "discover", "facts"):
        if inspect.iscoroutinefunction(getattr(found, name)):
            raise FixMeError(f"uses: {path!r}: {name} is 'async def', and would never run; expected 'def {name}'")
    if not inspect.iscoroutinefunction(found.scrape):
        raise FixMeError(f"uses: {path!r}: scrape is no coroutine; expected 'async def scrape'")
    return found


def check_rules(entry: ScraperEntry) -> CheckRules:
    """The declarative check of an entry."""
    check = entry.check
    if check is None:
        return CheckRules()
    return CheckRules(
        equals=dict(check.equals),
        required=tuple(check.required),
        min_rows=dict(check.min_rows),
        title=check.title or "",
        canonical=check.canonical or "",
        forbidden=tuple(check.forbidden),
        content_type=check.content_type or "",
    )


def _declare(
    source: str,
    inventory: SourceInventory,
    scrapers: Mapping[str, Scraper],
    entries: Mapping[str, ScraperEntry],
    today: dt.date,
) -> Iterable[Declared]:
    seasons = resolve_seasons(inventory.seasons, today)
    for name, config in inventory.active().items():
        if config.scraper is not None and config.scraper in scrapers:
            data_type = _data_type(source, name, _filled(config, inventory), scrapers, entries)
            dimensions = (_dimension(source, field, each) for field, each in config.dimensions.items())
            own = resolve_seasons(config.seasons, today) if config.seasons else seasons
            shared = tuple(one for one in seasons if one in own)
            if shared or not config.seasons:  # a type of other seasons than the source's has nothing to be expected
                yield Declared(data_type, shared, tuple(dimensions))


def _dimension(source: str, name: str, config: DimensionConfig) -> Dimension:
    parent = config.parent(source)
    if parent is not None:
        return DerivedDimension(name, parent, config.field or name, None if config.where == "any" else config.where)
    if config.calendar is not None:
        return CalendarDimension(name, Calendar(config.calendar))
    return ListDimension(name, config.values)


def _filled(config: DataTypeConfig, source: SourceInventory) -> DataTypeConfig:
    """`config`, with what its source says for all of its data types where it says nothing itself."""
    said = {
        "completeness_threshold": source.completeness_threshold,
        "gap_days_critical": source.gap_days_critical,
    }
    own = config.model_fields_set
    return config.model_copy(update={k: v for k, v in said.items() if v is not None and k not in own})


def _data_type(
    source: str,
    name: str,
    config: DataTypeConfig,
    scrapers: Mapping[str, Scraper],
    entries: Mapping[str, ScraperEntry],
) -> DataType:
    scraper, entry = scrapers[config.scraper or ""], entries[config.scraper or ""]
    rules = f"{config.path_pattern}|{config.min_bytes}|{scraper.name}|{scraper.version}|{entry.model_dump_json()}"
    return DataType(
        source=source,
        name=name,
        scraper=scraper.name,
        pattern=config.pattern,
        required=config.required,
        min_bytes=config.min_bytes,
        freshness_seconds=None if config.freshness_days is None else config.freshness_days * DAY,
        completeness_threshold=config.completeness_threshold,
        critical_days=config.gap_days_critical,
        priority=config.priority,
        tier=config.tier,
        minutes_per_file=config.minutes_per_file,
        live_for=config.live_parent(source) or "",
        fingerprint=hashlib.sha256(rules.encode()).hexdigest()[:16],
    )
