"""hoopR: which parquet and CSV files are accepted as which table of which season."""

from __future__ import annotations

import io
import struct
import tracemalloc

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.process.warm import Warm

from adce_async.errors import BlockedError, NotFoundError, RefusedError, ScrapeError, UnreadableError
from adce_async.scraping.base import Page, Scraper, Want
from adce_async.scraping.registry import load_builtins, make_scraper

ENTRIES = load_builtins(["adce_async.sources.hoopr"]).scrapers
WANT = Want("hoopr_parquet/team_box/nba_data_2022.parquet", "team_box", {"season": "2021-22"})

COLUMNS = {
    "hoopr_schedules": ("game_id", "season", "home_id"),
    "hoopr_play_by_play": ("game_id", "season", "type_text", "home_score"),
    "hoopr_team_box": ("game_id", "season", "team_id", "opponent_team_id"),
    "hoopr_player_box": ("game_id", "season", "athlete_id", "minutes"),
    "hoopr_game_rosters": ("game_id", "season", "athlete_id", "home_away"),
    "hoopr_officials": ("game_id", "season", "official_display_name"),
    "hoopr_shots": ("game_id", "season", "coordinate_x", "scoring_play"),
    "hoopr_rosters": ("season", "athlete_id", "team_id"),
    "hoopr_player_core": ("season", "athlete_id"),
    "hoopr_player_season_stats": ("season", "athlete_id", "stat_name"),
    "hoopr_team_season_stats": ("season", "team_id", "stat_name"),
    "hoopr_standings": ("season", "team_id", "stat_name", "group_id"),
    "hoopr_draft": ("season", "athlete_id", "round"),
    "hoopr_team_crosswalk": ("season", "espn_team_id", "nba_team_id"),
    "hoopr_schedule_crosswalk": ("season", "espn_game_id", "nba_game_id"),
    "hoopr_player_crosswalk": ("season", "espn_team_id"),
}
FILES = {
    "hoopr_schedules": "espn_nba_schedules/nba_schedule_2022.parquet",
    "hoopr_play_by_play": "espn_nba_pbp/play_by_play_2022.parquet",
    "hoopr_team_box": "espn_nba_team_boxscores/team_box_2022.parquet",
    "hoopr_player_box": "espn_nba_player_boxscores/player_box_2022.parquet",
    "hoopr_game_rosters": "espn_nba_game_rosters/game_rosters_2022.parquet",
    "hoopr_officials": "espn_nba_officials/officials_2022.parquet",
    "hoopr_shots": "espn_nba_shots/shots_2022.parquet",
    "hoopr_rosters": "espn_nba_rosters/rosters_2022.parquet",
    "hoopr_player_core": "espn_nba_player_core/player_core_2022.parquet",
    "hoopr_player_season_stats": "espn_nba_player_season_stats/player_season_stats_2022.parquet",
    "hoopr_team_season_stats": "espn_nba_team_season_stats/team_season_stats_2022.parquet",
    "hoopr_standings": "espn_nba_standings/standings_2022.parquet",
    "hoopr_draft": "espn_nba_draft/draft_2022.parquet",
    "hoopr_team_crosswalk": "nba_crosswalk/nba_team_crosswalk_2022.parquet",
    "hoopr_schedule_crosswalk": "nba_crosswalk/nba_schedule_crosswalk_2022.parquet",
    "hoopr_player_crosswalk": "nba_crosswalk/nba_player_crosswalk_2022.parquet",
}


def scraper(name: str) -> Scraper:
    return make_scraper(name, ENTRIES[name])


def parquet(columns=COLUMNS["hoopr_team_box"], seasons=(2022,) * 40, *, season_type=None, **options) -> bytes:
    data = {name: pa.array(range(len(seasons)), pa.int32()) for name in columns}
    if "season" in data:
        data["season"] = pa.array(seasons, season_type or pa.int32())
    out = io.BytesIO()
    pq.write_table(pa.table(data), out, row_group_size=10, **options)
    return out.getvalue()


def table(columns=COLUMNS["hoopr_team_box"], seasons=("2022",) * 4, end="\n") -> bytes:
    rows = [",".join(season if name == "season" else "7" for name in columns) for season in seasons]
    return (end.join([",".join(columns), *rows]) + end).encode()


@pytest.fixture(params=["in memory", "in a file"])
def page(request, tmp_path):
    """A page of a body, as small ones come and as streamed ones do."""

    def make(body: bytes) -> Page:
        if request.param == "in memory":
            return Page("https://github.com/x", body)
        path = tmp_path / "body"
        path.write_bytes(body)
        return Page("https://github.com/x", b"", file=path)

    return make


def refused(name: str, page: Page, want: Want = WANT, error: type[ScrapeError] = RefusedError) -> str:
    with pytest.raises(error) as caught:
        scraper(name).check(page, want)
    assert type(caught.value) in (error, UnreadableError)
    return caught.value.reason


