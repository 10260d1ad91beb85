"""The rounds of a log, made again: alike where all is as it was, and named where it is not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import media_making as making
import numpy as np
import pytest
from flow_making import Scripted, by_oracle, collect
from sqlalchemy import update

from raravis import flow
from raravis.errors import InputError
from raravis.flow import begun
from raravis.flow.answers import answer_round
from raravis.flow.campaign import Campaign
from raravis.flow.examples import add_examples
from raravis.flow.find import rounds_of_asking
from raravis.flow.replay import Replayed, replay
from raravis.pick import part
from raravis.pick.ends import Ends
from raravis.pick.hunt import Hunt
from raravis.store import Project, rounds, schema
from raravis.train import linear


@pytest.fixture
def ready(project: Project, yard: Path, tmp_path: Path) -> Project:
    collect(project, yard)
    add_examples(project, "red", like=[making.still(tmp_path / "like" / "red.png", red=True, shade=100)])
    return project


def looks(project: Project, answerer: Any, count: int, **settings: Any) -> Campaign:
    """A campaign of as many looks of three, all answered."""
    campaign = Campaign(project, "red", **settings)
    for _ in range(count):
        asked = campaign.ask(3)
        assert asked is not None
        campaign.record(answer_round(project, asked, answerer))
    return campaign


def outcomes(replayed: list[Replayed]) -> list[str]:
    return [one.outcome for one in replayed]


def edit(project: Project, number: int, **columns: Any) -> None:
    """What a round of the log says, changed behind its back."""
    with project.begin() as c:
        c.execute(update(schema.rounds).where(schema.rounds.c.id == number).values(**columns))


@pytest.mark.parametrize("strategy", ["ezmode", "random", "top", "diverse", "hierarchical", "margin-cluster-mean"])
def test_every_round_comes_out_the_same_to_the_last_bit(ready: Project, oracle: Path, strategy: str) -> None:
    looks(ready, by_oracle(ready, oracle), 4, strategy=strategy, ends=None, seed=3, budget=11)
    made = replay(ready, "red")
    assert outcomes(made) == ["same"] * 4 and [one.items for one in made] == [3, 3, 3, 2]
    assert {(one.strategy, one.by) for one in made} == {(strategy, ("oracle",))}
    assert [one.answers for one in made] == [3, 3, 3, 2]


@pytest.fixture(params=[False, True], ids=["whole", "in parts"])
def in_parts(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the collection is, and as if it were too large to score whole."""
    if request.param:
        monkeypatch.setattr(Hunt, "part_above", 0)
        monkeypatch.setattr(part, "COMB", 20)
        monkeypatch.setattr(part, "NEIGHBOURS", 5)


@pytest.mark.usefixtures("in_parts")
def test_rounds_about_the_ends_of_events_come_out_the_same(ready: Project, oracle: Path) -> None:
    campaign = looks(ready, by_oracle(ready, oracle), 5, ends=Ends(gap_seconds=2))
    assert len(campaign.search.propagated) > 0 and (campaign.search._parts is not None) == (Hunt.part_above == 0)
    with ready.read() as c:
        assert "end" in {reason for one in rounds.all(c, "red") for reason in one.reason}
    assert outcomes(replay(ready, "red")) == ["same"] * 5


@pytest.mark.usefixtures("in_parts")
def test_a_killed_hunt_that_was_resumed_comes_out_the_same(ready: Project, oracle: Path) -> None:
    for _ in range(3):
        looks(ready, by_oracle(ready, oracle), 2)
    assert outcomes(replay(ready, "red")) == ["same"] * 6


@pytest.mark.usefixtures("in_parts")
def test_looks_that_end_behind_a_likely_hit_come_out_the_same(ready: Project, oracle: Path) -> None:
    rounds_of_asking(Campaign(ready, "red", budget=12), by_oracle(ready, oracle), look=5, budget=12)
    made = replay(ready, "red")
    assert set(outcomes(made)) == {"same"} and made[0].items < 5
    with ready.read() as c:
        first, *_ = rounds.all(c, "red")
    edit(ready, first.id, params={**first.params, "short": False})
    assert outcomes(replay(ready, "red"))[0] == "differs"


def test_a_killed_campaign_that_was_resumed_comes_out_the_same(ready: Project, oracle: Path) -> None:
    answerer = by_oracle(ready, oracle)
    looks(ready, answerer, 2)  # plain ezmode keeps its head for 100 answers: the second campaign has another
    campaign = looks(ready, answerer, 1, strategy="ezmode")
    asked = campaign.ask(4)
    assert asked is not None
    answer_round(ready, asked, Scripted(-1, 1))  # cut off; the rest is answered after the next start
    resumed = Campaign(ready, "red", strategy="ezmode", budget=14)
    rounds_of_asking(resumed, answerer, look=3, budget=14)
    made = replay(ready, "red")
    assert set(outcomes(made)) == {"same"} and len(made) > 4 and made[3].by == ("ann", "oracle")


def test_answers_that_were_taken_back_or_changed_are_told_as_they_came(ready: Project) -> None:
    campaign = Campaign(ready, "red")
    for answers in ((1, None, -1), (-1, 1, 0)):
        asked = campaign.ask(3)
        assert asked is not None
        campaign.record(answer_round(ready, asked, Scripted(*answers)))
    looks(ready, Scripted(*[1] * 6), 2)
    assert outcomes(replay(ready)) == ["same"] * 4


