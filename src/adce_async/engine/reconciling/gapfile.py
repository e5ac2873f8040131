"""inventory/gaps.json, both ways: written whole after each pass, read when somebody else wrote it.

An entry is a group of gaps of one scraper, season and priority, with its `keys`. Entries of the old system
name `game_ids`, or only a season, instead. A broken file changes nothing and is set aside.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from adce_async.engine.reconciling.json_steps import parse
from adce_async.errors import AdceError, InvalidKeyError, Problem, StoreError
from adce_async.model.coverage import GapKind, Priority
from adce_async.model.days import iso
from adce_async.model.dimensions import Declared
from adce_async.model.keys import shown, validate_key
from adce_async.model.seasons import original_fields, url_fields
from adce_async.model.task import Origin, Task
from adce_async.planning.refusals import Refusals

FILE_VERSION = 2
MAX_FILE_BYTES = 32 << 20
"""Default for the size up to which a file of somebody else's is read: a million keys."""
MOST_NAMED = 8
"""Data types that a refusal names."""
MAX_REASON = 300
"""Characters of a reason that an entry gives."""


MOST_ENTRIES = 200_000
"""Entries of one file; what more of them would become is kept in no bounds."""


@dataclass(frozen=True, slots=True)
class FileTasks:
    """What a gaps.json asks for. `whole`: (declared, season, priority) of entries that name no keys."""

    tasks: tuple[Task, ...]
    whole: tuple[tuple[Declared, str | None, Priority], ...]
    problems: tuple[Problem, ...]


class BrokenGapFileError(AdceError):
    """gaps.json can't be read at all; `str()` names file, line and column."""


def digest(body: bytes) -> str:
    """By which we know a file that we wrote ourselves."""
    return hashlib.sha256(body).hexdigest()


