"""Captured answers are served where their manifest says they came from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest

from adce_async.demo.replay import Replay
from adce_async.demo.site import Request, Response
from adce_async.errors import FixMeError

API = "https://site.api.espn.com/apis/site/v2/sports/basketball/nba"


def folder(tmp_path: Path, *files: dict[str, Any]) -> Path:
    where = tmp_path / "espn"
    where.mkdir()
    for entry in files:
        (where / entry["file"]).write_text(f"body of {entry['file']}")
    (where / "MANIFEST.json").write_text(json.dumps({"files": list(files)}))
    return tmp_path


def get(replay: Replay, url: str) -> Response:
    parts = urlsplit(url)
    return replay.answer(
        Request(parts.netloc, unquote(parts.path), dict(parse_qsl(parts.query, keep_blank_values=True)))
    )


def test_status_and_content_type_come_from_the_manifest_or_the_name(tmp_path: Path) -> None:
    replay = Replay(
        folder(
            tmp_path,
            {"file": "a.json", "url": "https://h.com/a"},
            {"file": "b.html", "url": "https://h.com/b", "http_status": 404, "content_type": "text/x", "what": None},
            {"file": "c.parquet", "url": "https://h.com/c%20d", "http_status": None},
        )
    )
    assert get(replay, "https://h.com/a") == Response(b"body of a.json", 200, "application/json; charset=utf-8")
    assert get(replay, "https://h.com/b") == Response(b"body of b.html", 404, "text/x")
    assert get(replay, "https://h.com/c%20d").content_type == "application/octet-stream"
    assert replay.hosts == {"h.com"}
    for url in ("https://h.com/z", "https://other.com/a", "https://h.com/robots.txt", "https://h.com/a?x=1"):
        assert get(replay, url).status == 404


def test_a_query_is_a_set_without_empty_parameters_and_limit(tmp_path: Path) -> None:
    replay = Replay(
        folder(
            tmp_path,
            {"file": "a.json", "url": "https://h.com/a?x=1&y=2&z= (other parameters empty)"},
            {"file": "b.json", "url": "https://h.com/b?limit=5"},
        )
    )
    assert get(replay, "https://h.com/a?y=2&x=1").status == 200
    assert get(replay, "https://h.com/a?y=2&w=&x=1&limit=1000").status == 200
    assert get(replay, "https://h.com/a?x=1").status == 404
    assert get(replay, "https://h.com/b?limit=5").status == 200
    assert get(replay, "https://h.com/b?limit=6").status == 404


def test_of_two_captures_the_final_one_answers_else_the_first(tmp_path: Path) -> None:
    urls = {"a_pre.json": "a", "a_final.json": "a", "b_1.json": "b", "b_2.json": "b"}
    replay = Replay(folder(tmp_path, *({"file": f, "url": f"https://h.com/{u}"} for f, u in urls.items())))
    assert get(replay, "https://h.com/a").body == b"body of a_final.json"
    assert get(replay, "https://h.com/b").body == b"body of b_1.json"


def test_made_up_captures_answer_only_where_they_are_told_to(tmp_path: Path) -> None:
    where = folder(
        tmp_path,
        {"file": "a.json", "url": "https://h.com/a"},
        {"file": "DERIVED_a.json", "url": "https://h.com/a"},
        {"file": "DERIVED_b.json", "url": "https://h.com/b"},
        {"file": "SYNTHETIC_403.html", "url": "(any)", "http_status": 403},
    )
    (where / "loose.txt").write_text("loose")
    plain = Replay(where)
    assert get(plain, "https://h.com/a").body == b"body of a.json"
    assert get(plain, "https://h.com/b").status == 404
    told = Replay(
        where,
        {
            "https://h.com/a": "espn/DERIVED_a.json",
            "h.com/b?x=1": "SYNTHETIC_403.html",
            "/robots.txt": "loose.txt",
        },
    )
    assert get(told, "https://h.com/a").body == b"body of DERIVED_a.json"
    assert get(told, "https://h.com/b?x=1&limit=3") == Response(
        b"body of SYNTHETIC_403.html", 403, "text/html; charset=utf-8"
    )
    assert get(told, "https://anywhere.com/robots.txt").body == b"loose"


def test_a_scoreboard_without_dates_answers_for_its_day(tmp_path: Path) -> None:
    replay = Replay(
        folder(tmp_path, {"file": "a.json", "url": f"{API}/scoreboard", "what": {"date": "2025-05-29"}}),
    )
    assert get(replay, f"{API}/scoreboard").status == 200
    assert get(replay, f"{API}/scoreboard?dates=20250529&limit=1000").status == 200
    assert get(replay, f"{API}/scoreboard?dates=20250530").status == 404


def test_what_can_not_be_used_is_said(tmp_path: Path) -> None:
    with pytest.raises(FixMeError, match="no MANIFEST"):
        Replay(tmp_path)
    (tmp_path / "MANIFEST.json").write_text('{"files": [{"url": "x"}]}')
    with pytest.raises(FixMeError, match="'file'"):
        Replay(tmp_path)
    (tmp_path / "MANIFEST.json").write_text("{")
    with pytest.raises(FixMeError, match="MANIFEST"):
        Replay(tmp_path)
    (tmp_path / "MANIFEST.json").write_text('{"files": [{"file": "gone.json", "url": "https://h.com/a"}]}')
    assert get(Replay(tmp_path), "https://h.com/a").status == 404
    with pytest.raises(FixMeError, match=r"no file 'x\.json'"):
        Replay(tmp_path, {"/a": "x.json"})


def test_all_captures_are_served(captures: Any) -> None:
    """Each body that was really received is what its address answers, unless another capture has the same one."""
    replay = Replay(captures.root)
    taken: dict[bytes, str] = {}
    real = 0
    for source in ("espn", "basketball_reference", "nba_cdn", "nba_stats", "hoopr", "kaggle"):
        for entry in captures.manifest(source):
            if entry["url"].startswith("https://") and not entry["file"].startswith(("DERIVED_", "SYNTHETIC_")):
                answer = get(replay, entry["url"].split(" ")[0])
                assert answer.status == entry["http_status"]
                real += 1
                taken[answer.body] = entry["url"]
    assert len(taken) >= real - 5  # scoreboard, summary, todaysScoreboard, halftime: five addresses have two captures
    final = get(replay, f"{API}/summary?event=401772994")
    assert final.body == captures.body("espn", "summary_401772994_final.json")
    day = get(replay, f"{API}/scoreboard?dates=20260502&limit=1000")
    assert day.body == captures.body("espn", "scoreboard_20260502_live_playoff.json")
    assert "www.basketball-reference.com" in replay.hosts
