"""A judge at the server: no window, burst or delay is ever exceeded, whatever happens to our process."""

from __future__ import annotations

import random
import time

from tests.process.conftest import Desk, wait_for_line

LIMITS = {"requests": 60, "per": "4seconds", "burst_size": 10}
"""ESPN's limits of the shipped configuration, for a time that passes 15 times as fast."""
PUSHED = "0.5"
"""Seconds: a machine that others use, too, lets requests wait on their way, which is nobody's fault."""
FAULTS = (
    "status_500:match=/items/,every=7,times=6",
    "redirect:match=/items/,every=9,times=6",
    "drop_keepalive:every=4,times=30",
)


def bees(desk: Desk, count: int) -> None:
    desk.ants(count, **LIMITS)
    for name in ("config/scraper_config.yaml", "inventory/data_inventory.yaml"):
        path = desk.folder / name
        path.write_text(path.read_text().replace('"ant"', '"espn"').replace("ant.test", "espn.test"))


def judge(upstream, *faults: str):
    options = [part for fault in faults for part in ("--fault", fault)]
    return upstream("--limits-factor", "15", "--enforce", "--tolerance", PUSHED, *options)


def test_faults_retries_redirects_and_reconnects_count(desk: Desk, upstream) -> None:
    server = judge(upstream, *FAULTS)
    desk.mirror = server.url
    bees(desk, 90)
    desk.run("run", "--once", expect=0)
    report = server.report()
    assert report["totals"]["violations"] == 0, report["violations"]
    assert report["totals"]["requests"] > 95  # faults cost requests
    assert report["faults"]["redirect"] >= 5


def test_killed_in_the_middle_of_a_window_it_exceeds_none(desk: Desk, upstream) -> None:
    server = judge(upstream)
    desk.mirror = server.url
    bees(desk, 100)
    chance = random.Random(7)
    for _ in range(5):
        with desk.started("run") as process:
            wait_for_line(process, "stored", "gaps=0 ")  # where each start takes long, all may be there by now
            time.sleep(chance.uniform(0.0, 0.7))  # real time: a process is being killed at a random moment
            process.kill()
            process.communicate()
    desk.run("run", "--once", expect=0)
    report = server.report()
    assert report["totals"]["violations"] == 0, report["violations"]
    assert len(desk.stored()) == 100
