"""cluster migrate, status, import, export: the database of several machines that share the work."""

from __future__ import annotations

import click

from adce_async.cli import render
from adce_async.cli.common import Loaded, load_all, run_async
from adce_async.cli.options import Globals
from adce_async.clock import SystemClock
from adce_async.cluster_resources import cluster_view, export_cluster, import_into_cluster, migrate_cluster
from adce_async.model.cluster import ClusterView
from adce_async.service.cluster_node import cluster_document


def migrate(given: Globals) -> None:
    """Make or upgrade the schema."""
    loaded = load_all(given)
    click.echo(run_async(migrate_cluster(loaded.resources)))


def status(given: Globals, as_json: bool) -> None:
    """Nodes, sources, owners, leases."""
    loaded = load_all(given)
    view = run_async(cluster_view(loaded.resources))
    if as_json:
        render.show_json(cluster_document(view))
        return
    _show(view)


def _show(view: ClusterView) -> None:
    owned = {
        node.session: ", ".join(s.source for s in view.sources if s.session == node.session and s.left > 0)
        for node in view.nodes
    }
    render.table(
        ("node", "state", "share", "sources", "doing"),
        (
            (
                f"{node.name} (leader)" if node.name == view.leader else node.name,
                f"lease {node.left:.0f} s" if node.left > 0 else f"gone for {-node.left:.0f} s",
                f"{node.share:.0%}",
                owned[node.session],
                node.doing,
            )
            for node in view.nodes
        ),
        fold={"sources"},
    )
    click.echo()
    render.table(
        ("source", "owner", "fence", "waiting", "handing over to"),
        ((s.source, s.owner if s.left > 0 else "", s.fence, s.need, s.wanted_by) for s in view.sources),
        right={"fence", "waiting"},
    )
    click.echo(f"{len(view.alive)} of {len(view.nodes)} nodes at work, leader: {view.leader or 'none'}")


def bring_in(given: Globals, as_json: bool) -> None:
    """The state of one machine into the cluster."""
    _show_moved(load_all(given), into=True, as_json=as_json)


def take_out(given: Globals, as_json: bool) -> None:
    """The state of the cluster onto this machine."""
    _show_moved(load_all(given), into=False, as_json=as_json)


def _show_moved(loaded: Loaded, *, into: bool, as_json: bool) -> None:
    move = import_into_cluster if into else export_cluster
    counts = run_async(move(loaded.resources, SystemClock()))
    if as_json:
        render.show_json({"rows": counts})
        return
    for table, count in counts.items():
        click.echo(f"{count:9} {table}")
    where = "in the cluster now" if into else f"in {loaded.settings.paths.state_db.parent} now"
    click.echo(f"all of it is {where}; what it was copied from is as it was")
