"""The strategies that choose what a classifier learns most from."""

from __future__ import annotations

import numpy as np
import pytest
from pool_making import make_pool, turn

from raravis import plugins
from raravis.pick.clusters import candidates, centres, drawn
from raravis.pick.density import graph_density
from raravis.pick.hierarchical import Tree, cut, hierarchical
from raravis.pick.informative import informative_diverse, margin_cluster_mean, shares
from raravis.pick.uncertain import margin
from raravis.types import Pool, Strategy


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def picked(strategy: Strategy, pool: Pool, k: int, seed: int = 0) -> list[int]:
    return sorted(int(row) for row in strategy(pool, k, rng(seed))[0])


@pytest.mark.parametrize(("alias", "name"), [("uniform", "random"), ("confidence", "margin"), ("k-center", "diverse")])
def test_the_names_of_the_field_mean_what_is_there_already(alias: str, name: str) -> None:
    assert plugins.load("pick", alias) is plugins.load("pick", name)


def test_least_confident_and_smallest_margin_rank_alike_when_there_are_two_answers() -> None:
    p = np.array([0.1, 0.45, 0.8, 0.97])
    rows, _ = plugins.strategy("confidence")(make_pool(4, prob=p.tolist()), 4, rng())
    assert rows.tolist() == np.argsort(np.maximum(p, 1 - p)).tolist()


def test_centres_are_the_means_of_what_lies_together() -> None:
    found = centres(turn(-5, 5, 85, 90, 95), 2, rng())
    assert np.allclose(np.sort(np.rad2deg(np.arctan2(found[:, 1], found[:, 0]))), [0, 90], atol=1e-3)


@pytest.mark.parametrize(("n", "count", "wanted"), [(0, 3, 0), (2, 5, 2), (4, 0, 0), (1, 1, 1)])
def test_there_are_no_more_centres_than_vectors(n: int, count: int, wanted: int) -> None:
    assert centres(turn(*range(n)), count, rng()).shape == (wanted, 2)


def test_centres_of_equal_vectors_are_that_vector() -> None:
    assert np.allclose(centres(np.tile(turn(30), (9, 1)), 3, rng()), turn(30))


def test_what_is_drawn_does_not_depend_on_where_it_lies() -> None:
    pool, other = make_pool(8), make_pool(8)
    other.vectors.ids[:] = pool.vectors.ids[::-1]
    ids = pool.vectors.ids[drawn(pool, np.arange(8), 3, rng())]
    assert ids.tolist() == other.vectors.ids[drawn(other, np.arange(8), 3, rng())].tolist()


def test_shares_are_whole_and_go_by_largest_remainder() -> None:
    assert shares(np.array([50, 30, 20]), 10).tolist() == [5, 3, 2]
    assert shares(np.array([60, 25, 15]), 3).tolist() == [2, 1, 0]
    assert shares(np.array([1, 1, 1]), 2).tolist() == [1, 1, 0]


def two_groups() -> Pool:
    """16 items near 0 degrees, fairly sure; 4 near 90 degrees, in doubt."""
    angles = [*np.linspace(-8, 8, 16), *np.linspace(88, 92, 4)]
    return make_pool(turn(*angles), prob=[*np.linspace(0.9, 0.99, 16), *np.linspace(0.5, 0.55, 4)])


def test_informative_diverse_gives_each_cluster_its_share_where_margin_asks_one_alone() -> None:
    assert picked(margin, two_groups(), 5) == [0, 16, 17, 18, 19]
    assert picked(lambda *a: informative_diverse(*a, clusters=2), two_groups(), 5) == [0, 1, 2, 3, 16]


def test_what_a_cluster_cannot_fill_goes_to_the_most_doubtful_left() -> None:
    pool = two_groups()
    pool.asked[1:16] = True
    assert picked(lambda *a: informative_diverse(*a, clusters=2), pool, 4) == [0, 16, 17, 18]


def test_margin_cluster_mean_takes_the_middle_of_each_clump_in_doubt_and_none_that_is_sure() -> None:
    angles = [-2, 0, 2, 43, 45, 47, 88, 90, 92, 178, 180, 182]
    pool = make_pool(turn(*angles), prob=[0.5, 0.55, 0.5] * 3 + [0.01] * 3)
    assert picked(margin_cluster_mean, pool, 3) == [1, 4, 7]


def test_doubt_is_log_odds_within_one_of_an_even_chance() -> None:
    pool = make_pool(turn(0, 90, 180), prob=[0.5, 0.73, 0.74])  # log odds 0, 0.995, 1.046
    assert picked(margin_cluster_mean, pool, 2) == [0, 1]
    assert picked(margin_cluster_mean, pool, 3) == [0, 1, 2]  # as many as are asked for, in doubt or not


