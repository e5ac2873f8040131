"""The SQL of `finishing`.

Games of several sources meet by day and pair of teams (who was at home is not known on neutral ground), those without a
day only within their source. What is null contradicts nothing. Players meet by their names without accents, points,
and suffixes like Jr.; two of one team and game who would be called alike are not compared.
"""

# ruff: noqa: S608 - names of columns and paths are put in, quoted; no text of others

from __future__ import annotations

from collections.abc import Iterator, Sequence

from adce_async.model.lake_tables import GAMES, RESULT_COLUMNS, TABLES, Column

_SQL_TYPES = {
    "text": "VARCHAR", "integer": "INTEGER", "number": "DOUBLE", "flag": "BOOLEAN", "day": "DATE",
    "time": "TIMESTAMPTZ", "integers": "INTEGER[]",
}  # fmt: skip
_GAME_TABLES = ("team_box_scores", "player_box_scores", "plays")
"""Whose rows get day and teams from what their source says elsewhere."""
_NAME = (
    "regexp_replace(trim(regexp_replace(strip_accents(lower(replace(player, '-', ' '))), '[^a-z ]', '', 'g')),"
    " ' (jr|sr|ii|iii|iv)$', '')"
)


def scan(paths: Sequence[str]) -> str:
    """A table function over these files."""
    names = ", ".join(map(quoted, paths))
    return f"read_parquet([{names}], hive_partitioning=false)"


def empty(columns: Sequence[Column]) -> str:
    """A query of no rows with these columns."""
    nulls = ", ".join(f"null::{_SQL_TYPES[column.type]} as {column.name}" for column in columns)
    return f"(select {nulls} where false)"


def results(paths: Sequence[str]) -> Iterator[str]:
    """Tables `identity` (a game of a source), `disputes` (a game that is contradicted) and `final_games`."""
    yield f"create temp table claims as select * from {scan(paths) if paths else empty(RESULT_COLUMNS)}"
    yield """
        create temp table identity as
        with known as (
            select source, game_id,
                arg_max(date, rank) filter (date is not null) as date,
                arg_max(home, (sides_known, rank)) as home,
                arg_max(away, (sides_known, rank)) as away,
                arg_max(season_type, rank) filter (season_type is not null) as season_type
            from claims group by all
        )
        select *, case when date is null then source || ' ' || game_id
            else concat_ws(' ', date, least(home, away), greatest(home, away)) end as game
        from known
    """
    yield """
        create temp table disputes as
        with said as (
            select game, claims.source, claims.home as team, coalesce(home_points, home_last) as points
            from claims join identity using (source, game_id)
            union all
            select game, claims.source, claims.away, coalesce(away_points, away_last)
            from claims join identity using (source, game_id)
        ), who as (
            select game, team, points, string_agg(distinct source, ', ' order by source) as sources
            from said where points is not null group by all
        ), told as (
            select game, team || ' ' || string_agg(points || ' (' || sources || ')', ', ' order by points) as line
            from who group by game, team having count(*) > 1
        )
        select game, 'points: ' || string_agg(line, '; ' order by line) as conflict from told group by game
    """
    chosen = ", ".join(_of_game(name) for name in GAMES.names)
    yield f"""
        create temp table final_games as
        with best as (
            select *, row_number() over (
                partition by source, game_id order by home_points is null, rank desc, length(data_type), data_type, key
            ) as place
            from claims
        )
        select {chosen} from best b join identity i using (source, game_id) left join disputes d using (game)
        where place = 1
    """


def _of_game(column: str) -> str:
    if column in ("date", "home", "away", "season_type"):
        return f"i.{column}"
    if column in ("home_points", "away_points"):
        return f"coalesce(b.{column}, b.{column.replace('points', 'last')}) as {column}"
    return "d.conflict" if column == "conflict" else f"b.{column}"


