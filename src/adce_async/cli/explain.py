"""explain: why is this key a gap, what was tried, what happens next. Asks the service, or the database without one."""

from __future__ import annotations

import contextlib
import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click

from adce_async.cli import render
from adce_async.cli.common import Loaded, load_readable, run_async
from adce_async.cli.coverage import survey_of
from adce_async.cli.live import Live, look
from adce_async.cli.options import FAILURE, FIX_ME, Globals
from adce_async.cli.service_client import ask
from adce_async.cli.tasks import waiting_row
from adce_async.clock import SystemClock
from adce_async.config.settings import Settings
from adce_async.errors import AdceError
from adce_async.model.coverage import Gap, StoredObject
from adce_async.model.days import iso
from adce_async.model.dimensions import Declared
from adce_async.model.task import AttemptRecord, Parked, Task
from adce_async.planning.forecast import Planned
from adce_async.planning.key_lookup import data_type_of_key
from adce_async.resources import State, open_state, open_store

WIDTH, LABEL = 80, 10
MOST_ATTEMPTS = 10


@dataclass(slots=True)
class Story:
    """What is known of one key."""

    key: str
    declared: Declared | None
    fields: Mapping[str, str]
    stored: StoredObject | None = None
    refused: str = ""
    """Why `verify` found it invalid."""
    provenance: Mapping[str, object] | None = None
    task: Task | None = None
    parked: Parked | None = None
    attempts: Sequence[AttemptRecord] = ()
    gap: Gap | None = None
    """As of now; looked for only where nothing else tells."""
    planned: Planned | None = None
    row: Mapping[str, Any] = field(default_factory=dict)
    """Its row of `adce tasks`."""
    running: bool = False


def explain(given: Globals, key: str, as_json: bool) -> int:
    """Exit 1 if nothing is known of the key."""
    loaded = load_readable(given)
    if _lake_unknown(loaded.settings):
        click.echo("adce: where the lake is can't be read, so nothing can be said of what it holds", err=True)
        return FIX_ME
    live = look(loaded)
    try:
        story = run_async(_gather(loaded, key))
    except AdceError as error:
        click.echo(f"adce: {error}", err=True)
        return FAILURE
    _look_at_plan(loaded, live, story)
    if as_json:
        render.show_json(_document(story, live))
    else:
        for label, text in _screen(story, live):
            click.echo(
                textwrap.fill(
                    text, WIDTH, initial_indent=label.ljust(LABEL), subsequent_indent=" " * LABEL,
                    break_long_words=False, break_on_hyphens=False,
                )
            )  # fmt: skip
    return FAILURE if story.declared is None and not (story.stored or story.task or story.parked) else 0


def _lake_unknown(settings: Settings) -> bool:
    """True if what could not be read may say where the lake is."""
    named_there = (Path(problem.file).stem == "reconciliation_config" for problem in settings.left_out)
    return not settings.paths.lake or any(named_there)


async def _gather(loaded: Loaded, key: str) -> Story:
    clock = SystemClock()
    found = data_type_of_key(loaded.catalog.declared, key)
    story = Story(key, *(found or (None, {})))
    async with contextlib.AsyncExitStack() as stack:
        state = await stack.enter_async_context(open_state(loaded.resources, clock, exclusive=False))
        story.task = next((task for task in await state.queue.tasks() if task.key == key), None)
        story.parked = next((each for each in await state.queue.parked() if each.key == key), None)
        story.attempts = await state.history.recent(MOST_ATTEMPTS, key=key)
        async with open_store(loaded.resources, clock, exclusive=False) as store:
            story.stored = await store.head(key)
            story.provenance = await store.provenance(key) if story.stored else None
        await _judge(loaded, state, story)
        if story.task is None and story.declared is not None:  # what the last pass said may be old, or there was none
            survey = await survey_of(loaded, stack, state, most_gaps=sys.maxsize)  # it may be any of them
            of = story.declared.data_type.qualified
            gaps = [gap for each in survey.findings if each.data_type.qualified == of for gap in each.gaps]
            story.gap = next((gap for gap in gaps if gap.expectation.key == key), None)
    return story


async def _judge(loaded: Loaded, state: State, story: Story) -> None:
    """What `verify` has said of the object as it is now counts as for the coverage."""
    if story.stored is None or story.declared is None:
        return
    tag = loaded.catalog.scrapers[story.declared.data_type.scraper].cache_tag(story.stored.etag)
    if (await state.verifications.accepted(story.key)).get(story.key) == tag:
        story.stored = replace(story.stored, verified=True)
    refused = (await state.verifications.refused(story.key)).get(story.key)
    story.refused = refused[1] if refused is not None and refused[0] == tag else ""


