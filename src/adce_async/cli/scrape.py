"""scrape: one key by hand."""

from __future__ import annotations

import contextlib
import itertools
import tempfile
from collections.abc import Mapping
from pathlib import Path

import click

from adce_async.app import JOURNAL, STATE, make_http, open_limiters, open_state, open_store
from adce_async.cli.common import Loaded, load_all, run_async
from adce_async.cli.main import FAILURE, Globals
from adce_async.cli.progress import note
from adce_async.cli.render import duration
from adce_async.clock import SystemClock
from adce_async.config.reading.load import shipped_inventory
from adce_async.config.reading.suggestions import did_you_mean
from adce_async.engine.collecting.context import provenance_of
from adce_async.engine.fetching.client import HttpClient
from adce_async.engine.fetching.limiter import Permit, RateLimiter
from adce_async.engine.fetching.urls import shown
from adce_async.errors import BlockedError, FixMeError, InvalidKeyError, RefusedError, ScrapeError
from adce_async.model.coverage import GapKind, Priority
from adce_async.model.dimensions import Declared, DerivedDimension, ListDimension
from adce_async.model.keys import validate_field
from adce_async.model.seasons import FOLLOWING, given_by, original_fields, url_fields
from adce_async.model.task import Task
from adce_async.ports import ObjectStore
from adce_async.scraping.base import Page, Scraper, Want
from adce_async.scraping.declarative import DeclarativeScraper

SAY_WAITING_AFTER = 1.0
"""A wait for a limit longer than this is told, in seconds."""


def scrape(given: Globals, scraper: str, fields: tuple[str, ...], save: bool) -> int:
    """Fetch with SCRAPER for the given fields, within the limits, and show what `check` says."""
    loaded = load_all(given, quiet=True)  # it tells itself what happens
    if scraper not in loaded.catalog.scrapers:
        raise FixMeError(_why_not(loaded, scraper))
    if reason := loaded.catalog.entries[scraper].retired:
        raise FixMeError(f"scraper {scraper} is retired: {reason}")
    values = dict(_pair(text) for text in fields)
    _refuse_unknown_fields(loaded, loaded.catalog.scrapers[scraper], values)
    return run_async(_scrape(loaded, loaded.catalog.scrapers[scraper], values, save=save))


def _why_not(loaded: Loaded, scraper: str) -> str:
    """Why there is no such scraper: switched off, or unknown."""
    entry = loaded.catalog.entries.get(scraper)
    if entry is None:
        listed = did_you_mean(scraper, loaded.catalog.scrapers)
        return f"there is no scraper {scraper!r}{listed or '; `adce scrapers` lists them'}"
    of_source = entry.source not in loaded.catalog.sources
    what, name = ("source", entry.source) if of_source else ("scraper", scraper)
    key = f"scraper_config.{what}s.{name}.enabled"
    return str(loaded.settings.problem(key, f"{what} {name} is switched off; expected true to use {scraper}"))


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name or not value:
        raise FixMeError(f"{text!r}: expected FIELD=VALUE, for example game_id=401705066")
    try:
        return name, validate_field(name, value)
    except InvalidKeyError as error:
        raise FixMeError(str(error)) from error


def _refuse_unknown_fields(loaded: Loaded, scraper: Scraper, fields: Mapping[str, str]) -> None:
    """Raises FixMeError for what has no effect: nobody gives a value that is meant to be ignored."""
    own = {name for _, names in loaded.catalog.entries[scraper.name].templates() for name in names}
    for inventory in (loaded.settings.inventory, shipped_inventory()):
        for source in inventory.expected_coverage.values():
            for each in source.data_types.values():
                if each.scraper == scraper.name and each.path_pattern:
                    own |= {*each.pattern.fields, *each.dimensions, *(["season"] if each.by_season else [])}
    known = {given_by(name) for name in own} or {"season", "date"}
    if not isinstance(scraper, DeclarativeScraper):
        known |= {"season", "date"}  # the body is held against them, whether or not they are asked for
    spelled = known | own | {name for origin in known for name in FOLLOWING.get(origin, ())}
    for name in fields:
        if name not in spelled and not _asks(scraper, fields, name):
            raise FixMeError(f"{name}: scraper {scraper.name} takes no such field; it takes {', '.join(sorted(known))}")