def test_what_was_embedded_or_given_as_example_since_does_not_count(
    ready: Project, oracle: Path, tmp_path: Path
) -> None:
    answerer = by_oracle(ready, oracle)
    looks(ready, answerer, 2)
    collect(ready, making.film(tmp_path / "more" / "0.mp4", red=[(1, 3)], shade=95))
    add_examples(ready, "red", unlike=[making.still(tmp_path / "like" / "plain.png", shade=120)])
    looks(ready, answerer, 2)
    assert outcomes(replay(ready, "red")) == ["same"] * 4


def test_rounds_that_no_strategy_made_are_named(ready: Project, tmp_path: Path) -> None:
    flow.search(ready, concept="red", k=2)
    flow.search(ready, like=[tmp_path / "like" / "red.png"], k=2)
    flow.ask(ready, "red")
    made = replay(ready)
    assert [(one.concept, one.outcome) for one in made] == [("red", "not remade"), ("red", "same"), ("", "not remade")]
    assert made[0].why == "made by search, not by a strategy" and made[1].answers == 0


def test_a_round_that_comes_out_otherwise_is_named_with_its_place_and_why(ready: Project, oracle: Path) -> None:
    looks(ready, by_oracle(ready, oracle), 3, strategy="top", ends=None)
    with ready.read() as c:
        second = rounds.all(c, "red")[1]
    edit(ready, second.id, ids=[*second.ids[:2], 99])
    made = replay(ready, "red")
    assert outcomes(made) == ["same", "differs", "same"]
    assert made[1].why.startswith(f"place 3 showed item 99, now item {second.ids[2]}; the same classifier, made with ")


def test_a_list_that_is_longer_now_differs_where_it_ended(ready: Project) -> None:
    asked = flow.ask(ready, "red", k=3)
    assert asked is not None
    edit(ready, asked.id, ids=list(asked.ids[:2]), scores=list(asked.scores[:2]), reason=["x", "x"])
    assert replay(ready)[0].why.startswith(f"place 3 showed nothing, now item {asked.ids[2]}; ")


def test_scores_a_digit_off_are_the_same_items(ready: Project) -> None:
    asked = flow.ask(ready, "red", k=2)
    assert asked is not None
    edit(ready, asked.id, scores=[asked.scores[0] + 0.25, asked.scores[1]])
    made = replay(ready)
    assert outcomes(made) == ["same items"] and made[0].why.startswith("scores are up to 0.25 off; ")


def test_other_versions_and_another_head_are_named(
    ready: Project, oracle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = begun.versions() | {"numpy": "1.0"}
    monkeypatch.setattr("raravis.flow.begun.versions", lambda: old)
    looks(ready, by_oracle(ready, oracle), 2, strategy="top", ends=None, seed=1)
    monkeypatch.undo()
    defaults = linear.fit.__kwdefaults__
    assert defaults is not None
    monkeypatch.setitem(defaults, "strength", 1.0)
    last = replay(ready)[-1]
    assert last.outcome in ("same items", "differs")
    assert "another classifier, made with numpy 1.0, here " in last.why


def test_a_collection_that_lost_items_cannot_be_searched_again(ready: Project, oracle: Path) -> None:
    looks(ready, by_oracle(ready, oracle), 1)
    flow.forget(ready, "c.png")
    looks(ready, by_oracle(ready, oracle), 1)
    made = replay(ready)
    assert outcomes(made) == ["not remade", "same"] and "forgotten, overwritten or moved" in made[0].why


def test_rounds_of_versions_that_kept_less_are_not_remade(ready: Project) -> None:
    asked = flow.ask(ready, "red")
    assert asked is not None
    edit(ready, asked.id, params={"k": 10, "round_number": 0})
    assert replay(ready)[0].why == "made by a version that did not keep what a campaign began from"
    edit(ready, asked.id, params={**asked.params, "round_number": 0}, strategy="gone")
    assert replay(ready)[0].why.startswith("unknown strategy 'gone'; known: ")


def test_a_project_without_rounds_has_nothing_to_replay_and_an_unknown_concept_is_refused(ready: Project) -> None:
    assert replay(ready) == []
    with pytest.raises(InputError, match="unknown concept 'blue'"):
        replay(ready, "blue")


def test_a_campaign_keeps_what_it_began_from_with_its_first_round_alone(ready: Project, oracle: Path) -> None:
    looks(ready, by_oracle(ready, oracle), 2)
    with ready.read() as c:
        first, second = (one.params for one in rounds.all(c, "red"))
    assert (first["begun"]["items"], first["begun"]["labels"], first["begun"]["examples"]) == (18, 0, 1)
    assert "begun" not in second and len(second["head"]) == 16


def test_heads_that_differ_in_one_bit_have_other_digests() -> None:
    head = linear.LinearFit(np.array([1, 2], np.float32), 0.5)
    near = linear.LinearFit(np.nextafter(head.weight, np.float32(9)), 0.5)
    assert begun.digest(head) == begun.digest(linear.LinearFit(head.weight.copy(), 0.5)) != begun.digest(near)
    assert begun.digest(linear.LinearFit(head.weight, 0.25)) != begun.digest(head) and begun.digest(None) is None
