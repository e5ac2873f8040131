"""coverage: HAVE against SHOULD. Works beside a running service and changes nothing."""

from __future__ import annotations

import contextlib

from adce_async.app import Parts, assemble_to_look
from adce_async.cli import render
from adce_async.cli.common import Loaded, load_all, run_async
from adce_async.cli.options import Globals
from adce_async.cli.progress import note
from adce_async.cli.sample import show_sample
from adce_async.clock import SystemClock
from adce_async.engine.reconciling.reconciler import coverage_document
from adce_async.engine.reconciling.sampler import Sample, Sampler
from adce_async.engine.reconciling.survey import Survey
from adce_async.engine.trends import Trends, with_trend
from adce_async.model.trend import PastCoverage
from adce_async.resources import State, open_state, open_store


def coverage(given: Globals, sample: float | None, seed: int, as_json: bool) -> None:
    """HAVE against SHOULD per source, data type and season; with `sample`, estimated."""
    if sample is not None:
        show_sample(run_async(_sampled(load_all(given), sample, seed)), as_json=as_json)
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
        state = await stack.enter_async_context(open_state(loaded.settings, clock, exclusive=False))
        survey = await survey_of(loaded, stack, state)
        trends = Trends(state.coverage, 0.0, lambda _name, _text: None)
        await trends.look(clock.now())
        return survey, trends.past()


async def _sampled(loaded: Loaded, share: float, seed: int) -> Sample:
    async with contextlib.AsyncExitStack() as stack:
        state = await stack.enter_async_context(open_state(loaded.settings, SystemClock(), exclusive=False))
        parts = await _looking(loaded, stack, state)
        ports = parts.ports
        sampler = Sampler(parts.surveyor, loaded.catalog.scrapers, ports.store, ports.discoveries, ports.clock)
        return await sampler.run(share, seed)


async def survey_of(loaded: Loaded, stack: contextlib.AsyncExitStack, state: State) -> Survey:
    """One look at the whole, beside a service that may run."""
    return await (await _looking(loaded, stack, state)).surveyor.look()


async def _looking(loaded: Loaded, stack: contextlib.AsyncExitStack, state: State) -> Parts:
    clock = SystemClock()
    store = await stack.enter_async_context(open_store(loaded.settings, clock, exclusive=False))
    return assemble_to_look(loaded.settings, loaded.catalog, clock, store, state)
