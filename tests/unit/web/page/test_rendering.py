from __future__ import annotations

import pytest

from adce_async.redaction import SECRETS
from adce_async.web.page.rendering import duration, render, stamp, static_files


def key(**more: object) -> dict[str, object]:
    shown = {
        "key": "ant/<b>.json", "stored": None, "task": None, "factors": {}, "parked": None, "provenance": {},
        "attempts": [],
    }  # fmt: skip
    return {"acts": True, "k": {**shown, **more}}


def test_what_others_wrote_is_text_and_no_html_and_no_secret_leaves() -> None:
    SECRETS.learn("hunter2hunter2")
    page = render("key.html", 0.0, key(provenance={"url": "https://x.test/?k=hunter2hunter2"})).decode()
    assert "<b>" not in page
    assert "ant/&lt;b&gt;.json" in page
    assert "hunter2" not in page
    assert "00:00:00 UTC" in page


def test_a_value_that_is_not_given_is_a_bug_and_not_a_blank() -> None:
    with pytest.raises(Exception, match=r"has no attribute .key."):
        render("key.html", 0.0, {"k": {}})


def test_no_other_host_is_asked_and_nothing_runs_that_stands_in_the_page() -> None:
    page = render("key.html", 0.0, key()).decode()
    assert "http://" not in page
    assert "https://" not in page
    assert "style=" not in page
    assert "onclick" not in page
    assert f"/static/page.js?{stamp()}" in page


def test_static_files_are_small() -> None:
    files = static_files()
    assert set(files) == {"page.css", "page.js"}
    assert sum(len(body) for body, _ in files.values()) < 40_000


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0 s"), (59.9, "59 s"), (60, "1 min"), (3661, "1 h 1 min"), (86400, "1 d")]
)
def test_a_duration_has_two_units_at_most(seconds: float, text: str) -> None:
    assert duration(seconds) == text
