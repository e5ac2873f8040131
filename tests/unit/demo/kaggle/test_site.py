"""Kaggle, simulated: nothing without a token, and storage that wants none."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import io
import json
import zipfile

import pytest
from tests.unit.demo.fetched import Sources

from adce_async.demo.config import ACCOUNT
from adce_async.demo.kaggle.site import _zip
from adce_async.demo.league import League
from adce_async.errors import NotFoundError, PermanentError

LEAGUE = League(2024, dt.date(2024, 12, 9), dt.date(2024, 12, 15))

GAMES = [game for day in LEAGUE.days() for game in LEAGUE.games(day)]

TEAMS = {"owner": "wyattowalsh", "slug": "basketball"}

HISTORICAL = {"owner": "eoinamoore", "slug": "historical-nba-data-and-player-box-scores"}


@pytest.fixture(autouse=True)
def _account(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ACCOUNT.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def sources() -> Sources:
    return Sources(LEAGUE)


async def test_kaggle_wants_a_token_but_its_storage_none(sources: Sources, monkeypatch: pytest.MonkeyPatch) -> None:
    _, page, _ = await sources.fetch("kaggle_dataset", **TEAMS)
    view, download, stored = sources.asked
    assert (view.host, stored.host) == ("www.kaggle.com", "storage.googleapis.com")
    assert download.query == {"datasetVersionNumber": "231"}
    assert "authorization" not in stored.headers
    with zipfile.ZipFile(io.BytesIO(page.body)) as archive:
        assert set(archive.namelist()) == {"team.csv", "common_player_info.csv"}
        assert len(archive.read("team.csv").splitlines()) == 31
    site = sources.sites["kaggle"]
    assert site.answer(dataclasses.replace(stored, headers=download.headers)).status == 400
    assert site.answer(dataclasses.replace(stored, query={})).status == 403
    assert site.answer(dataclasses.replace(stored, path=stored.path.replace("231", "230"))).status == 404
    anonymous = site.answer(dataclasses.replace(view, headers={}))
    assert (anonymous.status, json.loads(anonymous.body)["code"]) == (401, 401)
    for path in ("view/nobody/nothing", "download/wyattowalsh/basketball/nothing.csv", "view/wyattowalsh/basketball/x"):
        assert site.answer(dataclasses.replace(view, path=f"/api/v1/datasets/{path}")).status == 404
    with pytest.raises(NotFoundError):
        await sources.fetch("kaggle_dataset", **TEAMS, version="230")
    monkeypatch.delenv("KAGGLE_KEY")
    monkeypatch.setenv("KAGGLE_CONFIG_DIR", "/nowhere")
    with pytest.raises(PermanentError, match="no Kaggle token"):
        await sources.fetch("kaggle_view", **TEAMS)


async def test_files_of_kaggle_have_the_ids_without_their_zeros(sources: Sources) -> None:
    _, page, _ = await sources.fetch("kaggle_file", **HISTORICAL, file="LeagueSchedule24_25.csv")
    with zipfile.ZipFile(io.BytesIO(page.body)) as archive:
        text = archive.read("LeagueSchedule24_25.csv").decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [f"00{row['gameId']}" for row in rows] == [game.nba_id for game in GAMES]
    assert _zip({"a": b"1"}) == _zip({"a": b"1"})