def test_every_table_is_declared_in_both_forms():
    assert ENTRIES.keys() >= {f"{name}{form}" for name in COLUMNS for form in ("", "_csv")}
    assert FILES.keys() == COLUMNS.keys()


@pytest.mark.parametrize("name", COLUMNS)
def test_each_table(name, page):
    for form, body in (("", parquet(COLUMNS[name])), ("_csv", table(COLUMNS[name]))):
        scraper(name + form).check(page(body), WANT)
        for column in COLUMNS[name]:
            rest = tuple(one for one in COLUMNS[name] if one != column) or ("other",)
            lacking = parquet(rest) if not form else table(rest)
            assert f"{column}: required" in refused(name + form, page(lacking))


@pytest.mark.parametrize("name", FILES)
def test_addresses(name):
    address = f"https://github.com/sportsdataverse/sportsdataverse-data/releases/download/{FILES[name]}"
    assert scraper(name).url_for({"season": "2021-22"}) == address
    assert scraper(f"{name}_csv").url_for({"season": "2021-22"}) == address.replace(".parquet", ".csv")
    assert scraper(name).stream
    assert scraper(f"{name}_csv").stream


@pytest.mark.parametrize("season_type", [pa.int32(), pa.int64(), pa.float64(), pa.string()])
def test_the_season_is_the_year_of_its_end(page, season_type):
    seasons = [str(2022)] * 40 if season_type == pa.string() else [2022] * 40
    body = parquet(seasons=seasons, season_type=season_type)
    scraper("hoopr_team_box").check(page(body), WANT)
    other = Want("k", "team_box", {"season": "2022-23"})
    assert "expected 2023 in each row, found 2022" in refused("hoopr_team_box", page(body), other)
    scraper("hoopr_team_box").check(page(body), Want("k", "team_box", {}))


def test_a_file_of_several_seasons_is_refused(page):
    mixed = parquet(seasons=(2022,) * 39 + (2023,))
    assert "found 2022, 2023" in refused("hoopr_team_box", page(mixed))
    rows = table(seasons=("2022", "2022", "2023"))
    assert "line 4: season: expected '2022', found '2023'" in refused("hoopr_team_box_csv", page(rows))


def test_the_season_is_told_without_statistics(page):
    body = parquet(seasons=(2010,) * 9, write_statistics=False)
    assert "expected 2022 in each row, found 2010" in refused("hoopr_team_box", page(body))
    scraper("hoopr_team_box").check(page(body), Want("k", "team_box", {"season": "2009-10"}))


def test_no_rows(page):
    assert "no rows" in refused("hoopr_team_box", page(parquet(seasons=())))
    assert "no row" in refused("hoopr_team_box_csv", page(table(seasons=())))


@pytest.mark.parametrize("cut", [1, 4, 8, 9, 20, 200, 700])
def test_a_parquet_file_that_was_cut(page, cut):
    body = parquet()
    assert len(body) > 1000
    assert "cut short" in refused("hoopr_team_box", page(body[:-cut]))
    assert "at its start" in refused("hoopr_team_box", page(body[cut:]))


def test_a_parquet_file_without_its_middle(page):
    """Both marks and a readable footer, which points to what is not there."""
    body = parquet()
    footer = struct.unpack("<I", body[-8:-4])[0] + 8
    assert "cut short" in refused("hoopr_team_box", page(body[:4] + body[-footer:]))
    assert "cut short" in refused("hoopr_team_box", page(body[: -footer - 1] + body[-footer:]))


def test_a_footer_that_is_none(page):
    for length in (0, 5_000_000, 2**32 - 1):
        assert "does not fit" in refused("hoopr_team_box", page(b"PAR1xxxx" + struct.pack("<I", length) + b"PAR1"))
    assert "not a parquet file" in refused("hoopr_team_box", page(b"PAR1xxxx" + struct.pack("<I", 4) + b"PAR1"))
    assert "PAR1" in refused("hoopr_team_box", page(b"PAR1"))
    assert "at its start" in refused("hoopr_team_box", page(b""))


DAMAGED = """
import io, random, struct
import pyarrow as pa, pyarrow.parquet as pq
from adce_async.errors import RefusedError
from adce_async.scraping.base import Page, Want
from adce_async.sources.hoopr import HooprParquet

columns = {name: pa.array([2022] * 40, pa.int32()) for name in ("season", "game_id", "team_id")}
out = io.BytesIO()
pq.write_table(pa.table(columns), out, row_group_size=10)
body = out.getvalue()
footer = len(body) - 8 - struct.unpack("<I", body[-8:-4])[0]
scraper = HooprParquet("x", "hoopr", "https://github.com/o/r/releases/download/t/other_{season_end}.parquet")
scraper.check(Page("u", body), Want("k", "d", {"season": "2021-22"}))
dice, refused = random.Random(7), 0
for _ in range(3000):
    odd = bytearray(body)
    for _ in range(dice.choice((1, 2, 3))):
        odd[dice.randrange(footer, len(body) - 8)] = dice.randrange(256)
    try:
        scraper.check(Page("u", bytes(odd)), Want("k", "d", {"season": "2021-22"}))
    except RefusedError:
        refused += 1
print("all judged,", "some refused" if refused > 100 else refused)
"""