def _asks(scraper: Scraper, fields: Mapping[str, str], name: str) -> bool:
    """True if a class makes something of a field that no pattern names."""
    without = {key: value for key, value in fields.items() if key != name}
    try:
        return (scraper.url_for(fields), scraper.params_for(fields)) != (
            scraper.url_for(without),
            scraper.params_for(without),
        )
    except (KeyError, ValueError):
        return not isinstance(scraper, DeclarativeScraper)


class _TellingLimiter(RateLimiter):
    """Tells which limit a request waits for, so that nobody thinks that it hangs."""

    async def reserve(self) -> Permit:
        if (wait := self.delay()) > SAY_WAITING_AFTER:
            note(f"{self.source}: waiting {duration(wait)} for the {self.why()}")
        return await super().reserve()


class _ManualContext:
    """`ScrapeContext` that tells what happens and stores only if asked to."""

    def __init__(
        self,
        http: HttpClient,
        store: ObjectStore | None,
        scraper: Scraper,
        wants: list[Want],
        folder: str,
        least: Mapping[str, int],
    ) -> None:
        """`store`: None if nothing is to be stored; `folder`: for streamed bodies; `least`: bytes by data type."""
        self._least = least
        self._http = http
        self._store = store
        self._scraper = scraper
        self._wants = wants
        self.refused: list[ScrapeError] = []
        self._folder = folder
        self._number = itertools.count()

    async def fetch(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        stream: bool = False,
    ) -> Page:
        into = Path(self._folder) / str(next(self._number)) if stream else None
        page = await self._http.fetch(self._scraper.source, url, params=params, headers=headers, into=into)
        click.echo(f"{page.status} {shown(page.url)}: {page.size} bytes, {page.content_type or 'no content type'}")
        return page

    async def save(self, page: Page, key: str | None = None) -> None:
        for want in self._wants:
            if key is not None and want.key != key:
                continue
            try:
                least = self._least.get(want.data_type, 0)
                if page.size < least:
                    raise RefusedError(f"{page.size} bytes, at least {least} expected (min_bytes)")
                self._scraper.check(page, want)
            except ScrapeError as error:
                self.refused.append(error)
                click.echo(f"{want.key}: refused ({type(error).__name__}): {error.reason}")
                continue
            found = self._scraper.discover(page, want)
            names = "" if found is None else f", names {len(found.items)} items ({_states(found.items)})"
            click.echo(f"{want.key}: accepted{names}{await self._keep(page, want)}")

    async def _keep(self, page: Page, want: Want) -> str:
        if self._store is None:
            return "; not stored (--save stores it)"
        provenance = provenance_of(page, self._scraper)
        if page.file is None:
            is_new = await self._store.put(want.key, page.body, provenance)
        else:
            is_new = await self._store.put_file(want.key, page.file, provenance)
        await self._store.flush()
        return "; stored" if is_new else "; unchanged"


def _states(items: object) -> str:
    counts: dict[str, int] = {}
    for item in items:  # type: ignore[attr-defined]
        counts[item.state.value] = counts.get(item.state.value, 0) + 1
    return ", ".join(f"{count} {state}" for state, count in sorted(counts.items())) or "none"


async def _scrape(loaded: Loaded, scraper: Scraper, fields: dict[str, str], *, save: bool) -> int:
    clock = SystemClock()
    fields = _all_fields(fields)
    _require_url_fields(scraper, fields)
    wants = _wants(loaded, scraper, fields, save=save)
    task = Task(
        wants[0].key, scraper.source, scraper.name, wants[0].data_type, fields.get("season"), fields,
        GapKind.MISSING, Priority.CRITICAL, clock.now(), 0.0,
    )  # fmt: skip
    least = {d.data_type.name: d.data_type.min_bytes for d in loaded.catalog.data_types_of(scraper.name)}
    async with contextlib.AsyncExitStack() as stack:
        # the lock of the service, whose limits these requests count in
        state = await stack.enter_async_context(
            open_state(loaded.settings, clock, exclusive=True, advice=_instead(loaded, wants))
        )
        store = await stack.enter_async_context(open_store(loaded.settings, clock, exclusive=True)) if save else None
        limiters = await stack.enter_async_context(
            open_limiters(loaded.settings, loaded.catalog, clock, state, _TellingLimiter)
        )
        for name, said in ((STATE, state.writer.recovered), (JOURNAL, limiters.recovered)):
            if said:
                note(f"warning: {name}: {said}")
        http = await stack.enter_async_context(
            make_http(loaded.settings, loaded.catalog, limiters.by_source, clock, state.texts)
        )
        http.tell_trouble(lambda name, text: note(f"{name}: {text}") if text else None)
        stack.push_async_callback(limiters.keeper.keep)
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="adce-scrape-"))
        context = _ManualContext(http, store, scraper, wants, folder, least)
        try:
            await scraper.scrape(task, context)
        except ScrapeError as error:
            click.echo(f"{type(error).__name__}: {error.reason}")
            context.refused.append(error)
        for refusal in context.refused:
            # what only the body says the client can't know of
            if isinstance(refusal, BlockedError) and refusal.status not in (403, 429):
                limiters.by_source[scraper.source].throttled(refusal.retry_after, refusal.reason)
    return FAILURE if context.refused else 0


