"""coverage: HAVE against SHOULD. Works beside a running service and changes nothing."""

from __future__ import annotations

import contextlib

import click

from adce_async.app import Parts, assemble_to_look
from adce_async.cli import render
from adce_async.cli.common import Loaded, load_all, run_async
from adce_async.cli.options import Globals
from adce_async.cli.progress import note
from adce_async.cli.sample import show_sample
from adce_async.clock import SystemClock
from adce_async.engine.reconciling.indexed_survey import IndexedSurveyor
from adce_async.engine.reconciling.reconciler import coverage_document
from adce_async.engine.reconciling.sampler import Sample, Sampler
from adce_async.engine.reconciling.stored_index import IndexRules, StoredIndex
from adce_async.engine.reconciling.survey import Survey
from adce_async.engine.trends import Trends, with_trend
from adce_async.model.trend import PastCoverage
from adce_async.resources import State, index_folder, open_state, open_store


def coverage(given: Globals, sample: float | None, seed: int | None, as_json: bool) -> None:
    """HAVE against SHOULD per source, data type and season; with `sample`, estimated."""
    if sample is None and seed is not None:
        raise click.UsageError("--seed has no effect without --sample")
    if sample is not None:
        show_sample(run_async(_sampled(load_all(given), sample, seed or 0)), as_json=as_json)
        return
    survey, past = run_async(_coverage(load_all(given)))
    problems = [str(problem) for problem in survey.problems]
    if as_json:
        document = coverage_document(survey.coverage, survey.never_final)
        render.show_json({**with_trend(document, survey.coverage, past), "problems": problems})
    else:
        render.coverage_table(survey.coverage, past=past)
        render.never_final(survey.never_final)
        for problem in problems:
            note(f"refused: {problem}")


async def _coverage(loaded: Loaded) -> tuple[Survey, PastCoverage | None]:
    """What there is, and what there was a day ago."""
    clock = SystemClock()
    async with contextlib.AsyncExitStack() as stack:
        state = await stack.enter_async_context(open_state(loaded.resources, clock, exclusive=False))
        survey = await survey_of(loaded, stack, state, most_gaps=0)  # none is asked for
        trends = Trends(state.coverage, 0.0, lambda _name, _text: None)
        await trends.look(clock.now())
        return survey, trends.past()


async def _sampled(loaded: Loaded, share: float, seed: int) -> Sample:
    async with contextlib.AsyncExitStack() as stack:
        state = await stack.enter_async_context(open_state(loaded.resources, SystemClock(), exclusive=False))
        parts = await _looking(loaded, stack, state)
        ports = parts.ports
        sampler = Sampler(parts.surveyor, loaded.catalog.scrapers, ports.store, ports.discoveries, ports.clock)
        return await sampler.run(share, seed)


async def survey_of(
    loaded: Loaded, stack: contextlib.AsyncExitStack, state: State, most_gaps: int | None = None
) -> Survey:
    """One look at the whole, beside a service that may run. `most_gaps`: that are listed, of a lake in S3.

    Such a lake is listed into a file of this process's own, and compared in columns, without an object a key.
    """
    parts = await _looking(loaded, stack, state)
    if index_folder(loaded.resources) is None:
        return await parts.surveyor.look()
    ports, catalog, rules = parts.ports, parts.catalog, parts.rules
    most = rules.index.most_gaps if most_gaps is None else most_gaps
    index = StoredIndex(ports.store, ports.clock, rules=IndexRules(most_gaps=most))
    stack.callback(index.close)
    eyes = IndexedSurveyor(
        parts.surveyor, index, ports.store, ports.clock, catalog.declared, catalog.scrapers, ports.verifications,
        rules=rules.plan,
    )  # fmt: skip
    return await eyes.look()


async def _looking(loaded: Loaded, stack: contextlib.AsyncExitStack, state: State) -> Parts:
    clock = SystemClock()
    store = await stack.enter_async_context(open_store(loaded.resources, clock, exclusive=False))
    return assemble_to_look(loaded.rules, loaded.catalog, clock, store, state)