def render(tasks: Iterable[Task], now: float, minutes_of: Callable[[str], float] = lambda _: 1.0) -> bytes:
    """The file for `tasks`; `minutes_of(qualified data type)` estimates one file."""
    groups: dict[tuple[Priority, str, str, str, str, str], list[Task]] = {}
    for task in tasks:
        kind = (task.priority, task.source, task.scraper, task.data_type, task.season or "", task.kind.value)
        groups.setdefault(kind, []).append(task)
    entries = [_entry(n, groups[kind], minutes_of) for n, kind in enumerate(sorted(groups), 1)]
    by_priority = dict.fromkeys(("critical", "high", "medium", "low"), 0)
    for entry in entries:
        by_priority[str(entry["priority"]).lower()] += 1
    document = {
        "version": FILE_VERSION,
        "generated_at": iso(now),
        "total_tasks": len(entries),
        "total_files": sum(map(len, groups.values())),
        "by_priority": by_priority,
        "tasks": entries,
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _entry(number: int, tasks: Sequence[Task], minutes_of: Callable[[str], float]) -> dict[str, object]:
    first = tasks[0]
    minutes = minutes_of(f"{first.source}.{first.data_type}")
    entry: dict[str, object] = {
        "id": f"task_{number:06d}",
        "priority": first.priority.name,
        "source": first.source,
        "scraper": first.scraper,
        "data_type": first.data_type,
        "season": first.season,
        "kind": first.kind.value,
        "reason": _reason(tasks),
        "missing_files": len(tasks),
        "estimated_files": len(tasks),
        "estimated_time_minutes": round(len(tasks) * minutes, 2),
        "detected_at": iso(min(task.detected_at for task in tasks)),
        "keys": sorted(task.key for task in tasks),
    }
    if any(task.force for task in tasks):
        entry["force"] = True
    return entry


def _reason(tasks: Sequence[Task]) -> str:
    """Why they are gaps; of several reasons the most frequent one, with how many have it."""
    (reason, count), *others = Counter(task.reason for task in tasks).most_common()
    if not others:
        return reason
    more = "1 other reason" if len(others) == 1 else f"{len(others)} other reasons"
    return f"{reason} ({count} of {len(tasks)}; {more})"


Stamp = tuple[int, int, int]
"""By which a file is known to be as it was: when it was last written (ns), bytes, inode."""


def stamp_of(path: Path) -> Stamp | None:
    """None if nothing is there, or it can't be seen. Blocking."""
    try:
        found = os.stat(path)  # noqa: PTH116 - half the time of `path.stat`
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def write_whole(path: Path, body: bytes, still: Callable[[], bool] = lambda: True) -> bool:
    """Replace `path` by `body` in one step, if it is `still` to be; False if not. Blocking. Raises StoreError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(body)
            with contextlib.suppress(OSError):  # not everywhere is there such a thing as a mode
                os.chmod(name, 0o644)  # noqa: PTH101 - mkstemp makes it private; people read this file
            if not still():
                os.unlink(name)  # noqa: PTH108
                return False
            os.replace(name, path)  # noqa: PTH105
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(name)  # noqa: PTH108
            raise
    except OSError as error:
        raise StoreError(f"{path}: can't be written: {error.strerror}; check its folder and the disk") from error
    return True


def set_aside(path: Path, now: float) -> Path:
    """Move a broken file out of the way; returns its new name, which nothing has had. Blocking. Raises StoreError."""
    stamp = iso(now).replace(":", "").replace("-", "")
    aside = path.with_name(f"{path.name}.broken-{stamp}")
    for number in itertools.count(2):
        if not os.path.lexists(aside):
            break
        aside = path.with_name(f"{path.name}.broken-{stamp}-{number}")
    try:
        path.replace(aside)
    except OSError as error:
        raise StoreError(f"{aside}: {error.strerror}") from error
    return aside


@dataclass(frozen=True, slots=True)
class Loaded:
    """A file that somebody else wrote."""

    document: Mapping[str, Any]
    fingerprint: str


def load(path: Path, most_bytes: int, ours: Collection[str] = ()) -> Loaded | None:
    """The file at `path`; None if there is none, or its fingerprint is one of `ours`. Blocking.

    Raises BrokenGapFileError if nothing can come of it, StoreError if it can't be read.
    """
    try:
        if not path.is_file():
            if os.path.lexists(path):
                raise StoreError(f"{path}: is no file; move it away")
            return None
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size > most_bytes:  # what we have written ourselves may be larger, but need not be read
                if ours and hashlib.file_digest(file, "sha256").hexdigest() in ours:
                    return None
                raise BrokenGapFileError(
                    f"{path}:1: column 1: {size} bytes, at most {most_bytes} are read "
                    "(resource_limits.max_gap_file_bytes); ask for whole seasons instead of keys, or raise the bound"
                )
            body = file.read()  # not `read(most_bytes)`, which would take that much memory at once
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreError(f"{path}: can't be read: {error.strerror}") from error
    fingerprint = digest(body)
    return None if fingerprint in ours else Loaded(decode(body, str(path)), fingerprint)


def decode(body: bytes, name: str) -> Mapping[str, Any]:
    """The document. Raises BrokenGapFileError with line and column."""
    try:
        document = parse(body)
    except json.JSONDecodeError as error:
        raise BrokenGapFileError(f"{name}:{error.lineno}: column {error.colno}: not JSON: {error.msg}") from error
    except UnicodeDecodeError as error:
        before = body[: error.start]
        place = f"{before.count(10) + 1}: column {len(before) - before.rfind(10)}"
        raise BrokenGapFileError(f"{name}:{place}: not JSON: {error.reason} ({error.encoding})") from error
    except RecursionError as error:
        raise BrokenGapFileError(f"{name}:1: column 1: not JSON: nested too deeply") from error
    if not isinstance(document, dict) or not isinstance(document.get("tasks"), list):
        raise BrokenGapFileError(f'{name}:1: column 1: expected an object with a list "tasks"')
    if len(document["tasks"]) > MOST_ENTRIES:
        raise BrokenGapFileError(
            f"{name}:1: column 1: {len(document['tasks'])} entries, at most {MOST_ENTRIES} are taken at once; "
            "ask for whole seasons, or name many keys in one entry"
        )
    return document


class GapFileReader:
    """FairQueue entries into tasks, with the help of what the inventory declares."""

    def __init__(self, declared: Iterable[Declared]) -> None:
        self._declared = tuple(declared)

    def read(self, document: Mapping[str, Any], name: str, now: float) -> FileTasks:
        """All tasks of a document. What is wrong with one entry is a problem; the others are kept."""
        tasks: list[Task] = []
        whole: list[tuple[Declared, str | None, Priority]] = []
        refused = Refusals()
        for number, entry in enumerate(document["tasks"]):
            place = f"tasks[{number}]"
            if not isinstance(entry, dict):
                refused.add(f"{place}: got {shown(entry)}; expected an object")
                continue

            def complain(key: str, text: str, at: str = place) -> None:
                refused.add(f"{at}.{key}: {text}")

            try:
                self._read_entry(entry, now, tasks, whole, complain)
            except (InvalidKeyError, ValueError, TypeError) as error:
                refused.add(f"{place}: {error}")
        problems = tuple(Problem(name, None, "", line) for line in refused.lines)
        return FileTasks(tuple(tasks), tuple(dict.fromkeys(whole)), problems)

    def _read_entry(
        self,
        entry: Mapping[str, Any],
        now: float,
        tasks: list[Task],
        whole: list[tuple[Declared, str | None, Priority]],
        complain: Callable[[str, str], None],
    ) -> None:
        candidates = self._candidates(entry)
        if not candidates:
            named = {k: entry.get(k) for k in ("source", "data_type", "scraper") if entry.get(k)}
            raise ValueError(f"no data type of the inventory fits {shown(named)}; see `adce scrapers`")
        priority = _priority(entry.get("priority", "MEDIUM"))
        season = None if entry.get("season") is None else _text("season", entry["season"])
        names_keys = False
        for where, key, fields in self._keys_of(entry, season, complain):
            names_keys = True
            try:
                fit = _fit(key, fields, candidates)
            except ValueError as error:
                complain(where, str(error))
                continue
            if fit is None:
                asked = shown(key if key is not None else dict(fields))
                names = ", ".join(d.data_type.qualified for d in candidates[:MOST_NAMED])
                more = f" and {len(candidates) - MOST_NAMED} more" if len(candidates) > MOST_NAMED else ""
                complain(where, f"{asked} fits no pattern of {names}{more}")
                continue
            tasks.append(_task(entry, *fit, priority, now))
        if not names_keys and not any(k in entry for k in ("keys", "game_ids", "fields")):
            whole.extend((d, season or None, priority) for d in candidates)
            if entry.get("force"):
                complain(
                    "force",
                    "has an effect on 'keys', 'game_ids' and 'fields'; of this what is missing is fetched",
                )

    def _candidates(self, entry: Mapping[str, Any]) -> list[Declared]:
        """Data types that an entry can mean. The scraper of an old entry may have another name by now."""
        source = str(entry.get("source", "")).lower()
        wanted = _singular(str(entry.get("data_type", "")))
        scraper = entry.get("scraper")
        fits = [d for d in self._declared if not source or d.data_type.source == source]
        if wanted:
            fits = [d for d in fits if _singular(d.data_type.name) == wanted]
        elif scraper:
            fits = [d for d in fits if d.data_type.scraper == scraper]
        elif not source and not entry.get("keys"):  # a key says itself what it is of
            return []
        return fits

    def _keys_of(
        self, entry: Mapping[str, Any], season_text: str | None, complain: Callable[[str, str], None]
    ) -> Iterable[tuple[str, str | None, Mapping[str, str]]]:
        """(where it stands, key or None, fields) of each thing that the entry names."""
        season = {"season": season_text} if season_text else {}
        for key in _listed(entry, "keys", complain):
            try:
                yield "keys", validate_key(_text("key", key)), season
            except ValueError as error:
                complain("keys", str(error))
        for game_id in _listed(entry, "game_ids", complain):
            try:
                yield "game_ids", None, {**season, "game_id": _text("game_id", game_id)}
            except ValueError as error:
                complain("game_ids", str(error))
        fields = entry.get("fields")
        for each in [fields] if isinstance(fields, dict) else _listed(entry, "fields", complain):
            if not isinstance(each, dict):
                complain("fields", f"got {shown(each)}; expected fields with their values, such as game_id: 401705066")
                continue
            if "" in each:  # else a data type that needs none of them would be meant
                complain(
                    "fields", "a field without a name; expected fields with their values, such as game_id: 401705066"
                )
                continue
            try:
                yield "fields", None, {**season, **{_text("name", k): _text(k, v) for k, v in each.items()}}
            except ValueError as error:
                complain("fields", str(error))


def _listed(entry: Mapping[str, Any], name: str, complain: Callable[[str, str], None]) -> Sequence[object]:
    found = entry.get(name)
    if found is None or isinstance(found, list):
        return found or ()
    complain(name, f"got {shown(found)}; expected a list")
    return ()


def _text(name: str, value: object) -> str:
    """`value` as it can stand in a field. Numbers are what many write for ids. Raises ValueError."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or not value.isprintable():
        raise ValueError(f"{shown(name)[1:-1]}: got {shown(value)}; expected a text without control characters")
    return value


def _fit(
    key: str | None, fields: Mapping[str, str], candidates: Sequence[Declared]
) -> tuple[Declared, str, Mapping[str, str]] | None:
    for declared in candidates:
        pattern = declared.data_type.pattern
        if key is not None:
            parsed = pattern.parse(key)
            if parsed is not None:
                return declared, key, _with_season({**fields, **parsed}, declared)
            continue
        filled = _with_season(fields, declared)
        try:
            spelled = url_fields(filled)
        except ValueError:
            continue
        if all(name in spelled for name in pattern.fields):
            return declared, pattern.format(spelled), filled
    return None


def _with_season(fields: Mapping[str, str], declared: Declared) -> dict[str, str]:
    """A data type of a single season needs no season in its keys, but its URL may; so with each field of one value."""
    filled = {**declared.settled, **fields}
    with contextlib.suppress(ValueError):
        filled = original_fields(filled)
    if "season" not in filled and len(declared.seasons) == 1 and declared.by_season:
        filled["season"] = declared.seasons[0]
    return filled


def _task(
    entry: Mapping[str, Any], declared: Declared, key: str, fields: Mapping[str, str], priority: Priority, now: float
) -> Task:
    data_type = declared.data_type
    return Task(
        key=key,
        source=data_type.source,
        scraper=data_type.scraper,
        data_type=data_type.name,
        season=fields.get("season"),
        fields=dict(fields),
        kind=_kind(entry.get("kind")),
        priority=priority,
        detected_at=now,
        due=0.0,
        reason=_reason_of(entry),
        tier=data_type.tier,
        freshness_seconds=data_type.freshness_seconds,
        fingerprint=data_type.fingerprint,
        origin=Origin.FILE,
        force=bool(entry.get("force")),
    )


def _reason_of(entry: Mapping[str, Any]) -> str:
    given = entry.get("reason") or f"asked for by gaps.json entry {entry.get('id', '')}".rstrip()
    return "".join(char if char.isprintable() else " " for char in str(given)[:MAX_REASON])


def _priority(value: object) -> Priority:
    try:
        return Priority[str(value).upper()]
    except KeyError:
        expected = ", ".join(p.name for p in Priority)
        raise ValueError(f"priority: got {shown(value)}; expected one of {expected}, in any case") from None


def _kind(value: object) -> GapKind:
    try:
        return GapKind(str(value).lower())
    except ValueError:
        return GapKind.MISSING


def _singular(name: str) -> str:
    """`box_scores` of the old system is `box_score` of ours."""
    return name.lower().removesuffix("s")
