"""What somebody with the token may do to the running service. Each is noted in the history, and outlives a restart."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

import orjson
import structlog

from adce_async.app import Parts
from adce_async.config.files.telemetry import COMPONENTS
from adce_async.ports import Note
from adce_async.web.verbs import UnknownError

log = structlog.get_logger("adce.actions")

OPERATOR = "operator"
"""Who holds what a person has paused."""
_PAUSED = "paused by an operator"
"""Name of the text that keeps what is paused: JSON, source ('' for all) -> reason."""


class Actions:
    """`web.verbs.Actions` of running parts."""

    def __init__(
        self,
        parts: Parts,
        ask_pass: Callable[[], object],
        reload: Callable[[str], Awaitable[Mapping[str, object]]],
        set_level: Callable[[str, str], object] = lambda _level, _component: None,
        ask_safe: Callable[[bool, str], object] | None = None,
    ) -> None:
        """`ask_pass()`: a pass, please; `reload(why)`: what came of it; `set_level(name, component)`: of the log, '' of
        all of it; `ask_safe(safe, by)`: into safe mode, or out of it; None: where there is none.
        """
        self._parts = parts
        self._ask_pass = ask_pass
        self._reload = reload
        self._set_level = set_level
        self._ask_safe = ask_safe
        self._paused: dict[str, str] = {}

    async def restore(self) -> None:
        """What was paused before a restart still is. Raises QueueError."""
        for source, why in (await self._known_paused()).items():
            self._hold(source, why)
            log.warning("still paused", source=source or "all", why=why, next="POST /resume lets it go on")

    async def follow(self) -> None:
        """What was paused, or resumed, at another machine of the cluster holds here as well. Raises QueueError."""
        known = await self._known_paused()
        for source in {*known, *self._paused}:
            if (why := known.get(source, "")) != self._paused.get(source, ""):
                self._hold(source, why)
                log.info("paused elsewhere" if why else "resumed elsewhere", source=source or "all", why=why or None)

    async def _known_paused(self) -> dict[str, str]:
        text = await self._parts.ports.texts.get_text(_PAUSED)
        try:
            known = orjson.loads(text) if text else {}
        except ValueError:
            known = {}
        found = known.items() if isinstance(known, dict) else ()
        return {
            source: why for source, why in found
            if isinstance(why, str) and why and (not source or source in self._parts.lanes)
        }  # fmt: skip

    async def reconcile(self, by: str) -> Mapping[str, object]:
        """A pass as soon as may be."""
        self._ask_pass()
        await self._note(f"reconcile asked by {by}")
        return {"asked": True}

    async def pause(self, source: str | None, by: str) -> Mapping[str, object]:
        """Nothing new of `source` (None: of all) starts. Raises UnknownError."""
        name = self._known(source)
        await self.follow()  # another machine's word is not to be undone by what we know
        self._hold(name, f"paused by an operator ({by})")
        await self._keep()
        await self._note(f"{name or 'all'} paused by {by}")
        return self._paused_document()

    async def resume(self, source: str | None, by: str) -> Mapping[str, object]:
        """`source` goes on (None: all sources do). Raises UnknownError."""
        name = self._known(source)
        await self.follow()
        for each in [name] if name else list(self._paused):
            self._hold(each, "")
        await self._keep()
        await self._note(f"{name or 'all'} resumed by {by}")
        return self._paused_document()

    async def retry_parked(
        self, keys: Sequence[str], source: str | None, reason: str | None, by: str
    ) -> Mapping[str, object]:
        """Bring back `keys`, or all parked ones of `source` whose reason has `reason` in it. Raises UnknownError."""
        name = self._known(source)
        queue = self._parts.ports.queue
        wanted = keys or [
            each.key
            for each in await queue.parked()
            if (not name or each.source == name) and (reason or "") in each.reason
        ]
        back = await queue.unpark(wanted)
        self._ask_pass()
        there = set(back)
        missed = [key for key in keys if key not in there]
        unknown = f"; {len(missed)} were not parked" if missed else ""
        await self._note(f"{len(back)} parked keys retried by {by}{unknown}")
        return {"retried": len(back), "keys": list(back)[:100], "not_parked": missed[:100]}

    async def lift(self, source: str, by: str) -> Mapping[str, object]:
        """End the cool-down of `source`. Raises UnknownError."""
        name = self._known(source)
        self._parts.limiters[name].lift()
        await self._note(f"cool-down of {name} lifted by {by}")
        return {"source": name, "cooling_until": None}

    async def reload(self, by: str) -> Mapping[str, object]:
        """Read the configuration anew."""
        done = await self._reload(f"asked by {by}")
        await self._note(f"{'configuration reloaded' if done.get('ok') else 'reload refused: asked'} by {by}")
        return done

    async def log_level(self, level: str, component: str | None, by: str) -> Mapping[str, object]:
        """Log from `level` on, of one component or of all, until the next start or reload. Raises UnknownError."""
        name = (component or "").lower()
        if name and name not in COMPONENTS:
            raise UnknownError(f"component: there is no {component!r}; expected one of {', '.join(COMPONENTS)}")
        self._set_level(level, name)
        await self._note(f"log level {level} of {name or 'all'} set by {by}")
        return {"level": level, "component": name or None}

    async def safe_mode(self, on: bool, by: str) -> Mapping[str, object]:
        """Go on safely, or as configured, from the next look at the guardrails on. Raises UnknownError."""
        if self._ask_safe is None:
            raise UnknownError("there is no safe mode here: this run ends by itself")
        self._ask_safe(on, by)
        await self._note(f"safe mode {'asked' if on else 'to be ended, asked'} by {by}")
        return {"asked": "on" if on else "off"}

    def _known(self, source: str | None) -> str:
        name = (source or "").lower()
        if name and name not in self._parts.lanes:
            known = ", ".join(lane.source for lane in self._parts.lanes)
            raise UnknownError(f"source: there is no {source!r}; expected one of {known}")
        return name

    def _hold(self, source: str, why: str) -> None:
        if why:
            self._paused[source] = why
        else:
            self._paused.pop(source, None)
        if source:
            self._parts.lanes[source].held.hold(OPERATOR, why)
            self._parts.pool.poke()
        else:
            self._parts.pool.hold(OPERATOR, why)

    def _paused_document(self) -> Mapping[str, object]:
        return {"paused": "" in self._paused, "sources": sorted(name for name in self._paused if name)}

    async def _keep(self) -> None:
        await self._parts.ports.texts.set_text(_PAUSED, orjson.dumps(self._paused).decode())

    async def _note(self, text: str) -> None:
        log.info("action", what=text)
        await self._parts.ports.history.note(Note(self._parts.ports.clock.now(), "action", text))
