"""Credentials are looked for anew each time, since they may come while the service runs."""

from __future__ import annotations

from adce_async.scraping.credentials import Credentials


def test_what_comes_later_is_found() -> None:
    found: list[str] = []
    held = Credentials(lambda: list(found), lambda: "" if found else "no token: save one in ~/.ant/token")
    assert (held.secrets(), held.problem()) == ([], "no token: save one in ~/.ant/token")
    found.append("s3cret")
    assert (held.secrets(), held.problem()) == (["s3cret"], "")