def test_no_damaged_footer_ends_the_process(warm: Warm):
    """In a process of its own: pyarrow ended it where column chunks were asked about themselves."""
    run = warm.run_code(DAMAGED)
    assert (run.returncode, run.stdout) == (0, "all judged, some refused\n"), run.stderr[-2000:]


def test_a_csv_that_was_cut(page):
    body = table()
    for cut in range(1, len(body)):
        if body[cut - 1 : cut] != b"\n":
            assert "cut short" in refused("hoopr_team_box_csv", page(body[:cut]))
    missing_field = body.replace(b"7,2022,7,7\n7,", b"7,2022,7\n7,", 1)
    assert "line 2: expected 4 fields, found 3" in refused("hoopr_team_box_csv", page(missing_field))
    assert "empty" in refused("hoopr_team_box_csv", page(b""))
    assert "not CSV" in refused("hoopr_team_box_csv", page(body + b'"open,1,2,3\n'))


def test_forms_of_csv(page):
    for body in (table(end="\r\n"), b"\xef\xbb\xbf" + table(), table().replace(b"7\n", b'"a ""b"", c\nd"\n', 1)):
        scraper("hoopr_team_box_csv").check(page(body), WANT)


@pytest.mark.parametrize("name", ["hoopr_team_box", "hoopr_team_box_csv"])
@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345678\n", RefusedError),
        (b"<!DOCTYPE html><html><head><title>Sign in to GitHub</title></head></html>\n", RefusedError),
        (b"<!DOCTYPE html><html><head><title>Access denied</title></head></html>\n", BlockedError),
        (b"Not Found", NotFoundError),
        (b"404: Not Found", NotFoundError),
        (b'{"message": "Not Found"}\n', RefusedError),
        (b"<?xml version='1.0'?><Error><Code>AuthenticationFailed</Code></Error>\n", RefusedError),
    ],
)
def test_what_comes_instead_of_a_file(page, name, body, error):
    refused(name, page(body), error=error)


def test_a_parquet_is_no_csv_and_the_other_way_round(page):
    refused("hoopr_team_box_csv", page(parquet()))
    refused("hoopr_team_box", page(table()))


def test_large_files_are_not_read_into_memory(tmp_path):
    path = tmp_path / "body"
    path.write_bytes(table(seasons=("2022",) * 80_000))
    size = path.stat().st_size
    assert size > 800_000
    tracemalloc.start()
    scraper("hoopr_team_box_csv").check(Page("x", b"", file=path), WANT)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < size / 4


def test_captured_season(captures, page):
    body = captures.body("hoopr", "team_box_2022.csv")
    scraper("hoopr_team_box_csv").check(page(body), WANT)
    other = Want("k", "team_box", {"season": "2020-21"})
    assert "season: expected '2021', found '2022'" in refused("hoopr_team_box_csv", page(body), other)
    for name in ("hoopr_play_by_play_csv", "hoopr_player_box_csv", "hoopr_schedules_csv", "hoopr_team_box"):
        refused(name, page(body))


@pytest.mark.parametrize(
    ("file", "name", "error", "reason"),
    [
        ("DERIVED_truncated_team_box.csv", "hoopr_team_box_csv", RefusedError, "cut short"),
        ("pbp_subset_columns_2022.csv", "hoopr_play_by_play_csv", RefusedError, "type_text: required"),
        ("PROXY_nbadb_dim_team_sample.parquet", "hoopr_team_box", RefusedError, "game_id: required"),
        ("SYNTHETIC_200_git_lfs_pointer.parquet", "hoopr_team_box", RefusedError, "Git LFS pointer"),
        ("SYNTHETIC_404_github_release_asset.txt", "hoopr_team_box", NotFoundError, "Not Found"),
    ],
)
def test_captured_lies(captures, page, file, name, error, reason):
    assert reason in refused(name, page(captures.body("hoopr", file)), error=error)


def test_the_captured_parquet_is_whole(captures, page):
    """Of another project, but real: its footer is read, its columns are not ours; a part of it is nothing."""
    body = captures.body("hoopr", "PROXY_nbadb_dim_team_sample.parquet")
    for part in range(1, 8):
        assert "cut short" in refused("hoopr_team_box", page(body[: len(body) * part // 8]))


def test_captures_came_from_where_their_scrapers_ask(captures):
    urls = {scraper(name).url_for({"season": "2021-22"}) for name in ENTRIES if name.endswith("_csv")}
    known = [entry["url"] for entry in captures.manifest("hoopr") if entry["url"].startswith("https://")]
    assert len(known) == 3
    assert set(known) <= urls
