"""data_inventory.yaml: each old data type under our name, with its old keys; switched off where nobody offers it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from adce_async.config.files.base import KeyPath
from adce_async.config.files.inventory import InventoryConfig
from adce_async.config.files.retired import RETIRED
from adce_async.config.files.seasons import LAST_END_YEAR, LEAGUES, season_span
from adce_async.errors import InvalidKeyError
from adce_async.migration.data_types import Match, find, shipped_types, spelled, why_off
from adce_async.migration.document import Document, leaves
from adce_async.migration.folder import OldFile
from adce_async.migration.name_map import Shipped
from adce_async.migration.report import Outcome, Row, placed
from adce_async.migration.scrapers import Scrapers
from adce_async.migration.service import settle
from adce_async.migration.specifics import SourceRequirements
from adce_async.model.keys import PathPattern
from adce_async.model.seasons import given_by, season_of_end_year

FILE = "data_inventory.yaml"
_ROOT = "expected_coverage"
_KEPT = ("required", "freshness_days", "completeness_threshold", "priority", "tier", "gap_days_critical", "seasons")
_NOTES = ("description", "estimated_records", "expected_years", "expected_per_season", "expected_files")
_NO_PRIORITY = ("IMMEDIATE", "EXECUTE")
_ALL_OF_ESPN = "2002-current"


@dataclass(slots=True)
class Inventory:
    """The new file, its rows, and what became of the old names."""

    document: Document = field(default_factory=Document)
    rows: list[Row] = field(default_factory=list)
    names: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Qualified old name -> (source, name) of a data type that is switched on."""