def test_clumps_with_one_middle_leave_room_for_the_most_doubtful_others() -> None:
    pool = make_pool(np.tile(turn(10), (6, 1)), prob=[0.5, 0.52, 0.54, 0.56, 0.6, 0.9])
    rows, scores = margin_cluster_mean(pool, 3, rng())
    assert len(set(rows.tolist())) == 3 and scores[-1] >= -0.2 - 1e-6


@pytest.mark.parametrize("name", ["informative-diverse", "margin-cluster-mean"])
def test_without_a_head_the_doubtful_are_the_likely(name: str) -> None:
    pool = make_pool(turn(0, 80, 20, 50), examples=turn(90))
    rows, _ = plugins.strategy(name)(pool, 2, rng())
    assert rows.tolist() == [1, 3]


def test_density_is_highest_inside_a_clump_and_falls_with_every_pick() -> None:
    rows, scores = graph_density(make_pool(turn(-4, -2, 0, 2, 4, 90)), 6, rng(), neighbours=2)
    assert rows[0] in (1, 2, 3) and sorted(rows) == list(range(6))
    assert np.all(np.diff(scores) <= 0) and 0 < scores[0] <= 1


def test_what_is_like_something_asked_comes_late() -> None:
    angles = [*range(-4, 5), *range(86, 95)]  # two clumps of nine
    pool = make_pool(turn(*angles), answers={4: -1})
    assert picked(lambda *a: graph_density(*a, neighbours=4), pool, 1)[0] >= 9


def test_density_agrees_with_the_definition() -> None:
    data = rng(1).normal(size=(12, 3)).astype(np.float32)
    data /= np.linalg.norm(data, axis=1, keepdims=True)
    squared = ((data[:, None] - data[None]) ** 2).sum(2)
    near = np.argsort(squared, axis=1)[:, 1:4]
    edge = [[j in near[i] or i in near[j] for j in range(12)] for i in range(12)]
    wide = np.mean([squared[i, j] for i in range(12) for j in range(12) if edge[i][j]])
    density = [np.mean([np.exp(-squared[i, j] / (2 * wide)) for j in range(12) if edge[i][j]]) for i in range(12)]
    wanted = []
    for _ in range(4):
        best = max((i for i in range(12) if i not in wanted), key=lambda i: density[i])
        wanted.append(best)
        taken = max(density[best], 0)
        density = [d - taken * edge[best][i] for i, d in enumerate(density)]
    rows, _ = graph_density(make_pool(data), 4, rng(), neighbours=3)
    assert rows.tolist() == wanted


def test_candidates_are_half_answered_at_most_and_enough_for_the_look() -> None:
    pool = make_pool(20, answers=dict.fromkeys(range(12), -1))
    rows, asked = candidates(pool, 3, 6, rng())
    assert asked.sum() == 3 and pool.asked[rows].tolist() == asked.tolist() and len(rows) == 6
    assert (~candidates(pool, 7, 6, rng())[1]).sum() == 7


def four_leaves() -> Tree:
    """Leaves 0..3; 4 joins 0 and 1, 5 joins 2 and 3, 6 is the root."""
    return Tree(np.array([[0, 1], [2, 3], [4, 5]]), np.array([1.0, 1, 1, 1, 2, 2, 4]))


def cut_by(values: list[int]) -> dict[int, float]:
    tree, label = four_leaves(), np.array(values)
    nodes, doubt = cut(tree, tree.sums(label == 1), tree.sums(label == -1))
    return dict(zip(nodes.tolist(), doubt.tolist(), strict=True))


def test_an_unknown_tree_is_not_cut_and_wholly_in_doubt() -> None:
    assert cut_by([0, 0, 0, 0]) == {6: 1.0}


def test_a_tree_of_one_answer_is_not_cut_and_less_in_doubt_the_more_are_known() -> None:
    assert cut_by([-1, -1, 0, 0]) == {6: 0.5}  # both of two, less 1/2
    assert cut_by([-1, -1, -1, -1]) == {6: 0.25}


def test_a_tree_is_cut_where_its_halves_differ() -> None:
    assert cut_by([1, 1, -1, -1]) == {4: 0.5, 5: 0.5}


def test_hierarchical_asks_in_the_part_that_is_not_known_yet() -> None:
    angles = [*np.linspace(-5, 5, 30), *np.linspace(175, 185, 30)]
    answers = {**dict.fromkeys(range(0, 30, 2), -1), **dict.fromkeys((30, 40, 50), 1)}
    pool = make_pool(turn(*angles), answers=answers)
    rows = np.concatenate([hierarchical(pool, 5, rng(seed))[0] for seed in range(40)])
    assert 0.7 < np.mean(rows >= 30) < 1  # doubt 1/15 against 1/3: five in six, until the part runs out
