"""The desk: batches that nobody else gets, answers that nobody waits for, and all of it there after a kill."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any

import numpy as np
import pytest

from raravis.errors import InputError, StoreError
from raravis.flow.answering.acts import Answer, NotThereError
from raravis.flow.answering.desk import HELD, NOTHING_LEFT, SPENT, Desk, TooManyOpenError
from raravis.flow.answering.lending import Batch
from raravis.flow.answering.people import agreement, disagreements, kappa
from raravis.flow.answering.seconds import is_drawn
from raravis.flow.campaign import Campaign
from raravis.flow.replay import replay
from raravis.store import Project, items, labels, leases, rounds, users
from raravis.types import CANT_TELL, NO, YES


class Clock:
    """The time, told by hand."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def second_of(project: Project, item: int) -> int:
    """The second of the street that an item shows."""
    with project.read() as c:
        return items.get(c, [item])[0].pts // 1000


def shows_red(project: Project, item: int) -> int:
    at = second_of(project, item)
    return YES if at < 6 or 20 <= at < 26 or 40 <= at < 46 else NO


def truly(project: Project, batch: Batch) -> list[Answer]:
    """What is right about a batch."""
    asked = {item: made.id for made in batch.rounds for item in made.ids}
    return [Answer(item, shows_red(project, item), asked[item]) for item in batch.items]


def no(batch: Batch, *which: int) -> list[Answer]:
    """No to some of the places of a batch, or to all."""
    asked = {item: made.id for made in batch.rounds for item in made.ids}
    wanted = [batch.items[place] for place in which] if which else batch.items
    return [Answer(item, NO, asked[item]) for item in wanted]


def log(project: Project) -> list[labels.Entry]:
    with project.read() as c:
        return labels.entries(c, "red")


def outcomes(project: Project) -> list[str]:
    return [one.outcome for one in replay(project, "red")]


def test_two_people_get_different_items_and_one_person_new_ones_each_time(seen: Project) -> None:
    desk = Desk(seen, "red")
    batches = [desk.batch(by, 6) for by in ("ada", "bob", "ada", "bob")]
    shown = [item for batch in batches for item in batch.items]
    assert [len(batch.items) for batch in batches] == [6, 6, 6, 6] and len(set(shown)) == 24


def test_a_batch_is_a_round_in_the_log_that_is_lent_until_a_time(seen: Project, clock: Clock) -> None:
    batch = Desk(seen, "red", clock=clock, lease_seconds=60).batch("ada", 4)
    with seen.read() as c:
        (made,), (lease,) = rounds.all(c, "red"), leases.live(c, "red", clock.now)
    assert batch.rounds == (made,) and batch.items == made.ids and batch.until == 1060.0
    assert (lease.round_id, lease.by, lease.until) == (made.id, "ada", 1060.0)


def test_a_fourth_batch_waits_until_one_is_answered(seen: Project) -> None:
    desk = Desk(seen, "red")
    first, *_ = [desk.batch("ada", 3) for _ in range(3)]
    with pytest.raises(TooManyOpenError, match="ada has 3 batches open; answer one of them first"):
        desk.batch("ada", 3)
    desk.batch("bob", 3)
    desk.take("ada", no(first))
    assert len(desk.batch("ada", 3).items) == 3


def test_open_batches_come_back_in_order_with_what_was_not_answered(seen: Project, clock: Clock) -> None:
    desk = Desk(seen, "red", clock=clock)
    first, second = desk.batch("ada", 3), desk.batch("ada", 3)
    desk.take("ada", no(first, 0, 1))
    killed_and_made_again = Desk(seen, "red", clock=clock)
    assert killed_and_made_again.open_batches("ada") == [first, second]
    assert killed_and_made_again.open_batches("bob") == []
    assert not set(killed_and_made_again.batch("bob", 6).items) & {*first.items, *second.items}
    desk.take("ada", no(first))
    assert desk.open_batches("ada") == [second]