class InventoryMigration:
    """`old`: None if there is no such file; `specifics`: what reconciliation_config.yaml asks of sources."""

    def __init__(
        self, old: OldFile | None, shipped: Shipped, scrapers: Scrapers, specifics: Mapping[str, SourceRequirements]
    ) -> None:
        self._old, self._shipped, self._scrapers, self._specifics = old, shipped, scrapers, specifics
        origins = old.layer.origins if old else {}
        self.out = Inventory(Document(lines={path: origin.line for path, origin in origins.items() if origin.line}))
        self._min_bytes: int | None = None

    def run(self) -> Inventory:
        """All of the file, and what else has to be declared for it."""
        data = self._old.layer.data if self._old else {}
        quality = data.get("quality_requirements")
        least = quality.get("min_file_size_bytes") if isinstance(quality, dict) else None
        self._min_bytes = least if isinstance(least, int) and least > 0 else None
        coverage: Any = {}
        for key, value in data.items():
            if key == _ROOT:
                coverage = value
                self.out.document.put((_ROOT,), {})
            elif key in RETIRED["data_inventory"]:
                self.out.rows += [self._without_effect(path) for path, _ in leaves({key: value})]
            else:
                self.out.document.put((key,), value)
                self.out.rows += [self._row(path, "taken") for path, _ in leaves({key: value})]
        self.out.document.data.setdefault(_ROOT, {})
        for source, held in coverage.items() if isinstance(coverage, dict) else ():
            self._source(str(source), held)
        for source, specific in self._specifics.items():
            self._required(source, specific)
        self._parents()
        self._close()
        return self.out

    def _source(self, written: str, held: Any) -> None:
        source, path = written.lower(), (_ROOT, written.lower())
        if not isinstance(held, dict):
            self.out.rows.append(self._row((_ROOT, written), "dropped", why="says nothing; expected a section"))
            return
        for key, value in held.items():
            if key == "seasons":
                self._seasons(path, value)
            elif key != "data_types":
                self.out.document.put((*path, key), value)
        types = held.get("data_types")
        self.out.document.put((*path, "data_types"), {})
        for name, one in types.items() if isinstance(types, dict) else ():
            self._data_type(source, str(name), one)

    def _seasons(self, path: KeyPath, value: Any) -> None:
        """Only the seasons of the NBA have a meaning; the ABA and the BAA are data types of their own with us."""
        if isinstance(value, dict) and set(value) <= set(LEAGUES):
            for league in value:
                if league == LEAGUES[0]:
                    row = self._row(
                        (*path, "seasons", league), "renamed", ".".join((*path, "seasons")), _last(value[league])
                    )
                    self.out.rows.append(row)
                    continue
                why = "only seasons of the NBA are declared here; those of the ABA and the BAA at their data types"
                self.out.rows.append(self._row((*path, "seasons", league), "dropped", why=why))
            nba = value.get(LEAGUES[0])
            value = nba if isinstance(nba, list) else [nba] if nba is not None else []
        else:
            self.out.rows.append(self._row((*path, "seasons"), "taken", why=_last(value)))
        self.out.document.put((*path, "seasons"), value)

    def _data_type(self, source: str, name: str, one: Any) -> None:
        if not isinstance(one, dict):
            self.put_off(source, name, {}, "says nothing; expected a section")
            return
        if one.get("scraper"):
            self._as_it_is(source, name, one)
            return
        patterns = _patterns(one)
        own = self._scrapers.filling(source, name)
        match = find(source, name, patterns[0] if patterns else None, self._shipped)
        if own is not None:
            self._own(source, name, one, own, patterns)
        elif match is None:
            self.put_off(source, name, one, why_off(source, name))
        else:
            self._match(source, name, one, match, patterns[:1])
        for pattern in patterns[1:]:
            further = find(source, "", pattern, self._shipped)
            path = (_ROOT, source, "data_types", name, "path_patterns", pattern)
            if further is None:
                self.out.rows.append(
                    self._row(path, "dropped", why="a data type has one pattern; no other of ours fits")
                )
            else:
                self._match(source, name, one, further, [pattern], path)

    def _match(
        self, source: str, name: str, one: Mapping[str, Any], match: Match, patterns: list[str], at: KeyPath = ()
    ) -> None:
        """One that a scraper of ours fills."""
        at = at or (_ROOT, source, "data_types", name)
        new = (_ROOT, source, "data_types", match.name)
        if match.name in self._types(source):
            self.out.rows.append(
                self._row(at, "dropped", why=f"the same as {source}.{match.name}, which is there already")
            )
            return
        if one.get("enabled") is False:
            self.put_off(source, name, one, "was switched off")
            return
        declared = dict(match.declared)
        pattern, why = spelled(patterns[0], match) if patterns else (str(declared["path_pattern"]), "no old pattern")
        reasons = [why] if why else []
        if patterns and not why and pattern.rpartition(".")[2] != str(declared["path_pattern"]).rpartition(".")[2]:
            reasons.append("what is fetched is the page as received, whatever the key's ending says")
            self.out.document.beside[(*new, "path_pattern")] = "new ones: the page as received"
        seasons, none = self._seasons_of(source, declared)
        if none:
            self.put_off(source, name, one, none)
            return
        kept = {key: one[key] for key in (*_NOTES, *_KEPT) if one.get(key) is not None}
        if str(kept.get("priority", "")).upper() in _NO_PRIORITY:
            reasons.append(f"priority {kept.pop('priority')}: age and season decide")
        if seasons and "seasons" not in kept:
            kept["seasons"] = seasons
        least = self._min_bytes if self._min_bytes is not None else declared.get("min_bytes")
        self._write(source, match.name, name, declared, pattern, kept, least)
        self._names(source, name, match.name)
        outcome: Outcome = "taken" if match.name == name and not at[4:] else "renamed"
        self.out.rows.append(self._row(at, outcome, f"{source}.{match.name}", "; ".join(reasons)))

    def _write(
        self,
        source: str,
        name: str,
        old: str,
        declared: Mapping[str, Any],
        pattern: str,
        kept: Mapping[str, Any],
        min_bytes: Any,
    ) -> None:
        """The section of a data type; what was there keeps the comments that it had."""
        path, was = (_ROOT, source, "data_types", name), (_ROOT, source, "data_types", old)
        values: dict[str, Any] = {"description": declared.get("description")}
        values |= {key: kept[key] for key in ("description",) if key in kept}
        values |= {"scraper": declared["scraper"], "path_pattern": pattern}
        values |= {"dimensions": declared.get("dimensions"), "min_bytes": min_bytes or None}
        values |= {key: value for key, value in kept.items() if key != "description"}
        self.out.document.put(path, {}, self._line(was))
        if self._line(was) is None:
            self.out.document.above[path] = [""]
        for key, value in values.items():
            if value is not None:
                origin = "path_patterns" if key == "path_pattern" else key
                self.out.document.put((*path, key), value, self._line((*was, origin)))
        if declared.get("dimensions"):
            self.out.document.put((*path, "dimensions"), dict(declared["dimensions"]))

    def _own(self, source: str, name: str, one: Mapping[str, Any], scraper: str, patterns: list[str]) -> None:
        """One that a scraper of the user's own fills, if something gives its fields their values."""
        pattern = patterns[0].replace("{year}", "{season_end}") if patterns else ""
        given = one.get("dimensions") if isinstance(one.get("dimensions"), dict) else {}
        try:
            fields = PathPattern(pattern).fields if pattern else ()
        except InvalidKeyError as error:
            self.put_off(source, name, one, str(error))
            return
        missing = [each for each in fields if given_by(each) not in {"season", *(given or {})}]
        if not pattern or missing:
            why = f"nothing gives {{{missing[0]}}} a value" if missing else "it names no key"
            self.put_off(source, name, one, f"{why}; see 'dimensions' in the comments of {FILE}")
            return
        kept = {key: one[key] for key in (*_NOTES, *_KEPT) if one.get(key) is not None}
        if str(kept.get("priority", "")).upper() in _NO_PRIORITY:
            kept.pop("priority")
        self._write(source, name, name, {"scraper": scraper, "dimensions": given}, pattern, kept, self._min_bytes)
        self._names(source, name, name)
        self.out.rows.append(
            self._row((_ROOT, source, "data_types", name), "taken", f"{source}.{name}", f"filled by {scraper}")
        )

    def _as_it_is(self, source: str, name: str, one: Mapping[str, Any]) -> None:
        """One that has today's form already."""
        path = (_ROOT, source, "data_types", name)
        self.out.document.put(path, dict(one))
        if (
            one.get("scraper") not in {*self._shipped.scrapers, *self._scrapers.declared}
            and one.get("enabled") is not False
        ):
            self.put_off(source, name, one, f"no scraper '{one.get('scraper')}' is declared")
            return
        if one.get("enabled") is not False:
            self._names(source, name, name)
        self.out.rows.append(self._row(path, "taken", f"{source}.{name}"))

    def put_off(self, source: str, name: str, one: Mapping[str, Any], why: str) -> None:
        """Switched off, with the reason beside it."""
        path = (_ROOT, source, "data_types", name)
        self.out.document.put(path, {}, self._line(path))
        self.out.document.put((*path, "enabled"), False)
        self.out.document.above[(*path, "enabled")] = [f"Off: {why}"]
        for key in (*_NOTES, "tier", "required"):
            if one.get(key) is not None:
                self.out.document.put((*path, key), one[key], self._line((*path, key)))
        if patterns := _patterns(one):
            self.out.document.put((*path, "path_pattern"), patterns[0], self._line((*path, "path_patterns")))
        self.out.rows.append(self._row(path, "off", why=why))

    def switch_off(self, source: str, name: str, why: str) -> None:
        """Take back one that turned out not to fit."""
        qualified, rows = f"{source}.{name}", self.out.rows
        one = self._types(source).pop(name, {})
        self.out.names = {old: new for old, new in self.out.names.items() if new != (source, name)}
        self.put_off(source, name, one, why)
        mine = rows.pop()
        for index, row in enumerate(rows):
            if row.new == qualified or (row.what == qualified and not row.new):
                rows[index] = replace(row, outcome="off", new="", why=why)
                return
        rows.append(mine)

    def _required(self, source: str, specific: SourceRequirements) -> None:
        """What reconciliation_config.yaml calls required of a source, whether the inventory names it or not."""
        for old in specific.required:
            match = find(source, old, None, self._shipped)
            if match is None:
                continue
            if source not in self.out.document.data[_ROOT]:
                self._new_source(source)
            path = (_ROOT, source, "data_types", match.name)
            if match.name not in self._types(source):
                self._add(source, match, f"required by {specific.where}")
            self._names(source, old, match.name)
            for key, value in specific.rules.items():
                if key not in self._types(source)[match.name]:
                    self.out.document.put((*path, key), value)
            self.out.document.put((*path, "required"), True)

    def _new_source(self, source: str) -> None:
        """A source that the old inventory left out."""
        path = (_ROOT, source)
        seasons = self._shipped_seasons(source)
        self.out.document.above[path] = [""]
        self.out.document.put((*path, "seasons"), seasons)
        self.out.document.put((*path, "data_types"), {})
        self.out.document.above[(*path, "seasons")] = [
            "The old inventory did not name this source; fewer seasons are fewer requests: [current]"
        ]

    def _shipped_seasons(self, source: str) -> list[Any]:
        return [_ALL_OF_ESPN] if source == "espn" else ["current"]

    def _add(self, source: str, match: Match, why: str) -> None:
        seasons, _ = self._seasons_of(source, match.declared)
        kept = {key: match.declared[key] for key in _KEPT if key in match.declared}
        if seasons:
            kept["seasons"] = seasons
        pattern = str(match.declared["path_pattern"])
        self._write(source, match.name, "", match.declared, pattern, kept, match.declared.get("min_bytes"))
        what = f"{source}.{match.name}"
        self.out.rows.append(Row(FILE, None, what, "added", what, why))

    def _parents(self) -> None:
        """Whatever a data type derives from has to be declared, too."""
        ahead = [(s, name) for s, held in self.out.document.data[_ROOT].items() for name in held["data_types"]]
        while ahead:
            source, name = ahead.pop(0)
            one = self._types(source)[name]
            if one.get("enabled") is False:
                continue
            for parent in dict.fromkeys(_parents_of(one, source)):
                other, _, its = parent.partition(".")
                if its in self._types(other) and self._types(other)[its].get("enabled") is not False:
                    continue
                declared = shipped_types(other, self._shipped).get(its)
                if declared is None:
                    continue
                if other not in self.out.document.data[_ROOT]:
                    self._new_source(other)
                self._add(other, Match(its, its, declared), f"{source}.{name} derives from it")
                ahead.append((other, its))

    def _seasons_of(self, source: str, declared: Mapping[str, Any]) -> tuple[list[Any] | None, str]:
        """Which of the source's seasons a data type has: None for all; and why there are none, if so."""
        limited, path = declared.get("seasons"), (_ROOT, source, "seasons")
        whole = self.out.document.data[_ROOT].get(source, {}).get("seasons")
        if whole is None or whole == []:
            self.out.document.put(path, ["current"])
            whole = ["current"]
        if limited is None:
            return None, ""
        mine, theirs = _years(whole), _years(limited)
        if mine is None or theirs is None or mine & theirs:
            return list(limited), ""
        if limited == ["current"]:
            return [max(mine)], ""
        return None, f"the source has it for {', '.join(map(str, limited))} only, none of the declared seasons"

    def _close(self) -> None:
        for path, message in settle(self.out.document, InventoryConfig):
            self.out.rows.append(self._row(path, "dropped", why=message))
        self.out.document.data.setdefault(_ROOT, {})
        active = self.out.document.data[_ROOT] or {}
        self.out.names = {old: new for old, new in self.out.names.items() if new[0] in active}
        self.out.rows = placed(self.out.rows)

    def _types(self, source: str) -> dict[str, Any]:
        held = self.out.document.data[_ROOT].get(source) or {}
        types: dict[str, Any] = held.get("data_types") or {}
        return types

    def _names(self, source: str, old: str, new: str) -> None:
        self.out.names.setdefault(f"{source}.{old}".lower(), (source, new))

    def _without_effect(self, path: KeyPath) -> Row:
        if path == ("quality_requirements", "min_file_size_bytes") and self._min_bytes is not None:
            return self._row(path, "renamed", "min_bytes", "at each data type")
        return self._row(path, "dropped", why=RETIRED["data_inventory"][path[0]])

    def _line(self, path: KeyPath) -> int | None:
        origin = self._old.layer.origin(path) if self._old else None
        return origin.line if origin else None

    def _row(self, path: KeyPath, outcome: Outcome, new: str = "", why: str = "") -> Row:
        row = Row(FILE, None, _shown(path), outcome, new, why)
        near = next((line for n in range(len(path), 0, -1) if (line := self._line(path[:n]))), None)
        return replace(row, line=near)