def found(table: str, paths: Sequence[str]) -> Iterator[str]:
    """Tables `preferred_TABLE` (source, game, key) and `conflicts_TABLE`, where the table has such."""
    if table in _GAME_TABLES:
        rows = scan(paths) if paths else empty(TABLES[table].columns)
        yield f"""
            create temp table preferred_{table} as
            with objects as (select distinct source, game_id, key, data_type from {rows})
            select source, game_id, arg_min(key, (length(data_type), data_type, key)) as key from objects group by all
        """
    if table in ("team_box_scores", "player_box_scores", "season_totals"):
        yield _conflicts(table, paths)


def _conflicts(table: str, paths: Sequence[str]) -> str:
    """`conflicts_TABLE`: (of, who, conflict), `of` a game or a season, `who` a team or a player."""
    compared = TABLES[table].compared
    rows = scan(paths) if paths else empty(TABLES[table].columns)
    values = ", ".join(compared)
    if table == "season_totals":
        overall = "team is null or count(*) over (partition by key, season_type, player_id) = 1"
        lines = (
            f"select concat_ws(' ', season, season_type) as of, {_NAME} as who, source, key, {values}"
            f" from {rows} qualify {overall}"
        )
    else:
        who = "t.team" if table == "team_box_scores" else f"t.team || ' ' || {_NAME.replace('player', 't.player')}"
        lines = (
            f"select i.game as of, {who} as who, t.source, t.key, {', '.join(f't.{name}' for name in compared)}"
            f" from {rows} t join identity i using (source, game_id)"
        )
    return f"""
        create temp table conflicts_{table} as
        with lines as ({lines}),
        single as (select * from lines qualify count(*) over (partition by of, who, key) = 1),
        said as (unpivot single on {values} into name stat value number),
        who_says as (
            select of, who, stat, number, string_agg(distinct source, ', ' order by source) as sources
            from said group by all
        ), told as (
            select of, who, stat,
                stat || ': ' || string_agg(number || ' (' || sources || ')', ', ' order by number) as line
            from who_says group by of, who, stat having count(*) > 1
        )
        select of, who, string_agg(line, '; ' order by stat) as conflict from told group by all
    """


def finished(table: str, path: str) -> str:
    """The rows of a file with what was found for them, in the order of the file."""
    replaced = ", ".join(f"{value} as {name}" for name, value in _values(table).items())
    columns = ", ".join(f"t.{name}" for name in TABLES[table].names if name not in _values(table))
    return f"select {columns}, {replaced} from {_joined(table, path)} order by t.file_row_number"


def differing(table: str, path: str) -> str:
    """A row if anything that was found is otherwise than it stands in the file."""
    tests = " or ".join(f"t.{name} is distinct from {value}" for name, value in _values(table).items())
    return f"select 1 from {_joined(table, path)} where {tests} limit 1"


def _values(table: str) -> dict[str, str]:
    """Column -> what it has to be."""
    values = {"conflict": "c.conflict"}
    if table in _GAME_TABLES:
        values = {
            "date": "coalesce(i.date, t.date)",
            "home": "coalesce(i.home, t.home)",
            "away": "coalesce(i.away, t.away)",
            "preferred": "coalesce(p.key = t.key, true)",
            **values,
        }
    return values


def _joined(table: str, path: str) -> str:
    file = f"read_parquet({quoted(path)}, file_row_number=true, hive_partitioning=false) t"
    if table == "season_totals":
        return (
            f"{file} left join conflicts_{table} c on c.of = concat_ws(' ', t.season, t.season_type)"
            f" and c.who = {_NAME.replace('player', 't.player')}"
        )
    joined = f"{file} left join identity i on i.source = t.source and i.game_id = t.game_id"
    if table in _GAME_TABLES:
        joined += f" left join preferred_{table} p on p.source = t.source and p.game_id = t.game_id"
    if table in ("plays", "schedules"):
        return f"{joined} left join disputes c on c.game = i.game"
    who = "t.team" if table == "team_box_scores" else f"t.team || ' ' || {_NAME.replace('player', 't.player')}"
    return f"{joined} left join conflicts_{table} c on c.of = i.game and c.who = {who}"


def quoted(text: str) -> str:
    """As a literal of SQL."""
    return "'" + text.replace("'", "''") + "'"
