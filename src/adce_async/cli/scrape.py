"""scrape: one key by hand."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence

import click

from adce_async.app import Parts, Ports, assemble
from adce_async.cli.common import Loaded, load_all, run_async
from adce_async.cli.options import FAILURE, Globals
from adce_async.cli.progress import note
from adce_async.cli.render import duration
from adce_async.clock import SystemClock
from adce_async.cluster_resources import require_alone
from adce_async.config.reading.load import shipped_inventory
from adce_async.config.reading.suggestions import did_you_mean
from adce_async.engine.collecting.context import CheckOnly, Context
from adce_async.engine.collecting.handle import AttemptHandle
from adce_async.engine.fetching.asker import Wait
from adce_async.engine.fetching.client import HttpClient
from adce_async.engine.fetching.limiter import RateLimiter
from adce_async.engine.fetching.urls import shown
from adce_async.errors import BlockedError, FixMeError, InvalidKeyError, ScrapeError
from adce_async.model.coverage import GapKind, Priority
from adce_async.model.dimensions import Declared, DerivedDimension, ListDimension
from adce_async.model.keys import validate_field
from adce_async.model.seasons import FOLLOWING, given_by, original_fields, url_fields
from adce_async.model.task import Task
from adce_async.ports import Clock
from adce_async.resources import damaged, open_journal, open_state, open_store
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


class _Hand(AttemptHandle):
    """Tells which limit a request waits for, so that nobody thinks that it hangs."""

    def __init__(self, tasks: Sequence[Task], limiter: RateLimiter) -> None:
        super().__init__(tasks)
        self._limiter = limiter

    @contextlib.asynccontextmanager
    async def stepped_out(self, wait: Wait) -> AsyncIterator[None]:
        if (seconds := self._limiter.delay()) > SAY_WAITING_AFTER:
            note(f"{self._limiter.source}: waiting {duration(seconds)} for the {self._limiter.why()}")
        async with super().stepped_out(wait):
            yield


class _Shown:
    """What comes of each request is told as it comes."""

    async def fetch(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        stream: bool = False,
    ) -> Page:
        page: Page = await super().fetch(url, params=params, headers=headers, stream=stream)  # type: ignore[misc]
        click.echo(f"{page.status} {shown(page.url)}: {page.size} bytes, {page.content_type or 'no content type'}")
        return page


class _Saving(_Shown, Context):
    """The engine's own."""


class _Checking(_Shown, CheckOnly):
    """The engine's own, which stores nothing."""


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
    tasks = [
        Task(
            want.key, scraper.source, scraper.name, want.data_type, fields.get("season"), want.fields,
            GapKind.MISSING, Priority.CRITICAL, clock.now(), 0.0,
        )
        for want in wants
    ]  # fmt: skip
    async with contextlib.AsyncExitStack() as stack:
        parts = await stack.enter_async_context(_parts(loaded, wants, clock, save=save))
        handle = _Hand(tasks, parts.limiters[scraper.source])
        context = (_Saving if save else _Checking)(parts.services, handle, scraper)
        stack.push_async_callback(context.clear_up)
        failure: ScrapeError | None = None
        try:
            await scraper.scrape(tasks[0], context)
        except ScrapeError as error:
            failure = error
        await parts.ports.store.flush() if save else None
        _tell_outcome(context, tasks, failure, save=save)
        for refusal in (*context.refused.values(), failure):
            # what only the body says the client can't know of
            if isinstance(refusal, BlockedError) and not refusal.by_status:
                parts.limiters[scraper.source].throttled(refusal.retry_after, refusal.reason)
                break
    return FAILURE if context.refused or failure else 0


def _tell_outcome(context: Context, tasks: Sequence[Task], failure: ScrapeError | None, *, save: bool) -> None:
    for task in tasks:
        if (refused := context.refused.get(task.key)) is not None:
            click.echo(f"{task.key}: refused ({type(refused).__name__}): {refused.reason}")
        elif (verdict := context.saved.get(task.key)) is not None:
            found, invalid = context.found.get(task.key), context.invalid.get(task.key)
            names = "" if found is None else f", names {len(found.items)} items ({_states(found.items)})"
            but = f", but invalid: {invalid}" if invalid else ""
            kept = verdict.value if save else "not stored (--save stores it)"
            click.echo(f"{task.key}: accepted{names}{but}; {kept}")
    if failure is not None and not any(failure is refused for refused in context.refused.values()):
        click.echo(f"{type(failure).__name__}: {failure.reason}")


@contextlib.asynccontextmanager
async def _parts(loaded: Loaded, wants: list[Want], clock: Clock, *, save: bool) -> AsyncIterator[Parts]:
    """The parts of the service, with its lock, whose limits these requests count in."""
    rules, resources, catalog = loaded.rules, loaded.resources, loaded.catalog
    require_alone(resources)
    async with contextlib.AsyncExitStack() as stack:
        state = await stack.enter_async_context(
            open_state(resources, clock, exclusive=True, advice=_instead(loaded, wants))
        )
        store = await stack.enter_async_context(open_store(resources, clock, exclusive=save))
        journal = await stack.enter_async_context(open_journal(resources, rules, clock, state))
        for name, said in damaged(store, state, journal):
            note(f"warning: {name}: {said}")
        ports = Ports(
            clock, store, state.queue, state.discoveries, state.verifications, state.texts, state.history,
            journal.grants, alerts=[_Notes()],
        )  # fmt: skip
        parts = assemble(rules, catalog, ports)
        await parts.restore()
        await stack.enter_async_context(parts.telling())
        if isinstance(parts.fetcher, HttpClient):
            await stack.enter_async_context(parts.fetcher)
        for memory in parts.memories:
            stack.push_async_callback(memory.keep)
        yield parts


class _Notes:
    """`ports.Alerts` on stderr."""

    async def raised(self, name: str, message: str) -> None:
        note(f"{name}: {message}")

    async def recovered(self, name: str, message: str) -> None:
        """Nobody who asks by hand has heard of it."""


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
        if others := loaded.catalog.data_types_of(scraper.name):
            raise FixMeError(f"nothing that the inventory declares is there: {'; '.join(_strange(others, fields))}")
        raise FixMeError(f"no data type of the inventory uses {scraper.name}, so there is no key to store it under")
    return wants or [Want(scraper.name, scraper.name, fields)]


def _fits(declared: Declared, fields: Mapping[str, str]) -> bool:
    """False if the data type is of other values: team rows are no player rows, whoever fetches them."""
    lists = (each for each in declared.dimensions if isinstance(each, ListDimension))
    return all(each.field not in fields or fields[each.field] in each.values for each in lists if each.field != "date")


def _strange(declared: Sequence[Declared], fields: Mapping[str, str]) -> Iterator[str]:
    """Which values are none of those that each data type has."""
    for each in declared:
        for of in each.dimensions:
            if isinstance(of, ListDimension) and of.field in fields and fields[of.field] not in of.values:
                first, last = of.values[0], of.values[-1]
                span = first if len(of.values) == 1 else f"one of {len(of.values)}, {first} to {last}"
                yield f"{each.data_type.qualified} has no {of.field} {fields[of.field]!r}; expected {span}"


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