def patterns_of(data: Mapping[str, Any]) -> dict[str, str]:
    """Qualified name of each data type of an old inventory (in lower case) -> the first pattern of its keys."""
    coverage = data.get(_ROOT)
    found: dict[str, str] = {}
    for source, held in coverage.items() if isinstance(coverage, dict) else ():
        types = held.get("data_types") if isinstance(held, dict) else None
        for name, one in types.items() if isinstance(types, dict) else ():
            if isinstance(one, dict) and (patterns := _patterns(one)):
                found[f"{source}.{name}".lower()] = patterns[0]
    return found


def _shown(path: KeyPath) -> str:
    """`espn.play_by_play` for a data type, the dotted key for all else."""
    if path[0] == _ROOT and len(path) > 3 and path[2] == "data_types":
        return ".".join((path[1], *path[3:]))
    return ".".join(path)


def _patterns(one: Mapping[str, Any]) -> list[str]:
    written = one.get("path_patterns") or one.get("path_pattern")
    return [str(each) for each in (written if isinstance(written, list) else [written] if written else [])]


def _parents_of(one: Mapping[str, Any], source: str) -> Iterator[str]:
    dimensions = one.get("dimensions")
    for dimension in dimensions.values() if isinstance(dimensions, dict) else ():
        if isinstance(dimension, dict) and dimension.get("from"):
            parent = str(dimension["from"])
            yield parent.lower() if "." in parent else f"{source}.{parent}"


def _last(seasons: Any) -> str:
    """What to know of seasons that end."""
    years = _years(seasons)
    if not years or max(years) == LAST_END_YEAR:
        return ""
    return f"ends with {season_of_end_year(max(years))}; '{min(years)}-current' follows the calendar"


def _years(seasons: Any) -> set[int] | None:
    """End years; None if one of them can't be read, which is said elsewhere."""
    found: set[int] = set()
    for each in seasons if isinstance(seasons, list) else [seasons]:
        try:
            first, last = season_span(each, LAST_END_YEAR)
        except (ValueError, TypeError):
            return None
        found.update(range(first, last + 1))
    return found
