"""Laws 4 and 5 of `ports.TaskQueue`: claims and their fencing tokens. Part of `queue_contract.TaskQueueContract`.

Each test plays several claimers on one queue: who they are is what they hold, their tokens.
"""

# ruff: noqa: D102 - a test's name says its law

from __future__ import annotations

import abc
from contextlib import AbstractAsyncContextManager

from adce_async.model.coverage import GapKind
from adce_async.model.task import Claim, Outcome, Parked, Verdict
from adce_async.ports import QueueCounts, TaskQueue
from adce_async.testing.example_tasks import NOON, attempt, claimed, queued, task


class ClaimsContract(abc.ABC):
    """See `queue_contract`."""

    @abc.abstractmethod
    def open(self) -> AbstractAsyncContextManager[TaskQueue]:
        """The adapter, empty at first; opened again within one test, it goes on as after a crash."""

    async def test_law_4_a_claim_has_one_holder(self) -> None:
        async with self.open() as queue:
            await queue.replace([task("a"), task("b"), task("c")])
            one, other = await queue.claim(["b", "a", "unknown", "b"], now=NOON, until=NOON + 60)
            assert (one, other) == (Claim(task("b"), one.token), Claim(task("a"), other.token))
            assert (await claimed(queue, "a", "c", at=NOON + 60)).keys() == {"c"}
            assert await queued(queue) == {}
            assert await queue.counts() == QueueCounts(queued=0, leased=3, parked=0)

    async def test_law_4_what_is_unknown_or_parked_is_not_given(self) -> None:
        async with self.open() as queue:
            await queue.replace([task("a"), task("b")])
            await attempt(queue, "a", Verdict.PARKED, at=NOON)
            await attempt(queue, "b", Verdict.STORED)
            assert await claimed(queue, "a", "b", "unknown") == {}

    async def test_law_4_each_claim_has_a_greater_token(self) -> None:
        async with self.open() as queue:
            await queue.replace([task("a"), task("b")])
            tokens = list((await claimed(queue, "b", "a")).values())
            tokens += (await claimed(queue, "a", at=NOON + 61, until=NOON + 120)).values()
            await queue.settle([Outcome("a", Verdict.STORED, token=tokens[-1])])
            await queue.replace([task("a")])
            tokens += (await claimed(queue, "a", at=NOON + 61)).values()
        async with self.open() as queue:
            tokens += (await claimed(queue, "a", "b")).values()
            await queue.settle(
                [Outcome(key, Verdict.STORED, token=t) for key, t in zip("ab", tokens[-2:], strict=True)]
            )
        async with self.open() as queue:  # no task is left that would remember a token
            await queue.replace([task("c")])
            tokens += (await claimed(queue, "c")).values()
        assert tokens == sorted(set(tokens))
        assert len(tokens) == 7
        assert tokens[0] > 0

    async def test_law_4_a_claim_that_ran_out_is_counted(self) -> None:
        async with self.open() as queue:
            await queue.replace([task("a"), task("b")])
            await claimed(queue, "a", "b")
            (claim,) = await queue.claim(["a"], now=NOON + 61, until=NOON + 120)
            assert claim.task == task("a", lost_leases=1)
            assert await queue.counts() == QueueCounts(queued=0, leased=2, parked=0)

    async def test_law_4_claims_found_when_opened_are_lost(self) -> None:
        async with self.open() as queue:
            await queue.replace([task("a", attempts=2), task("b")])
            token = (await claimed(queue, "a"))["a"]
        async with self.open() as queue:
            assert await queued(queue) == {"a": task("a", attempts=2, lost_leases=1), "b": task("b")}
            assert list(await queue.renew({"a": token}, NOON + 600)) == ["a"]
            assert list(await queue.settle([Outcome("a", Verdict.STORED, token=token)])) == ["a"]
            await attempt(queue, "a", Verdict.RELEASED)
            assert (await queued(queue))["a"].lost_leases == 1
            await attempt(queue, "a", Verdict.RETRY)
            assert (await queued(queue))["a"].lost_leases == 0

    async def test_law_4_the_twentieth_loss_parks(self) -> None:
        async with self.open() as queue:
            await queue.replace([task("a", lost_leases=18), task("b", lost_leases=18)])
            await claimed(queue, "a", "b")
            got = await queue.claim(["a", "b"], now=NOON + 61, until=NOON + 120)
            assert [claim.task.lost_leases for claim in got] == [19, 19]
            assert await claimed(queue, "a", at=NOON + 121, until=NOON + 180) == {}
            late = Outcome("a", Verdict.STORED, token=got[0].token)
            assert list(await queue.settle([late])) == ["a"]
        async with self.open() as queue:
            assert await queued(queue) == {}
            reason = "poisonous: its lease was lost 20 times in a row"
            assert list(await queue.parked()) == [
                Parked(key, "ant", "ant_items", reason, 0, NOON + 120, None, "", "f1", GapKind.STALE)
                for key in ("a", "b")
            ]

    async def test_law_5_a_renewed_claim_lasts(self) -> None:
        async with self.open() as queue:
            await queue.replace([task("a"), task("b")])
            token = (await claimed(queue, "a"))["a"]
            assert list(await queue.renew({"b": token, "a": token, "unknown": 0}, NOON + 600)) == ["b", "unknown"]
            assert list(await queue.renew({"a": token}, NOON + 300)) == []
            assert await claimed(queue, "a", at=NOON + 599) == {}
            assert (await queued(queue)).keys() == {"b"}

    async def test_law_5_a_claim_that_ran_out_is_held_until_somebody_takes_it(self) -> None:
        async with self.open() as queue:
            await queue.replace([task("a"), task("b"), task("c")])
            tokens = await claimed(queue, "a", "b")
            assert (await claimed(queue, "c", at=NOON + 900)).keys() == {"c"}
            assert list(await queue.renew({"a": tokens["a"]}, NOON + 1000)) == []
            assert list(await queue.settle([Outcome("b", Verdict.STORED, token=tokens["b"])])) == []
            assert await claimed(queue, "a", at=NOON + 999) == {}

    async def test_law_5_who_lost_a_claim_is_told_and_changes_nothing(self) -> None:
        async with self.open() as queue:
            await queue.replace([task("a"), task("b")])
            slow = await claimed(queue, "a", "b")
            quick = await claimed(queue, "a", at=NOON + 61, until=NOON + 120)
            for verdict in Verdict:
                late = Outcome("a", verdict, "late", token=slow["a"])
                assert list(await queue.settle([late, late])) == ["a"]
            assert list(await queue.renew(slow, NOON + 900)) == ["a"]
            again = await queue.claim(["a", "b"], now=NOON + 121, until=NOON + 180)
            assert [claim.task for claim in again] == [task("a", lost_leases=2)]  # no `renew` of the slow one counted
            assert again[0].token > quick["a"]

    async def test_law_5_the_token_of_an_earlier_claim_of_ones_own_is_refused(self) -> None:
        async with self.open() as queue:
            await queue.replace([task("a")])
            before = (await claimed(queue, "a"))["a"]
            now = (await claimed(queue, "a", at=NOON + 61, until=NOON + 120))["a"]
            assert list(await queue.settle([Outcome("a", Verdict.STORED, token=before)])) == ["a"]
            assert list(await queue.settle([Outcome("a", Verdict.RETRY, token=now)])) == []
            assert list(await queue.settle([Outcome("a", Verdict.STORED, token=now)])) == ["a"]
            assert await queued(queue) == {"a": task("a", attempts=1)}

    async def test_law_5_of_two_keys_one_is_refused_and_one_accepted(self) -> None:
        async with self.open() as queue:
            await queue.replace([task("a"), task("b")])
            tokens = await claimed(queue, "a", "b")
            crossed = [Outcome("a", Verdict.STORED, token=tokens["b"]), Outcome("b", Verdict.RETRY, token=tokens["b"])]
            assert list(await queue.settle(crossed)) == ["a"]
            assert await queued(queue) == {"b": task("b", attempts=1)}
            assert list(await queue.renew({"b": tokens["b"], "a": tokens["a"]}, NOON + 900)) == ["b"]

    async def test_law_5_each_verdict_does_its_own(self) -> None:
        async with self.open() as queue:
            await queue.replace([task(verdict.value, attempts=3) for verdict in Verdict])
            tokens = await claimed(queue, *Verdict)
            refused = await queue.settle(
                [
                    Outcome("stored", Verdict.STORED, token=tokens["stored"]),
                    Outcome("unchanged", Verdict.UNCHANGED, token=tokens["unchanged"]),
                    Outcome("retry", Verdict.RETRY, "timeout", not_before=NOON + 30, token=tokens["retry"]),
                    Outcome("released", Verdict.RELEASED, not_before=NOON + 40, token=tokens["released"]),
                    Outcome(
                        "parked",
                        Verdict.PARKED,
                        reason="no such game",
                        status=404,
                        head="<html>",
                        at=NOON + 5,
                        token=tokens["parked"],
                    ),
                ]
            )
            assert list(refused) == []
            assert await queued(queue) == {
                "retry": task("retry", attempts=4, not_before=NOON + 30),
                "released": task("released", attempts=3, not_before=NOON + 40),
            }
            assert list(await queue.parked()) == [
                Parked("parked", "ant", "ant_items", "no such game", 4, NOON + 5, 404, "<html>", "f1", GapKind.STALE)
            ]
            assert await queue.counts() == QueueCounts(queued=2, leased=0, parked=1)

    async def test_law_5_an_outcome_without_a_claim_changes_nothing(self) -> None:
        async with self.open() as queue:
            await queue.replace([task("a")])
            nobodys = [Outcome(key, verdict, token=token) for token in (0, 1) for key in "ab" for verdict in Verdict]
            assert list(await queue.settle(nobodys)) == ["a", "b"]
            assert await queued(queue) == {"a": task("a")}
            assert await queue.parked() == []

    async def test_law_5_the_first_outcome_that_is_accepted_ends_a_claim(self) -> None:
        async with self.open() as queue:
            await queue.replace([task("a")])
            token = (await claimed(queue, "a"))["a"]
            ends = [Outcome("a", Verdict.PARKED), Outcome("a", Verdict.RETRY, token=token)]
            assert list(await queue.settle([*ends, Outcome("a", Verdict.STORED, token=token)])) == ["a"]
            assert await queued(queue) == {"a": task("a", attempts=1)}