def test_what_nobody_answered_in_time_is_asked_of_others(seen: Project, clock: Clock) -> None:
    desk = Desk(seen, "red", strategy="top", ends=None, clock=clock, lease_seconds=60)
    first = desk.batch("ada", 3)
    clock.now += 59
    assert not set(desk.batch("bob", 3).items) & set(first.items)
    clock.now += 1
    assert desk.open_batches("ada") == []
    assert set(desk.batch("cai", 54).items) >= set(first.items)


def test_answers_keep_all_that_one_holds(seen: Project, clock: Clock) -> None:
    desk = Desk(seen, "red", clock=clock, lease_seconds=60)
    first, second = desk.batch("ada", 3), desk.batch("ada", 3)
    clock.now += 50
    desk.take("ada", no(first, 0))
    clock.now += 50
    held = desk.open_batches("ada")
    assert [batch.items for batch in held] == [first.items, second.items] and held[0].until == 1110.0


def test_batches_that_are_answered_whole_are_over_and_an_undo_brings_the_newest_back(seen: Project) -> None:
    desk = Desk(seen, "red")
    for _ in range(5):
        desk.take("ada", no(desk.batch("ada", 2)))
    last = desk.batch("ada", 2)
    with seen.read() as c:
        assert [lease.ids for lease in leases.live(c, "red", desk.clock())] == [last.items]
    gone = desk.undo("ada")
    assert [set(batch.items) for batch in desk.open_batches("ada")] == [set(gone), set(last.items)]
    assert not set(desk.batch("bob", 60).items) & set(gone)


def test_the_tally_follows_answers_corrections_and_what_is_taken_back(seen: Project) -> None:
    desk = Desk(seen, "red")
    told = [desk.tally()]
    for value in (YES, NO, YES):
        desk.take("ada", [Answer(3, value)])
        told.append(desk.tally())
    desk.take("bob", [Answer(4, CANT_TELL)])
    desk.undo("ada")
    told.append(desk.tally())
    desk.undo("ada")
    desk.undo("ada")
    told.append(desk.tally())
    assert told == [(0, 0), (1, 1), (1, 0), (1, 1), (2, 0), (1, 0)] and Desk(seen, "red").tally() == (1, 0)


def test_a_late_answer_is_kept_and_told(seen: Project, clock: Clock) -> None:
    desk = Desk(seen, "red", clock=clock, lease_seconds=60)
    batch = desk.batch("ada", 2)
    clock.now += 61
    kept = desk.take("ada", no(batch))
    assert kept.late == batch.items and desk.tally() == (2, 0)


def test_what_is_given_back_goes_to_others_at_once_and_comes_back_when_nothing_else_is_left(seen: Project) -> None:
    desk = Desk(seen, "red", strategy="top", ends=None)
    first = desk.batch("ada", 3)
    rest = desk.batch("ada", 100, later=first.items[:1])
    assert len(rest.items) == 57 and first.items[0] not in rest.items
    assert [batch.items for batch in desk.open_batches("ada")] == [first.items[1:], rest.items]
    assert desk.batch("bob", 100).items == first.items[:1]
    desk.take("ada", no(rest))
    assert desk.batch("ada", 100).why == HELD
    assert desk.batch("bob", 100, later=first.items[:1]).items == first.items[:1]


def test_when_all_is_held_or_answered_a_batch_says_so_and_is_in_no_log(seen: Project) -> None:
    desk = Desk(seen, "red")
    all_of_it = desk.batch("ada", 100)
    assert len(all_of_it.items) == 60
    assert (desk.batch("bob", 5).items, desk.batch("bob", 5).why) == ((), HELD)
    assert desk.batch("ada", 5).why == NOTHING_LEFT
    desk.take("ada", no(all_of_it))
    assert desk.batch("bob", 5).why == NOTHING_LEFT
    with seen.read() as c:
        assert len(rounds.all(c, "red")) == 1


def test_no_more_is_asked_than_the_budget_has_left(seen: Project) -> None:
    desk = Desk(seen, "red", budget=7)
    first = desk.batch("ada", 5)
    assert (len(first.items), first.left) == (5, 7) and len(desk.batch("bob", 5).items) == 2
    assert desk.batch("cai", 5).why == SPENT
    desk.take("ada", no(first))
    assert desk.batch("ada", 5)[2:] == (frozenset(), pytest.approx(desk.clock() + 600, abs=700), 2, SPENT)


