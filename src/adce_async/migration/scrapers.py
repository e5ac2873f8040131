"""scraper_config.yaml: each old entry is one of ours, becomes a declared scraper, or is not taken, with why."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from adce_async.config.files.base import KeyPath
from adce_async.config.files.retired import RETIRED
from adce_async.config.files.scraper import fields_of
from adce_async.config.files.scraper_config import ScraperConfig
from adce_async.migration.data_types import find, why_off
from adce_async.migration.document import Document, leaves
from adce_async.migration.folder import OldFile
from adce_async.migration.name_map import SCRAPERS, SCRAPERS_OFF, Shipped, first_fit
from adce_async.migration.report import Outcome, Row, placed
from adce_async.migration.service import settle

_RATES = ("requests_per_second", "requests_per_minute", "requests_per_hour", "requests_per_day", "min_delay_seconds")
_LIMITS = (*_RATES, "requests", "per", "burst_size")
_NAMES = re.compile(r"[^a-z0-9]+")
_NO_ADDRESS = "names no address to fetch from"
_NO_URL = "says not what to fetch: no 'url_pattern' with {fields} in lower case below its 'base_url'"
_NO_CHECK = "says not how to tell a good answer (no 'table_id'); docs/add-a-source.md says how to declare it"


@dataclass(slots=True)
class Scrapers:
    """The new file, its rows, and what the inventory has to know of it."""

    document: Document = field(default_factory=Document)
    rows: list[Row] = field(default_factory=list)
    declared: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Name of a scraper in the new file -> (source, data type)."""

    def filling(self, source: str, data_type: str) -> str | None:
        """The declared scraper of a data type: it says so, or is called so."""
        its = {name: of for name, (owner, of) in self.declared.items() if owner == source}
        called = f"{source}_{data_type}"
        return next((name for name, of in its.items() if of == data_type), called if called in its else None)

    def sources(self) -> frozenset[str]:
        """The sources that the new file declares, and those of its scrapers."""
        return frozenset(self.document.data.get("sources", {})) | {source for source, _ in self.declared.values()}


def is_old(entry: Any) -> bool:
    """True if an entry of `scrapers:` has the old form: it names neither source nor class nor address."""
    return isinstance(entry, dict) and bool(entry) and entry.keys().isdisjoint({"source", "uses", "url"})


def migrate_scrapers(
    old: OldFile, shipped: Shipped, named: frozenset[str] = frozenset(), patterns: Mapping[str, str] | None = None
) -> Scrapers:
    """All of the file.

    `named`: sources that the other old files speak of; `patterns`: keys of the old inventory's data types.
    """
    work = _Work(old, shipped, named, patterns or {})
    data = old.layer.data
    for key, value in data.items():
        if key == "global":
            why = RETIRED["scraper_config"]["global"]
            work.out.rows += [work.row(path, "dropped", why=why) for path, _ in leaves({key: value})]
        elif key != "scrapers":
            work.out.document.put((key,), value)
            work.out.rows += [work.row(path, "taken") for path, _ in leaves({key: value})]
    entries = data.get("scrapers")
    for name, entry in entries.items() if isinstance(entries, dict) else ():
        work.entry(name, entry)
    work.keep_limits()
    work.close()
    return work.out