def _instead(loaded: Loaded, wants: list[Want]) -> str:
    """What to do while another instance is at work."""
    declared = {each.data_type.name for each in loaded.catalog.declared}
    keys = [want.key for want in wants if want.data_type in declared and "{" not in want.key]
    file = loaded.settings.paths.gaps_file
    return f'put {", ".join(keys)} into {file} with "force": true, or stop it' if keys else "stop it first"


def _wants(loaded: Loaded, scraper: Scraper, fields: Mapping[str, str], *, save: bool) -> list[Want]:
    """What the body is checked for: each data type of the scraper. Only storing needs all fields of the key."""
    wants = []
    spelled = url_fields(dict(fields))
    for declared in loaded.catalog.data_types_of(scraper.name):
        if not _fits(declared, fields):
            continue
        pattern = declared.data_type.pattern
        lacking = [f"{name}=..." for name in pattern.fields if name not in spelled]
        if lacking and save:
            raise FixMeError(f"to store it under {pattern.text}, {', '.join(lacking)} is needed too")
        key = pattern.text if lacking else pattern.format(spelled)
        wants.append(Want(key, declared.data_type.name, fields))
    if save:
        _one_of_a_kind(loaded, scraper, wants)
    if not wants and save:
        raise FixMeError(f"no data type of the inventory uses {scraper.name}, so there is no key to store it under")
    return wants or [Want(scraper.name, scraper.name, fields)]


def _fits(declared: Declared, fields: Mapping[str, str]) -> bool:
    """False if the data type is of other values: team rows are no player rows, whoever fetches them."""
    lists = (each for each in declared.dimensions if isinstance(each, ListDimension))
    return all(each.field not in fields or fields[each.field] in each.values for each in lists if each.field != "date")


def _one_of_a_kind(loaded: Loaded, scraper: Scraper, wants: list[Want]) -> None:
    """Raises FixMeError if the same values mean different things to the data types (home team, away team)."""
    names = {want.data_type for want in wants}
    origins: dict[str, set[str]] = {}
    for declared in loaded.catalog.data_types_of(scraper.name):
        if declared.data_type.name in names:
            for each in declared.dimensions:
                if isinstance(each, DerivedDimension):
                    origins.setdefault(each.field, set()).add(each.item_field)
    for field, of in origins.items():
        if len(of) > 1:
            types = ", ".join(sorted(names))
            raise FixMeError(
                f"{field} means {' or '.join(sorted(of))} to {types}: which one can't be told; nothing saved"
            )


def _all_fields(fields: dict[str, str]) -> dict[str, str]:
    """What was given in the source's own spelling (`season_end=2025`), too."""
    try:
        return original_fields(fields)
    except ValueError as error:
        raise FixMeError(f"{' '.join(f'{name}={value}' for name, value in fields.items())}: {error}") from error


def _require_url_fields(scraper: Scraper, fields: Mapping[str, str]) -> None:
    try:
        scraper.url_for(fields)
        scraper.params_for(fields)
    except KeyError as missing:
        raise FixMeError(f"scraper {scraper.name} asks {scraper.url}: it also needs {missing.args[0]}=...") from missing
    except ValueError as error:
        raise FixMeError(f"{error}") from error