def with_an_event(project: Project, **settings: Any) -> Desk:
    """A desk at which somebody met the middle event, whose ends are open."""
    desk = Desk(project, "red", **settings)
    middle = next(item for item in range(1, 61) if second_of(project, item) == 22)
    desk.take("ada", [Answer(middle, YES)])
    return desk


def test_open_ends_come_first_and_by_themselves(seen: Project) -> None:
    desk = with_an_event(seen)
    (made,) = desk.batch("ada", 6).rounds
    assert made.reason == ("end", "end")
    assert {second_of(seen, item) for item in made.ids} == {20, 25}  # where the picture jumps
    (others,) = desk.batch("bob", 6).rounds
    assert "end" not in others.reason and len(others.ids) == 6


def all_but_one_no(project: Project, desk: Desk) -> int:
    """An item of ada's batch that is open; she answered the others, and met an event."""
    batch = desk.batch("ada", 6)
    told = truly(project, batch)
    kept = next(one for one in told if one.value == NO)
    assert YES in {one.value for one in told}
    desk.take("ada", [one for one in told if one is not kept])
    return kept.item


def test_a_batch_is_filled_beside_open_ends_while_one_holds_something_open(seen: Project) -> None:
    desk = Desk(seen, "red")
    all_but_one_no(seen, desk)
    (ahead,) = desk.batch("ada", 6).rounds
    assert set(ahead.reason) == {"end", "hunt"} and len(ahead.ids) == 6


def test_what_one_laid_aside_is_not_held_open(seen: Project) -> None:
    desk = Desk(seen, "red")
    (made,) = desk.batch("ada", 6, later=[all_but_one_no(seen, desk)]).rounds
    assert set(made.reason) == {"end"} and len(made.ids) < 6


@pytest.mark.parametrize("k", [1, 6])
@pytest.mark.parametrize("settings", [{}, {"double": 0.5}, {"strategy": "ezmode"}], ids=str)
def test_nobody_goes_without_while_something_is_left(seen: Project, k: int, settings: dict[str, Any]) -> None:
    desk = with_an_event(seen, **settings)
    away = desk.batch("cai", k)  # who never comes back
    later: list[int] = []
    while (batch := desk.batch("ada", k, later=later)).items:
        *told, last = truly(seen, batch)
        desk.take("ada", told or [last])
        later = [last.item] if told else []
    said = {entry.item_id for entry in log(seen)}
    follows = desk.campaign.collection.vectors.ids[desk.campaign.search.propagated].tolist()
    assert len(follows) > 0 and said.union(follows, away.items) == set(range(1, 61))


def test_a_budget_is_spent_to_the_last_answer(seen: Project) -> None:
    desk = with_an_event(seen, budget=20)
    sizes = []
    while (batch := desk.batch("ada", 6)).items:
        sizes.append(len(batch.items))
        desk.take("ada", truly(seen, batch))
    assert batch.why == SPENT and desk.tally()[0] == 20 == 1 + sum(sizes) and 2 in sizes


def test_frames_that_share_time_with_what_is_lent_are_not_asked_by_the_strategy(seen: Project) -> None:
    desk = Desk(seen, "red")
    before = desk.campaign.search.pool
    asked, label, weight = before.asked.copy(), before.label.copy(), before.weight.copy()
    desk.batch("ada", 5)
    desk.batch("bob", 5)
    pool = desk.campaign.search.pool
    assert not pool.asked.any() and np.array_equal(pool.asked, asked)
    assert np.array_equal(pool.label, label) and np.array_equal(pool.weight, weight)


