from __future__ import annotations

import numpy as np
from pool_making import make_pool, turn

from raravis.pick.ends import Ends
from raravis.pick.lines import lines
from raravis.pick.pauses import oddest
from raravis.types import Pool


def odd(pool: Pool, between: list[int], yes: list[int], no: list[int]) -> int | None:
    return oddest(pool, lines(pool), *(np.array(rows, np.int64) for rows in (between, yes, no)))


def test_the_frame_most_like_a_no_and_least_like_a_yes_is_odd() -> None:
    pool = make_pool(turn(90, 0, 30, 60, 80, 0))
    assert odd(pool, [2, 3, 4], yes=[1, 5], no=[0]) == 2


def test_where_all_look_more_like_a_yes_none_is_odd() -> None:
    assert odd(make_pool(turn(90, 0, 30, 40, 0)), [2, 3], yes=[1, 4], no=[0]) is None


def test_a_frame_as_like_a_no_as_a_yes_is_not_odd() -> None:
    assert odd(make_pool(turn(90, 0, 0)), [2], yes=[1], no=[1]) is None


def test_without_a_no_or_a_frame_none_is_odd() -> None:
    pool = make_pool(turn(90, 0, 80, 0))
    assert odd(pool, [2], yes=[1, 3], no=[]) is None and odd(pool, [], yes=[1], no=[0]) is None


def pausing(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Vectors (300, 64), six a second, of an event that leaves for a while, by and by; and its frames."""
    draw = np.random.default_rng(seed)
    shows = np.zeros(300, bool)
    length = int(draw.integers(60, 150))
    away = 100 + int(draw.integers(length // 6, length // 2))
    shows[100 : 100 + length] = True
    shows[away : away + length // 3] = False
    strength = np.convolve(shows, np.ones(6) / 6, "same")[:, None]
    noise = draw.normal(scale=0.3 / 8, size=(300, 64))
    scene = np.cumsum(draw.normal(scale=0.02, size=(300, 64)), axis=0) + draw.normal(size=64)
    thing = draw.normal(size=64)
    unit = scene / np.linalg.norm(scene, axis=1, keepdims=True)
    return unit + 0.3 * strength * thing / np.linalg.norm(thing) + noise, shows


def placed(pool: Pool, truth: np.ndarray) -> int:
    """Answers all that is asked; how many answers."""
    ends, taken = Ends(gap_seconds=1), 0
    while len(rows := ends.ask(pool, 3, np.random.default_rng(0))[0]):
        pool.asked[rows], pool.label[rows], pool.weight[rows] = True, np.where(truth[rows], 1, -1), 1
        taken += len(rows)
    return taken


def test_of_an_event_that_leaves_and_returns_nearly_all_that_follows_is_right() -> None:
    followed = []
    for seed in range(20):
        vectors, shows = pausing(seed)
        hit = int(np.random.default_rng(seed).choice(np.flatnonzero(shows)))
        pool = make_pool(vectors, seconds=np.arange(300) / 6, answers={hit: 1})
        assert placed(pool, shows) < 60
        followed.extend(shows[Ends(gap_seconds=1).between(pool)])
    assert len(followed) > 200 and np.mean(followed) > 0.98


def test_an_event_whose_look_changes_takes_a_few_answers_more_and_is_whole() -> None:
    scene = [*[170] * 10, *range(0, 100, 2), *[170] * 10]
    truth = (np.arange(len(scene)) >= 10) & (np.arange(len(scene)) < 60)
    pool = make_pool(turn(*scene), answers={12: 1})
    assert placed(pool, truth) < 25
    yes = np.union1d(Ends(gap_seconds=1).between(pool), np.flatnonzero(pool.label == 1))
    assert yes.tolist() == list(range(10, 60))
