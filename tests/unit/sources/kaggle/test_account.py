"""Kaggle: with whose token data sets are asked for; no token is quoted, none that others can read is used."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path

import orjson
import pytest

from adce_async.errors import (
    AccountError,
    PermanentError,
)
from adce_async.model.coverage import GapKind, Priority
from adce_async.model.task import Task
from adce_async.scraping.base import Page, Scraper
from adce_async.scraping.registry import load_builtins, make_scraper
from adce_async.sources.kaggle.account import CREDENTIALS, authorization

BUILTINS = load_builtins(["adce_async.sources.kaggle"])

BASKETBALL = {"owner": "wyattowalsh", "slug": "basketball"}

API = "https://www.kaggle.com/api/v1/datasets"

TOKEN = {"Authorization": "Basic " + base64.b64encode(b"me:secret").decode()}


def scraper(name: str) -> Scraper:
    return make_scraper(name, BUILTINS.scrapers[name])


def as_page(body: object) -> Page:
    return Page(API, body if isinstance(body, bytes) else orjson.dumps(body))


class Desk:
    """A `ScrapeContext` with written answers; `asked` is what was asked for, in order."""

    def __init__(self, *answers: object) -> None:
        self._answers = list(answers)
        self.asked: list[tuple[str, Mapping[str, str], Mapping[str, str], bool]] = []
        self.saved: list[Page] = []

    async def fetch(self, url, *, params=None, headers=None, stream=False) -> Page:
        self.asked.append((url, params or {}, headers or {}, stream))
        return as_page(self._answers.pop(0))

    async def save(self, page: Page, key: str | None = None) -> None:
        self.saved.append(page)


def task(**fields: str) -> Task:
    return Task(
        "kaggle/a/key", "kaggle", "x", "x", None, BASKETBALL | fields, GapKind.MISSING, Priority.LOW, 0.0, 0.0
    )  # fmt: skip


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home without a token, and an environment without one."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("KAGGLE_USERNAME", "KAGGLE_KEY", "KAGGLE_CONFIG_DIR", "KAGGLE_API_TOKEN", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def token(home, monkeypatch):
    monkeypatch.setenv("KAGGLE_USERNAME", "me")
    monkeypatch.setenv("KAGGLE_KEY", "secret")


def save_token(folder: Path, text: str = '{"username": "me", "key": "secret"}', mode: int = 0o600) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "kaggle.json"
    path.write_text(text)
    path.chmod(mode)
    return path


def test_the_token_of_the_environment(token):
    assert authorization() == TOKEN


def test_the_token_of_a_file(home, monkeypatch):
    save_token(home / ".kaggle")
    assert authorization() == TOKEN
    monkeypatch.setenv("KAGGLE_CONFIG_DIR", str(home / "elsewhere"))
    with pytest.raises(PermanentError):
        authorization()
    save_token(home / "elsewhere", '{"username": "me", "key": "other"}')
    assert base64.b64decode(authorization()["Authorization"].split()[1]) == b"me:other"
    monkeypatch.setenv("KAGGLE_USERNAME", "me")
    monkeypatch.setenv("KAGGLE_KEY", "secret")
    assert authorization() == TOKEN


def test_half_a_token_in_the_environment_is_none(home, monkeypatch):
    monkeypatch.setenv("KAGGLE_USERNAME", "me")
    with pytest.raises(PermanentError, match="no Kaggle token"):
        authorization()


async def test_without_a_token_it_says_what_to_do(home):
    for name in ("kaggle_view", "kaggle_metadata", "kaggle_dataset", "kaggle_file"):
        desk = Desk()
        with pytest.raises(PermanentError) as caught:
            await scraper(name).scrape(task(file="team.csv"), desk)
        for word in ("www.kaggle.com/settings", "KAGGLE_API_TOKEN", "~/.kaggle/access_token", "KAGGLE_USERNAME"):
            assert word in caught.value.reason
        assert desk.asked == []


KGAT = "KGAT_0123456789"

BEARER = {"Authorization": f"Bearer {KGAT}"}


@pytest.mark.parametrize("text", [KGAT, f'"{KGAT}"', f"'{KGAT}'\r", f"  {KGAT}\r\n", "{home}/secret"])
def test_the_token_of_today_in_the_environment(home, monkeypatch, text):
    (home / "secret").write_text(f"{KGAT}\n")
    (home / "secret").chmod(0o600)
    monkeypatch.setenv("KAGGLE_API_TOKEN", text.replace("{home}", str(home)))
    assert authorization() == BEARER


@pytest.mark.parametrize("name", ["access_token", "access_token.txt", "kaggle.json"])
@pytest.mark.parametrize("data", [KGAT.encode(), b"\xef\xbb\xbf" + KGAT.encode() + b"\r\n", KGAT.encode("utf-16")])
def test_the_token_of_today_in_a_file(home, name, data):
    path = save_token(home / ".kaggle", "")
    path.write_bytes(data)
    path.rename(home / ".kaggle" / name)
    assert authorization() == BEARER


def test_a_token_of_today_where_the_old_key_belongs(home, monkeypatch):
    save_token(home / ".config" / "kaggle", json.dumps({"username": "me", "key": KGAT}))
    assert authorization() == BEARER
    monkeypatch.setenv("KAGGLE_KEY", KGAT)
    assert authorization() == BEARER
    monkeypatch.setenv("KAGGLE_API_TOKEN", '{"username": "me", "key": "secret"}')
    assert authorization() == TOKEN


def test_which_token_counts(home, monkeypatch):
    """In the order of Kaggle's own programs."""
    save_token(home / ".kaggle")
    assert authorization() == TOKEN
    monkeypatch.setenv("KAGGLE_USERNAME", "me")
    monkeypatch.setenv("KAGGLE_KEY", "other1")
    assert authorization() != TOKEN
    save_token(home / "x", "KGAT_of_a_file").rename(home / ".kaggle" / "access_token")
    assert authorization() == {"Authorization": "Bearer KGAT_of_a_file"}
    monkeypatch.setenv("KAGGLE_API_TOKEN", KGAT)
    assert authorization() == BEARER
    assert set(CREDENTIALS.secrets()) >= {KGAT, "KGAT_of_a_file"}
    assert CREDENTIALS.problem() == ""


