"""Every command with its options. What does the work is imported when the command is called, so that `--help` is quick.

Nothing but click and the program's plainest modules may be imported at the top; a test holds it to that.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from adce_async.cli.command_kinds import (
    FORMATS,
    PRIORITIES,
    Command,
    Group,
    import_structlog_alone,
    interval_options,
    json_option,
    max_wait_option,
)
from adce_async.cli.metrics_commands import METRICS_COMMANDS
from adce_async.cli.numbers import FiniteRange
from adce_async.cli.service_commands import SERVICE_COMMANDS
from adce_async.cli.tables_commands import TABLES_COMMANDS

if TYPE_CHECKING:
    from adce_async.cli.options import Globals


@click.command(cls=Command, short_help="The 24/7 service (the default); --once until no gap can be filled.")
@click.option("--once", is_flag=True, help="Until no gap can be filled, then exit: 0 complete, 3 gaps left.")
@max_wait_option("With --once: seconds to wait for a task to become ready, and at most half a second more.")
@click.option("--dry-run", is_flag=True, help="Compare and log, fetch nothing.")
@click.option("--test-mode", is_flag=True, help="Only the queue: no reconciliation.")
@click.option("--detached", is_flag=True, hidden=True, help="How `start` runs it: log lines go to a file alone.")
@interval_options
@json_option
@click.pass_obj
def run(given: Globals, /, **options: Any) -> int:
    """The 24/7 service: reconcile at each interval, fill gaps in between, until SIGTERM or Ctrl-C."""
    from adce_async.cli import early_signals

    early_signals.ignore_hangup()
    from adce_async.cli.run import run

    return run(given, **options)


@click.command(cls=Command, short_help="Write configuration and inventory, ready for use; overwrites nothing.")
@click.argument("folder", type=click.Path(path_type=Path), default=Path())
@click.pass_obj
def init(given: Globals, /, **options: Any) -> None:
    """Write configuration and inventory as shipped below FOLDER (default: here). What is there stays as it is."""
    from adce_async.cli.init import init

    init(given, **options)


@click.command(cls=Command, short_help="One pass: compare, write gaps.json and the coverage report.")
@click.option("--dry-run", is_flag=True, help="Write nothing.")
@json_option
@click.pass_obj
def reconcile(given: Globals, /, **options: Any) -> int:
    """One pass: compare the lake with the inventory, write gaps.json and the coverage report."""
    from adce_async.cli.run import reconcile

    return reconcile(given, **options)


@click.command(cls=Command, short_help="Run the queue once.")
@click.option("--priority", type=click.Choice(PRIORITIES, case_sensitive=False), help="Only tasks of this priority.")
@click.option("--max-concurrent", type=click.IntRange(1, 1000), help="Tasks at once.")
@click.option("--dry-run", is_flag=True, help="Show what would be run.")
@click.option("--no-reconciliation", is_flag=True, help="No pass afterwards.")
@click.option(
    "--task-queue",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Run this file instead of inventory/gaps.json.",
)
@max_wait_option("Seconds to wait for a task to become ready, and at most half a second more.")
@json_option
@click.pass_obj
def execute(given: Globals, /, **options: Any) -> int:
    """Run the queue once and say what came of it."""
    from adce_async.cli.run import execute

    return execute(given, **options)


@click.command(cls=Command, short_help="What would be fetched, in which order and why, and until when.")
@json_option
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="Tasks listed (all with --json).")
@click.pass_obj
def plan(given: Globals, /, **options: Any) -> None:
    """What would be fetched, in which order and why, and when it would be done if nothing goes wrong."""
    from adce_async.cli.plan import plan

    plan(given, **options)


@click.command(cls=Command, short_help="HAVE against SHOULD per source, data type and season.")
@click.option(
    "--sample",
    metavar="SHARE",
    type=FiniteRange(min=0, max=1, min_open=True),
    help="Estimate from this share of the expected keys (0.1: a tenth), without listing the lake.",
)
@click.option("--seed", type=int, help="With --sample: another seed, another sample (default: 0).")
@json_option
@click.pass_obj
def coverage(given: Globals, /, **options: Any) -> None:
    """HAVE against SHOULD per source, data type and season, with the change since yesterday."""
    from adce_async.cli.coverage import coverage

    coverage(given, **options)


@click.command(cls=Command, short_help="Judge what is stored, and hold it against each other; asks no source.")
@click.option("--source", metavar="NAME", help="Only the objects of this source.")
@click.option("--all", "everything", is_flag=True, help="Judge anew also what was judged before.")
@json_option
@click.pass_obj
def verify(given: Globals, /, **options: Any) -> int:
    """Judge the stored objects by their scrapers' checks and hold their scores against each other.

    Objects that we stored were checked then; this is for those that others have written, or that an older version has
    checked. What is invalid becomes a gap of the next pass. Findings (scores that differ between objects or sources,
    seasons with too few games) are told and change nothing. Works beside a running service; go on after Ctrl-C by
    running it again. Exit 3 if there are invalid objects.
    """
    from adce_async.cli.verify import verify

    return verify(given, **options)


@click.command(cls=Command, short_help="Take over a lake that others have filled: says first what is there.")
@click.option(
    "--verify-budget-requests",
    type=click.IntRange(min=0),
    default=10_000,
    show_default=True,
    help="Requests to the store that looking closer may cost, now and in each hour of the service (0: none).",
)
@click.option(
    "--verify-budget-bytes",
    type=click.IntRange(min=0),
    default=2_000_000_000,
    show_default=True,
    help="Bytes that the service may read in an hour to verify what is there.",
)
@click.option(
    "--index",
    type=click.Path(path_type=Path, dir_okay=False),
    help="objects.db of the lake that this is a copy of: what has its size and checksum is as old as it says.",
)
@click.option("--dry-run", is_flag=True, help="Only say what is there.")
@json_option
@click.pass_obj
def adopt(given: Globals, /, **options: Any) -> None:
    """Take over a lake that others have filled, in a folder or in S3.

    Lists it once and says what is there: what is expected, what is missing, what nobody expects, what is too small, and
    which times are those of a copy. Fetches, queues and removes nothing. From then on the times of copies count for
    nothing, and the service verifies in the background what nobody vouches for.
    """
    from adce_async.cli.adopt import adopt

    adopt(given, **options)


@click.group(
    cls=Group, invoke_without_command=True, short_help="The dead-letter list; `parked retry KEY...` brings tasks back."
)
@json_option
@click.pass_context
def parked(ctx: click.Context, /, **options: Any) -> None:
    """The dead-letter list: what will not be tried again by itself, and why."""
    if ctx.invoked_subcommand is None:
        import_structlog_alone()
        from adce_async.cli.parked import parked

        parked(ctx.obj, **options)


@parked.command()
@click.argument("keys", nargs=-1)
@click.option("--source", help="Only what is parked of this source.")
@click.option("--scraper", help="Only what is parked of this scraper.")
@click.option("--reason", metavar="TEXT", help="Only what was parked with TEXT in its reason.")
@click.option("--all", "everything", is_flag=True, help="All that is parked.")
@click.pass_obj
def retry(given: Globals, /, **options: Any) -> int:
    """Bring KEYS back; the next pass plans them anew."""
    from adce_async.cli.parked import retry

    return retry(given, **options)


@click.command(cls=Command, short_help="One key by hand: shows what `check` says, stores with --save.")
@click.argument("scraper")
@click.argument("fields", nargs=-1, metavar="FIELD=VALUE...")
@click.option("--save", is_flag=True, help="Store what `check` accepts.")
@click.pass_obj
def scrape(given: Globals, /, **options: Any) -> int:
    """Fetch with SCRAPER for the given fields, within the limits, and show what `check` says."""
    from adce_async.cli.scrape import scrape

    return scrape(given, **options)


@click.command(cls=Command, short_help="The sources, their hosts and limits.")
@json_option
@click.pass_obj
def sources(given: Globals, /, **options: Any) -> None:
    """The sources with their hosts and the limits that hold; while the service runs, also how they are doing."""
    from adce_async.cli.catalog import sources

    sources(given, **options)


@click.group(cls=Group, invoke_without_command=True, short_help="The scrapers and what they fill.")
@json_option
@click.option("--url", "url", metavar="URL", help="Only those that would ask this URL, the surest first.")
@click.pass_context
def scrapers(ctx: click.Context, /, **options: Any) -> int:
    """The scrapers: what they ask, what they fill, how it is known and how it is checked."""
    if ctx.invoked_subcommand is not None:
        return 0
    import_structlog_alone()
    from adce_async.cli.catalog import scrapers

    return scrapers(ctx.obj, **options)


@scrapers.command()
@click.pass_obj
def document(given: Globals, /) -> None:
    """Print docs/sources.md."""
    from adce_async.cli.sources_document import document

    document(given)


@scrapers.command()
@click.argument("name")
@click.option("--url", metavar="URL", help="What is asked, with {fields}.")
@click.option("--format", "body_format", type=click.Choice(FORMATS), default="json", show_default=True)
@click.option("--data-type", "what", default="items", show_default=True, help="Name of its first data type.")
@click.option("--code", is_flag=True, help="A module with a class and its test, instead of YAML.")
@click.option(
    "--into",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    help="Folder for --code (default: here).",
)
def new(**options: Any) -> None:
    """Begin the source NAME: prints the YAML for both files, or writes a module and its test (--code)."""
    from adce_async.cli.new_source import new

    new(**options)


@click.group(cls=Group, short_help="check, show, schema or document: validate and explain the configuration.")
def config() -> None:
    """Validate and explain the configuration."""


@config.command()
@json_option
@click.pass_obj
def check(given: Globals, /, **options: Any) -> None:
    """Validate all four files; exit 2 with everything that is wrong."""
    from adce_async.cli.config import check

    check(given, **options)


@config.command()
@json_option
@click.option("--all", "everything", is_flag=True, help="Every value, defaults and the inventory's, too.")
@click.pass_obj
def show(given: Globals, /, **options: Any) -> None:
    """The values that are not their defaults, with who set them."""
    from adce_async.cli.config import show

    show(given, **options)


@config.command()
def schema() -> None:
    """JSON Schema of the four files, for editors."""
    from adce_async.cli.config import schema

    schema()


@config.command("document")
def config_document() -> None:
    """Print docs/configuration.md: every key, and what it says."""
    from adce_async.cli.config import document

    document()


@click.command(cls=Command, short_help="New files from those of the system before this one.")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--output", type=click.Path(file_okay=False, path_type=Path), help="Where to write (default: FOLDER/adce)."
)
@click.option("--force", is_flag=True, help="Replace files that were changed since they were written.")
@json_option
def migrate(**options: Any) -> None:
    """Read the old files in FOLDER (its config/, inventory/ and gaps.json) and write new ones beside them.

    Old files are never touched. A table tells what became of each scraper, data type and key: taken, renamed, added
    (because something taken needs it), off, dropped, and why. What was written before and is the same stays as it is.
    """
    from adce_async.cli.migrate import migrate

    migrate(**options)


@click.command(cls=Command, short_help="The whole loop, offline, against simulated sources.")
@click.option(
    "--lake",
    "lake_dir",
    type=click.Path(path_type=Path),
    help="Make the lake in this folder (default: a new one among the temporary files).",
)
@click.option("--stay", is_flag=True, help="Keep its page open afterwards, until Ctrl-C.")
@click.pass_obj
def demo(given: Globals, /, **options: Any) -> int:
    """From an empty lake to a complete one in about a minute, offline. Exit 0 only if complete and polite.

    Its address, which the first lines say, shows the page of the service while it runs.
    """
    from adce_async.cli.demo import demo

    return demo(given, **options)


@click.group(cls=Group, short_help="migrate, status, import, export: the database that several machines share.")
def cluster() -> None:
    """Several machines that share the work: their queue, who owns which source, and the way in and out."""


@cluster.command("migrate")
@click.pass_obj
def cluster_migrate(given: Globals, /) -> None:
    """Make or upgrade the schema in PostgreSQL (`cluster.dsn`). Running it again changes nothing."""
    from adce_async.cli.cluster import migrate

    migrate(given)


@cluster.command("status")
@json_option
@click.pass_obj
def cluster_status(given: Globals, /, **options: Any) -> None:
    """Nodes, sources, owners and leases, as the database has them."""
    from adce_async.cli.cluster import status

    status(given, **options)


@cluster.command("import")
@json_option
@click.pass_obj
def cluster_import(given: Globals, /, **options: Any) -> None:
    """Copy the queue, parked list, ages and history of this machine into an empty cluster."""
    from adce_async.cli.cluster import bring_in

    bring_in(given, **options)


@cluster.command("export")
@json_option
@click.pass_obj
def cluster_export(given: Globals, /, **options: Any) -> None:
    """Copy all of the cluster, whose nodes have stopped, into an empty state folder."""
    from adce_async.cli.cluster import take_out

    take_out(given, **options)


COMMANDS: tuple[click.Command, ...] = (
    init, run, reconcile, execute, plan, coverage, verify, adopt, parked, scrape, sources, scrapers, config, migrate,
    cluster, demo, *SERVICE_COMMANDS, *METRICS_COMMANDS, *TABLES_COMMANDS,
)  # fmt: skip
"""In the order of `adce --help`."""
