"""`adce verify` as a user runs it: on a lake that others have filled, beside a service, cut off in the middle."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import shutil
import signal
import sqlite3

from tests.process.conftest import LIMIT, Desk, wait_for, wait_for_line
from tests.process.test_captures import FAST, day

from adce_async.demo.espn.site import Espn
from adce_async.demo.items import Items
from adce_async.demo.league import League
from adce_async.demo.site import Request, akamai_denied

_API = "/apis/site/v2/sports/basketball/nba"


def ant(number: object) -> bytes:
    return Items().answer(Request("ant.test", f"/items/{number}.json")).body


def put(desk: Desk, key: str, body: bytes) -> None:
    path = desk.lake / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)


def verified(desk: Desk, *options: str, expect: int) -> dict[str, object]:
    return dict(json.loads(desk.run("verify", "--json", *options, expect=expect).stdout))


def reasons(report: dict[str, object]) -> dict[str, str]:
    return {entry["key"]: entry["reason"] for entry in report["invalid"]}  # type: ignore[attr-defined]


def test_a_lake_of_others_is_judged_without_a_request_and_healed_by_the_next_run(desk: Desk, upstream) -> None:
    desk.ants(10)  # its sources can't be reached
    for number in range(1, 9):
        put(desk, f"ant/{number}.json", ant(number))
    put(desk, "ant/3.json", ant(4))
    put(desk, "ant/5.json", akamai_denied("https://ant.test/items/5.json").body)
    put(desk, "ant/6.json", b'{"id": "6", "rows": []}')
    put(desk, "ant/7.json", ant(7)[:100])
    report = verified(desk, expect=3)
    found = reasons(report)
    assert set(found) == {f"ant/{number}.json" for number in (3, 5, 6, 7)}
    assert found["ant/3.json"].startswith("RefusedError: id: expected '3', found '4'")
    assert found["ant/5.json"].startswith("BlockedError")
    counts = {"objects": 8, "verified": 4, "invalid": 4, "unverified": 0, "judged": 8}
    assert report["rows"] == [{"source": "ant", "data_type": "items", **counts}]
    assert (report["totals"], report["findings"]) == ({**counts, "findings": 0}, [])
    assert verified(desk, expect=3)["totals"] == {**counts, "judged": 0, "findings": 0}

    (row,) = json.loads(desk.run("coverage", "--json", expect=0).stdout)["rows"]
    assert (row["stored"], row["verified"], row["invalid"], row["missing"]) == (8, 4, 4, 2)
    told = desk.run("verify", expect=3).stdout
    assert "ant/7.json" in told
    assert "8 objects: 4 verified, 4 invalid; 0 newly judged; 0 findings" in told

    desk.mirror = upstream().url
    desk.run("run", "--once", expect=0)
    assert (desk.lake / "ant/3.json").read_bytes() == ant(3)
    done = verified(desk, expect=0)
    assert (done["totals"]["verified"], done["invalid"]) == (10, [])  # type: ignore[index]
    (row,) = json.loads(desk.run("coverage", "--json", expect=0).stdout)["rows"]
    assert (row["verified"], row["completeness_pct"]) == (10, 100.0)


def test_lies_among_the_bodies_of_a_real_source_are_found_and_healed(desk: Desk, upstream) -> None:
    desk.mirror = upstream().url
    desk.write("config/autonomous_config.yaml", FAST)
    desk.write("inventory/data_inventory.yaml", {"expected_coverage": day("2024-12-09", "2024-12-10", "2024-12-11")})
    desk.run("run", "--once", expect=0)
    _forget(desk)
    league = League(1, dt.date(2024, 12, 9), dt.date(2024, 12, 15))
    games = [game.event_id for game in league.games(dt.date(2024, 12, 9))]
    boxes, plays = "espn_box_score/2024-25", "espn_play_by_play/2024-25"
    before = Request("site.api.espn.com", f"{_API}/summary", {"event": games[0]}, now=0.0)
    put(desk, f"{boxes}/{games[0]}.json", Espn(league).answer(before).body)
    shutil.copyfile(desk.lake / f"{boxes}/{games[1]}.json", desk.lake / f"{boxes}/{games[2]}.json")
    put(desk, f"{plays}/{games[3]}.json", akamai_denied("https://site.api.espn.com/").body)
    put(desk, f"{plays}/{games[4]}.json", b"{}")
    put(desk, f"{plays}/{games[5]}.json", b'{"code":404,"message":"no such event"}')
    empty = json.loads((desk.lake / "espn_schedules/2024-25/2024-12-11.json").read_bytes()) | {"events": []}
    put(desk, "espn_schedules/2024-25/2024-12-11.json", json.dumps(empty).encode())

    report = verified(desk, expect=3)
    classes = {key: reason.partition(":")[0] for key, reason in reasons(report).items()}
    assert classes == {
        f"{boxes}/{games[0]}.json": "NotYetError",
        f"{boxes}/{games[2]}.json": "RefusedError",
        f"{plays}/{games[3]}.json": "BlockedError",
        f"{plays}/{games[4]}.json": "RefusedError",
        f"{plays}/{games[5]}.json": "NotFoundError",
        "espn_schedules/2024-25/2024-12-11.json": "RefusedError",
    }
    assert report["totals"]["objects"] == 3 + 2 * 18  # type: ignore[index]
    assert report["findings"] == []
    desk.run("run", "--once", expect=0)
    totals = json.loads(desk.run("coverage", "--json", expect=0).stdout)["totals"]
    assert (totals["expected"], totals["verified"], totals["invalid"]) == (39, 39, 0)
    assert verified(desk, expect=0)["totals"]["verified"] == 39  # type: ignore[index]


def _forget(desk: Desk) -> None:
    """From here on the lake is one that somebody else has filled, long ago."""
    shutil.rmtree(desk.lake / ".adce")
    for path in desk.inventory.glob("adce.*"):
        path.unlink()


def test_it_works_beside_a_running_service(desk: Desk, upstream) -> None:
    desk.mirror = upstream().url
    desk.ants(5)
    put(desk, "ant/1.json", ant(2))
    put(desk, "ant/2.json", ant(2))
    with desk.started("run") as process:
        wait_for_line(process, "pass done")
        assert set(reasons(verified(desk, expect=3))) == {"ant/1.json"}
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=LIMIT)
        assert process.returncode == 0


HOLDING = """
import pathlib, time
from adce_async.scraping.base import Scraper