@pytest.mark.parametrize("strategy", ["hunt", "ezmode", "top"])
def test_rounds_of_two_people_in_turns_are_made_again_bit_for_bit(seen: Project, strategy: str) -> None:
    desk = Desk(seen, "red", strategy=strategy, seed=5)
    waiting: dict[str, list[Batch]] = {"ada": [], "bob": []}
    for by in ("ada", "ada", "bob", "ada", "bob", "bob", "ada"):
        waiting[by].append(desk.batch(by, 4))
        if len(waiting[by]) > 1:
            desk.take(by, truly(seen, waiting[by].pop(0)))
    with seen.read() as c:
        asked = [one.params for one in rounds.all(c, "red")]
    assert any(one.get("withheld") for one in asked) and {one.get("fill", False) for one in asked} == {True, False}
    assert len(desk.campaign.search.propagated) > 0 and outcomes(seen) == ["same"] * 7


def test_rounds_before_and_after_an_undo_and_beside_another_campaign_are_made_again(seen: Project) -> None:
    desk = Desk(seen, "red")
    for _ in range(2):
        desk.take("ada", truly(seen, desk.batch("ada", 4)))
    desk.undo("ada")
    desk.take("ada", truly(seen, desk.batch("ada", 4)))
    other = Campaign(seen, "red", strategy="top", ends=None)
    assert other.ask(3) is not None
    desk.batch("bob", 4)
    assert other.ask(3) is not None
    assert outcomes(seen) == ["same"] * 6


def test_what_others_write_into_the_log_is_known_to_the_next_batch(seen: Project) -> None:
    desk = Desk(seen, "red")
    first = desk.batch("ada", 4)
    again = Desk(seen, "red")
    again.take("bob", no(first))
    assert not set(desk.batch("ada", 56).items) & set(first.items) and desk.open_batches("ada")[0].items != first.items


def test_after_an_undo_the_next_batch_goes_by_what_stands_on_the_same_collection(seen: Project) -> None:
    desk = Desk(seen, "red", strategy="top", ends=None)
    first = desk.batch("ada", 4)
    desk.take("ada", no(first))
    loaded = desk.campaign.collection
    desk.batch("bob", 4)
    assert desk.undo("ada") == dict.fromkeys(first.items)
    assert [batch.items for batch in desk.open_batches("ada")] == [first.items]
    desk.batch("bob", 4)
    assert desk.campaign.collection is loaded and not desk.campaign.search.pool.asked.any()


def test_a_whole_event_is_its_ends_and_what_lies_between_follows(seen: Project) -> None:
    desk = Desk(seen, "red")
    at = {second_of(seen, item): item for item in range(1, 61)}
    kept = desk.take_event("ada", at[20], at[45], asked=at[22])
    told = {second_of(seen, one.item): one.value for one in kept.given}
    assert told[20] == told[22] == told[45] == YES and (told[19], told[46]) == (NO, NO)
    assert set(told) < set(range(19, 47)) and len(told) < 15 and list(told) == sorted(told)
    desk.batch("ada", 3)
    with seen.read() as c:
        yes = labels.current(c, "red", also_propagated=True)
    assert {second_of(seen, label.item_id) for label in yes if label.value == YES} == set(range(20, 46))
    assert set(desk.undo("ada").values()) == {None} and log(seen)[-1].undoes is not None


def test_a_whole_event_of_one_item_at_the_edge_of_time_has_one_no(seen: Project) -> None:
    desk = Desk(seen, "red")
    at = {second_of(seen, item): item for item in range(1, 61)}
    kept = desk.take_event("ada", at[0], at[0], asked=at[0])
    assert [(second_of(seen, one.item), one.value) for one in kept.given] == [(0, YES), (1, NO)]
    assert desk.take_event("ada", at[0], at[0], asked=at[0]).given == kept.given and len(log(seen)) == 2


def test_an_event_given_backwards_is_the_same_and_the_chip_that_was_asked_carries_its_round(seen: Project) -> None:
    desk = Desk(seen, "red")
    at = {second_of(seen, item): item for item in range(1, 61)}
    batch = desk.batch("ada", 60)
    kept = desk.take_event("ada", at[3], at[1], asked=at[2], round_id=batch.rounds[0].id)
    assert {second_of(seen, one.item): one.value for one in kept.given} == {0: NO, 1: YES, 2: YES, 3: YES, 4: NO}
    assert [one.round for one in kept.given if one.round] == [batch.rounds[0].id]


