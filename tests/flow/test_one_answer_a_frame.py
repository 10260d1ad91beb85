from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from flow_making import Scripted, by_oracle, collect, keys

from raravis import flow
from raravis.flow.campaign import Campaign
from raravis.flow.find import rounds_of_asking
from raravis.flow.replay import replay
from raravis.simulate.project import simulate_project
from raravis.store import Project, concepts, labels, rounds
from raravis.types import NO, WHOLE, YES

FRAMES = 18  # of the yard
LIKE = "d.png"  # red


@pytest.fixture
def tiled(project: Project, yard: Path) -> Project:
    """The yard, each frame with its whole and four tiles, and what is looked for."""
    collect(project, yard, detect="tiles:2")
    flow.search(project, concept="red", like=[yard / LIKE], k=1)
    return project


def boxes_asked(project: Project) -> list[tuple[float, ...]]:
    named = keys(project)
    with project.read() as c:
        return [named[label.item_id][3] for label in labels.current(c, "red")]


@pytest.mark.parametrize("strategy", ["top", "hunt", "random", "ezmode"])
def test_each_frame_is_asked_about_once_and_the_label_is_the_whole_frame_s(
    tiled: Project, oracle: Path, strategy: str
) -> None:
    campaign = Campaign(tiled, "red", strategy=strategy, ends=None)
    rounds_of_asking(campaign, by_oracle(tiled, oracle), look=4, budget=1000)
    assert boxes_asked(tiled) == [WHOLE] * FRAMES


def test_with_ends_a_frame_is_answered_or_follows_and_never_both(tiled: Project, oracle: Path) -> None:
    campaign = Campaign(tiled, "red")
    rounds_of_asking(campaign, by_oracle(tiled, oracle), look=4, budget=1000)
    named = keys(tiled)
    with tiled.read() as c:
        known = labels.latest(c, "red").item_id.tolist()
    assert [named[i][3] for i in known] == [WHOLE] * FRAMES


def test_what_follows_is_said_of_whole_frames(tiled: Project) -> None:
    named = keys(tiled)
    digests = {key[0] for key in named.values()}
    film = max(digests, key=lambda digest: len({key[1] for key in named.values() if key[0] == digest}))
    wholes = sorted((key[1], i) for i, key in named.items() if key[0] == film and key[3] == WHOLE)
    campaign = Campaign(tiled, "red")
    campaign.record({wholes[0][1]: YES, wholes[1][1]: YES, wholes[3][1]: YES})
    propagated = campaign.collection.vectors.ids[campaign.search.propagated].tolist()
    assert propagated == [wholes[2][1]]


def test_a_round_tells_for_the_sake_of_which_tile_a_frame_is_asked_about(tiled: Project) -> None:
    made = flow.ask(tiled, "red", strategy="top", k=5)
    named = keys(tiled)
    assert made is not None and [named[i][3] for i in made.ids] == [WHOLE] * 5
    tiles = made.params["because"]
    assert [named[i][:3] for i in tiles] == [named[i][:3] for i in made.ids]
    assert any(named[i][3] != WHOLE for i in tiles)


def test_whole_frames_and_boxes_that_were_found_need_no_such_hint(project: Project, yard: Path) -> None:
    collect(project, yard)
    flow.search(project, concept="red", like=[yard / LIKE], k=1)
    made = flow.ask(project, "red", strategy="top", k=5)
    assert made is not None and "because" not in made.params


@pytest.mark.parametrize("strategy", ["top", "hunt"])
def test_rounds_about_frames_are_made_again_from_the_log_before_and_after_a_break(
    tiled: Project, oracle: Path, strategy: str
) -> None:
    rounds_of_asking(Campaign(tiled, "red", strategy=strategy, budget=6), by_oracle(tiled, oracle), look=3, budget=6)
    rounds_of_asking(Campaign(tiled, "red", strategy=strategy, budget=12), by_oracle(tiled, oracle), look=3, budget=12)
    outcomes = [one.outcome for one in replay(tiled, "red") if one.strategy == strategy]
    assert outcomes and set(outcomes) == {"same"}


def test_a_campaign_begun_again_has_learnt_the_same_from_the_answers(tiled: Project, oracle: Path) -> None:
    unbroken = Campaign(tiled, "red", strategy="top", ends=None, budget=9)
    rounds_of_asking(unbroken, by_oracle(tiled, oracle), look=3, budget=9)
    again = Campaign(tiled, "red", strategy="top", ends=None)
    for column in ("asked", "label", "weight"):
        np.testing.assert_array_equal(getattr(again.search.pool, column), getattr(unbroken.search.pool, column))
    weights = again.search.pool.weight
    assert np.any((weights > 0) & (weights < 1))  # of tiles of frames without red


def test_labels_given_one_by_one_settle_frames_too(tiled: Project) -> None:
    for _ in range(2):
        flow.ask(tiled, "red", strategy="top", place_ends=False, k=4)
        flow.label(tiled, "red", Scripted(NO, NO, NO, NO))
    asked = boxes_asked(tiled)
    assert asked == [WHOLE] * 8


def test_a_no_to_a_tile_that_a_search_showed_leaves_its_frame_to_be_asked_about(tiled: Project) -> None:
    named = keys(tiled)
    tile = next(i for i, key in named.items() if key[3] != WHOLE)
    campaign = Campaign(tiled, "red", strategy="random", ends=None)
    campaign.record({tile: NO})
    made = campaign.ask(FRAMES)
    assert made is not None and named[tile][:3] in {named[i][:3] for i in made.ids}


def test_tiles_alone_are_asked_about_as_tiles(project: Project, yard: Path) -> None:
    collect(project, yard, detect="tiles:n=2,whole=no")
    flow.search(project, concept="red", like=[yard / LIKE], k=1)
    made = flow.ask(project, "red", strategy="top", k=3)
    assert made is not None and WHOLE not in {keys(project)[i][3] for i in made.ids}


def test_whole_frames_that_another_detector_made_are_those_asked_about(project: Project, yard: Path) -> None:
    collect(project, yard)
    flow.detect(project, detect="tiles:2")
    flow.embed(project, encoder="toy")
    with project.begin() as c:
        concepts.add(c, "red")
    made = flow.ask(project, "red", strategy="random", k=1000)
    assert made is not None and [keys(project)[i][3] for i in made.ids] == [WHOLE] * FRAMES


def test_simulate_counts_one_answer_a_frame_as_find_gives_them(tiled: Project, oracle: Path) -> None:
    result, known = simulate_project(tiled, "red", oracle, strategies="random", seeds=2, budget=1000, look=5)
    for curve in result.curves:
        assert curve.answers[-1] == FRAMES and curve.items.recall()[-1] == 1
    assert int(np.sum(known.truth.value == YES)) > 4  # rows; frames are counted


def test_rounds_of_searches_and_of_audits_carry_no_hint_and_do_no_harm(tiled: Project) -> None:
    with tiled.read() as c:
        assert ["because" in one.params for one in rounds.all(c, "red")] == [False]
    assert Campaign(tiled, "red").search.because == {}
