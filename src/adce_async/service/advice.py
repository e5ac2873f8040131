"""What to do about each trouble, in a line: the short form of the table in docs/operations.md."""

from __future__ import annotations

SILENT = "`adce restart`, and report the log: a part of the program hangs"
"""About a loop that gives no sign of life."""
_OF_PARTS = "it mends itself or the process ends and its unit starts it again; report the log"
_BY_NAME = {
    "reconciler": "read the reason; it is tried again each minute",
    "reconciler silent": SILENT,
    "pass": "is the lake slow to list? `health_check.alert_thresholds.orchestrator_timeout_minutes` may be higher",
    "error rate": "one source or all? One: see there. All: network, proxy, disk; `adce logs`",
    "critical tasks": "`adce tasks` says what they wait for",
    "task queue": "`adce tasks`: a source that refuses everything, or no network?",
    "memory": "is the inventory larger than it was? Raise `resource_limits.max_memory_mb`, or give it fewer slots",
    "open files": "raise LimitNOFILE of the unit; who opened them is in /proc/PID/fd",
    "event loop": "report it with that line; in a scraper of your own its check is too slow",
    "drift": "somebody else writes to the lake; the pass has seen to it, `adce verify` judges the objects",
    "safe mode": "mend what began it; it ends after a calm time, or as you say",
    "configuration": "`adce config check`, mend the file and save it again",
    "loops": SILENT,
    "cloudwatch": "credentials, region, network? Everything else goes on",
    "gaps.json": "mend the entries that the text names and save the file again",
    "live_games": "nothing: it is tried again, and the passes collect the games later",
    "events": "credentials, region, network? Passes go on without, so nothing is lost",
    "coverage history": "disk or permission? Everything else goes on",
    "metrics report": "disk or permission? Everything else goes on",
    "cluster": "database and network? It goes on by itself",
    "cluster configuration": "give all machines the same configuration; who lacks a source gets none of it",
    "cluster queue": "database and network? It is looked at again each second",
    **dict.fromkeys(
        ("storage", "lake", "queue", "history"), "make room, or give the permission that the text names; it goes on"
    ),
    **dict.fromkeys(
        ("state", "lake metadata", "journal of requests"), "nothing: it was begun anew; look at the disk"
    ),
}  # fmt: skip
_BY_BEGINNING = {
    "source ": "nothing at first: it is asked ever less often, and nothing is lost. For days: is our address blocked, "
    "has it changed?",
    "robots.txt of ": "nothing until then; where it refuses for ever, `respect_robots: false` is yours to decide",
    "account of ": "renew its credentials; what was parked for it comes back by itself",
    "limit of ": "nothing: a backlog does that, and the limit holds",
    "disk of ": "make room; it goes on by itself",
    "guardrail ": "`adce guardrails` shows them; `guardrails.safe_mode` decides what follows",
    "schedule ": "the text names what is missing: `adce explain KEY` says why",
    "alert channel ": "webhook, topic, credentials, program? What was not sent is in the log",
    "loop ": _OF_PARTS,
}


def advice(name: str) -> str:
    """About the trouble `name`.

    >>> advice("source espn").partition(":")[0], advice("disk of the lake"), advice("settler")[:15]
    ('nothing at first', 'make room; it goes on by itself', 'it mends itself')
    """
    if name in _BY_NAME:
        return _BY_NAME[name]
    return next((text for start, text in _BY_BEGINNING.items() if name.startswith(start)), _OF_PARTS)