class _Work:
    """What has been found out so far."""

    def __init__(self, old: OldFile, shipped: Shipped, named: frozenset[str], patterns: Mapping[str, str]) -> None:
        self._old, self._shipped, self._named, self._patterns = old, shipped, named - shipped.sources, patterns
        self.out = Scrapers(Document(lines={p: at.line for p, at in old.layer.origins.items() if at.line}))
        self._spoken: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}
        """Source of ours -> (old scraper, its limits)."""
        self._not_taken: dict[str, list[str]] = {}

    def entry(self, name: str, entry: Any) -> None:
        """One old scraper."""
        path = ("scrapers", name)
        if not isinstance(entry, dict):
            self._off(name, "says nothing; expected a section")
        elif not is_old(entry):
            self.out.document.put(path, entry)
            self.out.declared[name] = (str(entry.get("source", "")).lower(), str(entry.get("data_type", "")))
            self.out.rows.append(self.row(path, "taken"))
        elif new := self._new(name, entry):
            targets, why = new
            source = self._shipped.scrapers[targets[0]].source
            limit = entry.get("rate_limit")
            self._spoken.setdefault(source, []).append((name, limit if isinstance(limit, dict) else {}))
            self.out.rows.append(self.row(path, "renamed", ", ".join(targets), why))

    def _new(self, name: str, entry: Mapping[str, Any]) -> tuple[tuple[str, ...], str] | None:
        """Those of our scrapers that do the same; if there are none, it is declared or noted as not taken."""
        host, data_type = _host(entry), str(entry.get("data_type") or "")
        source = self._source(name, entry)
        if source and data_type:
            pattern = self._patterns.get(f"{source}.{data_type}".lower()) or _prefix(entry)
            match = find(source, data_type, pattern, self._shipped)
            if match is not None and match.scraper in self._shipped.scrapers:
                return (match.scraper,), "comes with the program"
            self._off(name, why_off(source, data_type))
            return None
        if host and self._shipped.source_of(str(entry.get("base_url"))) is None and _address(entry) and _check(entry):
            self._declare(name, entry)
            return None
        targets = [each for each in first_fit(name, SCRAPERS) or () if each in self._shipped.scrapers]
        if targets:
            return tuple(targets), self._differences(entry)
        if why := first_fit(name, SCRAPERS_OFF):
            self._off(name, why)
            return None
        return self._by_address(name, entry, source)

    def _by_address(
        self, name: str, entry: Mapping[str, Any], source: str | None
    ) -> tuple[tuple[str, ...], str] | None:
        """One that nothing is known of by name."""
        mine = _address(entry)
        for ours, known in self._shipped.scrapers.items():
            if mine and known.url and _alike(mine) == _alike(known.url):
                if not known.retired:
                    return (ours,), "asks the same address"
                self._off(name, known.retired)
                return None
        if source:
            self._off(name, f"no scraper of ours for {source} is known to do the same; `adce scrapers` lists them")
        else:
            self._off(name, _NO_ADDRESS if not _host(entry) else _NO_CHECK if mine else _NO_URL)
        return None

    def _source(self, name: str, entry: Mapping[str, Any]) -> str | None:
        """The source of ours that an entry is about: by its address, or by its name if it has none."""
        if _host(entry):
            return self._shipped.source_of(str(entry["base_url"]))
        return next((each for each in sorted(self._shipped.sources) if name.lower().startswith(f"{each}_")), None)

    def _differences(self, entry: Mapping[str, Any]) -> str:
        host, rate = _host(entry), entry.get("rate_limit")
        if host and self._shipped.source_of(str(entry["base_url"])) is None:
            return f"asked {host}; ours asks the source's own hosts"
        if isinstance(rate, dict) and rate.get("requests_per_second") == 0:
            return "comes with the program; a rate of 0 says nothing, and is not taken"
        return "comes with the program"

    def _declare(self, name: str, entry: Mapping[str, Any]) -> None:
        """A source and a scraper of the user's own."""
        host = _host(entry) or ""
        source = next((each for each in sorted(self._named) if f"{name.lower()}_".startswith(f"{each}_")), None)
        source = source or _NAMES.sub("_", host).strip("_")
        put, declared, path = self.out.document.put, ("sources", source), ("scrapers", name)
        held = self.out.document.data.setdefault("sources", {}).setdefault(source, {})
        put((*declared, "hosts"), list(dict.fromkeys([*held.get("hosts", []), host])))
        for key, to in (("user_agent", "user_agent"), ("timeout", "timeout_seconds"), ("headers", "headers")):
            if entry.get(key) is not None:
                put((*declared, to), held.get(to, entry[key]))
        put(path, {"source": source, "url": _address(entry), "format": "html", "check": _check(entry)})
        limit = entry.get("rate_limit")
        kept = {key: limit[key] for key in _LIMITS if limit.get(key)} if isinstance(limit, dict) else {}
        if any(key in kept for key in (*_RATES, "requests")):
            put((*path, "rate_limit"), kept)
        self.out.declared[name] = (source, str(entry.get("data_type") or ""))
        self.out.rows.append(self.row(path, "taken", f"source {source}", "declared; its table is the check"))

    def keep_limits(self) -> None:
        """The strictest of what the old entries said of a source of ours holds on."""
        for source, spoken in sorted(self._spoken.items()):
            rates = [(float(rate["requests_per_second"]), name) for name, rate in spoken if _is_rate(rate)]
            held = self.out.document.data.get("sources") or {}
            if not rates or (isinstance(held.get(source), dict) and "rate_limit" in held[source]):
                continue
            strictest, name = min(rates)
            path = ("sources", source, "rate_limit")
            self.out.document.put((*path, "requests_per_second"), strictest)
            bursts = [rate["burst_size"] for _, rate in spoken if _is_count(rate.get("burst_size"))]
            if bursts:
                self.out.document.put((*path, "burst_size"), min(bursts))
            self.out.document.above[path] = [f"Of the old entries the strictest: {name}. The strictest of all wins."]
            what = ("scrapers", name, "rate_limit")
            self.out.rows.append(self.row(what, "renamed", ".".join(path), f"the strictest of {source}"))

    def close(self) -> None:
        """What the models refuse goes; what was not taken is listed in a comment."""
        out = self.out
        refused = dict(settle(out.document, ScraperConfig))
        for path, message in refused.items():
            out.rows = [row for row in out.rows if row.what != ".".join(path)]
            out.rows.append(self.row(path, "dropped", why=message))
            out.declared.pop(path[1] if path[0] == "scrapers" and len(path) == 2 else "", None)
        for section in ("sources", "scrapers"):
            out.document.data[section] = out.document.data.pop(section, None) or {}
        out.rows = placed(out.rows)
        if self._not_taken:
            out.document.tail = ["Entries of the old file that are not taken, by reason:"]
        for why, names in self._not_taken.items():
            out.document.tail += ["", f"{why}:", *(f"  {name}" for name in names)]

    def row(self, path: KeyPath, outcome: Outcome, new: str = "", why: str = "") -> Row:
        """A row for what is at `path` in the old file."""
        origin = self._old.layer.origin(path)
        return Row(self._old.path.name, origin.line if origin else None, ".".join(path), outcome, new, why)

    def _off(self, name: str, why: str) -> None:
        self.out.rows.append(self.row(("scrapers", name), "off", why=why))
        self._not_taken.setdefault(why, []).append(name)


