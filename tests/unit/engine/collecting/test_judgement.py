from __future__ import annotations

from adce_async.engine.collecting.judgement import Accepted, check_each, judge, judge_accepted, states_facts
from adce_async.errors import BlockedError, RefusedError, ScrapeError
from adce_async.model.facts import GameFacts, SideFacts
from adce_async.ports import Judgement
from adce_async.scraping.base import Page, Scraper, Want

PAGE, WANT = Page("https://ant.test/1", b"{}"), Want("ant/1.json", "box", {})


class Plain(Scraper):
    error: Exception | None = None

    def check(self, page: Page, want: Want) -> None:
        if self.error is not None:
            raise self.error


class Facts(Plain):
    found: object = ()

    def facts(self, page: Page, want: Want) -> tuple[GameFacts, ...]:
        if isinstance(self.found, Exception):
            raise self.found
        return self.found  # type: ignore[return-value]


def game(number: int, home: int, players: int) -> GameFacts:
    return GameFacts(str(number), "", SideFacts("BOS", home, player_points=players), SideFacts("NYK", 90), final=True)


def facts(*games: GameFacts | Exception) -> Facts:
    scraper = Facts("ant", "ant")
    scraper.found = games[0] if games and isinstance(games[0], Exception) else games
    return scraper


def test_only_scrapers_that_say_so_state_facts() -> None:
    assert not states_facts(Plain("ant", "ant"))
    assert states_facts(facts())


def test_good_bodies_are_kept_with_their_scores() -> None:
    assert judge(Plain("ant", "ant"), PAGE, WANT, "e#ant/1") == Judgement("e#ant/1")
    assert judge(facts(), PAGE, WANT, "e") == Judgement("e")
    assert judge(facts(game(1, 100, 100)), PAGE, WANT, "e") == Judgement("e", "", '[["1","","","BOS",100,"NYK",90]]')


def test_a_refusal_is_named_by_its_class() -> None:
    scraper = Plain("ant", "ant")
    errors: tuple[ScrapeError, ...] = (RefusedError("the wrong game"), BlockedError("a block page"))
    for scraper.error in errors:
        assert judge(scraper, PAGE, WANT, "e").reason == f"{type(scraper.error).__name__}: {scraper.error}"


def test_what_contradicts_itself_is_invalid_with_the_numbers() -> None:
    reason = judge_accepted(facts(game(1, 100, 99), game(2, 100, 100), game(3, 90, 90)), PAGE, WANT).reason
    assert reason == (
        "contradicts itself: game 1: BOS: its players' points sum to 99, the team's are 100; "
        "game 3: a final game is no tie: BOS 90, NYK 90"
    )


def test_a_reason_stays_short() -> None:
    reason = judge_accepted(facts(*(game(n, 100, 99) for n in range(1230))), PAGE, WANT).reason
    assert reason.count("sum to 99") == 5
    assert reason.endswith("; and 1225 more")


def test_a_score_beyond_all_numbers_is_no_fault_of_the_body() -> None:
    assert judge(facts(game(1, 10**30, 10**30)), PAGE, WANT, "e") == Judgement("e")


def test_a_bug_in_facts_is_no_fault_of_the_body() -> None:
    assert judge(facts(KeyError("home")), PAGE, WANT, "e") == Judgement("e")


# --- all keys of one body ---------------------------------------------------------------------------------------------


class PerType(Facts):
    """Refuses data type `bad`, and has a bug for `bug`."""

    def check(self, page: Page, want: Want) -> None:
        if want.data_type == "bad":
            raise RefusedError("a bad body")
        if want.data_type == "bug":
            raise ZeroDivisionError


def wants(*types: str) -> list[Want]:
    return [Want(f"ant/{name}.json", name, {}) for name in types]


def test_each_key_has_a_judgement_of_its_own() -> None:
    scraper = PerType("ant", "ant")
    scraper.found = (game(1, 100, 99),)
    bad, good, small = check_each(scraper, PAGE, wants("bad", "box", "big"), {"ant.big": 3})
    assert isinstance(bad, RefusedError)
    assert good == Accepted(None, judge_accepted(scraper, PAGE, WANT))
    assert isinstance(small, RefusedError)
    assert "2 bytes, at least 3 expected" in small.reason


def test_a_bug_ends_it_and_what_came_before_counts() -> None:
    accepted, bug = check_each(PerType("ant", "ant"), PAGE, wants("box", "bug", "box"), {})
    assert isinstance(accepted, Accepted)
    assert isinstance(bug, ZeroDivisionError)
