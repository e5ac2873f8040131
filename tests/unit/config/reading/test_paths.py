"""Where everything is, and who said so."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from adce_async.config.reading.paths import as_meant, lake_url, mirror_url

if TYPE_CHECKING:
    from tests.unit.config.conftest import Project

HERE = Path("/data")


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("lake", "file:///data/lake"),
        ("./a/../lake/", "file:///data/lake"),
        ("/abs/lake", "file:///abs/lake"),
        ("my lake", "file:///data/my%20lake"),
        ("file:///abs/lake/", "file:///abs/lake"),
        ("FILE:///abs/my%20lake", "file:///abs/my%20lake"),
        ("file:///abs/my lake", "file:///abs/my%20lake"),
        ("s3://some-bucket", "s3://some-bucket"),
        ("s3://some-bucket/", "s3://some-bucket"),
        ("S3://some-bucket/a/b/", "s3://some-bucket/a/b"),
    ],
)
def test_forms_of_the_lake(text: str, url: str) -> None:
    assert lake_url(text, HERE) == url


def test_the_home_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    assert lake_url("~/lake", HERE) == "file:///home/me/lake"


@pytest.mark.parametrize(
    "text",
    [
        "ftp://x/y", "http://x/y", "gs://bucket", "file://lake", "file:lake", "s3:bucket", "s3://", "s3://Bucket",
        "s3://b", "s3://bucket/a//x", "s3://bucket/../x",
    ],
)  # fmt: skip
def test_no_lakes(text: str) -> None:
    with pytest.raises(ValueError, match=r"got '.*'; expected"):
        lake_url(text, HERE)


@pytest.mark.parametrize("text", ["http://127.0.0.1:9000", "https://mirror.test/base", "http://[::1]:80"])
def test_mirrors(text: str) -> None:
    assert mirror_url(text + "/") == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "mirror.test",
        "http://",
        "http:///x",
        "ftp://x",
        "http://x:99999",
        "http://x:y",
        "http://x/?a=1",
        "http://a b",
    ],
)
def test_no_mirrors(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected http://HOST\[:PORT\]"):
        mirror_url(text)


def test_defaults(project: Project) -> None:
    settings = project.load()
    assert {name: str(getattr(settings.paths, name)) for name in settings.paths.__slots__} == {
        "config_dir": "config",
        "inventory_dir": "inventory",
        "state_dir": "inventory",
        "state_db": "inventory/adce.db",
        "gaps_file": "inventory/gaps.json",
        "coverage_file": "inventory/coverage.json",
        "metrics_file": "inventory/metrics.yaml",
        "lake": project.root.joinpath("lake").as_uri(),
        "mirror": "None",
    }
    assert {key: value for key, value in settings.origins.items() if key.startswith("paths.")} == {
        f"paths.{name}": "default" for name in settings.paths.__slots__
    }


LAKES: list[tuple[dict[str, Any], dict[str, str], str, str, str]] = [
    (
        {"lake": "s3://from-option"},
        {"ADCE_LAKE": "s3://from-env"},
        "lake: s3://from-file",
        "s3://from-option",
        "command line",
    ),
    ({}, {"ADCE_LAKE": "s3://from-env"}, "lake: s3://from-file", "s3://from-env", "environment ADCE_LAKE"),
    ({}, {"ADCE_LAKE": ""}, "\nlake: s3://from-file", "s3://from-file", "config/reconciliation_config.yaml:1"),
    ({}, {}, "s3:\n  bucket: from-bucket", "s3://from-bucket", "config/reconciliation_config.yaml:2"),
    ({}, {"ADCE_S3__BUCKET": "env-bucket"}, "", "s3://env-bucket", "environment ADCE_S3__BUCKET"),
]


@pytest.mark.parametrize(("given", "environ", "text", "lake", "origin"), LAKES)
def test_who_decides_about_the_lake(
    project: Project, given: dict[str, Any], environ: dict[str, str], text: str, lake: str, origin: str
) -> None:
    settings = project.write(reconciliation_config=text).load(environ, **given)
    assert (settings.paths.lake, settings.origins["paths.lake"]) == (lake, origin)


def test_a_bucket_beside_a_lake_is_pointed_out(project: Project) -> None:
    project.write(reconciliation_config="lake: here\ns3: {bucket: some-bucket}\n")
    assert project.warnings() == [
        "config/reconciliation_config.yaml:2: s3.bucket: has no effect beside 'lake: here'"
    ]  # fmt: skip
    project.write(reconciliation_config="lake: s3://some-bucket/\ns3: {bucket: some-bucket}\n")
    assert project.warnings() == []


def test_the_folder_of_the_state(project: Project) -> None:
    assert str(project.load(inventory_dir=project.root / "inventory").paths.state_dir) == f"{project.root}/inventory"
    settings = project.load({"ADCE_STATE_DIR": "from-env"})
    assert str(settings.paths.state_db) == "from-env/adce.db"
    assert settings.origins["paths.state_db"] == "environment ADCE_STATE_DIR"
    assert str(project.load({"ADCE_STATE_DIR": "from-env"}, state_dir=Path("given")).paths.state_db) == "given/adce.db"


def test_paths_of_the_files(project: Project) -> None:
    project.write(autonomous_config="state_db: var/queue.db\ntask_queue_file: var/gaps.json\n")
    settings = project.load()
    assert (str(settings.paths.state_db), str(settings.paths.gaps_file)) == ("var/queue.db", "var/gaps.json")
    assert settings.origins["paths.state_db"] == "config/autonomous_config.yaml:1"
    assert settings.origins["paths.gaps_file"] == "config/autonomous_config.yaml:2"
    assert str(project.load(state_dir=Path("given")).paths.state_db) == "given/queue.db"


def test_folders_from_the_environment(project: Project) -> None:
    (project.root / "config").rename(project.root / "c")
    (project.root / "inventory").rename(project.root / "i")
    environ = {"ADCE_CONFIG_DIR": "c", "ADCE_INVENTORY_DIR": "i"}
    settings = project.load(environ)
    assert (str(settings.paths.config_dir), str(settings.paths.gaps_file)) == ("c", "i/gaps.json")
    assert settings.warnings == ()
    assert list(settings.scraping.sources) == ["ant"]


def test_bad_addresses_are_problems_at_their_place(project: Project) -> None:
    project.write(reconciliation_config="\nlake: ftp://x\n")
    assert project.problems({"ADCE_MIRROR": "x"}) == [
        "config/reconciliation_config.yaml:1: lake: got 'ftp://x'; expected a folder, file:///folder or s3://bucket/prefix",
        "environment ADCE_MIRROR: got 'x'; expected http://HOST[:PORT] or https://HOST[:PORT]",
    ]
    assert project.problems(lake="gs://x", mirror="y") == [
        "command line: --lake: got 'gs://x'; expected a folder, file:///folder or s3://bucket/prefix",
        "command line: --mirror: got 'y'; expected http://HOST[:PORT] or https://HOST[:PORT]",
    ]


def test_the_mirror(project: Project) -> None:
    assert project.load({"ADCE_MIRROR": "http://env:1"}).paths.mirror == "http://env:1"
    assert project.load({"ADCE_MIRROR": "http://env:1"}, mirror="http://given:2/").paths.mirror == "http://given:2"


def test_quotes_and_line_ends_of_env_files_make_no_other_lake(project: Project) -> None:
    for text in ('"/data/lake"', "'/data/lake'", "/data/lake\r", ' "/data/lake"\r\n'):
        settings = project.load({"ADCE_LAKE": text})
        assert settings.paths.lake == "file:///data/lake"
        assert settings.origins["paths.lake"] == "environment ADCE_LAKE"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  ", "blanks only"),
        ("", "blanks only"),
        ('"/data/lake"', "without quotes"),
        ("/data/lake ", "without quotes and blanks"),
        ("/data/la\rke", "without control"),
        ("file:///data/lake%0D", "without control"),
        ("/data/\u200blake", "invisible"),
        ("/data/lake # the lake", "without a comment"),
    ],
)
def test_slips_make_no_other_lake(project: Project, text: str, expected: str) -> None:
    (problem,) = project.problems(lake=text)
    assert problem.startswith("command line: --lake: got ")
    assert expected in problem
    (problem,) = project.problems({"ADCE_STATE_DIR": "/data/st\rate"})
    assert problem.startswith("environment ADCE_STATE_DIR: got '/data/st\\rate'")


def test_a_folder_in_another_encoding_is_a_lake() -> None:
    assert lake_url("/data/Jos\udce9", HERE) == "file:///data/Jos%E9"


def test_without_a_home_or_a_current_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(Path, "expanduser", _raises(RuntimeError("Could not determine home directory.")))
    with pytest.raises(ValueError, match="no home folder: expected a path without '~'"):
        lake_url("~/lake")
    monkeypatch.undo()
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    with pytest.raises(ValueError, match="the current folder is gone; expected an absolute path"):
        lake_url("lake")
    assert lake_url("/data/lake") == "file:///data/lake"


def test_an_option_counts_also_where_it_says_the_default(project: Project) -> None:
    settings = project.load({"ADCE_CONFIG_DIR": "elsewhere"}, config_dir=Path("config"))
    assert (str(settings.paths.config_dir), settings.origins["paths.config_dir"]) == ("config", "command line")


def _raises(error: Exception) -> Any:
    def raising(*_args: object) -> None:
        raise error

    return raising


def test_what_a_mirror_asks_for_may_be_a_secret() -> None:
    with pytest.raises(ValueError, match=r"got 'http://m.test/\?\.\.\.'; expected") as caught:
        mirror_url("http://m.test/?key=abcdef")
    assert "abcdef" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    ["$HOME/lake", "${HOME}/lake", "/data/${NAME}", "%h/lake", "\u2018lake\u2019", "\u201clake\u201d", "C:\\lake"],
)
def test_what_is_never_expanded_makes_no_other_lake(text: str) -> None:
    with pytest.raises(ValueError, match="nothing in it is expanded"):
        as_meant(text)


@pytest.mark.parametrize("text", ["/data/100%/lake", "/data/a$b", "s3://bucket/nba", "file:///data/lake"])
def test_odd_but_plain_paths_are_taken(text: str) -> None:
    assert as_meant(text) == text