def _host(entry: Mapping[str, Any]) -> str | None:
    try:
        return urlsplit(str(entry.get("base_url") or "")).hostname
    except ValueError:
        return None


def _prefix(entry: Mapping[str, Any]) -> str | None:
    storage = entry.get("storage")
    return str(storage["s3_prefix"]) if isinstance(storage, dict) and storage.get("s3_prefix") else None


def _address(entry: Mapping[str, Any]) -> str | None:
    """`base_url` and `url_pattern` together, if they are a template as ours are."""
    base, below = entry.get("base_url"), entry.get("url_pattern")
    if not isinstance(base, str) or not isinstance(below, str) or not below:
        return None
    url = f"{base.rstrip('/')}/{below.lstrip('/')}".replace("{year}", "{season_end}")
    try:
        fields_of(url)
        parts = urlsplit(url)
    except ValueError:
        return None
    return None if "@" in parts.netloc or parts.scheme not in ("http", "https") else url


def _check(entry: Mapping[str, Any]) -> dict[str, Any] | None:
    table = entry.get("table_id")
    named = isinstance(table, str) and re.fullmatch(r"[A-Za-z][\w-]*", table)
    return {"required": [f"#{table}"]} if named else None


def _alike(url: str) -> str:
    """An address without the names of its fields."""
    return re.sub(r"\{[^}]*\}|NBA|/stats(?=/stats)", "*", url).rstrip("/")


def _is_rate(limit: Mapping[str, Any]) -> bool:
    value = limit.get("requests_per_second")
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < float("inf")


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0
