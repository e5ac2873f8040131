"""From gaps to tasks: priorities, groups, caps. Pure: the time and the season are arguments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from adce_async.model.coverage import Coverage, DataType, Findings, Gap, GapKind, Priority
from adce_async.model.days import DAY
from adce_async.model.score_rules import ScoreRules
from adce_async.model.seasons import end_year
from adce_async.model.task import AHEAD_TIER, FIRST_TIER, Task
from adce_async.planning.live import is_urgent
from adce_async.planning.order import KineticOrder


@dataclass(frozen=True, slots=True)
class PlanRules:
    """How gaps become tasks. `caps`: most tasks a priority may have in the queue; `max_tasks`: in all."""

    current_season: str
    critical_days: float = 7.0
    caps: Mapping[Priority, int] = field(default_factory=dict)
    max_tasks: int | None = None
    asked_seconds: float | None = None
    """After so long what somebody asked for through gaps.json is dropped; None: never."""
    score: ScoreRules = field(default_factory=ScoreRules)


def prioritise(gap: Gap, findings: Findings, rules: PlanRules, now: float) -> Priority:
    """CRITICAL: required and due for at most 7 days; or of a game of last night that is watched.

    HIGH: current season below its completeness threshold. MEDIUM: last season (and the current one above the
    threshold). LOW: history.
    A priority that the data type names itself is the least that its gaps get.
    """
    if is_of_last_night(gap, findings.data_type, now):
        return Priority.CRITICAL
    due = gap.expectation.closes or gap.expectation.due
    return priority_at(due, gap.expectation.season, findings, rules, now)


def priority_at(due: float, season: str | None, findings: Findings, rules: PlanRules, now: float) -> Priority:
    """`prioritise` for a gap of `season` that closed, or else was due, at `due`; not of what was watched last night."""
    data_type = findings.data_type
    critical = _is_critical(due, data_type, rules, now)
    urgency = Priority.CRITICAL if critical else _by_season(season, findings, rules)
    return urgency if data_type.priority is None else min(urgency, data_type.priority)


def is_of_last_night(gap: Gap, data_type: DataType, now: float) -> bool:
    """True if it is missing of a game that was watched. What is collected once more has time."""
    return data_type.watched and gap.kind is not GapKind.STALE and is_urgent(gap.expectation.closes, now)


def _tier(gap: Gap, data_type: DataType, now: float) -> int:
    if is_of_last_night(gap, data_type, now):
        return FIRST_TIER if data_type.required else AHEAD_TIER
    return data_type.tier


def _is_critical(due: float, data_type: DataType, rules: PlanRules, now: float) -> bool:
    """True if it is required and due for a few days only."""
    if not data_type.required:
        return False
    days = rules.critical_days if data_type.critical_days is None else data_type.critical_days
    return bool(due) and now - due <= days * DAY


def _by_season(season: str | None, findings: Findings, rules: PlanRules) -> Priority:
    """That of whatever is not critical."""
    behind = end_year(rules.current_season) - end_year(season or rules.current_season)
    if behind <= 0:
        below = below_threshold(findings.coverage, findings.data_type.completeness_threshold)
        return Priority.HIGH if below else Priority.MEDIUM
    return Priority.MEDIUM if behind == 1 else Priority.LOW


def _priorities(findings: Findings, rules: PlanRules, now: float) -> list[Priority]:
    """`prioritise` for each of the gaps; what only a season decides is decided once for it.

    >>> from adce_async.model.coverage import Expectation, GapKind
    >>> from adce_async.model.keys import PathPattern
    >>> data_type = DataType("ant", "items", "ant_items", PathPattern("ant/{id}.json"), required=True)
    >>> expected = [Expectation("1", {}, "2024-25", 8 * DAY, None), Expectation("2", {}, "2022-23", 1.0, None)]
    >>> found = Findings(data_type, Coverage("ant", "items", None, required=True, expected=2, missing=2))
    >>> found.gaps += [Gap(each, GapKind.MISSING, "not in the lake") for each in expected]
    >>> [each.name for each in _priorities(found, PlanRules("2024-25"), 9 * DAY)]
    ['CRITICAL', 'LOW']
    """
    known: dict[str | None, Priority] = {}
    priorities = []
    for gap in findings.gaps:
        season = gap.expectation.season
        due = gap.expectation.closes or gap.expectation.due
        if _is_critical(due, findings.data_type, rules, now) or is_of_last_night(gap, findings.data_type, now):
            priorities.append(prioritise(gap, findings, rules, now))
            continue
        if season not in known:
            known[season] = prioritise(gap, findings, rules, now)
        priorities.append(known[season])
    return priorities


def below_threshold(coverage: Coverage, threshold: float) -> bool:
    """True if less than `threshold` (0 to 1) of what is expected is well met; where nothing is, nothing lacks."""
    share = coverage.completeness_pct
    return share is not None and share < 100.0 * threshold


def plan(
    findings: Sequence[Findings], rules: PlanRules, *, now: float, first_detected: Mapping[str, float]
) -> list[Task]:
    """The tasks for all gaps, in no order. `first_detected` (seconds since the epoch) by key; unknown: now."""
    tasks: list[Task] = []
    urgencies = [_priorities(found, rules, now) for found in findings]
    sizes = Counter(
        (found.data_type.scraper, gap.expectation.season, priority)
        for found, of_gaps in zip(findings, urgencies, strict=True)
        for gap, priority in zip(found.gaps, of_gaps, strict=True)
    )
    for found, of_gaps in zip(findings, urgencies, strict=True):
        data_type = found.data_type
        for gap, priority in zip(found.gaps, of_gaps, strict=True):
            expectation = gap.expectation
            tasks.append(
                Task(
                    key=expectation.key,
                    source=data_type.source,
                    scraper=data_type.scraper,
                    data_type=data_type.name,
                    season=expectation.season,
                    fields=expectation.fields,
                    kind=gap.kind,
                    priority=priority,
                    detected_at=first_detected.get(expectation.key, now),
                    due=expectation.closes or expectation.due,
                    reason=gap.reason,
                    files=sizes[data_type.scraper, expectation.season, priority],
                    tier=_tier(gap, data_type, now),
                    freshness_seconds=data_type.freshness_seconds,
                    fingerprint=data_type.fingerprint,
                    not_before=gap.ask_from,
                )
            )
    return tasks


def with_group_sizes(tasks: Iterable[Task]) -> list[Task]:
    """The same tasks, each with the size of its group: one scraper, season and priority."""
    listed = list(tasks)
    sizes = Counter((task.scraper, task.season, task.priority) for task in listed)
    return [
        task if task.files == size else replace(task, files=size)  # mostly it is: `plan` has counted its own
        for task in listed
        for size in (sizes[task.scraper, task.season, task.priority],)
    ]


def within_caps(tasks: Sequence[Task], rules: PlanRules, now: float) -> list[Task]:
    """As many tasks of each priority as may queue, best score first; the rest stay gaps for a later pass."""
    if not rules.caps and rules.max_tasks is None:
        return list(tasks)
    order = KineticOrder(rules.score)
    by_key = {task.key: task for task in tasks}
    for task in tasks:
        order.push(task)
    kept: list[Task] = []
    counts: Counter[Priority] = Counter()
    for key in order.in_order(now):
        task = by_key[key]
        if rules.max_tasks is not None and len(kept) >= rules.max_tasks:
            break
        if counts[task.priority] < rules.caps.get(task.priority, len(by_key)):
            counts[task.priority] += 1
            kept.append(task)
    return kept
