"""The page of a running service: what it shows is what is there, as it happens, and who has the token may act."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from tests.browser.conftest import Browsing, Tab
from tests.process.conftest import Desk, end, wait_for_line, wait_until_complete

TOKEN = "a-token-of-the-browsers"
PROMPT = 20.0
"""Seconds; it takes one (the event says whole ones) where nobody else uses the machine, and is seen without a reload."""
SEEN = """() => { window.late = []; new MutationObserver((all) => { for (const each of all) for (const item of each.addedNodes)
  window.late.push([item.textContent, Date.now()]); }).observe(document.getElementById("event-list"), { childList: true }); }"""


def test_it_lives_and_only_the_token_moves_it(
    browsing: Browsing, desk: Desk, upstream: Callable[..., Any], monkeypatch: Any
) -> None:
    monkeypatch.setenv("ADCE_TOKEN", TOKEN)
    desk.mirror = upstream().url
    desk.ants(12)
    with desk.started("run") as process:
        url = re.search(r"url=(\S+)", wait_for_line(process, "serving"))[1]  # type: ignore[index]
        wait_until_complete(process)
        rows = json.loads(desk.run("coverage", "--json").stdout)["rows"]

        async def job() -> None:
            async with browsing.tab(url) as tab:
                await the_map_says(tab, rows)
                await without_the_token(tab)
                await with_the_token(tab, desk)
                await by_keyboard(tab)
                assert tab.wrong == [
                    "console: Failed to load resource: the server responded with a status of 403 (Forbidden)"
                ]
                await tab.shot("live")

        browsing.run(job)
        assert end(process) == 0


async def the_map_says(tab: Tab, rows: list[dict[str, Any]]) -> None:
    titles = await tab.page.eval_on_selector_all(".map td a", "all => all.map(e => e.title)")
    expected = [
        f"{row['source']} {row['data_type']}: {row['completeness_pct']:g} % of {row['expected']}" for row in rows
    ]
    assert titles == expected
    assert titles


async def without_the_token(tab: Tab) -> None:
    await tab.page.click("button:has-text('Pause') >> nth=0")
    await tab.page.wait_for_selector("#ask[open]")
    assert "Start nothing new" in await tab.page.inner_text("#ask-text")
    await tab.page.click("#ask-no")
    assert (await tab.answers())["Doing what?"] == "Nothing"
    await tab.page.click("button:has-text('Pause') >> nth=0")
    await tab.page.fill("#ask-token", "not the one")
    await tab.page.click("#ask-yes")
    await tab.page.wait_for_selector("h2:has-text('Not done')")
    assert "expected the token of this service" in await tab.page.inner_text("#ask-text")
    await tab.page.keyboard.press("Escape")
    assert (await tab.answers())["Doing what?"] == "Nothing"


async def with_the_token(tab: Tab, desk: Desk) -> None:
    """An object is taken away; whoever watches sees how it comes back."""
    await tab.page.evaluate(SEEN)
    (desk.lake / "ant" / "3.json").unlink()
    await tab.page.click("text=Reconcile now")
    await tab.page.fill("#ask-token", TOKEN)
    await tab.page.press("#ask-token", "Enter")
    await tab.page.wait_for_selector("#event-list li:has-text('task settled')")
    late = await tab.page.evaluate("window.late.filter(([text]) => text.includes('task settled'))")
    assert "ant/3.json" in late[0][0]
    shown, happened = late[0][1] / 1000 % 86400, seconds_of(late[0][0])
    assert -0.1 < shown - happened < PROMPT
    await tab.page.wait_for_selector("#event-list li:has-text('pass done  0 gaps')")
    await tab.page.wait_for_selector(".map td a[title$='100 % of 12']")
    assert (desk.lake / "ant" / "3.json").exists()


def seconds_of(line: str) -> float:
    hours, minutes, seconds = map(int, line[:8].split(":"))
    return float(hours * 3600 + minutes * 60 + seconds)


async def by_keyboard(tab: Tab) -> None:
    """Without a mouse: skip to the content, pause, and the focus stays where it was while the page changes."""
    await tab.page.reload()
    await tab.page.keyboard.press("Tab")
    assert await tab.page.evaluate("document.activeElement.className") == "skip"
    await tab.page.keyboard.press("Enter")
    assert await tab.page.evaluate("document.activeElement.id") == "main"
    for _ in range(2):
        await tab.page.keyboard.press("Tab")
    await tab.page.keyboard.press("Enter")
    await tab.page.wait_for_selector("#ask[open] h2:has-text('Pause')")
    await tab.page.focus("#ask-yes")
    await tab.page.keyboard.press("Enter")
    await tab.page.wait_for_selector(".answers strong:has-text('Paused')")
    assert await tab.page.evaluate("document.activeElement.dataset.post") == "/resume"