def _look_at_plan(loaded: Loaded, live: Live, story: Story) -> None:
    story.running = any(story.key in each.get("keys", ()) for each in (live.status or {}).get("running") or ())
    planned = live.forecast.planned if live.forecast is not None else ()
    story.planned = next((each for each in planned if each.task.key == story.key), None)
    if story.planned is None and story.task is not None and live.status is not None:
        found = (ask(loaded.settings, f"/tasks?limit=1&key={quote(story.key, safe='')}") or {}).get("tasks")
        story.row = found[0] if found else {}
    if story.planned is not None:
        limits = (ask(loaded.settings, "/rate-limits") or {}) if live.status is not None else {}
        story.row = waiting_row(story.planned, live, limits)


def _why(story: Story) -> str:
    if story.parked is not None:
        return f"{story.parked.kind.value}, and parked since {iso(story.parked.parked_at)}: {story.parked.reason}"
    if story.task is not None:
        return f"{story.task.kind.value}: {story.task.reason or 'not in the lake'}"
    if story.gap is not None:
        return f"{story.gap.kind.value}: {story.gap.reason}"
    if story.stored is not None:
        return "it is none: what is stored is what is expected" if story.declared else "it is none: nothing expects it"
    return "it is none: nothing expects it (yet)"


def _next(story: Story, live: Live) -> str:
    if story.running:
        return "it is being fetched now"
    if story.parked is not None:
        return f"nothing, until its expectation changes or a person says so: adce parked retry {story.key}"
    if story.task is not None:
        return _turn(story, live)
    if story.gap is not None:
        when = "once the service runs: `adce start`" if not live.runs else "with the next look at the lake"
        late = f", not before {iso(story.gap.ask_from)}" if story.gap.ask_from else ""
        return f"it is planned {when}{late}"
    if story.stored is None and story.declared is not None:
        return "nothing: what it derives from (a schedule) does not name it, or is not stored yet"
    return "nothing: there is nothing to do"


def _turn(story: Story, live: Live) -> str:
    if story.planned is None:
        waits = story.row.get("waits_for") or "its turn"
        return (
            f"it waits for: {waits if live.runs else 'nothing runs'}; too many tasks wait to tell when, see `adce plan`"
        )
    seconds = story.planned.eta
    when = "never, as things are" if seconds == float("inf") else f"in {render.duration(seconds)} at the earliest"
    return f"fetched {when}; it waits for: {story.row.get('waits_for')}"


def _screen(story: Story, live: Live) -> Iterator[tuple[str, str]]:
    yield "key", story.key
    if story.declared is not None:
        kind = story.declared.data_type
        season = story.fields.get("season", "")
        yield "is", f"{kind.source} {kind.name} {season}".rstrip() + f", fetched by {kind.scraper}"
    else:
        yield "is", "of no data type in the inventory (`adce coverage` lists them)"
    yield "stored", _stored(story)
    yield "gap", _why(story)
    if story.task is not None:
        yield "seen", f"first at {iso(story.task.detected_at)}; {story.task.priority.name}"
    if story.planned is not None:
        made = ", ".join(f"{name} {value:g}" for name, value in story.planned.factors.as_dict().items())
        yield "score", f"{story.planned.score:.1f} ({made})"
    if not story.attempts:
        yield "tried", "never, as far as is remembered"
    for number, each in enumerate(story.attempts):
        why = f": {each.reason}" if each.reason else ""
        yield "tried" if not number else "", f"{iso(each.at)} {each.verdict}{why} ({each.seconds:.1f} s)"
    yield "next", _next(story, live)


def _stored(story: Story) -> str:
    if story.stored is None:
        return "no"
    verified = "verified" if story.stored.verified else "not verified"
    verified = f"invalid: {story.refused}" if story.refused else verified
    origin = (story.provenance or {}).get("url")
    return f"{story.stored.size:,} bytes of {iso(story.stored.modified)}, {verified}" + (
        f", from {origin}" if origin else ""
    )


def _document(story: Story, live: Live) -> dict[str, Any]:
    kind = story.declared.data_type if story.declared else None
    stored = story.stored
    return {
        "key": story.key,
        "source": kind.source if kind else None,
        "data_type": kind.name if kind else None,
        "season": story.fields.get("season"),
        "scraper": kind.scraper if kind else None,
        "stored": stored and {"size": stored.size, "modified": iso(stored.modified), "verified": stored.verified},
        "gap": bool(story.task or story.parked or story.gap),
        "why": _why(story),
        "parked": story.parked is not None,
        "running": story.running,
        "priority": story.task.priority.name if story.task else None,
        "detected_at": iso(story.task.detected_at) if story.task else None,
        "score": story.planned.score if story.planned else None,
        "factors": story.planned.factors.as_dict() if story.planned else None,
        "eta": story.row.get("eta"),
        "waits_for": story.row.get("waits_for"),
        "attempts": [
            {"at": iso(each.at), "verdict": each.verdict, "reason": each.reason, "seconds": round(each.seconds, 3)}
            for each in story.attempts
        ],
        "next": _next(story, live),
    }