def test_an_event_of_items_that_are_not_there_is_refused(seen: Project) -> None:
    with pytest.raises(NotThereError, match="no item 999 in the collection"):
        Desk(seen, "red").take_event("ada", 1, 999, asked=1)


def test_without_ends_an_event_is_no_more_than_was_said(seen: Project) -> None:
    desk = Desk(seen, "red", ends=None)
    at = {second_of(seen, item): item for item in range(1, 61)}
    assert len(desk.take_event("ada", at[20], at[30], asked=at[25]).given) == 5


def test_scores_are_the_heads_or_before_it_likeness_or_nothing(seen: Project) -> None:
    desk = Desk(seen, "red")
    assert desk.scores() is None
    at = {second_of(seen, item): item for item in range(1, 61)}
    desk.take("ada", [Answer(at[3], YES)])
    alike = Desk(seen, "red").scores()
    assert alike is not None and alike.shape == (60,) and 0 <= alike.min() < alike.max() <= 1
    desk.take("ada", [Answer(at[10], NO)])
    first = Desk(seen, "red").scores()
    assert first is not None and first[at[22] - 1] > first[at[12] - 1]
    desk.batch("ada", 12)  # ends alone: no head is fitted for these
    assert np.array_equal(desk.scores(), first)
    desk.batch("ada", 12)
    assert desk.scores() is desk.campaign.search.pool.prob is not None