class Holding(Scraper):
    def check(self, page, want):
        if want.fields["id"] == "300":
            pathlib.Path("held").touch()
            while not pathlib.Path("go-on").exists():
                time.sleep(0.01)
"""
"""A scraper that judges one object only once it may, so that a verify is in the middle for as long as a test needs."""
HELD_OF = 600


def prepare_to_hold(desk: Desk) -> None:
    """A lake whose verify, where it works in the desk's folder, comes to a halt."""
    desk.ants(HELD_OF)
    for number in range(1, HELD_OF + 1):
        put(desk, f"ant/{number}.json", ant(number))
    (desk.folder / "holding.py").write_text(HOLDING)
    scraper = {"source": "ant", "uses": "holding:Holding", "url": "https://ant.test/items/{id}.json"}
    desk.write(
        "config/scraper_config.yaml", {"sources": {"ant": {"hosts": ["ant.test"]}}, "scrapers": {"ant_items": scraper}}
    )


def wait_until_held(desk: Desk) -> int:
    """How many judgements are saved in the middle of a verify."""
    wait_for((desk.folder / "held").exists, "it has come to the one in the middle")
    with contextlib.closing(sqlite3.connect(f"file:{desk.inventory / 'adce.db'}?mode=ro", uri=True)) as db:
        (saved,) = db.execute("SELECT count(*) FROM verification").fetchone()
    return int(saved)


def go_on(desk: Desk) -> None:
    (desk.folder / "go-on").touch()


def test_kill_9_loses_at_most_what_was_not_saved_yet(desk: Desk) -> None:
    prepare_to_hold(desk)
    with desk.started("verify", "--json", cwd=desk.folder) as process:
        saved = wait_until_held(desk)
        process.kill()
        process.communicate(timeout=LIMIT)
    assert saved >= 200
    go_on(desk)
    totals = json.loads(desk.run("verify", "--json", cwd=desk.folder, expect=0).stdout)["totals"]
    assert totals["verified"] == HELD_OF
    assert totals["judged"] <= HELD_OF - saved


def test_an_unknown_source_is_one_line(desk: Desk) -> None:
    desk.ants(1)
    done = desk.run("verify", "--source", "bee", expect=2)
    assert done.stderr.splitlines()[-1] == "--source: nothing is declared of 'bee'; known: ant"
    assert verified(desk, "--source", "ANT", expect=0)["totals"]["objects"] == 0  # type: ignore[index]
