"""guardrails: published triggers that are met, safe mode, and the way into it and back. Works beside a service."""

from __future__ import annotations

import getpass
import os
from typing import Any

import click
import orjson

from adce_async.cli import render
from adce_async.cli.common import Loaded, load_readable, run_async
from adce_async.cli.options import Globals
from adce_async.cli.progress import note
from adce_async.clock import SystemClock
from adce_async.engine.guardrails import ASKED, STATE
from adce_async.model.days import iso
from adce_async.resources import open_state

MOST_NOTES = 20


def guardrails(given: Globals, restore: bool, safe: bool, as_json: bool) -> int:
    """Show them; `restore`, `safe`: ask the service, which heeds it within a few seconds."""
    if restore and safe:
        raise click.UsageError("--restore and --safe exclude each other")
    loaded = load_readable(given)
    if restore or safe:
        asked = "safe" if safe else "restore"
        run_async(_ask(loaded, asked))
        if as_json:
            render.show_json({"asked": asked})
        note("asked: the running service heeds it within a quarter of a minute, one that starts later once it runs")
        return 0
    found = run_async(_read(loaded))
    if as_json:
        render.show_json(found)
        return 0
    mode = found["safe_mode"]
    click.echo(f"safe mode: {'on since ' + mode['since'] + ', ' + mode['why'] if mode['on'] else 'off'}")
    for name, text in found["triggers"].items():
        click.echo(f"met: {name}: {text}")
    if not found["triggers"]:
        click.echo("no trigger is met")
    for entry in found["history"]:
        click.echo(f"{entry['at']}  {entry['what']}")
    return 0


async def _ask(loaded: Loaded, what: str) -> None:
    async with open_state(loaded.resources, SystemClock(), exclusive=False, keep=True) as state:
        await state.texts.set_text(ASKED, f"{what} {_who()}")


async def _read(loaded: Loaded) -> dict[str, Any]:
    async with open_state(loaded.resources, SystemClock(), exclusive=False) as state:
        text = await state.texts.get_text(STATE)
        notes = await state.history.notes(MOST_NOTES, kind="guardrail")
    try:
        known = orjson.loads(text) if text else {}
        mode, met = dict(known.get("safe_mode", {})), dict(known.get("told", {}))
        since = mode.get("since")
        shown = {
            "on": since is not None,
            "since": None if since is None else iso(float(since)),
            "why": mode.get("why", ""),
        }
    except (ValueError, TypeError, AttributeError):  # the service says so, and begins anew
        met, shown = {}, {"on": False, "since": None, "why": ""}
    history = [{"at": iso(entry.at), "what": entry.text} for entry in notes]
    return {"safe_mode": shown, "triggers": met, "history": history}


def _who() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user has no name
        return f"user {os.getuid()}"
