"""The HTTP side of running parts, while they run; and how other commands find it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

import structlog
from aiohttp.web import RouteDef

from adce_async.app import Parts
from adce_async.service.actions import Actions
from adce_async.service.figures import Figures, counting
from adce_async.service.window import Window
from adce_async.service_policies import WebRules
from adce_async.supervisor import Stop
from adce_async.web.binding import AddressTakenError
from adce_async.web.metrics import metrics_route
from adce_async.web.server import WebLimits, serving

log = structlog.get_logger("adce.service")


@dataclass(frozen=True, slots=True)
class Access:
    """What `run` was started with. `token`: who shows it may change things; None: nobody. `read_token`: who shows it
    may look, where not everybody may. `set_level(level, component)`: of the log. `figures`: for `/metrics`.
    """

    token: str | None = None
    read_token: str | None = None
    set_level: Callable[[str, str], object] = lambda _level, _component: None
    figures: Figures | None = None


@contextlib.asynccontextmanager
async def offered(parts: Parts, stop: Stop, window: Window, web: WebRules, access: Access) -> AsyncIterator[str]:
    """While the block runs, `window` is served, and figures are; yields the address. Raises FixMeError."""
    limits = replace(web.limits, token=access.token, read_token=access.read_token)
    site = window.site(*figure_routes(parts, access.figures))
    async with contextlib.AsyncExitStack() as stack:
        if access.figures is not None:
            await stack.enter_async_context(counting(parts, access.figures))
        await stack.enter_async_context(window.feeding())
        url = await stack.enter_async_context(
            serving(site, web.host, web.port, limits, web.place, lambda: _limits_now(parts))
        )
        await stack.enter_async_context(_written_down(url, web, stop))
        log.info("serving", url=url)  # not before: whoever reads it finds us from now on
        yield url


@contextlib.asynccontextmanager
async def offered_once(parts: Parts, stop: Stop, access: Access) -> AsyncIterator[None]:
    """The same for a run that ends by itself. Where somebody else has the address it is said, and the run goes on."""
    web = parts.rules.service.web
    if web is None:
        yield
        return
    actions = Actions(parts, lambda: None, _reads_once, access.set_level)
    await actions.restore()
    window = Window(parts, lambda: int(parts.reconciler.last is not None), lambda: None, actions)
    async with contextlib.AsyncExitStack() as stack:
        try:
            await stack.enter_async_context(offered(parts, stop, window, web, access))
        except AddressTakenError as error:
            log.warning("nobody can look at this run", why=str(error))
        yield


def figure_routes(parts: Parts, figures: Figures | None) -> tuple[RouteDef, ...]:
    """`/metrics`, as long as the rules want it."""
    if figures is None:
        return ()
    made = figures

    def render() -> bytes | None:
        return made.render() if parts.rules.service.prometheus else None

    return (metrics_route(render, made.content_type),)


async def _reads_once(_why: str) -> Mapping[str, object]:
    why = "this command reads its settings at the start only"
    return {"ok": False, "problem": why, "changed": [], "needs_restart": []}


def _limits_now(parts: Parts) -> WebLimits | None:
    web = parts.rules.service.web
    return None if web is None else web.limits


@contextlib.asynccontextmanager
async def _written_down(url: str, web: WebRules, stop: Stop) -> AsyncIterator[None]:
    """So that other commands find us, whatever the port."""
    place = web.url_file
    with stop.last_words(partial(place.unlink, missing_ok=True)):
        try:
            await asyncio.to_thread(place.write_text, url)
        except OSError as error:
            log.warning("our address is not written down", path=str(place), why=error.strerror, url=url)
        try:
            yield
        finally:
            with contextlib.suppress(OSError):
                await asyncio.to_thread(place.unlink, missing_ok=True)
