"""Which of our data types an old one is: by what is known of its name, by the pattern of its keys, by its name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from adce_async.errors import InvalidKeyError
from adce_async.migration.name_map import TYPES, TYPES_OFF, Shipped, first_fit
from adce_async.model.keys import PathPattern
from adce_async.model.seasons import given_by

NOBODY = "no scraper of ours offers it; `adce scrapers` lists what there is, docs/add-a-source.md says how to add one"


@dataclass(frozen=True, slots=True)
class Match:
    """A data type of ours. `name`: what it is called; `like`: the shipped one it is declared like; `declared`: how."""

    name: str
    like: str
    declared: Mapping[str, Any]

    @property
    def scraper(self) -> str:
        """Name of its scraper."""
        return str(self.declared.get("scraper"))


def shipped_types(source: str, shipped: Shipped) -> Mapping[str, Mapping[str, Any]]:
    """The data types of a source in the inventory that comes with the program."""
    coverage = shipped.inventory.get("expected_coverage")
    held = coverage.get(source) if isinstance(coverage, Mapping) else None
    found: Mapping[str, Mapping[str, Any]] = held.get("data_types", {}) if isinstance(held, Mapping) else {}
    return found


def find(source: str, name: str, pattern: str | None, shipped: Shipped) -> Match | None:
    """The data type of ours that `name` is, if there is one."""
    known = shipped_types(source, shipped)
    new, like = TYPES.get(f"{source}.{name}".lower(), ("", ""))
    if like in known:
        return Match(new, like, known[like])
    if pattern:
        for each, declared in known.items():
            if _bare(str(declared.get("path_pattern"))) == _bare(pattern):
                return Match(each, each, declared)
    for each, declared in known.items():
        if _plain(each) == _plain(name):
            return Match(each, each, declared)
    return None


def why_off(source: str, name: str) -> str:
    """Why no source of ours offers it."""
    return first_fit(f"{source}.{name}", TYPES_OFF) or NOBODY


def spelled(pattern: str, match: Match) -> tuple[str, str]:
    """The pattern of its keys, with our names of the fields: the old one, or ours and why the old one can't be."""
    fitting = pattern.replace("{year}", "{season_end}")
    given = {"season", *match.declared.get("dimensions", {})}
    ours = str(match.declared.get("path_pattern"))
    try:
        fields = set(PathPattern(fitting).fields)
    except InvalidKeyError:
        return ours, "the old pattern of its keys is none"
    if missing := sorted(name for name in fields if name not in given and given_by(name) not in given):
        return ours, f"another key: nothing gives {{{missing[0]}}} a value"
    needed = {given_by(name) for name in PathPattern(ours).fields}
    if lacking := sorted(needed - {given_by(name) for name in fields}):
        if lacking != ["season"] or "calendar" in str(match.declared.get("dimensions")):
            return ours, f"another key: the old one does not name {{{lacking[0]}}}"
        if not _unique_without_season(match):
            return ours, "another key: the old one does not name {season}"
    return fitting, ""


def _unique_without_season(match: Match) -> bool:
    """True if its keys name a game or a person, which belong to no second season."""
    return any(isinstance(each, Mapping) and each.get("from") for each in match.declared.get("dimensions", {}).values())


def _bare(pattern: str) -> str:
    """A pattern without its ending, with all spellings of the season alike."""
    return re.sub(r"\{(year|season_end|season_start)\}", "{season_end}", pattern).rpartition(".")[0]


def _plain(name: str) -> str:
    return name.lower().replace("-", "_").removesuffix("_data").removesuffix("s")
