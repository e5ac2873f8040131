"""POST: what changes the running service. Each needs the bearer token; the body is JSON, or nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol

import orjson
from aiohttp import web

from adce_async.web.answers import Document, answer, problem
from adce_async.web.guard import may_change
from adce_async.web.paging import BadQueryError

BODY_SECONDS = 5.0
MOST_KEYS = 10_000
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


class UnknownError(Exception):
    """What is named is not there; the text says what was expected."""


class Actions(Protocol):
    """What can be done; `by`: who asked, for the history."""

    async def reconcile(self, by: str) -> Document:
        """A pass as soon as may be."""
        ...

    async def pause(self, source: str | None, by: str) -> Document:
        """Nothing new of `source` (None: of all) starts."""
        ...

    async def resume(self, source: str | None, by: str) -> Document:
        """It goes on."""
        ...

    async def retry_parked(self, keys: Sequence[str], source: str | None, reason: str | None, by: str) -> Document:
        """Bring parked keys back."""
        ...

    async def lift(self, source: str, by: str) -> Document:
        """End a cool-down."""
        ...

    async def reload(self, by: str) -> Document:
        """Read the configuration anew; `ok` is False if nothing came of it, and `problem` says why."""
        ...

    async def log_level(self, level: str, component: str | None, by: str) -> Document:
        """Log from `level` on, of one component or of all."""
        ...

    async def safe_mode(self, on: bool, by: str) -> Document:
        """Go on safely, or as configured."""
        ...


Do = Callable[[Mapping[str, Any], str], Awaitable[Document]]


def verb_routes(actions: Actions, token: str | None) -> list[web.RouteDef]:
    """A route a verb. `token`: None forbids them all."""

    async def retry(body: Mapping[str, Any], by: str) -> Document:
        keys = body.get("keys") or []
        if not isinstance(keys, list) or len(keys) > MOST_KEYS or not all(isinstance(key, str) for key in keys):
            raise BadQueryError(f"keys: expected a list of at most {MOST_KEYS} texts")
        source, reason = _text(body, "source"), _text(body, "reason")
        if not (keys or source or reason or body.get("all") is True):
            raise BadQueryError('expected {"keys": [...]}, {"source": ...}, {"reason": ...} or {"all": true}')
        return await actions.retry_parked(keys, source, reason, by)

    async def level(body: Mapping[str, Any], by: str) -> Document:
        wanted = str(_text(body, "level") or "").upper()
        if wanted not in LEVELS:
            raise BadQueryError(f"level: expected one of {', '.join(LEVELS)}")
        return await actions.log_level(wanted, _text(body, "component"), by)

    async def lift(body: Mapping[str, Any], by: str) -> Document:
        source = _text(body, "source")
        if source is None:
            raise BadQueryError('expected {"source": ...}: the cool-down of one source is lifted')
        return await actions.lift(source, by)

    async def safe(body: Mapping[str, Any], by: str) -> Document:
        on = body.get("on")
        if not isinstance(on, bool):
            raise BadQueryError('expected {"on": true} or {"on": false}')
        return await actions.safe_mode(on, by)

    verbs: dict[str, tuple[Do, tuple[str, ...]]] = {
        "/reconcile": (lambda _body, by: actions.reconcile(by), ()),
        "/pause": (lambda body, by: actions.pause(_text(body, "source"), by), ("source",)),
        "/resume": (lambda body, by: actions.resume(_text(body, "source"), by), ("source",)),
        "/parked/retry": (retry, ("keys", "source", "reason", "all")),
        "/cooldowns/lift": (lift, ("source",)),
        "/reload": (lambda _body, by: actions.reload(by), ()),
        "/log-level": (level, ("level", "component")),
        "/safe-mode": (safe, ("on",)),
    }
    return [web.post(path, _handler(do, known, token)) for path, (do, known) in verbs.items()]


def _handler(do: Do, known: Sequence[str], token: str | None) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handler(request: web.Request) -> web.StreamResponse:
        if (refusal := may_change(request, token)) is not None:
            return refusal
        if request.headers.get("Content-Encoding", "identity").lower() != "identity":  # cut short it would be no body
            return problem(415, "expected a body as it is, without Content-Encoding")
        try:
            done = await do(await _body(request, known), request.remote or "a local client")
            if done.get("ok") is False:  # what is there now forbids it, such as a file with an error in it
                return problem(409, str(done.get("problem")), more=done)
            return answer(done)
        except UnknownError as error:
            return problem(404, str(error))

    return handler


async def _body(request: web.Request, known: Sequence[str]) -> Mapping[str, Any]:
    """The fields of the body and of the query. Raises BadQueryError."""
    try:
        async with asyncio.timeout(BODY_SECONDS):
            raw = await request.read()
    except TimeoutError:
        raise BadQueryError(f"the body did not arrive within {BODY_SECONDS:g} s") from None
    try:
        given = orjson.loads(raw) if raw.strip() else {}
    except ValueError as error:
        raise BadQueryError(f"the body is no JSON: {error}") from None
    if not isinstance(given, dict):
        raise BadQueryError("the body: expected a JSON object, or nothing")
    fields = {**request.query, **given}
    if unknown := sorted(fields.keys() - set(known)):
        expected = ", ".join(known) or "none"
        raise BadQueryError(f"{unknown[0]}: no such field here; expected {expected}")
    return fields


def _text(body: Mapping[str, Any], name: str) -> str | None:
    value = body.get(name)
    if value is not None and not isinstance(value, str):
        raise BadQueryError(f"{name}: expected a text")
    return value or None
