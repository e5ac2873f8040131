"""A real browser, one for all tests: it lives in a thread of its own, on an event loop in real time."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, ConsoleMessage, Page, Request, async_playwright
from tests.process.conftest import desk, upstream  # noqa: F401 - fixtures

T = TypeVar("T")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
)  # fmt: skip
SCREENSHOTS = Path(__file__).parents[2] / "build" / "screenshots"
"""Where a person can look at them."""
LIMIT = 100.0


class Tab:
    """One page, with all that went wrong in it."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.wrong: list[str] = []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.wrong.append(f"error: {error}"))
        page.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.wrong.append(f"console: {message.text}")

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "about") and parts.netloc != urlsplit(self.url).netloc:
            self.wrong.append(f"request to {request.url}")

    async def answers(self) -> dict[str, str]:
        """Question -> the short answer."""
        found = await self.page.eval_on_selector_all(
            ".answers > div",
            "all => all.map(e => [e.querySelector('dt').innerText, e.querySelector('strong').innerText])",
        )
        return {question: short for question, short in found}  # noqa: C416 - pairs are lists

    async def accessible(self) -> list[str]:
        """What axe-core has to say."""
        results = await Axe().run(self.page)
        return [f"{each['id']}: {[node['html'] for node in each['nodes']]}" for each in results.response["violations"]]

    async def width(self) -> int:
        """Of the content, in pixels: what is wider than the window scrolls the whole page."""
        return int(await self.page.evaluate("document.documentElement.scrollWidth"))

    async def shot(self, name: str) -> None:
        """Write what is seen to SCREENSHOTS."""
        await self.page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


class Browsing:
    """The browser, and the loop that it lives on."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="browser", daemon=True)
        self._thread.start()
        self._stack = contextlib.AsyncExitStack()
        self._browser: Browser | None = None
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)

    def run(self, job: Callable[[], Awaitable[T]]) -> T:
        """`job()` on the browser's loop, from its start to its end."""

        async def bounded() -> T:
            async with asyncio.timeout(LIMIT):
                return await job()

        return asyncio.run_coroutine_threadsafe(bounded(), self._loop).result()

    async def browser(self) -> Browser:
        if self._browser is None:
            playwright = await self._stack.enter_async_context(async_playwright())
            self._browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS])
            self._stack.push_async_callback(self._browser.close)
        return self._browser

    @contextlib.asynccontextmanager
    async def tab(self, url: str, *, width: int = 1280, dark: bool = False, **more: Any) -> AsyncIterator[Tab]:
        """The page at `url`, in a profile of its own."""
        browser = await self.browser()
        scheme = "dark" if dark else "light"
        context = await browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme, **more)
        try:
            tab = Tab(await context.new_page(), url)
            await tab.page.goto(url)
            yield tab
        finally:
            await context.close()

    def close(self) -> None:
        self.run(self._stack.aclose)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@pytest.fixture(scope="session")
def browsing() -> Iterator[Browsing]:
    if CHROMIUM is None:
        pytest.skip("there is no chromium: `make setup` as root installs it on Debian")
    made = Browsing()
    yield made
    made.close()