@pytest.mark.parametrize("text", ["two words", "über-token-1", "{", "[]", "x"])
def test_what_is_no_token_is_named_and_not_quoted(home, monkeypatch, text):
    monkeypatch.setenv("KAGGLE_API_TOKEN", text)
    with pytest.raises(AccountError, match="KAGGLE_API_TOKEN") as caught:
        authorization()
    assert text not in caught.value.reason.replace("KAGGLE_API_TOKEN", "") or len(text) < 3


def test_a_folder_where_the_token_should_be_is_named(home):
    """What a container's bind mount makes of a file that was not there."""
    (home / ".kaggle" / "access_token").mkdir(parents=True, mode=0o700)
    with pytest.raises(AccountError, match=r"access_token can't be read \(Is a directory\)"):
        authorization()
    assert CREDENTIALS.secrets() == []


def test_who_has_no_home_is_told_how_to_get_a_token(home, monkeypatch):
    def nobody(_path: Path | None = None) -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", nobody)
    monkeypatch.setattr(Path, "expanduser", nobody)
    monkeypatch.setenv("KAGGLE_CONFIG_DIR", "~/elsewhere")
    assert "no Kaggle token" in CREDENTIALS.problem()
    monkeypatch.delenv("KAGGLE_CONFIG_DIR")
    assert "KAGGLE_API_TOKEN" in CREDENTIALS.problem()


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_token_that_others_can_read_is_not_used(home, mode):
    path = save_token(home / ".kaggle", mode=mode)
    with pytest.raises(PermanentError, match=f"chmod 600 {path}") as caught:
        authorization()
    assert "secret" not in caught.value.reason


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"username": "me"}', '{"username": "me", "key": 7}', '"x"'])
def test_a_token_file_that_is_none(home, text):
    path = save_token(home / ".kaggle", text)
    with pytest.raises(PermanentError) as caught:
        authorization()
    assert str(path) in caught.value.reason