def test_a_batch_that_the_disk_refuses_lends_nothing_and_the_next_one_is_as_the_log_says(
    seen: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(seen, "red")
    desk.batch("ada", 3)
    add = leases.add

    def full(*_: Any) -> None:
        raise StoreError("database or disk is full")

    monkeypatch.setattr(leases, "add", full)
    with pytest.raises(StoreError):
        desk.batch("ada", 3)
    monkeypatch.setattr(leases, "add", add)
    desk.batch("ada", 3)
    with seen.read() as c:
        assert len(rounds.all(c, "red")) == 2
    assert len(desk.open_batches("ada")) == 2 and outcomes(seen) == ["same", "same"]


def test_every_share_of_the_answered_is_asked_of_a_second_person_unseen(seen: Project) -> None:
    desk = Desk(seen, "red", double=0.5)
    first = desk.batch("ada", 40)
    assert not first.second
    desk.take("ada", no(first))
    drawn = {item for item in first.items if is_drawn("red", item, 0.5)}
    batch = desk.batch("bob", 12)
    assert len(batch.second) == 4 and batch.second < drawn and len(batch.items) == 12
    assert [made.strategy for made in batch.rounds] == ["hunt", "second"]
    assert desk.open_batches("bob") == [batch]
    assert not desk.batch("cai", 12).second & batch.second
    desk.take("bob", no(batch))
    assert not desk.batch("bob", 12).second & batch.second
    assert not desk.batch("ada", 3).second & set(first.items)
    assert {entry.by for entry in log(seen) if entry.item_id in batch.second} == {"ada", "bob"}


def test_second_opinions_stand_beside_rounds_that_are_made_again(seen: Project) -> None:
    desk = Desk(seen, "red", double=1.0)
    for by in ("ada", "bob", "ada", "bob"):
        desk.take(by, truly(seen, desk.batch(by, 6)))
    made = replay(seen, "red")
    assert {one.outcome for one in made if one.strategy == "hunt"} == {"same"}
    assert {one.why for one in made if one.strategy == "second"} == {"made by second, not by a strategy"}


def test_when_all_is_answered_second_opinions_go_on_alone(seen: Project) -> None:
    desk = Desk(seen, "red", double=1.0)
    desk.take("ada", no(desk.batch("ada", 60)))
    batch = desk.batch("bob", 10)
    assert len(batch.second) == 10 and [made.strategy for made in batch.rounds] == ["second"]
    assert desk.open_batches("bob") == [batch]
    desk.take("bob", no(batch))
    assert desk.open_batches("bob") == [] and desk.batch("ada", 10).why == NOTHING_LEFT


def test_an_answer_that_was_taken_back_wants_no_second_one(seen: Project) -> None:
    desk = Desk(seen, "red", double=1.0, strategy="top", ends=None)
    desk.take("ada", no(desk.batch("ada", 5)))
    assert desk.batch("bob", 1).second
    desk.undo("ada")
    assert not desk.batch("bob", 4).second


def test_eight_people_at_once_lose_nothing_and_are_never_shown_the_same(seen: Project) -> None:
    desk, shown, given = Desk(seen, "red"), list[int](), list[tuple[int, str]]()

    def answers(by: str) -> None:
        while (batch := desk.batch(by, 2)).items:
            shown.extend(batch.items)
            for answer in truly(seen, batch):
                desk.take(by, [answer])
                desk.take(by, [answer])  # as after a reply that was lost
                given.append((answer.item, by))

    people = [threading.Thread(target=answers, args=(f"person-{n}",)) for n in range(8)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert desk.batch("last").why == NOTHING_LEFT
    assert Counter(shown).most_common(1)[0][1] == 1
    assert len(shown) + len(desk.campaign.search.propagated) == 60
    assert sorted((entry.item_id, entry.by) for entry in log(seen)) == sorted(given)
    assert outcomes(seen) == ["same"] * len(outcomes(seen))


def test_an_unknown_concept_is_refused(seen: Project) -> None:
    with pytest.raises(InputError, match="unknown concept 'blue'"):
        Desk(seen, "blue").batch("ada")


def test_people_agree_by_chance_or_beyond_it(seen: Project) -> None:
    assert kappa([]) is None and kappa([(1, 1), (1, 1)]) is None
    assert kappa([(1, 1), (-1, -1)]) == 1 and kappa([(1, -1), (-1, 1)]) == -1
    cohen = [(1, 1)] * 20 + [(1, 0)] * 5 + [(0, 1)] * 10 + [(0, 0)] * 15
    assert kappa(cohen) == pytest.approx(0.4)
    assert agreement(seen, "red").both == 0 and agreement(seen, "red").share is None


def test_what_two_people_see_differently_stands_until_an_admin_has_answered_it(seen: Project) -> None:
    desk = Desk(seen, "red", double=1.0)
    first = desk.batch("ada", 2)
    desk.take("ada", no(first))
    twice = desk.batch("bob", 2)
    with seen.begin() as c:
        for name, role in (("ada", "labeller"), ("bob", "labeller"), ("eve", "admin")):
            users.add(c, name, role, name)
    second = [Answer(item, YES, twice.rounds[-1].id) for item in twice.second]
    desk.take("bob", second)
    told = agreement(seen, "red")
    assert (told.both, told.same, told.share, told.kappa) == (1, 0, 0.0, 0.0)
    (differ,) = disagreements(seen, "red")
    assert [(e.by, e.value) for e in differ.says] == [("ada", NO), ("bob", YES)] and {differ.item} == twice.second
    desk.take("ada", [Answer(differ.item, NO)])
    assert len(disagreements(seen, "red")) == 1
    desk.take("eve", [Answer(differ.item, CANT_TELL)])
    assert disagreements(seen, "red") == [] and agreement(seen, "red").both == 1
    desk.undo("eve")
    assert len(disagreements(seen, "red")) == 1


def test_a_labeller_who_comes_across_an_item_overrules_nobody_unseen(seen: Project) -> None:
    desk = Desk(seen, "red")
    first = desk.batch("ada", 1)
    desk.take("ada", no(first))
    with seen.begin() as c:
        for name in ("ada", "bob"):
            users.add(c, name, "labeller", name)
    desk.take("bob", [Answer(first.items[0], YES)])
    (differ,) = disagreements(seen, "red")
    assert [(e.by, e.value) for e in differ.says] == [("ada", NO), ("bob", YES)]
    assert agreement(seen, "red").both == 0
    desk.take("bob", [Answer(first.items[0], NO)])
    assert disagreements(seen, "red") == []
